import type { CivitaiFile } from './schema.ts';

/*
 * ComfyUI folders by the type of the model and of the file. Civitai has no such table; StabilityMatrix, comfy-cli and Lora-Manager agree on
 * these rows (2026-08). Types that are absent (Poses, Wildcards, Workflows, Other, ...) have no folder.
 */
const BY_MODEL_TYPE: ReadonlyMap<string, string> = new Map([
  ['Checkpoint', 'checkpoints'],
  ['LORA', 'loras'],
  ['LoCon', 'loras'],
  ['DoRA', 'loras'],
  ['TextualInversion', 'embeddings'],
  ['Hypernetwork', 'hypernetworks'],
  ['Controlnet', 'controlnet'],
  ['Upscaler', 'upscale_models'],
  ['VAE', 'vae'],
  ['TextEncoder', 'text_encoders'],
  ['CLIP', 'text_encoders'],
  ['CLIPVision', 'clip_vision'],
  ['UNet', 'diffusion_models'],
  ['MotionModule', 'animatediff_models'],
]);

const BY_FILE_TYPE: ReadonlyMap<string, string> = new Map([
  ['Text Encoder', 'text_encoders'],
  ['Vision Encoder', 'clip_vision'],
  ['CLIPVision', 'clip_vision'],
  ['VAE', 'vae'],
  ['ControlNet', 'controlnet'],
  ['Upscaler', 'upscale_models'],
  ['Enhancement LoRA', 'loras'],
  ['UNet', 'diffusion_models'],
  ['Diffusion Model', 'diffusion_models'],
  ['Negative', 'embeddings'],
]);

/** Files of a version that are no models. */
const OTHER_FILES: ReadonlySet<string> = new Set(['Training Data', 'Config', 'Archive', 'Workflow']);

/** Model types to ask for when a file belongs into the folder; empty: all of them. */
export function typesForFolder(folder: string | null): string[] {
  if (folder === 'diffusion_models') return ['Checkpoint', 'UNet'];
  const types = [...BY_MODEL_TYPE].filter(([, name]) => name === folder).map(([type]) => type);
  // a VAE, text encoder or vision encoder is often one more file of a checkpoint
  return folder === 'vae' || folder === 'text_encoders' || folder === 'clip_vision' ? [...types, 'Checkpoint'] : types;
}

/** Folders that the file can be for; empty when its types have none. */
export function foldersOfFile(modelType: string, file: CivitaiFile): string[] {
  const byFile = BY_FILE_TYPE.get(file.type ?? '');
  if (byFile) return [byFile];
  const byModel = BY_MODEL_TYPE.get(modelType);
  if (byModel === undefined) return [];
  if (byModel !== 'checkpoints') return [byModel];
  // diffusion models without their encoders are filed under Checkpoint too; as GGUF they are nothing else
  return /\.gguf$/i.test(file.name) ? ['diffusion_models'] : ['checkpoints', 'diffusion_models'];
}

/** Whether the file is a model, and not a configuration, an archive or training data. */
export function isModelFile(file: CivitaiFile): boolean {
  return !OTHER_FILES.has(file.type ?? '');
}
