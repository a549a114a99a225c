import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { READ_LIMITS } from '../../lib/workflow/containers/limits.ts';
import { readWorkflowFile } from '../../lib/workflow/containers/read-workflow-file.ts';
import {
  box,
  exif,
  flac,
  glb,
  internationalChunk,
  jpeg,
  latent,
  mp3,
  mp4,
  opus,
  packedChunk,
  png,
  pngChunk,
  textChunk,
  webm,
  webp,
} from './media.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow-containers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EDITOR = { nodes: [{ id: 1, type: 'VAELoader', pos: [0, 0], widgets_values: ['a.safetensors'] }], links: [], version: 0.4 };
const EMPTY = { nodes: [], links: [], version: 0.4 };
const API = { '3': { class_type: 'VAELoader', inputs: { vae_name: 'a.safetensors' } } };
const [editor, api] = [JSON.stringify(EDITOR), JSON.stringify(API)];

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** `ui`, `api` for each workflow in the file, or the code of its failure. */
function read(name: string, content: string | Uint8Array): string[] | string {
  const file = readWorkflowFile(written(name, content));
  return 'graphs' in file ? file.graphs.map((graph) => graph.format) : file.failure.code;
}

describe('texts that hold a workflow', () => {
  const cases: [string, string | Uint8Array, string[]][] = [
    ['an editor workflow', editor, ['ui']],
    ['a workflow whose links are objects', JSON.stringify({ ...EDITOR, version: 1, links: [{ id: 1, origin_id: 1 }] }), ['ui']],
    ['a new, empty workflow', JSON.stringify(EMPTY), ['ui']],
    ['a bare prompt', api, ['api']],
    ['a prompt under its key', JSON.stringify({ client_id: 'x', prompt: API }), ['api']],
    ['an export with both forms counts once', JSON.stringify({ prompt: API, workflow: EDITOR }), ['ui']],
    ['a prompt beside an editor form without nodes', JSON.stringify({ prompt: API, workflow: EMPTY }), ['api', 'ui']],
    ['the same, in an extra of the editor form', JSON.stringify({ ...EMPTY, prompt: API }), ['api']],
    ['the same, as texts', JSON.stringify({ prompt: api, workflow: JSON.stringify(EMPTY) }), ['api', 'ui']],
    ['a prompt beside an editor form with nothing in its nodes', JSON.stringify({ prompt: API, workflow: { nodes: [null, {}] } }), ['api']],
    [
      'a prompt beside other things, with an empty editor form below',
      JSON.stringify({ a: 1, b: 2, ...API, workflow: EMPTY }),
      ['api', 'ui'],
    ],
    ['a job of a worker', JSON.stringify({ input: { workflow: API } }), ['api']],
    ['several jobs', JSON.stringify({ tests: [{ input: { workflow: API } }, { input: { workflow: EDITOR } }] }), ['api', 'ui']],
    ['a workflow kept as a text', JSON.stringify({ workflow_json: editor }), ['ui']],
    ['a byte order mark', `\ufeff${editor}`, ['ui']],
    ['UTF-16 of a Windows shell', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(editor, 'utf16le')]), ['ui']],
    ["Python's NaN and Infinity", editor.replace('[0,0]', '[NaN,-Infinity]'), ['ui']],
    ['the word NaN in a text stays', JSON.stringify({ ...EDITOR, note: 'NaN "quoted \\" NaN' }).replace('0.4', 'NaN'), ['ui']],
    ['blank lines around it', `\n\n${api}\n`, ['api']],
    ['a prompt with more beside its nodes than nodes', JSON.stringify({ version: 1, title: 'x', author: 'y', ...API }), ['api']],
    ['a node of a subgraph beside other things', JSON.stringify({ a: 1, b: 2, c: {}, '3:12': API[3] }), ['api']],
    ['such a prompt with the editor form below it', JSON.stringify({ a: 1, b: 2, ...API, extra_data: { workflow: EDITOR } }), ['ui']],
    ['such a prompt with another one below it', JSON.stringify({ a: 1, b: 2, ...API, jobs: [API] }), ['api', 'api']],
  ];
  for (const [title, content, expected] of cases) test(title, () => expect(read('case.json', content)).toEqual(expected));
});

