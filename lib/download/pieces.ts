import type { ByteRange } from './ranges.ts';

/** A file whose rest is smaller than a few of these is not worth further connections. */
const SMALLEST_PIECE_BYTES = 4 * 1024 * 1024;
/** Larger pieces would let the hash fall far behind the writers, smaller ones cost round trips (measured 2026-11). */
const LARGEST_PIECE_BYTES = 16 * 1024 * 1024;
/** Enough for each connection that none idles long at the end. */
const PIECES_PER_CONNECTION = 4;

/** How much is asked for at once: everything over a single connection, else a piece. `total` is `null` while it is not known. */
export function planPieceBytes(total: number | null, options: { connections: number; smallestPieceBytes?: number }): number {
  const { connections, smallestPieceBytes = SMALLEST_PIECE_BYTES } = options;
  if (connections <= 1) return Infinity;
  const share = Math.ceil((total ?? 0) / connections / PIECES_PER_CONNECTION);
  return Math.max(smallestPieceBytes, Math.min(LARGEST_PIECE_BYTES, share));
}

/** Headers that ask for a piece, if the file is still the one that `validator` names; none for the whole of a file. */
export function rangeHeaders(piece: ByteRange, validator: string | null): Record<string, string> {
  if (piece.start === 0 && piece.end === Infinity) return {};
  const last = piece.end === Infinity ? '' : String(piece.end - 1);
  return { range: `bytes=${piece.start}-${last}`, ...(validator === null ? {} : { 'if-range': validator }) };
}
