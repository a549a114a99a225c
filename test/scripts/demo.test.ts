import { expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../helpers/sandbox.ts';

setDefaultTimeout(30_000);

/** Runs the demo with a temporary folder of its own, and tells what it left there. */
async function runDemo(env: Record<string, string>, args: readonly string[] = []) {
  const temporary = await mkdtemp(join(tmpdir(), 'comfy-fixer-demo-test-'));
  try {
    const result = await runCli(['demo', ...args], { cwd: temporary, env: { TMPDIR: temporary, ...env } });
    return { ...result, left: await readdir(temporary) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

test.concurrent('the demo does the whole job without a home, whatever keys, proxies and endpoints somebody has, and leaves nothing behind', async () => {
  const proxied: string[] = [];
  await using proxy = Object.assign(
    Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        proxied.push(request.url);
        return new Response('no', { status: 502 });
      },
    }),
    {
      async [Symbol.asyncDispose]() {
        await proxy.stop(true);
      },
    },
  );
  const address = `http://127.0.0.1:${proxy.port}`;
  const { exitCode, stdout, stderr, left } = await runDemo({
    HOME: '',
    HF_TOKEN: 'hf_SomebodysRealKey',
    CIVITAI_API_KEY: 'SomebodysRealKey',
    HF_ENDPOINT: address,
    COMFYUI_ROOT: '/somebodys/ComfyUI',
    http_proxy: address,
    HTTP_PROXY: address,
    https_proxy: address,
    HTTPS_PROXY: address,
  });
  expect({ exitCode, stderr: stderr.replaceAll(/^ {2}\d+ of \d+ files.*\n/gm, '') }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/\n✓ Complete! Downloaded (\d+)\/\1 models\n$/);
  for (const source of ['Civitai', 'HuggingFace', 'Other links', 'On this machine'])
    expect(stdout).toMatch(new RegExp(`  ${source}: [1-9]`));
  expect(stdout).toContain('linked to the same file on this machine');
  expect(stdout).toContain('comfy node install');
  expect(left).toEqual([]);
  expect(proxied).toEqual([]);
});

test.concurrent('the demo takes --json, and prints one document', async () => {
  const { exitCode, stdout, left } = await runDemo({}, ['--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ exit_code: 0, errors: [] });
  expect(left).toEqual([]);
});
