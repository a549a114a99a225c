import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeDeclaration } from '../../lib/core/model.ts';
import { type NodeRule, NodeRules } from '../../lib/workflow/loaders/rules.ts';
import { formatOutcome, parseOutcome } from '../../lib/workflow/file-outcome.ts';
import { readFile } from '../../lib/workflow/read-file.ts';
import { collectRequirements } from '../../lib/workflow/requirements.ts';
import { editorGraph, node } from './graphs.ts';
import { png, textChunk } from './media.ts';

const base = mkdtempSync(join(tmpdir(), 'read-file-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const bare = new NodeRules(new Map());
const file = join(base, 'a.json');

function write(content: unknown): string {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function rules(...declarations: NodeDeclaration[]): NodeRules {
  return new NodeRules(new Map(declarations.map((declaration) => [declaration.nodeType, declaration])));
}

const busy = editorGraph(
  [
    node('VAELoader', ['sub\\a.pt'], {
      mode: 4,
      properties: { cnr_id: 'core', ver: '1', models: [{ name: 'a.pt', url: 'https://x.org/a.pt' }] },
    }),
    node('LoraLoader', ['\ud800.safetensors', 1, 1]),
    node('CLIPTextEncode', ['embedding:soft']),
    node('Fancy', ['b.gguf'], { properties: { aux_id: 'me/fancy' } }),
    node('RIFE VFI', ['rife49.pth', 10]),
    node('Note', ['[c.pt](https://huggingface.co/o/r/resolve/main/c.pt)']),
  ],
  { models: [{ name: 'b.gguf', hash: 'a'.repeat(64), directory: 'vae' }] },
);

test('a graph that leads on without an end is a failure of its file alone', () => {
  class Endless extends NodeRules {
    override of(): NodeRule {
      throw new RangeError('Maximum call stack size exceeded.');
    }
  }
  const outcome = readFile(write(busy), new Endless(new Map()));
  expect('failure' in outcome && outcome.failure.code).toBe('unreadable');
});

test('what a prompt needs counts where the editor form that holds it or stands beside it has no nodes', () => {
  const prompt = { '1': { class_type: 'VAELoader', inputs: { vae_name: 'a.pt' } } };
  const empty = { last_node_id: 0, nodes: [], links: [], version: 0.4 };
  for (const content of [
    { ...empty, prompt },
    { workflow: empty, prompt },
  ]) {
    const outcome = readFile(write(content), bare);
    expect('reading' in outcome && outcome.reading.findings.map(({ written }) => written)).toEqual(['a.pt']);
  }
});

describe('the outcome of a file', () => {
  test('comes back from its text as it was', () => {
    const outcome = readFile(write(busy), bare);
    expect('reading' in outcome && outcome.reading.findings.length).toBe(5);
    expect(parseOutcome(formatOutcome(outcome, bare) ?? '', file, bare)).toEqual(outcome);
  });

  test.each([
    ['not_json', '{"nodes": ['],
    ['not_a_workflow', '{}'],
    ['empty_file', ''],
  ])('a failure that lies in the content does too: %s', (code, content) => {
    const outcome = readFile(write(content), bare);
    expect(outcome).toMatchObject({ failure: { code, path: file } });
    expect(parseOutcome(formatOutcome(outcome, bare) ?? '', file, bare)).toEqual(outcome);
  });

  test('so does one of a damaged picture', () => {
    writeFileSync(file, png(textChunk('workflow', '{"nodes": [')));
    const outcome = readFile(file, bare);
    expect(outcome).toMatchObject({ failure: { code: 'workflow_damaged' } });
    expect(parseOutcome(formatOutcome(outcome, bare) ?? '', file, bare)).toEqual(outcome);
  });

  test('a failure that may pass is not kept', () => {
    expect(formatOutcome(readFile(join(base, 'none.json'), bare), bare)).toBeUndefined();
  });

  test('a key in an address is not kept, and the address is judged as before', () => {
    for (const address of [
      'https://x.org/a.pt?token=SECRET',
      'https://[SECRET',
      'http://me:SECRET@x.org/files/?key=SECRET&filename=b.pt',
    ]) {
      const outcome = readFile(write(editorGraph([node('VAELoader', [address])])), bare);
      const text = formatOutcome(outcome, bare) ?? '';
      expect(text).not.toContain('SECRET');
      const judged = [outcome, parseOutcome(text, file, bare)].map((one) =>
        one !== undefined && 'reading' in one
          ? collectRequirements([{ workflow: 'a', path: file, reading: one.reading }], { includeDisabled: false })
          : undefined,
      );
      expect(judged[1]).toEqual(judged[0]);
    }
  });
});

describe('a text is of use', () => {
  const vae = { nodeType: 'VAELoader', widgets: ['vae_name'], loaders: [{ input: 'vae_name', directory: 'vae' }] };
  const read = (of: NodeRules) => formatOutcome(readFile(write(busy), of), of) ?? '';

  test('while what is declared of its own node types stays the same, whatever becomes of others', () => {
    const text = read(rules(vae));
    expect(parseOutcome(text, file, rules(vae, { ...vae, nodeType: 'Other' }))).toBeDefined();
    expect(parseOutcome(text, file, bare)).toBeUndefined();
    expect(parseOutcome(text, file, rules({ ...vae, widgets: null }))).toBeUndefined();
    expect(parseOutcome(read(bare), file, rules(vae))).toBeUndefined();
  });

  test("also through the declaration of the class that a wrapper's name ends in", () => {
    const wrapped = readFile(write(editorGraph([node('VAELoaderMultiGPU', ['a.pt'])])), bare);
    expect(parseOutcome(formatOutcome(wrapped, bare) ?? '', file, rules(vae))).toBeUndefined();
  });

  test.each([
    '',
    'x',
    '\n',
    '\n[]',
    '\n{}',
    '\n[[],[],{}]',
    '\n[[1],[],[]]',
    '\n[[["a",1]],[],[]]',
    '\n[[],[["a","b"]],[]]',
    '\n[[],[],[[1]]]',
  ])('only when it is whole: %j', (text) => expect(parseOutcome(text, file, bare)).toBeUndefined());
});
