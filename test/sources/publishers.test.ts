import { expect, test } from 'bun:test';
import { foldersOfPath } from '../../lib/sources/path-folders.ts';
import { findLookalike, isKnownPublisher, publishersFor } from '../../lib/sources/huggingface/publishers.ts';

test.each([
  ['Comfy-Org/flux1-dev', true],
  ['comfy-org/flux1-dev', true],
  ['Comfy-0rg/flux1-dev', false],
  ['Comfy-Org-official/flux1-dev', false],
  ['someone/Comfy-Org', false],
  ['Comfy-Org', true],
  ['', false],
] as const)('%s belongs to a known publisher: %p', (repoId, expected) => {
  expect(isKnownPublisher(repoId)).toBe(expected);
});

test.each([
  ['Wan2.2-I2V-A14B-LowNoise-Q5_K_M.gguf', 'QuantStack'],
  ['ltx-2-19b-dev.safetensors', 'Lightricks'],
  ['ip-adapter-plus_sd15.safetensors', 'h94'],
  ['control_v11p_sd15_canny.pth', 'lllyasviel'],
  ['sd_xl_base_1.0.safetensors', 'stabilityai'],
  ['face_yolov8m.pt', 'Bingsu'],
] as const)('for %s %s is asked, and ComfyUI itself first', (filename, account) => {
  const accounts = publishersFor(filename);
  expect(accounts).toContain(account);
  expect(accounts[0]).toBe('Comfy-Org');
});

test('a name that says nothing sends nobody around the whole table', () => {
  expect(publishersFor('xyzzy.safetensors').length).toBeLessThanOrEqual(3);
});

test.each([
  ['split_files/diffusion_models/a.safetensors', ['diffusion_models']],
  ['split_files/vae/sub/a.safetensors', ['vae']],
  ['text_encoder_2/model.safetensors', ['text_encoders']],
  ['vae/loras/a.safetensors', ['loras']],
  ['vae.safetensors', []],
  ['some/where/a.safetensors', []],
] as const)('the path %s is for %p', (path, folders) => {
  expect(foldersOfPath(path)).toEqual([...folders]);
});

test.each([
  ['Comfy-0rg/flux1-dev', 'Comfy-Org'],
  ['ComfyOrg/flux1-dev', 'Comfy-Org'],
  ['Comfy-Org-official/flux1-dev', 'Comfy-Org'],
  ['KijaiI/WanVideo_comfy', 'Kijai'],
  ['Kiijai/WanVideo_comfy', 'Kijai'],
  ['Kjiai/WanVideo_comfy', 'Kijai'],
  ['Iightx2v/Wan2.1', 'lightx2v'],
  ['stabi1ityai/sdxl', 'stabilityai'],
  ['bIack-forest-labs/FLUX.1-dev', 'black-forest-labs'],
  ['comfy-org/flux1-dev', null],
  ['Kijai/WanVideo_comfy', null],
  ['city97/thing', null],
  ['fan/thing', null],
  ['apple2/thing', 'apple'],
  ['ByteDance-Seed/thing', null],
  ['someone/Comfy-Org', null],
] as const)('the account of %s could be mistaken for %p', (repoId, publisher) => {
  expect(findLookalike(repoId)).toBe(publisher);
});
