import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findNameRefusal, findTargetRefusal } from '../../lib/download/guard.ts';

describe('names', () => {
  const GOOD = ['model.safetensors', 'sub/model.gguf', 'Модель v1.5 (fp8).safetensors', 'a..b.pt', '.hidden/model.bin', 'console.ckpt'];
  test.each(GOOD)('%s may be written', (path) => expect(findNameRefusal(path.split('/'))).toBeNull());

  const CROOKED = ['../model.pt', 'a/../b.pt', './model.pt', 'a//b.pt', 'a\\b.pt', 'a:b.pt', 'a\u0000.pt', 'a\n.pt', 'a?.pt', 'pipe|.pt'];
  const RESERVED = ['CON', 'con.safetensors', 'sub/LPT1.pt', 'nul.tar.gz', 'model.pt.', 'model.pt ', ' model.pt', 'sub./model.pt'];
  const PROGRAMS = ['custom_nodes/model.pt', 'Custom_Nodes/evil.pt', 'evil.py', 'evil.PYC', 'evil.so', 'evil.exe', 'page.html'];
  test.each([...CROOKED, ...RESERVED, ...PROGRAMS])('%j may not', (path) => expect(findNameRefusal(path.split('/'))).toBeString());
});

describe('places', () => {
  let box = '';
  let models = '';
  beforeEach(() => {
    box = realpathSync(mkdtempSync(join(tmpdir(), 'guard-test-')));
    models = join(box, 'models');
    mkdirSync(join(models, 'loras'), { recursive: true });
    mkdirSync(join(box, 'outside'));
    mkdirSync(join(box, 'custom_nodes/pack'), { recursive: true });
  });
  afterEach(() => rmSync(box, { recursive: true, force: true }));

  const refusal = (path: string, roots: string[] = [models]): Promise<string | null> => findTargetRefusal(path, roots);

  test('below a models folder is good, also where folders are still to be made', async () => {
    expect(await refusal(join(models, 'loras/a.pt'))).toBeNull();
    expect(await refusal(join(models, 'new/deep/a.pt'))).toBeNull();
    expect(await refusal(join(box, 'later/a.pt'), [join(box, 'later')])).toBeNull();
  });

  test('outside, relative or unnormalised is not', async () => {
    expect(await refusal(join(box, 'outside/a.pt'))).toBeString();
    expect(await refusal(`${models}-evil/a.pt`)).toBeString();
    expect(await refusal('models/a.pt')).toBeString();
    expect(await refusal(`${models}/loras/../../outside/a.pt`)).toBeString();
    expect(await refusal(models)).toBeString();
  });

  test('a link that leads out is not, one that stays inside is', async () => {
    symlinkSync(join(box, 'outside'), join(models, 'out'));
    symlinkSync(join(models, 'loras'), join(models, 'in'));
    symlinkSync(join(box, 'nowhere'), join(models, 'broken'));
    expect(await refusal(join(models, 'out/a.pt'))).toContain('link');
    expect(await refusal(join(models, 'out/deep/a.pt'))).toContain('link');
    expect(await refusal(join(models, 'broken/a.pt'))).toBeString();
    expect(await refusal(join(models, 'in/a.pt'))).toBeNull();
  });

  test('a models folder that is itself a link is good', async () => {
    symlinkSync(join(box, 'outside'), join(models, 'checkpoints'));
    expect(await refusal(join(models, 'checkpoints/a.pt'), [models, join(models, 'checkpoints')])).toBeNull();
  });

  test('a root that does not exist opens no other place', async () => {
    symlinkSync(join(box, 'outside'), join(models, 'out'));
    expect(await refusal(join(models, 'out/a.pt'), [models, join(box, 'later')])).toContain('link');
  });

  test('custom_nodes is not, by whatever way', async () => {
    symlinkSync(join(box, 'custom_nodes/pack'), join(models, 'pack'));
    expect(await refusal(join(box, 'custom_nodes/pack/a.pt'), [box])).toContain('custom_nodes');
    expect(await refusal(join(models, 'pack/a.pt'), [box, models])).toContain('custom_nodes');
  });

  test('a folder or a file in the way is not', async () => {
    mkdirSync(join(models, 'loras/a.pt'));
    writeFileSync(join(models, 'file'), '');
    expect(await refusal(join(models, 'loras/a.pt'))).toContain('folder');
    expect(await refusal(join(models, 'file/a.pt'))).toBeString();
  });

  test('names that no disk takes are not', async () => {
    expect(await refusal(join(models, `${'x'.repeat(240)}.pt`))).toContain('long');
    expect(await refusal(join(models, `${'x'.repeat(200)}.pt`))).toBeNull();
    expect(await refusal(join(models, ...Array.from({ length: 30 }, () => 'x'.repeat(200)), 'a.pt'))).toContain('long');
  });
});
