import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoints } from '../core/services.ts';
import { type Content, readPieces } from '../hub/content.ts';
import type { HubOptions } from '../hub/hub.ts';
import { writeComfyTree } from './comfy-tree.ts';
import { DEMO_MODELS } from './models.ts';
import { makeDemoWorkflows } from './workflows.ts';

/** Fast enough for a demonstration, slow enough to see a bar move. */
export const DEMO_HUB_PACE: Pick<HubOptions, 'bytesPerSecond' | 'latencyMs'> = { bytesPerSecond: 5_000_000, latencyMs: 20 };

/** Where the demo's parts lie, as absolute paths. */
export interface DemoSandbox {
  /** The ComfyUI. */
  root: string;
  /** Folder of config.json, and so of the state. */
  stateDir: string;
  configPath: string;
  workflowDirectory: string;
}

/**
 * Makes the demo's machine in `dir`, which exists: a small ComfyUI with two models, one of them in the wrong folder, four workflows,
 * and a config.json that sends every service to `endpoints`.
 */
export async function makeDemoSandbox(dir: string, endpoints: Endpoints): Promise<DemoSandbox> {
  const root = join(dir, 'ComfyUI');
  const workflowDirectory = join(root, 'user/default/workflows');
  const configPath = join(dir, 'config.json');
  await mkdir(root, { recursive: true });
  await writeComfyTree(root);
  const { lanternCheckpoint, moonlitGlow } = DEMO_MODELS;
  for (const model of [lanternCheckpoint, moonlitGlow]) {
    await writeContent(join(root, 'models', model.directory, model.filename), model.content);
  }
  for (const [path, workflow] of makeDemoWorkflows()) {
    await Bun.write(join(workflowDirectory, path), `${JSON.stringify(workflow, null, 2)}\n`);
  }
  const config = { comfyui_root: root, workflow_directories: [workflowDirectory], endpoints };
  await Bun.write(configPath, `${JSON.stringify(config, null, 2)}\n`);
  return { root, stateDir: dir, configPath, workflowDirectory };
}

async function writeContent(path: string, content: Content): Promise<void> {
  const file = Bun.file(path).writer();
  for (const piece of readPieces(content)) await file.write(piece);
  await file.end();
}
