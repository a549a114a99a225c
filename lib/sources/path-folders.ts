/**
 * ComfyUI folders by the folder names that repositories use for them: ComfyUI's own (repackaged models keep its tree below
 * `split_files/`), and those of the diffusers layout (2026-11).
 */
const FOLDERS: ReadonlyMap<string, string> = new Map([
  ['checkpoints', 'checkpoints'],
  ['all_in_one', 'checkpoints'],
  ['diffusion_models', 'diffusion_models'],
  ['unet', 'diffusion_models'],
  ['transformer', 'diffusion_models'],
  ['text_encoders', 'text_encoders'],
  ['text_encoder', 'text_encoders'],
  ['text_encoder_2', 'text_encoders'],
  ['text_encoder_3', 'text_encoders'],
  ['clip', 'text_encoders'],
  ['vae', 'vae'],
  ['vae_approx', 'vae_approx'],
  ['loras', 'loras'],
  ['lora', 'loras'],
  ['clip_vision', 'clip_vision'],
  ['image_encoder', 'clip_vision'],
  ['controlnet', 'controlnet'],
  ['controlnets', 'controlnet'],
  ['model_patches', 'model_patches'],
  ['style_models', 'style_models'],
  ['upscale_models', 'upscale_models'],
  ['latent_upscale_models', 'latent_upscale_models'],
  ['audio_encoders', 'audio_encoders'],
  ['embeddings', 'embeddings'],
  ['hypernetworks', 'hypernetworks'],
  ['photomaker', 'photomaker'],
  ['gligen', 'gligen'],
  ['frame_interpolation', 'frame_interpolation'],
  ['geometry_estimation', 'geometry_estimation'],
  ['optical_flow', 'optical_flow'],
  ['background_removal', 'background_removal'],
  ['detection', 'detection'],
]);

/** The ComfyUI folder that the innermost telling folder of a repository path stands for; empty when none does. */
export function foldersOfPath(path: string): string[] {
  const folders = path.toLowerCase().split('/').slice(0, -1).toReversed();
  for (const name of folders) {
    const folder = FOLDERS.get(name);
    if (folder) return [folder];
  }
  return [];
}
