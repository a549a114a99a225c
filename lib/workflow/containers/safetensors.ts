import { isRecord, ownValue } from '../narrow.ts';
import type { ByteSource } from './byte-source.ts';
import type { ReadLimits } from './limits.ts';
import type { MetadataText } from './metadata.ts';
import { parseJson } from './parse-json.ts';

const LENGTH_BYTES = 8;

/** The metadata in a safetensors header, into which ComfyUI's savers of latents and models put prompt and workflow. */
export function readSafetensors(source: ByteSource, limits: ReadLimits): MetadataText[] {
  const head = source.read(0, LENGTH_BYTES);
  const length = head.length < LENGTH_BYTES ? 0n : head.readBigUInt64LE(0);
  if (length > limits.metadataBytes) return [];
  const outcome = parseJson(source.read(LENGTH_BYTES, Number(length)).toString('utf8'));
  const metadata = 'value' in outcome && isRecord(outcome.value) ? ownValue(outcome.value, '__metadata__') : undefined;
  if (!isRecord(metadata)) return [];
  return Object.entries(metadata).flatMap(([key, text]) => (typeof text === 'string' ? [{ key: key.toLowerCase(), text }] : []));
}
