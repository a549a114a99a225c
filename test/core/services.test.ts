import { describe, expect, test } from 'bun:test';
import { redactUrl, secretFor } from '../../lib/core/secrets.ts';
import { DEFAULT_ENDPOINTS, routeUrl } from '../../lib/core/services.ts';

const MIRRORED = { ...DEFAULT_ENDPOINTS, huggingface: 'http://127.0.0.1:4001', civitai: 'http://127.0.0.1:4002/civitai' };

describe('a URL is sent to its endpoint', () => {
  test.each([
    ['https://huggingface.co/a/b/resolve/main/c.safetensors', 'http://127.0.0.1:4001/a/b/resolve/main/c.safetensors', 'huggingface'],
    ['https://hf.co/a/b', 'http://127.0.0.1:4001/a/b', 'huggingface'],
    ['https://HuggingFace.co/a?x=1', 'http://127.0.0.1:4001/a?x=1', 'huggingface'],
    ['https://civitai.com/api/v1/me', 'http://127.0.0.1:4002/civitai/api/v1/me', 'civitai'],
    ['https://civitai.red/api/download/models/1', 'http://127.0.0.1:4002/civitai/api/download/models/1', 'civitai'],
    ['http://127.0.0.1:4002/civitai/x', 'http://127.0.0.1:4002/civitai/x', 'civitai'],
    ['http://127.0.0.1:4002/other', 'http://127.0.0.1:4002/other', null],
    ['https://huggingface.co.example.org/a', 'https://huggingface.co.example.org/a', null],
    [
      'https://raw.githubusercontent.com/ltdrdata/ComfyUI-Manager/main/model-list.json',
      `${DEFAULT_ENDPOINTS.manager}/model-list.json`,
      'manager',
    ],
    ['https://raw.githubusercontent.com/somebody/else/main/x', 'https://raw.githubusercontent.com/somebody/else/main/x', null],
  ])('%s', (url, expected, service) => {
    const routed = routeUrl(url, MIRRORED);
    expect([routed.url.href, routed.service]).toEqual([expected, service as never]);
  });
});

describe('a key goes to its own endpoint only', () => {
  const secrets = { huggingface: 'hf_secret', civitai: 'civ_secret' };
  const keyFor = (url: string): string | null => {
    const routed = routeUrl(url, MIRRORED);
    return secretFor(routed.url, routed.service, { secrets, endpoints: MIRRORED });
  };
  test.each([
    ['https://huggingface.co/a', 'hf_secret'],
    ['http://127.0.0.1:4002/civitai/api', 'civ_secret'],
    ['http://127.0.0.1:4003/a', null],
    ['https://cdn-lfs.hf.co/x', null],
    ['https://b2.civitai.com/file', null],
    ['https://github.com/a', null],
  ])('%s → %p', (url, expected) => {
    expect(keyFor(url)).toBe(expected);
  });
});

test('a shown URL has no user, key, signature or fragment, and keeps what tells the file', () => {
  expect(redactUrl('https://u:p@civitai.com/api/download/models/1?fileId=7&token=abc#x')).toBe(
    'https://civitai.com/api/download/models/1?fileId=7',
  );
  expect(redactUrl('https://s3.example/x?X-Amz-Signature=1&x-amz-expires=2&a=3')).toBe('https://s3.example/x?a=3');
  expect(redactUrl('nonsense')).toBe('[no URL]');
});

describe('a parameter that may be secret is not shown', () => {
  test.each(
    [
      'token hf_token access_token accessToken X-Auth-Token security-token token2 secret client_secret password pass pwd',
      'passwd passphrase signature Signature x-goog-signature q-signature sig x_sig sign q-sign-algorithm api-key api_key',
      'apikey civitaiApiKey key auth_key private_key OSSAccessKeyId AWSAccessKeyId GoogleAccessId X-Amz-Credential X-Amz-Date X-Goog-Date x-oss-expires',
      'x-ms-date credential auth authorization Policy Key-Pair-Id expires Expire jwt sessionid PHPSESSID q-ak',
    ].flatMap((line) => line.split(' ')),
  )('%s', (name) => {
    expect(redactUrl(`https://models.example/a.safetensors?id=7&${name}=abcdef`)).toBe('https://models.example/a.safetensors?id=7');
  });
});

describe('a parameter that a link needs stays', () => {
  test.each(
    [
      'modelVersionId fileId type format size fp download revision Revision ref FilePath path',
      'raw version v filename files name id export confirm dl rlkey resourcekey',
      'authkey e keyword design sigma assigned tokenizer author keys compass status response-content-disposition',
      'inline',
    ].flatMap((line) => line.split(' ')),
  )('%s', (name) => {
    const url = `https://models.example/a.safetensors?${name}=abcdef`;
    expect(redactUrl(url)).toBe(url);
  });
});
