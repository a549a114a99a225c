import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import type { Status } from '../../lib/state/schemas.ts';
import { startTestHub, type TestHub } from '../helpers/hub.ts';
import { makeSandbox, type Sandbox } from '../helpers/sandbox.ts';
import { modelContent, NO_LISTED_MODELS, sha256Of, until, workflowWith } from '../scripts/kit.ts';

/** The models that the test hub has: a LoRA of this name is at `linkOf(name)`. */
export const REPOSITORY = 'studio/watched';

export function linkOf(name: string): string {
  return `https://huggingface.co/${REPOSITORY}/resolve/main/${name}`;
}

/** A workflow that needs the LoRAs of these names, and says where they are. */
export function workflowFor(...names: string[]): Record<string, unknown> {
  return workflowWith(names.map((name) => ({ name, directory: 'loras', url: linkOf(name) })));
}

export function catalogueWith(names: readonly string[], sizeBytes = 60_000): HubCatalogue {
  const files = names.map((name) => ({ path: name, content: modelContent(name, sizeBytes) }));
  return { huggingface: [{ id: REPOSITORY, files }], manager: NO_LISTED_MODELS };
}

/** A sandbox with a hub, and `watch` in it. */
export interface WatchStage extends AsyncDisposable {
  hub: TestHub;
  sandbox: Sandbox;
  /** Starts `watch` and resolves when it has looked at everything once. */
  start(args?: readonly string[]): Promise<void>;
  /** Ends it with a signal and resolves with how that went. */
  end(signal?: NodeJS.Signals): Promise<{ exitCode: number; stdout: string; stderr: string; ms: number }>;
  pid(): number;
  status(): Status;
  /** Absolute path of a LoRA. */
  loraPath(name: string): string;
  /** Whether a LoRA is there with the hub's very bytes; throws when there is anything else under its name. */
  hasLora(name: string, sizeBytes?: number): boolean;
  untilLora(name: string, ms?: number): Promise<void>;
  untilIdle(): Promise<Status>;
}

export async function openStage(
  catalogue: HubCatalogue,
  options: { hub?: Parameters<typeof startTestHub>[1]; config?: Record<string, unknown> } = {},
): Promise<WatchStage> {
  const hub = await startTestHub(catalogue, options.hub);
  const sandbox = await makeSandbox({ endpoints: hub.endpoints, config: { comfyui_url: 'http://127.0.0.1:9', ...options.config } });
  let running: ReturnType<Sandbox['start']> | null = null;
  const readStatus = (): Status | undefined => {
    const path = join(sandbox.stateDir, 'status.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Status) : undefined;
  };
  const stage: WatchStage = {
    hub,
    sandbox,
    async start(args = []) {
      const child = sandbox.start(['watch', ...args]);
      running = child;
      let ended: string | null = null;
      void child.result.then(({ stderr }) => (ended = stderr));
      await until('watch is ready', () => {
        if (ended !== null) throw new Error(`watch ended: ${ended}`);
        const status = readStatus();
        return status?.pid === child.pid && status.completed_phases.includes('scanning');
      });
    },
    async end(signal = 'SIGTERM') {
      const child = running;
      if (!child) throw new Error('watch does not run');
      running = null;
      const began = performance.now();
      child.kill(signal);
      return { ...(await child.result), ms: performance.now() - began };
    },
    pid: () => running?.pid ?? 0,
    status: () => {
      const status = readStatus();
      if (!status) throw new Error('there is no status.json');
      return status;
    },
    loraPath: (name) => join(sandbox.root, 'models/loras', name),
    hasLora(name, sizeBytes = 60_000) {
      const path = stage.loraPath(name);
      if (!existsSync(path)) return false;
      if (sha256Of(path) !== modelContent(name, sizeBytes).sha256) throw new Error(`${name} is there with other bytes`);
      return true;
    },
    untilLora: async (name, ms) => {
      await until(`${name} is on disk`, () => existsSync(stage.loraPath(name)), ms);
    },
    untilIdle: () =>
      until('idle with nothing to do', () => {
        const status = readStatus();
        return status?.phase === 'idle' && status.data.missing_models === 0 && status;
      }),
    async [Symbol.asyncDispose]() {
      if (running) {
        running.kill('SIGKILL');
        await running.result;
      }
      await hub.stop();
      await sandbox[Symbol.asyncDispose]();
    },
  };
  return stage;
}
