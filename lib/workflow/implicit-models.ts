import type { Requirement } from '../core/model.ts';
import { ANTELOPE, BUFFALO, FETCHED_ANTELOPE } from './insightface-packs.ts';
import { allHelperModels, allPresetModels, helperModels, presetModels } from './ipadapter-presets.ts';
import { fetched, type ImplicitModel, type ModelFamily, sought } from './needed-file.ts';

const EVA_CLIP = fetched('text_encoders', 'EVA02_CLIP_L_336_psz14_s6B.pt');

/** Small decoders that loaders of VAEs offer when both halves lie in `vae_approx` (nodes.py, KJNodes and RES4LYF, 2026-10). */
const TINY_VAES = new Set(['taesd', 'taesdxl', 'taesd3', 'taef1', 'taef2']);
/** Small decoders for video, whole files that VAELoader takes from `vae_approx` by their names without ending (the same place). */
const TINY_VIDEO_VAES = new Set(['taehv', 'lighttaew2_1', 'lighttaew2_2', 'lighttaehy1_5', 'taeltx_2', 'taeh3']);

/** Which files a node needs for the texts that its widgets hold. */
type Needs = (texts: readonly string[], family: () => ModelFamily) => readonly ImplicitModel[];

const faceAnalysis: Needs = (texts) => (texts.includes('antelopev2') ? ANTELOPE : BUFFALO);
/** The two halves of a tiny VAE. Any ending will do: ComfyUI compares the beginning of the name (`VAELoader.load_taesd` in nodes.py). */
export const tinyVaeParts = (name: string): ImplicitModel[] =>
  ['encoder', 'decoder'].flatMap((part) => sought('vae_approx', `${name}_${part}.pth`, new RegExp(`^${name}_${part}\\.`)));
const insightFaceOnly: Needs = (texts) => (texts.includes('insightface') ? BUFFALO : []);

/** Node class -> what it needs without naming it (the packs' manuals and sources, read 2025-04 to 2026-08). */
const NODES: ReadonlyMap<string, Needs> = new Map([
  ['IPAdapterUnifiedLoader', presetModels],
  ['IPAdapterUnifiedLoaderFaceID', presetModels],
  ['IPAdapterUnifiedLoaderCommunity', presetModels],
  ['FaceAnalysisModels', insightFaceOnly],
  ['IPAdapterModelHelper //Inspire', helperModels],
  ['IPAdapterInsightFaceLoader', faceAnalysis],
  ['PhotoMakerInsightFaceLoader', () => BUFFALO],
  ['ReActorFaceSwap', () => BUFFALO],
  ['ReActorFaceSwapOpt', () => BUFFALO],
  ['InstantIDFaceAnalysis', () => ANTELOPE],
  ['PulidInsightFaceLoader', () => ANTELOPE],
  ['PulidFluxInsightFaceLoader', () => FETCHED_ANTELOPE], // ComfyUI_PuLID_Flux_ll, ComfyUI-PuLID-Flux
  ['PulidEvaClipLoader', () => EVA_CLIP],
  ['PulidFluxEvaClipLoader', () => EVA_CLIP],
  // Easy-Use has the loaders of the other packs run
  ['easy instantIDApply', () => ANTELOPE],
  ['easy instantIDApplyADV', () => ANTELOPE],
  ['easy pulIDApply', () => [...ANTELOPE, ...EVA_CLIP]],
  ['easy pulIDApplyADV', () => [...ANTELOPE, ...EVA_CLIP]],
]);

/** `true` for a node class that needs files it does not name. */
export function needsUnnamedModels(nodeType: string): boolean {
  return NODES.has(nodeType);
}

/** The files that a node needs beside those it names, given the texts of its widgets. */
export function implicitModels(nodeType: string, texts: readonly string[], family: () => ModelFamily): readonly ImplicitModel[] {
  return NODES.get(nodeType)?.(texts, family) ?? [];
}

/**
 * What the nodes that need an implicit model go by in its folder, the preferred pattern first; `undefined` when they go by its very name.
 * It is told by the model's own name, since that is all that is kept of it from one run to the next.
 */
export function patternsOf({ directory, subfolder, filename }: KeptName): readonly RegExp[] | undefined {
  if (directory === null) return undefined;
  return (patterns ??= listPatterns()).get(keyOf(directory, subfolder === '' ? filename : `${subfolder}/${filename}`));
}

type KeptName = Pick<Requirement, 'directory' | 'subfolder' | 'filename'>;

let patterns: ReadonlyMap<string, readonly RegExp[]> | undefined;

function listPatterns(): Map<string, readonly RegExp[]> {
  const models = [...allPresetModels(), ...allHelperModels(), ...[...TINY_VAES].flatMap(tinyVaeParts)];
  return new Map(models.flatMap((model) => (model.patterns ? [[keyOf(model.directory, model.name), model.patterns]] : [])));
}

function keyOf(directory: string, name: string): string {
  return `${directory}\0${name}`;
}

/** A loader's value that stands for built-in files rather than for a file of that name. */
export function isBuiltInName(value: string): boolean {
  return TINY_VAES.has(value);
}

const SAYS_XL = /xl|pony|illustrious|noob|animagine/i;
const SAYS_OLD = /sd_?-?1\.?5|v1[-_.]?5|[-_]1\.5|sd15/i;
/** Series of checkpoints that are of SD 1.5 unless their name says otherwise (Civitai's most fetched ones of 2023 and 2024). */
const OLD_SERIES =
  /realistic[-_ ]?vision|dreamshaper|rev[-_ ]?animated|meina(mix|pastel|unreal|alter)|counterfeit|anything[-_ ]?v\d|deliberate[-_ ]?v|absolute[-_ ]?reality|epic[-_ ]?realism|majicmix|toonyou|cyber[-_ ]?realistic|photon_v1|chilloutmix|orangemix|ghostmix|pastelmix|lyriel/i;

/** The family that the names of a workflow's checkpoints tell; `null` when they tell none or both. */
export function familyOf(checkpoints: readonly string[]): ModelFamily {
  const xl = checkpoints.some((name) => SAYS_XL.test(name));
  const old = checkpoints.some((name) => SAYS_OLD.test(name) || (OLD_SERIES.test(name) && !SAYS_XL.test(name)));
  return xl === old ? null : xl ? 'sdxl' : 'sd15';
}

/** The folder that ComfyUI's VAELoader and KJNodes' take a file from. */
export function folderOfVae(name: string): 'vae' | 'vae_approx' {
  return TINY_VIDEO_VAES.has(name.replace(/\.[^.]+$/, '')) ? 'vae_approx' : 'vae';
}
