import { formatBytes } from '../units.ts';
import type { ModelFormat } from './structure.ts';

/** A file that is text where a model should be. */
export interface TextFinding {
  format: ModelFormat;
  /** What it is, for the damage of a file that should be a model. */
  damage: string;
}

/** Reads the first bytes as text: a git-lfs pointer, a web page, a JSON answer, or any text. `undefined` when they are no text. */
export function inspectText(head: Buffer, sizeBytes: number): TextFinding | undefined {
  const text = readText(head);
  if (text === undefined) return undefined;
  const words = text.replace(/^\ufeff/, '').trimStart();
  if (words.startsWith('version https://git-lfs')) return lfsPointer(words, sizeBytes);
  if (PAGE.test(words)) return { format: 'html', damage: 'html: a web page, not a model' };
  if (/^[{[]/.test(words)) return { format: 'json', damage: 'json: a text, as services answer, not a model' };
  return { format: 'text', damage: 'text: readable words, not a model' };
}

const PAGE = /^<(?:!doctype|html|head|\?xml|!--)/i;

function lfsPointer(text: string, sizeBytes: number): TextFinding {
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  const promised = size === undefined ? 'the model' : `the ${formatBytes(Number(size))} it stands for`;
  return { format: 'lfs_pointer', damage: `git-lfs: a pointer of ${sizeBytes} bytes, not ${promised}` };
}

/** The head as a text, whatever it is written in: servers still send pages in Latin-1, in Shift-JIS or in UTF-16. */
function readText(head: Buffer): string | undefined {
  const wide = readUtf16(head);
  if (wide !== undefined) return wide;
  const bytes = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  if (PAGE.test(bytes.trimStart())) return bytes;
  if (head.length === 0 || hasControls(bytes)) return undefined;
  if (decode(head, 'utf-8') === undefined && !isMostlyAscii(bytes)) return undefined;
  return bytes;
}

/**
 * UTF-16 by its mark, or without one where more than half of it is ASCII. The numbers that the heads of models have at every second byte
 * are no characters: among them are zeros, controls and halves of pairs.
 */
function readUtf16(head: Buffer): string | undefined {
  const [first, second] = head;
  if (first === undefined || second === undefined) return undefined;
  if (first === 0xff && second === 0xfe) return printable(decode(head, 'utf-16le'));
  if (first === 0xfe && second === 0xff) return printable(decode(head, 'utf-16be'));
  if (!head.includes(0)) return undefined;
  const texts = [printable(decode(head, 'utf-16le')), printable(decode(head, 'utf-16be'))];
  return texts.find((text) => text !== undefined && isMostlyAscii(text));
}

function printable(text: string | undefined): string | undefined {
  return text === undefined || hasControls(text) ? undefined : text;
}

/** Text has no NUL and no control character but tab and line ends; the heads of all model formats do. */
function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return true;
  }
  return false;
}

/** Texts in old encodings are: markup, digits and spaces are ASCII in all of them. A few bytes of any other kind hardly ever. */
function isMostlyAscii(text: string): boolean {
  let ascii = 0;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) < 0x80) ascii++;
  return ascii * 2 > text.length;
}

/** `undefined` where the bytes are not of that encoding. */
function decode(head: Buffer, encoding: 'utf-8' | 'utf-16le' | 'utf-16be'): string | undefined {
  try {
    // The head may end inside a character: `stream` forgives that.
    return new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}
