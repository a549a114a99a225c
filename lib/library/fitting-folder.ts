import type { DetectedType } from '../core/model-file/structure.ts';

/** What belongs in which folder key. A key that is absent takes anything: packs keep what they like in theirs. */
const FITTING_TYPES: ReadonlyMap<string, ReadonlySet<DetectedType>> = new Map([
  ['checkpoints', new Set<DetectedType>(['checkpoint', 'diffusion_model', 'vae', 'audio_encoder'])],
  ['diffusion_models', new Set<DetectedType>(['diffusion_model', 'checkpoint', 'controlnet'])],
  ['unet_gguf', new Set<DetectedType>(['diffusion_model', 'checkpoint'])],
  ['loras', new Set<DetectedType>(['lora', 'photomaker', 'controlnet', 'ip_adapter'])],
  ['vae', new Set<DetectedType>(['vae'])],
  ['vae_approx', new Set<DetectedType>(['vae'])],
  ['text_encoders', new Set<DetectedType>(['text_encoder', 'clip_vision'])],
  ['clip_gguf', new Set<DetectedType>(['text_encoder', 'clip_vision'])],
  ['clip_vision', new Set<DetectedType>(['clip_vision', 'text_encoder'])],
  ['controlnet', new Set<DetectedType>(['controlnet', 'diffusion_model', 'lora', 'ip_adapter'])],
  ['upscale_models', new Set<DetectedType>(['upscale_model'])],
  ['embeddings', new Set<DetectedType>(['embedding', 'text_encoder'])],
  ['style_models', new Set<DetectedType>(['style_model', 'ip_adapter'])],
  ['gligen', new Set<DetectedType>(['gligen'])],
  ['photomaker', new Set<DetectedType>(['photomaker', 'lora'])],
  ['ipadapter', new Set<DetectedType>(['ip_adapter', 'lora'])],
  ['audio_encoders', new Set<DetectedType>(['audio_encoder', 'text_encoder'])],
]);

/** `false` only when the file is known to be something that the folder has no use for. */
export function fitsFolder(detected: DetectedType | null, directory: string | null): boolean {
  if (detected === null || directory === null) return true;
  return FITTING_TYPES.get(directory)?.has(detected) ?? true;
}

/** The folder key in which files of a kind are usually kept. */
export function usualFolder(detected: DetectedType): string {
  return USUAL_FOLDERS[detected];
}

const USUAL_FOLDERS: Readonly<Record<DetectedType, string>> = {
  checkpoint: 'checkpoints',
  diffusion_model: 'diffusion_models',
  lora: 'loras',
  vae: 'vae',
  text_encoder: 'text_encoders',
  clip_vision: 'clip_vision',
  controlnet: 'controlnet',
  upscale_model: 'upscale_models',
  embedding: 'embeddings',
  style_model: 'style_models',
  ip_adapter: 'ipadapter',
  gligen: 'gligen',
  photomaker: 'photomaker',
  audio_encoder: 'audio_encoders',
};

/** `true` for a kind that the structure of a file can tell. */
export function isDetectedType(value: unknown): value is DetectedType {
  return typeof value === 'string' && Object.hasOwn(USUAL_FOLDERS, value);
}
