/** Singular nouns for people, by ComfyUI's folder name. */
const NOUNS: ReadonlyMap<string, string> = new Map([
  ['checkpoints', 'checkpoint'],
  ['loras', 'lora'],
  ['vae', 'vae'],
  ['vae_approx', 'vae_approx'],
  ['controlnet', 'controlnet'],
  ['text_encoders', 'text_encoder'],
  ['clip_vision', 'clip_vision'],
  ['diffusion_models', 'diffusion_model'],
  ['upscale_models', 'upscale_model'],
  ['latent_upscale_models', 'latent_upscale_model'],
  ['embeddings', 'embedding'],
  ['style_models', 'style_model'],
  ['hypernetworks', 'hypernetwork'],
  ['gligen', 'gligen'],
  ['photomaker', 'photomaker'],
  ['audio_encoders', 'audio_encoder'],
  ['model_patches', 'model_patch'],
  ['configs', 'config'],
  ['classifiers', 'classifier'],
  ['animatediff_models', 'animatediff_model'],
  ['animatediff_motion_lora', 'animatediff_motion_lora'],
]);

/** The singular noun for what lies in a models folder: the folder's own name where there is none, `unknown` for `null`. */
export function expectedType(directory: string | null): string {
  return directory === null ? 'unknown' : (NOUNS.get(directory) ?? directory);
}
