import { describe, expect, test } from 'bun:test';
import { canAsk, readTyped, renderQuestion } from '../../lib/cli/prompts.ts';
import type { Candidate, Resolution } from '../../lib/core/model.ts';
import { resolutionOf } from '../download/sandbox.ts';

const CANDIDATE: Candidate = {
  source: 'civitai',
  filename: 'harbour_lights.safetensors',
  score: 0.8,
  reason: 'the same name, but in a place that hardly anybody uses',
  downloadUrl: 'https://civitai.com/api/download/models/7',
  sizeBytes: 228_454_000,
  sha256: null,
  modelId: 5,
  versionId: 7,
  repoId: null,
  revision: null,
  repoPath: null,
  foundAt: null,
  title: 'Harbour Lights v2',
  baseModel: 'SDXL 1.0',
  downloads: 12,
  requiresAuth: null,
  gated: false,
  pickle: false,
  danger: null,
  license: null,
};

const TERMINAL = { stdinTTY: true, stdoutTTY: true, json: false, quiet: false, env: {} };

describe('whether somebody is asked', () => {
  test.each([
    ['on a terminal', {}, true],
    ['with input from a pipe', { stdinTTY: false }, false],
    ['with output into a pipe', { stdoutTTY: false }, false],
    ['with --json', { json: true }, false],
    ['with --quiet', { quiet: true }, false],
    ['in CI', { env: { CI: 'true' } }, false],
    ['with CI switched off', { env: { CI: 'false' } }, true],
    ['on a terminal that can do nothing', { env: { TERM: 'dumb' } }, false],
  ])('%s', (_name, change, expected) => {
    expect(canAsk({ ...TERMINAL, ...change })).toBe(expected);
  });
});

describe('what is shown', () => {
  const resolution = (candidates: Candidate[]): Resolution => {
    return resolutionOf('/models/loras/x/harbour_lights.safetensors', {
      directory: 'loras',
      filename: 'harbour_lights.safetensors',
      subfolder: 'x',
      reason: 'ambiguous',
      candidates,
    });
  };

  test('the model and why it is open; of a candidate its name, size, place, score, why, base model and downloads', () => {
    expect(renderQuestion(resolution([CANDIDATE]), { index: 1, total: 3 })).toEqual([
      '[1/3] loras/x/harbour_lights.safetensors: ambiguous',
      '  1. harbour_lights.safetensors, 228 MB, civitai: Harbour Lights v2',
      '     0.80 the same name, but in a place that hardly anybody uses, SDXL 1.0, 12 downloads',
    ]);
  });

  test('what is not known is left out', () => {
    const lines = renderQuestion(resolution([{ ...CANDIDATE, sizeBytes: null, baseModel: null, downloads: null }]), { index: 1, total: 1 });
    expect(lines[1]).toContain('size not known');
    expect(lines[2]).toEndWith('hardly anybody uses');
  });

  test('foreign words cannot steer the terminal', () => {
    const lines = renderQuestion(resolution([{ ...CANDIDATE, filename: 'a\u001B[2Jb\nc.safetensors' }]), { index: 1, total: 1 });
    expect(lines[1]).toStartWith('  1. a [2Jb c.safetensors,');
  });
});

test.each([
  ['2', { kind: 'choice', choice: '2' }],
  ['3', null],
  ['0', null],
  ['', { kind: 'skip' }],
  [' https://example.org/x.safetensors ', { kind: 'choice', choice: 'https://example.org/x.safetensors' }],
  ['urn:air:sdxl:lora:civitai:5@7', { kind: 'choice', choice: 'urn:air:sdxl:lora:civitai:5@7' }],
  ['file:///etc/passwd', null],
  ['harbour lights', null],
] as const)('%p, typed with two candidates', (typed, expected) => {
  expect(readTyped(typed, 2)).toEqual(expected);
});
