import type { ComfyInstall } from '../comfy/install.ts';
import { joinLive } from '../comfy/join-live.ts';
import { type InstallReading, readInstall } from '../comfy/read-install.ts';
import { type LiveReading, readLive } from '../comfy/read-live.ts';
import type { Emit } from '../core/events.ts';
import type { FileMemory } from '../core/file-memory.ts';
import type { Ports } from '../core/ports.ts';

/** What is known of this machine's ComfyUI: by its files, and by itself where it runs. */
export interface MachineReading extends InstallReading {
  /** The running ComfyUI that is believed; `null`: only the files speak. */
  live: LiveReading | null;
}

export interface MachinePorts {
  ports: Pick<Ports, 'env' | 'home' | 'fetch'>;
  emit: Emit;
  signal: AbortSignal;
  /** Keeps what was read of node sources, so that unchanged ones need not be read again. */
  memory?: FileMemory;
}

/** Reads the files of an install, and asks the ComfyUI that runs. Rejects only with the signal's reason. */
export async function readMachine(
  install: ComfyInstall,
  { comfyuiUrl }: { comfyuiUrl: string | null },
  { ports, emit, signal, memory }: MachinePorts,
): Promise<MachineReading> {
  const reading = await readInstall(install, { env: ports.env, home: ports.home, signal, ...(memory && { memory }) });
  for (const { code, message, hint } of reading.folders.problems)
    emit({ type: 'note', component: code, level: 'warn', message: `${message}. ${hint}` });
  const { live, note } = await readLive({ configuredUrl: comfyuiUrl, install, folders: reading.folders }, { fetch: ports.fetch, signal });
  if (note !== null) emit({ type: 'note', component: 'comfyui_live', ...note });
  return live === null ? { ...reading, live } : { ...joinLive(reading, live), live };
}
