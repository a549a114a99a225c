import { existsSync, lstatSync, rmSync } from 'node:fs';

import { onDisk } from '../disk-error.ts';
import type { ContentIdentity } from '../identity.ts';
import { UNKNOWN_IDENTITY } from '../identity.ts';
import { assertOwnPart } from '../own-part.ts';
import { controlPathOf, partPathOf, sidecarPathOf } from '../part-names.ts';
import type { PartSubject } from '../part-file.ts';
import { isOtherLiveProcess, ownIdentity } from '../process.ts';
import type { Sidecar } from '../sidecar.ts';
import { readSidecar, removeSidecar, SidecarWriter } from '../sidecar.ts';
import { TransferError } from '../trouble.ts';

type PartKnowledge = Omit<Sidecar, 'writer'>;

/**
 * The part of a target while aria2 writes it. Which bytes are there, aria2 keeps in its own control file; the sidecar says whose they are
 * and names none, so that the engine of this program would begin anew.
 */
export class ClaimedPart {
  readonly path: string;
  readonly #target: string;
  readonly #subject: PartSubject;
  readonly #sidecar: SidecarWriter;
  readonly #isByAria2: boolean;
  /** What an earlier run knew of the part, until `note` says that other bytes are going to be there. */
  #known: PartKnowledge;

  private constructor(target: string, subject: PartSubject, held: Sidecar | undefined) {
    this.path = partPathOf(target);
    this.#target = target;
    this.#subject = subject;
    this.#sidecar = new SidecarWriter(sidecarPathOf(target));
    this.#isByAria2 = held !== undefined && held.written.length === 0 && isPlainFile(this.path);
    this.#known = held ?? { ...subject, identity: UNKNOWN_IDENTITY, written: [], durable: [] };
  }

  /**
   * Takes the part for this process, and says so beside it. Throws `TransferError` of kind `in_use` while another one has it, and
   * `target_taken` for the part of another program.
   */
  static claim(target: string, subject: PartSubject): ClaimedPart {
    const held = readSidecar(sidecarPathOf(target));
    if (held?.writer && isOtherLiveProcess(held.writer)) throw new TransferError({ kind: 'in_use', pid: held.writer.pid });
    assertOwnPart(target);
    const part = new ClaimedPart(target, subject, held);
    part.#save(true);
    return part;
  }

  /** Whose bytes aria2 has put there; nobody's when it has not. */
  get identity(): ContentIdentity {
    return this.#isByAria2 ? this.#known.identity : UNKNOWN_IDENTITY;
  }

  /** `true` when aria2 knows which bytes are there. */
  get hasControl(): boolean {
    return this.#isByAria2 && existsSync(controlPathOf(this.#target));
  }

  /** Notes whose bytes are going to be there. */
  note(identity: ContentIdentity): void {
    this.#known = { ...this.#subject, identity, written: [], durable: [] };
    this.#save(true);
  }

  /** Removes every byte. */
  clear(): void {
    onDisk(() => {
      rmSync(this.path, { force: true });
      rmSync(controlPathOf(this.#target), { force: true });
    });
  }

  /** Leaves everything to the next run: before `note`, what the engine of this program has fetched too. */
  release(): void {
    if (existsSync(this.path)) this.#save(false);
    else removeSidecar(sidecarPathOf(this.#target));
    this.#sidecar.close();
  }

  /** Removes every byte, and what is known of them. */
  discard(): void {
    this.clear();
    this.#sidecar.close();
    removeSidecar(sidecarPathOf(this.#target));
  }

  #save(isWriting: boolean): void {
    const state = { ...this.#known, writer: isWriting ? ownIdentity() : null };
    onDisk(() => this.#sidecar.replace(state, { durable: false }));
  }
}

/** A link might lead anywhere, and a file with a second name is already somebody's model. */
function isPlainFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && found.nlink === 1;
}
