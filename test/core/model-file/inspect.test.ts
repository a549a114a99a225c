import { expect, test } from 'bun:test';

import { inspectBytes, inspectModelFile } from '../../../lib/core/model-file/inspect.ts';
import type { ModelStructure } from '../../../lib/core/model-file/structure.ts';
import { makeTree, safetensors } from '../../comfy/kit.ts';
import { gguf, onnx, zip } from './samples.ts';

async function inspect(name: string, bytes: string | Uint8Array): Promise<ModelStructure> {
  await using tree = await makeTree({ [name]: bytes });
  return await inspectModelFile(tree.path(name));
}

const MODEL = safetensors(['x', 'y']);
const PICKLE = new Uint8Array([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc]);

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');

const WHOLE: [name: string, file: string, bytes: string | Uint8Array, format: ModelStructure['format']][] = [
  ['safetensors', 'a.safetensors', MODEL, 'safetensors'],
  ['safetensors with another ending', 'a.ckpt', MODEL, 'safetensors'],
  ['a tiny embedding', 'easy.safetensors', safetensors(['emb_params']), 'safetensors'],
  ['safetensors without tensors', 'a.safetensors', safetensors([]), 'safetensors'],
  ['gguf', 'a.gguf', gguf({ values: 64 }), 'gguf'],
  ['gguf with padding at its end', 'a.gguf', Buffer.concat([gguf({ values: 64 }), Buffer.alloc(32)]), 'gguf'],
  ['a zip of PyTorch', 'a.pth', zip(), 'torch_zip'],
  ['a zip of the first TorchScript', 'a.pt', zip({ entry: 'a/model.json' }), 'torch_zip'],
  ['a zip of torch.package', 'a.pt', zip({ entry: 'a/.data/version' }), 'torch_zip'],
  ['an archive of another kind', 'a.pt2', zip({ entry: 'a/weights' }), 'torch_zip'],
  ['an old pickle', 'a.pt', PICKLE, 'pickle'],
  ['onnx', 'a.onnx', onnx(), 'onnx'],
  ['a config beside a model', 'config.json', '{"a": 1}', 'json'],
  ['words beside a model', 'merges.txt', 'a b c', 'text'],
  ['bytes that nobody knows', 'a.pth', new Uint8Array([1, 2, 3, 0]), 'unknown'],
  ['numbers without a header', 'a.bin', new Uint8Array(new Float32Array(1000).map((_, at) => Math.sin(at) / 7).buffer), 'unknown'],
  ['half-precision numbers without a header', 'a.bin', new Uint8Array(new Float16Array(2000).map((_, at) => at / 99).buffer), 'unknown'],
  ['words of 16 bits without a header', 'a.bin', new Uint8Array(new Uint16Array(2000).map((_, at) => at).buffer), 'unknown'],
  ['a tar of the oldest PyTorch', 'a.pth', Buffer.concat([Buffer.from('sys_info'), Buffer.alloc(1016), PICKLE]), 'unknown'],
  ['an engine of TensorRT', 'a.engine', Buffer.concat([Buffer.from('ftrt'), Buffer.alloc(60, 7)]), 'unknown'],
  ['a pickle that joblib has packed', 'a.pkl', Bun.gzipSync(PICKLE), 'unknown'],
  ['safetensors whose header is as long as gzip begins', 'a.safetensors', safetensorsOf(0x00088b1f), 'safetensors'],
  ['the same under another ending', 'a.ckpt', safetensorsOf(0x00088b1f), 'safetensors'],
  ['letters that programs begin with, and no program', 'a.bin', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100, 1)]), 'unknown'],
  ['a picture beside a model', 'a.png', PNG, 'unknown'],
];

/** Safetensors with a header of so many bytes. */
function safetensorsOf(headerBytes: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes));
  return Buffer.concat([length, Buffer.from('{}'.padEnd(headerBytes))]);
}

test.each(WHOLE)('%s is whole', async (_, file, bytes, format) => {
  expect(await inspect(file, bytes)).toMatchObject({ format, whole: true, damage: null, sizeBytes: Buffer.byteLength(bytes) });
});

test('a header that would fill the memory is not parsed', async () => {
  for (const [text, words] of [
    [`{"a":${'['.repeat(1_100_000)}`, 'nests lists and objects more than 1000 deep'],
    [`{"a":[${'[],'.repeat(3_000_000)}[]]}`, 'holds more than 3 million lists and objects'],
  ] as const) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const { whole, damage } = await inspect('a.safetensors', Buffer.concat([length, Buffer.from(text)]));
    expect([whole, damage]).toEqual([false, `safetensors: the header ${words}`]);
  }
});

