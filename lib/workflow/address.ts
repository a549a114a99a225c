import { redactUrl } from '../core/secrets.ts';

/** `true` for a value that is an address rather than the name of a file. */
export function isAddress(written: string): boolean {
  return /^https?:\/\//.test(written);
}

/** The value without what an address may carry of somebody's: for people, and for files. */
export function withoutKeys(written: string): string {
  return isAddress(written) ? redactUrl(written) : written;
}
