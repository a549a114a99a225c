import { describe, expect, test } from 'bun:test';
import { expectedType } from '../../lib/workflow/expected-type.ts';
import { fileNameOfUrl, looksLikeModelFile, modelStem, parseModelName } from '../../lib/workflow/model-name.ts';
import { linkedPages } from '../../lib/workflow/model-pages.ts';
import { linkedSources, listedSources } from '../../lib/workflow/source-links.ts';
import { nodeHome } from '../../lib/workflow/virtual-nodes.ts';

describe('a written name taken apart', () => {
  const cases: [string, unknown][] = [
    ['a.safetensors', { filename: 'a.safetensors', subfolder: '' }],
    [String.raw`SDXL\style\a.safetensors`, { filename: 'a.safetensors', subfolder: 'SDXL/style' }],
    ['sub//./a.pt', { filename: 'a.pt', subfolder: 'sub' }],
    [String.raw`A:\AI Models\vae\ae.safetensors`, { filename: 'ae.safetensors', subfolder: '' }],
    ['/home/someone/loras/a.pt', { filename: 'a.pt', subfolder: '' }],
    ['~/loras/a.pt', { filename: 'a.pt', subfolder: '' }],
    [String.raw`\\server\share\a.pt`, { filename: 'a.pt', subfolder: '' }],
    ['国风插画SDXL — v2.safetensors ', { filename: '国风插画SDXL — v2.safetensors', subfolder: '' }],
    ['model.Q6_K.gguf [~7.5GB]', { filename: 'model.Q6_K.gguf', subfolder: '' }],
    ['local:Fun-Voice3-0.5B', { filename: 'Fun-Voice3-0.5B', subfolder: '' }],
    ['../../.bashrc', { problem: 'it would leave the models folder' }],
    [String.raw`sub\..\..\a.pt`, { problem: 'it would leave the models folder' }],
    ['/../a.pt', { problem: 'it would leave the models folder' }],
    ['C:a.pt', { problem: 'it names a place on another drive' }],
    ['a\0.pt', { problem: 'it contains control characters' }],
    ['a\nb.pt', { problem: 'it contains control characters' }],
    ['\ud800.pt', { problem: 'it is no valid Unicode' }],
    ['///', { problem: 'it names no file' }],
    [`${'x'.repeat(256)}.pt`, { problem: 'it names no file' }],
  ];
  for (const [written, expected] of cases)
    test(JSON.stringify(written).slice(0, 60), () => expect(parseModelName(written)).toEqual(expected as never));
});

describe('what looks like a model file', () => {
  const yes = [
    'a.safetensors',
    'A.SAFETENSORS',
    'x v1.5.ckpt',
    'sub/a.gguf',
    'inpaint_v26.fooocus.patch',
    'flownet.pkl',
    'face (1).onnx',
    'a.safetensors ',
    'Embedding:a.pt',
    'my-embedding.pt',
  ];
  const no = [
    'a.json',
    'a.png',
    'safetensors',
    '.pt',
    'a\nb.pt',
    'a.pt, b.pt',
    'https://x/a.pt',
    'h264-mp4',
    'name=a.pt',
    'embedding:a.pt',
    '  embedding:sub/a.pt ',
    'a cat (embedding:a.pt',
    `${'x'.repeat(400)}.pt`,
  ];
  for (const name of yes) test(name, () => expect(looksLikeModelFile(name)).toBeTrue());
  for (const name of no) test(`not ${JSON.stringify(name).slice(0, 40)}`, () => expect(looksLikeModelFile(name)).toBeFalse());
});

