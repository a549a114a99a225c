import { CHECKPOINT, each, LORA, type LoaderRow, type LoaderRows, numbered } from './rows.ts';

const UPSCALER: LoaderRow = { model_name: 'upscale_models' };

/** Packs whose nodes bundle several loaders each. */
export const BUNDLES: LoaderRows = {
  // ComfyUI-Easy-Use
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae', lora_name: 'loras@3' }, 'easy a1111Loader, easy comfyLoader'),
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae', lora_name: 'loras' }, 'easy fluxLoader, easy hunyuanDiTLoader'),
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae' }, 'easy mochiLoader, easy sv3dLoader, easy zero123Loader'),
  'easy fullLoader': { ckpt_name: 'checkpoints', config_name: 'configs', vae_name: 'vae', lora_name: 'loras@4' },
  'easy svdLoader': { ckpt_name: 'checkpoints', vae_name: 'vae', clip_name: 'text_encoders' },
  'easy cascadeLoader': {
    stage_c: 'diffusion_models|checkpoints',
    stage_b: 'diffusion_models|checkpoints',
    stage_a: 'vae',
    clip_name: 'text_encoders',
    lora_name: 'loras',
  },
  'easy kolorsLoader': { unet_name: 'diffusion_models', vae_name: 'vae', chatglm3_name: 'llm', lora_name: 'loras' },
  'easy pixArtLoader': { ckpt_name: 'checkpoints', vae_name: 'vae@2', clip_name: 'text_encoders@4', t5_name: 't5@6', lora_name: 'loras@9' },
  'easy ckptNames': CHECKPOINT,
  'easy loraNames': LORA,
  'easy loraStack': numbered('lora_{n}_name', 'loras', { from: 3, every: 4, count: 10 }),
  ...each({ control_net_name: 'controlnet' }, 'easy controlnetLoader, easy controlnetLoader++, easy controlnetLoaderADV'),
  'easy XYInputs: ControlNet': { control_net_name: 'controlnet' },
  'easy controlnetNames': { controlnet_name: 'controlnet' },
  'easy applyBrushNet': { brushnet: 'inpaint' },
  'easy applyPowerPaint': { powerpaint_model: 'inpaint', powerpaint_clip: 'inpaint' },
  'easy LLLiteLoader': { model_name: 'controlnet' },
  'easy XYInputs: ModelMergeBlocks': { ckpt_name_1: 'checkpoints', ckpt_name_2: 'checkpoints', vae_use: 'vae' },
  ...each({ encode_vae_name: 'vae', decode_vae_name: 'vae' }, 'easy fullCascadeKSampler, easy preSamplingCascade'),
  'easy hiresFix': UPSCALER,
  ...each({ instantid_file: 'instantid', control_net_name: 'controlnet@2' }, 'easy instantIDApply, easy instantIDApplyADV'),
  ...each({ pulid_file: 'pulid' }, 'easy pulIDApply, easy pulIDApplyADV'),
  'easy samLoaderPipe': { model_name: 'sams' },
  'easy ultralyticsDetectorPipe': { model_name: 'ultralytics' },
  ...each({ 'Select to add LoRA': 'loras@1' }, 'easy wildcards, easy wildcardsMatrix'),

  // efficiency-nodes-comfyui
  'Efficient Loader': { ckpt_name: 'checkpoints', vae_name: 'vae', lora_name: 'loras@3' },
  'Eff. Loader SDXL': { base_ckpt_name: 'checkpoints', refiner_ckpt_name: 'checkpoints@2', vae_name: 'vae@6' },
  'LoRA Stacker': numbered('lora_name_{n}', 'loras', { from: 2, every: 4, count: 49 }),
  'HighRes-Fix Script': { hires_ckpt_name: 'checkpoints@1', pixel_upscaler: 'upscale_models@3', control_net_name: 'controlnet@12' },
  'Tiled Upscaler Script': { tile_controlnet: 'controlnet@8' },
  'AnimateDiff Script': { motion_model: 'animatediff_models' }, // lists what ComfyUI-AnimateDiff-Evolved does; no longer registered
  'XY Input: LoRA Plot': { lora_name: 'loras@1' },

  // ComfyUI_tinyterraNodes
  ...each({ lora_name: 'loras', upscale_model_name: 'upscale_models@3' }, 'ttN KSampler_v2, ttN pipeKSampler_v2'),
  ...each({ lora_name: 'loras', upscale_model_name: 'upscale_models@3' }, 'ttN pipeKSamplerAdvanced_v2, ttN pipeKSamplerSDXL_v2'),
  ...each(LORA, 'ttN pipeKSampler, ttN pipeKSamplerAdvanced'),
  'ttN hiresfixScale': UPSCALER,
  'ttN multiModelMerge': {
    ckpt_A_name: 'checkpoints',
    config_A_name: 'configs',
    ckpt_B_name: 'checkpoints',
    config_B_name: 'configs',
    ckpt_C_name: 'checkpoints',
    config_C_name: 'configs',
  },
  'ttN pipeLoader': {
    ckpt_name: 'checkpoints',
    config_name: 'configs',
    vae_name: 'vae',
    lora1_name: 'loras@4',
    lora2_name: 'loras@7',
    lora3_name: 'loras@10',
  },
  'ttN pipeLoader_v2': { ckpt_name: 'checkpoints', config_name: 'configs', vae_name: 'vae' },
  'ttN pipeLoaderSDXL': {
    ckpt_name: 'checkpoints',
    vae_name: 'vae',
    lora1_name: 'loras',
    lora2_name: 'loras@5',
    refiner_ckpt_name: 'checkpoints@8',
    refiner_vae_name: 'vae',
    refiner_lora1_name: 'loras',
    refiner_lora2_name: 'loras@13',
  },
  'ttN pipeLoaderSDXL_v2': {
    ckpt_name: 'checkpoints',
    config_name: 'configs',
    vae_name: 'vae',
    refiner_ckpt_name: 'checkpoints@5',
    refiner_config_name: 'configs',
  },
  'ttN tinyLoader': { ckpt_name: 'checkpoints', config_name: 'configs', vae_name: 'vae@5' },
};
