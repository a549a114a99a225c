import { isIP } from 'node:net';

/**
 * A proxy that cannot exist: a label of a host name has 63 characters at most (RFC 1035, 2.3.4), so that the daemon's resolver refuses
 * the name by itself and asks nobody for it.
 */
const NOWHERE = `http://${'redirects-end-here-'.repeat(4)}.invalid:1`;

/** aria2's exit code for a name that could not be resolved (its manual, version 1.36). */
const NAME_NOT_RESOLVED = 19;

/** What aria2's list of hosts without a proxy takes for one host: neither a comma, nor a slash, nor a dot at the beginning. */
const PLAIN_HOST = /^[a-z0-9_:][a-z0-9_.:-]*$/;

/**
 * `true` when a link can be given to a daemon that is to stay on its host. The daemon looks the name up again by itself, and it may mean
 * another address by then: a certificate shows that it does not, an endpoint is the user's own, and an address needs no look-up.
 */
export function canBeFenced(url: string, endpoints: Readonly<Record<string, string>>): boolean {
  const host = hostOf(url);
  const isOwn = (): boolean => Object.values(endpoints).some((endpoint) => hostOf(endpoint) === host);
  return PLAIN_HOST.test(host) && (URL.parse(url)?.protocol === 'https:' || isIP(host) !== 0 || isOwn());
}

/**
 * Options that keep the daemon on the host of a vetted link, wherever the daemon stands. aria2 follows redirects, and no option forbids it
 * (1.37, 2026-11): every other host has to be reached over a proxy, and the proxy is none. So for a mirror that a header `Link` names.
 */
export function fenceOptions(url: string): Record<string, string> {
  return {
    'all-proxy': NOWHERE,
    'http-proxy': NOWHERE,
    'https-proxy': NOWHERE,
    'ftp-proxy': NOWHERE,
    'no-proxy': hostOf(url),
  };
}

/** `true` when this error of a fenced download may mean that it was to go to another host. */
export function hasHitFence(errorCode: number | undefined): boolean {
  return errorCode === NAME_NOT_RESOLVED;
}

/** `true` when one of the addresses that the connections are at is of another origin than the link that was vetted. */
export function hasStrayed(currentUrls: readonly string[], url: string): boolean {
  const origin = URL.parse(url)?.origin;
  return currentUrls.some((current) => URL.parse(current)?.origin !== origin);
}

/** As aria2 compares it: an IPv6 address without its brackets. */
function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').replaceAll(/^\[|\]$/g, '');
}
