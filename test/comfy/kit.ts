import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { ComfyInstall } from '../../lib/comfy/install.ts';

/** A folder with these files, gone at the end of the test. A name that ends in `/` is an empty folder. */
export interface Tree extends AsyncDisposable {
  root: string;
  /** The folder as an install whose sources lie in it. */
  install: ComfyInstall;
  path(...parts: string[]): string;
}

export async function makeTree(files: Readonly<Record<string, string | Uint8Array>>): Promise<Tree> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'comfy-fixer-tree-')));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await Bun.write(path, content);
  }
  return {
    root,
    install: { root, sources: root, workflowDirectories: [], foundBy: 'test' },
    path: (...parts) => join(root, ...parts),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A safetensors file with one byte of data per tensor, in the order given. */
export function safetensors(names: readonly string[], change: { cutBytes?: number; extraBytes?: number } = {}): Uint8Array {
  const header = Object.fromEntries(names.map((name, place) => [name, { dtype: 'U8', shape: [1], data_offsets: [place, place + 1] }]));
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const whole = Buffer.concat([length, json, Buffer.alloc(names.length + (change.extraBytes ?? 0), 7)]);
  return whole.subarray(0, whole.length - (change.cutBytes ?? 0));
}
