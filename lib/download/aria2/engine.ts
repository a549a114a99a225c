import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';

import { redactUrl } from '../../core/secrets.ts';
import { mayJoin } from '../agreement.ts';
import { isRecognisable } from '../identity.ts';
import type { EngineDeps, FetchPart, ProvenPart } from '../fetch-part.ts';
import { fetchPart } from '../fetch-part.ts';
import { RetryBudget } from '../pace.ts';
import type { HttpSource } from '../intake.ts';
import { BadContentError, TransferError } from '../trouble.ts';
import { ClaimedPart } from './claim.ts';
import type { DirectLink } from './direct-link.ts';
import { findDirectLink } from './direct-link.ts';
import { canBeFenced, fenceOptions, hasHitFence, hasStrayed } from './fence.ts';
import type { FetchedPart } from './prove.ts';
import { knownSha256, proveFetched, sizeOf } from './prove.ts';
import type { Aria2Status } from './rpc.ts';
import { Aria2Daemon } from './rpc.ts';
import { explainAria2Error } from './trouble.ts';

/** How often the daemon is asked how far it is. */
const POLL_MS = 250;

export interface Aria2Settings {
  /** `download.aria2_rpc`. */
  rpcUrl: string;
  /** What one download may take of `max_bytes_per_second`; `null`: no limit. */
  bytesPerSecond: number | null;
}

/**
 * An engine that lets a running aria2 do the transfers, into the same part beside the target. Links are followed and vetted here, and the
 * daemon gets only where they end, without any key: aria2 would carry it across redirects. What cannot be had without a key there, or
 * leads the daemon on to another place, is fetched by this program's own engine, which vets each step and has its own words for a refusal.
 * The daemon has to see the models folder under the same path.
 */
export function aria2Engine(settings: Aria2Settings): FetchPart {
  return async (source, savePath, deps) => {
    const link = await findOpenLink(source, deps);
    if (link === null) return fetchPart(source, savePath, deps);
    const part = ClaimedPart.claim(savePath, { url: redactUrl(source.url), sha256: source.expected.sha256 });
    const job = new Aria2Job({ source, savePath, part, deps, settings });
    let isBad = false;
    let fetched: ProvenPart | null;
    try {
      fetched = await job.run(link);
    } catch (error) {
      isBad = error instanceof BadContentError;
      throw error;
    } finally {
      if (isBad) part.discard();
      else part.release();
    }
    return fetched ?? fetchPart(source, savePath, deps);
  };
}

/** `null` when it is nothing for the daemon: the last server wants a key, or it could not be held to that server. */
async function findOpenLink(source: HttpSource, deps: EngineDeps): Promise<DirectLink | null> {
  const budget = new RetryBudget();
  for (;;) {
    try {
      const link = await findDirectLink(source, { ...deps, stallMs: deps.settings.stallMs });
      return link.isKeyed || !canBeFenced(link.url, deps.http.endpoints) ? null : link;
    } catch (error) {
      deps.signal.throwIfAborted();
      const pauseMs = error instanceof TransferError ? budget.nextPauseMs(error.trouble, false) : null;
      if (pauseMs === null) throw error;
      await deps.ports.sleep(pauseMs, deps.signal);
    }
  }
}

interface JobParts extends FetchedPart {
  savePath: string;
  part: ClaimedPart;
  settings: Aria2Settings;
}

/** The daemon was led to another place than the one that was vetted. */
class StrayedError extends Error {}

