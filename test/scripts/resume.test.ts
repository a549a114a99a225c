import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Content } from '../../lib/hub/content.ts';
import { neverAnswer } from '../helpers/faults.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import type { StatusJson } from './contract.ts';
import { fingerprint, listFiles, modelContent, NO_LISTED_MODELS, sha256Of, statusOf, until, untilPhase, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const MODELS: Readonly<Record<string, Content>> = {
  'loras/pier_one.safetensors': modelContent('pier_one', 900_000),
  'loras/pier_two.safetensors': modelContent('pier_two', 700_000),
  'vae/pier_vae.safetensors': modelContent('pier_vae', 500_000),
  'controlnet/pier_control.safetensors': modelContent('pier_control', 300_000),
};

const LINK = 'https://huggingface.co/studio/pier/resolve/main/';

async function startWorld(bytesPerSecond?: number): Promise<AsyncDisposable & { hub: TestHub; sandbox: Sandbox }> {
  const files = Object.entries(MODELS).map(([path, content]) => ({ path, content }));
  const hub = await startTestHub(
    { manager: NO_LISTED_MODELS, huggingface: [{ id: 'studio/pier', files }] },
    bytesPerSecond === undefined ? {} : { bytesPerSecond, latencyMs: 40 },
  );
  const sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const named = Object.keys(MODELS).map((path) => {
    const [directory = '', name = ''] = path.split('/');
    return { name, directory: directory as 'loras', url: LINK + path };
  });
  await sandbox.writeWorkflow('pier.json', workflowWith(named));
  const dispose = async (): Promise<void> => {
    await hub.stop();
    await sandbox[Symbol.asyncDispose]();
  };
  return { hub, sandbox, [Symbol.asyncDispose]: dispose };
}

/** Models whose final name is taken by anything but the whole model. */
function findPartial(sandbox: Sandbox): string[] {
  return Object.entries(MODELS).flatMap(([path, content]) => {
    const size = statSync(join(sandbox.root, 'models', path), { throwIfNoEntry: false })?.size;
    return size === undefined || size === content.sizeBytes ? [] : [`${path} has ${size} of ${content.sizeBytes} bytes`];
  });
}

function findWrong(sandbox: Sandbox): string[] {
  return Object.entries(MODELS).flatMap(([path, content]) => {
    const target = join(sandbox.root, 'models', path);
    return statSync(target, { throwIfNoEntry: false }) && sha256Of(target) !== content.sha256 ? [path] : [];
  });
}

test('resume straight after auto downloads nothing and changes nothing', async () => {
  await using world = await startWorld();
  const { hub, sandbox } = world;
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  const before = [fingerprint(join(sandbox.root, 'models')), fingerprint(join(sandbox.stateDir, 'output')), statusOf(sandbox)];
  hub.requests.length = 0;
  const result = await sandbox.run(['resume']);
  expect(result).toMatchObject({ exitCode: 0, stdout: '✓ Nothing to resume: every model is in place\n' });
  expect(hub.requests).toEqual([]);
  expect([fingerprint(join(sandbox.root, 'models')), fingerprint(join(sandbox.stateDir, 'output')), statusOf(sandbox)]).toEqual(before);

  const again = await sandbox.run(['auto']);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stdout).toContain('✓ Complete! Every model is in place');
  expect(hub.requests.filter((request) => request.service === 'storage')).toEqual([]);
  expect(fingerprint(join(sandbox.root, 'models'))).toEqual(before[0] as Record<string, string>);
});

test('resume notices a model that has gone since, and brings it back', async () => {
  await using world = await startWorld();
  const { sandbox } = world;
  await sandbox.run(['auto']);
  await Bun.file(join(sandbox.root, 'models/vae/pier_vae.safetensors')).delete();
  expect((await sandbox.run(['resume'])).exitCode).toBe(0);
  expect(findWrong(sandbox)).toEqual([]);
  expect(listFiles(join(sandbox.root, 'models'))).toHaveLength(4);
});

test('resume after a dry run, and download after a scan, know what is not there yet', async () => {
  await using world = await startWorld();
  const { hub, sandbox } = world;
  const [lora, vae] = ['loras/pier_one.safetensors', 'vae/pier_vae.safetensors'] as const;
  const named = (path: string) =>
    workflowWith([{ name: path.split('/')[1] ?? '', directory: path.split('/')[0] as 'loras', url: LINK + path }]);
  await sandbox.writeWorkflow('pier.json', named(lora));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);

  await sandbox.writeWorkflow('more.json', named(vae));
  expect((await sandbox.run(['scan'])).exitCode).toBe(0);
  expect((await sandbox.run(['download'])).exitCode).toBe(1); // nobody has resolved what is missing now
  expect((await sandbox.run(['auto', '--dry-run'])).exitCode).toBe(0);
  hub.requests.length = 0;
  expect((await sandbox.run(['resume'])).exitCode).toBe(0);
  expect(listFiles(join(sandbox.root, 'models'))).toEqual([lora, vae]);
});

test('resume before any run does the whole job', async () => {
  await using world = await startWorld();
  const { sandbox } = world;
  expect((await sandbox.run(['resume'])).exitCode).toBe(0);
  expect(statusOf(sandbox)).toMatchObject({ phase: 'complete', command: 'resume', data: { downloads_successful: 4 } });
});

/** When to kill: at once in a phase, some time into it, or so many milliseconds after the start. */
type Moment = { phase: StatusJson['phase']; plusMs: number } | { afterMs: number };

const upTo = (ms: number): number => Math.round(Math.random() * ms);

