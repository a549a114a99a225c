import { describe, expect, test } from 'bun:test';
import { chmodSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../../lib/core/model.ts';
import { removeLeftovers, writeWhole } from '../../lib/state/files.ts';
import { readRequirements, writeOutput, writeOutputs } from '../../lib/state/outputs.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('outputs');

const folder = makeFolder();
const REQUIREMENT: Requirement = {
  filename: 'hunyuan_lora.safetensors',
  subfolder: '',
  directory: 'loras',
  expectedType: 'lora',
  state: 'missing',
  foundAt: null,
  damage: null,
  sha256: null,
  urls: [{ url: 'https://huggingface.co/a/b', from: 'properties', namedBy: [] }],
  workflow: 'workflow1.json',
  nodeType: 'LoraLoader',
  nodeId: 42,
  references: [
    {
      workflow: 'workflow1.json',
      workflowPath: '/w/workflow1.json',
      nodeType: 'LoraLoader',
      nodeId: 42,
      subgraph: null,
      input: 'lora_name',
      written: 'hunyuan_lora.safetensors',
      from: 'widget',
      active: true,
    },
  ],
};

test('what is written has snake_case names and reads back as it was', () => {
  const path = join(folder, 'missing_models.json');
  writeOutput(path, [REQUIREMENT], (text) => text);
  const [written] = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>[];
  expect(written).toMatchObject({
    expected_type: 'lora',
    found_at: null,
    node_type: 'LoraLoader',
    node_id: 42,
    references: [{ workflow_path: '/w/workflow1.json' }],
  });
  expect(readRequirements(path)).toEqual([REQUIREMENT]);
});

test('a file that is not there is null', () => {
  expect(readRequirements(join(folder, 'absent.json'))).toBeNull();
});

describe('a file that somebody has changed for the worse is refused with its name', () => {
  const change = (part: Record<string, unknown>): string =>
    JSON.stringify([{ ...JSON.parse(readFileSync(join(folder, 'missing_models.json'), 'utf8'))[0], ...part }]);
  test.each([
    ['no JSON', () => '[{'],
    ['a name that leaves the folder', () => change({ filename: '../evil.safetensors' })],
    ['a subfolder that leaves the folder', () => change({ subfolder: 'a/../../b' })],
    ['an absolute subfolder', () => change({ subfolder: '/etc' })],
    ['a state that is none', () => change({ state: 'gone' })],
  ])('%s', (_, text) => {
    const path = join(folder, 'changed.json');
    writeFileSync(path, text());
    expect(() => readRequirements(path)).toThrow('changed.json');
  });
});

test('a file that cannot be written leaves the old one whole and nothing beside it', () => {
  const place = makeFolder();
  const path = join(place, 'a.json');
  writeWhole(path, 'old');
  chmodSync(place, 0o555);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) writeWhole(path, 'new');
  else expect(() => writeWhole(path, 'new')).toThrow('no permission');
  chmodSync(place, 0o755);
  expect([readFileSync(path, 'utf8'), readdirSync(place)]).toEqual([isRoot ? 'new' : 'old', ['a.json']]);
});

test('temporary files of processes that died are removed, and nothing else', () => {
  const place = makeFolder();
  const old = new Date(Date.now() - 120_000);
  for (const name of ['status.json.0123abcd.tmp', 'status.json', 'mine.tmp']) {
    writeFileSync(join(place, name), '');
    utimesSync(join(place, name), old, old);
  }
  writeFileSync(join(place, 'status.json.89abcdef.tmp'), 'somebody is at it');
  removeLeftovers(place, new Date());
  removeLeftovers(join(place, 'absent'), new Date());
  expect(readdirSync(place).sort()).toEqual(['mine.tmp', 'status.json', 'status.json.89abcdef.tmp']);
});

test('several files that share items are each what JSON makes of them alone, without the keys', () => {
  const place = makeFolder();
  const items = [
    { fileName: 'a "quoted"\nname', nested: [{ sizeBytes: 1 }, []] },
    { fileName: 'hf_secret', nested: {} },
  ];
  const files = [items, items.slice(1), []].map((some, i) => ({ path: join(place, `${i}.json`), items: some }));
  writeOutputs(files, (text) => text.replaceAll('hf_secret', '***'));
  const [first, second] = [
    { file_name: 'a "quoted"\nname', nested: [{ size_bytes: 1 }, []] },
    { file_name: '***', nested: {} },
  ];
  const texts = [[first, second], [second], []].map((some) => `${JSON.stringify(some, null, 2)}\n`);
  expect(files.map(({ path }) => readFileSync(path, 'utf8'))).toEqual(texts);
});

test('a text of several pieces is written as it is, whatever letters fall on the ends of what is written at once', () => {
  const path = join(makeFolder(), 'long.txt');
  const pieces = ['', 'a', '名🏮é'.repeat(300_001), '\uD800', 'z'.repeat(2 ** 20), '🏮', ''];
  writeWhole(path, pieces);
  expect(readFileSync(path)).toEqual(Buffer.from(pieces.join('')));
  writeWhole(path, []);
  expect(readFileSync(path, 'utf8')).toBe('');
});
