import { afterAll, describe, expect, setSystemTime, test } from 'bun:test';
import { mkdtempSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../lib/core/events.ts';
import type { FileKey, FileMemory } from '../../lib/core/file-memory.ts';
import type { NodeDeclarations } from '../../lib/core/model.ts';
import { readJoined } from '../../lib/phases/joined-reading.ts';
import { MemoryStore } from '../../lib/state/memory-store.ts';
import { findWorkflowFiles } from '../../lib/workflow/find-files.ts';
import { editorGraph, node } from '../workflow/graphs.ts';

const base = mkdtempSync(join(tmpdir(), 'joined-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const LONG_AGO = new Date(Date.now() - 60_000);
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const HASH = 'ab'.repeat(32);
const LINK = 'https://huggingface.co/made/models/resolve/main/ink.safetensors';

/** A memory that tells what it was asked for, and what it has. */
class TellingMemory implements FileMemory {
  readonly texts = new Map<string, { stamp: string; text: string }>();
  readonly asked: string[] = [];

  recall({ kind, path, stamp }: FileKey): string | undefined {
    this.asked.push(kind);
    const known = this.texts.get(`${kind} ${path}`);
    return known?.stamp === stamp ? known.text : undefined;
  }

  keep({ kind, path, stamp }: FileKey, text: string): void {
    this.texts.set(`${kind} ${path}`, { stamp, text });
  }

  get joined(): string {
    return this.texts.get('joined ')?.text ?? '';
  }

  set joined(text: string) {
    const known = this.texts.get('joined ');
    if (known !== undefined) known.text = text;
  }

  /** Which kinds were asked for since the last time. */
  take(): string[] {
    return [...new Set(this.asked.splice(0))];
  }
}

function write(path: string, content: unknown): void {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  utimesSync(path, LONG_AGO, LONG_AGO);
}

/** Of everything that can be said: links, hashes that differ, tags, muted nodes, names that are refused, files that are no workflows. */
function contentOf(i: number): unknown {
  if (i === 3) return '{"cut": ';
  if (i === 7) return { name: 'package' };
  const listed = {
    properties: { cnr_id: 'pack', ver: `1.${i % 3}`, models: [{ name: 'ink.safetensors', url: LINK, directory: 'loras' }] },
  };
  const hashed = {
    properties: { aux_id: 'a/b', models: [{ name: 'own.pt', url: `${LINK}?${i % 2}`, hash: HASH.replace('ab', `c${i % 2}`) }] },
  };
  return editorGraph([
    node('CheckpointLoaderSimple', [`model_${i % 5}.safetensors`]),
    node('LoraLoader', ['sub\\ink.safetensors', 1, 1], listed),
    node('VAELoader', ['own.pt'], hashed),
    node('VAELoader', [`muted_${i}.pt`], { mode: 4 }),
    node('Fancy', ['some.bin', `https://user:secret@example.com/f_${i % 4}.safetensors?token=abc`]),
    node('VAELoader', ['../../../etc/x.pt']),
    node('RIFE VFI', ['rife49.pth', 10]),
    node('CLIPTextEncode', ['embedding:soft and <lora:ink:1>, "quoted" \u2028 \ud83d\ude00']),
    node('easy getNode', ['v']),
    node('LoRA Stacker', ['simple', 0, `idle_${i % 2}.pt`, 1, 1, 1]),
    node('Note', [`see ${LINK}`]),
  ]);
}

function writeFolder(count = 70): string {
  const folder = mkdtempSync(join(base, 'w-'));
  mkdirSync(join(folder, 'deep'));
  for (let i = 0; i < count; i++) write(join(folder, i % 2 ? 'deep' : '', `${i}.json`), contentOf(i));
  return folder;
}

interface Options {
  includeDisabled?: boolean;
  declarations?: NodeDeclarations;
  paths?: string[];
}

/** All that a scan gets to know, and is told on the way. */
async function readAll(folder: string, memory?: FileMemory, { includeDisabled = false, declarations = new Map(), paths }: Options = {}) {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const { files } = findWorkflowFiles(paths ?? [folder]);
  const ports = { emit, signal: new AbortController().signal, includeDisabled, threadsFor: () => 0, ...(memory && { memory }) };
  const { lessons, ...joined } = await readJoined(files, declarations, ports);
  return { ...joined, lessons: lessons.all(), events };
}

describe('what files say together', () => {
  test.each([false, true])(
    'is remembered to the letter, events and all, and no file is asked for (disabled too: %p)',
    async (includeDisabled) => {
      const [folder, memory] = [writeFolder(), new TellingMemory()];
      const first = await readAll(folder, memory, { includeDisabled });
      memory.take();
      const again = await readAll(folder, memory, { includeDisabled });
      expect(memory.take()).toEqual(['joined']);
      expect(again).toEqual(first);
      expect(again).toEqual(await readAll(folder, undefined, { includeDisabled }));
      expect(first.requirements.find(({ filename }) => filename === 'own.pt')?.rivalSha256s).toHaveLength(2);
      expect(first.requirements.some(({ state }) => state === 'self_download')).toBe(true);
      expect(first.refused.length).toBe(68);
      expect(first.idle.map(({ filename, references }) => [filename, references.length])).toEqual(
        includeDisabled
          ? []
          : [
              ['idle_0.pt', 35],
              ['idle_1.pt', 33],
            ],
      );
      expect(first.lessons[0]?.files.length).toBeGreaterThan(0);
      expect(first.notes.flatMap((note) => ('failure' in note ? note.failure.code : []))).toEqual(['not_json', 'not_a_workflow']);
      expect(memory.joined).not.toMatch(/secret|token=abc/);
    },
  );

  const changes: readonly (readonly [string, (folder: string) => void])[] = [
    ['was changed', (folder) => write(join(folder, '0.json'), editorGraph([node('VAELoader', ['new.pt'])]))],
    ['was changed to the same size', (folder) => write(join(folder, '2.json'), JSON.stringify(contentOf(2)).replace('model_2', 'model_9'))],
    ['was touched', (folder) => utimesSync(join(folder, '0.json'), LONG_AGO, new Date(LONG_AGO.getTime() - 1000))],
    ['has come', (folder) => write(join(folder, 'new.json'), editorGraph([node('VAELoader', ['new.pt'])]))],
    ['has gone', (folder) => rmSync(join(folder, '0.json'))],
    ['has another name', (folder) => renameSync(join(folder, '0.json'), join(folder, 'a.json'))],
    ['has come in the place of another', (folder) => renameSync(join(folder, '0.json'), join(folder, '2.json'))],
  ];
  test.each(changes)('is joined anew when one of them %s, and the others are not read again', async (_, change) => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    await readAll(folder, memory);
    change(folder);
    memory.take();
    const kept = memory.texts.size;
    const again = await readAll(folder, memory);
    expect(memory.take()).toEqual(['joined', 'workflow']);
    expect(again).toEqual(await readAll(folder));
    expect(memory.texts.size - kept).toBeLessThanOrEqual(1);
    expect(await readAll(folder, memory)).toEqual(again);
    memory.take();
    await readAll(folder, memory);
    expect(memory.take()).toEqual(['joined']);
  });

  test('is joined anew when nodes count otherwise, or the folder is looked at from elsewhere', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    await readAll(folder, memory);
    for (const options of [{ includeDisabled: true }, { paths: [join(folder, 'deep'), folder] }, {}]) {
      expect(await readAll(folder, memory, options)).toEqual(await readAll(folder, undefined, options));
    }
  });

  test('is joined anew when a pack declares one of their node types, and not for others', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    await readAll(folder, memory);
    const declare = (nodeType: string) =>
      new Map([[nodeType, { nodeType, widgets: ['file'], loaders: [{ input: 'file', directory: 'vae' }] }]]);
    memory.take();
    await readAll(folder, memory, { declarations: declare('Elsewhere') });
    expect(memory.take()).toEqual(['joined']);
    const declared = await readAll(folder, memory, { declarations: declare('Fancy') });
    expect(memory.take()).toEqual(['joined', 'workflow']);
    expect(declared).toEqual(await readAll(folder, undefined, { declarations: declare('Fancy') }));
    expect(declared.requirements.find(({ filename }) => filename === 'some.bin')?.directory).toBe('vae');
  });

  test('counts a node type that only a muted node has among those that a pack may declare', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    write(join(folder, '0.json'), editorGraph([node('Muted', ['a.pt'], { mode: 2 })]));
    const { nodeTypes, uses } = await readAll(folder, memory);
    expect(nodeTypes).toContain('Muted');
    expect(uses.map(({ nodeType }) => nodeType)).not.toContain('Muted');
  });

  test('is not remembered while a file may still be written to, or cannot be read', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    writeFileSync(join(folder, '0.json'), JSON.stringify(contentOf(0)));
    await readAll(folder, memory);
    expect(memory.joined).toBe('');
    const [other, its] = [writeFolder(), new TellingMemory()];
    const { files } = findWorkflowFiles([other]);
    rmSync(join(other, '0.json'));
    await readJoined(files, new Map(), {
      emit: () => undefined,
      signal: new AbortController().signal,
      includeDisabled: false,
      memory: its,
    });
    expect(its.joined).toBe('');
  });

  test('is not remembered of a few files', async () => {
    const [folder, memory] = [writeFolder(10), new TellingMemory()];
    await readAll(folder, memory);
    expect(memory.texts.size).toBe(10);
  });

  test('holds for a week: then every file is asked for once', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    const first = await readAll(folder, memory);
    try {
      setSystemTime(Date.now() + WEEK_MS + 1);
      memory.take();
      expect(await readAll(folder, memory)).toEqual(first);
      expect(memory.take()).toEqual(['joined', 'workflow']);
      await readAll(folder, memory);
      expect(memory.take()).toEqual(['joined']);
      setSystemTime(Date.now() - 2 * WEEK_MS);
      await readAll(folder, memory);
      expect(memory.take()).toEqual(['joined', 'workflow']);
    } finally {
      setSystemTime();
    }
  });

  test('ends with the reason of the abort', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    await readAll(folder, memory);
    const stop = new AbortController();
    const { files } = findWorkflowFiles([folder]);
    const emit = () => {
      stop.abort(new Error('enough'));
      Bun.sleepSync(1);
    };
    const outcome = readJoined(files, new Map(), { emit, signal: stop.signal, includeDisabled: false, memory }).catch(
      (error: unknown) => error,
    );
    expect(await outcome).toEqual(new Error('enough'));
  });
});

