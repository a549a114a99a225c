import { describe, expect, test } from 'bun:test';
import { foldersOfFile, isModelFile, typesForFolder } from '../../lib/sources/civitai/folders.ts';

const file = (name: string, type?: string) => ({ id: 1, name, ...(type === undefined ? {} : { type }) });

describe('the folder that a file of Civitai is for', () => {
  test.each([
    ['LORA', file('a.safetensors', 'Model'), ['loras']],
    ['LoCon', file('a.safetensors'), ['loras']],
    ['Checkpoint', file('a.safetensors', 'Pruned Model'), ['checkpoints', 'diffusion_models']],
    ['Checkpoint', file('a.gguf', 'Model'), ['diffusion_models']],
    ['Checkpoint', file('a.safetensors', 'VAE'), ['vae']],
    ['Checkpoint', file('a.safetensors', 'Diffusion Model'), ['diffusion_models']],
    ['Checkpoint', file('a.safetensors', 'Text Encoder'), ['text_encoders']],
    ['TextualInversion', file('a.pt', 'Negative'), ['embeddings']],
    ['Upscaler', file('a.pth', 'Model'), ['upscale_models']],
    ['Workflows', file('a.json', 'Workflow'), []],
    ['Other', file('a.safetensors', 'Model'), []],
  ] as const)('%s, %o', (modelType, entry, expected) => {
    expect(foldersOfFile(modelType, entry)).toEqual([...expected]);
  });
});

test('archives, configurations and training data are no models', () => {
  expect(['Model', 'VAE', 'Training Data', 'Config', 'Archive', 'Workflow'].filter((type) => isModelFile(file('a', type)))).toEqual([
    'Model',
    'VAE',
  ]);
});

test.each([
  ['loras', ['LORA', 'LoCon', 'DoRA']],
  ['vae', ['VAE', 'Checkpoint']],
  ['diffusion_models', ['Checkpoint', 'UNet']],
  ['text_encoders', ['TextEncoder', 'CLIP', 'Checkpoint']],
  ['sams', []],
  [null, []],
] as const)('for %p these types are searched: %p', (folder, types) => {
  expect(typesForFolder(folder)).toEqual([...types]);
});
