import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeSafetensors } from '../../lib/hub/model-file.ts';

import { makeSandbox } from '../helpers/sandbox.ts';
import { fingerprint } from './kit.ts';

const LORA = makeSafetensors({ sizeBytes: 5000, seed: 1, tensors: 'lora' });
const VAE = makeSafetensors({ sizeBytes: 5000, seed: 2, tensors: 'vae' });

describe('verify', () => {
  test('names what is damaged and what lies in the wrong folder, with the mend, and exits with 1', async () => {
    await using sandbox = await makeSandbox();
    const cut = await sandbox.writeModel('loras/cut.safetensors', LORA.subarray(0, 3000));
    const stray = await sandbox.writeModel('vae/stray.safetensors', LORA);
    await sandbox.writeModel('vae/good.safetensors', VAE);
    const { exitCode, stdout } = await sandbox.run(['verify']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`✗ ${cut}`);
    expect(stdout).toContain('→ Run auto: it fetches the file anew');
    expect(stdout).toContain(`! ${stray}: a lora in vae`);
    expect(stdout).toContain(`→ Move it to ${join(sandbox.root, 'models/loras')}`);
    expect(stdout).toContain('✗ Checked 3 model files: 1 damaged, 1 in an unfitting folder');
    expect(await sandbox.readState('output/verify.json')).toMatchObject([
      { path: cut, directories: ['loras'], state: 'damaged', size_bytes: 3000, sha256: null, format: 'safetensors', detected_type: null },
      { state: 'present', damage: null, detected_type: 'vae', duplicates: [] },
      { path: stray, state: 'misplaced', detected_type: 'lora' },
    ]);
  });

  test('exits with 0 on a whole library, and changes nothing that a run goes on with', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('vae/good.safetensors', VAE);
    const before = fingerprint(join(sandbox.root, 'models'));
    const { exitCode, stdout, stderr } = await sandbox.run(['verify', '--quiet']);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(fingerprint(join(sandbox.root, 'models'))).toEqual(before);
    expect(existsSync(join(sandbox.stateDir, 'status.json'))).toBe(false);
  });

  test('--hash finds copies and says what they waste; --json gives one document', async () => {
    await using sandbox = await makeSandbox();
    const copies = [await sandbox.writeModel('loras/a.safetensors', LORA), await sandbox.writeModel('loras/b.safetensors', LORA)];
    const told = await sandbox.run(['verify', '--hash']);
    expect(told.stdout).toContain(`  ${copies[0]} (5.0 kB could be saved)\n  = ${copies[1]}\n`);
    const { exitCode, stdout } = await sandbox.run(['verify', '--hash', '--json']);
    expect(exitCode).toBe(0);
    const sha256 = new Bun.CryptoHasher('sha256').update(LORA).digest('hex');
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'verify',
      exit_code: 0,
      damaged: 0,
      misplaced: 0,
      wasted_bytes: LORA.length,
      problems: [],
      files: copies.map((path) => ({ path, sha256, duplicates: copies.filter((copy) => copy !== path) })),
    });
    expect(existsSync(join(sandbox.stateDir, '.comfy-fixer.hashes.sqlite'))).toBe(true);
  });

  test('says where it could not look, quietly asked too', async () => {
    await using sandbox = await makeSandbox();
    const yaml = join(sandbox.root, 'extra_model_paths.yaml');
    await Bun.write(yaml, 'a:\n  base_path:\n  loras: x\n');
    const { exitCode, stdout } = await sandbox.run(['verify', '--quiet']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`! ${yaml} is not a list of model folders: "a.base_path" is no text`);
    expect(stdout).toContain(`→ Write ${yaml} as ComfyUI's`);
    const { problems } = JSON.parse((await sandbox.run(['verify', '--json'])).stdout);
    expect(problems).toMatchObject([{ path: yaml, code: 'extra_paths_malformed' }]);
  });

  test('looks into the folders of files that config.json names, too', async () => {
    await using sandbox = await makeSandbox();
    await Bun.write(join(sandbox.stateDir, 'more.yaml'), 'a:\n  loras: shared\n');
    await Bun.write(join(sandbox.stateDir, 'shared/a.safetensors'), LORA);
    await sandbox.writeConfig({ extra_model_paths: ['more.yaml'] });
    const { files } = JSON.parse((await sandbox.run(['verify', '--json'])).stdout);
    expect(files).toMatchObject([{ path: join(sandbox.stateDir, 'shared/a.safetensors'), directories: ['loras'] }]);
    await sandbox.writeConfig({ extra_model_paths: ['gone.yaml'] });
    const { exitCode, stderr } = await sandbox.run(['verify']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`extra_model_paths.0 is ${join(sandbox.stateDir, 'gone.yaml')}, which is no file`);
  });

  test('checks the named files and folders alone', async () => {
    await using sandbox = await makeSandbox();
    await sandbox.writeModel('loras/cut.safetensors', LORA.subarray(0, 3000));
    await sandbox.writeModel('vae/good.safetensors', VAE);
    expect((await sandbox.run(['verify', '../ComfyUI/models/vae'])).stdout).toContain('✓ Checked 1 model file: 0 damaged');
    const missing = await sandbox.run(['verify', 'no/such/file.safetensors']);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain(`There is no ${join(sandbox.stateDir, 'no/such/file.safetensors')}`);
  });
});
