import { plainText } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import type { FailureSubject, FailureWords } from './failure-words.ts';
import type { Trouble } from './trouble.ts';

export type ContentTrouble = Extract<Trouble, { kind: 'not_a_model' | 'checksum' | 'size' | 'unprovable' }>;

/** The words for bytes that came and are not what was wanted. */
export function contentWords(trouble: ContentTrouble): FailureWords {
  switch (trouble.kind) {
    case 'not_a_model':
      return {
        code: 'download_not_a_model',
        reason: 'not a model file',
        details: `What came: ${trouble.what}`,
        hint: 'Open the link in a browser to see what it needs; else give another one with --pick',
      };
    case 'checksum':
      return {
        code: 'download_checksum_mismatch',
        reason: 'checksum mismatch',
        details: `Expected sha256 ${trouble.expected}, got ${trouble.actual}`,
        hint: 'Run resolve again: the file may have been replaced at its source; nothing was put into the models folder',
      };
    case 'size':
      return {
        code: 'download_size_mismatch',
        reason: 'size mismatch',
        details: `Expected ${trouble.expected} bytes, got ${trouble.actual}`,
        hint: 'Run resolve again: the file may have been replaced at its source; nothing was put into the models folder',
      };
    case 'unprovable':
      return {
        code: 'download_unprovable',
        reason: 'completeness unknown',
        details: 'The server gave no length, no checksum is known, and this format does not show its own end',
        hint: 'Give the sha256 in overrides of config.json, or use another source with --pick',
      };
  }
}

export type TargetTrouble = Extract<
  Trouble,
  {
    kind:
      | 'disk_full'
      | 'disk'
      | 'in_use'
      | 'target_taken'
      | 'target_refused'
      | 'target_unknown'
      | 'pickle_refused'
      | 'danger'
      | 'no_source'
      | 'local_changed';
  }
>;

/** The words for the place where the file is to be, and for files of this machine. */
export function targetWords(trouble: TargetTrouble, subject: FailureSubject): FailureWords {
  switch (trouble.kind) {
    case 'disk_full':
      return {
        code: 'download_disk_full',
        reason: 'disk full',
        details: describeSpace(trouble),
        hint: 'Free some space on that disk, then run resume: what has arrived is kept',
      };
    case 'disk':
      return {
        code: 'download_disk_error',
        reason: 'cannot write',
        details: `${trouble.code}: ${trouble.detail}`,
        hint: 'Check that the models folder exists and may be written (doctor says), then run resume',
      };
    case 'in_use':
      return {
        code: 'download_in_use',
        reason: 'another process is downloading it',
        details: `${trouble.pid === null ? 'Another process' : `Process ${trouble.pid}`} writes the same file`,
        hint: 'Wait until it has finished, or end it, then run resume',
      };
    case 'target_taken':
      return {
        code: 'download_target_taken',
        reason: 'another file has this name',
        details: trouble.detail,
        hint: `Rename or move that file, then run resume: an existing file is never overwritten`,
      };
    case 'target_refused':
      return {
        code: 'download_target_refused',
        reason: 'unsafe target',
        details: trouble.detail,
        hint: 'Correct the name in the workflow; where a folder below the models leads elsewhere, name its target in extra_model_paths.yaml',
      };
    case 'target_unknown':
      return {
        code: 'download_target_unknown',
        reason: 'no folder known',
        details: `Nothing tells which models folder ${subject.filename} belongs in`,
        hint: 'Start ComfyUI or install the missing custom node, then run auto again',
      };
    case 'pickle_refused':
      return {
        code: 'download_pickle_refused',
        reason: 'pickle format',
        details: 'This format can run code when it is loaded, and download.allow_pickle is false',
        hint: 'Set download.allow_pickle to true in config.json if you trust the source',
      };
    case 'danger':
      return {
        code: 'download_danger_refused',
        reason: 'found dangerous',
        details: plainText(trouble.detail),
        hint: `Find another file, or take it all the same with resolve --pick "${subject.filename}=URL" if you know that the scan is wrong`,
      };
    case 'no_source':
      return {
        code: 'download_no_source',
        reason: 'no source',
        details: 'The resolution names no link and no file',
        hint: 'Run resolve again, or give a link with --pick',
      };
    case 'local_changed':
      return {
        code: 'download_local_changed',
        reason: 'the local file has changed',
        details: trouble.detail,
        hint: 'Run scan and resolve again',
      };
  }
}

function describeSpace(trouble: { needed: number | null; free: number | null }): string {
  if (trouble.needed === null || trouble.free === null) return 'No space left on the device';
  return `${formatBytes(trouble.needed)} needed, ${formatBytes(trouble.free)} free`;
}
