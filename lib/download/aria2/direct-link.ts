import type { HttpClient } from '../../core/http/client.ts';
import type { Ports } from '../../core/ports.ts';
import { findBrokenPromise } from '../agreement.ts';
import { readAnswer } from '../answer.ts';
import type { ContentIdentity } from '../identity.ts';
import { readIdentity } from '../identity.ts';
import { openSource } from '../open-source.ts';
import type { HttpSource } from '../intake.ts';
import { TransferError } from '../trouble.ts';

/** Where a file lies once every redirect has been followed and vetted, and what its server says of it. */
export interface DirectLink {
  /** May be signed: for the daemon only, never shown. */
  url: string;
  identity: ContentIdentity;
  /** The last server was sent a key: it may not give the file without. */
  isKeyed: boolean;
}

/**
 * Asks for the first byte of a file as the engine of this program would, so that every hop passes the guard and every refusal has its own
 * words. Throws `TransferError`, and the signal's reason when it aborts.
 */
export async function findDirectLink(
  source: HttpSource,
  deps: { http: HttpClient; ports: Pick<Ports, 'now'>; stallMs: number; signal: AbortSignal },
): Promise<DirectLink> {
  const { http, stallMs, signal } = deps;
  const opened = await openSource(source.url, { http, signal, stallMs, headers: { range: 'bytes=0-0' }, direct: null });
  try {
    const { answer } = opened;
    const read = await readAnswer(answer, deps.ports.now());
    if (read.kind === 'trouble') throw new TransferError(read.trouble);
    const identity = readIdentity(answer, read.total);
    const broken = findBrokenPromise(identity, source.expected);
    if (broken) throw new TransferError(broken);
    const last = answer.hops.at(-1) ?? answer.hops[0];
    return { url: last.url.href, identity, isKeyed: last.authorized };
  } finally {
    opened.stop(false);
  }
}
