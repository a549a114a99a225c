import { readFileSync, type Stats, statSync } from 'node:fs';
import { describeError, systemErrorCode } from '../../core/error.ts';
import { looksLikeSafetensors } from '../../core/model-file/safetensors.ts';
import type { WorkflowFailure } from '../../core/model.ts';
import { formatBytes } from '../../core/units.ts';
import { isRecord } from '../narrow.ts';
import { isSkeleton } from '../skim/skeleton.ts';
import type { SkeletonPlace } from '../skim/skeleton-queue.ts';
import { withBudget, withByteSource } from './byte-source.ts';
import { findGraphs, type WorkflowGraph } from './find-graphs.ts';
import { readFlac, readOgg } from './vorbis.ts';
import { readGltf } from './gltf.ts';
import { readId3 } from './id3.ts';
import { readIsoMedia } from './iso-media.ts';
import { readJpeg } from './jpeg.ts';
import { READ_LIMITS, type ReadLimits } from './limits.ts';
import { readMatroska } from './matroska.ts';
import type { MetadataReader, MetadataText, UnreadText } from './metadata.ts';
import { parseJson } from './parse-json.ts';
import { isPlainJson, openJson, readJson } from './read-json.ts';
import { readPng } from './png.ts';
import { scanBytes } from './scan-bytes.ts';
import { readSafetensors } from './safetensors.ts';
import { readSvg } from './svg.ts';
import { readWebp } from './webp.ts';

/** What a file holds: its workflows (at least one), or why there is none. */
export type WorkflowFile = { graphs: WorkflowGraph[] } | { failure: WorkflowFailure };

export interface HowToRead {
  /** The file as somebody has just found it. */
  found?: Stats | undefined;
  /** Types of nodes that name nothing by themselves. */
  plain?: readonly string[];
}

/**
 * Reads the workflows of one file, whatever its container; the content decides, not the name. Never throws: a file that cannot be read, is
 * too large, is no JSON, or is JSON of another kind becomes a failure that says so. Nodes of the types in `plain` need not be read whole: a
 * graph may come as a skeleton (`skeleton.ts`), good until the next file is read.
 */
export function readWorkflowFile(path: string, limits: ReadLimits = READ_LIMITS, { found, plain }: HowToRead = {}): WorkflowFile {
  try {
    const stat = found ?? statSync(path);
    if (!stat.isFile()) return failed(path, 'unreadable', 'it is not a regular file');
    if (stat.size === 0) return failed(path, 'empty_file', 'the file is empty');
    return isPlainJson(path) ? readJsonFile(path, stat.size, { limits, plain }) : readAnyFile(path, stat.size, limits);
  } catch (error) {
    return failed(path, 'unreadable', unreadableReason(error));
  }
}

