import { expect, test } from 'bun:test';
import { confineFetch } from '../../lib/demo/confined-fetch.ts';

test('the demo reaches its own servers and nobody else', async () => {
  const reached: string[] = [];
  const confined = confineFetch(
    (input: string) => {
      reached.push(input);
      return Promise.resolve(new Response('here'));
    },
    ['http://127.0.0.1:4001'],
  );
  await confined('http://127.0.0.1:4001/api/models', undefined);
  expect(confined('http://127.0.0.1:8188/system_stats', undefined)).rejects.toThrow('outside the sandbox');
  expect(confined('https://huggingface.co/api/models', undefined)).rejects.toThrow('outside the sandbox');
  expect(reached).toEqual(['http://127.0.0.1:4001/api/models']);
});
