import { crc32 } from 'node:zlib';
import { concatBytes, u16, u32 } from './bytes.ts';
import { generatedContent } from './content.ts';

/** A whole file as PyTorch saves it: an uncompressed zip with a pickle of an empty dictionary and one block of data. */
export function makePickleZip(options: { sizeBytes: number; seed: number }): Uint8Array {
  const pickle = new Uint8Array([0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e]);
  const build = (dataBytes: number): Uint8Array =>
    makeZip([
      ['archive/data.pkl', pickle],
      ['archive/version', new TextEncoder().encode('3\n')],
      ['archive/data/0', generatedContent({ sizeBytes: dataBytes, seed: options.seed }).read(0, dataBytes)],
    ]);
  const frameBytes = build(0).byteLength;
  if (options.sizeBytes < frameBytes) throw new RangeError(`a zip of ${options.sizeBytes} bytes cannot hold its own directory`);
  return build(options.sizeBytes - frameBytes);
}

function makeZip(entries: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const encoded = new TextEncoder().encode(name);
    // version 2.0, no flags, stored, no date, then crc, both sizes and the lengths of name and extra field
    const common = [u16(20), u16(0), u16(0), u32(0), u32(crc32(bytes)), u32(bytes.byteLength), u32(bytes.byteLength)];
    const lengths = [u16(encoded.byteLength), u16(0)];
    const local = concatBytes([u32(0x04034b50), ...common, ...lengths, encoded, bytes]);
    files.push(local);
    directory.push(concatBytes([u32(0x02014b50), u16(20), ...common, ...lengths, u16(0), u16(0), u16(0), u32(0), u32(offset), encoded]));
    offset += local.byteLength;
  }
  const directoryBytes = directory.reduce((sum, entry) => sum + entry.byteLength, 0);
  const end = [u32(0x06054b50), u16(0), u16(0), u16(entries.length), u16(entries.length), u32(directoryBytes), u32(offset), u16(0)];
  return concatBytes([...files, ...directory, ...end]);
}
