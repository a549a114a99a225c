import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpClient } from '../../lib/core/http/client.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import { checkBun, checkEndpoints, checkFolders, checkKeys, describeLive } from '../../lib/phases/doctor.ts';
import { neverAnswer } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';

const base = mkdtempSync(join(tmpdir(), 'doctor-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ['1.4.5', 'ok'],
  ['1.4.10', 'ok'],
  ['2.0.0', 'ok'],
  ['1.4.4', 'fail'],
  ['1.3.14', 'fail'],
])('Bun %s: %s', (version, level) => {
  const finding = checkBun(version);
  expect(finding.level).toBe(level as 'ok');
  if (level === 'fail') expect(finding.hint).toContain('npm install -g bun@');
});

test.each([
  [{ url: 'http://x:1', version: '0.38.1', argv: [] }, null, 'ok', 'http://x:1 answers (ComfyUI 0.38.1)'],
  [{ url: 'http://x:1', version: null, argv: [] }, null, 'ok', 'http://x:1 answers'],
  [null, null, 'note', 'not running (it need not)'],
  [null, 'http://x:1', 'note', 'http://x:1 does not answer'],
])('ComfyUI live: %j at %p', (server, url, level, message) => {
  expect(describeLive(server, url)).toMatchObject({ level, message });
});

test('a service that takes the question and never answers is a finding, not a fault of the tool', async () => {
  await using hub = await startTestHub({});
  hub.inject({}, neverAnswer());
  const ports = { fetch, now: () => new Date(), sleep: () => Promise.resolve(), lookup: () => Promise.resolve([]) };
  const secrets = { huggingface: 'hf_somebody', civitai: 'somebody' };
  const http = new HttpClient({ ports, endpoints: hub.endpoints, secrets, allowedHosts: [], userAgent: 'test/1' });
  const signal = AbortSignal.timeout(100);
  const [keys, endpoints] = await Promise.all([checkKeys(http, { ports, signal }), checkEndpoints(http, { signal, sources: [] })]);
  expect(keys.map((finding) => finding.level)).toEqual(['note', 'note']);
  expect(new Set(endpoints.map((finding) => finding.level))).toEqual(new Set(['fail']));
});

describe('folders', () => {
  const root = join(base, 'ComfyUI');
  mkdirSync(join(root, 'models'), { recursive: true });
  const install = { root, sources: root, workflowDirectories: [], foundBy: 'a test' };
  const check = (workflowPaths: string[], stateFolder = base) =>
    checkFolders(install, { workflowPaths, modelFolders: [join(install.root, 'models')], stateFolder });

  test('readable and writable: each is named, and the probe leaves nothing', () => {
    const findings = check([base]);
    expect(findings.map((finding) => finding.level)).toEqual(['ok', 'ok', 'ok', 'ok', expect.stringMatching(/ok|fail/)]);
    expect(findings[0]?.message).toBe(`${root} (found by: a test)`);
    expect(readdirSync(join(root, 'models'))).toEqual([]);
  });

  test('a state folder that is still to be made is judged by the one that it will be made in', () => {
    const findings = check([base], join(base, 'not/yet/there'));
    expect(findings.find((finding) => finding.check === 'State folder')?.level).toBe('ok');
    expect(readdirSync(base)).not.toContain('not');
  });

  test('a state folder below a file cannot be one', () => {
    writeFileSync(join(base, 'file'), '');
    const finding = check([base], join(base, 'file/state')).find((entry) => entry.check === 'State folder');
    expect(finding).toMatchObject({ level: 'fail', hint: expect.stringContaining('chmod') });
  });

  test('no workflow folder yet is no failure; one that is gone is', () => {
    expect(check([]).find((finding) => finding.check === 'Workflows')).toMatchObject({
      level: 'note',
      hint: expect.stringContaining('workflow_directories'),
    });
    expect(check([join(base, 'gone')]).find((finding) => finding.check === 'Workflows')).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('ENOENT'),
    });
  });
});

test('an endpoint that is not the service is a finding', async () => {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('no', { status: 404 }) });
  const url = `http://127.0.0.1:${server.port}`;
  const http = new HttpClient({
    ports: {
      fetch: (input, init) => fetch(input, init),
      sleep: (ms) => Bun.sleep(ms),
      now: () => new Date(),
      lookup: () => Promise.resolve([]),
    },
    endpoints: { huggingface: url, civitai: url, modelscope: url, github: url, comfy_registry: url, manager: url },
    secrets: NO_SECRETS,
    allowedHosts: [],
    userAgent: 'test',
  });
  const findings = await checkEndpoints(http, { signal: new AbortController().signal, sources: ['modelscope'] });
  await server.stop(true);
  expect(findings.map(({ check, level }) => [check, level])).toEqual([
    ['HuggingFace', 'fail'],
    ['Civitai', 'fail'],
    ['ModelScope', 'fail'],
    ['GitHub', 'ok'],
    ['Comfy Registry', 'fail'],
    ['ComfyUI-Manager', 'fail'],
  ]);
});
