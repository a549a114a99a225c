import { expect, setDefaultTimeout, test } from 'bun:test';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { listFiles, modelContent, NO_LISTED_MODELS, sha256Of, statusOf, until, untilPhase, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const HARBOUR = modelContent('harbour', 400_000);
const QUAY = modelContent('quay', 400_000);
const LINK = 'https://huggingface.co/studio/harbour/resolve/main/';

/** A hub with two LoRAs, and a workflow that names both with their links. */
async function startWorld(
  options: { bytesPerSecond?: number; config?: Record<string, unknown> } = {},
): Promise<AsyncDisposable & { hub: TestHub; sandbox: Sandbox }> {
  const files = [
    { path: 'harbour.safetensors', content: HARBOUR },
    { path: 'quay.safetensors', content: QUAY },
  ];
  const speed = options.bytesPerSecond === undefined ? {} : { bytesPerSecond: options.bytesPerSecond };
  const hub = await startTestHub({ manager: NO_LISTED_MODELS, huggingface: [{ id: 'studio/harbour', files }] }, speed);
  const sandbox = await makeSandbox({ endpoints: hub.endpoints, ...(options.config ? { config: options.config } : {}) });
  const named = files.map(({ path }) => ({ name: path, directory: 'loras' as const, url: LINK + path }));
  await sandbox.writeWorkflow('harbour.json', workflowWith(named));
  const dispose = async (): Promise<void> => {
    await hub.stop();
    await sandbox[Symbol.asyncDispose]();
  };
  return { hub, sandbox, [Symbol.asyncDispose]: dispose };
}

interface DownloadJson {
  filename: string;
  status: string;
  verified: string | null;
  source: string;
}

test('bytes that lie in another folder under another name are linked, not fetched', async () => {
  await using world = await startWorld();
  const { hub, sandbox } = world;
  const copy = await sandbox.writeModel('checkpoints/mine.safetensors', HARBOUR.read(0, HARBOUR.sizeBytes));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  const records = (await sandbox.readState('output/downloads.json')) as DownloadJson[];
  expect(records.map(({ filename, status, verified }) => [filename, status, verified])).toEqual([
    ['harbour.safetensors', 'linked', 'sha256'],
    ['quay.safetensors', 'downloaded', 'sha256'],
  ]);
  expect(statSync(join(sandbox.root, 'models/loras/harbour.safetensors')).ino).toBe(statSync(copy).ino);
  expect(hub.requests.filter((request) => request.service === 'storage')).toHaveLength(1);
});

test('a dry run says which files are linked, and counts neither their bytes nor room for them', async () => {
  await using world = await startWorld();
  const { hub, sandbox } = world;
  const copy = await sandbox.writeModel('checkpoints/mine.safetensors', HARBOUR.read(0, HARBOUR.sizeBytes));
  const { stdout } = await sandbox.run(['auto', '--dry-run']);
  expect(stdout).toContain(`linked from ${copy}`);
  expect(stdout).toContain('  Sum: 1 file, 400 kB; 1 file linked on this machine\n');
  expect(stdout).toContain('needed: 400 kB\n');
  expect(hub.requests.filter((request) => request.service === 'storage')).toEqual([]);
  expect(listFiles(join(sandbox.root, 'models')).filter((path) => path.endsWith('.safetensors'))).toEqual(['checkpoints/mine.safetensors']);
});

test('max_bytes_per_second holds over all transfers together', async () => {
  await using world = await startWorld({ config: { download: { max_bytes_per_second: 800_000, max_concurrent: 2 } } });
  const { sandbox } = world;
  expect((await sandbox.run(['scan'])).exitCode).toBe(0);
  expect((await sandbox.run(['resolve'])).exitCode).toBe(0);
  const began = performance.now();
  expect((await sandbox.run(['download'])).exitCode).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(900);
});

test('a second SIGINT ends the run at once, and resume goes on all the same', async () => {
  await using world = await startWorld({ bytesPerSecond: 40_000 });
  const { hub, sandbox } = world;
  const running = sandbox.start(['auto']);
  await untilPhase(sandbox, 'downloading');
  await until('bytes', () => (statusOf(sandbox)?.data.bytes_done ?? 0) > 0);
  running.kill('SIGINT');
  running.kill('SIGINT');
  expect((await running.result).exitCode).toBe(130);
  expect(listFiles(join(sandbox.root, 'models')).filter((path) => path.endsWith('.safetensors'))).toEqual([]);
  await hub.stop();

  await using again = await startWorld();
  await sandbox.writeConfig({ endpoints: again.hub.endpoints });
  expect((await sandbox.run(['resume'])).exitCode).toBe(0);
  expect(sha256Of(join(sandbox.root, 'models/loras/harbour.safetensors'))).toBe(HARBOUR.sha256);
  expect(sha256Of(join(sandbox.root, 'models/loras/quay.safetensors'))).toBe(QUAY.sha256);
});

/** A proxy as HTTP_PROXY means it: it is asked for whole URLs, and has the files of a host that only it can reach. */
function startProxy(): Disposable & { url: string; asked: string[] } {
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { hostname, pathname } = new URL(request.url);
      asked.push(`${hostname}${pathname}`);
      if (hostname !== 'models.example.test') return new Response('not here', { status: 502 });
      return new Response(Buffer.from(HARBOUR.read(0, HARBOUR.sizeBytes)), { headers: { etag: '"one"' } });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, [Symbol.dispose]: () => void server.stop(true) };
}

test('a proxy that the environment names is used', async () => {
  using proxy = startProxy();
  await using sandbox = await makeSandbox({ config: { download: { allowed_hosts: ['models.example.test'] } } });
  const url = 'http://models.example.test/harbour.safetensors';
  await sandbox.writeWorkflow(
    'harbour.json',
    workflowWith([{ name: 'harbour.safetensors', directory: 'loras', url, hash: HARBOUR.sha256 }]),
  );
  const result = await sandbox.run(['auto'], { env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url } });
  expect({ ...result, asked: proxy.asked.includes('models.example.test/harbour.safetensors') }).toMatchObject({ exitCode: 0, asked: true });
  expect(sha256Of(join(sandbox.root, 'models/loras/harbour.safetensors'))).toBe(HARBOUR.sha256);
});

test('an engine that config.json does not have is named with those there are', async () => {
  await using sandbox = await makeSandbox({ config: { download: { engine: 'wget' } } });
  const result = await sandbox.run(['download']);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('download.engine');
  expect(result.stderr).toContain('"builtin", "aria2"');
});
