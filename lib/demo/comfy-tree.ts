import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makePythonSources } from './python-sources.ts';

/** Model folders that every fresh ComfyUI has. */
const MODEL_FOLDERS = [
  'checkpoints',
  'clip',
  'clip_vision',
  'controlnet',
  'diffusion_models',
  'embeddings',
  'loras',
  'text_encoders',
  'unet',
  'upscale_models',
  'vae',
];

/** Makes a small ComfyUI in `root`: its Python sources, one custom node pack, and its folders, all without a model or a workflow. */
export async function writeComfyTree(root: string): Promise<void> {
  const folders = [...MODEL_FOLDERS.map((name) => `models/${name}`), 'input', 'output', 'user/default/workflows'];
  await Promise.all(folders.map((folder) => mkdir(join(root, folder), { recursive: true })));
  for (const [path, text] of makePythonSources()) await Bun.write(join(root, path), text);
}
