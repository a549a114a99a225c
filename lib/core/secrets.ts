import type { Endpoints, ServiceName } from './services.ts';

/** The keys this user has, by the service they belong to. Read by `lib/state/secrets.ts`; kept out of everything that is printed. */
export interface Secrets {
  huggingface: string | null;
  civitai: string | null;
  modelscope?: string | null;
  /** What the user's own aria2 daemon wants to hear. */
  aria2?: string | null;
}

export const NO_SECRETS: Secrets = { huggingface: null, civitai: null };

/** Takes the user's keys out of a text before anybody sees it. */
export type Scrub = (text: string) => string;

/** Shorter ones are no keys of these services, and would tear holes into ordinary words. */
const SHORTEST_SCRUBBED = 6;

/**
 * Replaces each key with `***`, also where it stands escaped in JSON or in a URL. Foreign words may repeat a key: a service that refuses
 * one, a proxy that shows the request.
 */
export function makeScrub(secrets: Secrets): Scrub {
  const known = Object.values(secrets).filter(
    (secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST_SCRUBBED,
  );
  const forms = [...new Set(known.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]))];
  return (text) => forms.reduce((scrubbed, form) => scrubbed.replaceAll(form, '***'), text);
}

/** Services that somebody can have a key for. */
const KEYED_SERVICES = ['huggingface', 'civitai', 'modelscope'] as const;
export type KeyedService = (typeof KEYED_SERVICES)[number];

export function isKeyed(service: ServiceName): service is KeyedService {
  return KEYED_SERVICES.some((name) => name === service);
}

/** The service's own key, and only for a URL at its own endpoint's origin; `null` for every other URL. */
export function secretFor(url: URL, service: ServiceName | null, options: { secrets: Secrets; endpoints: Endpoints }): string | null {
  if (service === null || !isKeyed(service) || new URL(options.endpoints[service]).origin !== url.origin) return null;
  return options.secrets[service] ?? null;
}

/**
 * Parts of the names of query parameters that carry a key, a password or a signature, whatever the service puts around them: `hf_token`,
 * `X-Goog-Signature`, `OSSAccessKeyId`, `client_secret`. A `tokenizer` is none.
 */
const SECRET_PART =
  /token(?!i[sz])|secret|passw|passphrase|signature|credential|authorization|bearer|jwt|(?:api|access|private|auth[-_])[-_]?key|access[-_]?id|sess(?:ion)?[-_]?id/i;

/** Short words that are secret by themselves, or between dashes, and harmless inside others (`design`, `sigma`). */
const SECRET_WORD = /(?:^|[-_.])(?:sig|sign)(?:$|[-_.])|^(?:key|auth|pass|pwd|policy|key-pair-id|expires?|q-ak)$/i;

/** What storages add to a signed link: Amazon, Google, Alibaba, Azure, Tencent, Huawei, Baidu, Volcengine (their manuals, 2026-10). */
const SIGNED_BY = /^x-(?:amz|goog|oss|ms|cos|obs|bce|tos)-/i;

function isSecretParameter(name: string): boolean {
  return SECRET_PART.test(name) || SECRET_WORD.test(name) || SIGNED_BY.test(name);
}

/** An address as services give them, which its own normal form is: a host of letters, folders and a file, and nothing that could be secret. */
const HARMLESS = /^https:\/\/(?:[a-z]+\.)+[a-z]+(?:\/[\w~-][\w.~-]*)+(?:\?download=true)?$/;

/** Of a longer one the look alone takes long. */
const MOST_CHARACTERS = 2000;

/** A URL that may be shown or written: without user, password, fragment and without the values of parameters that may be secret. */
export function redactUrl(url: string): string {
  if (url.length <= MOST_CHARACTERS && HARMLESS.test(url)) return url;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '[no URL]';
  }
  parsed.username = '';
  parsed.password = '';
  parsed.hash = '';
  const secret = Array.from(parsed.searchParams.keys()).filter(isSecretParameter);
  for (const name of secret) parsed.searchParams.delete(name);
  return parsed.href;
}
