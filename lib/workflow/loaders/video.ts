import { CHECKPOINT, each, LORA, type LoaderRow, type LoaderRows, numbered, VAE } from './rows.ts';

const DIFFUSION: LoaderRow = { model: 'diffusion_models' };
const ONE_LORA: LoaderRow = { lora: 'loras' };
const NAMED_VAE: LoaderRow = { model_name: 'vae' };

/** Packs for films, animation and 3D. */
export const VIDEO: LoaderRows = {
  // ComfyUI-WanVideoWrapper
  ...each(DIFFUSION, 'WanVideoModelLoader, FantasyTalkingModelLoader, FantasyPortraitModelLoader, MultiTalkModelLoader'),
  WanVideoExtraModelSelect: { extra_model: 'diffusion_models' },
  WanVideoVACEModelSelect: { vace_model: 'diffusion_models' },
  ...each({ model: 'controlnet' }, 'WanVideoControlnetLoader, WanVideoUni3C_ControlnetLoader'),
  WanVideoVAELoader: NAMED_VAE,
  WanVideoTinyVAELoader: { model_name: 'vae_approx' },
  ...each({ model_name: 'text_encoders' }, 'LoadWanVideoT5TextEncoder, WanVideoTextEncodeCached'),
  LoadWanVideoClipTextEncoder: { model_name: 'text_encoders|clip_vision' },
  WanVideoLoraSelect: ONE_LORA,
  WanVideoLoraSelectMulti: { lora_0: 'loras', lora_1: 'loras@2', lora_2: 'loras@4', lora_3: 'loras@6', lora_4: 'loras@8' },

  // ComfyUI-HunyuanVideoWrapper, -FramePackWrapper, -CogVideoXWrapper, -MochiWrapper, -DynamiCrafterWrapper
  ...each(DIFFUSION, 'HyVideoModelLoader, LoadFramePackModel, CogVideoXModelLoader'),
  ...each(NAMED_VAE, 'HyVideoVAELoader, CogVideoXVAELoader, MochiVAELoader, MochiVAEEncoderLoader'),
  ...each(ONE_LORA, 'HyVideoLoraSelect, FramePackLoraSelect, CogVideoLoraSelectComfy'),
  CogVideoLoraSelect: { lora: 'cogvideox_loras' },
  MochiModelLoader: { model_name: 'diffusion_models' },
  DynamiCrafterModelLoader: CHECKPOINT,
  DynamiCrafterCNLoader: { ckpt_name: 'controlnet' },

  // ComfyUI-LTXVideo
  GemmaAPITextEncode: { ckpt_name: 'checkpoints@3' },
  ...each(LORA, 'LTXICLoRALoaderModelOnly, LTXVQ8LoraModelLoader'),
  LTXVGemmaCLIPModelLoader: { gemma_path: 'text_encoders', ltxv_path: 'checkpoints' },
  LTXVLoadConditioning: { file_name: 'embeddings' },
  LowVRAMCheckpointLoader: CHECKPOINT,
  LowVRAMAudioVAELoader: CHECKPOINT,
  LowVRAMLatentUpscaleModelLoader: { model_name: 'latent_upscale_models' },

  // VideoX-Fun
  ...each(
    { model_name: 'diffusion_models' },
    `LoadFlux2TransformerModel, LoadQwenImageTransformerModel, LoadVaceWanTransformer3DModel, LoadWan2_2TransformerModel,
    LoadWanTransformerModel, LoadZImageTransformerModel`,
  ),
  ...each(
    { model_name: 'text_encoders' },
    `LoadFlux2TextEncoderModel, LoadQwenImageTextEncoderModel, LoadWanTextEncoderModel, LoadZImageTextEncoderModel`,
  ),
  ...each(NAMED_VAE, 'LoadFlux2VAEModel, LoadQwenImageVAEModel, LoadWanVAEModel, LoadZImageVAEModel'),
  LoadWanClipEncoderModel: { model_name: 'clip_vision|text_encoders' },
  ...each(
    { model_name: 'model_patches@1' },
    `LoadFlux2ControlNetInModel, LoadFlux2ControlNetInPipeline, LoadQwenImageControlNetInModel, LoadQwenImageControlNetInPipeline,
    LoadZImageControlNetInModel, LoadZImageControlNetInPipeline`,
  ),
  ...each(LORA, 'LoadCogVideoXFunLora, LoadFlux2Lora, LoadQwenImageLora, LoadWanFunLora, LoadWanLora, LoadZImageLora'),
  ...each({ lora_name: 'loras', lora_high_name: 'loras' }, 'LoadWan2_2FunLora, LoadWan2_2Lora'),

  // ComfyUI-AnimateDiff-Evolved
  ...each(
    { model_name: 'animatediff_models' },
    `ADE_AnimateDiffLoaderGen1, ADE_AnimateDiffLoaderV1Advanced, ADE_AnimateDiffLoaderWithContext, ADE_InjectI2VIntoAnimateDiffModel,
    ADE_InjectPIAIntoAnimateDiffModel, ADE_LoadAnimateDiffModel, ADE_LoadAnimateLCMI2VModel, ADE_LoadCameraCtrl, AnimateDiffLoaderV1`,
  ),
  ADE_LoadAnimateDiffModelWithCameraCtrl: { model_name: 'animatediff_models', camera_ctrl: 'animatediff_models' },
  ADE_AnimateDiffLoRALoader: { name: 'animatediff_motion_lora', lora_name: 'animatediff_motion_lora@0' },
  ...each(LORA, 'ADE_RegisterLoraHook, ADE_RegisterLoraHookModelOnly'),
  ...each(CHECKPOINT, 'ADE_RegisterModelAsLoraHook, ADE_RegisterModelAsLoraHookModelOnly, CheckpointLoaderSimpleWithNoiseSelect'),

  // comfyui-animatediff
  AnimateDiffModuleLoader: { model_name: 'AnimateDiff' },
  AnimateDiffLoraLoader: { lora_name: 'AnimateDiffLora' },

  // ComfyUI-SeedVR2_VideoUpscaler (it fetches the models of its own list, and takes any others from here), ComfyUI-MMAudio, ComfyUI_Sonic
  ...each({ model: 'SEEDVR2' }, 'SeedVR2, SeedVR2LoadDiTModel, SeedVR2LoadVAEModel'),
  MMAudioModelLoader: { mmaudio_model: 'mmaudio' },
  MMAudioFeatureUtilsLoader: { vae_model: 'mmaudio', synchformer_model: 'mmaudio', clip_model: 'mmaudio' },
  SONICTLoader: { sonic_unet: 'sonic' },

  // ComfyUI-Hunyuan3DWrapper, TripoSR
  ...each(DIFFUSION, 'Hy3DModelLoader, Hy3D_2_1SimpleMeshGen'),
  Hy3DVAELoader: NAMED_VAE,
  TripoSRModelLoader: { model: 'checkpoints' },

  // comfyui-vrgamedevgirl
  VRGDG_MiniMaxH3LatentUpscaleModelLoader: { model_name: 'latent_upscale_models' },
  VRGDG_MiniMaxH3TurboLoRACompat: LORA,
  VRGDG_OptionalMultiLoraTwoPassStrengths: numbered('lora_{n}', 'loras', { from: 0, every: 3, count: 6 }),

  // SwarmUI
  SwarmLTXVAudioVAELoader: VAE,
};
