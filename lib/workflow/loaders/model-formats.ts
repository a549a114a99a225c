import { CHECKPOINT, DIFFUSION_MODEL, each, FOUR_CLIPS, LORA, type LoaderRows, THREE_CLIPS, TWO_CLIPS, VAE } from './rows.ts';

/** Packs for other formats, precisions and devices: GGUF, Nunchaku, ExtraModels, MultiGPU and the like. */
export const MODEL_FORMATS: LoaderRows = {
  // ComfyUI-GGUF
  ...each(DIFFUSION_MODEL, 'UnetLoaderGGUF, UnetLoaderGGUFAdvanced'),
  CLIPLoaderGGUF: { clip_name: 'text_encoders' },
  DualCLIPLoaderGGUF: TWO_CLIPS,
  TripleCLIPLoaderGGUF: THREE_CLIPS,
  QuadrupleCLIPLoaderGGUF: FOUR_CLIPS,

  // calcuis/gguf
  ...each({ gguf_name: 'diffusion_models' }, 'LoaderGGUF, LoaderGGUFAdvanced'),
  ClipLoaderGGUF: { clip_name: 'text_encoders' },
  DualClipLoaderGGUF: TWO_CLIPS,
  TripleClipLoaderGGUF: THREE_CLIPS,
  QuadrupleClipLoaderGGUF: FOUR_CLIPS,
  VaeGGUF: { vae_name: 'vae|vae_approx' },
  AudioEncoderLoaderGGUF: { audio_encoder_name: 'audio_encoders' },

  // ComfyUI-nunchaku
  NunchakuFluxDiTLoader: { model_path: 'diffusion_models' },
  NunchakuQwenImageDiTLoader: { model_name: 'diffusion_models' },
  NunchakuFluxLoraLoader: LORA,
  ...each({ text_encoder1: 'text_encoders@1', text_encoder2: 'text_encoders' }, `NunchakuTextEncoderLoader, NunchakuTextEncoderLoaderV2`),
  NunchakuPuLIDLoaderV2: { pulid_file: 'pulid', eva_clip_file: 'text_encoders' },

  // ComfyUI_ExtraModels
  ...each(
    CHECKPOINT,
    `DitCheckpointLoader, HYDiTCheckpointLoader, PixArtCheckpointLoader, PixArtCheckpointLoaderSimple, SanaCheckpointLoader`,
  ),
  ExtraVAELoader: VAE,
  HYDiTTextEncoderLoader: { clip_name: 'text_encoders', mt5_name: 't5' },
  MiaoBiCLIPLoader: { clip_name: 'text_encoders' },
  PixArtLoraLoader: LORA,
  T5v11Loader: { t5v11_name: 't5' },

  // ComfyUI-MultiGPU (its other loaders are those of other packs with a suffix)
  ...each(CHECKPOINT, 'CheckpointLoaderAdvancedMultiGPU, CheckpointLoaderAdvancedDisTorch2MultiGPU'),
  UNetLoaderLP: DIFFUSION_MODEL,

  // cg-mixed-casting
  'Mixed Cast Flux Loader': { model: 'diffusion_models', optional_gguf_file: 'diffusion_models@2' },
};
