import { describe, expect, test } from 'bun:test';
import { makeQueries } from '../../lib/resolve/queries.ts';

const ROWS: readonly (readonly [filename: string, subfolder: string, huggingface: readonly string[], civitai: string])[] = [
  ['Wan2.2-I2V-A14B-LowNoise-Q5_K_M.gguf', '', ['Wan2.2-I2V-A14B', 'wan2.2-14B', 'Wan2.2'], 'wan2.2 i2v'],
  ['Qwen-Image-Lightning-4steps-V1.0.safetensors', '', ['Qwen-Image-Lightning', 'Lightning', 'Qwen'], 'qwen lightning'],
  ['t5-v1_1-xxl-encoder-Q4_K_S.gguf', '', ['t5-v1_1-xxl-encoder', 'xxl', 'encoder'], 't5 xxl encoder'],
  ['4x-UltraSharp.pth', '', ['4x-UltraSharp', 'UltraSharp'], '4x ultra sharp'],
  ['waiIllustriousSDXL_v160.safetensors', '', ['waiIllustriousSDXL'], 'wai illustrious sdxl'],
  // the version of a word is left out, for its repository holds them all
  ['NetaYumev35_pretrained_all_in_one.safetensors', '', ['NetaYume', 'NetaYumev35'], 'neta yumev35'],
  // a name that says nothing is looked for by its folder
  ['diffusion_pytorch_model.safetensors', 'brushnet/random_mask', ['random', 'random-mask'], 'random mask'],
  ['dreamshaper_8.safetensors', 'SD1.5', ['dreamshaper'], 'dreamshaper'],
  // what the maker calls his models, before words that stand in many names
  ['cascade_B-lite_refined_CSBW_v1.1.safetensors', '', ['cascade-B-lite-refined-CSBW', 'CSBW', 'lite'], 'cascade b lite refined csbw'],
  // the family with its size, as adapters are called after their base
  ['985347-wan22_14B-high-Nfj1nx-e71.safetensors', '', ['985347-wan22-14B', 'Nfj1nx', 'wan2.2-14B'], 'wan22 nfj1nx'],
  // a family alone brings up half the hub
  ['flux_realism_lora.safetensors', '', ['flux-realism', 'realism', 'flux'], 'flux realism'],
  ['amber_lark_style_v3.safetensors', '', ['amber', 'amber-lark'], 'amber lark'],
];

describe('the queries for each service', () => {
  test.each(ROWS)('%s in "%s"', (filename, subfolder, huggingface, civitai) => {
    const queries = makeQueries({ filename, subfolder });
    expect(queries.huggingface.slice(0, 3)).toEqual([...huggingface]);
    expect(queries.civitai[0]).toBe(civitai);
  });
});

test('a name of which nothing is telling is asked as it stands, and never an empty text', () => {
  expect(makeQueries({ filename: 'lora_fp16.safetensors', subfolder: '' }).huggingface).toEqual(['lora']);
  for (const filename of ['.safetensors', 'a.pt', '123.ckpt', '___.bin', '(((.pth', '国风.safetensors']) {
    const { huggingface, civitai } = makeQueries({ filename, subfolder: '' });
    for (const query of [...huggingface, ...civitai]) expect(query.length).toBeGreaterThanOrEqual(2);
  }
});
