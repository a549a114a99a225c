import { asList, asRecord, type JsonRecord } from '../narrow.ts';

/** LiteGraph's modes "never" (muted) and "bypass": nodes that do not run. */
const MUTED = 2;
const BYPASSED = 4;

/** `true` for a node that does not run and gives nothing. */
export function isMuted(node: JsonRecord): boolean {
  return node.mode === MUTED;
}

/** `true` for a node that does not run and hands on what it is given. */
export function isBypassed(node: JsonRecord): boolean {
  return node.mode === BYPASSED;
}

/** `true` for a node that is neither muted nor bypassed. */
export function runs({ mode }: JsonRecord): boolean {
  return mode !== MUTED && mode !== BYPASSED;
}

/**
 * The link that a bypassed node hands on through one of its outputs, for a socket of the given type at the far end: that of the input in
 * the same place, else of the first one that fits (ComfyUI's editor, ExecutableNodeDTO, 1.58). `undefined` when none does.
 */
export function bypassLink(node: JsonRecord, slot: number, type: unknown): unknown {
  const inputs = asList(node.inputs).map(asRecord);
  if (type === '*' || type === '') return (inputs[slot] ?? inputs[0])?.link;
  const fits = (input: JsonRecord | undefined) => input !== undefined && (input.type === type || input.type === '*');
  if (fits(inputs[slot])) return inputs[slot]?.link;
  return (inputs.find((input) => input.type === type) ?? inputs.find(fits))?.link;
}
