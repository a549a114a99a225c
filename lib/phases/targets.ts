import type { ModelFolders } from '../comfy/model-folders.ts';
import type { SavePlan } from '../comfy/save-path.ts';
import { planSavePath } from '../comfy/save-path.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { Resolution } from '../core/model.ts';

/** Where a model belongs, absolute, or why its name can have no safe place; `null` when its folder is not known. */
export function planTarget(
  folders: ModelFolders,
  model: { directory: string | null; subfolder: string; filename: string },
): SavePlan | null {
  return model.directory === null ? null : planSavePath(folders, model.directory, model.subfolder, model.filename);
}

/** The client for downloads: hosts of links that the user himself has named need no entry in `download.allowed_hosts`. */
export function trustChosenHosts(http: HttpClient, resolutions: readonly Resolution[]): HttpClient {
  const chosen = resolutions.flatMap(({ accepted, chosenByUser, downloadUrl }) =>
    accepted && chosenByUser && downloadUrl !== null ? [downloadUrl] : [],
  );
  const hosts = chosen.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
  return hosts.length === 0 ? http : http.trusting(hosts);
}

/** Every folder that may hold models, each once: nothing is downloaded to any other place. */
export function modelRoots(folders: ModelFolders): string[] {
  return [...new Set([...folders.folders.values()].flatMap((folder) => [folder.downloadRoot, ...folder.roots]))];
}
