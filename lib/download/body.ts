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
  for (;;) {
    const chunk = await readChunk(reader, options);
    if (chunk === undefined) return position;
    if (position + chunk.byteLength > range.end)
      throw new TransferError({ kind: 'protocol', detail: 'More bytes came than were announced' });
    if (position === 0) rejectText(chunk, options);
    options.write(position, chunk);
    position += chunk.byteLength;
    if (options.rate.limited) await options.rate.take(chunk.byteLength, options.signal);
    const leavesAt = range.leavesAt?.() ?? range.end;
    if (leavesAt < range.end && position >= leavesAt) {
      await reader.cancel();
      return position;
    }
  }
}

async function readChunk(reader: { read: () => Promise<{ done: boolean; value?: Uint8Array }> }, options: BodyOptions) {
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
