import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import project from '../../package.json';
import { startFakeComfy } from '../helpers/comfy.ts';
import { VAE } from '../helpers/fixtures.ts';
import { makeSandbox, runCli } from '../helpers/sandbox.ts';

describe('the stand-in of a running ComfyUI', () => {
  test('tells models of every folder of a kind, subfolders included, and 404 for a kind that is none', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('vae/sdxl/a.safetensors', VAE.read(0, 1000));
    await sandbox.writeModel('clip/b.safetensors', VAE.read(0, 1000));
    await using comfy = startFakeComfy({ root: sandbox.root });
    const ask = async (path: string): Promise<unknown> => (await fetch(comfy.url + path)).json();
    expect(await ask('/models/vae')).toEqual(['sdxl/a.safetensors']);
    expect(await ask('/api/models/text_encoders')).toEqual(['b.safetensors']);
    expect((await fetch(`${comfy.url}/models/unet`)).status).toBe(404);
    expect(await ask('/experiment/models/text_encoders')).toMatchObject([{ name: 'b.safetensors', pathIndex: 1, size: 1000 }]);
    expect(await ask('/experiment/models')).toContainEqual(
      expect.objectContaining({ name: 'vae', folders: [join(sandbox.root, 'models/vae')] }),
    );
    expect(comfy.requests).toContain('/api/models/text_encoders');
  });

  test('describes its nodes, and an unknown class as an empty object', async () => {
    const nodes = { VAELoader: { required: { vae_name: [['a.safetensors'], {}] } } };
    await using comfy = startFakeComfy({ root: '/nowhere', nodes });
    const one = await (await fetch(`${comfy.url}/object_info/VAELoader`)).json();
    expect(one).toMatchObject({ VAELoader: { input: { required: { vae_name: [['a.safetensors'], {}] } }, python_module: 'nodes' } });
    expect(await (await fetch(`${comfy.url}/object_info/Nothing`)).json()).toEqual({});
    expect(await (await fetch(`${comfy.url}/system_stats`)).json()).toMatchObject({ system: { argv: ['/nowhere/main.py'] } });
  });

  test('gives the workflows of the user folder', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeWorkflow('my flow.json', { nodes: [] });
    await using comfy = startFakeComfy({ root: sandbox.root });
    expect(await (await fetch(`${comfy.url}/userdata?dir=workflows&recurse=true`)).json()).toEqual(['my flow.json']);
    expect(await (await fetch(`${comfy.url}/userdata/workflows%2Fmy%20flow.json`)).json()).toEqual({ nodes: [] });
    expect((await fetch(`${comfy.url}/userdata?dir=nothing`)).status).toBe(404);
  });
});

describe('the sandbox', () => {
  test('runs the real command with its own home and config, and is gone afterwards', async () => {
    let dir: string;
    {
      await using sandbox = await makeSandbox();
      dir = sandbox.dir;
      const result = await sandbox.run(['status', '--json']);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(result.stdout)).toMatchObject({ phase: 'idle' });
    }
    expect(await Bun.file(join(dir, 'state/config.json')).exists()).toBe(false);
  });

  test('a command can run without one, in any folder', async () => {
    const result = await runCli(['--version'], { cwd: import.meta.dir });
    expect(result.stdout.trim()).toBe(project.version);
  });

  test('a command that is started can be killed', async () => {
    await using sandbox = await makeSandbox();
    const running = sandbox.start(['status'], { killAfter: { ms: 0 } });
    expect((await running.result).exitCode).toBe(137);
  });
});
