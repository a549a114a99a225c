/** A thread that reads workflow files and tells what they name: it takes the next ones of a list that it shares with others. */
import { NodeRules } from './loaders/rules.ts';
import { formatOutcome, readFile } from './read-file.ts';
import { type ReadingOrder, type ReadingReply, takeFiles, type ThreadOutcome } from './reading-threads.ts';

declare const self: Worker;

self.addEventListener('message', ({ data }: MessageEvent<ReadingOrder>) => {
  const rules = new NodeRules(data.declarations);
  const next = new Int32Array(data.next);
  for (let taken = takeFiles(next, data.paths.length); taken !== undefined; taken = takeFiles(next, data.paths.length)) {
    tell({ first: taken.first, outcomes: data.paths.slice(taken.first, taken.end).map((path) => readOne(path, rules)) });
  }
  tell(null);
  process.exit(); // of this thread alone: one that is ended from outside keeps the others waiting (25 ms, Bun 1.4.5)
});

function readOne(path: string, rules: NodeRules): ThreadOutcome {
  const outcome = readFile(path, rules);
  const text = formatOutcome(outcome, rules);
  return text === undefined && 'failure' in outcome ? outcome.failure : (text ?? '');
}

function tell(reply: ReadingReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
  self.postMessage(reply);
}
