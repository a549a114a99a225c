/** A file that a node needs and does not name. */
export interface ImplicitModel {
  /** With its subfolder, `/` as separator. */
  name: string;
  directory: string;
  /** The node fetches it by itself. */
  selfDownload: boolean;
}

/** The family of the checkpoints in a workflow, `null` when their names do not tell: some presets need another file for each. */
export type ModelFamily = 'sd15' | 'sdxl' | null;

const needed = (directory: string, ...names: readonly string[]): ImplicitModel[] =>
  names.map((name) => ({ name, directory, selfDownload: false }));
const fetched = (directory: string, ...names: readonly string[]): ImplicitModel[] =>
  names.map((name) => ({ name, directory, selfDownload: true }));

/** InsightFace fetches this pack by itself; the other one it unpacks into a folder too deep to be found, so that people place it. */
const BUFFALO = fetched('insightface', 'models/buffalo_l/det_10g.onnx', 'models/buffalo_l/w600k_r50.onnx');
const ANTELOPE = needed('insightface', 'models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx');
const EVA_CLIP = fetched('text_encoders', 'EVA02_CLIP_L_336_psz14_s6B.pt');

/** Small decoders that VAELoader offers when both halves lie in `vae_approx` (nodes.py, 2026-10). */
const TINY_VAES = new Set(['taesd', 'taesdxl', 'taesd3', 'taef1', 'taef2']);
/** Small decoders for video, whole files that VAELoader takes from `vae_approx` by their names without ending (the same place). */
const TINY_VIDEO_VAES = new Set(['taehv', 'lighttaew2_1', 'lighttaew2_2', 'lighttaehy1_5', 'taeltx_2', 'taeh3']);

const VIT_H = needed('clip_vision', 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors');
const VIT_G = needed('clip_vision', 'CLIP-ViT-bigG-14-laion2B-39B-b160k.safetensors');
const ipAdapter = (...names: readonly string[]) => needed('ipadapter', ...names);
const lora = (...names: readonly string[]) => needed('loras', ...names);

interface Preset {
  both: readonly ImplicitModel[];
  sd15: readonly ImplicitModel[];
  sdxl: readonly ImplicitModel[];
}

/** Presets of IPAdapter's unified loaders with the file names that its manual asks for (README of ComfyUI_IPAdapter_plus, 2025-04). */
const PRESETS: readonly (readonly [RegExp, Preset])[] = [
  [/^LIGHT/, { both: [...VIT_H, ...ipAdapter('ip-adapter_sd15_light_v11.bin')], sd15: [], sdxl: [] }],
  [/^STANDARD/, { both: VIT_H, sd15: ipAdapter('ip-adapter_sd15.safetensors'), sdxl: ipAdapter('ip-adapter_sdxl_vit-h.safetensors') }],
  [/^VIT-G/, { both: VIT_G, sd15: ipAdapter('ip-adapter_sd15_vit-G.safetensors'), sdxl: ipAdapter('ip-adapter_sdxl.safetensors') }],
  [
    /^PLUS FACE/,
    {
      both: VIT_H,
      sd15: ipAdapter('ip-adapter-plus-face_sd15.safetensors'),
      sdxl: ipAdapter('ip-adapter-plus-face_sdxl_vit-h.safetensors'),
    },
  ],
  [
    /^PLUS/,
    { both: VIT_H, sd15: ipAdapter('ip-adapter-plus_sd15.safetensors'), sdxl: ipAdapter('ip-adapter-plus_sdxl_vit-h.safetensors') },
  ],
  [/^FULL FACE/, { both: [...VIT_H, ...ipAdapter('ip-adapter-full-face_sd15.safetensors')], sd15: [], sdxl: [] }],
  [
    /^FACEID PLUS V2/,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: [...ipAdapter('ip-adapter-faceid-plusv2_sd15.bin'), ...lora('ip-adapter-faceid-plusv2_sd15_lora.safetensors')],
      sdxl: [...ipAdapter('ip-adapter-faceid-plusv2_sdxl.bin'), ...lora('ip-adapter-faceid-plusv2_sdxl_lora.safetensors')],
    },
  ],
  [
    /^FACEID PORTRAIT UNNORM/,
    { both: [...VIT_H, ...BUFFALO, ...ipAdapter('ip-adapter-faceid-portrait_sdxl_unnorm.bin')], sd15: [], sdxl: [] },
  ],
  [
    /^FACEID PORTRAIT/,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: ipAdapter('ip-adapter-faceid-portrait-v11_sd15.bin'),
      sdxl: ipAdapter('ip-adapter-faceid-portrait_sdxl.bin'),
    },
  ],
  [
    /^FACEID$/,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: [...ipAdapter('ip-adapter-faceid_sd15.bin'), ...lora('ip-adapter-faceid_sd15_lora.safetensors')],
      sdxl: [...ipAdapter('ip-adapter-faceid_sdxl.bin'), ...lora('ip-adapter-faceid_sdxl_lora.safetensors')],
    },
  ],
];

