/** The head of a request or an answer may be this long; those of the services are below ten kilobytes. */
export const LONGEST_HEAD_BYTES = 64 * 1024;

const HEAD_BEGIN = 'HTTP/1.';

/** How the end of a body is told (RFC 9112 §6.3). */
export type Framing =
  /** There is no body. */
  | { kind: 'none' }
  /** So many bytes. */
  | { kind: 'length'; bytes: number }
  /** Chunks that say their sizes. */
  | { kind: 'chunked' }
  /** Everything until the server closes. */
  | { kind: 'close' };

/** What comes before the body of an answer. */
export interface AnswerHead {
  status: number;
  headers: Headers;
  framing: Framing;
  /** The connection may be used again once the body has been read. */
  keepsAlive: boolean;
}

export type WireMethod = 'GET' | 'HEAD';

/** A server broke the rules of HTTP/1.1: what follows on that connection means nothing. */
export class MalformedAnswer extends Error {
  readonly code = 'MalformedAnswer';
}

/** Where the body begins, -1 while the head is not all there. Line ends without a carriage return count too (RFC 9112 §2.2). */
export function findHeadEnd(bytes: Buffer): number {
  const usual = bytes.indexOf('\n\r\n');
  const bare = (usual === -1 ? bytes : bytes.subarray(0, usual + 1)).indexOf('\n\n');
  if (bare !== -1) return bare + 2;
  return usual === -1 ? -1 : usual + 3;
}

/** `false` as soon as the first bytes show that they begin no answer: another protocol may wait for ever for what it wants to hear. */
export function mayBeginHead(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, HEAD_BEGIN.length);
  return HEAD_BEGIN.startsWith(begin);
}

/** Reads an answer's status line and headers, up to and without the empty line. Throws `MalformedAnswer`. */
export function readHead(text: string, method: WireMethod): AnswerHead {
  const [first = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const [, minor, digits] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(first) ?? [];
  if (minor === undefined || digits === undefined) throw new MalformedAnswer('The answer is no HTTP/1.1');
  const headers = readHeaders(lines);
  const status = Number(digits);
  const framing = readFraming({ status, headers, method });
  return { status, headers, framing, keepsAlive: framing.kind !== 'close' && keepsAlive(headers, minor) };
}

/** Blanks around a value are taken off by `Headers`: a pattern that looks for them takes seconds for a value that is made of them. */
function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new MalformedAnswer('A header of the answer is none');
    try {
      headers.append(name, value);
    } catch (error) {
      throw new MalformedAnswer('A header of the answer has characters that none may have', { cause: error });
    }
  }
  return headers;
}

/** Answers that never have a body, whatever their headers say (RFC 9110 §15). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Two lengths that differ, or a transfer coding that is not known, leave open where the body ends: smuggling begins there. */
function readFraming({ status, headers, method }: { status: number; headers: Headers; method: WireMethod }): Framing {
  if (method === 'HEAD' || status < 200 || BODILESS.has(status)) return { kind: 'none' };
  const coding = headers.get('transfer-encoding');
  if (coding !== null) {
    if (coding.toLowerCase() !== 'chunked') throw new MalformedAnswer(`The answer has a transfer coding that was not asked for`);
    return { kind: 'chunked' };
  }
  const length = headers.get('content-length');
  if (length === null) return { kind: 'close' };
  const lengths = new Set(length.split(',').map((value) => value.trim()));
  const [only = ''] = lengths;
  if (lengths.size > 1 || !/^\d{1,15}$/.test(only)) throw new MalformedAnswer('The answer says two lengths, or one that is none');
  headers.set('content-length', only);
  return { kind: 'length', bytes: Number(only) };
}

/** HTTP/1.0 closes unless it says otherwise. An answer with both a coding and a length is not to be trusted any further (§6.1). */
function keepsAlive(headers: Headers, minor: string): boolean {
  const words = new Set((headers.get('connection') ?? '').split(',').map((word) => word.trim().toLowerCase()));
  if (words.has('close') || (headers.has('transfer-encoding') && headers.has('content-length'))) return false;
  return minor === '1' || words.has('keep-alive');
}

/** A request without a body, ready to be sent. The caller's headers have been checked by `Headers`. */
export function writeRequest(url: URL, method: WireMethod, headers: Headers): string {
  const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`, 'connection: keep-alive'];
  if (!headers.has('accept')) lines.push('accept: */*');
  const credentials = credentialsOf(url);
  if (credentials !== null && !headers.has('authorization')) lines.push(`authorization: Basic ${credentials}`);
  for (const [name, value] of headers) if (name !== 'host' && name !== 'connection') lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A link of the user's own may carry his name and password for its server. */
function credentialsOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign stands for itself
  }
}
