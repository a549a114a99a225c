import type { Requirement } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';
import { genericnessOf } from './generic-names.ts';
import { parseName } from './name-parts.ts';

/*
 * ComfyUI folders that hold the same kind of model. A file that is offered for another kind is another file, whatever its name: checkpoints
 * and bare diffusion models go by the same names (`flux1-dev-fp8`), and a checkpoint loader can do nothing with the latter.
 */
const KINDS: readonly (readonly string[])[] = [
  ['checkpoints'],
  ['diffusion_models', 'unet', 'unet_gguf'],
  ['diffusers'],
  ['loras'],
  ['vae', 'vae_approx'],
  ['text_encoders', 'clip', 'clip_gguf'],
  ['clip_vision'],
  ['controlnet', 'model_patches', 't2i_adapter'],
  ['upscale_models', 'latent_upscale_models'],
  ['embeddings'],
  ['hypernetworks'],
  ['style_models'],
  ['audio_encoders'],
];

/** Folders of ComfyUI, of its users and of diffusers' layout, as `compact` gives them. */
const COMMON_FOLDERS: ReadonlySet<string> = new Set(
  [
    ...KINDS.flat(),
    'textencoder',
    'transformers',
    'unets',
    'vaes',
    'controlnets',
    'adapters',
    'imageencoders',
    'other',
    'misc',
    'new',
    'old',
    'test',
    'downloads',
    'splitfiles',
    'sd',
    'fp8',
    'fp16',
    'bf16',
    'gguf',
  ].map(compact),
);

/** Folders whose files some loaders of the other one take as well. */
const WHOLE_OR_BARE: ReadonlySet<string> = new Set(['checkpoints', 'diffusion_models', 'unet', 'unet_gguf', 'diffusers']);

/** `false` when the offer is for another kind of model than the folder; unknown folders agree with everything. */
export function agreesOnKind(directory: string | null, offer: Offer): boolean {
  const wanted = kindOf(directory);
  if (wanted === null || offer.directories.length === 0) return true;
  const offered = offer.directories.map(kindOf);
  return offered.every((kind) => kind === null) || offered.includes(wanted);
}

/** As `agreesOnKind` for a file that is named for the place: whether it is a whole checkpoint or a bare model is then the loader's affair. */
export function mayServe(directory: string | null, offer: Offer): boolean {
  if (agreesOnKind(directory, offer)) return true;
  return WHOLE_OR_BARE.has(directory ?? '') && offer.directories.some((folder) => WHOLE_OR_BARE.has(folder));
}

/**
 * Whether a name that says little is backed by where it stands: for names that libraries write by themselves, the repository or a folder
 * in it has to be the workflow's own subfolder; for the bare name of a part, the folder has to be the one for that part as well.
 */
export function isBacked(requirement: Pick<Requirement, 'filename' | 'subfolder' | 'directory'>, offer: Offer): boolean {
  const genericness = genericnessOf(requirement.filename);
  if (genericness === 'none') return true;
  if (sharesFolder(requirement.subfolder, offer)) return true;
  return genericness === 'part' && requirement.directory !== null && offer.directories.includes(requirement.directory);
}

/**
 * Whether the innermost folder of the workflow's name is also the repository's name or the folder that holds the file there. A folder for a
 * part of a model or for a whole family (`vae`, `SDXL`) stands in hundreds of repositories and tells none of them.
 */
function sharesFolder(subfolder: string, offer: Offer): boolean {
  const innermost = subfolder.split('/').findLast((name) => name !== '');
  if (innermost === undefined || offer.repoId === null || isCommonFolder(innermost)) return false;
  const places = [...offer.repoId.split('/').slice(-1), ...(offer.repoPath ?? '').split('/').slice(0, -1)];
  return places.some((place) => compact(place) === compact(innermost));
}

function isCommonFolder(name: string): boolean {
  if (COMMON_FOLDERS.has(compact(name)) || genericnessOf(name) !== 'none') return true;
  const { families, words, counts, roles, letters } = parseName(name);
  return families.size > 0 && words.size + counts.size + roles.size + letters.size === 0;
}

function kindOf(directory: string | null): number | null {
  const index = KINDS.findIndex((kind) => directory !== null && kind.includes(directory));
  return index < 0 ? null : index;
}

function compact(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
