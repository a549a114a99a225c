import { withoutEndSeparator } from './end-separator.ts';
import { declareLive } from './live-declarations.ts';
import type { LiveFolders } from './live-folders.ts';
import type { ModelFolder, ModelFolders } from './model-folders.ts';
import type { NodeSources } from './node-sources.ts';
import type { InstallReading } from './read-install.ts';
import type { LiveReading } from './read-live.ts';

/** What the files of an install say, corrected by what the running ComfyUI says of itself. */
export function joinLive(reading: InstallReading, live: LiveReading): InstallReading {
  return {
    nodes: joinNodes(reading.nodes, live),
    folders: live.sharesPaths ? joinFolders(reading.folders, live.folders) : reading.folders,
  };
}

/** What it has not loaded it does not have, whatever lies on the disk; of the nodes of web parts it knows nothing. */
function joinNodes(nodes: NodeSources, live: LiveReading): NodeSources {
  const unloaded = new Map([...nodes.owners].filter(([name]) => !live.nodes.has(name) && !nodes.webNodes.has(name)));
  return {
    ...nodes,
    declarations: declareLive(live, nodes.declarations),
    installed: new Set([...live.nodes.keys(), ...nodes.webNodes]),
    unloaded,
    hasCore: true,
    incomplete: new Set(),
  };
}

/** Its own roots in its own order. Where new files belong stays as it was, as long as ComfyUI looks there. */
function joinFolders(folders: ModelFolders, live: LiveFolders): ModelFolders {
  const joined = new Map(folders.folders);
  for (const [directory, { roots, extensions }] of live) {
    const known = folders.folders.get(directory);
    const told = roots === null ? undefined : [...new Set(roots.map(withoutEndSeparator))];
    const folder = told === undefined ? undefined : joinFolder(directory, { roots: told, extensions, known });
    if (folder !== undefined) joined.set(directory, folder);
  }
  return { ...folders, folders: joined };
}

function joinFolder(
  directory: string,
  { roots, extensions, known }: { roots: readonly string[]; extensions: ReadonlySet<string> | null; known: ModelFolder | undefined },
): ModelFolder | undefined {
  const [first] = roots;
  if (first === undefined) return known;
  const downloadRoot = known !== undefined && roots.includes(known.downloadRoot) ? known.downloadRoot : first;
  return { directory, roots, downloadRoot, extensions: extensions ?? known?.extensions ?? new Set() };
}
