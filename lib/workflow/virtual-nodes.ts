/** Node types that exist in ComfyUI's editor alone. */
const VIRTUAL = new Set(['Note', 'MarkdownNote', 'Reroute', 'PrimitiveNode']);
/** An instance of a subgraph or group node whose definition is not in the file. */
const INSTANCE = /^workflow[>/]|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^(graph|subgraph)\//i;
/** Node types that a pack's web part brings and its Python part does not know (KJNodes, Easy-Use, rgthree, Use Everywhere; 2025-10). */
const WEB_ONLY =
  /^(easy )?[gs]etNode$|^(Reroute|Label|Bookmark|Node Combiner|Node Collector|Fast (Muter|Bypasser|Groups Muter|Groups Bypasser|Actions Button)|Mute \/ Bypass (Repeater|Relay)|Random Unmuter) \(rgthree\)$/i;

/**
 * Where a node type lives: `editor` types are part of ComfyUI's editor and never missing; `web` types come with a pack, but no list of
 * Python nodes shows them: only that their pack is not installed can tell that they are missing; all others are `server` types.
 */
export function nodeHome(nodeType: string): 'editor' | 'web' | 'server' {
  if (VIRTUAL.has(nodeType) || INSTANCE.test(nodeType)) return 'editor';
  return WEB_ONLY.test(nodeType) ? 'web' : 'server';
}

/** `true` for the nodes that people write notes in. */
export function isNote(nodeType: string): boolean {
  return nodeType === 'Note' || nodeType === 'MarkdownNote' || /Note(Node|Plus)?$|^Note|Label \(rgthree\)/.test(nodeType);
}
