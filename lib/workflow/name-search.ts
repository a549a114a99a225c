import type { Reference } from '../core/model.ts';

/**
 * How nodes look for the file of a name in its folder. `exact`: at the very place, as ComfyUI's lists have it. `below`: there or in any
 * folder further down. `base`: by its base name, wherever it lies.
 */
export type NameSearch = 'exact' | 'below' | 'base';

/**
 * Node classes that look LoRAs up by their base names: `get_lora_info` of ComfyUI-Lora-Manager (its names carry no folder), and
 * `get_lora_by_filename` of rgthree-comfy, which takes the base name where the whole one fits nothing (both read 2026-11).
 */
const SEARCHES_BY_BASE = /\(LoraManager\)$|^Power (Lora Loader|Prompt).*\(rgthree\)$/;

interface WantedName {
  directory: string | null;
  references: readonly Pick<Reference, 'nodeType' | 'from'>[];
}

/**
 * What all nodes that name a model are content with. ComfyUI looks for an embedding of a prompt in every folder below its own
 * (`expand_directory_list` in comfy/sd1_clip.py), and nodes that take LoRA tags out of a text compare the ends of names
 * (`resolve_lora_name` of ComfyUI-Impact-Pack; both read 2026-11).
 */
export function nameSearchOf({ directory, references }: WantedName): NameSearch {
  if (directory === 'embeddings') return references.every(({ from }) => from === 'prompt') ? 'below' : 'exact';
  if (directory !== 'loras') return 'exact';
  if (references.every(({ nodeType }) => SEARCHES_BY_BASE.test(nodeType))) return 'base';
  return references.every(({ nodeType, from }) => from === 'prompt' || SEARCHES_BY_BASE.test(nodeType)) ? 'below' : 'exact';
}