function readJsonFile(path: string, size: number, how: { limits: ReadLimits; plain: readonly string[] | undefined }): WorkflowFile {
  const { limits, plain } = how;
  if (size > limits.jsonBytes) return tooLarge(path, size, limits);
  const read = readJson(path, size, plain);
  if ('value' in read) {
    const file = fromJson(path, read.value);
    const isPart = isRecord(read.value) && isSkeleton(read.value);
    return isPart && !isEditorGraphItself(file, read.value) ? readJsonFile(path, size, { limits, plain: undefined }) : file;
  }
  // Anything else is another encoding, a page, or a picture under the name of a JSON file.
  return /^[\s\ufeff]*[[{]/.test(read.text) ? fromJsonText(path, read.text) : readAnyFile(path, size, limits);
}

/** As `readWorkflowFile`, from what another thread has made of the file; `undefined` where the file has to be read. */
export function openWorkflowFile(path: string, from: SkeletonPlace): WorkflowFile | undefined {
  const graph = openJson(from);
  const file = graph && fromJson(path, graph);
  return file !== undefined && isEditorGraphItself(file, graph) ? file : undefined;
}

/** Only of such a one a skeleton tells as much as the whole. */
function isEditorGraphItself(file: WorkflowFile, value: unknown): boolean {
  const first = 'graphs' in file ? file.graphs[0] : undefined;
  return first !== undefined && first.graph === value && first.format === 'ui';
}

function readAnyFile(path: string, size: number, limits: ReadLimits): WorkflowFile {
  const head = withByteSource(path, size, (source) => source.read(0, 16));
  const reader = readerFor(head);
  if (reader !== undefined) return readContainer(path, size, { reader, limits });
  if (size > limits.jsonBytes) return tooLarge(path, size, limits);
  const text = decodeText(readFileSync(path));
  if (text.startsWith(LFS_POINTER))
    return failed(path, 'lfs_pointer', 'it is a Git LFS pointer in place of the file: git lfs pull brings it');
  return /^\s*<(\?xml|svg)/.test(text) ? readContainer(path, size, { reader: readSvg, limits }) : fromJsonText(path, text);
}

/** How the text begins that a repository has in place of a large file (Git LFS specification, v1). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** These say where their texts stand; in the others they may stand anywhere. */
const ORDERLY: ReadonlySet<MetadataReader> = new Set([readPng, readWebp, readSafetensors]);

function readContainer(path: string, size: number, how: { reader: MetadataReader; limits: ReadLimits }): WorkflowFile {
  const { reader, limits } = how;
  return withByteSource(path, size, (source) => {
    const found = fromTexts(path, reader(withBudget(source, limits.totalBytes), limits));
    if ('graphs' in found || ORDERLY.has(reader)) return found;
    const scanned = fromTexts(path, scanBytes(source, limits));
    return 'graphs' in scanned ? scanned : found; // what only looks like a damaged text may be part of the film
  });
}

/** By the first bytes of the file; `undefined` for a text. */
function readerFor(head: Buffer): MetadataReader | undefined {
  const ascii = head.toString('latin1');
  if (ascii.startsWith('\x89PNG\r\n\x1a\n')) return readPng;
  if (ascii.startsWith('RIFF') && ascii.slice(8, 12) === 'WEBP') return readWebp;
  if (ascii.startsWith('\xff\xd8\xff')) return readJpeg;
  if (ascii.slice(4, 8) === 'ftyp') return readIsoMedia;
  if (ascii.startsWith('\x1a\x45\xdf\xa3')) return readMatroska;
  if (ascii.startsWith('ID3')) return readId3;
  if (ascii.startsWith('fLaC')) return readFlac;
  if (ascii.startsWith('OggS')) return readOgg;
  if (ascii.startsWith('glTF')) return readGltf;
  return looksLikeSafetensors(head) ? readSafetensors : undefined;
}

/** UTF-8, or UTF-16 with its mark, as Windows' shell writes it. */
function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}

function fromJsonText(path: string, text: string): WorkflowFile {
  const outcome = parseJson(text);
  return 'reason' in outcome
    ? failed(path, text.trim() === '' ? 'empty_file' : outcome.code, outcome.reason)
    : fromJson(path, outcome.value);
}

function fromJson(path: string, value: unknown): WorkflowFile {
  const graphs = findGraphs(value);
  return graphs.length > 0 ? { graphs } : failed(path, 'not_a_workflow', 'it is JSON, but no ComfyUI workflow');
}

/** All texts together are one export: the editor's form beside the API form, each under its key. */
function fromTexts(path: string, entries: readonly (MetadataText | UnreadText)[]): WorkflowFile {
  const held: Record<string, unknown> = Object.create(null);
  let fault: string | undefined;
  for (const [index, entry] of entries.entries()) {
    const outcome = openEntry(entry);
    if (outcome === undefined) continue;
    if ('value' in outcome) held[entry.key === '' || entry.key in held ? `${entry.key}#${index}` : entry.key] = outcome.value;
    else fault ??= outcome.reason;
  }
  const graphs = findGraphs(held);
  if (graphs.length > 0) return { graphs };
  return fault === undefined
    ? failed(path, 'not_a_workflow', 'no ComfyUI workflow is embedded in it')
    : failed(path, 'workflow_damaged', `a workflow is embedded in it, but cannot be read: ${fault}`);
}

/** How a damaged workflow begins, by its key: as a JSON object, perhaps cut off, or as JavaScript shows one. Dynamic prompts have braces too. */
const BEGINS_AS_ONE: ReadonlyMap<string, RegExp> = new Map([
  ['workflow', /^\s*(?:\{\s*(?:["}\\']|$)|\[object )/],
  ['prompt', /^\s*\{\s*"[^"]*(?:$|"\s*(?::|$))/],
]);

/**
 * The value of a text, or why there should be one and is none; `undefined` for anything that need be no workflow: other programs keep words of
 * theirs under these keys.
 */
function openEntry(entry: MetadataText | UnreadText): { value: unknown } | { reason: string } | undefined {
  const { key } = entry;
  const beginning = BEGINS_AS_ONE.get(key);
  if ('fault' in entry) return beginning === undefined ? undefined : { reason: entry.fault };
  if (!entry.text.trimStart().startsWith('{') && key !== 'workflow') return undefined;
  const outcome = parseJson(entry.text);
  return 'value' in outcome || beginning?.test(entry.text) ? outcome : undefined;
}

function failed(path: string, code: string, reason: string): WorkflowFile {
  return { failure: { path, code, reason } };
}

function tooLarge(path: string, size: number, limits: ReadLimits): WorkflowFile {
  return failed(path, 'too_large', `it has ${formatBytes(size)}; workflows up to ${formatBytes(limits.jsonBytes)} are read`);
}

function unreadableReason(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read: permission denied';
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ELOOP') return 'it is a symbolic link that leads back to itself';
  return `it could not be read (${code ?? describeError(error)})`;
}
