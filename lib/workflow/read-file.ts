import { readFileSync, type Stats } from 'node:fs';
import { type FileStamp, look, makeStamp } from '../core/file-memory.ts';
import { BeyondBounds } from './bounds.ts';
import { READ_LIMITS, type ReadLimits } from './containers/limits.ts';
import { isPlainJson, SCRATCH_BYTES } from './containers/read-json.ts';
import { type HowToRead, openWorkflowFile, readWorkflowFile, type WorkflowFile } from './containers/read-workflow-file.ts';
import type { FileOutcome } from './file-outcome.ts';
import type { NodeRules } from './loaders/rules.ts';
import { readWorkflow } from './read-workflow.ts';
import { BrokenRest } from './skim/skeleton.ts';
import type { SkeletonPlace } from './skim/skeleton-queue.ts';

/** What became of a file, and the state in which it was found right before it was read: `null` for one that may not be looked at. */
export interface StampedOutcome {
  outcome: FileOutcome;
  stamp: FileStamp | null;
}

/** Reads the workflows of one file, and what they name. Never throws: a file that cannot be read is a failure. */
export function readFile(path: string, rules: NodeRules, limits: ReadLimits = READ_LIMITS): FileOutcome {
  return readStampedFile(path, rules, limits).outcome;
}

/** The same with the state in which the file was. */
export function readStampedFile(path: string, rules: NodeRules, limits: ReadLimits = READ_LIMITS): StampedOutcome {
  const found = look(path);
  const stamp = found === undefined ? null : makeStamp(found, new Date());
  const read = (plain: readonly string[]) =>
    readPartly(path, rules, { limits, found, plain }) ?? readGraphs(path, readWorkflowFile(path, limits, { found }), rules);
  let outcome = read(rules.plain);
  if (isDamaged(outcome) && isSkimmed(path, found)) outcome = read([]);
  if (isDamaged(outcome) && isSkimmed(path, found) && learnTypes(path, rules)) outcome = read(rules.plain);
  return { outcome, stamp };
}

/** A node's type, as it stands in a file where nodes of it may be cut down. */
const TYPE = /"type"\s*:\s*"([^"\\]*)"/g;

const isDamaged = (outcome: FileOutcome): boolean => 'failure' in outcome && outcome.failure.code === 'not_json';

function isSkimmed(path: string, found: Stats | undefined): boolean {
  return isPlainJson(path) && found?.isFile() === true && found.size < SCRATCH_BYTES;
}

/**
 * Damage in what need not be read does no harm, and what need not be read is told by the types that are known: whether a damaged file is read
 * must not hang on which files the same thread has read before. `false` for a file that has gone.
 */
function learnTypes(path: string, rules: NodeRules): boolean {
  try {
    for (const [, type = ''] of readFileSync(path, 'utf8').matchAll(TYPE)) rules.of(type);
    return true;
  } catch {
    return false;
  }
}

/** What became of a file whose skeleton another thread has made; `undefined` where the file has to be read. */
export function readSentFile(path: string, from: SkeletonPlace, rules: NodeRules): FileOutcome | undefined {
  return readWhileWhole(() => {
    const file = openWorkflowFile(path, from);
    return file && readGraphs(path, file, rules);
  });
}

/** Reads no more of the file than is needed. `undefined` when it is damaged where it was not read at first. */
function readPartly(path: string, rules: NodeRules, { limits, ...how }: HowToRead & { limits: ReadLimits }) {
  return readWhileWhole(() => readGraphs(path, readWorkflowFile(path, limits, how), rules));
}

/** `undefined` when something that was left out is asked for, and is broken. */
function readWhileWhole(read: () => FileOutcome | undefined): FileOutcome | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BrokenRest)) throw error;
    return undefined;
  }
}

/** More models than any workflow names: what is known of each is written out, and must not fill the disk. */
const MOST_FINDINGS = 100_000;

/** Everything that is followed is followed a bounded way. Should a file find one that is not, the others are read all the same. */
function readGraphs(path: string, file: WorkflowFile, rules: NodeRules): FileOutcome {
  if ('failure' in file) return file;
  try {
    const reading = readWorkflow(file.graphs, rules);
    if (reading.findings.length <= MOST_FINDINGS) return { reading };
    return { failure: { path, code: 'too_large', reason: `it names models in more than ${MOST_FINDINGS / 1000} thousand places` } };
  } catch (error) {
    if (error instanceof BeyondBounds) return { failure: { path, code: 'too_large', reason: error.message } };
    if (!(error instanceof RangeError)) throw error;
    return { failure: { path, code: 'unreadable', reason: 'its nodes lead into one another without an end' } };
  }
}
