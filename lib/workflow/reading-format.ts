import { REFERENCE_ORIGINS, URL_ORIGINS } from '../core/model.ts';
import { isAddress, withoutKeys } from './address.ts';
import type { Finding, UsedNode, WorkflowReading } from './finding.ts';
import { isId } from './narrow.ts';
import type { NamedSource } from './source-links.ts';

/*
 * A reading as a text that is quick to write and to read again: objects of one kind are one flat list of their fields, in a fixed order.
 */

/** The reading as a text. An address may carry somebody's key: it is kept without. */
export function formatReading({ findings, nodes, sources }: WorkflowReading): string {
  const packs = new PackList();
  const findingFields: unknown[] = [];
  const nodeFields: unknown[] = [];
  const sourceFields: unknown[] = [];
  for (const finding of findings) packFinding(finding, findingFields);
  for (const node of nodes) packNode(node, packs, nodeFields);
  for (const source of sources) packSource(source, sourceFields);
  return JSON.stringify([findingFields, packs.all, nodeFields, sourceFields]);
}

/** The reading that a text holds, `undefined` when it holds none. */
export function parseReading(text: string): WorkflowReading | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts)) return undefined;
    const packs = unpackAll(parts[1], 3, unpackPack);
    const findings = unpackAll(parts[0], 7, unpackFinding);
    const nodes = packs && unpackAll(parts[2], 2, (fields, at) => unpackNode(fields, at, packs));
    const sources = unpackAll(parts[3], 7, unpackSource);
    return findings && nodes && sources && { findings, nodes, sources };
  } catch {
    return undefined;
  }
}

/** Makes an entry of the fields from one place on; `undefined` when they are not what they should be. */
type Unpack<T> = (fields: readonly unknown[], at: number) => T | undefined;

