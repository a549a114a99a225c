import { describe, expect, test } from 'bun:test';
import type { Candidate, DownloadRecord, MissingNode, NodePack, Requirement, Resolution } from '../../lib/core/model.ts';
import { renderSummary, type RunResults } from '../../lib/state/summary.ts';

const NOW = new Date(2026, 10, 23, 14, 30);
const NOTHING: RunResults = {
  workflows: 3,
  localModels: 12,
  failures: [],
  refused: [],
  missing: [],
  missingNodes: [],
  resolutions: [],
  downloads: [],
};
const render = (change: Partial<RunResults>): string => renderSummary({ ...NOTHING, ...change }, NOW);

const requirement = { filename: 'a.safetensors' } as Requirement;
const record = (change: Partial<DownloadRecord> = {}): DownloadRecord => ({
  filename: 'a.safetensors',
  savePath: '/m/loras/a.safetensors',
  status: 'downloaded',
  bytes: 218_000_000,
  sha256: null,
  verified: 'sha256',
  source: 'civitai',
  downloadUrl: 'https://civitai.com/api/download/models/1',
  seconds: 3,
  error: null,
  ...change,
});
const resolution = (change: Partial<Resolution> = {}): Resolution =>
  ({
    filename: 'a.safetensors',
    directory: 'loras',
    accepted: false,
    reason: 'only similar names',
    candidates: [],
    unchecked: [],
    workflows: ['w.json'],
    ...change,
  }) as Resolution;
const candidate = {
  filename: 'near.safetensors',
  sizeBytes: 1_200_000,
  score: 0.8123,
  reason: 'a similar name',
  downloadUrl: 'https://x.org/near',
} as Candidate;

test('when nothing is left it says so', () => {
  expect(render({})).toBe(`# ComfyFixerSmart summary

Written ${NOTHING_TIME()}.

- Workflows: 3
- Local models: 12
- Missing models: 0, of which 0 are in place now
- Missing custom node types: 0

## What to do next

Nothing: every model that the workflows need is in place.
`);
});

function NOTHING_TIME(): string {
  return /Written (\S+)\./.exec(render({}))?.[1] ?? '';
}

test('what is in place has size, proof, place and link', () => {
  const text = render({ missing: [requirement], downloads: [record()] });
  expect(text).toContain('- Missing models: 1, of which 1 are in place now');
  expect(text).toContain(
    '| a.safetensors | downloaded | 218 MB | sha256 | /m/loras/a.safetensors | [source](https://civitai.com/api/download/models/1) |',
  );
  expect(text).toContain('Nothing: every model');
});

test('what failed has its reason and its mend', () => {
  const error = { code: 'download_timeout', error: 'Download failed: timeout', details: 'No byte for 600 s', hint: 'Run resume' };
  const text = render({ missing: [requirement], downloads: [record({ status: 'failed', error })] });
  expect(text).toContain('## Not downloaded\n\n- **a.safetensors**: Download failed: timeout. No byte for 600 s Run resume');
  expect(text).toContain('1 download failed: mend what stands above, then run `resume`');
  expect(text).not.toContain('## In place');
});

test('what can run code when it is loaded is marked', () => {
  const text = render({
    downloads: [record({ filename: 'up.pth' }), record({ filename: 'odd', savePath: '/m/odd' }), record()],
    resolutions: [resolution({ filename: 'odd', savePath: '/m/odd', pickle: true, accepted: true })],
  });
  expect(text).toContain('| up.pth (pickle) |');
  expect(text).toContain('| odd (pickle) |');
  expect(text).toContain('| a.safetensors |');
  expect(text).toContain('A pickle can run code');
  expect(render({ downloads: [record()] })).not.toContain('pickle');
});

test('what waits for review has its candidates with numbers, and the command that chooses', () => {
  const text = render({
    missing: [requirement],
    resolutions: [resolution({ candidates: [candidate, { ...candidate, sizeBytes: null }] })],
  });
  expect(text).toContain('## Waiting for review\n\n- **a.safetensors** (loras): only similar names\n');
  expect(text).toContain('  1. near.safetensors (1.2 MB, score 0.81): a similar name https://x.org/near');
  expect(text).toContain('  2. near.safetensors (size not known');
  expect(text).toContain('`resolve --pick "a.safetensors=1"`');
});

