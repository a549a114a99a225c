import { expect, test } from 'bun:test';
import { symlink } from 'node:fs/promises';

import type { LiveFolder } from '../../lib/comfy/live-folders.ts';
import { identify } from '../../lib/comfy/live-identity.ts';
import { readModelFolders } from '../../lib/comfy/model-folders.ts';
import { makeTree } from './kit.ts';

const FILES = { 'nodes.py': '', 'models/loras/a.pt': '', 'models/loras/sub/b.pt': '', 'models/vae/v.pt': '' };
const NONE: LiveFolder = { roots: null, extensions: null, names: [] };

type Case = [name: string, told: { argv?: string[]; roots?: string[]; loras?: string[] }, expected: ReturnType<typeof identify>];

/** `@` stands for the install's folder. */
const CASES: Case[] = [
  ['its own models folder', { roots: ['@/models/loras'] }, 'same'],
  ['the same by way of a link', { roots: ['@-link/models/loras'] }, 'same'],
  ['its own models folder, and files that are there', { roots: ['@/models/loras'], loras: ['a.pt', 'sub/b.pt', 'new.pt'] }, 'same'],
  ['the path of its models folder, and files of another disk', { roots: ['@/models/loras'], loras: ['x.pt', 'y.pt', 'z.pt'] }, 'other'],
  ['its own models folder, from which a file or two have just gone', { roots: ['@/models/loras'], loras: ['y.pt', 'z.pt'] }, 'same'],
  ['another models folder, and other files', { roots: ['/srv/ComfyUI/models/loras'], loras: ['z.pt'] }, 'other'],
  ['another models folder, whatever the arguments say', { argv: ['@/main.py'], roots: ['/srv/models/loras'], loras: ['z.pt'] }, 'other'],
  ['another models folder with the same files', { roots: ['/app/models/loras'], loras: ['a.pt', 'sub/b.pt'] }, 'alike'],
  ['started from here, without a word on folders', { argv: ['@/main.py'] }, 'same'],
  ['started here with another base directory', { argv: ['@/main.py', '--base-directory', '/data'] }, 'other'],
  ['the base directory alone', { argv: ['main.py', '--base-directory=@'] }, 'same'],
  ['started from elsewhere, with nothing to list', { argv: ['/opt/ComfyUI/main.py'] }, 'other'],
  ['no path at all, and the same files by Windows’ separators', { argv: ['main.py'], loras: ['a.pt', 'sub\\b.pt'] }, 'alike'],
  ['no path at all, and mostly other files', { argv: ['main.py'], loras: ['a.pt', 'y.pt', 'z.pt'] }, 'other'],
  ['nothing at all', {}, 'other'],
];

test.each(CASES)('a server that tells of %s', async (_, told, expected) => {
  await using tree = await makeTree(FILES);
  await using links = await makeTree({});
  await symlink(tree.root, links.path('to'));
  const place = (text: string): string => text.replace('@-link', links.path('to')).replace('@', tree.root);
  const identity = identify({
    server: { url: 'http://127.0.0.1:1', version: null, argv: (told.argv ?? []).map(place) },
    live: new Map([['loras', { ...NONE, roots: told.roots?.map(place) ?? null, names: told.loras ?? [] }]]),
    install: tree.install,
    folders: await readModelFolders(tree.install),
  });
  expect(identity).toBe(expected);
});
