import type { AnswerStore } from '../catalog/answer-store.ts';
import type { AnswerMemory } from '../sources/memory.ts';
import type { WireContext } from '../sources/types.ts';
import type { Wire } from '../sources/wire.ts';
import { makeOfflineWire, makeWire, rememberAnswers } from '../sources/wire.ts';

/** How long an answer stands before it is asked for again. What does not lead to a file is asked anew at once. */
const LIFE_MS = 24 * 60 * 60 * 1000;
const NOTHING_KEPT: AnswerMemory = { read: () => undefined, write: () => undefined };

/** The ways of asking in one run. */
export interface Recall {
  /** By earlier answers where they still stand, else over the network; without `store` always over the network. */
  wire: Wire;
  /** Over the network, whatever is known. */
  anew: Wire;
  /** Whether an answer of an earlier run was used. */
  hasRecalled: () => boolean;
}

/** Joins the network with what earlier runs have learnt. `offline`: earlier answers of any age, and nothing else. */
export function makeRecall(context: WireContext, options: { store: AnswerStore | null; offline: boolean }): Recall {
  const { store, offline } = options;
  const network = offline ? makeOfflineWire() : makeWire(context);
  const since = offline ? new Date(0) : new Date(context.ports.now().getTime() - LIFE_MS);
  const learnt = new Set<string>();
  let recalled = false;
  const write = (key: string, answer: unknown): void => {
    learnt.add(key);
    store?.write(key, answer, context.ports.now());
  };
  const read = (key: string): unknown => {
    const answer = store?.read(key, since);
    if (answer !== undefined && !learnt.has(key)) recalled = true;
    return answer;
  };
  return {
    wire: rememberAnswers(network, store ? { read, write } : NOTHING_KEPT, context),
    anew: rememberAnswers(network, store ? { read: () => undefined, write } : NOTHING_KEPT, context),
    hasRecalled: () => recalled,
  };
}