describe('containers that carry a workflow', () => {
  const both = { workflow: editor, prompt: api };
  const cases: [string, Uint8Array, string[]][] = [
    ['PNG, plain text', png(pngChunk('IDAT', Buffer.alloc(100)), textChunk('workflow', editor), textChunk('prompt', api)), ['ui']],
    [
      "PNG, the chunks of ComfyUI's animated ones",
      png(
        pngChunk('IDAT', Buffer.alloc(100)),
        pngChunk('comf', Buffer.from(`prompt\0${api}`)),
        pngChunk('comf', Buffer.from(`workflow\0${editor}`)),
      ),
      ['ui'],
    ],
    [
      'PNG, a prompt beside a workflow without nodes',
      png(textChunk('prompt', api), textChunk('workflow', JSON.stringify(EMPTY))),
      ['api', 'ui'],
    ],
    ['PNG, only a prompt', png(textChunk('prompt', api)), ['api']],
    ['PNG, packed text', png(packedChunk('workflow', editor)), ['ui']],
    ['PNG, international text', png(internationalChunk('workflow', editor, false)), ['ui']],
    ['PNG, packed international text', png(internationalChunk('prompt', api, true)), ['api']],
    ['PNG, NaN in the prompt', png(textChunk('prompt', api.replace('"a.safetensors"', '[NaN]'))), ['api']],
    ['PNG, EXIF', png(pngChunk('eXIf', exif([[0x010f, `workflow:${editor}`]]))), ['ui']],
    [
      'WebP',
      webp(
        exif([
          [0x0110, `prompt:${api}`],
          [0x010f, `workflow:${editor}`],
        ]),
      ),
      ['ui'],
    ],
    [
      'AVIF and HEIC, whose EXIF lies beside the picture',
      Buffer.concat([
        box('ftyp', Buffer.from('avif')),
        box('meta', Buffer.alloc(80)),
        box('mdat', Buffer.alloc(500, 7), exif([[0x010f, `workflow:${editor}`]]), Buffer.alloc(500, 9)),
      ]),
      ['ui'],
    ],
    ['JPEG', jpeg(exif([[0x010f, `Workflow:${editor}`]])), ['ui']],
    ['MP4 with named texts', mp4(both), ['ui']],
    ['MP4 with one comment', mp4({ comment: JSON.stringify({ workflow: editor, prompt: api }) }), ['ui']],
    ['MP4 with the workflow in a place of its own', Buffer.concat([box('ftyp'), box('free', Buffer.from(`workflow=${editor}`))]), ['ui']],
    ['WebM', webm({ PROMPT: api, WORKFLOW: editor }), ['ui']],
    ['WebM with one comment', webm({ COMMENT: JSON.stringify({ prompt: api }) }), ['api']],
    ['MP3', mp3(both), ['ui']],
    ['FLAC', flac(both), ['ui']],
    ['Opus over several pages', opus({ workflow: JSON.stringify({ ...EDITOR, extra: { text: 'x'.repeat(2000) } }) }), ['ui']],
    ['a latent', latent(both), ['ui']],
    ['a latent, only a prompt', latent({ prompt: api }), ['api']],
    ['binary glTF', glb({ asset: { extras: { prompt: api, workflow: editor } } }), ['ui']],
    ['SVG', Buffer.from(`<?xml version="1.0"?><svg><metadata><![CDATA[${JSON.stringify({ prompt: API })}]]></metadata></svg>`), ['api']],
  ];
  for (const [title, content, expected] of cases) test(title, () => expect(read('case.png', content)).toEqual(expected));

  test('the content decides, not the name', () => {
    expect(read('picture.json', png(textChunk('prompt', api)))).toEqual(['api']);
    expect(read('workflow.png', editor)).toEqual(['ui']);
  });
});

