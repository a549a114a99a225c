import { isModelFileName } from '../core/model-file/names.ts';
import type { LoaderInput, NodeDeclaration, UntoldInput } from '../core/model.ts';
import { modernFolderName, PACK_FOLDERS } from './folder-table.ts';
import { foldersOf } from './python/values.ts';
import type { FolderTrace, Value } from './python/values.ts';

/** One input of a node class as its source declares it. */
export interface DeclaredInput {
  name: string;
  isWidget: boolean;
  /** Folder keys that feed it, in the order that the source has them. */
  folders: readonly FolderTrace[];
  /** What a combo offers as texts of its own. */
  texts: readonly string[];
  /** A combo that may offer more than its texts. */
  isUntold: boolean;
}

/** Joins the inputs of a class to what the shared vocabulary says of it. */
export function declarationOf(nodeType: string, inputs: readonly DeclaredInput[], isComplete: boolean): NodeDeclaration {
  const loaders: LoaderInput[] = [];
  const untold: UntoldInput[] = [];
  for (const { name, folders, texts, isUntold } of inputs) {
    const [directory, ...alternatives] = directoriesOf(folders);
    if (directory !== undefined) {
      const loader = { input: name, directory, ...(alternatives.length === 0 ? {} : { alternatives }) };
      loaders.push(loaderInput(loader, texts));
    } else if (isUntold && folders.length === 0) untold.push(untoldInput(name, texts));
  }
  const widgets = isComplete ? inputs.filter((input) => input.isWidget).map((input) => input.name) : null;
  return { nodeType, widgets, loaders, ...(untold.length === 0 ? {} : { untold }) };
}

/** Of the offered texts only those matter that look like a model. */
function untoldInput(input: string, offered: readonly string[]): UntoldInput {
  const choices = offered.filter(isModelFileName);
  return choices.length === 0 ? { input } : { input, choices };
}

/** A loader's input with those of the offered texts that name no file. */
export function loaderInput(loader: LoaderInput, offered: readonly string[]): LoaderInput {
  const choices = offered.filter((text) => !isModelFileName(text));
  return choices.length === 0 ? loader : { ...loader, choices };
}

/** Folders that image, video and text loaders list, which hold no models. */
export const NOT_MODELS: ReadonlySet<string> = new Set(['custom_nodes', 'input', 'output', 'temp', 'fonts', 'datasets']);

/** The present-day folder keys that feed an input, each once. */
function directoriesOf(folders: readonly FolderTrace[]): string[] {
  return [...new Set(folders.filter(({ key }) => !NOT_MODELS.has(key)).map(directoryOf))];
}

/**
 * A folder key by its present-day name. When names carry a prefix that the key's folder ends with (`bbox/` before the files of
 * `models/ultralytics/bbox`), they are relative to the folder above.
 */
function directoryOf(trace: FolderTrace): string {
  const [folder = ''] = PACK_FOLDERS.get(trace.key)?.folders ?? [];
  if (folder.startsWith('= ')) return folder.slice(2);
  const prefix = trace.prefix.replace(/[/\\]$/, '');
  if (prefix !== '' && folder.endsWith(`/${prefix}`)) return folder.slice(0, folder.length - prefix.length - 1);
  return modernFolderName(trace.key);
}

/** Types of inputs that the frontend shows as widgets (ComfyUI_frontend, `scripts/widgets.ts`, read 2026-10). */
export const WIDGET_TYPES: ReadonlySet<string> = new Set(['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO', 'COLOR', 'MARKDOWN']);

/** An entry of `INPUT_TYPES`: `(type, options)`, where the type is a name or the list of a combo. */
export function readInput(name: string, declared: Value): DeclaredInput {
  const [type, options] = declared.type === 'list' ? declared.items : [declared];
  const chosen = optionOf(options, 'options');
  const folders = [...(type === undefined ? [] : foldersOf(type)), ...(chosen === undefined ? [] : foldersOf(chosen))];
  const isShown = isWidget(type, declared) && !isForced(options);
  const typeName = type === undefined ? undefined : typeNameOf(type);
  const isCombo = typeName === undefined || typeName === 'COMBO';
  const isUntold = isShown && isCombo && !tellsChoices(typeName === undefined ? type : chosen);
  return { name, isWidget: isShown, folders, texts: [...textsIn(type), ...textsIn(chosen)], isUntold };
}

/** `true` when a combo offers what can be read of its choices and no more. The members of an enumeration are written in its class. */
export function tellsChoices(offered: Value | undefined): boolean {
  if (offered?.type !== 'list') return offered?.type === 'class';
  return (
    !offered.isOpen && offered.items.every(({ type }) => type === 'text' || type === 'number' || type === 'boolean' || type === 'none')
  );
}

/** The texts that stand in a list; those of a longer list, or of one that may be either of two, are read as far as they are told. */
export function textsIn(value: Value | undefined): string[] {
  return value?.type === 'list' ? value.items.flatMap((item) => (item.type === 'text' ? [item.text] : [])) : [];
}

function isWidget(type: Value | undefined, declared: Value): boolean {
  if (type === undefined) return declared.type === 'list' && declared.folders.length > 0;
  const name = typeNameOf(type);
  if (name !== undefined) return WIDGET_TYPES.has(name);
  // A list of choices; one that reading does not tell is a list as well, since types are written as texts.
  return type.type !== 'instance' && type.type !== 'class';
}

/** A type by its name; `undefined` for a list of choices and for what reading does not tell. */
function typeNameOf(type: Value): string | undefined {
  if (type.type === 'text') return type.text;
  // `IO.STRING` of ComfyUI's own enumeration of types (comfy/comfy_types/node_typing.py)
  return type.type === 'outside' ? /(?:^|\.)IO\.(\w+)$/.exec(type.path)?.[1] : undefined;
}

function isForced(options: Value | undefined): boolean {
  const forced = optionOf(options, 'forceInput');
  return forced?.type === 'boolean' && forced.boolean;
}

function optionOf(options: Value | undefined, name: string): Value | undefined {
  return options?.type === 'dict' ? options.entries.get(name) : undefined;
}
