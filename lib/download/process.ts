import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

import { systemErrorCode } from '../core/error.ts';

/** Clocks and the uptime are read one after the other and drift a little: within this many seconds two boots are one. */
const SAME_BOOT_SECONDS = 10;

/** A process, told from a later one that has been given the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it was started, in the kernel's own count; `null` where that cannot be read. */
  started: string | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** `true` while that very process is alive, and is not this one. */
export function isOtherLiveProcess(identity: ProcessIdentity): boolean {
  return identity.pid !== process.pid && isAlive(identity.pid) && startOf(identity.pid) === identity.started;
}

/** Tells one start of this machine from another: the kernel's own id, elsewhere the second of the start. */
export function bootIdentity(): string {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? String(Math.round(Date.now() / 1000 - uptime()));
}

/** `true` when two boot identities mean the same start of the machine. */
export function isSameBoot(one: string, other: string): boolean {
  if (one === other) return true;
  return /^\d+$/.test(one) && /^\d+$/.test(other) && Math.abs(Number(one) - Number(other)) <= SAME_BOOT_SECONDS;
}

/** A process that has ended and that nobody has waited for yet still has its number: it writes nothing any more. */
function isAlive(pid: number): boolean {
  if (/^[ZXx]$/.test(fieldOf(pid, 0) ?? '')) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Field 22 of `/proc/<pid>/stat` (Linux, proc(5)). */
function startOf(pid: number): string | null {
  return fieldOf(pid, 19);
}

/** A field of `/proc/<pid>/stat`, counted from the state in field 3; the name in field 2 may hold blanks and parentheses. */
function fieldOf(pid: number, index: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[index] ?? null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
