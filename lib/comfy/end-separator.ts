import { parse, sep } from 'node:path';

const AT_END = sep === '\\' ? /[\\/]+$/ : /\/+$/;

/**
 * An absolute path without separators behind its last name: with and without them it is one folder, and two texts. The root of a file system
 * keeps its own. Nothing else is put in order: behind a link `..` is not what the text says.
 */
export function withoutEndSeparator(path: string): string {
  const { root } = parse(path);
  return root + path.slice(root.length).replace(AT_END, '');
}
