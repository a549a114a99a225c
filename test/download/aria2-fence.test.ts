import { describe, expect, test } from 'bun:test';

import { canBeFenced, fenceOptions, hasStrayed } from '../../lib/download/aria2/fence.ts';

describe('the fence around a download of aria2', () => {
  test.each([
    ['https://cdn.example.org/a?sig=1', true],
    ['http://127.0.0.1:8080/a', true],
    ['http://[2001:db8::1]:8080/a', true],
    ['https://a,intranet.example,b.example.org/a', false],
    ['https://.example.org/a', false],
    ['http://cdn.example.org/a', false],
    ['http://mirror.example.net:9000/a', true],
  ])('aria2 can be held to the host of %s: %p', (url, expected) => {
    expect(canBeFenced(url, { huggingface: 'http://mirror.example.net' })).toBe(expected);
  });

  test('only the host of the link is reached without the proxy, which is no possible name', () => {
    const options = fenceOptions('http://[2001:db8::1]:8080/a');
    expect(options['no-proxy']).toBe('2001:db8::1');
    const proxies = Object.entries(options).filter(([name]) => name.endsWith('-proxy') && name !== 'no-proxy');
    expect(proxies.map(([name]) => name).sort()).toEqual(['all-proxy', 'ftp-proxy', 'http-proxy', 'https-proxy']);
    for (const [, proxy] of proxies) expect(new URL(proxy).hostname.split('.')[0]?.length).toBeGreaterThan(63);
  });

  test.each([
    [['https://cdn.example.org/b?sig=2'], false],
    [[], false],
    [['http://cdn.example.org/a'], true],
    [['https://cdn.example.org:8443/a'], true],
    [['https://cdn.example.org/a', 'http://10.0.0.7/a'], true],
    [['ftp://cdn.example.org/a'], true],
    [['no address'], true],
  ])('connections at %p have left https://cdn.example.org: %p', (current, expected) => {
    expect(hasStrayed(current, 'https://cdn.example.org/a')).toBe(expected);
  });
});
