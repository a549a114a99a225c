/** What a file is by its bytes. `text` is any other readable text, `unknown` any other bytes. */
export type ModelFormat =
  | 'safetensors'
  | 'gguf'
  | 'torch_zip'
  | 'pickle'
  | 'onnx'
  | 'lfs_pointer'
  | 'html'
  | 'json'
  | 'text'
  | 'empty'
  | 'unknown';

/** What a header says about one file. Nothing of its tensors was read. */
export interface ModelStructure {
  format: ModelFormat;
  /** `false` only when the bytes contradict themselves or the name; a format without a checkable end counts as whole. */
  whole: boolean;
  /** Why it is not whole, a sentence fragment; `null` when it is. */
  damage: string | null;
  sizeBytes: number;
  /** What the tensors' names say it is (`checkpoint`, `lora`, ...); `null` when they say nothing or were not read. */
  detectedType: DetectedType | null;
}

/** What a model file can be told to be, by the singular nouns that people use. */
export type DetectedType =
  | 'checkpoint'
  | 'diffusion_model'
  | 'lora'
  | 'vae'
  | 'text_encoder'
  | 'clip_vision'
  | 'controlnet'
  | 'upscale_model'
  | 'embedding'
  | 'style_model'
  | 'ip_adapter'
  | 'gligen'
  | 'photomaker'
  | 'audio_encoder';

/** What a reader of one format found. */
export interface FormatFinding {
  damage: string | null;
  /** Names of the tensors, as far as the header gives them. */
  tensorNames: readonly string[];
  /** The architecture that the file names itself, for GGUF. */
  architecture: string | null;
}

/** A finding without names. */
export function plainFinding(damage: string | null): FormatFinding {
  return { damage, tensorNames: [], architecture: null };
}

/** An open file, read at positions. */
export interface FileReader {
  readonly sizeBytes: number;
  /** Up to `length` bytes from `offset`; fewer at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>;
}
