/**
 * One node class: its inputs that name model files, in the order of its widgets, each with the ComfyUI folder that feeds it, or several with
 * `|` between them, the usual one first. `@n` after that is the input's place among the widget values where it is not the one after the input before it; counting starts at 0.
 */
export type LoaderRow = Readonly<Record<string, string>>;
export type LoaderRows = Readonly<Record<string, LoaderRow>>;

/** The same row for several classes, in one text with commas between them. */
export function each(row: LoaderRow, nodeTypes: string): LoaderRows {
  return Object.fromEntries(splitList(nodeTypes).map((nodeType) => [nodeType, row]));
}

/** The entries of a text with commas between them, which may run over several lines. */
export function splitList(text: string): string[] {
  return text.split(',').map((entry) => entry.trim());
}

/**
 * One row for inputs that a node repeats with a number: `{n}` becomes `1`, `2`, ...; the first stands at place `from`, the next ones `every`
 * places further.
 */
export function numbered(input: string, directory: string, layout: { from: number; every: number; count: number }): LoaderRow {
  const entries = Array.from({ length: layout.count }, (_, i) => [
    input.replace('{n}', String(i + 1)),
    `${directory}@${layout.from + i * layout.every}`,
  ]);
  return Object.fromEntries(entries);
}

export const CHECKPOINT: LoaderRow = { ckpt_name: 'checkpoints' };
export const LORA: LoaderRow = { lora_name: 'loras' };
export const VAE: LoaderRow = { vae_name: 'vae' };
export const DIFFUSION_MODEL: LoaderRow = { unet_name: 'diffusion_models' };
export const TWO_CLIPS: LoaderRow = { clip_name1: 'text_encoders', clip_name2: 'text_encoders' };
export const THREE_CLIPS: LoaderRow = { ...TWO_CLIPS, clip_name3: 'text_encoders' };
export const FOUR_CLIPS: LoaderRow = { ...THREE_CLIPS, clip_name4: 'text_encoders' };
