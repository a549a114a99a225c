import type { Lookup } from '../ports.ts';
import type { Endpoints } from '../services.ts';
import { isLocalName, isPrivateAddress } from './address.ts';

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

/** `null` when the hop may be made. Names are resolved, since a public name may have a private address. */
export async function findRefusal(hop: Hop, rules: GuardRules): Promise<Refusal | null> {
  const { url, previous } = hop;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { code: 'unsupported_scheme', reason: `${url.protocol} links are not fetched, only http and https` };
  }
  if (isEndpointOrigin(url, rules.endpoints)) return null;
  if (previous && isSameAddressAsEndpoint(url, previous, rules.endpoints)) return null;
  if (!previous && hop.trust === 'workflow' && !isAllowedHost(url.hostname, rules.allowedHosts)) {
    return { code: 'host_not_allowed', reason: `${url.hostname} is no known model host` };
  }
  if (previous?.protocol === 'https:' && url.protocol === 'http:') {
    return { code: 'insecure_redirect', reason: `${previous.hostname} redirects from https to http on ${url.hostname}` };
  }
  return (await leadsInside(url.hostname, rules.lookup))
    ? { code: 'private_address', reason: `${url.hostname} is an address of this machine or its network` }
    : null;
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
  return onEndpointHost && (isPrivateAddress(url.hostname) || isLocalName(url.hostname));
}

async function leadsInside(hostname: string, lookup: Lookup): Promise<boolean> {
  if (isPrivateAddress(hostname) || isLocalName(hostname)) return true;
  try {
    const addresses = await lookup(hostname);
    return addresses.some((address) => isPrivateAddress(address));
  } catch {
    return false; // no address: the request itself fails and says so, or a proxy resolves the name
  }
}
