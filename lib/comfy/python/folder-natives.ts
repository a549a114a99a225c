import { isAbsolute, join } from 'node:path';

import { MODEL_EXTENSIONS } from '../folder-table.ts';
import type { Machine, CallArguments } from './machine.ts';
import { folderListing, list, NONE, text, UNKNOWN } from './values.ts';
import type { Value } from './values.ts';

/** Steps that a registered folder counts for: each is put in its place among the others, and walked. */
const FOLDER_STEPS = 1000;

type Native = (machine: Machine, given: CallArguments) => Value;

/** What ComfyUI's `folder_paths` module answers. */
export const folderNatives: readonly (readonly [string, Native])[] = [
  ['folder_paths.get_filename_list', (_, { args }) => (args[0]?.type === 'text' ? folderListing(args[0].text) : list([], 'list', true))],
  ['folder_paths.get_folder_paths', folderPaths],
  ['folder_paths.folder_names_and_paths.__getitem__', namesAndPaths],
  ['folder_paths.folder_names_and_paths.get', namesAndPaths],
  [
    'folder_paths.folder_names_and_paths.setdefault',
    (machine, { args }) => registerFolder(machine, args[0] ?? UNKNOWN, args[1] ?? UNKNOWN),
  ],
  ['folder_paths.add_model_folder_path', addModelFolder],
  ['folder_paths.get_output_directory', (machine) => text(join(machine.root, 'output'))],
  ['folder_paths.get_input_directory', (machine) => text(join(machine.root, 'input'))],
  ['folder_paths.get_temp_directory', (machine) => text(join(machine.root, 'temp'))],
  ['folder_paths.get_user_directory', (machine) => text(join(machine.root, 'user'))],
];

/** The values of `folder_paths` that are no functions; `undefined` for all other names. */
export function folderConstant(machine: Machine, path: string): Value | undefined {
  switch (path) {
    case 'folder_paths.models_dir':
      return text(join(machine.root, 'models'));
    case 'folder_paths.base_path':
      return text(machine.root);
    case 'folder_paths.supported_pt_extensions':
      return list(
        [...MODEL_EXTENSIONS].map((extension) => text(extension)),
        'set',
      );
    default:
      return undefined;
  }
}

function folderPaths(machine: Machine, { args }: CallArguments): Value {
  const [key] = args;
  if (key?.type !== 'text') return UNKNOWN;
  return list(
    [text(key.text === 'custom_nodes' ? join(machine.root, 'custom_nodes') : join(machine.root, 'models', key.text))],
    'list',
    true,
  );
}

function namesAndPaths(machine: Machine, given: CallArguments): Value {
  return list([folderPaths(machine, given), list([], 'set', true)], 'tuple');
}

function addModelFolder(machine: Machine, { args, named }: CallArguments): Value {
  const key = args[0] ?? named.get('folder_name');
  const path = args[1] ?? named.get('full_folder_path');
  const isDefault = args[2] ?? named.get('is_default');
  if (key?.type === 'text' && path?.type === 'text' && isAbsolute(path.text)) {
    machine.step(FOLDER_STEPS);
    machine.additions.push({ key: key.text, path: path.text, isDefault: isDefault?.type === 'boolean' && isDefault.boolean });
  }
  return NONE;
}

/** `folder_names_and_paths[key] = (paths, extensions)`: what can be read of it is added. */
export function registerFolder(machine: Machine, key: Value, value: Value): Value {
  const [paths, extensions] = value.type === 'list' ? value.items : [];
  if (key.type !== 'text' || paths?.type !== 'list') return value;
  const endings = extensions?.type === 'list' && !extensions.isOpen ? textsOf(extensions) : undefined;
  // What `get_folder_paths` gives stands for the folders of a key; that is no place of its own where sources have named others.
  machine.step(machine.additions.length);
  const isNamed = paths.isOpen && machine.additions.some((addition) => addition.key === key.text);
  const stand = isNamed ? join(machine.root, 'models', key.text) : undefined;
  for (const path of textsOf(paths).filter((entry) => isAbsolute(entry) && entry !== stand)) {
    machine.step(FOLDER_STEPS);
    machine.additions.push({ key: key.text, path, isDefault: false, ...(endings === undefined ? {} : { extensions: new Set(endings) }) });
  }
  return value;
}

function textsOf(value: Value): string[] {
  return value.type === 'list' ? value.items.flatMap((item) => (item.type === 'text' ? [item.text] : [])) : [];
}
