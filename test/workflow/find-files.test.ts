import { afterAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findWorkflowFiles } from '../../lib/workflow/find-files.ts';

const base = mkdtempSync(join(tmpdir(), 'workflow-files-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function tree(name: string, ...files: string[]): string {
  for (const file of files) {
    mkdirSync(join(base, name, file, '..'), { recursive: true });
    writeFileSync(join(base, name, file), '{}');
  }
  return join(base, name);
}
const found = (...paths: string[]) => findWorkflowFiles(paths).files.map((file) => file.workflow);

test('files at any depth, sorted, without hidden ones and other kinds', () => {
  const root = tree(
    'depth',
    'b.json',
    'a/deep/er/c.PNG',
    'a/x.txt',
    '.index.json',
    '.git/d.json',
    'node_modules/e.json',
    'movie.mp4',
    'noise.latent',
  );
  expect(found(root)).toEqual(['a/deep/er/c.PNG', 'b.json', 'movie.mp4', 'noise.latent']);
});

test('a file that was named itself is taken whatever its ending', () => {
  const root = tree('named', 'draft.txt');
  expect(found(join(root, 'draft.txt'))).toEqual(['draft.txt']);
});

test('links are followed, loops end, and a file that is reached twice counts once', () => {
  const root = tree('links', 'in/a.json', 'in/sub/b.json');
  const other = tree('elsewhere', 'c.json');
  symlinkSync(other, join(root, 'in', 'linked'));
  symlinkSync(root, join(root, 'in', 'sub', 'loop'));
  symlinkSync(join(root, 'gone'), join(root, 'in', 'broken.json'));
  expect(found(root)).toEqual(['in/a.json', 'in/linked/c.json', 'in/sub/b.json']);
  expect(found(root, join(root, 'in'), other)).toHaveLength(3);
});

test('a link that cannot be followed is named, and what lies beside it goes on', () => {
  const root = tree('circles', 'a.json', 'sub/b.json', 'z.json');
  symlinkSync('self.json', join(root, 'self.json'));
  symlinkSync('sub', join(root, 'other'));
  symlinkSync(join(root, 'a.json', 'below'), join(root, 'under-a-file.json'));
  symlinkSync(join('a'.repeat(300), 'x'), join(root, 'long.json'));
  const { files, failures } = findWorkflowFiles([root]);
  expect(files.map((file) => file.workflow)).toEqual(['a.json', 'other/b.json', 'z.json']);
  expect(failures.map(({ path, reason }) => `${path}: ${reason}`).sort()).toEqual([
    `${join(root, 'long.json')}: it cannot be read (ENAMETOOLONG)`,
    `${join(root, 'self.json')}: it cannot be read (ELOOP)`,
    `${join(root, 'under-a-file.json')}: it cannot be read (ENOTDIR)`,
  ]);
});

test('what cannot be read is named and the others go on', () => {
  const root = tree('closed', 'a.json', 'shut/b.json');
  chmodSync(join(root, 'shut'), 0);
  const { files, failures } = findWorkflowFiles([root, join(base, 'nowhere')]);
  chmodSync(join(root, 'shut'), 0o755);
  const isRoot = process.getuid?.() === 0;
  expect(files.length).toBe(isRoot ? 2 : 1);
  expect(failures.map((failure) => failure.reason)).toEqual(
    isRoot ? ['it does not exist'] : ['it may not be read: permission denied', 'it does not exist'],
  );
});
