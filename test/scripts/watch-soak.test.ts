import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerStatus, resetConnection } from '../helpers/faults.ts';
import { catalogueWith, openStage, type WatchStage, workflowFor } from '../watch/kit.ts';
import { modelContent, sha256Of, until } from './kit.ts';

/** How long things happen; more by `SOAK_SECONDS`. The same `SOAK_SEED` makes the same things happen. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 12);
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);
const OPERATIONS = 2000;
const NAMES = Array.from({ length: 30 }, (_, at) => `m${at}.safetensors`);
/** What a process may take in the end, and how many files more than in the beginning it may have open. */
const MOST_MEMORY_BYTES = 200_000_000;
const MOST_MORE_FILES = 16;

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What somebody does to workflows, models, the hub and the process, at random; it knows what the workflows need. */
class Mischief {
  readonly #stage: WatchStage;
  readonly #random: () => number;
  /** Workflow file → the models that it needs, `null` for a broken one. */
  readonly #workflows = new Map<string, string[] | null>();
  done = 0;
  kills = 0;

  constructor(stage: WatchStage, random: () => number) {
    this.#stage = stage;
    this.#random = random;
  }

  needed(): string[] {
    return [...new Set([...this.#workflows.values()].flatMap((names) => names ?? []))];
  }

  async act(): Promise<void> {
    this.done++;
    const roll = this.#random();
    if (roll < 0.004) return this.#killAndRestart();
    if (roll < 0.012) return this.#stage.hub.inject({}, this.#random() < 0.5 ? answerStatus(503) : resetConnection());
    if (roll < 0.04) return this.#stage.hub.heal();
    if (roll < 0.5) return this.#write();
    if (roll < 0.6) return this.#breakOne();
    if (roll < 0.7) return this.#rename();
    if (roll < 0.85) return this.#remove();
    if (roll < 0.95) return this.#removeModel();
    return this.#dropModel();
  }

  mendAll(): void {
    this.#stage.hub.heal();
    for (const [file, names] of this.#workflows) if (names === null) this.#put(file, [this.#pick(NAMES)]);
  }

  async #killAndRestart(): Promise<void> {
    this.kills++;
    await this.#stage.end('SIGKILL');
    await this.#stage.start();
  }

  #write(): void {
    const names = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => this.#pick(NAMES));
    this.#put(`w${Math.floor(this.#random() * 25)}.json`, [...new Set(names)]);
  }

  #put(file: string, names: string[]): void {
    writeFileSync(this.#path(file), JSON.stringify(workflowFor(...names)));
    this.#workflows.set(file, names);
  }

  #breakOne(): void {
    const file = this.#pick([...this.#workflows.keys()]);
    if (file === undefined) return;
    writeFileSync(this.#path(file), JSON.stringify(workflowFor(...NAMES)).slice(0, 50 + Math.floor(this.#random() * 300)));
    this.#workflows.set(file, null);
  }

  #rename(): void {
    const from = this.#pick([...this.#workflows.keys()]);
    if (from === undefined) return;
    const to = `r${Math.floor(this.#random() * 10)}.json`;
    const names = this.#workflows.get(from) ?? null;
    renameSync(this.#path(from), this.#path(to));
    this.#workflows.delete(from);
    this.#workflows.set(to, names);
  }

  #remove(): void {
    const file = this.#pick([...this.#workflows.keys()]);
    if (file === undefined) return;
    rmSync(this.#path(file));
    this.#workflows.delete(file);
  }

  #removeModel(): void {
    rmSync(this.#stage.loraPath(this.#pick(NAMES)), { force: true });
  }

  /** As a file manager does it on one disk: the file is there whole. */
  #dropModel(): void {
    const name = this.#pick(NAMES);
    const content = modelContent(name);
    const temporary = join(this.#stage.sandbox.dir, 'dropped');
    writeFileSync(temporary, content.read(0, content.sizeBytes));
    if (existsSync(join(this.#stage.sandbox.root, 'models/loras'))) renameSync(temporary, this.#stage.loraPath(name));
  }

  #path(file: string): string {
    return join(this.#stage.sandbox.workflowsDir, file);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

function openFilesOf(pid: number): number {
  return existsSync(`/proc/${pid}/fd`) ? readdirSync(`/proc/${pid}/fd`).length : 0;
}

function memoryOf(pid: number): number {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) * 1024 : 0;
}

test(
  `after thousands of random changes (seed ${SEED}) the models on disk are what the workflows need`,
  async () => {
    await using stage = await openStage(catalogueWith(NAMES));
    const random = seeded(SEED);
    const mischief = new Mischief(stage, random);
    await stage.sandbox.writeWorkflow('always.json', workflowFor());
    await stage.start();
    await stage.untilIdle();
    let files = openFilesOf(stage.pid());
    const end = performance.now() + SECONDS * 1000;
    while (performance.now() < end) {
      const kills = mischief.kills;
      await mischief.act();
      if (mischief.kills > kills) files = openFilesOf(stage.pid());
      await Bun.sleep((SECONDS * 1000 * random()) / OPERATIONS);
    }
    mischief.mendAll();
    const needed = mischief.needed();
    await until('everything that is needed is there', () => needed.every((name) => existsSync(stage.loraPath(name))), 45_000);
    await stage.untilIdle();
    expect(needed.filter((name) => !stage.hasLora(name))).toEqual([]);
    const present = readdirSync(join(stage.sandbox.root, 'models/loras')).filter((name) => !/\.part(\.json|\.lock)?$/.test(name));
    expect(present.filter((name) => sha256Of(stage.loraPath(name)) !== modelContent(name).sha256)).toEqual([]);
    expect(memoryOf(stage.pid())).toBeLessThan(MOST_MEMORY_BYTES);
    expect(openFilesOf(stage.pid()) - files).toBeLessThan(MOST_MORE_FILES);
    const { exitCode } = await stage.end();
    expect([exitCode, stage.status().phase, stage.status().queue]).toEqual([0, 'idle', []]);
  },
  (SECONDS + 90) * 1000,
);
