import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../lib/core/config.ts';
import { ToolkitError } from '../../lib/core/error.ts';
import { readConfig } from '../../lib/state/config.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('config');

const folder = makeFolder();

function readText(text: string, env: Record<string, string> = {}): Config {
  const path = join(folder, 'config.json');
  writeFileSync(path, text);
  return readConfig({ path, named: true, env, home: '/home/somebody' });
}

function failure(work: () => unknown): ToolkitError {
  try {
    work();
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('without a config.json the defaults of the contract hold', () => {
  const config = readConfig({ path: join(folder, 'absent.json'), named: false, env: {} });
  expect(config).toMatchObject({
    path: null,
    comfyuiRoot: 'auto',
    workflowDirectories: 'auto',
    comfyuiUrl: null,
    download: {
      maxConcurrent: 3,
      timeoutSeconds: 600,
      connectionsPerFile: 4,
      maxBytesPerSecond: null,
      allowedHosts: [],
      allowPickle: true,
      engine: 'builtin',
      aria2Rpc: 'http://127.0.0.1:6800/jsonrpc',
    },
    search: { fuzzyThreshold: 0.7, sources: ['workflow', 'local', 'catalog', 'huggingface', 'civitai'] },
    scan: { includeDisabled: false },
    watch: { polling: false },
  });
});

test('ModelScope is searched where somebody names it, at a mirror of his own', () => {
  const config = readText(
    '{"search": {"sources": ["modelscope"], "max_requests_per_second": 1.5}, "endpoints": {"modelscope": "https://m.org/"}}',
  );
  expect(config.search).toMatchObject({ sources: ['modelscope'], maxRequestsPerSecond: 1.5 });
  expect(config.endpoints.modelscope).toBe('https://m.org');
});

test('the config.json that ships has both paths on auto and nothing else', async () => {
  expect(await Bun.file(join(import.meta.dir, '../../config.json')).json()).toEqual({
    comfyui_root: 'auto',
    workflow_directories: ['auto'],
  });
});

test('a named file that is not there is an error that names it', () => {
  const error = failure(() => readConfig({ path: join(folder, 'absent.json'), named: true, env: {} }));
  expect([error.code, error.exitCode]).toEqual(['config_missing', 2]);
  expect(error.message).toContain('absent.json');
});

test('paths are expanded, and relative ones are relative to the file', () => {
  const config = readText('{"comfyui_root": "~/ComfyUI", "workflow_directories": ["wf", "$STORE/x", "${STORE}/y", "/abs"]}', {
    STORE: '/mnt/store',
  });
  expect(config.comfyuiRoot).toBe('/home/somebody/ComfyUI');
  expect(config.workflowDirectories).toEqual([join(folder, 'wf'), '/mnt/store/x', '/mnt/store/y', '/abs']);
});

test('a byte order mark does no harm', () => {
  expect(readText('\uFEFF{"comfyui_root": "/x"}').comfyuiRoot).toBe('/x');
});

describe('bad input is named with what was found and what to write', () => {
  test.each([
    ['{"comfyui_rot": "/x"}', 'comfyui_rot', 'comfyui_root'],
    ['{"download": {"max_concurent": 3}}', 'download.max_concurent', 'max_concurrent'],
    ['{"endpoints": {"hugginface": "https://x.org"}}', 'endpoints.hugginface', 'huggingface'],
    ['{"download": {"max_concurrent": "three"}}', 'download.max_concurrent is "three" (a string)', 'a whole number from 1 to 32'],
    ['{"download": {"max_concurrent": 0}}', 'download.max_concurrent is 0', 'a whole number'],
    ['{"download": 3}', 'download is 3', 'an object'],
    ['{"search": {"fuzzy_threshold": 7}}', 'search.fuzzy_threshold is 7', 'from 0 to 1'],
    ['{"search": {"max_requests_per_second": 0}}', 'search.max_requests_per_second is 0', 'null'],
    ['{"search": {"sources": ["google"]}}', 'search.sources.0 is "google"', 'one of'],
    ['{"workflow_directories": "auto"}', 'workflow_directories is "auto"', 'a list of folders'],
    ['{"workflow_directories": ["auto", "/x"]}', 'mixes "auto" with folders', 'auto'],
    ['{"comfyui_url": "127.0.0.1:8188"}', 'comfyui_url is "127.0.0.1:8188"', 'http://127.0.0.1:8188'],
    ['{"endpoints": {"civitai": "civitai.com"}}', 'endpoints.civitai', 'base URL'],
    ['{"overrides": {"a.safetensors": 3}}', 'overrides.a.safetensors', 'http or https URL'],
    ['{"workflow_directories": ["$NOT_SET_ANYWHERE/x"]}', 'NOT_SET_ANYWHERE', 'Set NOT_SET_ANYWHERE'],
    ['[]', 'the whole file is a list', 'an object'],
    ['{"a": 1,}', 'is no JSON', 'Mend the text'],
    ['', 'is no JSON', 'Mend the text'],
  ])('%s', (text, found, write) => {
    const error = failure(() => readText(text));
    expect([error.code, error.exitCode]).toEqual(['config_invalid', 2]);
    expect(error.message).toContain(found);
    expect(error.hint).toContain(write);
  });
});

test('HF_ENDPOINT is the endpoint of Hugging Face, without its trailing slash', () => {
  expect(readText('{}', { HF_ENDPOINT: 'https://mirror.example/' }).endpoints.huggingface).toBe('https://mirror.example');
  expect(failure(() => readText('{}', { HF_ENDPOINT: 'mirror' })).message).toContain('HF_ENDPOINT');
});

test('an override is a URL, or a URL with the sha256 that the file must have', () => {
  const sha = 'AB'.repeat(32);
  const config = readText(JSON.stringify({ overrides: { a: 'https://x.org/a', b: { url: 'https://x.org/b', sha256: sha } } }));
  expect(Object.fromEntries(config.overrides)).toEqual({
    a: { url: 'https://x.org/a', sha256: null },
    b: { url: 'https://x.org/b', sha256: sha.toLowerCase() },
  });
});
