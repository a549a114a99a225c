import { concatBytes, u32, u64 } from './bytes.ts';
import { generatedContent } from './content.ts';

/** A whole GGUF file with one tensor: magic, version 3, metadata, tensor table, aligned data. Throws RangeError when it cannot fit. */
export function makeGguf(options: { sizeBytes: number; seed: number; architecture?: string }): Uint8Array {
  const data = (elements: bigint): Uint8Array => ggufHead(options.architecture ?? 'flux', elements);
  const headBytes = data(0n).byteLength;
  if (options.sizeBytes <= headBytes) throw new RangeError(`a GGUF file of ${options.sizeBytes} bytes cannot hold its own header`);
  const head = data(BigInt(options.sizeBytes - headBytes));
  return generatedContent({ sizeBytes: options.sizeBytes, seed: options.seed, head }).read(0, options.sizeBytes);
}

/** Value and tensor types of the GGUF format, version 3 (ggml's gguf.md). */
const GGUF_STRING = 8;
const GGUF_INT8_TENSOR = 24;
const GGUF_ALIGNMENT = 32;

function ggufHead(architecture: string, elements: bigint): Uint8Array {
  const parts = [
    new TextEncoder().encode('GGUF'),
    u32(3),
    u64(1n),
    u64(1n),
    ggufString('general.architecture'),
    u32(GGUF_STRING),
    ggufString(architecture),
    ggufString('double_blocks.0.img_attn.qkv.weight'),
    u32(1),
    u64(elements),
    u32(GGUF_INT8_TENSOR),
    u64(0n),
  ];
  const used = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const padding = (GGUF_ALIGNMENT - (used % GGUF_ALIGNMENT)) % GGUF_ALIGNMENT;
  return concatBytes([...parts, new Uint8Array(padding)]);
}

function ggufString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return concatBytes([u64(BigInt(bytes.byteLength)), bytes]);
}
