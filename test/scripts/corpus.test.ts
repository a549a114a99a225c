import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { HfRepository } from '../../lib/hub/catalogue.ts';
import { type Content, contentOf } from '../../lib/hub/content.ts';
import { type ModelKind, safetensorsContent } from '../../lib/hub/model-file.ts';
import { makePickleZip } from '../../lib/hub/pickle-file.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';
import { DOWNLOAD, REQUIREMENT } from './contract.ts';
import { NO_LISTED_MODELS, sha256Of } from './kit.ts';

setDefaultTimeout(60_000);

/** Real workflows, where somebody has put them beside the project. */
const CORPUS = resolve(import.meta.dir, '../../../shared/corpus');
const TEMPLATES = join(CORPUS, 'Joshua-Chin__workflow_templates/templates');
const WANTED = 10;

const KINDS: Readonly<Record<string, ModelKind>> = {
  checkpoints: 'checkpoint',
  loras: 'lora',
  vae: 'vae',
  text_encoders: 'text_encoder',
  diffusion_models: 'diffusion_model',
  clip_vision: 'clip_vision',
  controlnet: 'controlnet',
  upscale_models: 'upscale_model',
};

type Requirement = z.infer<typeof REQUIREMENT>;

/** Repositories that hold what the links name, each file whole and small. */
function makeRepositories(requirements: readonly Requirement[]): HfRepository[] {
  const repositories = new Map<string, { files: Map<string, Content>; revisions: Set<string> }>();
  for (const { directory, urls } of requirements) {
    for (const { url } of urls) {
      const [, id, revision, path] = /^https:\/\/huggingface\.co\/([^/]+\/[^/]+)\/(?:resolve|blob)\/([^/]+)\/([^?]+)/.exec(url) ?? [];
      if (id === undefined || revision === undefined || path === undefined) continue;
      const repository = repositories.get(id) ?? { files: new Map<string, Content>(), revisions: new Set<string>() };
      repositories.set(id, repository);
      if (revision !== 'main') repository.revisions.add(revision);
      repository.files.set(decodeURIComponent(path), makeModel(id + path, directory ?? ''));
    }
  }
  return [...repositories].map(([id, { files, revisions }]) => ({
    id,
    downloads: 1000,
    revisions: [...revisions],
    files: [...files].map(([path, content]) => ({ path, content })),
  }));
}

function makeModel(name: string, directory: string): Content {
  const seed = Bun.hash.crc32(name);
  if (!/\.(safetensors|sft)$/.test(name)) return contentOf(makePickleZip({ sizeBytes: 20_000, seed }));
  return safetensorsContent({ sizeBytes: 20_000 + (seed % 1000), seed, tensors: KINDS[directory] ?? 'lora' });
}

/** `true` when every model of the workflow that somebody has to fetch has a link to Hugging Face. */
function isLinked(requirements: readonly Requirement[]): boolean {
  const needed = requirements.filter((item) => item.state === 'missing');
  return (
    needed.length > 0 &&
    needed.every((item) =>
      item.urls.some(({ url }) => /^https:\/\/huggingface\.co\/[^/]+\/[^/]+\/(resolve|blob)\/.*\.(safetensors|pth|pt)/.test(url)),
    )
  );
}

describe.skipIf(!existsSync(TEMPLATES))('with the corpus of real workflows beside the project', () => {
  test('scan reads all of it and ends well', async () => {
    await using sandbox = await makeSandbox();
    const { exitCode, stdout, stderr } = await sandbox.run(['scan', CORPUS]);
    expect({ exitCode, stack: stderr.includes('    at ') }).toEqual({ exitCode: 0, stack: false });
    expect(Number(/Found (\d+) workflows/.exec(stdout)?.[1])).toBeGreaterThan(1000);
    for (const item of z.array(REQUIREMENT).parse(await sandbox.readState('output/required_models.json'))) {
      expect([item.filename, item.subfolder].join('/')).not.toMatch(/(^|\/)\.\.(\/|$)|\\/);
    }
  });

  test('auto brings every model of ten official templates, verified', async () => {
    await using planner = await makeSandbox();
    await planner.run(['scan', TEMPLATES]);
    const all = z.array(REQUIREMENT).parse(await planner.readState('output/required_models.json'));
    const workflows = [...new Set(all.flatMap((item) => item.references.map((reference) => reference.workflow)))].sort();
    const needs = (workflow: string): Requirement[] =>
      all.filter((item) => item.references.some((reference) => reference.workflow === workflow));
    const chosen = workflows.filter((workflow) => isLinked(needs(workflow))).slice(0, WANTED);
    expect(chosen).toHaveLength(WANTED);

    await using hub = await startTestHub({ manager: NO_LISTED_MODELS, huggingface: makeRepositories(all) });
    await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
    for (const workflow of chosen) await cp(join(TEMPLATES, workflow), join(sandbox.workflowsDir, workflow));
    const { exitCode, stdout, stderr } = await sandbox.run(['auto']);
    expect({ exitCode, left: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, left: '' });
    const records = z.array(DOWNLOAD).parse(await sandbox.readState('output/downloads.json'));
    const missing = z.array(REQUIREMENT).parse(await sandbox.readState('output/missing_models.json'));
    expect(records).toHaveLength(missing.length);
    for (const { filename, status, verified, sha256, save_path } of records) {
      expect({ filename, status, verified }).toEqual({ filename, status: 'downloaded', verified: 'sha256' });
      expect(sha256Of(save_path ?? '')).toBe(sha256 ?? '');
    }
    await sandbox.run(['scan']);
    expect(await sandbox.readState('output/missing_models.json')).toEqual([]);
  });
});
