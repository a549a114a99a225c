import type { Requirement } from '../core/model.ts';
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

/** The one file that the makers of the loaders have under the name, `null` when they have none or several. */
export function findAtHome(requirement: Requirement, groups: readonly Equivalents[]): Equivalents | null {
  const accounts = new Set(homeAccounts(requirement).map((account) => account.toLowerCase()));
  const own = groups.filter(({ offers }) =>
    offers.some(({ source, repoId }) => source === 'huggingface' && accounts.has(repoId?.split('/')[0]?.toLowerCase() ?? '')),
  );
  return own.length === 1 ? (own[0] ?? null) : null;
}