describe('files that hold none', () => {
  const cases: [string, string | Uint8Array, string][] = [
    ['an empty file', '', 'empty_file'],
    ['white space', ' \n', 'empty_file'],
    ['a broken JSON', editor.slice(0, -5), 'not_json'],
    ['a saved web page', '<!DOCTYPE html><html></html>', 'not_json'],
    ['a package.json', JSON.stringify({ name: 'x', dependencies: { a: '1' } }), 'not_a_workflow'],
    [
      'a list of models',
      JSON.stringify({ models: [{ name: 'a', filename: 'a.safetensors', url: 'https://x/a.safetensors' }] }),
      'not_a_workflow',
    ],
    [
      'a graph of another program',
      JSON.stringify({ nodes: [{ id: 'a', type: 'invocation', data: {}, position: { x: 0 } }], edges: [] }),
      'not_a_workflow',
    ],
    ['a number', '42', 'not_a_workflow'],
    ['a picture without one', png(textChunk('parameters', 'steps: 20')), 'not_a_workflow'],
    ['a picture that is cut off', png(textChunk('workflow', editor)).subarray(0, 40), 'not_a_workflow'],
    ['a latent without one', latent({ prompt: '' }), 'not_a_workflow'],
    ['a latent that is cut off', latent({ workflow: editor }).subarray(0, 60), 'not_a_workflow'],
    ['a film without one', Buffer.concat([box('ftyp'), box('moov', box('trak'))]), 'not_a_workflow'],
  ];
  for (const [title, content, expected] of cases) test(title, () => expect(read('case.json', content)).toBe(expected));

  test.each(['pointer.json', 'pointer.png'])('a Git LFS pointer is called one, with what brings the file: %s', (name) => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 1234\n`;
    const file = readWorkflowFile(written(name, pointer));
    expect('failure' in file && file.failure).toMatchObject({ code: 'lfs_pointer', reason: expect.stringContaining('git lfs pull') });
  });

  test('a saved web page is called one', () => {
    const file = readWorkflowFile(written('page.json', '<html>'));
    expect('failure' in file && file.failure.reason).toContain('web page');
  });
});

describe('media whose workflow is damaged', () => {
  const packed = packedChunk('workflow', JSON.stringify({ ...EDITOR, extra: { text: 'abcdefghij'.repeat(50) } }));
  const cut = (chunk: Buffer, bytes: number) => pngChunk(chunk.toString('latin1', 4, 8), chunk.subarray(8, -4 - bytes));
  const large = Buffer.from(`workflow\0{"a":"${'x'.repeat(READ_LIMITS.metadataBytes)}"}`);
  const cases: [string, Uint8Array, string][] = [
    ['packed data that is cut off', png(cut(packed, 20)), 'its packed data is damaged'],
    ['packed international data that is cut off', png(cut(internationalChunk('prompt', api, true), 20)), 'its packed data is damaged'],
    ['a text that is cut off', png(textChunk('workflow', editor.slice(0, -9))), 'it is not valid JSON'],
    ['a prompt that is cut off', png(textChunk('prompt', api.slice(0, -9))), 'it is not valid JSON'],
    ['a text of another kind', png(textChunk('workflow', '[object Object]')), 'it is not valid JSON'],
    ['a chunk that is longer than the file', png(pngChunk('iTXt', Buffer.from('workflow\0'), 0x7fffffff)), 'it is cut off'],
    ['a chunk that is longer than any is read', png(pngChunk('comf', large)), 'it has 34 MB'],
    ['a text of a film', mp4({ workflow: editor.slice(0, -9) }), 'it is not valid JSON'],
    ['an EXIF entry', webp(exif([[0x010f, `workflow:${editor.slice(0, -9)}`]])), 'it is not valid JSON'],
  ];
  for (const [title, content, fault] of cases)
    test(title, () => {
      const file = readWorkflowFile(written('damaged.png', content));
      expect('failure' in file && file.failure).toMatchObject({
        code: 'workflow_damaged',
        reason: expect.stringContaining(`a workflow is embedded in it, but cannot be read: ${fault}`),
      });
    });

  test('a workflow that was written as a text is read', () => {
    expect(read('twice.png', png(textChunk('workflow', JSON.stringify(editor))))).toEqual(['ui']);
  });

  test('the other form is enough', () => {
    expect(read('one.png', png(cut(packed, 20), textChunk('prompt', api)))).toEqual(['api']);
  });

  test.each([
    ["another program's words", textChunk('prompt', 'a cat, sitting')],
    ['a dynamic prompt', textChunk('prompt', '{red|blue} cat, masterpiece')],
    ['a word', textChunk('workflow', 'img2img')],
    ['a word in brackets', textChunk('workflow', '[img2img] upscale')],
    ['a choice of quoted words', textChunk('prompt', '{"red"|"blue"} cat')],
    ['a choice of quoted words with a colon in one', textChunk('prompt', '{"eyes: red"|"blue"} cat')],
    ['a quotation mark and a megabyte of blanks', textChunk('prompt', `{"${' '.repeat(1_000_000)}"x`)],
    ['a damaged text by the name of what every object has', textChunk('constructor', '{red} cat')],
    ['packed data of such a name', cut(packedChunk('__proto__', editor), 20)],
    ['an empty text', textChunk('workflow', '')],
    ['no value', textChunk('workflow', 'null')],
    ['a damaged text of another kind', textChunk('parameters', '{"a": ')],
    ['packed data of another kind', cut(packedChunk('icc', editor), 20)],
  ])('%s is none', (_, chunk) => expect(read('none.png', png(chunk))).toBe('not_a_workflow'));
});

describe('hostile files', () => {
  test('a file of 200 MB is named and never read', () => {
    const path = written('huge.json', '{');
    truncateSync(path, 200_000_000);
    const started = performance.now();
    const file = readWorkflowFile(path);
    expect('failure' in file && [file.failure.code, file.failure.reason]).toEqual([
      'too_large',
      'it has 200 MB; workflows up to 67 MB are read',
    ]);
    expect(performance.now() - started).toBeLessThan(100);
  });

  test('a chunk that claims two gigabytes ends the reading', () => {
    expect(read('claims.png', png(pngChunk('tEXt', Buffer.from('workflow\0{}'), 0x7fffffff)))).toBe('workflow_damaged');
    expect(read('claims.png', png(pngChunk('tEXt', Buffer.from('parameters\0{}'), 0x7fffffff)))).toBe('not_a_workflow');
  });

  test('a text that unpacks beyond the limit is left alone', () => {
    const bomb = Buffer.concat([Buffer.from('workflow\0\0'), deflateSync(Buffer.alloc(READ_LIMITS.metadataBytes + 1, 0x20), { level: 9 })]);
    expect(read('bomb.png', png(pngChunk('zTXt', bomb), textChunk('prompt', api)))).toEqual(['api']);
    const file = readWorkflowFile(written('bomb.png', png(pngChunk('zTXt', bomb))));
    expect('failure' in file && file.failure.reason).toContain('cannot be read: it unpacks to more than 17 MB');
  });

  test('a JSON of a hundred thousand brackets is no workflow and no crash', () => {
    expect(['not_json', 'not_a_workflow']).toContain(read('deep.json', '['.repeat(100_000) + ']'.repeat(100_000)) as string);
  });

  test('boxes, elements and pages of length zero do not go on for ever', () => {
    expect(read('zero.mp4', Buffer.concat([box('ftyp'), Buffer.alloc(4096)]))).toBe('not_a_workflow');
    expect(read('zero.webm', Buffer.concat([webm({}).subarray(0, 12), Buffer.alloc(4096)]))).toBe('not_a_workflow');
    expect(read('zero.ogg', Buffer.concat([Buffer.from('OggS'), Buffer.alloc(4096)]))).toBe('not_a_workflow');
  });

  test('a folder, a missing file and a link to itself are unreadable', () => {
    symlinkSync('loop.json', join(folder, 'loop.json'));
    const codes = [folder, join(folder, 'gone.json'), join(folder, 'loop.json')].map((path) => {
      const file = readWorkflowFile(path);
      return 'failure' in file ? file.failure.code : 'read';
    });
    expect(codes).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });
});
