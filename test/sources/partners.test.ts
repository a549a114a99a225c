import { describe, expect, test } from 'bun:test';
import { apiProblem } from '../../lib/core/problems.ts';
import { Partners } from '../../lib/sources/partners.ts';

const SILENCE = { ok: false, problem: apiProblem('civitai', { kind: 'timeout', seconds: 20 }), status: null } as const;
const REFUSED = { ok: false, problem: apiProblem('civitai', { kind: 'network', detail: 'refused' }), status: null } as const;
const ANSWER = { ok: true, value: 1 } as const;
const NEVER = new AbortController().signal;

/** A call that ends with its signal only. */
async function untilEnded(signal: AbortSignal): Promise<typeof ANSWER> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

describe('somebody who says nothing', () => {
  test('is asked no more, and what is under way there ends', async () => {
    const partners = new Partners();
    const underWay = partners.ask('civitai', NEVER, untilEnded);
    expect(await partners.ask('civitai', NEVER, async () => SILENCE)).toMatchObject({ ok: false });
    expect(await underWay).toMatchObject({ ok: false, problem: { code: 'civitai_timeout' } });
    let calls = 0;
    const later = await partners.ask('civitai', NEVER, async () => (calls++, ANSWER));
    expect([later.ok, calls]).toEqual([false, 0]);
    expect(await partners.ask('huggingface', NEVER, async () => ANSWER)).toBe(ANSWER);
  });

  test('but answers others meanwhile has swallowed one question, and is given up at the second', async () => {
    const partners = new Partners();
    const swallow = async () =>
      partners.ask('civitai', NEVER, async () => {
        await partners.ask('civitai', NEVER, async () => ANSWER);
        return SILENCE;
      });
    await swallow();
    expect((await partners.ask('civitai', NEVER, async () => ANSWER)).ok).toBe(true);
    await swallow();
    expect((await partners.ask('civitai', NEVER, async () => ANSWER)).ok).toBe(false);
  });

  test('is told from somebody who refuses the connection', async () => {
    const partners = new Partners();
    for (let at = 0; at < 3; at++) expect(await partners.ask('civitai', NEVER, async () => REFUSED)).toBe(REFUSED);
    expect((await partners.ask('civitai', NEVER, async () => ANSWER)).ok).toBe(true);
  });
});

test('an abort of the run ends a question with its own reason, and a fault of ours stays one', async () => {
  const partners = new Partners();
  const controller = new AbortController();
  const asked = partners.ask('civitai', controller.signal, untilEnded);
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await asked.catch((error: unknown) => error)).toBe(reason);
  const fault = new Error('a bug');
  expect(await partners.ask('civitai', NEVER, async () => Promise.reject(fault)).catch((error: unknown) => error)).toBe(fault);
});
