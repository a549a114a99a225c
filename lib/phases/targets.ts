import type { ModelFolders } from '../comfy/model-folders.ts';
import { planSavePath } from '../comfy/save-path.ts';

/** Where a model belongs, absolute; `null` when its folder is not known or its name can have no safe place. */
export function planTarget(folders: ModelFolders, model: { directory: string | null; subfolder: string; filename: string }): string | null {
  if (model.directory === null) return null;
  const plan = planSavePath(folders, model.directory, model.subfolder, model.filename);
  return 'savePath' in plan ? plan.savePath : null;
}

/** Every folder that may hold models, each once: nothing is downloaded to any other place. */
export function modelRoots(folders: ModelFolders): string[] {
  return [...new Set([...folders.folders.values()].flatMap((folder) => [folder.downloadRoot, ...folder.roots]))];
}
