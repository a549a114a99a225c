import type { Endpoints, ServiceName } from './services.ts';

/** The keys this user has, by the service they belong to. Read by `lib/state/secrets.ts`; kept out of everything that is printed. */
export interface Secrets {
  huggingface: string | null;
  civitai: string | null;
}

export const NO_SECRETS: Secrets = { huggingface: null, civitai: null };

/** The service's own key, and only for a URL at its own endpoint's origin; `null` for every other URL. */
export function secretFor(url: URL, service: ServiceName | null, options: { secrets: Secrets; endpoints: Endpoints }): string | null {
  if (service !== 'huggingface' && service !== 'civitai') return null;
  if (new URL(options.endpoints[service]).origin !== url.origin) return null;
  return options.secrets[service];
}

/** Query parameters that carry a key or a signature in links of the known services and storages. */
const SECRET_PARAMETER = /^(token|api_?key|key|access_token|authorization|auth|signature|sig|policy|x-amz-.*|key-pair-id|expires?)$/i;

/** A URL that may be shown or written: without user, password, fragment and without the values of parameters that may be secret. */
export function redactUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '[no URL]';
  }
  parsed.username = '';
  parsed.password = '';
  parsed.hash = '';
  const secret = Array.from(parsed.searchParams.keys()).filter((name) => SECRET_PARAMETER.test(name));
  for (const name of secret) parsed.searchParams.delete(name);
  return parsed.href;
}
