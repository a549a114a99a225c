import { type Content, contentOf } from '../hub/content.ts';
import { type ModelKind, safetensorsContent } from '../hub/model-file.ts';
import { makePickleZip } from '../hub/pickle-file.ts';

/** A made-up model: whole in its format, and without any meaning. */
export interface DemoModel {
  filename: string;
  /** ComfyUI's folder for it. */
  directory: string;
  content: Content;
}

const MB = 1_000_000;

/** Every model of the demo. The names are invented, so that nothing that knows real files takes them for those. */
export const DEMO_MODELS = {
  auroraDiffusion: safetensors('aurora_v1_fp8.safetensors', 'diffusion_models', { kind: 'diffusion_model', sizeBytes: 20 * MB }),
  auroraEncoder: safetensors('aurora_t5_encoder_fp8.safetensors', 'text_encoders', { kind: 'text_encoder', sizeBytes: 12 * MB }),
  auroraVae: safetensors('aurora_vae.safetensors', 'vae', { kind: 'vae', sizeBytes: 4 * MB }),
  auroraControl: safetensors('aurora-controlnet-depth.safetensors', 'controlnet', { kind: 'controlnet', sizeBytes: 9 * MB }),
  lumenVision: safetensors('lumen_clip_vision_h.safetensors', 'clip_vision', { kind: 'clip_vision', sizeBytes: 7 * MB }),
  inkStyle: safetensors('ink_and_rain_style.safetensors', 'loras', { kind: 'lora', sizeBytes: 6 * MB }),
  brassLora: safetensors('brass_automaton.safetensors', 'loras', { kind: 'lora', sizeBytes: 5 * MB }),
  crispUpscaler: pickle('4x_CrispDetail.pth', 'upscale_models', 3 * MB),
  /** On the machine, but not in the folder that the workflow names. */
  moonlitGlow: safetensors('moonlit_glow.safetensors', 'loras', { kind: 'lora', sizeBytes: 2 * MB }),
  /** On the machine, where it belongs. */
  lanternCheckpoint: safetensors('lanternXL_v20.safetensors', 'checkpoints', { kind: 'checkpoint', sizeBytes: 2 * MB }),
} satisfies Record<string, DemoModel>;

/** Another file of the hub that nothing in the demo needs. */
export function makeDistractor(sizeBytes: number, seed: number): Content {
  return safetensorsContent({ sizeBytes, seed, tensors: 'lora' });
}

function safetensors(filename: string, directory: string, options: { kind: ModelKind; sizeBytes: number }): DemoModel {
  const { kind, sizeBytes } = options;
  return { filename, directory, content: safetensorsContent({ sizeBytes, seed: seedOf(filename), tensors: kind }) };
}

function pickle(filename: string, directory: string, sizeBytes: number): DemoModel {
  return { filename, directory, content: contentOf(makePickleZip({ sizeBytes, seed: seedOf(filename) })) };
}

function seedOf(filename: string): number {
  return Bun.hash.crc32(filename);
}
