import { CHECKPOINT, each, LORA, type LoaderRow, type LoaderRows, numbered, VAE } from './rows.ts';

const UPSCALER: LoaderRow = { model_name: 'upscale_models' };

/** Large collections whose nodes bundle several loaders, and packs that rename ComfyUI's own. */
export const TOOLKITS: LoaderRows = {
  // ComfyUI-Easy-Use
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae', lora_name: 'loras@3' }, 'easy a1111Loader, easy comfyLoader'),
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae', lora_name: 'loras' }, 'easy fluxLoader, easy hunyuanDiTLoader'),
  ...each({ ckpt_name: 'checkpoints', vae_name: 'vae' }, 'easy mochiLoader, easy sv3dLoader, easy zero123Loader'),
  'easy fullLoader': { ckpt_name: 'checkpoints', config_name: 'configs', vae_name: 'vae', lora_name: 'loras@4' },
  'easy svdLoader': { ckpt_name: 'checkpoints', vae_name: 'vae', clip_name: 'text_encoders' },
  'easy cascadeLoader': {
    stage_c: 'diffusion_models',
    stage_b: 'diffusion_models',
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

  // ComfyUI_Comfyroll_CustomNodes
  'CR LoRA List': { lora_name1: 'loras', lora_name2: 'loras@4', lora_name3: 'loras@8' },
  'CR LoRA Stack': numbered('lora_name_{n}', 'loras', { from: 1, every: 4, count: 3 }),
  'CR Random LoRA Stack': numbered('lora_name_{n}', 'loras', { from: 3, every: 5, count: 3 }),
  'CR Load LoRA': { lora_name: 'loras@1' },
  'CR Random Weight LoRA': { lora_name: 'loras@2' },
  'CR Load Scheduled LoRAs': { default_lora: 'loras@3' },
  'CR Load Scheduled Models': { default_model: 'checkpoints@3' },
  'CR Model List': numbered('ckpt_name{n}', 'checkpoints', { from: 0, every: 2, count: 5 }),
  'CR Model Merge Stack': numbered('ckpt_name{n}', 'checkpoints', { from: 1, every: 4, count: 3 }),
  'CR Multi Upscale Stack': numbered('upscale_model_{n}', 'upscale_models', { from: 1, every: 3, count: 3 }),
  'CR Multi-ControlNet Stack': numbered('controlnet_{n}', 'controlnet', { from: 1, every: 5, count: 3 }),
  'CR Select Model': numbered('ckpt_name{n}', 'checkpoints', { from: 0, every: 1, count: 5 }),
  'CR Upscale Image': { upscale_model: 'upscale_models' },

  // ComfyUI-Inspire-Pack
  'CheckpointLoaderSimpleShared //Inspire': CHECKPOINT,
  'LoadDiffusionModelShared //Inspire': { model_name: 'diffusion_models' },
  'LoadTextEncoderShared //Inspire': numbered('model_name{n}', 'text_encoders', { from: 0, every: 1, count: 3 }),
  'LoadLBW //Inspire': { lbw_model: 'lbw_models' },
  'LoraBlockInfo //Inspire': LORA,
  ...each({ lora_name: 'loras@1' }, 'LoraLoaderBlockWeight //Inspire, MakeLBW //Inspire, XY Input: Lora Block Weight //Inspire'),
  'MakeBasicPipe //Inspire': { ckpt_name: 'checkpoints', 'Select to add LoRA': 'loras@5' },
  'StableCascade_CheckpointLoader //Inspire': { stage_b: 'checkpoints', stage_c: 'checkpoints@2' },
  'WildcardEncode //Inspire': { 'Select to add LoRA': 'loras@5' },

  // ComfyUI-KJNodes, ComfyUI-MelBandRoFormer, ComfyUI-SUPIR
  CheckpointLoaderKJ: CHECKPOINT,
  ...each({ model_name: 'diffusion_models' }, 'DiffusionModelLoaderKJ, DiffusionModelSelector, MelBandRoFormerModelLoader'),
  GGUFLoaderKJ: { model_name: 'diffusion_models', extra_model_name: 'diffusion_models' },
  VAELoaderKJ: VAE,
  DiTBlockLoraLoader: { lora_name: 'loras@1' },
  ...each(LORA, 'LTX2LoraLoaderAdvanced, LoraReduceRankKJ'),
  ModelPreviewOverrideKJ: { tiny_vae: 'vae_approx@5' },
  ...each({ supir_model: 'checkpoints', sdxl_model: 'checkpoints' }, 'SUPIR_Upscale, SUPIR_model_loader'),
  ...each({ supir_model: 'checkpoints' }, 'SUPIR_model_loader_v2, SUPIR_model_loader_v2_clip'),

  // RES4LYF
  ClownModelLoader: {
    model_name: 'diffusion_models',
    clip_name1_opt: 'text_encoders@2',
    clip_name2_opt: 'text_encoders',
    clip_name3_opt: 'text_encoders',

    clip_name4_opt: 'text_encoders',
    vae_name: 'vae@7',
  },
  FluxLoader: {
    model_name: 'diffusion_models',
    clip_name1: 'text_encoders@2',
    clip_name2_opt: 'text_encoders',
    vae_name: 'vae',
    clip_vision_name: 'clip_vision',
    style_model_name: 'style_models',
  },
  SD35Loader: {
    model_name: 'diffusion_models',
    clip_name1: 'text_encoders@2',
    clip_name2_opt: 'text_encoders',
    clip_name3_opt: 'text_encoders',
    vae_name: 'vae',
  },
  LayerPatcher: { embedder: 'diffusion_models', gates: 'diffusion_models', last_layer: 'diffusion_models' },
  'UltraSharkSampler Tiled': { clip_name: 'clip_vision@14' },

  // SeargeSDXL
  SeargeInput4: {
    base_model: 'checkpoints',
    refiner_model: 'checkpoints',
    vae_model: 'vae',
    main_upscale_model: 'upscale_models',
    support_upscale_model: 'upscale_models',
    lora_model: 'loras',
  },
  SeargeModelSelector: { base_model: 'checkpoints', refiner_model: 'checkpoints', vae_model: 'vae' },

  // was-node-suite-comfyui, ComfyUI-Custom-Scripts, mikey_nodes
  'Checkpoint Loader': { config_name: 'configs', ckpt_name: 'checkpoints' },
  ...each(CHECKPOINT, 'Checkpoint Loader (Simple), unCLIP Checkpoint Loader, CheckpointLoader|pysssss, Checkpoint Loader Simple Mikey'),
  ...each(LORA, 'Load Lora, Lora Loader, LoraLoader|pysssss'),
  'Upscale Model Loader': UPSCALER,
  ...each(UPSCALER, 'Mikey Sampler, Mikey Sampler Base Only, Mikey Sampler Tiled, Mikey Sampler Tiled Base Only'),
  ...each(UPSCALER, 'MikeySamplerTiledAdvanced, MikeySamplerTiledAdvancedBaseOnly'),

  // ComfyUI-Lora-Manager, rgthree-comfy (whose lists of objects are read by their shape)
  'Checkpoint Loader (LoraManager)': CHECKPOINT,
  'Unet Loader (LoraManager)': { unet_name: 'diffusion_models' },
  'Lora Loader Stack (rgthree)': { lora_01: 'loras', lora_02: 'loras@2', lora_03: 'loras@4', lora_04: 'loras@6' },
  'Power Prompt - Simple (rgthree)': { insert_embedding: 'embeddings@1' },

  // comfyui-art-venture
  AV_CheckpointModelsToParametersPipe: {
    ckpt_name: 'checkpoints',
    secondary_ckpt_name: 'checkpoints',
    vae_name: 'vae',
    upscaler_name: 'upscale_models',
    secondary_upscaler_name: 'upscale_models',
    lora_1_name: 'loras',
    lora_2_name: 'loras',
    lora_3_name: 'loras',
  },
  ...each({ control_net_name: 'controlnet' }, 'AV_ControlNetEfficientLoader, AV_ControlNetEfficientLoaderAdvanced'),
  ...each({ control_net_name: 'controlnet' }, 'AV_ControlNetEfficientStacker, AV_ControlNetLoader'),
  ...each({ ip_adapter_name: 'ipadapter', clip_name: 'clip_vision' }, 'AV_IPAdapter, AV_IPAdapterPipe'),
  AV_SAMLoader: { model_name: 'sams' },
  CheckpointNameSelector: CHECKPOINT,
  DependenciesEdit: { ckpt_name: 'checkpoints', vae_name: 'vae' },
  BLIPLoader: { model_name: 'blip' },
  ISNetLoader: { model_name: 'isnet' },

  // savers and selectors: comfy-image-saver, ComfyUI-Image-Saver, comfyui-deploy, civitai_comfy_nodes, SwarmUI, Lora-Training-in-Comfy
  'Checkpoint Selector': CHECKPOINT,
  'Checkpoint Loader with Name (Image Saver)': CHECKPOINT,
  'UNet loader with Name (Image Saver)': { unet_name: 'diffusion_models' },
  ComfyUIDeployExternalCheckpoint: { default_value: 'checkpoints@1' },
  ComfyUIDeployExternalLora: { default_lora_name: 'loras@1' },
  CivitAI_Checkpoint_Loader: { ckpt_name: 'checkpoints@1' },
  CivitAI_Lora_Loader: { lora_name: 'loras@1' },
  SwarmInputCheckpoint: { value: 'checkpoints@1' },
  SwarmEmbedLoaderListProvider: { embed_name: 'embeddings' },
  SwarmYoloDetection: { model_name: 'yolov8' },
  ...each(CHECKPOINT, 'Lora Training in Comfy (Advanced), Lora Training in ComfyUI'),

  // comfyui-mixlab-nodes and embedding pickers
  ...each({ embedding: 'embeddings' }, 'EmbeddingPicker, EmbeddingPrompt'),
  LoadVQGAN: { model: 'fish_speech@1' },
  LoadWhisperModel_: { model_size: 'whisper' },
};
