import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileKey, FileMemory } from '../../lib/core/file-memory.ts';
import { WorkflowShelf } from '../../lib/phases/watch-shelf.ts';
import { editorGraph, node } from '../workflow/graphs.ts';

const base = mkdtempSync(join(tmpdir(), 'watch-shelf-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A memory that says the name of another model than it was told, so that it shows who asked it. */
class ChangingMemory implements FileMemory {
  readonly #texts = new Map<string, string>();
  kept = 0;

  recall({ path, stamp }: FileKey): string | undefined {
    return this.#texts.get(`${path} ${stamp}`)?.replaceAll('brass', 'silver');
  }

  keep({ path, stamp }: FileKey, text: string): void {
    this.kept++;
    this.#texts.set(`${path} ${stamp}`, text);
  }
}

function save(name: string, model: string, at: Date): void {
  writeFileSync(join(base, name), JSON.stringify(editorGraph([node('CheckpointLoaderSimple', [model])])));
  utimesSync(join(base, name), at, at);
}

test('a watch that starts again reads what has changed, and recalls the rest', async () => {
  const memory = new ChangingMemory();
  const { signal } = new AbortController();
  const start = async (): Promise<(string | undefined)[]> => {
    const shelf = new WorkflowShelf(new Map(), () => undefined);
    const read = await shelf.refresh([base], { hints: null, memory, signal });
    expect(shelf.workflows).toEqual(read);
    return read.map(({ reading }) => reading.findings[0]?.written);
  };
  const long = new Date(Date.now() - 60_000);
  save('a.json', 'brass_a.safetensors', long);
  save('b.json', 'brass_b.safetensors', long);
  expect(await start()).toEqual(['brass_a.safetensors', 'brass_b.safetensors']);
  save('b.json', 'brass_bb.safetensors', new Date(Date.now() - 30_000));
  expect(await start()).toEqual(['silver_a.safetensors', 'brass_bb.safetensors']);
  expect(memory.kept).toBe(3);
});
