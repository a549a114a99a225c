import type { Environment } from '../../ports.ts';

/** `true` when the environment names a proxy for URLs of this scheme (the variables that curl and the runtime's fetch know). */
export function isProxied(url: string, env: Environment): boolean {
  const scheme = url.startsWith('https:') ? 'https' : 'http';
  const names = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return names.some((name) => (env[name] ?? '') !== '');
}
