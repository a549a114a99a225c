import { expect, test } from 'bun:test';

import { inspectBytes } from '../../../lib/core/model-file/inspect.ts';
import { findLayoutFault } from '../../../lib/core/model-file/tensor-layout.ts';

type Written = [dtype: unknown, shape: unknown, offsets: unknown];

/** What is wrong with a whole file of these tensors, `a`, `b`, ... in the order of the header. */
async function damageOf(tensors: readonly Written[], dataBytes: number): Promise<string | null> {
  const names = 'abcdefgh';
  const header = tensors.map(([dtype, shape, offsets], at) => [names[at], { dtype, shape, data_offsets: offsets }]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = Buffer.concat([length, json, Buffer.alloc(dataBytes, 1)]);
  const reader = { sizeBytes: bytes.length, read: (at: number, count: number) => Promise.resolve(bytes.subarray(at, at + count)) };
  return (await inspectBytes(reader, 'a.safetensors')).damage;
}

const WHOLE: [name: string, tensors: Written[], dataBytes: number][] = [
  ['a single value without a shape', [['F32', [], [0, 4]]], 4],
  ['a tensor of no values', [['F32', [4, 0], [0, 0]]], 0],
  [
    'an empty tensor between two, listed last',
    [
      ['F16', [2], [0, 4]],
      ['U8', [3], [4, 7]],
      ['F16', [0], [4, 4]],
    ],
    7,
  ],
  [
    'tensors in another order than their places',
    [
      ['U8', [3], [4, 7]],
      ['F16', [2], [0, 4]],
    ],
    7,
  ],
  [
    'values of less than a byte',
    [
      ['F4', [2, 3], [0, 3]],
      ['F6_E2M3', [4], [3, 6]],
      ['F6_E3M2', [4], [6, 9]],
    ],
    9,
  ],
  [
    'values of one byte and of eight',
    [
      ['BOOL', [2], [0, 2]],
      ['F8_E4M3', [2], [2, 4]],
      ['F8_E8M0', [2], [4, 6]],
      ['C64', [2], [6, 22]],
      ['I64', [2], [22, 38]],
    ],
    38,
  ],
  ['a type to come', [['F3_E1M1', [7], [0, 5]]], 5],
];

test.each(WHOLE)('%s is whole', async (_, tensors, dataBytes) => {
  expect(await damageOf(tensors, dataBytes)).toBeNull();
});

const DAMAGED: [name: string, tensors: Written[], dataBytes: number, words: string][] = [
  ['fewer bytes than the shape needs', [['F16', [4, 4], [0, 16]]], 16, 'the tensor a has 16 bytes, its shape and type need 32'],
  ['more bytes than the shape needs', [['F16', [2, 2], [0, 16]]], 16, 'the tensor a has 16 bytes, its shape and type need 8'],
  ['half a byte', [['F4', [3], [0, 2]]], 2, 'the tensor a has 2 bytes'],
  ['a shape beyond all bounds', [['F32', [1e15, 1e15], [0, 4]]], 4, 'the tensor a has 4 bytes'],
  [
    'a hole between two',
    [
      ['F16', [2], [0, 4]],
      ['F16', [2], [8, 12]],
    ],
    12,
    'the tensor b begins 4 bytes behind the one before it',
  ],
  ['a hole before the first', [['U8', [4], [4, 8]]], 8, 'the tensor a begins 4 bytes behind'],
  [
    'two in one place',
    [
      ['F16', [4], [0, 8]],
      ['F16', [2], [4, 8]],
    ],
    8,
    'the tensor b overlaps another',
  ],
  [
    'a hole before a type to come',
    [
      ['U8', [4], [0, 4]],
      ['F3', [4], [6, 8]],
    ],
    8,
    'the tensor b begins 2 bytes behind',
  ],
  ['no shape', [['U8', null, [0, 4]]], 4, 'without its place'],
  ['a negative length', [['U8', [-4], [0, 4]]], 4, 'without its place'],
];

test.each(DAMAGED)('%s is damage', async (_, tensors, dataBytes, words) => {
  expect(await damageOf(tensors, dataBytes)).toContain(words);
});

test('a name that would steer a terminal is shown as plain text', async () => {
  const json = Buffer.from('{"\\u001b[2J":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = Buffer.concat([length, json, Buffer.alloc(2)]);
  const reader = { sizeBytes: bytes.length, read: (at: number, count: number) => Promise.resolve(bytes.subarray(at, at + count)) };
  expect((await inspectBytes(reader, 'a.safetensors')).damage).toContain('the tensor  [2J has 2 bytes');
});

test('the header of a large model is judged in no time', () => {
  const tensors = Array.from({ length: 100_000 }, (_, at) => ({
    name: `t${at}`,
    dtype: 'F16',
    shape: [2],
    start: at * 4,
    end: at * 4 + 4,
  }));
  const startMs = performance.now();
  expect(findLayoutFault(tensors.toReversed())).toBeUndefined();
  expect(performance.now() - startMs).toBeLessThan(1000);
});
