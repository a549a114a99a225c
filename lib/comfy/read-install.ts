import type { ComfyInstall } from './install.ts';
import { readModelFolders } from './model-folders.ts';
import type { ModelFolderOptions, ModelFolders } from './model-folders.ts';
import { loadSourceReader, readNodeDeclarations } from './node-sources.ts';
import type { NodeSources, NodeSourcesOptions } from './node-sources.ts';
import { findUnreadPacks } from './unread-packs.ts';

/** What the files of an install say: its node types, and its model folders with those that custom nodes add. */
export interface InstallReading {
  nodes: NodeSources;
  folders: ModelFolders;
}

/** Reads the node sources and the model folders of an install; each tells something that the other needs. Rejects only on an abort. */
export async function readInstall(
  install: ComfyInstall,
  options: Omit<ModelFolderOptions, 'additions'> & Pick<NodeSourcesOptions, 'signal' | 'memory'> = {},
): Promise<InstallReading> {
  const { signal, memory, ...folderOptions } = options;
  if (memory?.isNew) void loadSourceReader(); // while the folders are read
  const { customNodeRoots } = await readModelFolders(install, folderOptions);
  const nodes = await readNodeDeclarations(install, { customNodeRoots, ...(signal && { signal }), ...(memory && { memory }) });
  const [folders, unread] = await Promise.all([
    readModelFolders(install, { ...folderOptions, additions: nodes.additions }),
    findUnreadPacks(customNodeRoots, nodes.packs),
  ]);
  return { nodes, folders: { ...folders, problems: [...folders.problems, ...unread] } };
}
