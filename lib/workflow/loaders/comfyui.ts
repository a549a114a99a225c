import { CHECKPOINT, DIFFUSION_MODEL, each, FOUR_CLIPS, LORA, type LoaderRows, THREE_CLIPS, TWO_CLIPS, VAE } from './rows.ts';

/** ComfyUI's own nodes, as their sources declare them (nodes.py and comfy_extras, snapshots of 2025-10 to 2026-08). */
export const COMFYUI: LoaderRows = {
  ...each(CHECKPOINT, 'CheckpointLoaderSimple, ImageOnlyCheckpointLoader, unCLIPCheckpointLoader'),
  CheckpointLoader: { config_name: 'configs', ckpt_name: 'checkpoints' },
  DiffusersLoader: { model_path: 'diffusers' },
  UNETLoader: DIFFUSION_MODEL,
  VAELoader: VAE,

  CLIPLoader: { clip_name: 'text_encoders' },
  DualCLIPLoader: TWO_CLIPS,
  TripleCLIPLoader: THREE_CLIPS,
  QuadrupleCLIPLoader: FOUR_CLIPS,
  CLIPVisionLoader: { clip_name: 'clip_vision' },

  ...each(LORA, 'LoraLoader, LoraLoaderModelOnly, LoraLoaderBypass, LoraLoaderBypassModelOnly, CreateHookLora, CreateHookLoraModelOnly'),
  ...each(CHECKPOINT, 'CreateHookModelAsLora, CreateHookModelAsLoraModelOnly'),
  TrainLoraNode: { existing_lora: 'loras@14' },

  ...each({ control_net_name: 'controlnet' }, 'ControlNetLoader, DiffControlNetLoader, ControlNetLoaderWeights'),
  StyleModelLoader: { style_model_name: 'style_models' },
  GLIGENLoader: { gligen_name: 'gligen' },
  HypernetworkLoader: { hypernetwork_name: 'hypernetworks' },
  PhotoMakerLoader: { photomaker_model_name: 'photomaker' },
  ModelPatchLoader: { name: 'model_patches' },

  UpscaleModelLoader: { model_name: 'upscale_models' },
  ...each({ model_name: 'latent_upscale_models' }, 'LatentUpscaleModelLoader, LatentUpscaleModelLoader1'),
  FrameInterpolationModelLoader: { model_name: 'frame_interpolation' },
  OpticalFlowLoader: { model_name: 'optical_flow' },
  LoadBackgroundRemovalModel: { bg_removal_name: 'background_removal' },
  ...each({ model_name: 'geometry_estimation' }, 'LoadDA3Model, LoadMoGeModel'),
  LoadMediaPipeFaceLandmarker: { model_name: 'detection' },

  AudioEncoderLoader: { audio_encoder_name: 'audio_encoders' },
  ...each(CHECKPOINT, 'LTXVAudioVAELoader, LTXVAudioVAELoader1'),
  LTXAVTextEncoderLoader: { text_encoder: 'text_encoders', ckpt_name: 'checkpoints' },

  // forks that add loaders of their own (ComfyUI-Zluda)
  CFZVAELoader: VAE,
  ...each(CHECKPOINT, 'CheckpointLoaderQuantized, CheckpointLoaderQuantized2'),
};
