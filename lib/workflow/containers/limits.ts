/** How much of a file is looked at, so that no file can make a scan slow or large. */
export interface ReadLimits {
  /** A JSON file above this size is named and skipped without being read. */
  jsonBytes: number;
  /** The text of one metadata entry of a picture, film or sound, packed and unpacked. */
  metadataBytes: number;
  /** All that is read of one picture, film or sound. */
  totalBytes: number;
  /** Chunks, boxes or frames of one file. */
  parts: number;
}

export const READ_LIMITS: ReadLimits = {
  jsonBytes: 64 * 1024 * 1024,
  metadataBytes: 32 * 1024 * 1024,
  totalBytes: 96 * 1024 * 1024,
  parts: 20_000,
};
