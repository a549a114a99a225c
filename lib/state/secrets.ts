import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../core/ports.ts';
import type { Secrets } from '../core/secrets.ts';

const CIVITAI_NAMES = ['CIVITAI_API_KEY', 'CIVITAI_TOKEN', 'CIVITAI_API_TOKEN'] as const;
const HUGGINGFACE_NAMES = ['HF_TOKEN'] as const;
/** The first one is that of ModelScope's own SDK (2026-07). */
const MODELSCOPE_NAMES = ['MODELSCOPE_API_TOKEN', 'MODELSCOPE_TOKEN'] as const;

/**
 * The user's keys, first found wins: the environment, `~/.secrets`, and for Hugging Face the token file of its own tools
 * (`HF_TOKEN_PATH`, `$HF_HOME/token`, `~/.cache/huggingface/token`; huggingface_hub constants, 2026-08). Files that cannot be read
 * count as absent.
 */
export function readSecrets(options: { env: Environment; home: string }): Secrets {
  const file = parseSecretsFile(readQuietly(join(options.home, '.secrets')));
  const find = (names: readonly string[]): string | null => {
    for (const place of [options.env, file]) {
      for (const name of names) {
        const value = place[name]?.trim();
        if (value) return value;
      }
    }
    return null;
  };
  const modelscope = usable(find(MODELSCOPE_NAMES));
  const aria2 = find(['ARIA2_RPC_SECRET']);
  return {
    civitai: usable(find(CIVITAI_NAMES)),
    huggingface: usable(find(HUGGINGFACE_NAMES) ?? readHuggingFaceToken(options)),
    ...(modelscope === null ? {} : { modelscope }),
    ...(aria2 === null ? {} : { aria2 }),
  };
}

/** The lines `NAME=value` and `export NAME="value"`; anything else is skipped. */
export function parseSecretsFile(text: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    const [, name, value] = match ?? [];
    if (name !== undefined && value !== undefined) found[name] = unquote(value);
  }
  return found;
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*?)\1(?:\s+#.*)?$/.exec(value);
  return quoted?.[2] ?? value.replace(/\s+#.*$/, '');
}

/** A key goes into an HTTP header: one with a line break or a letter outside Latin-1 cannot be meant, and would break every request. */
function usable(secret: string | null): string | null {
  return secret !== null && /^[\x21-\x7e]+$/.test(secret) ? secret : null;
}

function readHuggingFaceToken(options: { env: Environment; home: string }): string | null {
  const { env, home } = options;
  const cache = env['XDG_CACHE_HOME'] || join(home, '.cache');
  const path = env['HF_TOKEN_PATH'] || join(env['HF_HOME'] || join(cache, 'huggingface'), 'token');
  return readQuietly(path).trim() || null;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
