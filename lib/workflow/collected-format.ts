import { REFERENCE_ORIGINS, type Reference, type Requirement, type SourceUrl, URL_ORIGINS, type UrlNaming } from '../core/model.ts';
import { expectedType } from './expected-type.ts';
import type { WorkflowPath } from './find-files.ts';
import type { FlatReader, FlatWriter } from './flat-text.ts';
import { BrokenText } from './flat-text.ts';
import type { CollectedRequirements, RefusedName } from './requirements.ts';

/** The place of a file among all, by its absolute path. */
export type FilePlaces = ReadonlyMap<string, number>;

/** Writes what was collected of files, which stand for themselves by their places. */
export function writeCollected({ requirements, refused }: CollectedRequirements, places: FilePlaces, to: FlatWriter): void {
  to.number(requirements.length);
  for (const requirement of requirements) writeRequirement(requirement, places, to);
  to.number(refused.length);
  for (const { path, nodeType, nodeId, written, reason } of refused) {
    to.number(placeOf(path, places));
    to.text(nodeType);
    to.id(nodeId);
    to.text(written);
    to.text(reason);
  }
}

/** What `writeCollected` has written, of the same files. Throws `BrokenText`. */
export function readCollected(files: readonly WorkflowPath[], from: FlatReader): CollectedRequirements {
  const requirements = from.times(() => readRequirement(files, from));
  const refused = from.times((): RefusedName => {
    const { workflow, path } = from.of(files);
    return { workflow, path, nodeType: from.text(), nodeId: from.id(), written: from.text(), reason: from.text() };
  });
  return { requirements, refused };
}

function placeOf(path: string, places: FilePlaces): number {
  const place = places.get(path);
  if (place === undefined) throw new BrokenText();
  return place;
}

/** Nobody has looked at the disk yet: of its state only this can be known. */
function writeRequirement(requirement: Requirement, places: FilePlaces, to: FlatWriter): void {
  const { filename, subfolder, directory, state, sha256, rivalSha256s, urls, references } = requirement;
  to.text(filename);
  to.text(subfolder);
  to.text(directory);
  to.number(state === 'self_download' ? 1 : 0);
  to.text(sha256);
  to.list(rivalSha256s ?? []);
  to.number(urls.length);
  for (const url of urls) writeUrl(url, places, to);
  writeReferences(references, places, to);
}

function readRequirement(files: readonly WorkflowPath[], from: FlatReader): Requirement {
  const [filename, subfolder, directory] = [from.text(), from.text(), from.textOrNull()];
  const state = from.number() === 1 ? 'self_download' : 'missing';
  const [sha256, rivals] = [from.textOrNull(), from.list()];
  const urls = from.times(() => readUrl(files, from));
  const references = readReferences(files, from);
  const [first] = references;
  if (first === undefined) throw new BrokenText();
  const { workflow, nodeType, nodeId } = first;
  return {
    filename,
    subfolder,
    directory,
    expectedType: expectedType(directory),
    state,
    foundAt: null,
    damage: null,
    sha256,
    urls,
    workflow,
    nodeType,
    nodeId,
    references,
    ...(rivals.length > 0 ? { rivalSha256s: rivals } : {}),
  };
}

function writeUrl({ url, from, namedBy = [] }: SourceUrl, places: FilePlaces, to: FlatWriter): void {
  to.text(url);
  to.number(URL_ORIGINS.indexOf(from));
  to.number(namedBy.length);
  for (const { workflowPath, node } of namedBy) {
    to.number(placeOf(workflowPath, places));
    to.id(node ?? NO_NODE);
  }
}

function readUrl(files: readonly WorkflowPath[], from: FlatReader): SourceUrl {
  const [url, origin] = [from.text(), from.of(URL_ORIGINS)];
  const namedBy = from.times((): UrlNaming => ({ workflowPath: from.of(files).path, node: readNode(from) }));
  return { url, from: origin, namedBy };
}

/** Keys of nodes are texts. */
const NO_NODE = 0;

function readNode(from: FlatReader): string | null {
  const node = from.id();
  return node === NO_NODE ? null : String(node);
}

/** References that differ only in their file and node stand together, as most of one requirement do. */
function writeReferences(references: readonly Reference[], places: FilePlaces, to: FlatWriter): void {
  for (let start = 0, end = 0; start < references.length; start = end) {
    const first = references[start];
    if (first === undefined) return;
    for (end = start + 1; end < references.length && isAlike(first, references[end]); end++);
    writeWhatIsAlike(first, to);
    to.number(end - start);
    for (let i = start; i < end; i++) {
      to.number(placeOf(references[i]?.workflowPath ?? '', places));
      to.id(references[i]?.nodeId ?? 0);
    }
  }
  to.text(null);
}

/** Two names that are one object are told apart at once: those come first. */
function isAlike(a: Reference, b: Reference | undefined): boolean {
  if (b === undefined || a.written !== b.written || a.from !== b.from || a.active !== b.active) return false;
  return a.subgraph === b.subgraph && a.nodeType === b.nodeType && a.input === b.input;
}

function writeWhatIsAlike({ nodeType, subgraph, input, written, from, active }: Reference, to: FlatWriter): void {
  to.text(nodeType);
  to.text(subgraph);
  to.text(input);
  to.text(written);
  to.number(REFERENCE_ORIGINS.indexOf(from) * 2 + (active ? 1 : 0));
}

function readReferences(files: readonly WorkflowPath[], from: FlatReader): Reference[] {
  const references: Reference[] = [];
  for (let nodeType = from.textOrNull(); nodeType !== null; nodeType = from.textOrNull()) {
    const [subgraph, input, written] = [from.textOrNull(), from.textOrNull(), from.text()];
    const about = from.number();
    const origin = REFERENCE_ORIGINS[about >> 1];
    if (origin === undefined) throw new BrokenText();
    const active = (about & 1) === 1;
    for (let count = from.number(); count > 0; count--) {
      const { workflow, path: workflowPath } = from.of(files);
      references.push({ workflow, workflowPath, nodeType, nodeId: from.id(), subgraph, input, written, from: origin, active });
    }
  }
  return references;
}
