import { describe, expect, test } from 'bun:test';
import { familyOf, patternsOf } from '../../lib/workflow/implicit-models.ts';
import { allPresetModels } from '../../lib/workflow/ipadapter-presets.ts';

const found = (directory: string, name: string, path: string): boolean =>
  (patternsOf({ directory, subfolder: '', filename: name }) ?? []).some((pattern) => pattern.test(path));

test.each([
  [['sd_xl_base_1.0.safetensors'], 'sdxl'],
  [['v1-5-pruned.safetensors'], 'sd15'],
  [['realisticVisionV60B1_v51VAE.safetensors'], 'sd15'],
  [['sub/meinamix_meinaV11.safetensors', 'DreamShaper_8.safetensors'], 'sd15'],
  [['dreamshaperXL_v21.safetensors'], 'sdxl'],
  [['CyberRealisticPony_V8.safetensors'], 'sdxl'],
  [['dreamshaper_8.safetensors', 'juggernautXL.safetensors'], null],
  [['somebody.safetensors'], null],
] as const)('the family of %j is %j', (names, family) => expect(familyOf(names)).toBe(family));

describe('patterns of the files that presets need', () => {
  test('take the name of the manual', () => {
    const sought = allPresetModels().filter(({ patterns }) => patterns !== undefined);
    expect(sought.length).toBeGreaterThan(20);
    for (const { directory, name } of sought) expect({ name, found: found(directory, name, name) }).toEqual({ name, found: true });
  });

  test('take no file that another preset is meant to find', () => {
    const adapters = [...new Set(allPresetModels().flatMap(({ directory, name }) => (directory === 'ipadapter' ? [name] : [])))];
    const wrong = adapters.flatMap((name) => adapters.filter((other) => other !== name && found('ipadapter', name, other)));
    expect(wrong).toEqual([]);
  });

  const CASES: [directory: string, name: string, path: string, isFound: boolean][] = [
    ['clip_vision', 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors', 'ViT-H-14.s32B.b79K.safetensors', true],
    ['clip_vision', 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors', 'SD1.5/pytorch_model.bin', true],
    ['clip_vision', 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors', 'IPAdapter_image_encoder_sd15.safetensors', true],
    ['clip_vision', 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors', 'sdxl/model.safetensors', false],
    ['clip_vision', 'CLIP-ViT-bigG-14-laion2B-39B-b160k.safetensors', 'sdxl/model.safetensors', true],
    ['ipadapter', 'ip-adapter-plus_sdxl_vit-h.safetensors', 'ip-adapter-plus_sdxl_vit-h.bin', true],
    ['ipadapter', 'ip-adapter-plus_sdxl_vit-h.safetensors', 'ip-adapter-plus_sdxl_vit-h.safetensors.bak', false],
    ['ipadapter', 'ip-adapter-faceid-portrait-v11_sd15.bin', 'ip-adapter-faceid-portrait_sd15.bin', true],
    ['ipadapter', 'Kolors-IP-Adapter-Plus.bin', 'ip_adapter_plus_general.bin', true],
    ['ipadapter', 'ip-adapter_sd15_light.safetensors', 'old/ip-adapter_sd15_light.bin', true],
    ['ipadapter', 'ip-adapter_sd15_light.safetensors', 'ip-adapter_sd15_light_v11.bin', false],
    ['ipadapter', 'ip_plus_composition_sdxl.safetensors', 'ip_plus_composition_sdxl.bin', false],
    ['clip_vision', 'clip-vit-large-patch14-336.bin', 'kolors/clip_vit_large_patch14_336.safetensors', true],
    ['loras', 'ip-adapter-faceid_sdxl_lora.safetensors', 'faceid/ip-adapter-faceid_sdxl_lora.safetensors', true],
    ['loras', 'ip-adapter-faceid_sdxl_lora.safetensors', 'ip-adapter-faceid_sdxl_lora.bin', false],
  ];
  for (const [directory, name, path, isFound] of CASES)
    test(`${name} is ${isFound ? '' : 'not '}found as ${path}`, () => expect(found(directory, name, path)).toBe(isFound));

  test('there are none where a node goes by the very name', () => {
    expect(patternsOf({ directory: 'insightface', subfolder: 'models/buffalo_l', filename: 'det_10g.onnx' })).toBeUndefined();
    expect(patternsOf({ directory: null, subfolder: '', filename: 'ip-adapter_sdxl.safetensors' })).toBeUndefined();
  });
});
