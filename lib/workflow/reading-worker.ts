/** A thread that reads workflow files and tells what they name: it takes the next ones of a list that it shares with others. */
import { NodeRules } from './loaders/rules.ts';
import { formatOutcome, readStampedFile } from './read-file.ts';
import { pathsOf, type ReadingOrder, type ReadingReply, takeFiles } from './reading-threads.ts';
import { shareSkimmingCode } from './skim/skimmer.ts';

declare const self: Worker;

self.addEventListener('message', ({ data }: MessageEvent<ReadingOrder>) => {
  if (data.skimming !== undefined) shareSkimmingCode(data.skimming);
  const rules = new NodeRules(data.declarations);
  const paths = pathsOf(data);
  const next = new Int32Array(data.next);
  for (let taken = takeFiles(next, paths.length); taken !== undefined; taken = takeFiles(next, paths.length)) {
    tell(readSome(paths, taken, rules));
  }
  tell(null);
  process.exit(); // of this thread alone: one that is ended from outside keeps the others waiting (25 ms, Bun 1.4.5)
});

function readSome(paths: readonly string[], { first, end }: { first: number; end: number }, rules: NodeRules): ReadingReply {
  const reply: ReadingReply = { first, read: [], stamps: [] };
  for (const path of paths.slice(first, end)) {
    const { outcome, stamp } = readStampedFile(path, rules);
    const text = formatOutcome(outcome, rules);
    reply.read.push(text === undefined && 'failure' in outcome ? outcome.failure : (text ?? ''));
    reply.stamps.push(stamp?.isSettled ? stamp.text : null);
  }
  return reply;
}

function tell(reply: ReadingReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
  self.postMessage(reply);
}
