import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectBytes } from '../../lib/core/model-file/inspect.ts';
import { makeDemoCatalogue } from '../../lib/demo/catalogue.ts';
import { DEMO_MODELS, type DemoModel } from '../../lib/demo/models.ts';
import { type DemoSandbox, makeDemoSandbox } from '../../lib/demo/sandbox.ts';
import { makeDemoWorkflows } from '../../lib/demo/workflows.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';

let hub: TestHub;
let dir: string;
let sandbox: DemoSandbox;
beforeAll(async () => {
  hub = await startTestHub(makeDemoCatalogue());
  dir = await mkdtemp(join(tmpdir(), 'comfy-fixer-demo-'));
  sandbox = await makeDemoSandbox(dir, hub.endpoints);
});
afterAll(async () => {
  await hub.stop();
  await rm(dir, { recursive: true, force: true });
});

async function sha256Of(url: string): Promise<string> {
  const answer = await fetch(url);
  return new Bun.CryptoHasher('sha256').update(await answer.arrayBuffer()).digest('hex');
}

/** Every `properties.models` entry of a workflow, in subgraphs too. */
function linkedModels(value: unknown): { name: string; url?: string; hash?: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'models' in value && Array.isArray(value.models) ? value.models : [];
  return [...own, ...Object.values(value).flatMap(linkedModels)];
}

describe('the demo machine', () => {
  test('holds one model in its place, one in another, and none of the others', async () => {
    const found = [...new Bun.Glob('**/*.*').scanSync(join(sandbox.root, 'models'))];
    expect(found.sort()).toEqual(['checkpoints/lanternXL_v20.safetensors', 'loras/moonlit_glow.safetensors']);
    const bytes = await Bun.file(join(sandbox.root, 'models/loras/moonlit_glow.safetensors')).arrayBuffer();
    expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(DEMO_MODELS.moonlitGlow.content.sha256);
  });

  test('has a config.json that names the hub for every service', async () => {
    const config: unknown = await Bun.file(sandbox.configPath).json();
    expect(config).toEqual({ comfyui_root: sandbox.root, workflow_directories: [sandbox.workflowDirectory], endpoints: hub.endpoints });
  });

  test('declares every node class of the workflows but the one that is to be missing', async () => {
    const sources = await Promise.all(
      [...new Bun.Glob('**/*.py').scanSync(sandbox.root)].map((path) => Bun.file(join(sandbox.root, path)).text()),
    );
    const python = sources.join('\n');
    const types = new Set([...makeDemoWorkflows().values()].flatMap(nodeTypes));
    const undeclared = [...types].filter((type) => !python.includes(`class ${type}:`) && !python.includes(`node_id="${type}"`));
    expect(undeclared.sort()).toEqual(['MarkdownNote', 'UltimateSDUpscale']);
  });
});

function nodeTypes(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const type = 'class_type' in value ? value.class_type : 'widgets_values' in value && 'type' in value ? value.type : undefined;
  const isClass = typeof type === 'string' && !/^[0-9a-f]{8}-/.test(type);
  return [...(isClass ? [type] : []), ...Object.values(value).flatMap(nodeTypes)];
}

describe('every model that is missing can be proven', () => {
  const byName = new Map<string, DemoModel>(Object.values(DEMO_MODELS).map((model) => [model.filename, model]));

  test('links lead to the very file', async () => {
    const links = [...makeDemoWorkflows().values()].flatMap(linkedModels).filter((entry) => entry.url !== undefined);
    expect(links.length).toBeGreaterThanOrEqual(4);
    for (const { name, url = '' } of links) {
      const direct = url.replace('https://huggingface.co', hub.endpoints.huggingface).replace('/blob/', '/resolve/');
      expect(await sha256Of(direct)).toBe(byName.get(name)!.content.sha256);
    }
  });

  test('the link in the note leads to the upscaler', async () => {
    const [url = ''] = /https:\/\/github\.com\/[^\\\s"]+/.exec(JSON.stringify([...makeDemoWorkflows().values()])) ?? [];
    expect(await sha256Of(url.replace('https://github.com', hub.endpoints.github))).toBe(DEMO_MODELS.crispUpscaler.content.sha256);
  });

  test('the hash in the workflow is known to Civitai', async () => {
    const entry = [...makeDemoWorkflows().values()].flatMap(linkedModels).find(({ hash }) => hash !== undefined);
    const answer = await fetch(`${hub.endpoints.civitai}/api/v1/model-versions/by-hash/${entry!.hash}`);
    expect(await answer.json()).toMatchObject({ model: { name: 'Clockwork People' } });
  });

  test.each([DEMO_MODELS.auroraControl, DEMO_MODELS.lumenVision])(
    '$filename is found by its name on Hugging Face',
    async ({ filename }) => {
      const stem = filename.replace('.safetensors', '');
      const answer = await fetch(`${hub.endpoints.huggingface}/api/models?search=${stem}&expand=siblings`);
      const rows = (await answer.json()) as { siblings: { rfilename: string }[] }[];
      expect(rows.flatMap((row) => row.siblings.map((file) => file.rfilename))).toContain(filename);
    },
  );

  test('the LoRA without any link is found by its words on Civitai, before what only sounds like it', async () => {
    const answer = await fetch(`${hub.endpoints.civitai}/api/v1/models?query=ink+and+rain+style&types=LORA&nsfw=true`);
    const page = (await answer.json()) as { items: { modelVersions: { files: { name: string }[] }[] }[] };
    const names = page.items.map((item) => item.modelVersions[0]?.files[0]?.name);
    expect(names).toEqual(['ink_and_rain_style.safetensors', 'ink_and_rain_landscapes.safetensors']);
  });
});

const TYPES: Record<string, string> = {
  checkpoints: 'checkpoint',
  clip_vision: 'clip_vision',
  controlnet: 'controlnet',
  diffusion_models: 'diffusion_model',
  loras: 'lora',
  text_encoders: 'text_encoder',
  vae: 'vae',
};

test.each(Object.values(DEMO_MODELS))('$filename is whole, and what its folder says', async ({ filename, directory, content }) => {
  const reader = {
    sizeBytes: content.sizeBytes,
    read: (offset: number, length: number) =>
      Promise.resolve(Buffer.from(content.read(offset, Math.min(offset + length, content.sizeBytes)))),
  };
  expect(await inspectBytes(reader, filename)).toMatchObject({ whole: true, damage: null, detectedType: TYPES[directory] ?? null });
});
