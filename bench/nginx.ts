import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningNginx {
  /** As fast as it goes. */
  origin: string;
  /** The same files at `limitBytesPerSecond` for each connection. */
  limitedOrigin: string;
  stop: () => Promise<void>;
}

/** Serves a folder on loopback below `path`, once without and once with a limit. `folder` is for its own files. */
export async function startNginx(options: {
  program: string;
  folder: string;
  served: string;
  path: string;
  limitBytesPerSecond: number;
}): Promise<RunningNginx> {
  const [port, limitedPort] = [await findFreePort(), await findFreePort()];
  const conf = join(options.folder, 'nginx.conf');
  mkdirSync(options.folder, { recursive: true });
  writeFileSync(conf, configText({ ...options, port, limitedPort }));
  const server = Bun.spawn([options.program, '-p', options.folder, '-c', conf, '-e', join(options.folder, 'error.log')], {
    stdout: 'ignore',
    stderr: 'inherit',
  });
  await untilAnswers(`http://127.0.0.1:${port}/`, () => server.exitCode !== null);
  return {
    origin: `http://127.0.0.1:${port}`,
    limitedOrigin: `http://127.0.0.1:${limitedPort}`,
    stop: async () => {
      server.kill();
      await server.exited;
    },
  };
}

function configText(options: {
  folder: string;
  served: string;
  path: string;
  limitBytesPerSecond: number;
  port: number;
  limitedPort: number;
}): string {
  const { folder, served, path, port, limitedPort, limitBytesPerSecond } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`);
  const server = (listen: number, limit: string): string =>
    `server { listen 127.0.0.1:${listen}; location ${path} { alias ${served}/; ${limit} } location = / { return 204; } }`;
  return [
    'daemon off; master_process off; worker_processes 1;',
    `pid ${join(folder, 'nginx.pid')};`,
    'events { worker_connections 256; }',
    `http { access_log off; sendfile on; tcp_nopush on; ${temporary.join(' ')}`,
    server(port, ''),
    server(limitedPort, `limit_rate ${limitBytesPerSecond};`),
    '}',
  ].join('\n');
}

/** A port that nobody listens on at this moment: nginx takes no 0. */
async function findFreePort(): Promise<number> {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  return Promise.resolve(port);
}

async function untilAnswers(url: string, hasEnded: () => boolean): Promise<void> {
  for (let tries = 0; tries < 250 && !hasEnded(); tries++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return;
    await Bun.sleep(20);
  }
  throw new Error('nginx did not start');
}
