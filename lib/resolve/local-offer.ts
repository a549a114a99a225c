import type { Candidate, Requirement } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';

/** Names of models folders as they stand in paths, and the ComfyUI folder they are today. */
const PATH_FOLDERS: ReadonlyMap<string, string> = new Map([
  ['checkpoints', 'checkpoints'],
  ['stable-diffusion', 'checkpoints'],
  ['diffusion_models', 'diffusion_models'],
  ['unet', 'diffusion_models'],
  ['loras', 'loras'],
  ['lora', 'loras'],
  ['vae', 'vae'],
  ['vae_approx', 'vae_approx'],
  ['text_encoders', 'text_encoders'],
  ['clip', 'text_encoders'],
  ['clip_vision', 'clip_vision'],
  ['controlnet', 'controlnet'],
  ['model_patches', 'model_patches'],
  ['upscale_models', 'upscale_models'],
  ['esrgan', 'upscale_models'],
  ['latent_upscale_models', 'latent_upscale_models'],
  ['embeddings', 'embeddings'],
  ['hypernetworks', 'hypernetworks'],
  ['style_models', 'style_models'],
  ['audio_encoders', 'audio_encoders'],
]);

/** A file on this machine as an offer; its folder is told by its path. */
export function makeLocalOffer(candidate: Candidate): Offer {
  const { score: _score, reason: _reason, ...facts } = candidate;
  return {
    ...facts,
    source: 'local',
    knownPublisher: false,
    directories: foldersOfLocalPath(candidate.foundAt ?? ''),
    likes: null,
    createdAt: null,
    obstacle: null,
  };
}

/** The file that a scan has found in another place than the one where the workflow looks; `null` when it has found none. */
export function misplacedOffer(requirement: Requirement): Offer | null {
  if (requirement.state !== 'misplaced' || requirement.foundAt === null) return null;
  return makeLocalOffer({
    source: 'local',
    filename: requirement.foundAt.split(/[\\/]/).at(-1) ?? requirement.filename,
    score: 0,
    reason: '',
    downloadUrl: null,
    sizeBytes: null,
    sha256: null,
    modelId: null,
    versionId: null,
    repoId: null,
    revision: null,
    repoPath: null,
    foundAt: requirement.foundAt,
    title: null,
    baseModel: null,
    downloads: null,
    requiresAuth: false,
    gated: false,
    pickle: false,
    danger: null,
    license: null,
  });
}

function foldersOfLocalPath(path: string): string[] {
  for (const name of path.toLowerCase().split(/[\\/]/).slice(0, -1).toReversed()) {
    const folder = PATH_FOLDERS.get(name);
    if (folder) return [folder];
  }
  return [];
}
