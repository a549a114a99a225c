import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'bun';
import { Wire } from '../../../../lib/core/http/wire/wire.ts';
import { CERTIFICATE, KEY } from './certificate.ts';

/** What a server does with one request: `send` texts, `close` or `reset`. */
type Script = (line: { send: (text: string) => void; close: () => void; reset: () => void; text: string }) => void | Promise<void>;

interface ScriptedServer extends Disposable {
  origin: string;
  port: number;
  /** Requests of each connection, in the order in which they were made. */
  connections: string[][];
  /** Connections that are still open. */
  open: () => number;
}

/** A server on loopback that answers the n-th request with the n-th script, and the last one for ever. */
function serve(scripts: Script[], options: { tls?: { cert: string; key: string }; hostname?: string } = {}): ScriptedServer {
  const connections: string[][] = [];
  const sockets = new Map<Socket<unknown>, string[]>();
  let asked = 0;
  const server = Bun.listen({
    hostname: options.hostname ?? '127.0.0.1',
    port: 0,
    ...(options.tls && { tls: options.tls }),
    socket: {
      open(socket) {
        const requests: string[] = [];
        sockets.set(socket, requests);
        connections.push(requests);
      },
      close: (socket) => void sockets.delete(socket),
      error: () => undefined,
      async data(socket, bytes) {
        for (const text of bytes.toString('latin1').split(/(?<=\r\n\r\n)/)) {
          sockets.get(socket)?.push(text);
          const script = scripts[Math.min(asked++, scripts.length - 1)];
          const send = (part: string): void => {
            socket.write(Buffer.from(part, 'latin1'));
            socket.flush();
          };
          await script?.({ send, close: () => socket.end(), reset: () => socket.terminate(), text });
        }
      },
    },
  });
  const scheme = options.tls ? 'https' : 'http';
  return {
    origin: `${scheme}://127.0.0.1:${server.port}`,
    port: server.port,
    connections,
    open: () => sockets.size,
    [Symbol.dispose]: () => server.stop(true),
  };
}

/** A process of its own that fetches one URL, and prints its body or the code of the error. */
function fetchApart(
  url: string,
  options: { address?: string; timeoutMs?: number; env?: Record<string, string> } = {},
): Bun.Subprocess<'ignore', 'pipe', 'inherit'> {
  const addresses = JSON.stringify(options.address === undefined ? null : [options.address]);
  const signal = options.timeoutMs === undefined ? '' : `signal: AbortSignal.timeout(${options.timeoutMs})`;
  const code = `
    import { Wire } from ${JSON.stringify(join(import.meta.dir, '../../../../lib/core/http/wire/wire.ts'))};
    const asked = new Wire().fetch(${JSON.stringify(url)}, { method: 'GET', headers: new Headers(), addresses: ${addresses}, ${signal} });
    process.stdout.write(await asked.then((answer) => answer.text(), (error) => error.name === "TimeoutError" ? error.name : error.code));`;
  const env = { ...process.env, ...options.env };
  return Bun.spawn([process.execPath, '-e', code], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
}

const say =
  (text: string): Script =>
  ({ send }) =>
    send(text);

const OK = say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');

function get(wire: Wire, url: string, signal?: AbortSignal): Promise<Response> {
  return wire.fetch(url, { method: 'GET', headers: new Headers(), addresses: null, ...(signal && { signal }) });
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
}

async function until(look: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 5000; !look() && performance.now() < deadline;) await Bun.sleep(2);
  expect(look()).toBe(true);
}

