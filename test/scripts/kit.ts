import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder } from '../../lib/demo/graph-builder.ts';
import type { Content } from '../../lib/hub/content.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import type { Sandbox } from '../helpers/sandbox.ts';
import type { StatusJson } from './contract.ts';

/** A model that a workflow names. */
export interface NamedModel {
  name: string;
  directory: 'loras' | 'vae' | 'checkpoints' | 'controlnet' | 'upscale_models';
  url?: string;
  hash?: string;
  /** 0 runs, 2 is muted, 4 is bypassed. */
  mode?: 0 | 2 | 4;
}

/** ComfyUI-Manager's list without a model, for a hub whose every service is to answer. */
export const NO_LISTED_MODELS = { 'model-list.json': { models: [] } };

const LOADERS = {
  loras: ['LoraLoaderModelOnly', 'lora_name'],
  vae: ['VAELoader', 'vae_name'],
  checkpoints: ['CheckpointLoaderSimple', 'ckpt_name'],
  controlnet: ['ControlNetLoader', 'control_net_name'],
  upscale_models: ['UpscaleModelLoader', 'model_name'],
} as const;

/** A workflow with a loader for each model; what is known of a model's place stands in its properties, as official templates have it. */
export function workflowWith(models: readonly NamedModel[], extraNodes: readonly string[] = []): Record<string, unknown> {
  const graph = new GraphBuilder();
  for (const { name, directory, url, hash, mode = 0 } of models) {
    const [type, input] = LOADERS[directory];
    const entry = { name, directory, ...(url ? { url } : {}), ...(hash ? { hash, hash_type: 'SHA256' } : {}) };
    graph.add(type, { widgets: { [input]: name }, mode, ...(url || hash ? { models: [entry] } : {}) });
  }
  for (const type of extraNodes) graph.add(type);
  return graph.toWorkflow();
}

/** A whole model of its own for each name. */
export function modelContent(name: string, sizeBytes = 60_000): Content {
  return safetensorsContent({ sizeBytes, seed: Bun.hash.crc32(name), tensors: /vae/.test(name) ? 'vae' : 'lora' });
}

/** Resolves with what `look` finds, or fails after `ms` milliseconds. */
export async function until<T>(what: string, look: () => T | undefined | false, ms = 15_000): Promise<T> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await Bun.sleep(5);
  }
  throw new Error(`waited ${ms} ms in vain: ${what}`);
}

/** status.json as it stands, `undefined` before the first run; a broken one throws. */
export function statusOf(sandbox: Sandbox): StatusJson | undefined {
  const path = join(sandbox.stateDir, 'status.json');
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as StatusJson;
}

/** Waits until a run shows a phase. */
export function untilPhase(sandbox: Sandbox, phase: StatusJson['phase']): Promise<StatusJson> {
  return until(`phase ${phase}`, () => {
    const status = statusOf(sandbox);
    return status?.phase === phase && status;
  });
}

/** All files below a folder with their paths inside it, sorted. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Path → modification time and sha256 of every file below a folder: equal when nothing has changed. */
export function fingerprint(folder: string): Record<string, string> {
  return Object.fromEntries(
    listFiles(folder).map((path) => [path, `${statSync(join(folder, path)).mtimeMs} ${sha256Of(join(folder, path))}`]),
  );
}

export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Every file below a folder that holds one of the texts, with the text. */
export function findTexts(folder: string, texts: readonly string[]): string[] {
  return listFiles(folder).flatMap((path) => {
    const bytes = readFileSync(join(folder, path));
    return texts.filter((text) => bytes.includes(text)).map((text) => `${path}: ${text}`);
  });
}
