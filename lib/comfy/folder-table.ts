/**
 * ComfyUI's own model folders, as `folder_paths.py` declares them (read 2026-10, ComfyUI 0.38): key, folders below `models/` in the
 * order that ComfyUI searches them, and the file endings that it lists there.
 */

/** What ComfyUI lists as a model file where a folder does not say otherwise. */
export const MODEL_EXTENSIONS: ReadonlySet<string> = new Set(['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft']);

const GGUF_ONLY: ReadonlySet<string> = new Set(['.gguf']);
const EVERY_FILE: ReadonlySet<string> = new Set();

/** A folder key: where its files lie below `models/`, and which of them count. */
export interface FolderRow {
  readonly folders: readonly string[];
  /** Lower-case endings with their dot; empty means that every file is listed. */
  readonly extensions: ReadonlySet<string>;
}

const row = (folders: readonly string[], extensions = MODEL_EXTENSIONS): FolderRow => ({ folders, extensions });

/** Keys with a folder of their own name and the usual endings. */
const PLAIN_KEYS = `checkpoints loras vae clip_vision style_models embeddings vae_approx gligen upscale_models latent_upscale_models
  hypernetworks photomaker model_patches audio_encoders background_removal frame_interpolation geometry_estimation optical_flow
  detection`.split(/\s+/);

export const CORE_FOLDERS: ReadonlyMap<string, FolderRow> = new Map<string, FolderRow>([
  ...PLAIN_KEYS.map((key): [string, FolderRow] => [key, row([key])]),
  ['configs', row(['configs'], new Set(['.yaml']))],
  ['text_encoders', row(['text_encoders', 'clip'])],
  ['diffusion_models', row(['unet', 'diffusion_models'])],
  ['controlnet', row(['controlnet', 't2i_adapter'])],
  ['diffusers', row(['diffusers'], EVERY_FILE)],
  ['classifiers', row(['classifiers'], EVERY_FILE)],
]);

/**
 * Keys that widely used packs register (their sources, read 2026-10). They hold when the pack is not installed yet: a model that it needs
 * must land where it will look. `= key` shares the folders of another key.
 */
export const PACK_FOLDERS: ReadonlyMap<string, FolderRow> = new Map<string, FolderRow>([
  ['unet_gguf', row(['= diffusion_models'], GGUF_ONLY)],
  ['clip_gguf', row(['= text_encoders'], GGUF_ONLY)],
  ['ultralytics_bbox', row(['ultralytics/bbox'])],
  ['ultralytics_segm', row(['ultralytics/segm'])],
  ['facedetection_models', row(['facedetection'])],
  ['mmdets_bbox', row(['mmdets/bbox'])],
  ['mmdets_segm', row(['mmdets/segm'])],
  ['rmbg', row(['RMBG'])],
  ['xlabs_controlnets', row(['xlabs/controlnets'])],
  ['xlabs_loras', row(['xlabs/loras'])],
  ['xlabs_ipadapters', row(['xlabs/ipadapters'])],
]);

/** Folders of the output directory that ComfyUI's `main.py` searches too, after all others. */
export const OUTPUT_FOLDERS: ReadonlyMap<string, string> = new Map([
  ['checkpoints', 'checkpoints'],
  ['text_encoders', 'clip'],
  ['vae', 'vae'],
  ['diffusion_models', 'diffusion_models'],
  ['loras', 'loras'],
]);

/** Keys that stand among the folders and hold no models. `download_model_base` is ComfyUI-Manager's own. */
export const NOT_MODEL_KEYS: ReadonlySet<string> = new Set(['custom_nodes', 'download_model_base']);

const LEGACY_NAMES: ReadonlyMap<string, string> = new Map([
  ['unet', 'diffusion_models'],
  ['clip', 'text_encoders'],
]);

/** The present-day name of a folder key: `unet` is `diffusion_models`, `clip` is `text_encoders`; any other name stays. */
export function modernFolderName(key: string): string {
  return LEGACY_NAMES.get(key) ?? key;
}
