import { expect, test } from 'bun:test';
import { readDirectLink } from '../../lib/sources/direct/links.ts';

test.each([
  ['https://github.com/o/r/releases/download/v1/x.pth', 'https://github.com/o/r/releases/download/v1/x.pth'],
  ['https://github.com/o/r/blob/main/x.pth', 'https://github.com/o/r/raw/main/x.pth'],
  ['https://github.com/o/r/raw/main/x.pth', 'https://github.com/o/r/raw/main/x.pth'],
  ['https://raw.githubusercontent.com/o/r/main/x.pth', 'https://raw.githubusercontent.com/o/r/main/x.pth'],
  ['https://modelscope.cn/models/o/r/resolve/master/x.safetensors', 'https://modelscope.cn/models/o/r/resolve/master/x.safetensors'],
  [
    'https://www.modelscope.cn/models/o/r/file/view/master/x.safetensors',
    'https://www.modelscope.cn/models/o/r/resolve/master/x.safetensors',
  ],
  ['https://host.example/x.pth?token=secret&v=2', 'https://host.example/x.pth?v=2'],
  ['https://user:password@host.example/x.pth', 'https://host.example/x.pth'],
  ['ftp://host.example/x.pth', null],
  ['file:///etc/passwd', null],
  ['x.pth', null],
])('%s is fetched from %s', (url, expected) => {
  expect(readDirectLink(url)).toBe(expected);
});
