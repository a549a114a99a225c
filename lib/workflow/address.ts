import { readAir } from '../core/civitai-reference.ts';
import { redactUrl } from '../core/secrets.ts';

/** `true` for a value that is an address rather than the name of a file. */
export function isAddress(written: string): boolean {
  return written.startsWith('http') && /^https?:\/\//.test(written);
}

/** `true` for a value that says by itself where the file can be had: an address, or the name of a resource of Civitai. */
export function leadsToPlace(value: string): boolean {
  return isAddress(value) || (value.includes(':') && readAir(value) !== null);
}

/** The value without what an address may carry of somebody's: for people, and for files. */
export function withoutKeys(written: string): string {
  return isAddress(written) ? shownAddress(written) : written;
}

/** Addresses that were looked at: the same few stand in many workflows. */
const shown = new Map<string, string>();
const MOST_SHOWN = 20_000;

/** The address as it may be shown: `redactUrl`, and quick for one that was there before. */
export function shownAddress(address: string): string {
  const known = shown.get(address);
  if (known !== undefined) return known;
  if (shown.size >= MOST_SHOWN) shown.clear();
  const redacted = redactUrl(address);
  shown.set(address, redacted);
  return redacted;
}
