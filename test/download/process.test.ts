import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { isOtherLiveProcess, ownIdentity, type ProcessIdentity } from '../../lib/download/process.ts';

function identityOf(pid: number): ProcessIdentity {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return { pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null };
}

/** A shell that still is one would wait for its child. */
async function untilNamed(pid: number, name: string): Promise<void> {
  const deadline = Date.now() + 5000;
  while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== name && Date.now() < deadline) await Bun.sleep(1);
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
}

test('this process is no other one', () => {
  expect(isOtherLiveProcess(ownIdentity())).toBe(false);
});

test.skipIf(process.platform !== 'linux')('a process lives until it ends, also when nobody has waited for it yet', async () => {
  // the shell becomes a `sleep`, which never waits for the child that it has been left with
  const parent = Bun.spawn(['sh', '-c', 'sleep 30 & echo $!; exec sleep 30'], { stdout: 'pipe' });
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  try {
    const identity = identityOf(pid);
    expect(isOtherLiveProcess(identity)).toBe(true);
    expect(isOtherLiveProcess({ ...identity, started: '1' })).toBe(false);
    await untilNamed(parent.pid, 'sleep');
    process.kill(pid, 'SIGKILL');
    const deadline = Date.now() + 5000;
    while (stateOf(pid) !== 'Z' && Date.now() < deadline) await Bun.sleep(5);
    expect([stateOf(pid), isOtherLiveProcess(identity)]).toEqual(['Z', false]);
  } finally {
    parent.kill('SIGKILL');
    await parent.exited;
  }
});