const PAGE = '\n<!DOCTYPE html><html><title>Sign in</title></html>';
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 6938078334\n`;

const DAMAGED: [name: string, file: string, bytes: string | Uint8Array, words: string][] = [
  ['an empty file', 'a.pt', '', 'empty'],
  ['safetensors that is cut off', 'a.safetensors', safetensors(['x', 'y'], { cutBytes: 1 }), 'safetensors: the header promises'],
  ['safetensors with bytes behind its end', 'a.safetensors', safetensors(['x'], { extraBytes: 5 }), 'safetensors: the header promises'],
  ['safetensors cut in its header', 'a.safetensors', MODEL.subarray(0, 40), 'safetensors: the header alone has'],
  ['safetensors of a few bytes', 'a.safetensors', MODEL.subarray(0, 5), 'only 5 bytes'],
  [
    'safetensors with a header of no JSON',
    'a.safetensors',
    Buffer.concat([MODEL.subarray(0, 9), Buffer.alloc(MODEL.length - 9, 0)]),
    'not readable',
  ],
  [
    'safetensors whose header is not UTF-8',
    'a.safetensors',
    header('{"\u00ff":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    'not readable',
  ],
  ['a tensor without a type', 'a.safetensors', header('{"a":{"shape":[1],"data_offsets":[0,1]}}', 1), 'a tensor without its place'],
  [
    'a tensor with three places',
    'a.safetensors',
    header('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}', 1),
    'a tensor without its place',
  ],
  ['metadata that are no texts', 'a.safetensors', header('{"__metadata__":{"step":5}}', 0), 'metadata'],
  ['a zip that holds no model', 'a.ckpt', zip({ entry: 'a/readme.txt' }), 'an archive of files'],
  ['zeros under the name of safetensors', 'a.safetensors', new Uint8Array(5000), 'does not begin with a header'],
  ['a pickle under the name of safetensors', 'a.safetensors', PICKLE, 'pickle'],
  ['a zip under the name of safetensors', 'a.safetensors', zip(), 'pickle'],
  ['gguf that is cut off', 'a.gguf', gguf({ values: 64 }).subarray(0, -1), 'gguf: the header promises'],
  ['gguf that ends in its header', 'a.gguf', gguf({ values: 64 }).subarray(0, 60), 'ends inside its header'],
  ['gguf of a version to come', 'a.gguf', gguf({ values: 64, version: 9 }), 'version 9'],
  [
    'gguf with a text as long as the world',
    'a.gguf',
    Buffer.concat([gguf({ values: 0 }).subarray(0, 24), Buffer.alloc(64, 0xff)]),
    'not readable',
  ],
  ['other bytes under the name of gguf', 'a.gguf', new Uint8Array([1, 0, 2, 0]), 'does not begin with GGUF'],
  ['a zip that is cut off', 'a.pth', zip().subarray(0, -30), 'the end of the archive is missing'],
  ['a zip whose directory is gone', 'a.pth', Buffer.concat([zip().subarray(0, 30), zip().subarray(-22)]), 'the archive'],
  ['onnx that is cut off', 'a.onnx', onnx().subarray(0, -1), 'onnx: the model has'],
  ['a git-lfs pointer', 'a.safetensors', POINTER, 'git-lfs: a pointer of 1'],
  ['a git-lfs pointer for a config', 'config.json', POINTER, 'git-lfs'],
  ['a web page', 'a.safetensors', PAGE, 'html'],
  ['a JSON answer', 'a.ckpt', '{"error":"Unauthorized"}', 'json'],
  ['a sentence', 'a.pth', 'Entry not found', 'text'],
  ['nothing but zeros', 'a.pth', new Uint8Array(9000), 'zeros'],
  ['a web page in Latin-1', 'a.pth', Buffer.from('<HTML><title>Acc\u00e8s refus\u00e9</title>', 'latin1'), 'html'],
  ['a web page with a control character', 'a.ckpt', '<!doctype html><title>\u0001</title>', 'html'],
  ['a web page with a mark before it', 'a.bin', '\ufeff<!doctype html><title>Anmelden f\u00fcr alle</title>', 'html'],
  ['a web page in UTF-16 with its mark', 'a.pt', utf16('\ufeff<!DOCTYPE html><title>\u767b\u9332</title>'), 'html'],
  ['a web page in UTF-16 without a mark', 'a.pth', utf16('<html><title>\u767b\u9332</title>'), 'html'],
  ['a web page in big-endian UTF-16', 'a.bin', utf16('\ufeff<html>').swap16(), 'html'],
  ['a web page in big-endian UTF-16 without a mark', 'a.bin', utf16('<html>').swap16(), 'html'],
  ['a JSON answer in UTF-16', 'a.pth', utf16('{"error":"Unauthorized"}'), 'json'],
  ['a sentence in Latin-1', 'a.pth', Buffer.from('Acc\u00e8s refus\u00e9', 'latin1'), 'text'],
  ['a sentence in Shift-JIS', 'a.pth', Buffer.from('Error 403: \x83\x8d\x83O', 'latin1'), 'text'],
  ['a PNG', 'a.pth', PNG, 'png: a picture'],
  ['a PNG under the name of safetensors', 'a.safetensors', PNG, 'png: a picture'],
  ['a PNG under the name of gguf', 'a.gguf', PNG, 'png: a picture'],
  ['a JPEG', 'a.ckpt', Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0', 'latin1'), 'jpeg: a picture'],
  ['a GIF', 'a.bin', Buffer.from('GIF89a\x01\0\x01\0'), 'gif: a picture'],
  ['a WebP', 'a.pt', Buffer.from('RIFF\x10\0\0\0WEBPVP8 '), 'webp: a picture'],
  ['a sound', 'a.pt', Buffer.from('RIFF\x10\0\0\0WAVEfmt '), 'riff: a sound'],
  ['a film', 'a.pt', Buffer.from('\0\0\0\x20ftypisom'), 'mp4: a film'],
  ['a PDF', 'a.bin', Buffer.from('%PDF-1.7\n%\xe2\0', 'latin1'), 'pdf: a document'],
  ['an archive of gzip', 'a.pth', Bun.gzipSync('weights'), 'gzip: an archive'],
  ['an archive of 7z', 'a.ckpt', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1'), '7z: an archive'],
  ['an archive of RAR', 'a.ckpt', Buffer.from('Rar!\x1a\x07\x01\0'), 'rar: an archive'],
  ['a program of Linux', 'a.bin', Buffer.from('\x7fELF\x02\x01\x01\0'), 'elf: a program'],
  ['a program of Windows', 'a.bin', windowsProgram(), 'exe: a program'],
];

/** Safetensors of so many bytes behind a header, which is written in Latin-1. */
function header(text: string, tensorBytes: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text, 'latin1'), Buffer.alloc(tensorBytes)]);
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

function windowsProgram(): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.write('MZ');
  bytes.writeUInt32LE(128, 0x3c);
  bytes.write('PE', 128);
  return bytes;
}

test.each(DAMAGED)('%s is damaged', async (_, file, bytes, words) => {
  const structure = await inspect(file, bytes);
  expect(structure.whole).toBe(false);
  expect(structure.damage).toContain(words);
  expect(structure.detectedType).toBeNull();
});

test('lists that would be stepped over for minutes are none', async () => {
  const list = Buffer.alloc(24 + 8 * 1_000_000); // without a name, of empty texts
  list.writeUInt32LE(9, 8);
  list.writeUInt32LE(8, 12);
  list.writeUInt32LE(1_000_000, 16);
  const head = Buffer.from(gguf({ values: 0 }).subarray(0, 24));
  head.writeUInt32LE(200, 16);
  const read = (offset: number, length: number): Promise<Buffer> => {
    const at = offset < head.length ? head.subarray(offset) : list.subarray((offset - head.length) % list.length);
    return Promise.resolve(Buffer.concat([at.subarray(0, length), list.subarray(0, Math.max(0, length - at.length))]));
  };
  const { damage } = await inspectBytes({ sizeBytes: head.length + 200 * list.length, read }, 'a.gguf');
  expect(damage).toBe('gguf: the header is not readable');
});

test('the size that a pointer stands for is told', async () => {
  expect((await inspect('a.safetensors', POINTER)).damage).toContain('6.9 GB');
});

test('sizes that would read the same are told to the byte', async () => {
  const names = Array.from({ length: 1000 }, (_, place) => `tensor ${place}`);
  const cut = safetensors(names, { cutBytes: 1 });
  expect((await inspect('a.safetensors', cut)).damage).toContain(`${cut.length + 1} bytes, the file has ${cut.length}`);
});

test('a part of a download is judged by the name that it will have', async () => {
  await using tree = await makeTree({ 'x.part': PAGE, 'y.part': '{"a":1}' });
  expect((await inspectModelFile(tree.path('x.part'), { name: 'a.safetensors' })).whole).toBe(false);
  expect((await inspectModelFile(tree.path('y.part'), { name: 'config.json' })).whole).toBe(true);
});

test.skipIf(process.platform === 'win32')('a pipe rejects at once', async () => {
  await using tree = await makeTree({});
  const path = tree.path('a.safetensors');
  Bun.spawnSync(['mkfifo', path]);
  expect(await inspectModelFile(path).catch((error: unknown) => error)).toMatchObject({ message: 'it is not a regular file' });
});

test('a file that is not there rejects', async () => {
  await using tree = await makeTree({});
  expect(await inspectModelFile(tree.path('none')).catch((error: unknown) => error)).toMatchObject({ code: 'ENOENT' });
});

test('an archive above four gigabytes is read by its 64-bit end', async () => {
  expect((await inspect('a.ckpt', zip({ wide: true }))).whole).toBe(true);
  expect((await inspect('a.ckpt', zip({ wide: true, badLocator: true }))).whole).toBe(false);
});
