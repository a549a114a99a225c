import { afterAll, describe, expect, spyOn, test } from 'bun:test';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../lib/core/events.ts';
import { type FileKey, type FileMemory, stampOfFile } from '../../lib/core/file-memory.ts';
import type { NodeDeclaration, NodeDeclarations } from '../../lib/core/model.ts';
import { readWorkflows, type ReadingPorts } from '../../lib/phases/read-workflows.ts';
import type { WorkflowPath } from '../../lib/workflow/find-files.ts';
import { NodeRules } from '../../lib/workflow/loaders/rules.ts';
import { parseOutcome } from '../../lib/workflow/file-outcome.ts';
import { readFile } from '../../lib/workflow/read-file.ts';
import { ReadingThreads, type ThreadOutcome, threadsFor } from '../../lib/workflow/reading-threads.ts';
import type { ReadWorkflow } from '../../lib/workflow/requirements.ts';
import { SkeletonPlace } from '../../lib/workflow/skim/skeleton-queue.ts';
import { editorGraph, node } from '../workflow/graphs.ts';

const base = mkdtempSync(join(tmpdir(), 'read-workflows-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const LONG_AGO = new Date(Date.now() - 60_000);

/** Workflows with a model each, and among them files that are none. */
function writeFiles(count: number): WorkflowPath[] {
  const folder = mkdtempSync(join(base, 'w-'));
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}.json`);
    const whole = JSON.stringify(editorGraph([node('CheckpointLoaderSimple', [`model_${i}.safetensors`])]));
    writeFileSync(path, i % 10 === 3 ? '{"cut": ' : i % 10 === 7 ? '' : whole);
    utimesSync(path, LONG_AGO, LONG_AGO);
    return { path, workflow: `${i}.json` };
  });
}

async function readWith(
  files: readonly WorkflowPath[],
  threads: number,
  more: Partial<ReadingPorts> = {},
  declarations?: NodeDeclarations,
) {
  const events: RunEvent[] = [];
  const ports = { emit: (event: RunEvent) => void events.push(event), signal: new AbortController().signal, threadsFor: () => threads };
  const read: ReadWorkflow[] = [];
  const onRead = (workflow: ReadWorkflow) => void read.push(workflow);
  const { notes, isLasting } = await readWorkflows(files, declarations ?? new Map(), { ...ports, onRead, ...more });
  return { read, failures: notes.flatMap((note) => ('failure' in note ? note.failure : [])), isLasting, events };
}

function makeMemory(): FileMemory & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const nameOf = ({ kind, path, stamp }: FileKey) => `${kind} ${path} ${stamp}`;
  return { kept, recall: (key) => kept.get(nameOf(key)), keep: (key, text) => void kept.set(nameOf(key), text) };
}

/** Long enough a list that threads have started before this one is through. */
function manyTimes(files: readonly WorkflowPath[]): WorkflowPath[] {
  return Array.from({ length: 40 }, () => files).flat();
}

/** Copied for a thread, the declaration is one that nothing can be made of; looked at afterwards, it is sound. */
function deadly(): NodeDeclarations {
  let asked = 0;
  const trap = {
    nodeType: 'CheckpointLoaderSimple',
    widgets: null,
    get loaders() {
      return asked++ === 0 ? 5 : [];
    },
  } as unknown as NodeDeclaration;
  return new Map([['CheckpointLoaderSimple', trap]]);
}

describe('reading many workflows', () => {
  test.each([1, 3])('with %d threads gives the same results and events in the same order as without', async (threads) => {
    const files = manyTimes(writeFiles(60));
    const alone = await readWith(files, 0);
    const together = await readWith(files, threads);
    expect(together).toEqual(alone);
    expect(together.read[0]?.reading.findings[0]?.written).toBe('model_0.safetensors');
    expect(together.read.map(({ workflow }) => workflow)).toEqual(
      files.map(({ workflow }) => workflow).filter((_, i) => i % 10 !== 3 && i % 10 !== 7),
    );
    expect(new Set(together.failures.map(({ code }) => code))).toEqual(new Set(['empty_file', 'not_json']));
  });

  test.each([0, 3])(
    'reads a file that is damaged in a node of no use whichever files were read before, with %d threads',
    async (threads) => {
      const folder = mkdtempSync(join(base, 'damaged-'));
      const files = Array.from({ length: 300 }, (_, i) => {
        const path = join(folder, `${i}.json`);
        const whole = JSON.stringify(editorGraph([{ ...node(`Plain${i >> 1}`, [1]), inputs: [] }]));
        writeFileSync(path, i % 2 === 0 ? whole.replace('"inputs":[]', '"inputs":[{"name":01}]') : whole);
        return { path, workflow: `${i}.json` };
      });
      const { failures, read } = await readWith(files, threads);
      expect(failures).toEqual([]);
      expect(read).toHaveLength(files.length);
    },
  );

  test('gives a pack that calls itself null no other name, with a thread', async () => {
    const path = join(mkdtempSync(join(base, 'null-')), 'null.json');
    const named = (type: string, properties: object) => ({ ...node(type, []), properties });
    writeFileSync(path, JSON.stringify(editorGraph([named('A', {}), named('B', { cnr_id: 'null' })])));
    const files = manyTimes([{ path, workflow: 'null.json' }]);
    expect(await readWith(files, 1)).toEqual(await readWith(files, 0));
  });

  test('remembers what threads have read as it remembers its own', async () => {
    const files = writeFiles(60);
    const [own, threads] = [makeMemory(), makeMemory()];
    const first = await readWith(files, 0, { memory: own });
    await readWith(files, 2, { memory: threads });
    expect(threads.kept).toEqual(own.kept);
    expect(threads.kept.size).toBe(files.length);
    const asked: number[] = [];
    const again = await readWith(files, 0, { memory: threads, threadsFor: (bytes) => (asked.push(bytes), 0) });
    expect(again).toEqual(first);
    expect(asked).toEqual([]);
  });

  test('reads what a thread has taken with it when it died', async () => {
    const files = manyTimes(writeFiles(60));
    const { read, failures } = await readWith(files, 1, {}, deadly());
    expect(read.length + failures.length).toBe(files.length);
  });

  test.each([0, 2])('ends with the reason of the abort, with %d threads', async (threads) => {
    const stop = new AbortController();
    const emit = (event: RunEvent) => {
      if (event.type === 'workflow_parsed') stop.abort(new Error('enough'));
    };
    const outcome = readWith(manyTimes(writeFiles(400)), threads, { emit, signal: stop.signal }).catch((error: unknown) => error);
    expect(await outcome).toEqual(new Error('enough'));
  });
});

describe('threads that are faster than the one that sends', () => {
  test('do not keep it from hearing of an abort', async () => {
    let sent = 0;
    const hand = spyOn(SkeletonPlace.prototype, 'hand').mockImplementation(function (this: SkeletonPlace) {
      sent++;
      Bun.sleepSync(2); // as a slow disk
      this.release(); // as a thread that takes it at once
    });
    try {
      const files = manyTimes(writeFiles(60)).slice(0, 1000);
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 20);
      const outcome = readWith(files, 1, { signal: stop.signal }, deadly()).catch((error: unknown) => error);
      expect(await outcome).toEqual(new Error('enough'));
      expect(sent).toBeLessThan(files.length / 2);
    } finally {
      hand.mockRestore();
    }
  });
});

describe('a listener that throws', () => {
  test.each([0, 2])('ends the reading with what it has thrown, with %d threads', async (threads) => {
    const files = manyTimes(writeFiles(60));
    let told = 0;
    const emit = (event: RunEvent) => {
      if (event.type === 'workflow_parsed' && ++told === 1500) throw new Error('the disk is full');
    };
    expect(await readWith(files, threads, { emit }).catch((error: unknown) => error)).toEqual(new Error('the disk is full'));
    expect(told).toBe(1500);
  });
});

describe('threads on their own', () => {
  /** What they tell of files, and of such as are sent to them. */
  async function readApart(
    files: readonly WorkflowPath[],
    { threads, isSent = false, declarations = new Map() }: { threads: number; isSent?: boolean; declarations?: NodeDeclarations },
  ) {
    const told = new Map<number, ThreadOutcome>();
    const onOutcome = (index: number, outcome: ThreadOutcome) => void told.set(index, outcome);
    using started = new ReadingThreads();
    started.start(threads);
    started.order(files, declarations);
    const send = () => {
      for (let goesOn = isSent; goesOn;) goesOn = started.send();
    };
    send();
    while (await started.wait()) send();
    started.listen(onOutcome); // what nobody has taken yet is kept
    started.order([...files, { path: 'nowhere.json' }], declarations); // too late
    started.start(threads + 1);
    expect(await started.wait()).toBe(false);
    return told;
  }

  test.each([
    [1, false],
    [1, true],
    [3, true],
  ])('read every file once, and tell it by its place: %d, of files that are sent: %p', async (threads, isSent) => {
    const files = writeFiles(60);
    const told = await readApart(files, { threads, isSent });
    expect([...told.keys()].sort((a, b) => a - b)).toEqual(files.map((_, i) => i));
    const rules = new NodeRules(new Map());
    for (const [i, { path }] of files.entries()) {
      const { read = '', stamp } = told.get(i) ?? {};
      expect(typeof read === 'string' ? parseOutcome(read, path, rules) : { failure: read }).toEqual(readFile(path, rules));
      expect(stamp).toBe(stampOfFile(path, new Date())?.text ?? '');
    }
  });

  test('tell of a failure that may be none at another attempt what it is, and nothing to remember', async () => {
    const told = await readApart([{ path: join(base, 'nowhere.json'), workflow: 'nowhere.json' }], { threads: 1, isSent: true });
    expect(told.get(0)).toMatchObject({ read: { code: 'unreadable', reason: 'it does not exist' }, stamp: null });
  });

  test.each([false, true])('come to an end when they die, of files that are sent: %p', async (isSent) => {
    const told = await readApart(writeFiles(60), { threads: 1, isSent, declarations: deadly() });
    expect(told.size).toBe(0);
  });
});

describe('the number of threads', () => {
  const MIB = 1024 * 1024;
  test.each([
    [0, 8, 0],
    [20 * MIB, 8, 0],
    [40 * MIB, 8, 1],
    [300 * MIB, 2, 1],
    [300 * MIB, 8, 7],
    [3000 * MIB, 64, 7],
    [300 * MIB, 1, 0],
  ])('%d bytes on %d processors are worth %d', (bytes, processors, threads) => {
    expect(threadsFor(bytes, processors)).toBe(threads);
  });
});
