import { describe, expect, test } from 'bun:test';
import { z } from 'zod';
import { HttpClient } from '../../lib/core/http/client.ts';
import type { ProblemReport } from '../../lib/core/model.ts';
import { apiProblem, type ApiTrouble } from '../../lib/core/problems.ts';
import type { Secrets } from '../../lib/core/secrets.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import { DEFAULT_ENDPOINTS } from '../../lib/core/services.ts';
import { ServiceSession } from '../../lib/sources/service-session.ts';
import type { SourceContext } from '../../lib/sources/types.ts';

type Service = 'huggingface' | 'civitai' | 'modelscope';

/** A session whose every question is answered by this trouble, with what was asked and reported. */
function troubled(service: Service, trouble: ApiTrouble, options: { secrets?: Secrets; headers?: Record<string, string> } = {}) {
  const asked: { anonymous: boolean }[] = [];
  const reported: string[] = [];
  const ports = { fetch, now: () => new Date(), sleep: async () => undefined, lookup: async () => [] };
  const secrets = options.secrets ?? NO_SECRETS;
  const http = new HttpClient({ ports, endpoints: DEFAULT_ENDPOINTS, secrets, allowedHosts: [], userAgent: 'test/1' });
  const fail = async ({ anonymous = false }: { anonymous?: boolean }, refusal: ProblemReport | null = null) => {
    if (refusal) return { ok: false as const, problem: refusal, status: null, headers: null };
    asked.push({ anonymous });
    const status = trouble.kind === 'status' ? trouble.status : null;
    return { ok: false as const, problem: apiProblem(service, trouble), status, headers: new Headers(options.headers) };
  };
  const context: SourceContext = {
    http,
    ports,
    signal: new AbortController().signal,
    wire: { json: fail, probe: fail },
    report: (problem: ProblemReport) => reported.push(problem.code),
    learn: () => undefined,
    heed: () => undefined,
  };
  return { context, asked, reported };
}

const QUESTION = { url: 'https://x.org/api', schema: z.unknown() };
const FILE = { url: 'https://x.org/file', method: 'HEAD', trust: 'service' } as const;
const status = (value: number): ApiTrouble => ({ kind: 'status', status: value, detail: null });

describe('a service in trouble is not asked again and again', () => {
  test.each([
    ['huggingface', 'no answer', { kind: 'timeout', seconds: 30 }, 2],
    ['huggingface', 'no connection', { kind: 'network', detail: 'refused' }, 2],
    ['huggingface', '500', status(500), 2],
    ['huggingface', '429', status(429), 1],
    ['huggingface', '451', status(451), 1],
    ['huggingface', '404', status(404), 4],
    ['huggingface', '401', status(401), 4],
    ['civitai', '401', status(401), 1],
    ['civitai', '403', status(403), 1],
    ['modelscope', '401', status(401), 4],
    ['modelscope', '403', status(403), 4],
    ['modelscope', '404', status(404), 4],
    ['modelscope', '429', status(429), 1],
    ['modelscope', 'garbage', { kind: 'garbage', detail: 'a page' }, 2],
  ] satisfies [Service, string, ApiTrouble, number][])('%s, %s: one report at most', async (service, name, trouble, reached) => {
    const { context, asked, reported } = troubled(service, trouble);
    const session = new ServiceSession(service, context);
    for (let at = 0; at < 4; at++) expect((await session.ask(QUESTION)).ok).toBe(false);
    expect(asked.length).toBe(reached);
    expect(reported.length).toBe(name === '404' ? 0 : 1);
  });

  test('a list that is refused closes the conversation: lists are open to everybody', async () => {
    const { context, asked } = troubled('modelscope', status(401));
    const session = new ServiceSession('modelscope', context);
    for (let at = 0; at < 3; at++) await session.ask({ ...QUESTION, open: true });
    expect(asked.length).toBe(1);
  });
});

test.each(['huggingface', 'modelscope'] as const)(
  '%s is asked once more without a key that it does not take, and stays so',
  async (service) => {
    const secrets = { huggingface: 'hf_bad_key', civitai: null, modelscope: 'ms_bad_key' };
    const { context, asked, reported } = troubled(service, status(401), { secrets });
    const session = new ServiceSession(service, context);
    await session.ask(QUESTION);
    await session.ask(QUESTION);
    expect(asked.map(({ anonymous }) => anonymous)).toEqual([false, true, true]);
    expect(reported).toEqual([`${service}_unauthorized`]);
  },
);

test('a limit of the API is none of the files', async () => {
  const { context, asked } = troubled('huggingface', status(429));
  const api = new ServiceSession('huggingface', context);
  const files = new ServiceSession('huggingface', context);
  await api.ask(QUESTION);
  await files.probe(FILE);
  expect(asked.length).toBe(2);
});
