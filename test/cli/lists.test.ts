import { describe, expect, test } from 'bun:test';
import { renderMissing, renderMissingNodes, renderResolutions, renderReview } from '../../lib/cli/lists.ts';
import type { Candidate, Requirement, Resolution } from '../../lib/core/model.ts';

const candidate = (change: Partial<Candidate> = {}): Candidate =>
  ({
    source: 'civitai',
    filename: 'near.safetensors',
    score: 0.756,
    reason: 'a similar name',
    title: 'Near',
    sizeBytes: 218_000_000,
    ...change,
  }) as Candidate;
const resolution = (change: Partial<Resolution>): Resolution =>
  ({ filename: 'a.safetensors', source: 'civitai', accepted: true, reason: 'by name', candidates: [], ...change }) as Resolution;

test('the counts of a resolve phase: two services always, the rest where there is something', () => {
  expect(renderResolutions([])).toEqual(['  Civitai: 0/0 found', '  HuggingFace: 0/0 found', '  Unresolved: 0/0']);
  const items = [
    resolution({}),
    resolution({}),
    resolution({ source: 'huggingface' }),
    resolution({ source: 'direct' }),
    resolution({ source: 'local' }),
    resolution({ accepted: false, candidates: [candidate()] }),
    resolution({ accepted: false, source: 'not_found' }),
  ];
  expect(renderResolutions(items)).toEqual([
    '  Civitai: 2/7 found',
    '  HuggingFace: 1/7 found',
    '  Other links: 1/7 found',
    '  On this machine: 1/7 found',
    '  Waiting for review: 1/7',
    '  Unresolved: 1/7',
  ]);
});

describe('missing models', () => {
  const requirement = (change: Partial<Requirement>): Requirement =>
    ({
      filename: 'a.safetensors',
      subfolder: '',
      directory: 'loras',
      state: 'missing',
      foundAt: null,
      workflow: 'w.json',
      nodeType: 'LoraLoader',
      ...change,
    }) as Requirement;
  test.each([
    [{}, '  loras/a.safetensors  w.json, LoraLoader'],
    [{ subfolder: 'x/y' }, '  loras/x/y/a.safetensors  w.json, LoraLoader'],
    [{ directory: null }, '  (folder not known)/a.safetensors  w.json, LoraLoader'],
    [
      { state: 'misplaced' as const, foundAt: '/m/vae/a.safetensors' },
      expect.stringMatching(/^ {2}loras\/a\.safetensors .*misplaced: \/m\/vae\/a\.safetensors.*w\.json, LoraLoader$/),
    ],
    [{ filename: 'a\u001B[31m\nb' }, '  loras/a [31m b  w.json, LoraLoader'],
  ])('%j', (change, line) => {
    expect(renderMissing([requirement(change)])).toEqual([line]);
  });

  test('a million of them have a line each', () => {
    const missing = Array.from({ length: 1_000_000 }, () => requirement({}));
    expect(renderMissing(missing).length).toBe(1_000_000);
  });
});

describe('missing nodes', () => {
  const pack = { id: 'p', title: 'Pack', repository: 'https://github.com/a/p', install: 'comfy node install p' };
  const bare = { id: null, title: null, repository: 'https://github.com/a/p', install: null };
  const off = { id: 'p', title: 'p (disabled)', repository: null, install: 'mv p.disabled p', state: 'disabled' as const };
  test.each([
    [{ pack, packs: [pack] }, '  Node  comfy node install p'],
    [{ pack: bare, packs: [bare] }, '  Node  https://github.com/a/p'],
    [{ pack: off, packs: [off] }, '  Node  p (disabled): mv p.disabled p'],
    [{ pack: { ...off, title: 'p (not loaded)', install: null }, packs: [] }, '  Node  p (not loaded)'],
    [{ pack: null, packs: [pack, { ...bare, repository: 'https://github.com/b/q' }] }, '  Node  one of: Pack, https://github.com/b/q'],
    [{ pack: null, packs: [] }, '  Node  no known pack has it'],
  ])('%#', (change, line) => {
    expect(renderMissingNodes([{ nodeType: 'Node', workflows: ['w.json'], ...change }])).toEqual([line]);
  });
});

describe('what waits for a person', () => {
  test('is told with its best five candidates, numbered as --pick counts them', () => {
    const candidates = Array.from({ length: 7 }, (_, index) => candidate({ filename: `c${index + 1}.safetensors` }));
    const lines = renderReview([resolution({}), resolution({ accepted: false, reason: 'only similar names', candidates })]);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('  a.safetensors: only similar names');
    expect(lines[1]).toBe('    1. c1.safetensors (civitai: Near, 218 MB) 0.76 a similar name');
    expect(lines[5]).toStartWith('    5. c5');
  });

  test.each([
    [{ repoId: 'a/b' }, 'civitai: a/b, 218 MB'],
    [{ title: null, downloadUrl: 'https://x.org/a' }, 'civitai: https://x.org/a, 218 MB'],
    [{ title: null, downloadUrl: null, foundAt: '/m/a', sizeBytes: null, source: 'local' as const }, 'local: /m/a)'],
  ])('a candidate is named by its place: %j', (change, words) => {
    expect(renderReview([resolution({ accepted: false, candidates: [candidate(change)] })])[1]).toContain(words);
  });
});