/** One file that aria2 fetches. */
class Aria2Job {
  readonly #parts: JobParts;
  readonly #daemon: Aria2Daemon;
  /** The same for every run with this target: what a killed run has left in the daemon is found again. */
  readonly #gid: string;
  #heldBytes = 0;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#daemon = new Aria2Daemon(parts.deps.http, parts.settings.rpcUrl);
    this.#gid = createHash('sha256').update(parts.savePath).digest('hex').slice(0, 16);
  }

  /** `null` when the file is nothing for the daemon; nothing of it is left then. */
  async run(first: DirectLink): Promise<ProvenPart | null> {
    const { source, deps, part } = this.#parts;
    const budget = new RetryBudget();
    let mostHeld = 0;
    for (let link: DirectLink | null = first; link !== null; link = await findOpenLink(source, deps)) {
      try {
        await this.#fetch(link);
        return await proveFetched(link, this.#parts);
      } catch (error) {
        deps.signal.throwIfAborted();
        if (error instanceof StrayedError) break;
        const pauseMs = error instanceof TransferError ? budget.nextPauseMs(error.trouble, this.#heldBytes > mostHeld) : null;
        if (pauseMs === null) throw error;
        mostHeld = Math.max(mostHeld, this.#heldBytes);
        await deps.ports.sleep(pauseMs, deps.signal);
      }
    }
    part.clear();
    return null;
  }

  async #fetch(link: DirectLink): Promise<void> {
    const isFenced = !(await this.#daemon.usesProxy());
    if (await this.#takeUp(link, isFenced)) return;
    const { deps } = this.#parts;
    await this.#daemon.add(this.#gid, link.url, { ...this.#options(link), ...(isFenced ? fenceOptions(link.url) : {}) });
    try {
      await this.#follow(link, isFenced);
    } finally {
      await this.#daemon.drop(this.#gid, () => Bun.sleep(POLL_MS / 5)).catch((error: unknown) => this.#forgive(error, deps.signal));
    }
  }

  /** A daemon that does not answer any more has been told of already, or the run is ending. */
  #forgive(error: unknown, signal: AbortSignal): void {
    if (!signal.aborted && !(error instanceof TransferError)) throw error;
  }

  /** Goes on with what an earlier run left, if it is of the same content; `true` when all of it is there, from nowhere else. */
  async #takeUp(link: DirectLink, isFenced: boolean): Promise<boolean> {
    const { part, source, deps } = this.#parts;
    const earlier = await this.#daemon.find(this.#gid);
    await this.#daemon.drop(this.#gid, () => deps.ports.sleep(POLL_MS / 5, deps.signal));
    const isSame = mayJoin(part.identity, link.identity, knownSha256(link, source));
    const isWhole = isFenced && isSame && earlier?.status === 'complete' && !part.hasControl && sizeOf(part.path) === link.identity.total;
    if (!isWhole && !(isSame && part.hasControl)) part.clear();
    else if (earlier && earlier.completedLength > 0) deps.onResume(earlier.completedLength);
    part.note(link.identity);
    deps.onProgress(0, link.identity.total ?? source.expected.sizeBytes);
    return isWhole;
  }

  /** A daemon that has to use a proxy cannot be fenced: there only watching shows where it is led, and not what is over in between. */
  async #follow(link: DirectLink, isFenced: boolean): Promise<void> {
    const { deps } = this.#parts;
    let movedAtMs = deps.ports.now().getTime();
    for (;;) {
      const status = await this.#daemon.find(this.#gid);
      if (hasStrayed(await this.#daemon.currentUrls(this.#gid), link.url)) throw new StrayedError();
      if (!status || status.status === 'removed')
        throw new TransferError({ kind: 'engine', detail: 'the download was removed from aria2' });
      const nowMs = deps.ports.now().getTime();
      if (status.completedLength !== this.#heldBytes || status.status !== 'active') movedAtMs = nowMs;
      this.#report(status);
      if (status.status === 'complete') return;
      if (status.status === 'error' && isFenced && hasHitFence(status.errorCode)) throw new StrayedError();
      if (status.status === 'error') throw new TransferError(explainAria2Error(status.errorCode ?? 1, this.#parts.source.url));
      const { stallMs } = deps.settings;
      if (nowMs - movedAtMs > stallMs) throw new TransferError({ kind: 'stalled', seconds: stallMs / 1000 });
      await deps.ports.sleep(POLL_MS, deps.signal);
    }
  }

  #report({ completedLength, totalLength }: Aria2Status): void {
    const { deps, source } = this.#parts;
    this.#heldBytes = completedLength;
    if (completedLength > 0) deps.onProgress(completedLength, totalLength > 0 ? totalLength : source.expected.sizeBytes);
  }

  /** Options of aria2's manual, version 1.36. Pieces that nothing could prove to be of one file come over one connection. It tries once: a link that has expired is renewed here. */
  #options(link: DirectLink): Record<string, string> {
    const { part, deps, settings, source } = this.#parts;
    const mayJoinPieces = knownSha256(link, source) !== null || isRecognisable(link.identity);
    const connections = String(mayJoinPieces ? deps.settings.connections : 1);
    return {
      dir: dirname(part.path),
      out: basename(part.path),
      'user-agent': deps.http.userAgent,
      split: connections,
      'max-connection-per-server': connections,
      'min-split-size': '4M',
      'file-allocation': 'none',
      continue: 'true',
      'always-resume': 'false',
      'allow-overwrite': 'true',
      'auto-file-renaming': 'false',
      'max-tries': '1',
      'no-netrc': 'true',
      // a file that calls itself a list of links would be a download of whatever it names
      'follow-metalink': 'false',
      'follow-torrent': 'false',
      ...(settings.bytesPerSecond === null ? {} : { 'max-download-limit': String(Math.ceil(settings.bytesPerSecond)) }),
    };
  }
}