/** Which files a node needs for the texts that its widgets hold. */
type Needs = (texts: readonly string[], family: () => ModelFamily) => readonly ImplicitModel[];

const faceAnalysis: Needs = (texts) => (texts.includes('antelopev2') ? ANTELOPE : BUFFALO);
const preset: Needs = (texts, family) => {
  const found = texts.map((text) => PRESETS.find(([pattern]) => pattern.test(text))?.[1]).find((entry) => entry !== undefined);
  if (found === undefined) return [];
  const checkpoints = family();
  return checkpoints === null ? found.both : [...found.both, ...found[checkpoints]];
};
const tinyVae: Needs = (texts) => {
  const name = texts.find((text) => TINY_VAES.has(text));
  return name === undefined ? [] : needed('vae_approx', `${name}_encoder.pth`, `${name}_decoder.pth`);
};

/** Node class -> what it needs without naming it (the packs' manuals and sources, read 2025-04 to 2026-08). */
const NODES: ReadonlyMap<string, Needs> = new Map([
  ['VAELoader', tinyVae],
  ['IPAdapterUnifiedLoader', preset],
  ['IPAdapterUnifiedLoaderFaceID', preset],
  ['IPAdapterInsightFaceLoader', faceAnalysis],
  ['PhotoMakerInsightFaceLoader', () => BUFFALO],
  ['ReActorFaceSwap', () => BUFFALO],
  ['ReActorFaceSwapOpt', () => BUFFALO],
  ['InstantIDFaceAnalysis', () => ANTELOPE],
  ['PulidInsightFaceLoader', () => ANTELOPE],
  ['PulidEvaClipLoader', () => EVA_CLIP],
  ['PulidFluxEvaClipLoader', () => EVA_CLIP],
]);

/** `true` for a node class that needs files it does not name. */
export function needsUnnamedModels(nodeType: string): boolean {
  return NODES.has(nodeType);
}

/** The files that a node needs beside those it names, given the texts of its widgets. */
export function implicitModels(nodeType: string, texts: readonly string[], family: () => ModelFamily): readonly ImplicitModel[] {
  return NODES.get(nodeType)?.(texts, family) ?? [];
}

/** A loader's value that stands for built-in files rather than for a file of that name. */
export function isBuiltInName(value: string): boolean {
  return TINY_VAES.has(value);
}

/** The family that the names of a workflow's checkpoints tell; `null` when they tell none or both. */
export function familyOf(checkpoints: readonly string[]): ModelFamily {
  const xl = checkpoints.some((name) => /xl|pony|illustrious|noob|animagine/i.test(name));
  const old = checkpoints.some((name) => /sd_?-?1\.?5|v1[-_.]?5|[-_]1\.5|sd15/i.test(name));
  return xl === old ? null : xl ? 'sdxl' : 'sd15';
}

/** The folder that ComfyUI's VAELoader takes a file from. */
export function folderOfVae(name: string): 'vae' | 'vae_approx' {
  return TINY_VIDEO_VAES.has(name.replace(/\.[^.]+$/, '')) ? 'vae_approx' : 'vae';
}
