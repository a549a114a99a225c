import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { askLiveServer, DEFAULT_COMFYUI_URL } from '../comfy/live-server.ts';
import type { Emit } from '../core/events.ts';
import type { Requirement } from '../core/model.ts';
import type { Ports } from '../core/ports.ts';
import { writeWhole } from '../state/files.ts';
import { LiveLink } from '../watch/live-link.ts';
import type { Sight } from '../watch/node-options.ts';
import { findInOptions } from '../watch/node-options.ts';
import type { FailedPrompt } from '../watch/refusals.ts';

/** ComfyUI looks at its folders again when one has changed; a file system may take a moment to say so. */
const ASKED_TIMES = 4;
const BETWEEN_MS = 400;
/** Older failed prompts than these are forgotten. */
const MOST_PROMPTS = 50;

export interface WatchLivePorts {
  /** Folder in which failed prompts wait for their models, absolute. */
  promptFolder: string;
  ports: Pick<Ports, 'fetch' | 'sleep'>;
  emit: Emit;
  signal: AbortSignal;
  /** Whether the ComfyUI that answers is the one that is watched. */
  isBelieved: () => boolean;
  /** A ComfyUI has come or gone: `believe` is to be called once it is clear whether it is the one that is watched. */
  onTurn: () => void;
  /** There is a prompt more in the folder. */
  onPrompt: (path: string) => void;
}

/** What a watch has of a running ComfyUI: prompts that failed there, and whether it sees what was fetched. */
export class WatchLive {
  readonly #ports: WatchLivePorts;
  #configured: string | null | undefined;
  #link: LiveLink | null = null;
  #judged: PromiseWithResolvers<boolean> | null = null;

  constructor(ports: WatchLivePorts) {
    this.#ports = ports;
  }

  /** Its address while it answers, else `null`. */
  get url(): string | null {
    return this.#ports.isBelieved() ? (this.#link?.url ?? null) : null;
  }

  /** It is clear now whether the ComfyUI that came is the one that is watched. */
  believe(): void {
    this.#judged?.resolve(this.#ports.isBelieved());
    this.#judged = null;
  }

  /** Follows the ComfyUI at the configured address; `null`: at the default port, and nothing is said while nobody is there. */
  follow(configured: string | null): void {
    if (configured === this.#configured) return;
    this.#configured = configured;
    this.#link?.close();
    const { fetch } = this.#ports.ports;
    this.#link = new LiveLink(configured ?? DEFAULT_COMFYUI_URL, {
      fetch,
      isThere: async (url) => (await askLiveServer(url, fetch)) !== null,
      onUp: (url) => this.#greet(url),
      onDown: (url) => {
        this.#say('info', `ComfyUI at ${url} has ended`);
        this.#ports.onTurn();
      },
      onFailedPrompts: (prompts) => this.#keep(prompts),
    });
  }

  async #greet(url: string): Promise<boolean> {
    this.#judged ??= Promise.withResolvers<boolean>();
    const { promise } = this.#judged;
    this.#ports.onTurn();
    const isBelieved = await promise;
    if (isBelieved) this.#say('info', `ComfyUI runs at ${url}`);
    return isBelieved;
  }

  close(): void {
    this.#link?.close();
  }

  /** Removes the prompts that no missing model is needed for any more. */
  forgetPrompts(needed: ReadonlySet<string>): void {
    for (const path of this.#promptPaths()) if (!needed.has(path)) rmSync(path, { force: true });
  }

  /** Asks the running ComfyUI whether it sees a model that has come, and says what is in the way when it does not. */
  async confirm(requirement: Requirement): Promise<void> {
    const { filename, subfolder, references } = requirement;
    const reference = references.find(({ input, from }) => input !== null && from === 'widget');
    if (this.url === null || !reference || reference.input === null) return;
    const names = [reference.written, subfolder === '' ? filename : `${subfolder}/${filename}`];
    const sight = await this.#look({ nodeType: reference.nodeType, input: reference.input, names });
    if (sight === 'seen') this.#say('info', `ComfyUI sees it: ${filename}`);
    if (sight === 'no_node')
      this.#say('warn', `${filename}: ComfyUI has no node ${reference.nodeType}; install its pack and restart ComfyUI`);
    if (sight === 'unseen')
      this.#say('warn', `${filename}: ComfyUI does not list it; restart it if the folder is new, else it looks elsewhere`);
  }

  async #look(question: Parameters<typeof findInOptions>[1]): Promise<Sight> {
    let sight: Sight = 'unknown';
    for (let asked = 0; asked < ASKED_TIMES; asked++) {
      if (asked > 0) await this.#ports.ports.sleep(BETWEEN_MS, this.#ports.signal);
      sight = findInOptions(await this.#link?.read(`/object_info/${encodeURIComponent(question.nodeType)}`), question);
      if (sight !== 'unseen') return sight;
    }
    return sight;
  }

  /** A failed prompt is kept as a workflow: it is read, queued and remembered like any other. */
  #keep(prompts: readonly FailedPrompt[]): void {
    for (const { id, graph } of prompts) {
      const name = /^[\w-]{1,64}$/.test(id) ? id : Bun.hash(id).toString(36);
      const path = join(this.#ports.promptFolder, `prompt-${name}.json`);
      if (existsSync(path)) continue;
      this.#makeRoom();
      writeWhole(path, JSON.stringify(graph));
      this.#ports.onPrompt(path);
    }
  }

  #makeRoom(): void {
    const paths = this.#promptPaths();
    if (paths.length < MOST_PROMPTS) return;
    const oldest = paths.reduce((first, path) => (modifiedAtMs(path) < modifiedAtMs(first) ? path : first));
    rmSync(oldest, { force: true });
  }

  #promptPaths(): string[] {
    if (!existsSync(this.#ports.promptFolder)) return [];
    return readdirSync(this.#ports.promptFolder).map((name) => join(this.#ports.promptFolder, name));
  }

  #say(level: 'info' | 'warn', message: string): void {
    this.#ports.emit({ type: 'note', component: 'comfyui', level, message });
  }
}

function modifiedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