/** `undefined` when one of the entries is not what it should be. */
function unpackAll<T>(fields: unknown, width: number, unpack: Unpack<T>): T[] | undefined {
  if (!Array.isArray(fields) || fields.length % width !== 0) return undefined;
  const entries: T[] = [];
  for (let at = 0; at < fields.length; at += width) {
    const entry = unpack(fields, at);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** Switches of a finding, beside the number of its origin. */
const ACTIVE = 16;
const GUESSED = 32;
const SELF_DOWNLOAD = 64;
/** The folder stands with its alternatives, each behind a separator. */
const SEVERAL_FOLDERS = 128;
const IDLE = 256;
const FOLDER_SEPARATOR = '\0';

function packFinding(finding: Finding, to: unknown[]): void {
  const { nodeType, nodeId, subgraph, input, from, active, directory, alternatives, guessed, selfDownload } = finding;
  const folders = alternatives === undefined ? directory : [directory ?? '', ...alternatives].join(FOLDER_SEPARATOR);
  const several = alternatives === undefined ? 0 : SEVERAL_FOLDERS;
  const idle = finding.idle ? IDLE : 0;
  const switches = (active ? ACTIVE : 0) + (guessed ? GUESSED : 0) + (selfDownload ? SELF_DOWNLOAD : 0) + several + idle;
  to.push(nodeType, nodeId, keptName(finding.written), REFERENCE_ORIGINS.indexOf(from) + switches, input, folders, subgraph);
}

/** An address stays one, so that it is judged as one again. */
function keptName(written: string): string {
  const kept = withoutKeys(written);
  return isAddress(written) && !isAddress(kept) ? 'https://' : kept;
}

function unpackFinding(fields: readonly unknown[], at: number): Finding | undefined {
  const nodeType = fields[at];
  const nodeId = fields[at + 1];
  const written = fields[at + 2];
  const about = fields[at + 3];
  const input = fields[at + 4];
  const directory = fields[at + 5];
  const subgraph = fields[at + 6];
  if (typeof nodeType !== 'string' || !isId(nodeId) || typeof written !== 'string' || typeof about !== 'number') return undefined;
  if (!isTextOrNull(input) || !isTextOrNull(directory) || !isTextOrNull(subgraph)) return undefined;
  const from = REFERENCE_ORIGINS[about % ACTIVE];
  if (from === undefined) return undefined;
  const active = (about & ACTIVE) !== 0;
  const guessed = (about & GUESSED) !== 0;
  const selfDownload = (about & SELF_DOWNLOAD) !== 0;
  const finding: Finding = { nodeType, nodeId, subgraph, input, written, from, active, directory, guessed, selfDownload };
  if ((about & IDLE) !== 0) finding.idle = true;
  return (about & SEVERAL_FOLDERS) === 0 || directory === null ? finding : { ...finding, ...splitFolders(directory) };
}

function splitFolders(folders: string): Pick<Finding, 'directory' | 'alternatives'> {
  const [directory = '', ...alternatives] = folders.split(FOLDER_SEPARATOR);
  return { directory: directory === '' ? null : directory, alternatives };
}

type Pack = Pick<UsedNode, 'registryId' | 'repository' | 'version'>;

/** The packs that nodes name, each once: most nodes of a workflow come from the same few. */
class PackList {
  readonly all: (string | null)[] = [];
  readonly #places = new Map<string, number>();
  #last: { pack: Pack; place: number } | undefined;

  placeOf(pack: Pack): number {
    if (this.#last !== undefined && isSamePack(this.#last.pack, pack)) return this.#last.place;
    const place = this.#find(pack);
    this.#last = { pack, place };
    return place;
  }

  #find({ registryId, repository, version }: Pack): number {
    const key = JSON.stringify([registryId, repository, version]); // a pack may call itself null
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(key, place);
    this.all.push(registryId, repository, version);
    return place;
  }
}

function isSamePack(a: Pack, b: Pack): boolean {
  return a.registryId === b.registryId && a.repository === b.repository && a.version === b.version;
}

function unpackPack(fields: readonly unknown[], at: number): Pack | undefined {
  const [registryId, repository, version] = [fields[at], fields[at + 1], fields[at + 2]];
  return isTextOrNull(registryId) && isTextOrNull(repository) && isTextOrNull(version) ? { registryId, repository, version } : undefined;
}

/** The place of its pack, twice, and one more for an active node. */
function packNode(node: UsedNode, packs: PackList, to: unknown[]): void {
  to.push(node.nodeType, packs.placeOf(node) * 2 + (node.active ? 1 : 0));
}

function unpackNode(fields: readonly unknown[], at: number, packs: readonly Pack[]): UsedNode | undefined {
  const nodeType = fields[at];
  const about = fields[at + 1];
  if (typeof nodeType !== 'string' || typeof about !== 'number') return undefined;
  const pack = packs[about >> 1];
  if (pack === undefined) return undefined;
  const { registryId, repository, version } = pack;
  return { nodeType, active: (about & 1) === 1, registryId, repository, version };
}

function packSource({ name, url, sha256, directory, subfolder, node }: NamedSource, to: unknown[]): void {
  to.push(name, url === null ? null : url.url, url === null ? null : URL_ORIGINS.indexOf(url.from), sha256, directory, subfolder, node);
}

function unpackSource(fields: readonly unknown[], at: number): NamedSource | undefined {
  const name = fields[at];
  const address = fields[at + 1];
  const origin = fields[at + 2];
  const sha256 = fields[at + 3];
  const directory = fields[at + 4];
  const subfolder = fields[at + 5];
  const node = fields[at + 6];
  const from = URL_ORIGINS[Number(origin)];
  if (typeof name !== 'string' || !isTextOrNull(address) || !isTextOrNull(sha256) || !isTextOrNull(directory)) return undefined;
  if (typeof subfolder !== 'string' || !isTextOrNull(node) || (address !== null && from === undefined)) return undefined;
  return { name, url: address === null || from === undefined ? null : { url: address, from }, sha256, directory, subfolder, node };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
