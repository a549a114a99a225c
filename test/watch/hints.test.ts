import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { hintBesideWatch, reportBesideWatch } from '../../lib/watch/hints.ts';

const ROOT = join(import.meta.dir, '../..');

describe('a hint beside a watch', () => {
  const HINTS: [single: string, watched: string][] = [
    [
      'Check the network and the proxy, then run resume: what has arrived is kept',
      'Check the network and the proxy; watch goes on by itself: what has arrived is kept',
    ],
    ['Run resume later', 'Watch tries again by itself'],
    [
      'Run resume in a few minutes; a key of your own raises the limit',
      'Watch tries again by itself in a few minutes; a key of your own raises the limit',
    ],
    [
      'Set HF_TOKEN (make a token at https://huggingface.co/settings/tokens), then run resume',
      'Set HF_TOKEN (make a token at https://huggingface.co/settings/tokens) in ~/.secrets; watch notices it by itself',
    ],
    [
      'Set CIVITAI_API_KEY (make a key at https://civitai.com/user/account) in the environment or in ~/.secrets',
      'Set CIVITAI_API_KEY (make a key at https://civitai.com/user/account) in ~/.secrets; watch notices it by itself',
    ],
    [
      'Name a link with resolve --pick "a.safetensors=URL" or under overrides in config.json',
      'Name a link with an entry under overrides in config.json',
    ],
    ['Use another source with --pick, or set an override in config.json', 'Use another source under overrides in config.json'],
    [
      'Open the link in a browser; pass another place with --pick or overrides',
      'Open the link in a browser; pass another place under overrides in config.json',
    ],
    ['Run resolve again, or give a link with --pick', 'Watch looks again by itself, or give a link under overrides in config.json'],
    ['Wait until it has finished, or end it, then run resume', 'Wait until it has finished, or end it; watch goes on by itself'],
    ['Check that the link is right', 'Check that the link is right'],
  ];

  test.each(HINTS)('%s', (single, watched) => {
    expect(hintBesideWatch(single)).toBe(watched);
    expect(hintBesideWatch(watched)).toBe(watched);
  });

  test('changes nothing else of a report', () => {
    const problem = { code: 'download_server_error', error: 'run resume', details: 'run resume', hint: 'Run resume later' };
    expect(reportBesideWatch(problem)).toEqual({ ...problem, hint: 'Watch tries again by itself' });
  });
});

/** Where the reports are worded that a watch shows. */
const WORDED = /^lib\/(core|sources|download|resolve)\/|^lib\/phases\/(resolve|assess)\.ts$/;
const LITERAL = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;
/** What only a person at a prompt can do, and only when nobody else holds the state folder. A watch is never offline. */
const COMMAND = /\brun (?:resume|resolve|scan|download|auto)\b(?! without --offline)|--pick/i;

test('no hint of any report tells somebody who watches to run a command', async () => {
  const hints: string[] = [];
  for await (const path of new Bun.Glob('lib/**/*.ts').scan(ROOT)) {
    if (!WORDED.test(path)) continue;
    const text = await Bun.file(join(ROOT, path)).text();
    const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
    for (const [, plain, template] of code.matchAll(LITERAL)) {
      const words = plain ?? template ?? '';
      if (COMMAND.test(words)) hints.push(words);
    }
  }
  expect(hints.length).toBeGreaterThan(15);
  expect(hints.map(hintBesideWatch).filter((hint) => COMMAND.test(hint))).toEqual([]);
});
