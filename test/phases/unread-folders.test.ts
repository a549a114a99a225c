import { expect, test } from 'bun:test';
import { chmod, symlink } from 'node:fs/promises';
import type { RunEvent } from '../../lib/core/events.ts';
import { openScanLibrary } from '../../lib/phases/scan-library.ts';
import { noteUnread } from '../../lib/phases/unread-folders.ts';
import { makeTree, type Tree } from '../comfy/kit.ts';

/** What the scan says when it looks at the models folders. */
async function notesOf(tree: Tree): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const { signal } = new AbortController();
  await openScanLibrary(tree.install, { ports: { env: {}, home: tree.root }, emit: (event) => events.push(event), signal });
  return events;
}

test('a link that leads nowhere is named, with what to do', async () => {
  await using tree = await makeTree({ 'models/loras/a.pt': 'x' });
  expect(await notesOf(tree)).toEqual([]);
  await symlink(tree.path('nowhere'), tree.path('models/loras/away'));
  expect(await notesOf(tree)).toEqual([
    {
      type: 'note',
      component: 'link_broken',
      level: 'warn',
      message: expect.stringMatching(
        /^The link .*models\/loras\/away was not read \(.*\), so models in it count as missing\. Point it to /,
      ),
    },
  ]);
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be read is named once, though two keys share it', async () => {
  await using tree = await makeTree({ 'models/unet/closed/a.pt': 'x' });
  await chmod(tree.path('models/unet/closed'), 0);
  const notes = await notesOf(tree);
  await chmod(tree.path('models/unet/closed'), 0o755);
  expect(notes).toEqual([
    expect.objectContaining({ component: 'folder_unreadable', level: 'warn', message: expect.stringContaining('Make it readable') }),
  ]);
});

test('a path counts once, and of very many only the first are named', () => {
  const problem = (at: number) => ({ path: `/m/${at}`, code: 'folder_unreadable', reason: 'EACCES' });
  expect(noteUnread([problem(1), problem(1)]).map(({ message }) => message)).toEqual([
    'The models folder /m/1 was not read (EACCES), so models in it count as missing. Make it readable for this user',
  ]);
  const many = noteUnread(Array.from({ length: 40 }, (_, at) => problem(at)));
  expect(many.map(({ message }) => message).slice(4)).toEqual([
    expect.stringContaining('/m/4'),
    '35 more folders and links among the models could not be read; verify names each',
  ]);
});
