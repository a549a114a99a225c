import type { Seeded } from './seeded.ts';

/** A node class of the made workflows. */
export interface NodeKind {
  type: string;
  /** Types of the sockets that take links. */
  inputs: readonly string[];
  outputs: readonly string[];
  /** Names of the widgets, for those that the file lists as sockets. */
  widgets?: readonly string[];
  values: (random: Seeded) => unknown[];
  properties?: (values: readonly unknown[]) => Record<string, unknown>;
}

const WORDS =
  'portrait of a lighthouse keeper at dusk, soft rim light, film grain, shallow depth of field, wet cobblestones, fog over the harbour'.split(
    ' ',
  );
const FAMILIES = ['atlas', 'borealis', 'cinder', 'delta', 'ember', 'fjord', 'granite', 'harbour', 'iris', 'juniper'];

function prose(random: Seeded, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(' ');
}

/** One of some fifteen hundred names: many workflows share their models. */
function modelName(random: Seeded, kind: string): string {
  const family = random.pick(FAMILIES);
  const folder = random.chance(0.15) ? `${family}\\` : '';
  return `${folder}${family}_${kind}_v${random.whole(1, 9)}_fp${random.pick([8, 16])}.safetensors`;
}

function listed(directory: string): (values: readonly unknown[]) => Record<string, unknown> {
  return ([name]) => ({ models: [{ name, url: `https://huggingface.co/made/models/resolve/main/${String(name)}`, directory }] });
}

function loader(type: string, widget: string, made: { kind: string; directory: string; outputs: readonly string[] }): NodeKind {
  const { kind, directory, outputs } = made;
  return { type, inputs: [], outputs, widgets: [widget], values: (random) => [modelName(random, kind)], properties: listed(directory) };
}

const PROMPT: NodeKind = {
  type: 'CLIPTextEncode',
  inputs: ['CLIP'],
  outputs: ['CONDITIONING'],
  widgets: ['text'],
  values: (random) => [prose(random, random.whole(40, 240)) + (random.chance(0.1) ? ', embedding:softfocus' : '')],
};

const SAMPLER: NodeKind = {
  type: 'KSampler',
  inputs: ['MODEL', 'CONDITIONING', 'CONDITIONING', 'LATENT'],
  outputs: ['LATENT'],
  widgets: ['seed', 'steps', 'cfg', 'sampler_name', 'scheduler', 'denoise'],
  values: (random) => [random.whole(0, 2 ** 40), 'randomize', random.whole(4, 40), 7.5, 'euler', 'normal', 1],
};

const NOTE: NodeKind = {
  type: 'MarkdownNote',
  inputs: [],
  outputs: [],
  values: (random) => {
    const name = modelName(random, 'unet').replaceAll('\\', '/');
    return [
      `## Models\n${prose(random, 60)}\n- [${name}](https://huggingface.co/made/models/resolve/main/${name}?download=true)\n${prose(random, 40)}`,
    ];
  },
};

const LORA: NodeKind = {
  type: 'LoraLoader',
  inputs: ['MODEL', 'CLIP'],
  outputs: ['MODEL', 'CLIP'],
  widgets: ['lora_name', 'strength_model', 'strength_clip'],
  values: (random) => [modelName(random, 'lora'), 0.8, 1],
};

const LORA_LIST: NodeKind = {
  type: 'Power Lora Loader (rgthree)',
  inputs: ['MODEL', 'CLIP'],
  outputs: ['MODEL', 'CLIP'],
  values: (random) => [
    {},
    { type: 'PowerLoraLoaderHeaderWidget' },
    { on: random.chance(0.6), lora: modelName(random, 'lora'), strength: 1, strengthTwo: null },
    { on: true, lora: modelName(random, 'lora'), strength: 0.7, strengthTwo: null },
    {},
    '',
  ],
};

const CONTROLNET: NodeKind = {
  type: 'ControlNetLoader',
  inputs: [],
  outputs: ['CONTROL_NET'],
  values: (random) => [modelName(random, 'control')],
};

const UNKNOWN: NodeKind = {
  type: 'MadePackModelPicker',
  inputs: ['MODEL'],
  outputs: ['MODEL'],
  values: (random) => [modelName(random, 'unet'), 'default', random.whole(1, 100), true],
};

/** Nodes that name no model: most of any workflow. */
const PLAIN: readonly NodeKind[] = [
  { type: 'VAEDecode', inputs: ['LATENT', 'VAE'], outputs: ['IMAGE'], values: () => [] },
  { type: 'EmptyLatentImage', inputs: [], outputs: ['LATENT'], widgets: ['width', 'height', 'batch_size'], values: () => [1024, 1024, 1] },
  { type: 'SaveImage', inputs: ['IMAGE'], outputs: [], widgets: ['filename_prefix'], values: () => ['ComfyUI'] },
  { type: 'LoadImage', inputs: [], outputs: ['IMAGE', 'MASK'], widgets: ['image'], values: () => ['example.png', 'image'] },
  { type: 'ImageScale', inputs: ['IMAGE'], outputs: ['IMAGE'], values: () => ['lanczos', 1536, 1024, 'center'] },
  { type: 'Reroute', inputs: ['*'], outputs: ['MODEL'], values: () => [] },
  { type: 'PreviewImage', inputs: ['IMAGE'], outputs: [], values: () => [] },
  { type: 'ConditioningCombine', inputs: ['CONDITIONING', 'CONDITIONING'], outputs: ['CONDITIONING'], values: () => [] },
  { type: 'ModelSamplingSD3', inputs: ['MODEL'], outputs: ['MODEL'], widgets: ['shift'], values: () => [8] },
];

/** In the proportions of published workflows: some fifteen names of models in sixty thousand characters. */
export const NODE_KINDS: readonly NodeKind[] = [
  loader('CheckpointLoaderSimple', 'ckpt_name', { kind: 'base', directory: 'checkpoints', outputs: ['MODEL', 'CLIP', 'VAE'] }),
  PROMPT,
  loader('VAELoader', 'vae_name', { kind: 'vae', directory: 'vae', outputs: ['VAE'] }),
  loader('UNETLoader', 'unet_name', { kind: 'unet', directory: 'diffusion_models', outputs: ['MODEL'] }),
  LORA,
  LORA_LIST,
  CONTROLNET,
  UNKNOWN,
  NOTE,
  PROMPT,
  PROMPT,
  SAMPLER,
  SAMPLER,
  ...PLAIN,
  ...PLAIN,
  ...PLAIN,
];
