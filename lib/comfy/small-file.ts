import { readFile, stat } from 'node:fs/promises';

/** Throws a system error where there is no such file, and an Error for a pipe or the like, and for one of more bytes. */
export async function readSmallFile(path: string, maxBytes: number): Promise<string> {
  const found = await stat(path);
  // A pipe would be waited for until somebody writes into it; a folder says by itself what it is.
  if (!found.isFile() && !found.isDirectory()) throw new Error('it is not a regular file');
  if (found.size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024} kB`);
  return readFile(path, 'utf8');
}
