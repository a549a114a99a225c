import type { DownloadRecord, ProblemReport, Resolution } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { problemSchema, resolutionSchema } from '../state/schemas.ts';
import { fromWire, toWire } from '../state/wire.ts';
import type { QueueItem, WatchQueue } from '../watch/queue.ts';
import type { Setback } from '../watch/retry.ts';
import { pauseMs, setbackOf } from '../watch/retry.ts';

/** A link that has failed so often is looked for anew. */
const DOUBTFUL_ATTEMPTS = 3;

/** Why an item is set back, and what stays known of it. */
interface SetbackNote {
  setback: Setback;
  problem: ProblemReport | null;
  /** As the queue keeps it; `null`: it is looked for anew. */
  resolution: string | null;
}

/** Writes into the queue what came of an item: where it can be had, or when to try again. */
export class WatchLedger {
  readonly #queue: WatchQueue;
  readonly #now: Ports['now'];

  constructor(queue: WatchQueue, now: Ports['now']) {
    this.#queue = queue;
    this.#now = now;
  }

  /** An item was looked up. Nothing is written when the workflows say something else of it by now. */
  settle(asked: QueueItem, resolution: Resolution, problem: ProblemReport | null): void {
    const item = this.#queue.get(asked.key);
    if (!item || item.facts !== asked.facts) return;
    const text = JSON.stringify(toWire(resolution));
    if (resolution.accepted) {
      this.#queue.change(item.key, { resolution: text, problem: null, dueAtMs: this.#now().getTime() });
      return;
    }
    const setback = resolution.unchecked.length > 0 ? 'trouble' : 'absent';
    this.setBack(item.key, { setback, problem: problem ?? describeUnchecked(resolution), resolution: text });
  }

  /** A download came to nothing. */
  failDownload(key: string, { error }: DownloadRecord): void {
    const item = this.#queue.get(key);
    if (!item) return;
    const setback = setbackOf(error?.code ?? '');
    const isGone = error?.code === 'download_local_changed';
    const isDoubtful = setback === 'refused' || isGone || item.attempts + 1 >= DOUBTFUL_ATTEMPTS;
    this.setBack(key, { setback, problem: error, resolution: isDoubtful ? null : item.resolution });
  }

  /** An item is tried again after a pause, which grows from one attempt to the next. */
  setBack(key: string, { setback, problem, resolution }: SetbackNote): void {
    const item = this.#queue.get(key);
    if (!item) return;
    const attempts = item.attempts + 1;
    this.#queue.change(key, {
      attempts,
      dueAtMs: this.#now().getTime() + pauseMs(setback, attempts),
      resolution,
      problem: problem && JSON.stringify(problem),
    });
  }
}

const parsed = new WeakMap<QueueItem, Resolution | null>();

/** What was found out about an item, `null` when nobody has looked, or when what the file says of it is none of ours. */
export function readResolution(item: QueueItem): Resolution | null {
  const known = parsed.get(item);
  if (known !== undefined) return known;
  const json = item.resolution === null ? null : resolutionSchema.safeParse(parseQuietly(item.resolution));
  const resolution = json?.success ? fromWire<Resolution>(json.data) : null;
  parsed.set(item, resolution);
  return resolution;
}

/** Where an item can be had, `null` when that is not settled. */
export function readAccepted(item: QueueItem): Resolution | null {
  const resolution = readResolution(item);
  return resolution?.accepted ? resolution : null;
}

/** What went wrong with an item last, `null` when nothing did. */
export function readProblem(item: QueueItem): ProblemReport | null {
  const json = item.problem === null ? null : problemSchema.safeParse(parseQuietly(item.problem));
  return json?.success ? json.data : null;
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function describeUnchecked({ filename, unchecked }: Resolution): ProblemReport | null {
  const [first] = unchecked;
  if (!first) return null;
  const places = unchecked.map(({ source }) => source).join(', ');
  return {
    code: first.code,
    error: first.message,
    details: `${filename}: ${places} could not be asked`,
    hint: 'It is asked again by itself; check the network when this stays',
  };
}
