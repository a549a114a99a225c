import { expect, test } from 'bun:test';
import { genericnessOf } from '../../lib/resolve/generic-names.ts';

test.each([
  ['model.safetensors', 'library'],
  ['diffusion_pytorch_model.safetensors', 'library'],
  ['diffusion_pytorch_model.fp16.safetensors', 'library'],
  ['diffusion_pytorch_model-00001-of-00003.safetensors', 'library'],
  ['model-00001-of-00002.safetensors', 'library'],
  ['pytorch_lora_weights.safetensors', 'library'],
  ['pytorch_model.bin', 'library'],
  ['adapter_model.safetensors', 'library'],
  ['lora.safetensors', 'library'],
  ['12345.safetensors', 'library'],
  ['___.safetensors', 'library'],
  ['ae.safetensors', 'part'],
  ['ae.sft', 'part'],
  ['vae.safetensors', 'library'],
  ['clip.safetensors', 'library'],
  ['wan_2.1_vae.safetensors', 'none'],
  ['clip_l.safetensors', 'none'],
  ['4x-UltraSharp.pth', 'none'],
  ['国风.safetensors', 'none'],
] as const)('%s is generic as a %s name', (filename, expected) => {
  expect(genericnessOf(filename)).toBe(expected);
});
