import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ComfyInstall } from './install.ts';
import { sitePackagesOf } from './site-packages.ts';

/** Folders of a pack whose workflows ComfyUI offers as templates (its `app/custom_node_manager.py`, 2026-08). */
const EXAMPLE_FOLDERS: ReadonlySet<string> = new Set(['example_workflows', 'example', 'examples', 'workflow', 'workflows']);
/** ComfyUI's own templates come in Python packages: one, and since 2025-11 one more for each kind of media. */
const TEMPLATE_PACKAGE = /^comfyui_workflow_templates(_\w+)?$/;

/** Folders with workflows that came with ComfyUI or with a custom node, absolute, each there. Never throws. */
export async function findTemplateFolders(
  install: Pick<ComfyInstall, 'root' | 'sources'>,
  customNodeRoots: readonly string[],
): Promise<string[]> {
  const packages = await Promise.all((await sitePackagesOf(install)).map((folder) => below(folder, (name) => TEMPLATE_PACKAGE.test(name))));
  const packs = (await Promise.all(customNodeRoots.map((root) => below(root, (name) => !name.startsWith('.'))))).flat();
  const examples = await Promise.all(packs.map((pack) => below(pack, (name) => EXAMPLE_FOLDERS.has(name.toLowerCase()))));
  return [...packages.flat(), ...examples.flat()];
}

async function below(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && isWanted(entry.name))
    .map((entry) => join(folder, entry.name));
}
