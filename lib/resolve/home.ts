import type { Proof, Requirement } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';
import type { Equivalents } from './standing.ts';

/** Accounts whose files are in the very form that certain loader nodes take: those of the nodes' own makers. */
interface Home {
  /** On Hugging Face, the likeliest first. */
  accounts: readonly string[];
  loaders: RegExp;
}

/*
 * One name stands for other bytes at several publishers where each has packed a model for his own nodes: `hunyuan_video_vae_bf16` for
 * ComfyUI's VAELoader is not the one for Kijai's wrapper (read 2026-11). Node types of ComfyUI itself, and those of Kijai's wrappers.
 */
const HOMES: readonly Home[] = [
  {
    accounts: ['Comfy-Org', 'comfyanonymous'],
    loaders:
      /^(?:(?:ImageOnly|unCLIP)?CheckpointLoader(?:Simple)?|UNETLoader|VAELoader|(?:Dual|Triple|Quadruple)?CLIPLoader|CLIPVisionLoader|(?:Diff)?ControlNetLoader|LoraLoader(?:ModelOnly)?|StyleModelLoader|UpscaleModelLoader|LatentUpscaleModelLoader|GLIGENLoader|HypernetworkLoader|PhotoMakerLoader|AudioEncoderLoader|ModelPatchLoader)(?:(?:DisTorch2?)?MultiGPU)?$/,
  },
  {
    accounts: ['Kijai'],
    loaders: /^(?:DownloadAnd)?(?:Load)?(?:WanVideo|HyVideo|CogVideo|Mochi|FramePack|DynamiCrafter|SUPIR|Hy3D)/,
  },
];

/** Accounts of the makers of the nodes that take the file; empty when they have several makers, or others. */
export function homeAccounts({ references, nodeType }: Requirement): readonly string[] {
  const types = references.length === 0 ? [nodeType] : references.map((reference) => reference.nodeType);
  return HOMES.find(({ loaders }) => types.every((type) => loaders.test(type)))?.accounts ?? [];
}

/**
 * The one file that the makers of the loaders have under the name, and have where files of the wanted folder stand; `null` when they have none
 * or several, or when nothing tells that theirs is for this loader.
 */
export function findAtHome(requirement: Requirement, groups: readonly Equivalents[]): Equivalents | null {
  const own = groups.filter(({ offers }) => offers.some((offer) => isAtHome(requirement, offer)));
  const [only] = own;
  return own.length === 1 && only?.offers.some((offer) => isAtHome(requirement, offer) && isInPlace(requirement, offer)) ? only : null;
}

/** Whether the offer is of the makers of the loaders. */
export function isAtHome(requirement: Requirement, { source, repoId }: Offer): boolean {
  const account = repoId?.split('/')[0]?.toLowerCase();
  return source === 'huggingface' && homeAccounts(requirement).some((home) => home.toLowerCase() === account);
}

/**
 * Whether the makers' file is for the wanted folder. Outside of any telling folder ComfyUI's makers keep whole checkpoints too, under the
 * names of bare models (`flux1-dev-fp8`, read 2026-11).
 */
export function isInPlace({ directory }: Requirement, { directories }: Pick<Offer, 'directories'>): boolean {
  return directories.length === 0 ? directory !== 'diffusion_models' : directories.includes(directory ?? '');
}

/** A publisher's file for a loader of other makers, who may have one of their own, or not where the loader's makers keep such files. */
export function restsOnStranger(requirement: Requirement, { proof, offer }: { proof: Proof; offer: Offer }): boolean {
  if (proof !== 'catalog' || !offer.knownPublisher || homeAccounts(requirement).length === 0) return false;
  return !isAtHome(requirement, offer) || !isInPlace(requirement, offer);
}
