import { REFERENCE_ORIGINS, type Reference, type Requirement, type SourceUrl, URL_ORIGINS, type UrlNaming } from '../core/model.ts';
import { expectedType } from './expected-type.ts';
import type { WorkflowPath } from './find-files.ts';
import type { FlatReader, FlatWriter } from './flat-text.ts';
import { asId, BrokenText, oneOf } from './flat-text.ts';
import type { CollectedRequirements, RefusedName } from './requirements.ts';

/** The place of a file among all, by its absolute path. */
export type FilePlaces = ReadonlyMap<string, number>;

/** Writes what was collected of files, which stand for themselves by their places. */
export function writeCollected({ requirements, refused, idle }: CollectedRequirements, places: FilePlaces, to: FlatWriter): void {
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
  to.number(idle.length);
  for (const requirement of idle) writeRequirement(requirement, places, to);
}

/** What `writeCollected` has written, of the same files. Throws `BrokenText`. */
export function readCollected(files: readonly WorkflowPath[], from: FlatReader): CollectedRequirements {
  const requirements = from.times(() => readRequirement(files, from));
  const refused = from.times((): RefusedName => {
    const { workflow, path } = from.of(files);
    return { workflow, path, nodeType: from.text(), nodeId: from.id(), written: from.text(), reason: from.text() };
  });
  const idle = from.times(() => readRequirement(files, from));
  return { requirements, refused, idle };
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
  const namings: (number | string)[] = [];
  for (const { workflowPath, node } of namedBy) namings.push(placeOf(workflowPath, places), node ?? NO_NODE);
  to.ids(namings);
}

function readUrl(files: readonly WorkflowPath[], from: FlatReader): SourceUrl {
  const [url, origin] = [from.text(), from.of(URL_ORIGINS)];
  const namings = from.ids();
  const namedBy: UrlNaming[] = [];
  for (let at = 0; at < namings.length; at += 2) {
    const node = asId(namings[at + 1]);
    namedBy.push({ workflowPath: oneOf(files, namings[at]).path, node: node === NO_NODE ? null : String(node) });
  }
  return { url, from: origin, namedBy };
}

/** Keys of nodes are texts. */
const NO_NODE = 0;

/** References that differ only in their file and node stand together, as most of one requirement do. */
function writeReferences(references: readonly Reference[], places: FilePlaces, to: FlatWriter): void {
  let before: Reference | undefined;
  let standing: (number | string)[] = [];
  for (const reference of references) {
    if (!isAlike(reference, before)) {
      standing = [];
      writeWhatIsAlike(reference, to);
      to.ids(standing);
    }
    standing.push(placeOf(reference.workflowPath, places), reference.nodeId);
    before = reference;
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
    const standing = from.ids();
    for (let at = 0; at < standing.length; at += 2) {
      const { workflow, path: workflowPath } = oneOf(files, standing[at]);
      const nodeId = asId(standing[at + 1]);
      references.push({ workflow, workflowPath, nodeType, nodeId, subgraph, input, written, from: origin, active });
    }
  }
  return references;
}
