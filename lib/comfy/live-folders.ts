import { z } from 'zod';

import { modernFolderName } from './folder-table.ts';
import type { Asking } from './live-json.ts';
import { askServer } from './live-json.ts';
import { NOT_MODELS } from './node-inputs.ts';

/** A folder key as a running ComfyUI has it. */
export interface LiveFolder {
  /** Absolute, on the server's machine, in its order; `null` when it does not tell. */
  roots: readonly string[] | null;
  /** Endings that it lists, empty for every file; `null` when it does not tell. */
  extensions: ReadonlySet<string> | null;
  /** What it lists, with the server's own separators. */
  names: readonly string[];
}

/** Folder keys by their present-day names. */
export type LiveFolders = ReadonlyMap<string, LiveFolder>;

const MAX_FOLDERS = 500;
const ASKED_AT_ONCE = 8;

const foldersSchema = z.array(
  z.looseObject({ name: z.string(), folders: z.array(z.string()), extensions: z.array(z.string()).nullish().catch(null) }),
);
const namesSchema = z.array(z.string());

/** The model folders of a running ComfyUI with what it lists in each. Rejects as `askServer` does. */
export async function fetchLiveFolders(asking: Asking): Promise<LiveFolders> {
  const keys = await fetchKeys(asking);
  const queue = keys.slice(0, MAX_FOLDERS).values();
  const folders = new Map<string, LiveFolder>();
  const lane = async (): Promise<void> => {
    for (const { name, ...rest } of queue) folders.set(modernFolderName(name), { ...rest, names: await fetchNames(name, asking) });
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, lane));
  return folders;
}

interface FolderKey extends Omit<LiveFolder, 'names'> {
  name: string;
}

/** `/experiment/models` tells places too (ComfyUI since 2024-12, endings since 2026); `/models` is what older ones have. */
async function fetchKeys(asking: Asking): Promise<FolderKey[]> {
  const told = foldersSchema.safeParse(await askServer('/experiment/models', asking)).data;
  const keys =
    told?.map(({ name, folders, extensions }) => ({ name, roots: folders, extensions: extensions ? endings(extensions) : null })) ??
    (namesSchema.safeParse(await askServer('/models', asking)).data ?? []).map((name) => ({ name, roots: null, extensions: null }));
  return keys.filter(({ name }) => !NOT_MODELS.has(name));
}

/** Keys whose set holds `folder` or nothing list every file (`folder_paths.filter_files_extensions`, read 2026-11). */
function endings(written: readonly string[]): ReadonlySet<string> {
  return new Set(written.map((ending) => ending.toLowerCase()));
}

async function fetchNames(key: string, asking: Asking): Promise<string[]> {
  return namesSchema.safeParse(await askServer(`/models/${encodeURIComponent(key)}`, asking)).data ?? [];
}
