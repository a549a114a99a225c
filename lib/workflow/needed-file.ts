/** A file that a node needs and does not name. */
export interface ImplicitModel {
  /** With its subfolder, `/` as separator; where the node goes by a pattern, the name that the pack's manual gives. */
  name: string;
  directory: string;
  /** The node fetches it by itself. */
  selfDownload: boolean;
  /** What the node looks for among its folder's files, subfolder and all; the first that fits any counts. Absent: the very name. */
  patterns?: readonly RegExp[];
}

/** The family of the checkpoints in a workflow, `null` when their names do not tell: some presets need another file for each. */
export type ModelFamily = 'sd15' | 'sdxl' | null;

/** Files that somebody has to put in place. */
export function needed(directory: string, ...names: readonly string[]): ImplicitModel[] {
  return names.map((name) => ({ name, directory, selfDownload: false }));
}

/** Files that the node fetches. */
export function fetched(directory: string, ...names: readonly string[]): ImplicitModel[] {
  return names.map((name) => ({ name, directory, selfDownload: true }));
}

/** A file to put in place under any name that one of the patterns fits. */
export function sought(directory: string, name: string, ...patterns: readonly RegExp[]): ImplicitModel[] {
  return [{ name, directory, selfDownload: false, patterns }];
}