describe('an answer', () => {
  test.each<[string, string, string, number]>([
    ['with a length', 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello', 'hello', 206],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'hello', 200],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', '', 204],
    [
      'after interim ones',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      '',
      200,
    ],
    ['that redirects', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 5\r\n\r\nthere', 'there', 302],
  ])('%s is read to its end, and its connection is used again', async (_, text, body, status) => {
    using server = serve([say(text), OK]);
    const wire = new Wire();
    const answer = await get(wire, `${server.origin}/a`);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(await (await get(wire, `${server.origin}/b`)).text()).toBe('hello');
    expect(server.connections.map((requests) => requests.map((request) => request.split(' ')[1]))).toEqual([['/a', '/b']]);
  });

  test('that comes byte by byte is the same', async () => {
    using server = serve([
      async ({ send }) => {
        for (const letter of 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') {
          send(letter);
          await Bun.sleep(0);
        }
      },
    ]);
    expect(await (await get(new Wire(), server.origin)).text()).toBe('hello');
  });

  test('to HEAD has no body, whatever length it tells', async () => {
    using server = serve([say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'), OK]);
    const wire = new Wire();
    const answer = await wire.fetch(server.origin, { method: 'HEAD', headers: new Headers(), addresses: null });
    expect([answer.headers.get('content-length'), answer.body]).toEqual(['5', null]);
    await (await get(wire, server.origin)).text();
    expect(server.connections.length).toBe(1);
  });

  test('that ends with the connection is whole, as far as anybody can tell', async () => {
    using server = serve([
      ({ send, close }) => {
        send('HTTP/1.1 200 OK\r\n\r\nhello');
        close();
      },
    ]);
    expect(await (await get(new Wire(), server.origin)).text()).toBe('hello');
  });

  test.each([
    ['in its length', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ])('that is cut %s gives what came, and then the failure', async (_, text) => {
    using server = serve([
      ({ send, close }) => {
        send(text);
        close();
      },
    ]);
    const reader = (await get(new Wire(), server.origin)).body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('hello');
    expect(await failureOf(reader?.read() ?? Promise.resolve())).toBe('ConnectionClosed');
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
  ])('that is %s is refused, and its connection closed', async (_, text) => {
    using server = serve([say(text)]);
    expect(await failureOf(get(new Wire(), server.origin))).toBe('MalformedAnswer');
    await until(() => server.open() === 0);
  });

  test('followed by something that nobody asked for ends its connection', async () => {
    using server = serve([say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n'), OK]);
    const wire = new Wire();
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
    expect(server.connections.length).toBe(2);
  });
});

describe('a connection', () => {
  test('that the server has closed meanwhile is replaced', async () => {
    using server = serve([
      ({ send, close }) => {
        send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
        close();
      },
      OK,
    ]);
    const wire = new Wire();
    await (await get(wire, server.origin)).text();
    await until(() => server.open() === 0);
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
  });

  test('that breaks as soon as it is used again is replaced', async () => {
    using server = serve([OK, ({ reset }) => reset(), OK]);
    const wire = new Wire();
    await (await get(wire, server.origin)).text();
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
    expect(server.connections.map((requests) => requests.length)).toEqual([2, 1]);
  });

  test.each([['HEAD'], ['GET']] as const)('on which a body follows where none may be is replaced (%s)', async (method) => {
    const head = method === 'HEAD' ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 304 Not Modified';
    using server = serve([say(`${head}\r\nContent-Length: 5\r\n\r\n`), say('wrongHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong'), OK]);
    const wire = new Wire();
    await wire.fetch(server.origin, { method, headers: new Headers(), addresses: null });
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
    expect(server.connections.map((requests) => requests.length)).toEqual([2, 1]);
  });

  test('that breaks before a first answer is a failure', async () => {
    using server = serve([({ close }) => close()]);
    expect(await failureOf(get(new Wire(), server.origin))).toBe('ConnectionClosed');
  });

  test('that nobody accepts says so', async () => {
    let { origin } = serve([OK]);
    {
      using server = serve([OK]);
      origin = server.origin;
    }
    expect(await failureOf(get(new Wire(), origin))).toBe('ECONNREFUSED');
  });

  test('ends when the request is aborted, before and after the answer has begun', async () => {
    using server = serve([say(''), say('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello')]);
    const early = new AbortController();
    const asked = get(new Wire(), server.origin, early.signal);
    await until(() => server.connections[0]?.length === 1);
    early.abort(new Error('enough'));
    expect(await failureOf(asked)).toBe('enough');
    const late = new AbortController();
    const reader = (await get(new Wire(), server.origin, late.signal)).body?.getReader();
    await reader?.read();
    late.abort(new Error('enough now'));
    expect(await failureOf(reader?.read() ?? Promise.resolve())).toBe('enough now');
    await until(() => server.open() === 0);
    expect(await failureOf(get(new Wire(), server.origin, late.signal))).toBe('enough now');
  });

  test('is kept when the rest that nobody wants is short', async () => {
    using server = serve([
      async ({ send }) => {
        send('HTTP/1.1 302 Found\r\nContent-Length: 10\r\n\r\nhello');
        await Bun.sleep(20);
        send('there');
      },
      OK,
    ]);
    const wire = new Wire();
    await (await get(wire, server.origin)).body?.cancel();
    await Bun.sleep(60);
    expect(await (await get(wire, server.origin)).text()).toBe('hello');
    expect(server.connections.map((requests) => requests.length)).toEqual([2]);
  });

  test('is closed when the short rest that nobody wants does not come', async () => {
    using server = serve([say('HTTP/1.1 302 Found\r\nContent-Length: 10\r\n\r\nhello')]);
    await (await get(new Wire(), server.origin)).body?.cancel();
    await until(() => server.open() === 0);
  });

  test('is left to others by a request that was aborted before', async () => {
    using server = serve([OK]);
    const wire = new Wire();
    await (await get(wire, server.origin)).text();
    expect(await failureOf(get(wire, server.origin, AbortSignal.abort(new Error('enough'))))).toBe('enough');
    await (await get(wire, server.origin)).text();
    expect(server.connections.map((requests) => requests.length)).toEqual([2]);
  });

  test('to somebody who speaks another protocol is a failure at once', async () => {
    using server = serve([say('SSH-2.0-OpenSSH_9.2\r\n')]);
    expect(await failureOf(get(new Wire(), server.origin))).toBe('MalformedAnswer');
    await until(() => server.open() === 0);
  });

  test('is closed when it is long, or has no end that is known', async () => {
    for (const head of ['Content-Length: 99999999', 'Transfer-Encoding: chunked']) {
      using server = serve([say(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\nhello`)]);
      await (await get(new Wire(), server.origin)).body?.cancel();
      await until(() => server.open() === 0);
    }
  });

  test('makes the server wait for a reader that takes its time', async () => {
    const piece = 'x'.repeat(256 * 1024);
    let sent = 0;
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              sent += piece.length;
              controller.enqueue(piece);
              if (sent >= 64 * 1024 * 1024) controller.close();
              await Bun.sleep(0);
            },
          }),
        ),
    });
    const reader = (await get(new Wire(), `http://127.0.0.1:${server.port}/`)).body?.getReader();
    await reader?.read();
    await Bun.sleep(300);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    let received = 0;
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) received += next.value.length;
    expect(received).toBeGreaterThan(63 * 1024 * 1024);
    await server.stop(true);
  });

  test('leads to the addresses that were judged and no others, whatever the name says', async () => {
    using server = serve([OK]);
    const wire = new Wire();
    const ask = (addresses: string[]): Promise<Response> =>
      wire.fetch(`http://models.test:${server.port}/`, { method: 'GET', headers: new Headers(), addresses });
    expect(await (await ask(['127.0.0.1'])).text()).toBe('hello');
    expect(await failureOf(ask(['127.0.0.2']))).toBe('ECONNREFUSED');
    expect(await failureOf(ask([]))).toBe('ENOTFOUND');
    expect(server.connections.length).toBe(1);
    expect(server.connections[0]?.[0]).toContain(`host: models.test:${server.port}\r\n`);
  });
});

describe('an encrypted connection', () => {
  const tls = { cert: CERTIFICATE, key: KEY };

  test('to a server that nobody vouches for is refused before anything is said', async () => {
    using server = serve([OK], { tls });
    expect(await failureOf(get(new Wire(), server.origin))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(server.connections.flat()).toEqual([]);
  });

  test('is made where the certificate is trusted and is of that host', async () => {
    using server = serve([OK], { tls });
    const folder = await mkdtemp(join(tmpdir(), 'wire-test-'));
    const trusted = join(folder, 'ca.pem');
    writeFileSync(trusted, CERTIFICATE);
    const ask = (url: string, address?: string): Promise<string> =>
      new Response(fetchApart(url, { ...(address && { address }), env: { NODE_EXTRA_CA_CERTS: trusted } }).stdout).text();
    expect(await Promise.all([ask(`${server.origin}/`), ask(`https://models.test:${server.port}/`, '127.0.0.1')])).toEqual([
      'hello',
      'hello',
    ]);
    expect(await ask(`https://other.test:${server.port}/`, '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    await rm(folder, { recursive: true });
  });
});

/** A port on which nobody answers: its process stands still, and as many connections wait for it as the system lets wait. */
async function standStill(): Promise<{ port: number } & AsyncDisposable> {
  const code = `const { port } = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } }); process.stdout.write(String(port));`;
  const child = Bun.spawn([process.execPath, '-e', code], { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  child.kill('SIGSTOP');
  const connect = () => Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => undefined } });
  const waiting: Socket[] = [];
  for (let next: Socket | null = await connect(); next; next = await Promise.race([connect(), Bun.sleep(500).then(() => null)]))
    waiting.push(next);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
      for (const socket of waiting) socket.terminate();
    },
  };
}

test.skipIf(process.platform !== 'linux')('a process ends as soon as nobody waits for a host any more that says nothing', async () => {
  await using silent = await standStill();
  const child = fetchApart(`http://0.0.0.0:${silent.port}/`, { timeoutMs: 100 });
  const ended = await Promise.race([child.exited, Bun.sleep(4000)]);
  child.kill();
  expect([await new Response(child.stdout).text(), ended]).toEqual(['TimeoutError', 0]);
});

test('a process ends while connections wait for another request', async () => {
  using server = serve([OK]);
  const child = fetchApart(server.origin);
  const began = performance.now();
  expect([await new Response(child.stdout).text(), await child.exited]).toEqual(['hello', 0]);
  expect(performance.now() - began).toBeLessThan(3500);
});
