/** Endings of model files (ComfyUI's `folder_paths.py`, and GGUF and ONNX, which node packs load; 2026-08). */
const MODEL_ENDING = /\.(safetensors|sft|ckpt|pt|pt2|pth|bin|pkl|gguf|onnx|engine|npz)$/i;

/** Endings of formats that are Python pickles, or may hold one, and can run code when they are loaded. */
const PICKLE_ENDING = /\.(ckpt|pt|pt2|pth|bin|pkl)$/i;

export function isModelFilename(filename: string): boolean {
  return MODEL_ENDING.test(filename);
}

export function isPickleFilename(filename: string): boolean {
  return PICKLE_ENDING.test(filename);
}

/** What stands after the last `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether two file names are the same but for case, which Windows and macOS do not tell apart either. */
export function isSameFilename(left: string, right: string): boolean {
  return left.normalize('NFC').toLowerCase() === right.normalize('NFC').toLowerCase();
}
