import type { Resolution } from './model.ts';

type Settled = Pick<Resolution, 'source' | 'accepted' | 'proof'>;

/**
 * Whether a model lies in its place already, and ComfyUI does not take it in the node that names it: no file helps, but another choice in
 * that node.
 */
export function isRefusedInPlace({ source, accepted, proof }: Settled): boolean {
  return source === 'local' && !accepted && proof === null;
}