describe('a remembered text that is none', () => {
  /** Each in the place of the whole text, by what it was. */
  const damages: readonly (readonly [string, (text: string) => string])[] = [
    ['nothing', () => ''],
    ['nonsense', () => 'nonsense\n\n\n'],
    ['cut off', (text) => text.slice(0, Math.floor(text.length / 2))],
    ['without lists', (text) => replaceLine(text, 2, '{}')],
    ['with too much', (text) => replaceLine(text, 2, (line) => line.replace(/\]\]$/, ',1]]'))],
    ['with places that are not there', (text) => replaceLine(text, 2, (line) => line.replaceAll(/\b\d\d\b/g, '99999'))],
    ['with numbers that are none', (text) => replaceLine(text, 2, (line) => line.replaceAll(/,\d,/g, ',1.5,'))],
    ['with an endless count', (text) => replaceLine(text, 2, (line) => line.replace(/\],\[\d+/, '],[9007199254740991'))],
    ['with texts that are none', (text) => replaceLine(text, 2, (line) => line.replace(/"[^"]+"/, '{"toString":1}'))],
  ];
  test.each(damages)('%s is taken for nothing', async (_, damage) => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    const first = await readAll(folder, memory);
    const sound = memory.joined;
    memory.joined = damage(sound);
    expect(memory.joined).not.toBe(sound);
    memory.take();
    expect(await readAll(folder, memory)).toEqual(first);
    expect(memory.take()).toEqual(['joined', 'workflow']);
  });

  test('has no lessons where only those are broken', async () => {
    const [folder, memory] = [writeFolder(), new TellingMemory()];
    const first = await readAll(folder, memory);
    memory.joined = replaceLine(memory.joined, 3, '[[],[1]]');
    const again = await readAll(folder, memory);
    expect(again).toEqual({ ...first, lessons: [] });
  });

  function replaceLine(text: string, index: number, line: string | ((line: string) => string)): string {
    return text
      .split('\n')
      .map((old, i) => (i !== index ? old : typeof line === 'string' ? line : line(old)))
      .join('\n');
  }
});

test('the store of a state folder gives it back as any other text, and survives its damage', async () => {
  const folder = writeFolder();
  const state = mkdtempSync(join(base, 's-'));
  const scan = async () => {
    using memory = MemoryStore.open(state, new Date());
    return readAll(folder, memory);
  };
  const first = await scan();
  expect(await scan()).toEqual(first);
  writeFileSync(join(state, '.comfy-fixer.memory'), 'damaged'.repeat(1000));
  expect(await scan()).toEqual(first);
  expect(await scan()).toEqual(first);
});
