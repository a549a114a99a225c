import { extensionOf } from './names.ts';
import { plainFinding } from './structure.ts';
import type { FileReader, FormatFinding } from './structure.ts';

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const DIRECTORY_SIGNATURE = 0x02014b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;

/** `true` for a zip's first local header, which `torch.save` writes since PyTorch 1.6. */
export function looksLikeZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
}

/** Endings of files that are of use only if PyTorch has written them. Others may be archives of another kind. */
const TORCH_ENDINGS: ReadonlySet<string> = new Set(['.ckpt', '.pt', '.pth', '.bin']);
/**
 * What lists the tensors in a model of PyTorch: `data.pkl` since 1.6, `model.json` in the first TorchScript archives. A `torch.package` (the
 * voices of Silero, say) calls its pickles what it likes, and has a `.data` folder (`inline_container.cc` of PyTorch, 2026-11).
 */
const TORCH_ENTRY = /\.pkl|model\.json|\/\.data\/version/;
/** The directory of the largest real models has some 200 kB. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;

/**
 * A zip keeps its directory at the end: one that was cut off has none, or one that lies outside the file. One that people have downloaded
 * with a model or a readme in it, and renamed, holds nothing that PyTorch reads.
 */
export async function inspectTorchZip(reader: FileReader, name: string): Promise<FormatFinding> {
  const tailBytes = Math.min(reader.sizeBytes, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = reader.sizeBytes - tailBytes;
  const tail = await reader.read(tailStart, tailBytes);
  const at = tail.lastIndexOf(END_SIGNATURE);
  if (at < 0 || at + END_BYTES > tail.length) return plainFinding('zip: the end of the archive is missing, the file was cut off');
  const directory = (await readEnd64(reader, tailStart + at)) ?? { bytes: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
  if (directory.offset + directory.bytes > tailStart + at) return plainFinding('zip: the directory of the archive lies outside the file');
  const first = await reader.read(directory.offset, 4);
  const isDirectory = directory.bytes === 0 || (first.length === 4 && first.readUInt32LE(0) === DIRECTORY_SIGNATURE);
  if (!isDirectory) return plainFinding('zip: the directory of the archive is not where its end says');
  const isForeign = TORCH_ENDINGS.has(extensionOf(name)) && !(await holdsModel(reader, directory));
  return plainFinding(isForeign ? 'zip: an archive of files, not a model' : null);
}

async function holdsModel(reader: FileReader, { bytes, offset }: { bytes: number; offset: number }): Promise<boolean> {
  return bytes > MAX_DIRECTORY_BYTES || TORCH_ENTRY.test((await reader.read(offset, bytes)).toString('latin1'));
}

/** The 64-bit end record, which stands before the plain one in archives above 4 GB; `undefined` when there is none. */
async function readEnd64(reader: FileReader, endAt: number): Promise<{ bytes: number; offset: number } | undefined> {
  const locator = await reader.read(Math.max(0, endAt - LOCATOR_BYTES), LOCATOR_BYTES);
  if (locator.length < LOCATOR_BYTES || locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) return undefined;
  const record = await reader.read(Number(locator.readBigUInt64LE(8)), END64_BYTES);
  if (record.length < END64_BYTES || record.readUInt32LE(0) !== END64_SIGNATURE) return { bytes: 0, offset: Number.MAX_SAFE_INTEGER };
  return { bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
}
