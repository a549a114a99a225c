import { each, type LoaderRow, type LoaderRows } from './rows.ts';

const LLAVA: LoaderRow = { ckpt_name: 'LLavacheckpoints' };

/** Packs for language and speech. */
export const LANGUAGE: LoaderRows = {
  // ComfyUI_VLM_nodes
  ...each(LLAVA, 'LLMLoader, LLMOptionalMemoryFreeAdvanced, LLMOptionalMemoryFreeSimple, LLava Loader Simple'),
  ...each({ ...LLAVA, clip_name: 'LLavacheckpoints' }, 'LLavaOptionalMemoryFreeAdvanced, LLavaOptionalMemoryFreeSimple'),
  LlavaClipLoader: { clip_name: 'LLavacheckpoints' },

  // ComfyUI-Kolors-MZ
  MZ_ChatGLM3Loader: { chatglm3_checkpoint: 'LLM' },

  // TTS-Audio-Suite (folders below models/TTS)
  ...each({ model_path: 'TTS/CosyVoice' }, 'CosyVoice Engine, CosyVoiceEngineNode'),
  ...each({ model_path: 'TTS/IndexTTS' }, 'IndexTTS Engine, IndexTTSEngineNode'),
  ...each({ model_path: 'TTS/step_audio_editx' }, 'Step Audio EditX Engine, StepAudioEditXEngineNode'),
  HiggsAudioV3EngineNode: { model: 'TTS/chatterbox_official_23lang' },
  QwenEmotionNode: { qwen_model: 'TTS/IndexTTS' },
  RVCTrainingConfigNode: { pretrained_generator: 'TTS/pretrained_v2@14', pretrained_discriminator: 'TTS/pretrained_v2' },
};
