import type { DetectedType } from './structure.ts';

/** Names of tensors that tell what a file is; all of `all` and one of `any` must occur, and none of `none`. */
interface Sign {
  readonly type: DetectedType;
  readonly all?: readonly RegExp[];
  readonly any?: readonly RegExp[];
  readonly none?: readonly RegExp[];
}

/** A single-file checkpoint holds its three parts under these names, since the first Stable Diffusion. */
const UNET = /^model\.diffusion_model\./;
const OTHER_PARTS = /^(?:first_stage_model|cond_stage_model|conditioner|text_encoders|vae)\./;
const TEXT = /(?:^|\.)text_model\.encoder\.layers\.|^transformer\.resblocks\.|^encoder\.block\.0\.layer\.0\.SelfAttention\./;
const VISION = /^(?:vision_model|image_encoder|visual)\.|^vision_tower\./;
const LANGUAGE =
  /^(?:model\.|model\.language_model\.|language_model\.model\.)?layers\.0\.(?:self_attn\.q_proj|self_attn\.o_proj|mlp\.gate_proj)/;

/**
 * Most telling first: the first sign that fits decides. Read from ComfyUI's `comfy/model_detection.py`, `comfy/sd.py`, `comfy/lora.py`,
 * `comfy/controlnet.py` and `comfy/clip_vision.py` (2026-01), and from spandrel for upscalers.
 */
const SIGNS: readonly Sign[] = [
  {
    type: 'lora',
    any: [/\.lora_(?:A|B|up|down|a|b)\b/, /^lora_(?:unet|te\d?|transformer)_/, /\.(?:hada_w1_a|lokr_w1|oft_blocks|dora_scale)$/],
  },
  { type: 'lora', any: [/\.lora\.(?:up|down)\.weight$/, /\.lora_linear_layer\./, /\.processor\.(?:to_[qkv]_lora|[a-z_]*lora)\b/] },
  { type: 'photomaker', all: [/^id_encoder\./] },
  { type: 'ip_adapter', all: [/^(?:ip_adapter|image_proj)\./] },
  { type: 'gligen', all: [/^position_net\./] },
  { type: 'style_model', any: [/^style_embedding$/, /^redux_(?:up|down)\./] },
  {
    type: 'controlnet',
    any: [/^control_model\./, /^controlnet_/, /(?:^|\.)input_hint_block\./, /^(?:control|controlnet)_(?:blocks|layers)\./],
  },
  { type: 'controlnet', any: [/^adapter\.body\./, /^body\.0\.(?:resnets|in_conv|block1)\./, /^(?:nets|lllite_unet)/] },
  { type: 'checkpoint', all: [UNET, OTHER_PARTS] },
  { type: 'diffusion_model', all: [UNET] },
  { type: 'embedding', any: [/^(?:emb_params|string_to_param)/, /^clip_[lg]$/, /^t5xxl$/] },
  {
    type: 'diffusion_model',
    any: [/(?:^|\.)double_blocks\.\d+\.img_/, /(?:^|\.)joint_blocks\.\d+\./, /(?:^|\.)double_stream_blocks\.\d+\./],
  },
  {
    type: 'diffusion_model',
    any: [/(?:^|\.)noise_refiner\.\d+\./, /(?:^|\.)transformer_blocks\.\d+\.attn\d?\.(?:to_q|add_q_proj)/],
    none: [TEXT, /^decoder\./],
  },
  { type: 'diffusion_model', all: [/(?:^|\.)patch_embedding\.weight$/, /(?:^|\.)blocks\.0\.(?:self_attn|cross_attn)\./] },
  {
    type: 'diffusion_model',
    all: [/^(?:input_blocks|down_blocks)\./, /^(?:output_blocks|up_blocks)\./],
    any: [/^(?:time_embed|time_embedding)\./],
  },
  { type: 'diffusion_model', any: [/^(?:net\.)?blocks\.0\.(?:blocks|adaln_modulation_self_attn)\./, /^x_embedder\.proj/, /^t_embedder\./] },
  // Hunyuan3D's has blocks under the names that those of OpenCLIP's text encoders have.
  { type: 'vae', all: [/^geo_decoder\./] },
  { type: 'audio_encoder', any: [/feature_extractor\.conv_layers\.0\./, /^(?:model\.)?encoder\.embed_positions\.weight$/] },
  { type: 'clip_vision', all: [VISION], none: [TEXT, LANGUAGE] },
  { type: 'text_encoder', any: [TEXT, LANGUAGE, /^shared\.weight$/, /^(?:transformer\.)?text_projection/], none: [VISION] },
  { type: 'text_encoder', any: [LANGUAGE] },
  {
    type: 'vae',
    all: [/^(?:first_stage_model\.)?decoder\./],
    any: [/^(?:first_stage_model\.)?(?:encoder|decoder)\.(?:conv_in|conv_out|conv1|up|layers|head)\b/],
  },
  { type: 'vae', all: [/^(?:taesd_)?(?:encoder|decoder)\.\d+\./] },
  {
    type: 'upscale_model',
    any: [/^model\.1\.sub\.\d+\./, /^(?:RRDB_trunk|body\.\d+\.rdb\d)\./, /^layers\.0\.(?:residual_group|blocks)\.\d+\./],
  },
  { type: 'upscale_model', all: [/^(?:conv_first|body\.0)\.weight$/] },
];

/** Architectures that GGUF files of image and video models name (ComfyUI-GGUF's `loader.py`, read 2026-10). */
const DIFFUSION_ARCHITECTURES: ReadonlySet<string> = new Set(
  'flux sd1 sdxl sd3 aura hidream cosmos ltxv hyvid wan lumina2 qwen_image pixart chroma'.split(' '),
);
const TEXT_ARCHITECTURES = /^(?:t5|t5encoder|llama|qwen\d?.*|gemma\d?.*|mistral\d?|phi\d?|clip)$/;

/** What the names of a file's tensors say it is; `null` when no sign fits, which is no fault. */
export function detectType(tensorNames: readonly string[], architecture: string | null): DetectedType | null {
  if (architecture !== null && DIFFUSION_ARCHITECTURES.has(architecture)) return 'diffusion_model';
  if (architecture !== null && TEXT_ARCHITECTURES.test(architecture)) return 'text_encoder';
  return SIGNS.find((sign) => fits(sign, tensorNames))?.type ?? null;
}

function fits(sign: Sign, names: readonly string[]): boolean {
  const occurs = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (sign.none?.some(occurs) === true) return false;
  return (sign.all ?? []).every(occurs) && (sign.any === undefined || sign.any.some(occurs));
}
