import { constants, open } from 'node:fs/promises';

import { detectType } from './detect-type.ts';
import { foreignDamage } from './foreign.ts';
import { inspectGguf, looksLikeGguf } from './gguf.ts';
import { extensionOf, isModelFileName } from './names.ts';
import { inspectOnnx, looksLikeOnnx } from './onnx.ts';
import { inspectSafetensors, looksLikeSafetensors } from './safetensors.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding, ModelFormat, ModelStructure } from './structure.ts';
import { inspectText } from './text.ts';
import { inspectTorchZip, looksLikeZip } from './torch-zip.ts';

const HEAD_BYTES = 4096;

/** How to take the file. */
export interface InspectOptions {
  /** The name that the file has or will have, when the path is a temporary one: its ending says what it should be. */
  name?: string;
}

/**
 * What a file on disk is and whether it is whole, from its header and its end alone. A file that ends in `.safetensors`, `.sft` or
 * `.gguf` must be one; other endings say little, so only what contradicts itself, an empty file, or a text, a picture or the like in place
 * of a model is damage. Rejects when the file cannot be read.
 */
export async function inspectModelFile(path: string, options: InspectOptions = {}): Promise<ModelStructure> {
  // A pipe would be waited for until somebody writes into it.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a regular file');
    const { size } = found;
    const reader: FileReader = {
      sizeBytes: size,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, size - offset));
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, offset);
        return buffer.subarray(0, bytesRead);
      },
    };
    return await inspectBytes(reader, options.name ?? path);
  } finally {
    await handle.close();
  }
}

/** The same for anything that can be read at positions. */
export async function inspectBytes(reader: FileReader, name: string): Promise<ModelStructure> {
  const { format, finding } = await readFormat(reader, name);
  return {
    format,
    whole: finding.damage === null,
    damage: finding.damage,
    sizeBytes: reader.sizeBytes,
    detectedType: finding.damage === null ? detectType(finding.tensorNames, finding.architecture) : null,
  };
}

interface Reading {
  format: ModelFormat;
  finding: FormatFinding;
}

async function readFormat(reader: FileReader, name: string): Promise<Reading> {
  if (reader.sizeBytes === 0) return { format: 'empty', finding: plainFinding('the file is empty') };
  const head = await reader.read(0, HEAD_BYTES);
  const text = inspectText(head, reader.sizeBytes);
  if (text !== undefined) return { format: text.format, finding: plainFinding(isDamagingText(text.format, name) ? text.damage : null) };
  const extension = extensionOf(name);
  if (extension === '.safetensors' || extension === '.sft')
    return { format: 'safetensors', finding: await expectSafetensors(reader, head, name) };
  if (looksLikeGguf(head)) return { format: 'gguf', finding: await inspectGguf(reader) };
  if (extension === '.gguf')
    return { format: 'unknown', finding: plainFinding(foreignDamage(head, name) ?? 'gguf: the file does not begin with GGUF') };
  return readByContent(reader, head, name);
}

async function readByContent(reader: FileReader, head: Buffer, name: string): Promise<Reading> {
  if (looksLikeSafetensors(head)) return { format: 'safetensors', finding: await inspectSafetensors(reader) };
  if (looksLikeZip(head)) return { format: 'torch_zip', finding: await inspectTorchZip(reader, name) };
  if (looksLikePickle(head)) return { format: 'pickle', finding: plainFinding(null) };
  if (extensionOf(name) === '.onnx' && looksLikeOnnx(head)) return { format: 'onnx', finding: await inspectOnnx(reader) };
  return { format: 'unknown', finding: plainFinding(isModelFileName(name) ? unknownDamage(head, name) : null) };
}

/** A model may be in a format that is not known here; what is known to be something else is none. */
function unknownDamage(head: Buffer, name: string): string | null {
  return head.every((byte) => byte === 0) ? 'the file begins with nothing but zeros' : (foreignDamage(head, name) ?? null);
}

async function expectSafetensors(reader: FileReader, head: Buffer, name: string): Promise<FormatFinding> {
  if (looksLikeSafetensors(head)) return inspectSafetensors(reader);
  if (looksLikeZip(head) || looksLikePickle(head)) return plainFinding('safetensors: the file is a PyTorch pickle under another name');
  if (looksLikeGguf(head)) return plainFinding('safetensors: the file is a GGUF file under another name');
  const foreign = foreignDamage(head, name);
  return foreign === undefined ? inspectSafetensors(reader) : plainFinding(foreign);
}

/** Protocol 2 to 5 of Python's pickle, as old `torch.save` files begin. */
function looksLikePickle(head: Buffer): boolean {
  const [first, protocol] = head;
  return first === 0x80 && protocol !== undefined && protocol >= 2 && protocol <= 5;
}

/** Configs and vocabularies are texts by right; a pointer or a page never is. */
function isDamagingText(format: ModelFormat, name: string): boolean {
  return format === 'lfs_pointer' || format === 'html' ? extensionOf(name) !== '.html' : isModelFileName(name);
}