describe('links', () => {
  const found = (text: string) => linkedSources(text, 'note').map((source) => [source.name, source.url?.url]);
  const url = 'https://huggingface.co/o/r/resolve/main/split/a%20b.safetensors';
  const cases: [string, string, unknown][] = [
    ['a bare URL in a sentence', `Get it (${url}), then go.`, [['a b.safetensors', url]]],
    ['a query behind it', `${url}?download=true`, [['a b.safetensors', `${url}?download=true`]]],
    [
      'the words of a Markdown link',
      '[Style.safetensors](https://civitai.com/api/download/models/42)',
      [['style.safetensors', 'https://civitai.com/api/download/models/42']],
    ],
    [
      'a name in Markdown that differs from the URL',
      `[**b.pt**](${url})`,
      [
        ['a b.safetensors', url],
        ['b.pt', url],
      ],
    ],
    ['an HTML link', `<a href="${url}">here</a>`, [['a b.safetensors', url]]],
    [
      'brackets in the address of a Markdown link',
      '[x](https://host/Bar_(v1).safetensors) ([y](<https://host/((a)b(c)).pt>))',
      [
        ['bar_(v1).safetensors', 'https://host/Bar_(v1).safetensors'],
        ['((a)b(c)).pt', 'https://host/((a)b(c)).pt'],
      ],
    ],
    [
      'brackets in a bare address, and around it',
      '(see https://host/Baz%20(v2).safetensors), (or https://host/a.pt)(https://host/b.pt) https://host/c.pt(https://host/d.pt',
      [
        ['baz (v2).safetensors', 'https://host/Baz%20(v2).safetensors'],
        ['a.pt', 'https://host/a.pt'],
        ['b.pt', 'https://host/b.pt'],
        ['c.pt', 'https://host/c.pt'],
        ['d.pt', 'https://host/d.pt'],
      ],
    ],
    ...['，放到loras', '。', '」', '）', '、', '；', '】', '》', '”', '…', '放到loras', 'をダウンロード', '?a=1下载'].map(
      (behind): [string, string, unknown] => [
        `${behind} right behind an address`,
        `https://host/zh.pt${behind}https://host/b.pt`,
        [
          ['zh.pt', behind.startsWith('?') ? 'https://host/zh.pt?a=1' : 'https://host/zh.pt'],
          ['b.pt', 'https://host/b.pt'],
        ],
      ],
    ),
    [
      'a name in another script, in Markdown with its punctuation',
      'https://host/国风.pt [x](https://host/【国风】.pt)',
      [
        ['【国风】.pt', encodeURI('https://host/【国风】.pt')],
        ['国风.pt', encodeURI('https://host/国风.pt')],
      ],
    ],
    ['a page that names no file', 'https://civitai.com/models/1234?modelVersionId=5', []],
    ['a URL that is none', 'https://[::x/a.pt', []],
  ];
  for (const [title, text, expected] of cases) test(title, () => expect(found(text) as never).toEqual(expected as never));

  test.each([
    '[a](https://x/a.pt',
    '[a](https://x/a.pt(',
    '[a](https://x/a.pt((b)',
    'https://x/a.pt(',
    'https://x/a.pt放',
    '.pt?',
    'https://x/a.pt((b)',
    '<a href="https://x/a.pt" ',
    '<a href=https://',
    ')',
    '(',
    '.',
    ' ',
  ])('a text that repeats %j is read in no time', (part) => {
    const start = performance.now();
    linkedSources(`[x](https://x/a.pt${part.repeat(200_000 / part.length)}x`, 'note');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('listed models keep only a sha256 and only a web address', () => {
    const hash = 'AB'.repeat(32);
    const entries = [
      { name: 'sub/A.pt', url: 'file:///etc/passwd', hash, hash_type: 'SHA256', directory: 'vae', subfolder: 'sub', node: '7' },
      { name: 'b.pt', hash: 'ff', url: 5 },
      { name: '' },
      7,
      { name: 'c.pt', directory: '../../x' },
    ];
    expect(listedSources(entries, '7')).toEqual([
      { name: 'a.pt', url: null, sha256: hash.toLowerCase(), directory: 'vae', subfolder: 'sub', node: '7' },
      { name: 'b.pt', url: null, sha256: null, directory: null, subfolder: '', node: '7' },
      { name: 'c.pt', url: null, sha256: null, directory: null, subfolder: '', node: '7' },
    ]);
  });
});

test('the file name of a URL stands at its end or in its query', () => {
  expect(fileNameOfUrl('https://x/a/b.pt?x=1#f')).toBe('b.pt');
  expect(fileNameOfUrl('https://x/download?path=%2F&files=rd64.pth')).toBe('rd64.pth');
  const api = 'https://www.modelscope.cn/api/v1/models/x/y/repo?Revision=master';
  expect(fileNameOfUrl(`${api}&FilePath=ms.safetensors`)).toBe('ms.safetensors');
  expect(fileNameOfUrl(`${api}&FilePath=vae%2F%E5%9B%BD+a.safetensors`)).toBe('国 a.safetensors');
  expect(fileNameOfUrl(`${api}&FilePath=vae/readme.md`)).toBeUndefined();
  expect(fileNameOfUrl('https://civitai.com/api/download/models/1')).toBeUndefined();
});

test('a stem has no folder, no ending and no capitals', () => expect(modelStem(String.raw`Sub\Easy.v2.PT`)).toBe('easy.v2'));

test('people read a singular noun', () => {
  expect(['checkpoints', 'text_encoders', 'sams', null].map(expectedType)).toEqual(['checkpoint', 'text_encoder', 'sams', 'unknown']);
});

test('editor types are never missing, web types only with their pack', () => {
  const types = [
    'Note',
    'Reroute',
    'workflow>mine',
    'aaaaaaaa-0000-0000-0000-000000000001',
    'SetNode',
    'Fast Groups Bypasser (rgthree)',
    'KSampler',
  ];
  expect(types.map(nodeHome)).toEqual(['editor', 'editor', 'editor', 'editor', 'web', 'web', 'server']);
});

test.each([
  [
    'a page',
    'see https://civitai.com/models/12/some-name?modelVersionId=34.',
    ['https://civitai.com/models/12/some-name?modelVersionId=34'],
  ],
  ['a download link', '(https://civitai.com/api/download/models/34)', ['https://civitai.com/api/download/models/34']],
  ['a resource name', 'urn:air:sdxl:lora:civitai:12@34, and more', ['urn:air:sdxl:lora:civitai:12@34']],
  ['another page', 'https://civitai.com/user/somebody and https://civitai.com/articles/5', []],
])('%s of Civitai in a note', (_name, text, expected) => {
  expect(linkedPages(text).map(({ url }) => url?.url)).toEqual(expected);
});
