import { ANTELOPE, BUFFALO } from './insightface-packs.ts';
import { type ImplicitModel, type ModelFamily, sought } from './needed-file.ts';

/** An adapter, with the ways to write the part of its name that the node goes by, the preferred one first. */
const ipAdapter = (name: string, ...parts: readonly string[]): ImplicitModel[] =>
  sought('ipadapter', name, ...parts.map((part) => new RegExp(String.raw`${part}\.(?:safetensors|bin)$`, 'i')));
/** Those that the node takes in one format only. */
const lora = (name: string, part: string): ImplicitModel[] => sought('loras', name, new RegExp(String.raw`${part}\.safetensors$`, 'i'));
const composition = (family: 'sd15' | 'sdxl'): ImplicitModel[] =>
  sought('ipadapter', `ip_plus_composition_${family}.safetensors`, new RegExp(String.raw`plus.composition.${family}\.safetensors$`, 'i'));

/** Encoders of pictures; unlike the others these may have more behind the ending. */
const VIT_H = sought(
  'clip_vision',
  'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors',
  /(?:ViT.H.14.*s32B.b79K|ipadapter.*sd15|sd1.?5.*model)\.(?:safetensors|bin)/i,
);
const VIT_G = sought(
  'clip_vision',
  'CLIP-ViT-bigG-14-laion2B-39B-b160k.safetensors',
  /(?:ViT.bigG.14.*39B.b160k|ipadapter.*sdxl|sdxl.*model)\.(?:safetensors|bin)/i,
);
const VIT_L_336 = sought('clip_vision', 'clip-vit-large-patch14-336.bin', /clip.vit.large.patch14.336\.(?:safetensors|bin)/i);

/** What a preset needs: whatever the checkpoint, and for one of a family. Those for one family alone need all of it for both. */
interface Preset {
  both: readonly ImplicitModel[];
  sd15?: readonly ImplicitModel[];
  sdxl?: readonly ImplicitModel[];
}

/**
 * Presets of IPAdapter's unified loaders, each with the file names that the pack's manual asks for and the patterns that its nodes go by
 * (README.md and utils.py of ComfyUI_IPAdapter_plus, 2025-02). The first that fits counts.
 */
const PRESETS: readonly (readonly [RegExp, Preset])[] = [
  [/^LIGHT/i, { both: [...VIT_H, ...ipAdapter('ip-adapter_sd15_light_v11.bin', 'sd15.light.v11', 'sd15.light')] }],
  [
    /^STANDARD/i,
    {
      both: VIT_H,
      sd15: ipAdapter('ip-adapter_sd15.safetensors', 'ip.adapter.sd15'),
      sdxl: ipAdapter('ip-adapter_sdxl_vit-h.safetensors', 'ip.adapter.sdxl.vit.h'),
    },
  ],
  [
    /^VIT-G/i,
    {
      both: VIT_G,
      sd15: ipAdapter('ip-adapter_sd15_vit-G.safetensors', 'sd15.vit.g'),
      sdxl: ipAdapter('ip-adapter_sdxl.safetensors', 'ip.adapter.sdxl'),
    },
  ],
  [
    /^PLUS FACE/i,
    {
      both: VIT_H,
      sd15: ipAdapter('ip-adapter-plus-face_sd15.safetensors', 'plus.face.sd15'),
      sdxl: ipAdapter('ip-adapter-plus-face_sdxl_vit-h.safetensors', 'plus.face.sdxl.vit.h'),
    },
  ],
  [
    /^PLUS/i,
    {
      both: VIT_H,
      sd15: ipAdapter('ip-adapter-plus_sd15.safetensors', 'ip.adapter.plus.sd15'),
      sdxl: ipAdapter('ip-adapter-plus_sdxl_vit-h.safetensors', 'plus.sdxl.vit.h'),
    },
  ],
  [/^FULL FACE/i, { both: [...VIT_H, ...ipAdapter('ip-adapter-full-face_sd15.safetensors', 'full.face.sd15')] }],
  [
    /^FACEID PLUS -/i,
    {
      both: [
        ...VIT_H,
        ...BUFFALO,
        ...ipAdapter('ip-adapter-faceid-plus_sd15.bin', 'faceid.plus.sd15'),
        ...lora('ip-adapter-faceid-plus_sd15_lora.safetensors', 'faceid.plus.sd15.lora'),
      ],
    },
  ],
  [
    /^FACEID PLUS V2/i,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: [
        ...ipAdapter('ip-adapter-faceid-plusv2_sd15.bin', 'faceid.plusv2.sd15'),
        ...lora('ip-adapter-faceid-plusv2_sd15_lora.safetensors', 'faceid.plusv2.sd15.lora'),
      ],
      sdxl: [
        ...ipAdapter('ip-adapter-faceid-plusv2_sdxl.bin', 'faceid.plusv2.sdxl'),
        ...lora('ip-adapter-faceid-plusv2_sdxl_lora.safetensors', 'faceid.plusv2.sdxl.lora'),
      ],
    },
  ],
  [
    /^FACEID PORTRAIT UNNORM/i,
    { both: [...VIT_H, ...BUFFALO, ...ipAdapter('ip-adapter-faceid-portrait_sdxl_unnorm.bin', 'portrait.sdxl.unnorm')] },
  ],
  [
    /^FACEID PORTRAIT/i,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: ipAdapter('ip-adapter-faceid-portrait-v11_sd15.bin', 'portrait.v11.sd15', 'portrait.sd15'),
      sdxl: ipAdapter('ip-adapter-faceid-portrait_sdxl.bin', 'portrait.sdxl'),
    },
  ],
  [
    /^FACEID$/i,
    {
      both: [...VIT_H, ...BUFFALO],
      sd15: [
        ...ipAdapter('ip-adapter-faceid_sd15.bin', 'faceid.sd15'),
        ...lora('ip-adapter-faceid_sd15_lora.safetensors', 'faceid.sd15.lora'),
      ],
      sdxl: [
        ...ipAdapter('ip-adapter-faceid_sdxl.bin', 'faceid.sdxl'),
        ...lora('ip-adapter-faceid_sdxl_lora.safetensors', 'faceid.sdxl.lora'),
      ],
    },
  ],
  [/^COMPOSITION/i, { both: VIT_H, sd15: composition('sd15'), sdxl: composition('sdxl') }],
  [/^KOLORS/i, { both: [...VIT_L_336, ...ipAdapter('Kolors-IP-Adapter-Plus.bin', '(?:ip_adapter_plus_general|kolors.ip.adapter.plus)')] }],
];

