import { CHECKPOINT, each, LORA, type LoaderRow, type LoaderRows, numbered, VAE } from './rows.ts';

const UPSCALER: LoaderRow = { model_name: 'upscale_models' };

/** Large collections, and packs that bring ComfyUI's own loaders under other names. */
export const TOOLKITS: LoaderRows = {
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
  ...each({ model_name: 'diffusion_models' }, 'DiffusionModelLoaderKJ, MelBandRoFormerModelLoader'),
  DiffusionModelSelector: { model_name: 'diffusion_models|text_encoders' },
  GGUFLoaderKJ: { model_name: 'diffusion_models', extra_model_name: 'diffusion_models|text_encoders' },
  VAELoaderKJ: VAE,
  DiTBlockLoraLoader: { lora_name: 'loras@1' },
  ...each(LORA, 'LTX2LoraLoaderAdvanced, LoraReduceRankKJ'),
  ModelPreviewOverrideKJ: { tiny_vae: 'vae_approx@5' },
  ...each({ supir_model: 'checkpoints', sdxl_model: 'checkpoints' }, 'SUPIR_Upscale, SUPIR_model_loader'),
  ...each({ supir_model: 'checkpoints' }, 'SUPIR_model_loader_v2, SUPIR_model_loader_v2_clip'),

  // RES4LYF
  ClownModelLoader: {
    model_name: 'diffusion_models|checkpoints',
    clip_name1_opt: 'text_encoders@2',
    clip_name2_opt: 'text_encoders',
    clip_name3_opt: 'text_encoders',

    clip_name4_opt: 'text_encoders',
    vae_name: 'vae@7',
  },
  FluxLoader: {
    model_name: 'diffusion_models|checkpoints',
    clip_name1: 'text_encoders@2',
    clip_name2_opt: 'text_encoders',
    vae_name: 'vae',
    clip_vision_name: 'clip_vision',
    style_model_name: 'style_models',
  },
  SD35Loader: {
    model_name: 'diffusion_models|checkpoints',
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

  // ComfyUI-FluxTrainer
  FluxTrainModelSelect: { transformer: 'diffusion_models', vae: 'vae', clip_l: 'text_encoders', t5: 'text_encoders' },
  SD3ModelSelect: { transformer: 'checkpoints', clip_l: 'text_encoders', clip_g: 'text_encoders', t5: 'text_encoders' },
  SDXLModelSelect: { checkpoint: 'checkpoints' },
  ExtractFluxLoRA: { original_model: 'diffusion_models', finetuned_model: 'diffusion_models' },

  // comfyui-mixlab-nodes and embedding pickers
  ...each({ embedding: 'embeddings' }, 'EmbeddingPicker, EmbeddingPrompt'),
  LoadVQGAN: { model: 'fish_speech@1' },
  LoadWhisperModel_: { model_size: 'whisper' },
};
