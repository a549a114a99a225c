import { isModelFileName } from '../core/model-file/names.ts';
import { inspectText } from '../core/model-file/text.ts';
import { brokenBody } from './open-source.ts';
import type { RateLimit, StallWatch } from './pace.ts';
import { TransferError } from './trouble.ts';

/** Fewer bytes than these may look like text by chance: every GGUF file begins with four letters. */
const ENOUGH_TO_JUDGE_BYTES = 512;

/** Where the bytes of a body stand in the file. */
export interface BodyRange {
  position: number;
  /** No byte of it stands behind that. */
  end: number;
  /** Bytes from here on are wanted no longer; it may come nearer meanwhile. */
  leavesAt?: () => number;
}

export interface BodyOptions {
  watch: StallWatch;
  signal: AbortSignal;
  rate: RateLimit;
  filename: string;
  /** Size of the whole file, where it is known. */
  total: number | null;
  /** Puts the bytes away; they may not be kept. */
  write: (position: number, bytes: Uint8Array) => void;
}

/**
 * Reads a body and puts it away chunk by chunk, so that memory stays bounded. Returns the position after the last byte read. Throws
 * `TransferError` when it breaks off, brings more than announced, or turns out to be a page or pointer instead of a model.
 */
export async function readBodyInto(response: Response, range: BodyRange, options: BodyOptions): Promise<number> {
  const reader = response.body?.getReader();
  if (!reader) return range.position;
  let { position } = range;
  let chunk = position === 0 ? await readHead(reader, options) : await readChunk(reader, options);
  for (; chunk !== undefined; chunk = await readChunk(reader, options)) {
    if (position + chunk.byteLength > range.end)
      throw new TransferError({ kind: 'protocol', detail: 'More bytes came than were announced' });
    options.write(position, chunk);
    position += chunk.byteLength;
    if (options.rate.limited) await options.rate.take(chunk.byteLength, options.signal);
    const leavesAt = range.leavesAt?.() ?? range.end;
    if (leavesAt < range.end && position >= leavesAt) {
      await reader.cancel();
      return position;
    }
  }
  return position;
}

interface ChunkReader {
  read: () => Promise<{ done: boolean; value?: Uint8Array }>;
}

/** The first bytes of a file, as many as tell a model from a page, however they come: none is put away before it is judged. */
async function readHead(reader: ChunkReader, options: BodyOptions): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let total = options.total;
  while (length < ENOUGH_TO_JUDGE_BYTES) {
    const chunk = await readChunk(reader, options);
    if (chunk === undefined) {
      total ??= length;
      break;
    }
    chunks.push(chunk);
    length += chunk.byteLength;
  }
  const [first] = chunks;
  const head = chunks.length > 1 ? Buffer.concat(chunks) : first;
  if (head !== undefined) rejectText(head, { filename: options.filename, total });
  return head;
}

async function readChunk(reader: ChunkReader, options: BodyOptions): Promise<Uint8Array | undefined> {
  options.watch.begin();
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (error) {
    options.signal.throwIfAborted();
    throw brokenBody(error);
  } finally {
    options.watch.pause();
  }
}

const TEXT_WORDS = { lfs_pointer: 'a git-lfs pointer', html: 'a web page', json: 'a JSON answer', text: 'a text' } as const;

/** Judges the first bytes of a file before they are written, as far as they suffice. */
function rejectText(head: Uint8Array, options: Pick<BodyOptions, 'filename' | 'total'>): void {
  if (head.byteLength < ENOUGH_TO_JUDGE_BYTES && head.byteLength !== options.total) return;
  const found = inspectText(Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 4096)), options.total ?? head.byteLength);
  const format = found?.format;
  if (format !== 'lfs_pointer' && format !== 'html' && format !== 'json' && format !== 'text') return;
  const mayBe = (format === 'json' || format === 'text') && !isModelFileName(options.filename);
  if (!mayBe) throw new TransferError({ kind: 'not_a_model', what: TEXT_WORDS[format] });
}