/** What the preset among the texts of a unified loader needs. */
export function presetModels(texts: readonly string[], family: () => ModelFamily): readonly ImplicitModel[] {
  const preset = texts.map((text) => PRESETS.find(([pattern]) => pattern.test(text))?.[1]).find((entry) => entry !== undefined);
  if (preset === undefined) return [];
  const checkpoints = family();
  return checkpoints === null ? preset.both : [...preset.both, ...(preset[checkpoints] ?? [])];
}

/** Presets of Inspire's IPAdapterModelHelper by those above, with the family that each is for (inspire/model_nodes.py, 2026-08). */
const HELPER_PRESETS: ReadonlyMap<string, readonly [preset: string, family: ModelFamily]> = new Map([
  ['SD1.5', ['STANDARD', 'sd15']],
  ['SD1.5 Light v11', ['LIGHT', 'sd15']],
  ['SD1.5 Plus', ['PLUS', 'sd15']],
  ['SD1.5 Plus Face', ['PLUS FACE', 'sd15']],
  ['SD1.5 Full Face', ['FULL FACE', 'sd15']],
  ['SD1.5 ViT-G', ['VIT-G', 'sd15']],
  ['SD1.5 FaceID', ['FACEID', 'sd15']],
  ['SD1.5 FaceID Plus v2', ['FACEID PLUS V2', 'sd15']],
  ['SD1.5 FaceID Plus', ['FACEID PLUS -', 'sd15']],
  ['SD1.5 FaceID Portrait v11', ['FACEID PORTRAIT', 'sd15']],
  ['SD1.5 Plus Composition', ['STANDARD', 'sd15']], // so it says there
  ['SDXL', ['VIT-G', 'sdxl']],
  ['SDXL ViT-H', ['STANDARD', 'sdxl']],
  ['SDXL Plus ViT-H', ['PLUS', 'sdxl']],
  ['SDXL Plus Face ViT-H', ['PLUS FACE', 'sdxl']],
  ['SDXL FaceID', ['FACEID', 'sdxl']],
  ['SDXL FaceID Plus v2', ['FACEID PLUS V2', 'sdxl']],
  ['SDXL FaceID Portrait', ['FACEID PORTRAIT', 'sdxl']],
  ['SDXL FaceID Portrait unnorm', ['FACEID PORTRAIT UNNORM', 'sdxl']],
  ['SDXL Plus Composition', ['VIT-G', 'sdxl']],
  ['Kolors Plus', ['KOLORS', 'sdxl']],
]);

/** An adapter that the helper takes from any subfolder and with any ending. */
const helperAdapter = (stem: string, ending: string): ImplicitModel[] =>
  sought('ipadapter', stem + ending, new RegExp(String.raw`(?:^|/)${stem}\.[^./]+$`));

/** Those that no unified loader has any more, or not yet. */
const HELPER_ALONE: ReadonlyMap<string, readonly ImplicitModel[]> = new Map([
  ['SD1.5 Light', [...VIT_H, ...helperAdapter('ip-adapter_sd15_light', '.safetensors')]],
  ['SD1.5 FaceID Portrait', [...VIT_H, ...BUFFALO, ...helperAdapter('ip-adapter-faceid-portrait_sd15', '.bin')]],
  ['Kolors FaceID Plus', [...VIT_L_336, ...BUFFALO, ...helperAdapter('Kolors-IP-Adapter-FaceID-Plus', '.bin')]],
]);

/** What the preset among the texts of Inspire's helper needs. */
export function helperModels(texts: readonly string[]): readonly ImplicitModel[] {
  for (const text of texts) {
    const known = HELPER_PRESETS.get(text);
    const models = known === undefined ? HELPER_ALONE.get(text) : presetModels([known[0]], () => known[1]);
    if (models !== undefined) return usesAntelope(texts) ? models.flatMap(withAntelope) : models;
  }
  return [];
}

/** The helper asks for the chosen pack of faces where it keeps that in its cache, and for the usual one elsewhere. */
function usesAntelope(texts: readonly string[]): boolean {
  return texts.includes('antelopev2') && !texts.includes('none') && !texts.includes('clip_vision only');
}

function withAntelope(model: ImplicitModel): readonly ImplicitModel[] {
  const place = BUFFALO.indexOf(model);
  return place < 0 ? [model] : ANTELOPE.slice(place, place + 1);
}

/** Everything that any preset of the unified loaders needs. */
export function allPresetModels(): ImplicitModel[] {
  return PRESETS.flatMap(([, { both, sd15 = [], sdxl = [] }]) => [...both, ...sd15, ...sdxl]);
}

/** What presets need that only Inspire's helper has, among what others need too. */
export function allHelperModels(): ImplicitModel[] {
  return [...HELPER_ALONE.values()].flat();
}
