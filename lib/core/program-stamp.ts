import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const LIBRARY = resolve(import.meta.dir, '..');

const known = new Map<string, string>();

/**
 * Differs whenever the code of a feature (`workflow`, `comfy`) may be another, so that nothing outlives the rules that it was made by: from
 * the sources of a checkout, or from the executable that they were compiled into.
 */
export function programStamp(feature: string): string {
  const stamp = known.get(feature) ?? makeStamp(feature);
  known.set(feature, stamp);
  return stamp;
}

/** What a feature is made of lies in its own folder, and in the core. */
function makeStamp(feature: string): string {
  const parts = [feature, 'core'].map((name) => stampOfSources(join(LIBRARY, name)));
  return parts.includes(undefined) ? stampOf([process.execPath]) : parts.join('-');
}

/** `undefined` where the sources do not lie on the disk. */
export function stampOfSources(folder: string): string | undefined {
  try {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ts|wasm)$/.test(name));
    return sources.length === 0 ? undefined : stampOf(sources.sort().map((name) => join(folder, name)));
  } catch {
    return undefined;
  }
}

function stampOf(paths: readonly string[]): string {
  const parts = paths.map((path) => {
    const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${path}\0${size}\0${mtimeNs}\0${ctimeNs}`;
  });
  return Bun.hash([Bun.version, ...parts].join('\n')).toString(36);
}
