import { join } from 'node:path';

import { modernFolderName } from './folder-table.ts';
import type { ModelFolders } from './model-folders.ts';

/** Where a model is to be saved, or why it may not be saved at all. */
export type SavePlan = { savePath: string; root: string } | { refused: string };

/** Longest file or folder name: 255 bytes on common file systems, less what a transfer puts behind it (`.part`, a suffix). */
const MAX_NAME_BYTES = 240;
/** Longest path below the root; Linux ends at 4096 bytes in all. */
const MAX_PATH_BYTES = 2048;
const MAX_DEPTH = 16;

/** Names that Windows keeps for devices, with any ending (Microsoft, "Naming Files, Paths, and Namespaces", read 2026-10). */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Control characters, and those that turn the direction of text and so hide a name's ending. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * The path that a model belongs in: below the default root of its directory. `directory` is a folder key, or a plain folder below
 * `models/` (`LLM`, `ultralytics/bbox`); `subfolder` uses `/` or `\`. Pure, and safe for names from strangers: anything that could leave
 * the root, is no name on some system, or is longer than file systems allow is refused with the reason.
 */
export function planSavePath(folders: ModelFolders, directory: string, subfolder: string, filename: string): SavePlan {
  const target = rootFor(folders, directory);
  if ('refused' in target) return target;
  const parents = subfolder === '' ? [] : subfolder.split(/[/\\]/);
  const parts = [...parents, filename];
  const refused = refusePath(parts);
  if (refused !== undefined) return { refused };
  return { savePath: join(target.root, ...parts), root: target.root };
}

function rootFor(folders: ModelFolders, directory: string): { root: string } | { refused: string } {
  const known = folders.folders.get(modernFolderName(directory));
  if (known !== undefined) return { root: known.downloadRoot };
  const parts = directory.split('/');
  if (parts[0]?.toLowerCase() === 'custom_nodes') return { refused: 'custom_nodes holds programs, not models' };
  const refused = refusePath(parts);
  if (refused !== undefined) return { refused: `the folder name is not usable: ${refused}` };
  const [first = '', ...rest] = parts;
  const outer = folders.folders.get(modernFolderName(first));
  return { root: join(outer?.downloadRoot ?? join(folders.modelsRoot, first), ...rest) };
}

function refusePath(parts: readonly string[]): string | undefined {
  if (parts.length > MAX_DEPTH) return `more than ${MAX_DEPTH} folders deep`;
  if (Buffer.byteLength(parts.join('/')) > MAX_PATH_BYTES) return 'the path is too long';
  return parts.map(refuseName).find((reason) => reason !== undefined);
}

/** Why one part of a path cannot be a file or folder name here or on another system; `undefined` when it can. */
function refuseName(name: string): string | undefined {
  if (name === '') return 'an empty name';
  if (name === '.' || name === '..') return `"${name}" leads out of the folder`;
  if (UNPRINTABLE.test(name)) return 'a control character in the name';
  if (/[/\\]/.test(name)) return `"${name}" is a path, not a name`;
  if (name.includes(':')) return `"${name}" holds a colon: a drive letter or a stream on Windows`;
  if (process.platform === 'win32' && /[<>"|?*]/.test(name)) return `"${name}" holds a character that Windows does not allow`;
  if (name.startsWith('.')) return `"${name}" is a hidden name`;
  if (/[. ]$/.test(name)) return `"${name}" ends with a dot or a space, which Windows drops`;
  if (DEVICE_NAME.test(name)) return `"${name}" is the name of a device on Windows`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `the name is longer than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}
