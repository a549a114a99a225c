import { parseName } from './name-parts.ts';

/*
 * Stems that many repositories give to wholly different files: the names that diffusers and transformers write by themselves, and the bare
 * words for a part of a model (82 references of one corpus of public workflows, 2026-11). They say nothing without a folder.
 */
const LIBRARY_STEMS: ReadonlySet<string> = new Set([
  'model',
  'models',
  'modelfp16',
  'pytorchmodel',
  'diffusionpytorchmodel',
  'diffusionpytorchmodelfp16',
  'diffusionpytorchmodelpromax',
  'diffusionpytorchmodelnonema',
  'pytorchloraweights',
  'adaptermodel',
  'adapter',
  'consolidated',
  'openpytorchmodel',
  'tfmodel',
  'weights',
  'checkpoint',
  'ckpt',
  'last',
  'best',
  'final',
  'output',
  'lora',
  'unet',
  'transformer',
  'controlnet',
  'config',
  'main',
  'encoder',
  'decoder',
  'textencoder',
  'textencoder2',
  'imageencoder',
  'ipadapter',
  'motionmodule',
  'highnoise',
  'lownoise',
  'highnoisemodel',
  'lownoisemodel',
  'vae',
  'vaefp16',
  'vaebf16',
  'vaefp32',
  'clip',
  'clipvision',
  't5',
]);
/** FLUX's autoencoder, and nearly always that one: its folder is enough. */
const AUTOENCODER = 'ae';

/** `library`: only a folder, a repository or a hash tells which one is meant. `part`: the kind of model is told, but not whose. */
export type Genericness = 'library' | 'part' | 'none';

/** How little a file name says by itself. Pieces of a split file (`-00001-of-00003`) are judged by what is before the piece. */
export function genericnessOf(filename: string): Genericness {
  const { compact } = parseName(filename.replace(/[-_]?\d{4,5}-of-\d{4,5}(?=\.)/, ''));
  if (LIBRARY_STEMS.has(compact) || compact.length === 0 || /^\d+$/.test(compact)) return 'library';
  return compact === AUTOENCODER ? 'part' : 'none';
}
