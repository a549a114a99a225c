import type { Fetch } from '../core/ports.ts';
import type { FailedPrompt } from './refusals.ts';
import { failedPromptId, readFailedHistory, readRefusals } from './refusals.ts';

/** A server that is away is looked for so often, in milliseconds. */
const LOOK_EVERY_MS = 5000;
const ANSWER_MS = 5000;
/** More text in one message is no message of ComfyUI's. */
const LONGEST_MESSAGE = 4 * 1024 * 1024;
const HISTORY_ITEMS = 50;

export interface LiveLinkPorts {
  fetch: Fetch;
  /** Whether a ComfyUI answers at the address. Never throws. */
  isThere: (url: string) => Promise<boolean>;
  /** It answers: is it the one that is meant? Another one is let be. */
  onUp: (url: string) => Promise<boolean>;
  onDown: (url: string) => void;
  onFailedPrompts: (prompts: FailedPrompt[]) => void;
}

/** The link to a ComfyUI that may come and go: it listens while there is one, and looks for it quietly while there is none. */
export class LiveLink {
  readonly #url: string;
  readonly #ports: LiveLinkPorts;
  readonly #end = new AbortController();
  #socket: WebSocket | null = null;
  #isUp = false;
  #isMeant = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `url` is the base address, without a slash at its end. */
  constructor(url: string, ports: LiveLinkPorts) {
    this.#url = url;
    this.#ports = ports;
    void this.#look();
  }

  /** The address while the server answers, else `null`. */
  get url(): string | null {
    return this.#isUp ? this.#url : null;
  }

  /** The JSON at a path of the server, `undefined` when it gives none. Never throws. */
  async read(path: string): Promise<unknown> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await this.#ports.fetch(this.#url + path, { signal, redirect: 'error' });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#end.abort();
    if (this.#timer) clearTimeout(this.#timer);
    this.#socket?.close();
  }

  async #look(): Promise<void> {
    const isThere = await this.#ports.isThere(this.#url);
    if (this.#end.signal.aborted) return;
    if (!isThere) return this.#lose();
    if (!this.#isUp) {
      this.#isUp = true;
      this.#isMeant = await this.#ports.onUp(this.#url);
      if (this.#isMeant) this.#tell(readFailedHistory(await this.read(`/history?max_items=${HISTORY_ITEMS}`)));
    }
    if (this.#end.signal.aborted) return;
    if (this.#isMeant) this.#listen();
    else this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  #lose(): void {
    const wasMeant = this.#isUp && this.#isMeant;
    this.#isUp = false;
    if (wasMeant) this.#ports.onDown(this.#url);
    this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  #listen(): void {
    const socket = new WebSocket(`${this.#url.replace(/^http/, 'ws')}/ws?clientId=comfy-fixer-${crypto.randomUUID()}`);
    this.#socket = socket;
    let wasOpen = false;
    socket.addEventListener('open', () => (wasOpen = true));
    socket.addEventListener('message', (event: MessageEvent<unknown>) => void this.#hear(event.data));
    socket.addEventListener('close', () => {
      if (this.#end.signal.aborted) return;
      // a server that ends says so here; one that has no websocket at all is only asked again later
      if (wasOpen) void this.#look();
      else this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
    });
  }

  /** Pictures come as bytes, and everything else as JSON. */
  async #hear(data: unknown): Promise<void> {
    if (typeof data !== 'string' || data.length > LONGEST_MESSAGE) return;
    const message = parseQuietly(data);
    this.#tell(readRefusals(message));
    const id = failedPromptId(message);
    if (id !== null) this.#tell(readFailedHistory(await this.read(`/history/${encodeURIComponent(id)}`)));
  }

  #tell(prompts: FailedPrompt[]): void {
    if (prompts.length > 0 && !this.#end.signal.aborted) this.#ports.onFailedPrompts(prompts);
  }
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
