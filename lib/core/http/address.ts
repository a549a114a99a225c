import { isIP } from 'node:net';

/**
 * `true` when an IP address must not be reached on behalf of a workflow: private, loopback, link-local, unspecified, carrier-grade NAT,
 * benchmarking, multicast or reserved ranges (IANA special-purpose registries, 2026-11). Also IPv4 inside IPv6.
 * Anything that is no IP address is `false`: names are judged by the addresses they have.
 */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 4) return isPrivateV4(bare);
  if (family === 6) return isPrivateV6(bare);
  return false;
}

/** `true` for names that mean this machine or this network without any look-up. */
function isLocalName(hostname: string): boolean {
  return /^(localhost|.*\.(localhost|local|internal|home\.arpa|lan))\.?$/i.test(hostname);
}

/** `true` for the host of a URL that is this machine or its network by its spelling alone. */
export function isInside(hostname: string): boolean {
  return isPrivateAddress(hostname) || isLocalName(hostname);
}

function isPrivateV4(address: string): boolean {
  const [a = 0, b = 0, c = 0] = address.split('.').map(Number);
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100 && b >= 64 && b <= 127) return true;
  if (a === 169 && b === 254) return true;
  if (a === 172 && b >= 16 && b <= 31) return true;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return true;
  return a === 198 && (b === 18 || b === 19);
}

function isPrivateV6(address: string): boolean {
  const groups = expandV6(address);
  const [first = 0] = groups;
  const embedded = embeddedV4(groups);
  if (embedded) return isPrivateV4(embedded);
  if ((first & 0xff00) === 0) return true; // ::, ::1, and old forms of IPv4 inside IPv6 (0000::/8 is reserved)
  if (first === 0x2001 && groups[1] === 0) return true; // Teredo leads to any IPv4 address
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || (first & 0xff00) === 0xff00 || (first & 0xffc0) === 0xfec0;
}

/** The IPv4 address inside `::ffff:a.b.c.d`, `64:ff9b::/96` and `2002::/16`, `undefined` for other addresses. */
function embeddedV4(groups: readonly number[]): string | undefined {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  const translated = groups[0] === 0x64 && groups[1] === 0xff9b;
  if (mapped || translated) return joinV4(groups[6], groups[7]);
  if (groups[0] === 0x2002) return joinV4(groups[1], groups[2]);
  return undefined;
}

function joinV4(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function expandV6(address: string): number[] {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const plain = tail ? `${tail[1]}${hexPair(tail[2] ?? '')}` : address;
  const [head = '', rest] = plain.split('::');
  const left = head ? head.split(':') : [];
  const right = rest ? rest.split(':') : [];
  const gap = rest === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) => Number.parseInt(group, 16));
}

function hexPair(v4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
