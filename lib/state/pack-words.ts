import type { MissingNode, NodePack } from '../core/model.ts';

/** How words and commands are written where they are to stand. */
export interface WordStyle {
  text: (words: string) => string;
  command: (words: string) => string;
}

/** What is to be done about a missing node type: the command or the place of its pack, or the packs that claim it. */
export function packWords({ pack, packs }: MissingNode, style: WordStyle): string {
  if (pack) return chosenPack(pack, style) + style.text(versionWords(pack));
  const titles = packs.map(({ title, id, repository }) => title ?? id ?? repository ?? '?');
  return titles.length > 0 ? style.text(`one of: ${titles.join(', ')}`) : 'no known pack has it';
}

/** Of a pack that is on this disk, first what is the matter with it. */
function chosenPack({ id, title, repository, install, state }: NodePack, { text, command }: WordStyle): string {
  const todo = install ?? repository;
  if (todo === null) return text(title ?? id ?? '');
  return state === undefined || title === null ? command(todo) : `${text(title)}: ${command(todo)}`;
}

/** Which version there is, or was, in brackets; `''` where nobody says. */
function versionWords({ version, latestVersion }: NodePack): string {
  if (version !== undefined) return ` (workflow saved with ${version})`;
  return latestVersion === undefined ? '' : ` (newest: ${latestVersion})`;
}
