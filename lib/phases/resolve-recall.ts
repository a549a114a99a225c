import type { AnswerStore } from '../catalog/answer-store.ts';
import type { AnswerMemory } from '../sources/memory.ts';
import type { WireContext } from '../sources/types.ts';
import type { Wire } from '../sources/wire.ts';
import { makeOfflineWire, makeWire, rememberAnswers } from '../sources/wire.ts';

/** How long an answer stands before it is asked for again. */
const LIFE_MS = 24 * 60 * 60 * 1000;
/** How long "there is no such thing" stands, and answers that lead to no file: it may be put there any time. */
const SHORT_LIFE_MS = 30 * 60 * 1000;
const NOTHING_KEPT: AnswerMemory = {
  read: () => undefined,
  readStale: () => undefined,
  write: () => undefined,
  readAbsence: () => undefined,
  writeAbsence: () => undefined,
};

/** The ways of asking in one run. */
export interface Recall {
  /** By earlier answers where they still stand, else over the network; without `store` always over the network. */
  wire: Wire;
  /** Over the network, whatever is known. */
  anew: Wire;
  /** Whether an answer was used that is too old to say that there is no such file. */
  hasRecalled: () => boolean;
}

/**
 * Joins the network with what earlier runs have learnt. `offline`: earlier answers of any age, and nothing else. `askAgain`: what earlier
 * runs did not find is looked for anew at once.
 */
export function makeRecall(context: WireContext, options: { store: AnswerStore | null; offline: boolean; askAgain: boolean }): Recall {
  const { store, offline, askAgain } = options;
  const network = offline ? makeOfflineWire() : makeWire(context);
  const now = context.ports.now().getTime();
  const [since, shortSince] = offline
    ? [new Date(0), new Date(0)]
    : [new Date(now - LIFE_MS), new Date(askAgain ? now : now - SHORT_LIFE_MS)];
  let recalled = false;
  const write = (key: string, answer: unknown): void => store?.write(key, answer, context.ports.now());
  const writeAbsence = (key: string, answer: unknown): void => write(`absent ${key}`, answer);
  const readStale = (key: string): unknown => store?.read(key, new Date(0))?.answer;
  const memory: AnswerMemory = {
    read(key) {
      const stored = store?.read(key, since);
      if (stored && stored.storedAt < shortSince) recalled = true;
      return stored?.answer;
    },
    readStale,
    readAbsence: (key) => store?.read(`absent ${key}`, shortSince)?.answer,
    write,
    writeAbsence,
  };
  const forgetful: AnswerMemory = { ...NOTHING_KEPT, readStale, write, writeAbsence };
  return {
    wire: rememberAnswers(network, store ? memory : NOTHING_KEPT, context),
    anew: rememberAnswers(network, store ? forgetful : NOTHING_KEPT, context),
    hasRecalled: () => recalled,
  };
}
