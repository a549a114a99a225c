/**
 * The thread that hashes files behind their writers, for all transfers of a run. It reads what is there from the disk's cache, a block of
 * each file in turn, so that no file waits for another one.
 */
import { closeSync, openSync, readSync } from 'node:fs';

import type { HashOrder, HashReply } from './hash-pool.ts';

declare const self: Worker;

const BLOCK_BYTES = 1024 * 1024;

interface HashJob {
  descriptor: number;
  hasher: Bun.CryptoHasher;
  at: number;
  /** Everything below is there. */
  front: number;
  /** Where the file ends, once that is known: then the sha256 is told. */
  end: number | null;
}

const jobs = new Map<number, HashJob>();
const block = Buffer.allocUnsafe(BLOCK_BYTES);
let isRunning = false;

self.addEventListener('message', (event: MessageEvent<HashOrder>) => {
  obey(event.data);
  if (!isRunning) {
    isRunning = true;
    setImmediate(hashOn);
  }
});

function obey(order: HashOrder): void {
  const job = jobs.get(order.id);
  switch (order.kind) {
    case 'open':
      return void jobs.set(order.id, startJob(openSync(order.path, 'r')));
    case 'front':
      if (job) job.front = order.front;
      return;
    case 'finish':
      if (job) Object.assign(job, { front: order.total, end: order.total });
      return;
    case 'reset':
      if (job) jobs.set(order.id, startJob(job.descriptor));
      return;
    case 'close':
      if (job) closeSync(job.descriptor);
      jobs.delete(order.id);
  }
}

function startJob(descriptor: number): HashJob {
  return { descriptor, hasher: new Bun.CryptoHasher('sha256'), at: 0, front: 0, end: null };
}

/** A block of each file that has one; then orders come in, and on it goes. */
function hashOn(): void {
  let moved = false;
  for (const [id, job] of jobs) moved = hashBlock(id, job) || moved;
  isRunning = moved;
  if (moved) setImmediate(hashOn);
}

function hashBlock(id: number, job: HashJob): boolean {
  if (job.end !== null && job.at >= job.end) return tell(id, job);
  if (job.at >= job.front) return false;
  const length = readSync(job.descriptor, block, 0, Math.min(BLOCK_BYTES, job.front - job.at), job.at);
  job.hasher.update(block.subarray(0, length));
  job.at += length;
  if (length === 0) job.end = job.at; // the file is shorter than was said: its sha256 will not be the one expected
  return true;
}

function tell(id: number, job: HashJob): false {
  const reply: HashReply = { id, sha256: job.hasher.digest('hex') };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's messages have no origin, only windows' do
  self.postMessage(reply);
  jobs.set(id, startJob(job.descriptor));
  return false;
}