/** Eight kills that are sure to meet every phase, and eight at moments of chance, each on what the one before has left. */
const CHAINS: readonly (readonly [string, () => Moment[]])[] = [
  [
    'in every phase',
    () => [
      { phase: 'scanning', plusMs: 0 },
      { phase: 'scanning', plusMs: upTo(40) },
      { phase: 'resolving', plusMs: 0 },
      { phase: 'resolving', plusMs: upTo(150) },
      { phase: 'downloading', plusMs: 0 },
      { phase: 'downloading', plusMs: upTo(150) },
      { phase: 'downloading', plusMs: upTo(400) },
      { phase: 'downloading', plusMs: upTo(600) },
    ],
  ],
  ['at any moment', () => Array.from({ length: 8 }, () => ({ afterMs: 100 + upTo(900) }))],
];

test.concurrent.each(CHAINS)(
  'after kill -9 %s resume completes, and no partial file ever stands under the name of a model',
  async (_, makeMoments) => {
    await using world = await startWorld(350_000);
    const { sandbox } = world;
    const moments = makeMoments();
    const partial = new Set<string>();
    const looking = setInterval(() => {
      for (const words of findPartial(sandbox)) partial.add(words);
    }, 5);
    for (const [index, moment] of moments.entries()) {
      const running = sandbox.start([index === 0 ? 'auto' : 'resume']);
      await waitFor(moment, { sandbox, pid: running.pid, result: running.result });
      running.kill('SIGKILL');
      await running.result;
      expect({ moments, wrong: findWrong(sandbox), partial: findPartial(sandbox) }).toEqual({ moments, wrong: [], partial: [] });
      for (const path of listFiles(sandbox.stateDir).filter((name) => name.endsWith('.json'))) {
        expect(() => JSON.parse(readFileSync(join(sandbox.stateDir, path), 'utf8'))).not.toThrow();
      }
    }
    const last = await sandbox.run(['resume']);
    clearInterval(looking);
    expect({ moments, exitCode: last.exitCode, stderr: last.exitCode === 0 ? '' : last.stderr }).toEqual({
      moments,
      exitCode: 0,
      stderr: '',
    });
    expect([...partial]).toEqual([]);
    expect(findWrong(sandbox)).toEqual([]);
    expect(listFiles(join(sandbox.root, 'models'))).toEqual(Object.keys(MODELS).sort());
    expect(statusOf(sandbox)).toMatchObject({ phase: 'complete', data: { missing_models: 4 } });
  },
  60_000,
);

/** Waits for the moment, or for the end of a run that is over before it comes. */
async function waitFor(moment: Moment, run: { sandbox: Sandbox; pid: number; result: Promise<unknown> }): Promise<void> {
  const ended = run.result.then(() => undefined);
  const reached = async (): Promise<void> => {
    if ('afterMs' in moment) return Bun.sleep(moment.afterMs);
    const state = { over: false };
    void ended.finally(() => {
      state.over = true;
    });
    await until(`phase ${moment.phase}`, () => {
      const status = statusOf(run.sandbox);
      return state.over || (status?.pid === run.pid && PHASES.indexOf(status.phase) >= PHASES.indexOf(moment.phase));
    });
    await Bun.sleep(moment.plusMs);
  };
  await Promise.race([reached(), ended]);
}

const PHASES: readonly StatusJson['phase'][] = ['idle', 'scanning', 'resolving', 'downloading', 'complete', 'error'];

test('what SIGINT interrupts ends with 130 and says so, lives until then, and resume goes on where it stopped', async () => {
  await using world = await startWorld(40_000);
  const { hub, sandbox } = world;
  const running = sandbox.start(['auto']);
  await untilPhase(sandbox, 'downloading');
  const first = await until('bytes with speed and time left', () => {
    const status = statusOf(sandbox);
    return status && status.data.bytes_done > 0 && status.data.eta_seconds !== null && status.data.bytes_per_second > 0 && status;
  });
  expect(first.data).toMatchObject({ bytes_total: 2_400_000, downloads: [{}, {}, {}] });
  running.kill('SIGINT');
  const result = await running.result;
  expect(result.exitCode).toBe(130);
  expect(result.stderr).toContain('Run resume to go on');
  expect(statusOf(sandbox)).toMatchObject({ phase: 'error', errors: [{ code: 'interrupted' }] });
  expect(findPartial(sandbox)).toEqual([]);

  const sent = hub.requests.filter((request) => request.service === 'storage').reduce((sum, request) => sum + request.bytesSent, 0);
  hub.requests.length = 0;
  const next = sandbox.start(['resume']);
  await until('a request that goes on', () =>
    hub.requests.some((request) => /^bytes=[1-9]\d*-/.test(request.range ?? '') && request.ifRange),
  );
  expect(sent).toBeGreaterThan(0);
  expect(hub.requests.filter((request) => request.path.startsWith('/api/'))).toEqual([]);
  next.kill('SIGTERM');
  expect((await next.result).exitCode).toBe(130);
});

test('SIGINT while a service does not answer ends the run at once, and resume asks again', async () => {
  await using world = await startWorld();
  const { hub, sandbox } = world;
  hub.inject({ service: 'huggingface' }, neverAnswer());
  const running = sandbox.start(['auto']);
  await untilPhase(sandbox, 'resolving');
  await until('a question', () => hub.requests.some((request) => request.service === 'huggingface'));
  const asked = performance.now();
  running.kill('SIGINT');
  expect((await running.result).exitCode).toBe(130);
  expect(performance.now() - asked).toBeLessThan(3000);
  expect(statusOf(sandbox)).toMatchObject({ phase: 'error', errors: [{ code: 'interrupted' }] });
  hub.heal();
  const { exitCode, stdout } = await sandbox.run(['resume']);
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain('Phase: Scanning');
});
