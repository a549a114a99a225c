import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { answerStatus } from '../helpers/faults.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { findTexts, listFiles, modelContent, NO_LISTED_MODELS, workflowWith } from './kit.ts';

setDefaultTimeout(30_000);

const HF = 'hf_TopSecretOfTheHarbour0123456789';
const CIVITAI = 'c1v1ta1TopSecretOfTheHarbour987654';
const KEYS = [HF, CIVITAI];
const GATED = modelContent('gated_lora', 80_000);
const MEMBERS = modelContent('members_vae', 70_000);

/** What went out: the service asked, and the header that it got. */
interface Sent {
  service: string;
  authorization: string | null;
  url: string;
}

async function startWorld(): Promise<{ hub: TestHub; sandbox: Sandbox; sent: Sent[] }> {
  const hub = await startTestHub({
    manager: NO_LISTED_MODELS,
    accounts: [
      { service: 'huggingface', token: HF, username: 'reader', repositories: ['studio/gated'] },
      { service: 'civitai', token: CIVITAI, username: 'reader' },
    ],
    huggingface: [{ id: 'studio/gated', gated: 'manual', files: [{ path: 'gated_lora.safetensors', content: GATED }] }],
    civitai: [
      {
        id: 9,
        name: 'Members VAE',
        type: 'VAE',
        versions: [{ id: 90, name: 'v1', requireAuth: true, files: [{ id: 900, name: 'members_vae.safetensors', content: MEMBERS }] }],
      },
    ],
  });
  const sent: Sent[] = [];
  hub.inject({}, (request, answer) => {
    sent.push({ service: request.service, authorization: request.headers.get('authorization'), url: request.url.href });
    return answer();
  });
  const sandbox = await makeSandbox({ endpoints: hub.endpoints });
  await sandbox.writeWorkflow(
    'secret.json',
    workflowWith([
      {
        name: 'gated_lora.safetensors',
        directory: 'loras',
        url: 'https://huggingface.co/studio/gated/resolve/main/gated_lora.safetensors',
      },
      { name: 'members_vae.safetensors', directory: 'vae', url: 'https://civitai.com/api/download/models/90' },
      { name: 'nobody_has_this_qzx.safetensors', directory: 'loras' },
    ]),
  );
  return { hub, sandbox, sent };
}

async function endWorld(world: { hub: TestHub; sandbox: Sandbox }): Promise<void> {
  await world?.hub.stop();
  await world?.sandbox[Symbol.asyncDispose]();
}

/** All that was written or said with one of the keys in it. */
function findLeaks(sandbox: Sandbox, results: readonly { stdout: string; stderr: string }[]): string[] {
  const said = results.flatMap(({ stdout, stderr }) => [stdout, stderr]).filter((text) => KEYS.some((key) => text.includes(key)));
  return [...findTexts(sandbox.stateDir, KEYS), ...findTexts(join(sandbox.root, 'models'), KEYS), ...said];
}

describe.each([
  ['from the environment', async () => ({ CIVITAI_API_KEY: CIVITAI, HF_TOKEN: HF })],
  [
    'from ~/.secrets',
    async (home: string) => {
      await Bun.write(join(home, '.secrets'), `export CIVITAI_API_KEY="${CIVITAI}"\nHF_TOKEN=${HF}\n`);
      return {};
    },
  ],
] satisfies [string, (home: string) => Promise<Record<string, string>>][])('keys %s', (_, prepare) => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let result: Awaited<ReturnType<Sandbox['run']>>;
  beforeAll(async () => {
    world = await startWorld();
    result = await world.sandbox.run(['auto', '--verbose'], { env: await prepare(world.sandbox.home) });
  });
  afterAll(() => endWorld(world));

  test('open what asks for them', () => {
    expect(listFiles(join(world.sandbox.root, 'models'))).toEqual(['loras/gated_lora.safetensors', 'vae/members_vae.safetensors']);
    expect(result.exitCode).toBe(1); // the third model is nowhere
  });

  test('go to their own service only, and never to its storage or into a URL', () => {
    const got = (service: string): Set<string | null> =>
      new Set(world.sent.filter((request) => request.service === service).map((request) => request.authorization));
    expect([...got('huggingface')]).toContain(`Bearer ${HF}`);
    expect([...got('civitai')]).toContain(`Bearer ${CIVITAI}`);
    expect([...got('huggingface')].join()).not.toContain(CIVITAI);
    expect([...got('civitai')].join()).not.toContain(HF);
    for (const service of ['storage', 'manager', 'github', 'comfy_registry']) expect([...got(service)].filter(Boolean)).toEqual([]);
    expect(world.sent.some((request) => request.service === 'storage')).toBe(true);
    expect(world.sent.filter((request) => KEYS.some((key) => request.url.includes(key)))).toEqual([]);
  });

  test('appear in no file and no stream', () => {
    expect(listFiles(world.sandbox.stateDir).length).toBeGreaterThan(9);
    expect(findLeaks(world.sandbox, [result])).toEqual([]);
  });
});

describe('a service that refuses the key and repeats it in its answer', () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  afterAll(() => endWorld(world));

  test('puts it into no file and no stream, whatever the command', async () => {
    world = await startWorld();
    const env = { CIVITAI_API_KEY: CIVITAI, HF_TOKEN: HF };
    const { hub, sandbox } = world;
    hub.heal();
    for (const [service, key] of [
      ['huggingface', HF],
      ['civitai', CIVITAI],
    ] as const) {
      hub.inject({ service }, answerStatus(401, { body: { error: `Invalid key ${key}`, message: `The key ${key} is none` } }));
    }
    const auto = await sandbox.run(['auto', '--verbose'], { env });
    expect(auto.exitCode).toBe(1);
    expect(auto.stderr).toContain('API error: 401');
    const others = await Promise.all(
      [['auto', '--json'], ['doctor'], ['status'], ['status', '--json']].map((args) =>
        sandbox.run(args, args[0] === 'auto' ? { env, cwd: sandbox.stateDir } : { env }),
      ),
    );
    expect(others[1]).toMatchObject({ exitCode: 1 });
    expect(findLeaks(sandbox, [auto, ...others])).toEqual([]);
  });
});
