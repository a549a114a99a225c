export { isPickleFilename } from '../core/model-file/names.ts';

/** What stands after the last `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
