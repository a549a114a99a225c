import type { KnownFiles } from '../catalog/known-files.ts';
import type { ComfyInstall } from '../comfy/install.ts';
import { findTemplateFolders } from '../comfy/template-folders.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { KnownFile, Lesson } from '../core/known-file.ts';
import { findWorkflowFiles } from '../workflow/find-files.ts';
import type { ReadWorkflow } from '../workflow/requirements.ts';
import { readWorkflows } from './read-workflows.ts';

/** Takes in where workflows say that files can be had. */
export function learnFromWorkflows(read: readonly ReadWorkflow[], files: KnownFiles, now: Date): void {
  files.learn(read.map(lessonOf), now);
}

/** Takes in what the templates say that came with ComfyUI and with custom nodes. Rejects only when the signal aborts. */
export async function learnFromTemplates(
  places: { install: ComfyInstall; customNodeRoots: readonly string[]; memory?: FileMemory; signal: AbortSignal; now: Date },
  files: KnownFiles,
): Promise<void> {
  const { install, customNodeRoots, memory, signal, now } = places;
  const folders = await findTemplateFolders(install, customNodeRoots);
  const templates = findWorkflowFiles(folders).files.filter(({ path }) => path.endsWith('.json'));
  const lessons: Lesson[] = [];
  const onRead = (workflow: ReadWorkflow): void => void lessons.push(lessonOf(workflow));
  await readWorkflows(templates, new Map(), { emit: () => undefined, signal, onRead, ...(memory ? { memory } : {}) });
  files.learn(lessons, now);
}

/** Where one workflow says that files can be had. */
export function lessonOf({ path, reading }: ReadWorkflow): Lesson {
  const files = reading.sources.flatMap(({ name, url, sha256, directory }): KnownFile[] => {
    return url === null ? [] : [{ name, url: url.url, directory, sha256, sizeBytes: null }];
  });
  return { teacher: path, kind: 'workflow', files };
}
