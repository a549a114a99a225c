import { REFERENCE_ORIGINS, URL_ORIGINS } from '../core/model.ts';
import { isAddress, withoutKeys } from './address.ts';
import type { Finding, UsedNode, WorkflowReading } from './finding.ts';
import { isId } from './narrow.ts';
import type { NamedSource } from './source-links.ts';

/*
 * A reading as a text that is quick to write and to read again: every object is the list of its fields, in a fixed order.
 */

/** The reading as a text. An address may carry somebody's key: it is kept without. */
export function formatReading(reading: WorkflowReading): string {
  return JSON.stringify([reading.findings.map(packFinding), reading.nodes.map(packNode), reading.sources.map(packSource)]);
}

/** The reading that a text holds, `undefined` when it holds none. */
export function parseReading(text: string): WorkflowReading | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts)) return undefined;
    const [findings, nodes, sources] = [
      unpackAll(parts[0], unpackFinding),
      unpackAll(parts[1], unpackNode),
      unpackAll(parts[2], unpackSource),
    ];
    return findings && nodes && sources && { findings, nodes, sources };
  } catch {
    return undefined;
  }
}

/** `undefined` when one of the entries is not what it should be. */
function unpackAll<T>(list: unknown, unpack: (fields: readonly unknown[]) => T | undefined): T[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const entries: T[] = [];
  for (const fields of list) {
    const entry = Array.isArray(fields) ? unpack(fields) : undefined;
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

function packFinding(finding: Finding): unknown[] {
  const { nodeType, nodeId, subgraph, input, from, active, directory, guessed, selfDownload } = finding;
  return [
    nodeType,
    nodeId,
    subgraph,
    input,
    keptName(finding.written),
    REFERENCE_ORIGINS.indexOf(from),
    active,
    directory,
    guessed,
    selfDownload,
  ];
}

/** An address stays one, so that it is judged as one again. */
function keptName(written: string): string {
  const kept = withoutKeys(written);
  return isAddress(written) && !isAddress(kept) ? 'https://' : kept;
}

function unpackFinding(fields: readonly unknown[]): Finding | undefined {
  const [nodeType, nodeId, subgraph, input, written, origin, active, directory, guessed, selfDownload] = fields;
  const from = REFERENCE_ORIGINS[Number(origin)];
  if (typeof nodeType !== 'string' || !isId(nodeId) || !isTextOrNull(subgraph) || !isTextOrNull(input)) return undefined;
  if (typeof written !== 'string' || from === undefined || !isTextOrNull(directory)) return undefined;
  if (typeof active !== 'boolean' || typeof guessed !== 'boolean' || typeof selfDownload !== 'boolean') return undefined;
  return { nodeType, nodeId, subgraph, input, written, from, active, directory, guessed, selfDownload };
}

function packNode({ nodeType, active, registryId, repository, version }: UsedNode): unknown[] {
  return [nodeType, active, registryId, repository, version];
}

function unpackNode([nodeType, active, registryId, repository, version]: readonly unknown[]): UsedNode | undefined {
  if (typeof nodeType !== 'string' || typeof active !== 'boolean') return undefined;
  if (!isTextOrNull(registryId) || !isTextOrNull(repository) || !isTextOrNull(version)) return undefined;
  return { nodeType, active, registryId, repository, version };
}

function packSource({ name, url, sha256, directory, subfolder, node }: NamedSource): unknown[] {
  return [name, url === null ? null : url.url, url === null ? null : URL_ORIGINS.indexOf(url.from), sha256, directory, subfolder, node];
}

function unpackSource([name, address, origin, sha256, directory, subfolder, node]: readonly unknown[]): NamedSource | undefined {
  const from = URL_ORIGINS[Number(origin)];
  if (typeof name !== 'string' || !isTextOrNull(address) || !isTextOrNull(sha256) || !isTextOrNull(directory)) return undefined;
  if (typeof subfolder !== 'string' || !isTextOrNull(node) || (address !== null && from === undefined)) return undefined;
  return { name, url: address === null || from === undefined ? null : { url: address, from }, sha256, directory, subfolder, node };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
