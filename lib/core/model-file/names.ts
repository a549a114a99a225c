/**
 * Endings that model files have: those that ComfyUI's `folder_paths.py` lists (read 2026-10), and those that widely used packs load
 * (ComfyUI-GGUF, ONNX detectors).
 */
const MODEL_ENDINGS: ReadonlySet<string> = new Set(
  '.ckpt .pt .pt2 .bin .pth .safetensors .pkl .sft .gguf .onnx .engine .trt .torchscript'.split(' '),
);

/** Endings of formats that are Python pickles, or may hold one, and can run code when they are loaded. */
const PICKLE_ENDINGS: ReadonlySet<string> = new Set(['.ckpt', '.pt', '.pt2', '.pth', '.bin', '.pkl']);

/** Lower-case ending of a file name with its dot, `''` when it has none. */
export function extensionOf(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  const dot = base.lastIndexOf('.');
  return dot <= 0 ? '' : base.slice(dot).toLowerCase();
}

/** `true` when a name ends as model files do. A name without such an ending can still be a model's. */
export function isModelFileName(name: string): boolean {
  return MODEL_ENDINGS.has(extensionOf(name));
}

/** `true` when a name ends as formats do that can run code when they are loaded. */
export function isPickleFilename(name: string): boolean {
  return PICKLE_ENDINGS.has(extensionOf(name));
}
