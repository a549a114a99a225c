import { expect, test } from 'bun:test';
import { join } from 'node:path';

import { expandPath, parseExtraPaths, readExtraPaths } from '../../lib/comfy/extra-paths.ts';
import { makeTree } from './kit.ts';

const EXPANSION = { env: { DISK: '/disk', EMPTY: '', NESTED: '${DISK}', 'a-b': '/dashed' }, home: '/home/ann' };

function additions(yaml: string): string[] {
  const { additions: found } = parseExtraPaths(yaml, '/comfy/extra_model_paths.yaml', EXPANSION);
  return found.map(({ key, path, isDefault }) => `${key} ${path}${isDefault ? ' default' : ''}`);
}

const READ: [name: string, yaml: string, expected: string[]][] = [
  ['a folder is joined to base_path', 'a:\n  base_path: /shared\n  loras: models/Lora\n', ['loras /shared/models/Lora']],
  ['base_path knows the home folder', 'a:\n  base_path: ~/sd/\n  vae: vae\n', ['vae /home/ann/sd/vae']],
  ['base_path knows variables', 'a:\n  base_path: ${DISK}/x\n  vae: $DISK\n', ['vae /disk/x/$DISK']],
  ['what a variable holds is taken as it is', 'a:\n  base_path: /m/$NESTED\n  vae: v\n', ['vae /m/${DISK}/v']],
  ['any name stands in braces', 'a:\n  base_path: ${a-b}\n  vae: v\n', ['vae /dashed/v']],
  ['an unknown variable stays as written', 'a:\n  base_path: /m/$NOBODY\n  vae: v\n', ['vae /m/$NOBODY/v']],
  ['a relative base_path is relative to the file', 'a:\n  base_path: ../big\n  vae: v\n', ['vae /big/v']],
  ['without base_path folders are relative to the file', 'a:\n  vae: v\n', ['vae /comfy/v']],
  ['an absolute folder wins over base_path', 'a:\n  base_path: /m\n  vae: /elsewhere/v\n', ['vae /elsewhere/v']],
  ['a folder does not know the home folder', 'a:\n  base_path: /m\n  vae: ~/v\n', ['vae /m/~/v']],
  [
    'several lines are several folders, empty ones none',
    'a:\n  base_path: /m\n  loras: |\n    one\n\n    two\n',
    ['loras /m/one', 'loras /m/two'],
  ],
  ['a null section is skipped', 'a:\nb:\n  base_path: /m\n  vae: v\n', ['vae /m/v']],
  ['is_default marks every folder of the section', 'a:\n  base_path: /m\n  is_default: true\n  clip: c\n', ['clip /m/c default']],
  ['is_default false does not', 'a:\n  base_path: /m\n  is_default: false\n  vae: v\n', ['vae /m/v']],
  ['a bare no is false, as PyYAML reads it', 'a:\n  base_path: /m\n  is_default: no\n  vae: v\n', ['vae /m/v']],
  ['an empty list is false', 'a:\n  base_path: /m\n  is_default: []\n  vae: v\n', ['vae /m/v']],
  ['dots are resolved', 'a:\n  base_path: /m/x\n  vae: ../v/./w/\n', ['vae /m/v/w']],
  ['separators at the end are none', 'a:\n  base_path: /m/\n  vae: v//\n  loras: /l/\n  clip: /\n', ['vae /m/v', 'loras /l', 'clip /']],
];

test.each(READ)('%s', (_, yaml, expected) => {
  expect(additions(yaml)).toEqual(expected);
});

const REFUSED: [name: string, yaml: string, words: string][] = [
  ['a yaml that is none is named', 'a: [', 'extra_model_paths.yaml'],
  ['an empty file is named', '', 'empty'],
  ['a list at the top is named', '- a\n', 'no sections'],
  ['a section that is a text is named', 'a: here\n', '"a"'],
  ['a list of folders is named with its key', 'a:\n  loras: [x, y]\n', '"a.loras"'],
];

test.each(REFUSED)('%s', (_, yaml, words) => {
  const { problems, additions: found } = parseExtraPaths(yaml, '/comfy/extra_model_paths.yaml', EXPANSION);
  expect(found).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toContain(words);
  expect(problems[0]?.hint).not.toBe('');
});

test.each(['', '[x]', '5'])('a base_path that is no text is named: "%s"', (written) => {
  const { problems } = parseExtraPaths(`a:\n  base_path: ${written}\n  vae: /v\n`, '/comfy/extra_model_paths.yaml', EXPANSION);
  expect(problems).toMatchObject([{ path: '/comfy/extra_model_paths.yaml', code: 'extra_paths_malformed' }]);
  expect(problems[0]?.message).toContain('"a.base_path"');
});

test('one bad key leaves the others', () => {
  expect(additions('a:\n  base_path: /m\n  loras: [x]\n  vae: v\nb:\n  vae: /w\n')).toEqual(['vae /m/v', 'vae /w']);
});

test('a file that names more folders, or has more faults, than anybody writes is cut short', () => {
  const folders = Array.from({ length: 50_000 }, (_, place) => `    ${place}\n`).join('');
  const many = parseExtraPaths(`a:\n  loras: |\n${folders}`, '/comfy/extra_model_paths.yaml', EXPANSION);
  expect(many.additions).toHaveLength(2000);
  expect(many.problems[0]?.message).toContain('more than 2000 folders');
  const odd = Array.from({ length: 50_000 }, (_, place) => `k${place}: 1\n`).join('');
  expect(parseExtraPaths(odd, '/comfy/extra_model_paths.yaml', EXPANSION).problems).toHaveLength(10);
});

test('keys of prototypes are keys like others', () => {
  expect(additions('__proto__:\n  base_path: /m\n  constructor: c\n')).toEqual(['constructor /m/c']);
});

test('a file that is not there adds nothing, a folder in its place is a problem', async () => {
  await using tree = await makeTree({ 'extra_model_paths.yaml/': '' });
  expect(await readExtraPaths(tree.path('none.yaml'), EXPANSION)).toEqual({ additions: [], problems: [] });
  const { problems } = await readExtraPaths(tree.path('extra_model_paths.yaml'), EXPANSION);
  expect(problems.map((problem) => problem.code)).toEqual(['extra_paths_unreadable']);
});

test.skipIf(process.platform === 'win32')('a pipe is waited for by nobody, and a file of any size read by nobody', async () => {
  await using tree = await makeTree({ 'large.yaml': '#'.repeat(2_000_000) });
  Bun.spawnSync(['mkfifo', tree.path('pipe.yaml')]);
  const told = async (name: string) => (await readExtraPaths(tree.path(name), EXPANSION)).problems.map(({ message }) => message);
  expect(await told('pipe.yaml')).toEqual([expect.stringContaining('it is not a regular file')]);
  expect(await told('large.yaml')).toEqual([expect.stringContaining('it is larger than 1024 kB')]);
});

test('a tilde counts at the beginning only', () => {
  expect(expandPath('~', EXPANSION)).toBe('/home/ann');
  expect(expandPath('a~', EXPANSION)).toBe('a~');
  expect(expandPath('~bob/x', EXPANSION)).toBe('~bob/x');
  expect(expandPath(join('x', '$EMPTY', 'y'), EXPANSION)).toBe('x//y');
});
