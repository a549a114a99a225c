import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_FILES = 400;
const MAX_FILE_BYTES = 2_000_000;

/** Node types that only the web part of a pack registers (helpers such as Set/Get, bookmarks, bypassers), as far as the names are written. */
export async function findWebNodes(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const file of await scriptsBelow(folder)) {
    const source = await readFile(file, 'utf8').catch(() => '');
    if (source.length <= MAX_FILE_BYTES) for (const name of webNodesIn(source)) names.add(name);
  }
  return names;
}

async function scriptsBelow(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    const scripts = names.filter((name) => name.endsWith('.js') && !/(?:^|[/\\])(?:node_modules|\.git|tests?)[/\\]/.test(name));
    return scripts.slice(0, MAX_FILES).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

const REGISTRATION = /\bregisterNodeType\(\s*(?:(["'`])((?:(?!\1)[^\\\n$])*)\1|([A-Za-z_$][\w$]*(?:\.[\w$]+)*))/g;

/** Names that a script hands to `registerNodeType`: as a text, or through a constant or a class's static field of the same file. */
export function webNodesIn(source: string): string[] {
  if (!source.includes('registerNodeType')) return [];
  return [...source.matchAll(REGISTRATION)].flatMap(([, , literal, reference]) => {
    const name = literal ?? (reference === undefined ? undefined : constantIn(source, reference));
    return name === undefined || name === '' ? [] : [name];
  });
}

/** The text that `NAME` or `Class.field` is given in the same file. */
function constantIn(source: string, reference: string): string | undefined {
  const [head = '', field] = reference.split('.');
  const assigned = new RegExp(`\\b${escape(reference)}\\s*=\\s*(["'])([^"'\\n]*)\\1`).exec(source)?.[2];
  if (assigned !== undefined || field === undefined) return assigned;
  const body = source.split(new RegExp(`\\bclass\\s+${escape(head)}\\b`))[1];
  return body === undefined ? undefined : new RegExp(`\\bstatic\\s+${escape(field)}\\s*=\\s*(["'])([^"'\\n]*)\\1`).exec(body)?.[2];
}

function escape(text: string): string {
  return text.replaceAll(/[$.]/g, String.raw`\$&`);
}
