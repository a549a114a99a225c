import { describe, expect, test } from 'bun:test';
import { isPrivateAddress } from '../../../lib/core/http/address.ts';
import { admit } from '../../../lib/core/http/guard.ts';
import type { Hop } from '../../../lib/core/http/guard.ts';
import { DEFAULT_ENDPOINTS } from '../../../lib/core/services.ts';

describe('an address of this machine or its network is told', () => {
  test.each([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['0.0.0.0', true],
    ['224.0.0.1', true],
    ['8.8.8.8', false],
    ['::1', true],
    ['[::1]', true],
    ['::', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['::ffff:8.8.8.8', false],
    ['64:ff9b::10.0.0.1', true],
    ['2002:7f00:1::', true],
    ['::127.0.0.1', true],
    ['::ffff:0:127.0.0.1', true],
    ['2001:0:7f00:1::', true],
    ['2001:4860:4860::8888', false],
    ['fc00::1', true],
    ['fe80::1%eth0', true],
    ['ff02::1', true],
    ['2606:4700::1111', false],
    ['huggingface.co', false],
  ])('%s → %p', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

const NAMES: Record<string, string[]> = { 'rebound.hf.co': ['203.0.113.7', '127.0.0.1'], 'evil.example': ['10.0.0.8'] };
const lookup = (name: string): Promise<string[]> => Promise.resolve(NAMES[name] ?? ['203.0.113.9']);
const onLoopback = { ...DEFAULT_ENDPOINTS, huggingface: 'http://127.0.0.1:4001' };

describe('a hop is refused when it may not be made', () => {
  const first = (url: string): Hop => ({ url: new URL(url), previous: null, trust: 'workflow' });
  const redirect = (from: string, to: string): Hop => ({ url: new URL(to), previous: new URL(from), trust: 'workflow' });
  const cases: [string, Hop, string | null][] = [
    ['a known host', first('https://civitai.com/x'), null],
    ['a host that config.json allows', first('https://models.example.org/x'), null],
    ['a sub-domain of an allowed domain', first('https://a.allowed.net/x'), null],
    ['an unknown host', first('https://other.example.org/x'), 'host_not_allowed'],
    ['a file URL', first('file:///etc/passwd'), 'unsupported_scheme'],
    ['loopback that is no endpoint', first('http://127.0.0.1:9000/x'), 'host_not_allowed'],
    ['the origin of an endpoint', first('http://127.0.0.1:4001/x'), null],
    ['a known name with a private address', first('https://rebound.hf.co/x'), 'private_address'],
    ['a redirect to a private address', redirect('https://huggingface.co/x', 'https://10.0.0.1/y'), 'private_address'],
    ['a redirect to a name with a private address', redirect('https://huggingface.co/x', 'https://evil.example/y'), 'private_address'],
    ['a redirect to localhost', redirect('https://huggingface.co/x', 'https://localhost:1/y'), 'private_address'],
    ['a redirect to plain http', redirect('https://huggingface.co/x', 'http://cdn.example/y'), 'insecure_redirect'],
    ['a redirect to a storage', redirect('https://huggingface.co/x', 'https://storage.example/y'), null],
    ['a redirect of a loopback endpoint to another port', redirect('http://127.0.0.1:4001/x', 'http://127.0.0.1:5000/y'), null],
    [
      'a redirect of a loopback endpoint to another address',
      redirect('http://127.0.0.1:4001/x', 'http://127.0.0.2:5000/y'),
      'private_address',
    ],
  ];
  test.each(cases)('%s', async (_, hop, expected) => {
    const { refusal } = await admit(hop, { endpoints: onLoopback, allowedHosts: ['models.example.org', '*.allowed.net'], lookup });
    expect(refusal?.code ?? null).toBe(expected as never);
  });
});
