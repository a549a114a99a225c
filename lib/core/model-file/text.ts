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
  if (!isText(head)) return undefined;
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('version https://git-lfs')) return lfsPointer(text, sizeBytes);
  if (/^<(?:!doctype|html|head|\?xml|!--)/i.test(text)) return { format: 'html', damage: 'html: a web page, not a model' };
  if (/^[{[]/.test(text)) return { format: 'json', damage: 'json: a text, as services answer, not a model' };
  return { format: 'text', damage: 'text: readable words, not a model' };
}

function lfsPointer(text: string, sizeBytes: number): TextFinding {
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  const promised = size === undefined ? 'the model' : `the ${formatBytes(Number(size))} it stands for`;
  return { format: 'lfs_pointer', damage: `git-lfs: a pointer of ${sizeBytes} bytes, not ${promised}` };
}

/** Text has no NUL and hardly a control character; the heads of all model formats do. */
function isText(head: Buffer): boolean {
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) controls++;
  }
  return head.length > 0 && controls === 0 && isUtf8(head);
}

function isUtf8(head: Buffer): boolean {
  try {
    // The head may end inside a character: `stream` forgives that.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
