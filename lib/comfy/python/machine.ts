import type { FolderAddition } from '../extra-paths.ts';
import type { SourceDisk } from '../source-disk.ts';
import type { Argument, Expression, Statement } from './syntax.ts';
import type { ClassValue, ModuleValue, Scope, Value } from './values.ts';

/** Reading took more steps than the sources of one pack may take. */
export class OutOfSteps extends Error {}

/** A module that is imported and not there: what Python would raise at this line. */
export class ImportTrouble extends Error {}

/** Arguments of a call, by place and by name. */
export interface CallArguments {
  args: Value[];
  named: Map<string, Value>;
}

/** How a block of statements ended. */
export type Outcome = 'next' | 'return' | 'break' | 'continue' | 'raise';

/** A function under way: where its names live and what it may return. */
export interface Frame {
  scope: Scope;
  returned: Value | undefined;
  /** Above zero while it is not known whether the statements run at all. */
  doubt: number;
  /** The statements run if an import failed that is likely to succeed: what is there already is the likelier value. */
  isFallback: boolean;
  /** Names that the `try` under way has given another value, with those before; `null` outside of one. */
  overwritten: Map<string, Value> | null;
}

export function makeFrame(scope: Scope, doubt = 0): Frame {
  return { scope, returned: undefined, doubt, isFallback: false, overwritten: null };
}

export const NO_ARGUMENTS: CallArguments = { args: [], named: new Map() };

/** What the parts of the reader call of each other. */
export interface Machine {
  /** Counts one step and that many more; throws OutOfSteps when there were too many. */
  step(more?: number): void;
  /** Calls under way. */
  depth: number;
  /** A class is asked for its inputs: what it finds on the disk then is what a user put there, and may be more another day. */
  isDeclaring: boolean;
  /** Imports of which reading cannot tell whether they succeed, without those that a `try` has caught. */
  undecided: number;
  evaluate(expression: Expression, frame: Frame): Value;
  execute(statements: readonly Statement[], frame: Frame): Outcome;
  call(callee: Value, args: CallArguments): Value;
  readArguments(args: readonly Argument[], frame: Frame): CallArguments;
  attribute(object: Value, name: string): Value;
  instantiate(of: ClassValue, args: CallArguments): Value;
  /** A name that no source defines: its value where it is known, else itself. */
  outside(path: string): Value;
  /** Whether a module outside the sources is known to have a name. */
  isSureName(path: string, name: string): boolean;
  /** A module by its dotted name as `from` imports it; `level` counts the leading dots. Throws ImportTrouble for one that is not there. */
  importModule(path: string, level: number, from: ModuleValue | null): Value;
  importFile(file: string): Value;
  /** A module that was read, by the name that it has for itself. */
  findModule(name: string): ModuleValue | null;
  /** A module below a package, when there is one. */
  findSubmodule(module: ModuleValue, name: string): Value | undefined;
  /** The folder with `models`, `custom_nodes` and the others. */
  readonly root: string;
  /** What looks at the files. */
  readonly disk: SourceDisk;
  /** Folders that may be looked into: the install's and the packs'. */
  readonly readable: readonly string[];
  /** Model folders that the sources register. */
  readonly additions: FolderAddition[];
}
