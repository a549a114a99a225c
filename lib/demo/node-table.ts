/** A node class as the sandbox's Python sources declare it: inputs as Python expressions, in the order of the widgets. */
export interface DemoNode {
  type: string;
  inputs: Readonly<Record<string, string>>;
  returns: readonly string[];
  category: string;
}

const TEXT = '("STRING", {"multiline": True})';
const STRENGTH = '("FLOAT", {"default": 1.0, "min": -20.0, "max": 20.0, "step": 0.01})';
const SIDE = '("INT", {"default": 1024, "min": 16, "max": 16384, "step": 8})';

function files(folder: string): string {
  return `(folder_paths.get_filename_list("${folder}"),)`;
}

/** What the sandbox's `nodes.py` has: the classes of ComfyUI's core that the demo's workflows use, by their real names and inputs. */
export const CORE_NODES: readonly DemoNode[] = [
  { type: 'CheckpointLoaderSimple', inputs: { ckpt_name: files('checkpoints') }, returns: ['MODEL', 'CLIP', 'VAE'], category: 'loaders' },
  {
    type: 'UNETLoader',
    inputs: { unet_name: files('diffusion_models'), weight_dtype: '(["default", "fp8_e4m3fn", "fp8_e5m2"],)' },
    returns: ['MODEL'],
    category: 'advanced/loaders',
  },
  {
    type: 'CLIPLoader',
    inputs: { clip_name: files('text_encoders'), type: '(["stable_diffusion", "sd3", "flux", "wan", "qwen_image"],)' },
    returns: ['CLIP'],
    category: 'advanced/loaders',
  },
  { type: 'VAELoader', inputs: { vae_name: files('vae') }, returns: ['VAE'], category: 'loaders' },
  {
    type: 'LoraLoader',
    inputs: {
      model: '("MODEL",)',
      clip: '("CLIP",)',
      lora_name: files('loras'),
      strength_model: STRENGTH,
      strength_clip: STRENGTH,
    },
    returns: ['MODEL', 'CLIP'],
    category: 'loaders',
  },
  {
    type: 'LoraLoaderModelOnly',
    inputs: { model: '("MODEL",)', lora_name: files('loras'), strength_model: STRENGTH },
    returns: ['MODEL'],
    category: 'loaders',
  },
  { type: 'ControlNetLoader', inputs: { control_net_name: files('controlnet') }, returns: ['CONTROL_NET'], category: 'loaders' },
  { type: 'CLIPVisionLoader', inputs: { clip_name: files('clip_vision') }, returns: ['CLIP_VISION'], category: 'loaders' },
  {
    type: 'ControlNetApply',
    inputs: { conditioning: '("CONDITIONING",)', control_net: '("CONTROL_NET",)', image: '("IMAGE",)', strength: STRENGTH },
    returns: ['CONDITIONING'],
    category: 'conditioning/controlnet',
  },
  {
    type: 'CLIPVisionEncode',
    inputs: { clip_vision: '("CLIP_VISION",)', image: '("IMAGE",)', crop: '(["center", "none"],)' },
    returns: ['CLIP_VISION_OUTPUT'],
    category: 'conditioning',
  },
  { type: 'CLIPTextEncode', inputs: { text: TEXT, clip: '("CLIP",)' }, returns: ['CONDITIONING'], category: 'conditioning' },
  {
    type: 'EmptyLatentImage',
    inputs: { width: SIDE, height: SIDE, batch_size: '("INT", {"default": 1, "min": 1, "max": 4096})' },
    returns: ['LATENT'],
    category: 'latent',
  },
  {
    type: 'KSampler',
    inputs: {
      model: '("MODEL",)',
      seed: '("INT", {"default": 0, "min": 0, "max": 0xffffffffffffffff, "control_after_generate": True})',
      steps: '("INT", {"default": 20, "min": 1, "max": 10000})',
      cfg: '("FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0})',
      sampler_name: '(["euler", "dpmpp_2m", "ddim"],)',
      scheduler: '(["normal", "karras", "simple"],)',
      positive: '("CONDITIONING",)',
      negative: '("CONDITIONING",)',
      latent_image: '("LATENT",)',
      denoise: '("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0})',
    },
    returns: ['LATENT'],
    category: 'sampling',
  },
  { type: 'VAEDecode', inputs: { samples: '("LATENT",)', vae: '("VAE",)' }, returns: ['IMAGE'], category: 'latent' },
  {
    type: 'LoadImage',
    inputs: { image: '(sorted(os.listdir(folder_paths.get_input_directory())),)' },
    returns: ['IMAGE', 'MASK'],
    category: 'image',
  },
  {
    type: 'SaveImage',
    inputs: { images: '("IMAGE",)', filename_prefix: '("STRING", {"default": "ComfyUI"})' },
    returns: [],
    category: 'image',
  },
];

/** The one pack that is installed in the sandbox. */
export const PACK_NODES: readonly DemoNode[] = [
  {
    type: 'FilmGrainOverlay',
    inputs: { image: '("IMAGE",)', amount: '("FLOAT", {"default": 0.2, "min": 0.0, "max": 1.0})' },
    returns: ['IMAGE'],
    category: 'darkroom',
  },
];

/** Classes that the sandbox declares by a schema, see `python-sources.ts`, or does not have at all. */
const OTHER_RETURNS: Readonly<Record<string, readonly string[]>> = {
  UpscaleModelLoader: ['UPSCALE_MODEL'],
  ImageUpscaleWithModel: ['IMAGE'],
  UltimateSDUpscale: ['IMAGE'],
};

/** Types of a class's outputs; none for a class that the demo does not know, such as a note. */
export function returnsOf(type: string): readonly string[] {
  const known = [...CORE_NODES, ...PACK_NODES].find((node) => node.type === type);
  return known?.returns ?? OTHER_RETURNS[type] ?? [];
}
