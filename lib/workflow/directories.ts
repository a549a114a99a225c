/**
 * Folder names that ComfyUI itself maps (`unet`, `clip`; folder_paths.py of 2026-08), the second name of its ControlNet folder, and keys
 * that GGUF packs register over the same folders for their own file ending.
 */
const PRESENT_DAY_NAMES: ReadonlyMap<string, string> = new Map([
  ['unet', 'diffusion_models'],
  ['clip', 'text_encoders'],
  ['t2i_adapter', 'controlnet'],
  ['unet_gguf', 'diffusion_models'],
  ['model_gguf', 'diffusion_models'],
  ['diffusion_model', 'diffusion_models'],
  ['clip_gguf', 'text_encoders'],
  ['vae_gguf', 'vae'],
  ['checkpoint', 'checkpoints'],
  ['lora', 'loras'],
  ['embedding', 'embeddings'],
]);

/** A models folder by its present-day name. */
export function presentDayDirectory(directory: string): string {
  return PRESENT_DAY_NAMES.get(directory) ?? directory;
}

/** Parts of an input's name and the folder that feeds such inputs; the first that fits counts. From the names that node packs use. */
const INPUT_NAMES: readonly (readonly [RegExp, string])[] = [
  [/clip_?vision|image_?encoder/, 'clip_vision'],
  [/latent_?upscal/, 'latent_upscale_models'],
  [/upscal|esrgan/, 'upscale_models'],
  [/control_?net|\bcnet\b|sparse_?ctrl/, 'controlnet'],
  [/ip_?adapter|ipadatper/, 'ipadapter'],
  [/instant_?id/, 'instantid'],
  [/pulid/, 'pulid'],
  [/photo_?maker/, 'photomaker'],
  [/motion_?lora/, 'animatediff_motion_lora'],
  [/motion_?(model|module)|animate_?diff/, 'animatediff_models'],
  [/lora|lycoris/, 'loras'],
  [/tiny_?vae|taesd|vae_?approx/, 'vae_approx'],
  [/vae/, 'vae'],
  [/style_?model/, 'style_models'],
  [/hyper_?net/, 'hypernetworks'],
  [/gligen/, 'gligen'],
  [/embed|textual_?inversion/, 'embeddings'],
  [/audio_?encoder/, 'audio_encoders'],
  [/model_?patch/, 'model_patches'],
  [/face_?restor|codeformer|gfpgan/, 'facerestore_models'],
  [/\bsam\b|sam_?model/, 'sams'],
  [/yolo|bbox|segm_?model/, 'ultralytics'],
  [/ckpt|check_?point|base_?model|refiner|sdxl_?model/, 'checkpoints'],
  [/text_?enc|clip|\bt5|umt5|\bllm\b|gemma|qwen/, 'text_encoders'],
  [/unet|diffusion|transformer|\bdit\b|dit_/, 'diffusion_models'],
];

/** Parts of a node class and the folder that such nodes read when the input's own name says nothing. */
const CLASS_NAMES: readonly (readonly [RegExp, string])[] = [
  [/clip_?vision/, 'clip_vision'],
  [/latent_?upscal/, 'latent_upscale_models'],
  [/upscal/, 'upscale_models'],
  [/control_?net/, 'controlnet'],
  [/ip_?adapter/, 'ipadapter'],
  [/lora/, 'loras'],
  [/vae/, 'vae'],
  [/check_?point|ckpt/, 'checkpoints'],
  [/unet|diffusion_?model|transformer/, 'diffusion_models'],
  [/clip|text_?encoder|t5/, 'text_encoders'],
];

/** What a loader of each kind hands on, by the types of its outputs; a loader that also takes the type in only changes it. */
const OUTPUT_TYPES: readonly (readonly [readonly string[], string])[] = [
  [['MODEL', 'CLIP', 'VAE'], 'checkpoints'],
  [['CONTROL_NET'], 'controlnet'],
  [['UPSCALE_MODEL'], 'upscale_models'],
  [['LATENT_UPSCALE_MODEL'], 'latent_upscale_models'],
  [['CLIP_VISION'], 'clip_vision'],
  [['STYLE_MODEL'], 'style_models'],
  [['GLIGEN'], 'gligen'],
  [['IPADAPTER'], 'ipadapter'],
  [['PHOTOMAKER'], 'photomaker'],
  [['AUDIO_ENCODER'], 'audio_encoders'],
  [['MODEL_PATCH'], 'model_patches'],
  [['SAM_MODEL'], 'sams'],
  [['WANVIDEOMODEL'], 'diffusion_models'],
  [['WANVAE'], 'vae'],
  [['VAE'], 'vae'],
  [['CLIP'], 'text_encoders'],
  [['MODEL'], 'diffusion_models'],
];

/** What is known of a place that names a model when neither a declaration nor the table knows the node. */
export interface PlaceOfName {
  nodeType: string;
  /** Name of the input, `null` when it is not known. */
  input: string | null;
  /** Types of the node's inputs and outputs, empty when the format does not tell them. Asked for where the input's name says nothing. */
  types: () => SocketTypes;
}

export interface SocketTypes {
  inputs: readonly string[];
  outputs: readonly string[];
}

/** A guess at the folder from names and types, in this order: the input's name, the node's outputs, the node's class. */
export function guessDirectory(place: PlaceOfName): string | null {
  const byInput = place.input === null ? undefined : match(INPUT_NAMES, place.input);
  return byInput ?? fromOutputs(place.types()) ?? match(CLASS_NAMES, place.nodeType) ?? null;
}

/** `true` when the name of an input alone says that it takes a model file. */
export function isModelInputName(input: string): boolean {
  return match(INPUT_NAMES, input) !== undefined || /model|file/.test(input.toLowerCase());
}

function match(table: readonly (readonly [RegExp, string])[], name: string): string | undefined {
  const lower = name.toLowerCase();
  return table.find(([pattern]) => pattern.test(lower))?.[1];
}

function fromOutputs({ inputs, outputs }: SocketTypes): string | undefined {
  const made = outputs.filter((type) => !inputs.includes(type));
  if (made.length === 0 && outputs.includes('MODEL')) return 'loras';
  return OUTPUT_TYPES.find(([types]) => types.every((type) => made.includes(type)))?.[1];
}