test('what nobody has names who was asked in vain and who could not be asked', () => {
  const unchecked = [{ source: 'civitai', code: 'civitai_unreachable', message: 'no connection' }];
  const text = render({ missing: [requirement], resolutions: [resolution({ reason: 'not found', unchecked })] });
  expect(text).toContain('- **a.safetensors** (loras), needed by w.json: not found. Not asked: civitai (no connection).');
  expect(text).toContain('"overrides"');
});

test('missing nodes come with the command that installs their pack', () => {
  const pack = { id: 'p', title: 'Pack', repository: null, install: 'comfy node install p' };
  const node = (change: Partial<MissingNode>): MissingNode => ({ nodeType: 'N', workflows: ['w.json'], pack: null, packs: [], ...change });
  const text = render({ missingNodes: [node({ pack, packs: [pack] }), node({ packs: [pack, { ...pack, title: 'Other' }] }), node({})] });
  expect(text).toContain('- **N** (w.json): `comfy node install p`');
  expect(text).toContain('one of: Pack, Other');
  const off = { id: 'p', title: 'p (disabled)', repository: null, install: 'mv p.disabled p', state: 'disabled' as const };
  expect(render({ missingNodes: [node({ pack: off, packs: [off] })] })).toContain('(w.json): p (disabled): `mv p.disabled p`');
  const saidIn = (change: Partial<NodePack>) => render({ missingNodes: [node({ pack: { ...pack, ...change }, packs: [pack] })] });
  expect(saidIn({ version: '1.2.3', latestVersion: '2.0.0' })).toContain('`comfy node install p` (workflow saved with 1.2.3)');
  expect(saidIn({ latestVersion: '2.0.0' })).toContain('`comfy node install p` (newest: 2.0.0)');
  expect(text).toContain('no known pack has it');
  expect(text).toContain('Install the missing custom nodes');
});

test('files that were not read are named with the reason', () => {
  const text = render({ failures: [{ path: '/w/a.json', code: 'not_json', reason: 'it is not valid JSON' }] });
  expect(text).toContain('## Files that were not read\n\n- /w/a.json: it is not valid JSON');
});

describe('foreign words cannot break out', () => {
  const evil = 'x|y`<b>[l](j)*\n## Own heading\u001B[31m';
  test.each([
    ['a table', { downloads: [record({ filename: evil, savePath: evil })] }],
    ['a list', { resolutions: [resolution({ filename: evil, reason: evil, workflows: [evil], candidates: [] })] }],
    ['the candidates', { resolutions: [resolution({ candidates: [{ ...candidate, filename: evil, reason: evil }] })] }],
    ['the failures', { failures: [{ path: evil, code: 'x', reason: evil }] }],
    ['the nodes', { missingNodes: [{ nodeType: evil, workflows: [evil], pack: null, packs: [] }] }],
  ] satisfies [string, Partial<RunResults>][])('of %s', (_, change) => {
    const text = render(change);
    expect(text).not.toContain('\u001B');
    expect(text).not.toMatch(/^## Own heading/m);
    expect(text).not.toMatch(/(^|[^\\])<b>/);
  });
});

test('a refused model name is said, with what to do', () => {
  const text = render({ refused: [{ error: 'Model name refused: "../x"', details: 'Node 4 of a.json', hint: 'Choose the model again' }] });
  expect(text).toContain('## Refused');
  expect(text).toContain('Node 4 of a.json');
  expect(text).not.toContain('Nothing: every model');
});

test('beside a watch the next steps are those that watch leaves to somebody', () => {
  const text = render({
    isWatched: true,
    downloads: [record({ status: 'failed' })],
    resolutions: [resolution({ candidates: [candidate] })],
    missingNodes: [{ nodeType: 'N', workflows: ['w.json'], pack: null, packs: [] }],
    refused: [{ error: 'refused', details: 'd', hint: 'h' }],
  });
  expect(text).toContain('watch goes on by itself');
  expect(text).toContain('"overrides": { "a.safetensors": "https://..." }');
  expect(text).not.toMatch(/`(?:resume|resolve|scan|auto|download)/);
});
