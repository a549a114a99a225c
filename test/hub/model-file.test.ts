import { describe, expect, test } from 'bun:test';
import { contentOf, generatedContent, readPieces } from '../../lib/hub/content.ts';
import { makeGguf } from '../../lib/hub/gguf-file.ts';
import { makeSafetensors, type ModelKind, safetensorsContent } from '../../lib/hub/model-file.ts';
import { makePickleZip } from '../../lib/hub/pickle-file.ts';

function readHeader(bytes: Uint8Array): { header: Record<string, { data_offsets: [number, number]; shape: number[] }>; dataStart: number } {
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes))), dataStart: 8 + headerBytes };
}

describe('safetensors', () => {
  const kinds: ModelKind[] = [
    'checkpoint',
    'lora',
    'vae',
    'text_encoder',
    'clip_vision',
    'diffusion_model',
    'controlnet',
    'upscale_model',
    'embedding',
  ];
  test.each(kinds)('a %s has exactly the size asked for, and its tensors fill the file without a hole', (tensors) => {
    for (const sizeBytes of [2_000, 2_001, 99_999, 1_000_000]) {
      const bytes = makeSafetensors({ sizeBytes, seed: 7, tensors });
      const { header, dataStart } = readHeader(bytes);
      expect(bytes.byteLength).toBe(sizeBytes);
      let end = 0;
      for (const tensor of Object.values(header)) {
        expect(tensor.data_offsets[0]).toBe(end);
        expect(tensor.shape[0]! * 2).toBe(tensor.data_offsets[1] - end);
        end = tensor.data_offsets[1];
      }
      expect(dataStart + end).toBe(sizeBytes);
    }
  });

  test('the metadata stands in the header', () => {
    const bytes = makeSafetensors({ sizeBytes: 5_000, seed: 1, metadata: { ss_output_name: 'x' } });
    expect(readHeader(bytes).header['__metadata__'] as unknown).toEqual({ ss_output_name: 'x' });
  });

  test('a size below that of the header is refused', () => {
    expect(() => makeSafetensors({ sizeBytes: 100, seed: 1 })).toThrow(RangeError);
  });
});

describe('content', () => {
  test('the same seed gives the same bytes in any order of reading, another seed gives others', () => {
    const whole = makeSafetensors({ sizeBytes: 400_000, seed: 5 });
    const content = safetensorsContent({ sizeBytes: 400_000, seed: 5 });
    expect(content.read(131_070, 200_001)).toEqual(whole.slice(131_070, 200_001));
    expect(content.read(3, 9)).toEqual(whole.slice(3, 9));
    expect(Buffer.concat([...readPieces(content)]).equals(Buffer.from(whole))).toBe(true);
    expect(content.sha256).toBe(contentOf(whole).sha256);
    expect(safetensorsContent({ sizeBytes: 400_000, seed: 6 }).sha256).not.toBe(content.sha256);
  });

  test('two places of one file never hold the same kilobyte', () => {
    const content = generatedContent({ sizeBytes: 65_536 * 4, seed: 1 });
    const starts = [0, 1, 2, 3].map((tile) => Buffer.from(content.read(tile * 65_536, tile * 65_536 + 1024)).toString('hex'));
    expect(new Set(starts).size).toBe(4);
  });
});

test('a GGUF file has its magic, its version, and exactly the size asked for', () => {
  const bytes = makeGguf({ sizeBytes: 10_007, seed: 1 });
  expect(bytes.byteLength).toBe(10_007);
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('GGUF');
  expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(3);
});

test('a pickle file is a zip of exactly the size asked for, with its directory at the end', () => {
  const bytes = makePickleZip({ sizeBytes: 10_007, seed: 1 });
  const view = new DataView(bytes.buffer);
  expect(bytes.byteLength).toBe(10_007);
  expect(view.getUint32(0, true)).toBe(0x04034b50);
  expect(view.getUint32(bytes.byteLength - 22, true)).toBe(0x06054b50);
  expect(view.getUint32(view.getUint32(bytes.byteLength - 6, true), true)).toBe(0x02014b50);
});
