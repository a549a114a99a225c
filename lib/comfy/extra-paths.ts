import { dirname, resolve } from 'node:path';

import { describeError, systemErrorCode } from '../core/error.ts';
import type { Environment } from '../core/ports.ts';
import { readSmallFile } from './small-file.ts';

/** A folder that something adds to ComfyUI's search path of a folder key. */
export interface FolderAddition {
  /** Folder key as written; `unet` and `clip` are not translated yet. */
  key: string;
  /** Absolute path. */
  path: string;
  /** The folder goes to the front of the key's list, where new files belong. */
  isDefault: boolean;
  /** File endings that the addition declares; `undefined` when it says nothing of them. */
  extensions?: ReadonlySet<string>;
}

/** Something about the folders that a person should know and that stops nothing. */
export interface FolderProblem {
  /** The file or folder that it is about, absolute. */
  path: string;
  code: string;
  message: string;
  hint: string;
}

/** What one `extra_model_paths.yaml` adds. */
export interface ExtraPaths {
  additions: FolderAddition[];
  problems: FolderProblem[];
}

/** Where `~` and variables come from. */
export interface Expansion {
  env: Environment;
  home: string;
}

const MAX_YAML_BYTES = 1024 * 1024;
/** More folders than anybody has. */
const MAX_ADDITIONS = 2000;
/** What is wrong in so many places is told often enough. */
const MAX_PROBLEMS = 10;

/**
 * Reads a file in the format of ComfyUI's `extra_model_paths.yaml`. A file that is not there adds nothing; one that cannot be read or is
 * not what ComfyUI accepts is a problem in the answer.
 */
export async function readExtraPaths(file: string, expansion: Expansion): Promise<ExtraPaths> {
  try {
    return parseExtraPaths(await readSmallFile(file, MAX_YAML_BYTES), file, expansion);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { additions: [], problems: [] };
    return { additions: [], problems: [unreadable(file, describeError(error))] };
  }
}

/**
 * What the text of an `extra_model_paths.yaml` adds, by the rules of ComfyUI's `utils/extra_config.py` (read 2026-10): `base_path` knows
 * `~` and variables and is relative to the file, the folders know neither; one folder a line, empty lines skipped, lines not trimmed; a
 * null section is skipped; `is_default` is anything truthy; what comes of it is normalised, so that it ends in no separator.
 */
export function parseExtraPaths(text: string, file: string, expansion: Expansion): ExtraPaths {
  const problems: FolderProblem[] = [];
  const additions: FolderAddition[] = [];
  for (const [name, section] of sectionsOf(text, file, problems)) {
    if (section === null || section === undefined) continue;
    if (!isMapping(section)) {
      problems.push(malformed(file, `section "${name}" is no list of folders`));
      continue;
    }
    for (const addition of readSection(name, section, { file, expansion, problems })) additions.push(addition);
  }
  if (additions.length > MAX_ADDITIONS)
    problems.unshift(malformed(file, `it names more than ${MAX_ADDITIONS} folders: the rest are left out`));
  return { additions: additions.slice(0, MAX_ADDITIONS), problems: problems.slice(0, MAX_PROBLEMS) };
}

function sectionsOf(text: string, file: string, problems: FolderProblem[]): [string, unknown][] {
  try {
    const parsed: unknown = Bun.YAML.parse(text);
    if (isMapping(parsed)) return Object.entries(parsed);
    problems.push(malformed(file, parsed === null ? 'it is empty, and ComfyUI does not start with an empty one' : 'it holds no sections'));
  } catch (error) {
    problems.push(malformed(file, describeError(error)));
  }
  return [];
}

interface SectionContext {
  file: string;
  expansion: Expansion;
  problems: FolderProblem[];
}

function readSection(name: string, section: Record<string, unknown>, context: SectionContext): FolderAddition[] {
  const folder = dirname(resolve(context.file));
  if ('base_path' in section && typeof section['base_path'] !== 'string') {
    context.problems.push(malformed(context.file, `"${name}.base_path" is no text, and ComfyUI does not start with such a one`));
  }
  const base = basePathOf(section['base_path'], folder, context.expansion);
  const isDefault = isTruthy(section['is_default']);
  const additions: FolderAddition[] = [];
  for (const [key, value] of Object.entries(section)) {
    if (key === 'base_path' || key === 'is_default') continue;
    if (typeof value !== 'string') {
      context.problems.push(malformed(context.file, `"${name}.${key}" is no text: ComfyUI wants one folder, or one a line after "|"`));
      continue;
    }
    for (const line of value.split('\n').filter((entry) => entry !== '')) {
      additions.push({ key, path: resolve(base ?? folder, line), isDefault });
    }
  }
  return additions;
}

function basePathOf(value: unknown, folder: string, expansion: Expansion): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return resolve(folder, expandPath(value, expansion));
}

/** A path with a leading `~` and `$VAR`, `${VAR}` or (on Windows) `%VAR%` expanded; unknown variables stay as they are, as in Python. */
export function expandPath(path: string, expansion: Expansion): string {
  const home = /^~(?=$|[/\\])/.test(path) ? expansion.home + path.slice(1) : path;
  const lookUp = (whole: string): string => expansion.env[whole.replaceAll(/^(?:\$\{?|%)|[}%]$/g, '')] ?? whole;
  // In one pass: what a variable holds is taken as it is.
  return home.replaceAll(process.platform === 'win32' ? /\$\w+|\$\{[^}]*\}|%[^%]+%/g : /\$\w+|\$\{[^}]*\}/g, lookUp);
}

/** Python's truth of a YAML value. PyYAML reads a bare `no` or `off` as false; the YAML reader here gives the word. */
function isTruthy(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && !/^(?:no|off)$/i.test(value);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(file: string, reason: string): FolderProblem {
  return {
    path: file,
    code: 'extra_paths_malformed',
    message: `${file} is not a list of model folders: ${reason}`,
    hint: `Write ${file} as ComfyUI's extra_model_paths.yaml.example shows: a section, base_path, then one folder a key.`,
  };
}

function unreadable(file: string, reason: string): FolderProblem {
  const message = `${file} cannot be read: ${reason}`;
  return { path: file, code: 'extra_paths_unreadable', message, hint: `Make ${file} readable, or remove it.` };
}
