import type { HttpClient } from '../core/http/client.ts';
import { inspectBytes } from '../core/model-file/inspect.ts';
import type { DetectedType, FileReader } from '../core/model-file/structure.ts';

/** Most headers fit into this; a longer one takes one more request. */
const FIRST_BYTES = 256 * 1024;
/** The header of a very large model has a few megabytes. */
const MOST_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 20_000;

/** A file at a place, whose first bytes are to tell what it is. */
export interface RemoteFile {
  url: string;
  /** Its name at the place: the ending says what it should be. */
  filename: string;
  /** `service`: the user has named the link himself. */
  trust: 'service' | 'workflow';
}

/**
 * What kind of model a file at a place is, by its header alone: a request or two for its first bytes. `null` when the header says nothing,
 * the file is not whole, or the place does not give a part of it; `silent` when nothing came in time. Throws only when the signal aborts.
 */
export async function detectRemoteType(
  file: RemoteFile,
  ports: { http: HttpClient; signal: AbortSignal; patienceMs?: number },
): Promise<DetectedType | 'silent' | null> {
  const patience = AbortSignal.timeout(ports.patienceMs ?? PATIENCE_MS);
  const signal = AbortSignal.any([ports.signal, patience]);
  try {
    const first = await readRange(file, { start: 0, end: FIRST_BYTES }, { ...ports, signal });
    const reader: FileReader = {
      sizeBytes: first.total,
      async read(offset, length) {
        const end = Math.min(offset + length, first.total);
        if (end <= first.bytes.length) return first.bytes.subarray(offset, end);
        if (length > MOST_BYTES) throw new Error('the header is too long');
        return (await readRange(file, { start: offset, end }, { ...ports, signal })).bytes;
      },
    };
    return (await inspectBytes(reader, file.filename)).detectedType;
  } catch {
    ports.signal.throwIfAborted();
    return patience.aborted ? 'silent' : null;
  }
}

async function readRange(
  file: RemoteFile,
  range: { start: number; end: number },
  { http, signal }: { http: HttpClient; signal: AbortSignal },
): Promise<{ bytes: Buffer; total: number }> {
  const headers = { range: `bytes=${range.start}-${range.end - 1}` };
  const { response } = await http.open(file.url, { trust: file.trust, raw: true, headers, signal });
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status !== 206 || total === undefined) {
    await response.body?.cancel().catch(() => undefined);
    throw new Error('the place gives no part of the file');
  }
  return { bytes: await readBounded(response, range.end - range.start), total: Number(total) };
}

/** A server that sends more than it was asked for is not listened to. */
async function readBounded(response: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > most) throw new Error('more came than was asked for');
  }
  return Buffer.concat(chunks);
}
