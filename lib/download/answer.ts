import type { AnsweredHop, OpenedAnswer } from '../core/http/client.ts';
import { readRetryAfterMs } from '../core/http/retry.ts';
import { plainText } from '../core/text.ts';
import type { ByteRange } from './ranges.ts';
import type { Trouble } from './trouble.ts';

/** Error bodies are a sentence or a small page; more is not read. */
const LARGEST_ERROR_BYTES = 64 * 1024;

/** What a server did with a request for some bytes of a file. */
export type Answer =
  /** 206, or 200 with a `Content-Range`: just these bytes. `total` is `null` when the server does not know it (`*`). */
  | { kind: 'part'; range: ByteRange; total: number | null }
  /** 200: the file from its beginning. */
  | { kind: 'whole'; total: number | null }
  /** 416: nothing at that place. */
  | { kind: 'beyond'; total: number | null }
  | { kind: 'trouble'; trouble: Trouble };

/** Reads status and headers, and of a refusal its body; the bytes of a file are left alone. */
export async function readAnswer(answer: OpenedAnswer, now: Date): Promise<Answer> {
  const { response } = answer;
  const page = findLoginPage(answer);
  if (page) return { kind: 'trouble', trouble: page };
  if (response.status === 206) return readPart(response.headers);
  if (response.status === 200) return readSilentPart(response.headers) ?? { kind: 'whole', total: readLength(response.headers) };
  if (response.status === 416) return { kind: 'beyond', total: readContentRange(response.headers.get('content-range'))?.total ?? null };
  return { kind: 'trouble', trouble: explainRefusal(answer, readWords(await readBody(response)), now) };
}

