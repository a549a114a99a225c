import { expect, test } from 'bun:test';
import { folderOfLink, placeOfLink } from '../../lib/core/link-place.ts';

const FILE = 'https://huggingface.co/o/r/resolve/main/split%20files/x.safetensors';

test.each([
  'https://huggingface.co/o/r/blob/main/split%20files/x.safetensors',
  'https://hf.co/o/r/raw/main/split files/x.safetensors',
  'https://hf-mirror.com/o/r/resolve/main/split%20files/x.safetensors?download=true',
])('%s names the same file as the plain link', (link) => {
  expect(placeOfLink(link)).toBe(placeOfLink(FILE));
});

test.each([
  [
    'https://civitai.com/api/download/models/1?type=Model&format=SafeTensor',
    'https://civitai.red/api/download/models/1?format=SafeTensor&type=Model',
    true,
  ],
  ['https://civitai.com/api/download/models/1', 'https://civitai.com/api/download/models/2', false],
  ['https://civitai.com/api/download/models/1?fileId=1', 'https://civitai.com/api/download/models/1?fileId=2', false],
  [FILE, FILE.replace('/main/', '/v2/'), false],
  ['https://github.com/o/r/blob/main/x.pt', 'https://github.com/o/r/raw/main/x.pt', false],
  ['no link', 'no link', true],
])('%s and %s: the same place is %p', (left, right, same) => {
  expect(placeOfLink(left) === placeOfLink(right)).toBe(same);
});

test('the folders of a link are readable and without the file', () => {
  expect(folderOfLink(FILE)).toBe('/o/r/resolve/main/split files');
  expect(folderOfLink('https://x.org/%E0%A4%A/x.pt')).toBe('/%e0%a4%a');
  expect(folderOfLink('https://modelscope.cn/api/v1/models/o/r/repo?FilePath=Vae%2Fx.pt')).toBe('/models/o/r/resolve/master/vae');
  expect(folderOfLink('no link')).toBe('');
});
