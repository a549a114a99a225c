import { describe, expect, test } from 'bun:test';
import { makeQueries } from '../../lib/resolve/queries.ts';

const ROWS: readonly (readonly [filename: string, subfolder: string, huggingface: string, civitai: string])[] = [
  ['Wan2.2-I2V-A14B-LowNoise-Q5_K_M.gguf', '', 'Wan2.2-I2V-A14B', 'wan2.2 i2v'],
  ['Qwen-Image-Lightning-4steps-V1.0.safetensors', '', 'Qwen', 'qwen lightning'],
  ['t5-v1_1-xxl-encoder-Q4_K_S.gguf', '', 't5-v1_1-xxl-encoder', 't5 xxl encoder'],
  ['4x-UltraSharp.pth', '', '4x-UltraSharp', '4x ultra sharp'],
  ['waiIllustriousSDXL_v160.safetensors', '', 'waiIllustriousSDXL', 'wai illustrious sdxl'],
  ['NetaYumev35_pretrained_all_in_one.safetensors', '', 'NetaYumev35', 'neta yumev35'],
  ['diffusion_pytorch_model.safetensors', 'brushnet/random_mask', 'random-mask', 'random mask'],
  ['dreamshaper_8.safetensors', 'SD1.5', 'dreamshaper', 'dreamshaper'],
];

describe('the first query for each service', () => {
  test.each(ROWS)('%s in "%s"', (filename, subfolder, huggingface, civitai) => {
    const queries = makeQueries({ filename, subfolder });
    expect(queries.huggingface[0]).toBe(huggingface);
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