/** `bytes 5-9/10`, `bytes 5-9/*` or, in a 416, `bytes * /10`; `undefined` when it is none of these or contradicts itself. */
export function readContentRange(value: string | null): { range: ByteRange | null; total: number | null } | undefined {
  const match = /^bytes\s+(?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i.exec(value?.trim() ?? '');
  if (!match) return undefined;
  const [, first, last, size] = match;
  const total = size === undefined || size === '*' ? null : Number(size);
  if (first === undefined || last === undefined) return { range: null, total };
  const range = { start: Number(first), end: Number(last) + 1 };
  return range.end <= range.start || (total !== null && range.end > total) ? undefined : { range, total };
}

function readPart(headers: Headers): Answer {
  // a part of what a server has packed is no part of the file, though it was asked for the bytes as they are
  if (isPacked(headers)) return { kind: 'trouble', trouble: { kind: 'protocol', detail: 'A partial answer came packed' } };
  const stated = readContentRange(headers.get('content-range'));
  if (!stated?.range) return { kind: 'trouble', trouble: { kind: 'protocol', detail: 'A partial answer without a valid Content-Range' } };
  return { kind: 'part', range: stated.range, total: stated.total };
}

/** ModelScope gives a part under status 200 (seen 2026): it says which part, and sends as many bytes. */
function readSilentPart(headers: Headers): Answer | undefined {
  const stated = readContentRange(headers.get('content-range'));
  if (!stated?.range || readLength(headers) !== stated.range.end - stated.range.start) return undefined;
  return { kind: 'part', range: stated.range, total: stated.total };
}

function readLength(headers: Headers): number | null {
  if (isPacked(headers)) return null;
  const length = headers.get('content-length');
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

/** Some storages repeat `aws-chunked`, which is how a file was once sent to them (NooBaa, Versity, 2026-09): its bytes are plain. */
const PLAIN_CODINGS: ReadonlySet<string> = new Set(['', 'identity', 'aws-chunked']);

/** The body is not the bytes of the file, but something to unpack them from. */
function isPacked(headers: Headers): boolean {
  const codings = (headers.get('content-encoding') ?? '').split(',');
  return codings.some((coding) => !PLAIN_CODINGS.has(coding.trim().toLowerCase()));
}

/** A page instead of a file: Civitai sends browsers to its login, others answer 200 with a page that asks for one. */
function findLoginPage(answer: OpenedAnswer): Trouble | undefined {
  const last = answer.hops.at(-1) ?? answer.hops[0];
  const [first] = answer.hops;
  const asked = answer.hops.some(
    (hop) => hop.url.searchParams.get('reason') === 'download-auth' || /\/(log|sign)[-_]?in\/?$/i.test(hop.url.pathname),
  );
  const isPage = /^(text\/html|application\/xhtml)/i.test(answer.response.headers.get('content-type') ?? '');
  if (asked) return { kind: 'login_required', service: first.service ?? last.service, host: first.url.host, hadKey: first.authorized };
  return isPage && answer.response.ok ? { kind: 'not_a_model', what: 'a web page' } : undefined;
}

/** The words of a refusal, as both hubs give them. */
interface RefusalWords {
  error: string | null;
  message: string | null;
  deadline: string | null;
}

function explainRefusal(answer: OpenedAnswer, words: RefusalWords, now: Date): Trouble {
  const last = answer.hops.at(-1) ?? answer.hops[0];
  const { response } = answer;
  const detail = words.message ?? words.error ?? plainWords(response.headers.get('x-error-message'));
  if (last.service === 'huggingface') {
    const known = explainHuggingface(last);
    if (known) return known;
  }
  if (last.service === 'civitai') {
    const known = explainCivitai(last, words);
    if (known) return known;
  }
  return explainStatus(last, { detail, retryAfterMs: readRetryAfterMs(response.headers, now) });
}

/** By `X-Error-Code` and status (huggingface_hub's `_http.py`, 2026-08). A 401 without a code means that the token is bad. */
function explainHuggingface(hop: AnsweredHop): Trouble | undefined {
  const code = hop.headers.get('x-error-code');
  const host = hop.url.host;
  if (code === 'GatedRepo') return { kind: 'gated', hadKey: hop.status === 403 };
  if (code === 'RepoNotFound') {
    const detail = hop.authorized ? 'No such repository, or it is private' : 'No such repository, or it is private and needs HF_TOKEN';
    return { kind: 'not_found', host, detail };
  }
  if (code === 'EntryNotFound' || code === 'RevisionNotFound') {
    return {
      kind: 'not_found',
      host,
      detail: code === 'EntryNotFound' ? 'The repository has no such file' : 'The repository has no such revision',
    };
  }
  if (hop.status === 401 && hop.authorized) return { kind: 'key_rejected', service: 'huggingface', host };
  return undefined;
}

/** By the JSON of the download route (civitai's source, 2026-08). */
function explainCivitai(hop: AnsweredHop, words: RefusalWords): Trouble | undefined {
  const host = hop.url.host;
  const text = `${words.error ?? ''} ${words.message ?? ''}`;
  if (hop.status === 401 && /disabled downloads/i.test(text)) return { kind: 'downloads_disabled' };
  if (hop.status === 401) return { kind: 'login_required', service: 'civitai', host, hadKey: hop.authorized };
  if (hop.status === 403 && /early access/i.test(text)) return { kind: 'early_access', deadline: words.deadline };
  if (hop.status === 410) return { kind: 'not_found', host, detail: 'The model has been archived' };
  return undefined;
}

function explainStatus(hop: AnsweredHop, facts: { detail: string | null; retryAfterMs: number | null }): Trouble {
  const { status, service } = hop;
  const host = hop.url.host;
  if (status === 401) return { kind: 'login_required', service, host, hadKey: hop.authorized };
  if (status === 403) return { kind: 'no_access', host, detail: facts.detail };
  if (status === 404 || status === 410) return { kind: 'not_found', host, detail: facts.detail };
  if (status === 451) return { kind: 'region_blocked', service, host };
  return { kind: 'status', status, host, ...facts };
}

async function readBody(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of response.body ?? []) {
      pieces.push(piece);
      length += piece.byteLength;
      if (length > LARGEST_ERROR_BYTES) break;
    }
  } catch {
    // What has come of an error's words is enough.
  }
  return Buffer.concat(pieces).toString('utf8');
}

function readWords(text: string): RefusalWords {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  const field = (name: string): string | null => {
    if (typeof json !== 'object' || json === null) return null;
    const value: unknown = Reflect.get(json, name);
    return typeof value === 'string' ? plainWords(value) : null;
  };
  return { error: field('error'), message: field('message'), deadline: field('deadline') };
}

function plainWords(value: string | null): string | null {
  if (value === null || value === '') return null;
  return plainText(value)
    .replaceAll(/https?:\/\/\S+/g, (url) => url.replace(/[?#].*$/, ''))
    .slice(0, 300);
}
