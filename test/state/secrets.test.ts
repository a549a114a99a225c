import { expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSecretsFile, readSecrets } from '../../lib/state/secrets.ts';
import { useFolders } from '../helpers/folders.ts';

const makeFolder = useFolders('secrets');

function makeHome(files: Record<string, string>): string {
  const home = makeFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
}

test.each([
  ['A=1', { A: '1' }],
  ['export A="one two"', { A: 'one two' }],
  ["  export   A='x' # why", { A: 'x' }],
  ['A = b # comment', { A: 'b' }],
  ['# A=1\n\nnonsense\nB=2\r\n', { B: '2' }],
  ['__proto__=x\nA=1', { A: '1' }],
])('%j holds %j', (text, expected) => {
  expect(parseSecretsFile(text)).toMatchObject(expected);
});

test('the environment goes before ~/.secrets, and that before the token file of Hugging Face', () => {
  const home = makeHome({ '.secrets': 'HF_TOKEN=from_secrets\nCIVITAI_TOKEN=civ_secrets\n', '.cache/huggingface/token': 'from_file\n' });
  expect(readSecrets({ env: { HF_TOKEN: 'from_env' }, home })).toEqual({ huggingface: 'from_env', civitai: 'civ_secrets' });
  expect(readSecrets({ env: {}, home }).huggingface).toBe('from_secrets');
});

test.each([
  [{ MODELSCOPE_API_TOKEN: 'ms-a', MODELSCOPE_TOKEN: 'ms-b' }, 'ms-a'],
  [{ MODELSCOPE_TOKEN: 'ms-b' }, 'ms-b'],
  [{}, undefined],
])('with %j the token of ModelScope is %p', (env, token) => {
  expect(readSecrets({ env, home: makeHome({}) }).modelscope).toBe(token as string);
});

test.each([
  [{}, '.cache/huggingface/token'],
  [{ HF_HOME: 'hfhome' }, 'hfhome/token'],
  [{ HF_TOKEN_PATH: 'own/place' }, 'own/place'],
  [{ XDG_CACHE_HOME: 'xdg' }, 'xdg/huggingface/token'],
])('with %j the token file is %s', (env, path) => {
  const home = makeHome({ [path]: ' hf_abc \n' });
  const absolute = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, join(home, value)]));
  expect(readSecrets({ env: absolute, home }).huggingface).toBe('hf_abc');
});

test.each(['CIVITAI_API_KEY', 'CIVITAI_TOKEN', 'CIVITAI_API_TOKEN'])('%s is the key of Civitai', (name) => {
  expect(readSecrets({ env: { [name]: 'k123' }, home: '/nowhere' }).civitai).toBe('k123');
});

test('a key that could not stand in a header counts as absent', () => {
  expect(readSecrets({ env: { HF_TOKEN: 'a\r\nX-Evil: 1', CIVITAI_API_KEY: 'schlüssel' }, home: '/nowhere' })).toEqual({
    huggingface: null,
    civitai: null,
  });
});
