import { describe, expect, test } from 'bun:test';
import { placeOfLink } from '../../lib/core/link-place.ts';
import { isModelscopeUrl, modelscopeUrl, readModelscopeLink } from '../../lib/sources/modelscope/links.ts';

const ENDPOINT = 'http://127.0.0.1:9000/mirror';
const FILE = 'https://modelscope.cn/models/owner/repo/resolve/master/a/b.safetensors';

describe('a link to a file becomes its stable public URL', () => {
  test.each([
    [FILE, FILE],
    ['https://www.modelscope.cn/models/owner/repo/resolve/master/a/b.safetensors', FILE],
    ['https://modelscope.cn/models/owner/repo/file/view/master/a%2Fb.safetensors?status=2', FILE],
    ['https://modelscope.cn/models/owner/repo/blob/master/a/b.safetensors#x', FILE],
    ['http://MODELSCOPE.cn/models/owner/repo/resolve/master//a/b.safetensors', FILE],
    ['https://modelscope.cn/api/v1/models/owner/repo/repo?Revision=master&FilePath=a%2Fb.safetensors', FILE],
    ['https://modelscope.cn/api/v1/models/owner/repo/repo?FilePath=a/b.safetensors', FILE],
    ['http://127.0.0.1:9000/mirror/models/owner/repo/resolve/master/a/b.safetensors', FILE],
    [
      'https://modelscope.cn/models/owner/repo/resolve/v1.0/a%20file.pt',
      'https://modelscope.cn/models/owner/repo/resolve/v1.0/a%20file.pt',
    ],
  ])('%s', (url, expected) => {
    const link = readModelscopeLink(url, ENDPOINT);
    expect(link && modelscopeUrl(link)).toBe(expected);
  });
});

test.each([
  'https://modelscope.cn/models/owner/repo',
  'https://modelscope.cn/models/owner/repo/files',
  'https://modelscope.cn/models/owner/repo/resolve/master',
  'https://modelscope.cn/models/owner/repo/resolve/master/%2e%2e/x.pt',
  'https://modelscope.cn/models/owner/repo/resolve/master/%E0%A4%A.pt',
  'https://modelscope.cn/models/owner',
  'https://modelscope.cn/datasets/owner/repo/resolve/master/x.pt',
  'https://modelscope.ai/models/owner/repo/resolve/master/x.pt',
  'https://modelscope.cn.example.org/models/owner/repo/resolve/master/x.pt',
  'http://127.0.0.1:9000/models/owner/repo/resolve/master/x.pt',
  'ftp://modelscope.cn/models/owner/repo/resolve/master/x.pt',
  'no link',
])('%s names no file of a model repository there', (url) => {
  expect(readModelscopeLink(url, ENDPOINT)).toBeNull();
});

test.each([
  ['https://modelscope.cn/models/owner/repo', true],
  ['https://modelscope.cn/api/v1/models/owner/repo/repo?FilePath=x.pt', true],
  ['https://modelscope.cn/datasets/owner/repo/resolve/master/x.pt', false],
  ['https://modelscope.ai/models/owner/repo', false],
])('%s is about a model repository of ModelScope: %p', (url, expected) => {
  expect(isModelscopeUrl(url, ENDPOINT)).toBe(expected);
});

test.each([
  ['https://www.modelscope.cn/models/owner/repo/file/view/master/a%2Fb.safetensors?status=2', true],
  ['https://modelscope.cn/api/v1/models/owner/repo/repo?Revision=master&FilePath=a%2Fb.safetensors', true],
  ['https://modelscope.cn/models/owner/repo/resolve/v2/a/b.safetensors', false],
  ['https://huggingface.co/models/owner/repo/resolve/master/a/b.safetensors', false],
])('%s is the same place as the plain link: %p', (url, same) => {
  expect(placeOfLink(url) === placeOfLink(FILE)).toBe(same);
});
