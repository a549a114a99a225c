import { extensionOf, isModelFileName } from '../core/model-file/names.ts';

/** What is no part of a name on some system, or hides what the name is: Windows' own signs, control characters, turns of direction. */
const AWKWARD = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*\\/]+/gu;
/** Names of devices on Windows. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;
/** Far below what file systems allow, and still telling. */
const MOST_BYTES = 120;

/** A name like this one that is a plain file name on every system; the same one where it already is. */
export function plainerName(filename: string): string {
  const ending = isModelFileName(filename) ? extensionOf(filename) : '';
  const stem = filename.slice(0, filename.length - ending.length).replaceAll(AWKWARD, '_');
  const plain = shorten(stem.replace(/^[. ]+/, '')).replace(/[. ]+$/, '');
  const first = plain.split('.')[0] ?? '';
  const telling = DEVICE.test(first) ? `${first}_model${plain.slice(first.length)}` : plain;
  return (telling === '' ? 'model' : telling) + ending;
}

function shorten(text: string): string {
  let short = '';
  for (const letter of text) {
    if (Buffer.byteLength(short + letter) > MOST_BYTES) return short;
    short += letter;
  }
  return short;
}
