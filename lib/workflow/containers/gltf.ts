import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';

/** The JSON chunk of a binary glTF model: ComfyUI's saver keeps prompt and workflow under `asset.extras`. */
export function readGltf(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const header = source.read(12, 8);
  if (header.length < 8 || header.toString('latin1', 4, 8) !== 'JSON') return [];
  const length = header.readUInt32LE(0);
  return length > limits.metadataBytes ? [] : [{ key: '', text: source.read(20, length).toString('utf8') }];
}
