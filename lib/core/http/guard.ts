import type { Lookup } from '../ports.ts';
import type { Endpoints } from '../services.ts';
import { isInside, isPrivateAddress } from './address.ts';

/**
 * Hosts that a workflow's link may lead to without being named in `download.allowed_hosts`: the services themselves, and places that
 * ComfyUI's own documentation and ComfyUI-Manager's model list point to (read 2026-11). A leading dot stands for any sub-domain.
 */
const KNOWN_HOSTS: readonly string[] = [
  'huggingface.co',
  'www.huggingface.co',
  'hf.co',
  '.hf.co',
  'hf-mirror.com',
  'civitai.com',
  '.civitai.com',
  'civitai.red',
  '.civitai.red',
  'civitai.green',
  '.civitai.green',
  'github.com',
  'www.github.com',
  '.githubusercontent.com',
  'modelscope.cn',
  '.modelscope.cn',
  'modelscope.ai',
  '.modelscope.ai',
  'dl.fbaipublicfiles.com',
  'openaipublic.azureedge.net',
  'download.pytorch.org',
];

/** Why a URL is not fetched. `code` is a code of `docs/errors.md`. */
export interface Refusal {
  code: 'unsupported_scheme' | 'host_not_allowed' | 'private_address' | 'insecure_redirect';
  reason: string;
}

export interface GuardRules {
  endpoints: Endpoints;
  /** `download.allowed_hosts`: host names, a leading dot or `*.` for any sub-domain. */
  allowedHosts: readonly string[];
  lookup: Lookup;
}

/** One hop that is about to be made. */
export interface Hop {
  url: URL;
  /** The hop before it, `null` for the first one. */
  previous: URL | null;
  /** `workflow`: the first URL was read in a workflow or another untrusted place. */
  trust: 'service' | 'workflow';
}

/** What the guard says of a hop. */
export type Admission =
  | { refusal: Refusal }
  /** It may be made to these addresses, of which each has been judged; `null`: to wherever the name leads, since the user has named it. */
  | { refusal: null; addresses: readonly string[] | null };

const ANYWHERE: Admission = { refusal: null, addresses: null };

/** Whether a hop may be made, and to which addresses. Names are resolved, since a public name may have a private address. */
export async function admit(hop: Hop, rules: GuardRules): Promise<Admission> {
  const { url, previous } = hop;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('unsupported_scheme', `${url.protocol} links are not fetched, only http and https`);
  }
  if (isEndpointOrigin(url, rules.endpoints)) return ANYWHERE;
  if (previous && isSameAddressAsEndpoint(url, previous, rules.endpoints)) return ANYWHERE;
  if (!previous && hop.trust === 'workflow' && !isAllowedHost(url.hostname, rules.allowedHosts)) {
    return refuse('host_not_allowed', `${url.hostname} is no known model host`);
  }
  if (previous?.protocol === 'https:' && url.protocol === 'http:') {
    return refuse('insecure_redirect', `${previous.hostname} redirects from https to http on ${url.hostname}`);
  }
  const addresses = await publicAddresses(url.hostname, rules.lookup);
  return addresses
    ? { refusal: null, addresses }
    : refuse('private_address', `${url.hostname} is an address of this machine or its network`);
}

function refuse(code: Refusal['code'], reason: string): Admission {
  return { refusal: { code, reason } };
}

/** `true` when the host is known or named in `allowed_hosts`. */
export function isAllowedHost(hostname: string, allowedHosts: readonly string[]): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return [...KNOWN_HOSTS, ...allowedHosts].some((entry) => {
    const pattern = entry.toLowerCase().replace(/^\*/, '');
    return pattern.startsWith('.') ? host.endsWith(pattern) : host === pattern;
  });
}

function isEndpointOrigin(url: URL, endpoints: Endpoints): boolean {
  return Object.values(endpoints).some((endpoint) => new URL(endpoint).origin === url.origin);
}

/** A mirror that itself stands on a private address may hand over to the same address on any port (its storage). */
function isSameAddressAsEndpoint(url: URL, previous: URL, endpoints: Endpoints): boolean {
  if (url.hostname !== previous.hostname) return false;
  const onEndpointHost = Object.values(endpoints).some((endpoint) => new URL(endpoint).hostname === url.hostname);
  return onEndpointHost && isInside(url.hostname);
}

/** `undefined` when one of them leads inside; none when the name has none, or a proxy has to resolve it: the request itself says so. */
async function publicAddresses(hostname: string, lookup: Lookup): Promise<readonly string[] | undefined> {
  if (isInside(hostname)) return undefined;
  const addresses = await lookup(hostname).catch(() => []);
  return addresses.some((address) => isPrivateAddress(address)) ? undefined : addresses;
}
