import { z } from 'zod';

/** One row of ComfyUI-Manager's `model-list.json` (562 rows, 2026-08). It has no hashes, and its sizes are rounded texts. */
const modelRow = z.object({
  filename: z.string(),
  url: z.string(),
  type: z.string().catch(''),
  /** Folder below `models`, or `default` for the type's own. */
  save_path: z.string().catch('default'),
});

/** The file as a whole; rows of another shape are left out. */
export const modelList = z.object({
  models: z.array(z.unknown()).transform((rows) => rows.flatMap((row) => modelRow.safeParse(row).data ?? [])),
});

/** A file that the list knows. */
export interface ListedModel {
  filename: string;
  url: string;
  /** ComfyUI's folder name, `null` when the list does not tell one. */
  directory: string | null;
  /** Folder below it, `''` for none. */
  subfolder: string;
}

/** Folders of rows whose `save_path` is `default` (ComfyUI-Manager's `glob/manager_server.py`, 2026-08). */
const TYPE_FOLDERS: ReadonlyMap<string, string> = new Map([
  ['checkpoint', 'checkpoints'],
  ['checkpoints', 'checkpoints'],
  ['unclip', 'checkpoints'],
  ['text_encoders', 'text_encoders'],
  ['clip', 'text_encoders'],
  ['vae', 'vae'],
  ['lora', 'loras'],
  ['t2i-adapter', 'controlnet'],
  ['t2i-style', 'controlnet'],
  ['controlnet', 'controlnet'],
  ['clip_vision', 'clip_vision'],
  ['gligen', 'gligen'],
  ['upscale', 'upscale_models'],
  ['embedding', 'embeddings'],
  ['embeddings', 'embeddings'],
  ['unet', 'diffusion_models'],
  ['diffusion_model', 'diffusion_models'],
]);

/** The list by lower-case file names. */
export class ModelList {
  readonly #byName = new Map<string, ListedModel[]>();

  constructor(list: z.infer<typeof modelList>) {
    for (const row of list.models) {
      if (!URL.canParse(row.url)) continue; // three rows stand for whole repositories and have a bare id
      const key = row.filename.toLowerCase();
      const model = { filename: row.filename, url: row.url, ...folderOf(row) };
      this.#byName.set(key, [...(this.#byName.get(key) ?? []), model]);
    }
  }

  /** The files of this name; sixteen names stand for more than one. */
  named(filename: string): readonly ListedModel[] {
    return this.#byName.get(filename.toLowerCase()) ?? [];
  }
}

/** The list of a copy on this machine, as read from JSON; `null` when it is none. */
export function parseModelList(json: unknown): ModelList | null {
  const parsed = modelList.safeParse(json);
  return parsed.success && parsed.data.models.length > 0 ? new ModelList(parsed.data) : null;
}

function folderOf(row: z.infer<typeof modelRow>): Pick<ListedModel, 'directory' | 'subfolder'> {
  if (row.save_path === 'default') return { directory: TYPE_FOLDERS.get(row.type.toLowerCase()) ?? null, subfolder: '' };
  const [directory = '', ...rest] = row.save_path.split('/').filter((part) => part !== '');
  if (directory === '' || directory === 'custom_nodes' || row.save_path.includes('..')) return { directory: null, subfolder: '' };
  return { directory, subfolder: rest.join('/') };
}
