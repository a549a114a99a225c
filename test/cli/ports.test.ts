import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { isProxied } from '../../lib/core/http/wire/proxy.ts';

test.each([
  ['https://a.test/', {}, false],
  ['https://a.test/', { https_proxy: '' }, false],
  ['https://a.test/', { http_proxy: 'http://p' }, false],
  ['https://a.test/', { HTTPS_PROXY: 'http://p' }, true],
  ['http://a.test/', { http_proxy: 'http://p' }, true],
  ['http://a.test/', { ALL_PROXY: 'http://p' }, true],
])('%s with %j is proxied: %p', (url, env, expected) => {
  expect(isProxied(url, env)).toBe(expected);
});

/** Fetches bytes of a file with the ports of a real process, in this environment. */
async function fetchFileIn(env: Record<string, string>, url: string): Promise<string> {
  const code = `
    import { createPorts } from ${JSON.stringify(join(import.meta.dir, '../../lib/cli/ports.ts'))};
    const answer = await createPorts().fetchFile(${JSON.stringify(url)}, { method: 'GET', headers: new Headers({ range: 'bytes=0-4' }), addresses: null });
    process.stdout.write(answer.status + ' ' + (await answer.text()));`;
  const child = Bun.spawn([process.execPath, '-e', code], { env: { PATH: process.env['PATH'] ?? '', ...env }, stdout: 'pipe' });
  return new Response(child.stdout).text();
}

test('bytes of files come through a proxy where there is one, and without it where there is none', async () => {
  const asked: string[] = [];
  const answer = (name: string) => (request: Request) => {
    asked.push(`${name} ${new URL(request.url).pathname} ${request.headers.get('range')}`);
    return new Response('hello', { status: 206 });
  };
  using proxy = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer('proxy') });
  using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer('server') });
  const proxied = { http_proxy: `http://127.0.0.1:${proxy.port}` };
  expect(await fetchFileIn(proxied, 'http://models.test/file')).toBe('206 hello');
  expect(await fetchFileIn(proxied, `http://127.0.0.1:${server.port}/mine`)).toBe('206 hello');
  expect(await fetchFileIn({}, `http://127.0.0.1:${server.port}/file`)).toBe('206 hello');
  expect(asked).toEqual(['proxy /file bytes=0-4', 'server /mine bytes=0-4', 'server /file bytes=0-4']);
});
