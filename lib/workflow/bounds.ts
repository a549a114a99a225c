/** A file says more than any of a person does: to take all of it in would take hours, or fill the memory. The message ends a sentence on it. */
export class BeyondBounds extends Error {}

/** Nodes of one file, those inside instances counted for each. */
const MOST_NODES = 200_000;
/** Values and sockets of a node are held against each other; so many pairs, of all nodes of a file, take some ten seconds (2026-11). */
const MOST_PAIRS = 200_000_000;

/** Counts what is looked at of a file. */
export class ReadingBounds {
  #nodes = 0;
  #pairs = 0;

  /** Throws `BeyondBounds`. */
  countNodes(count: number): void {
    this.#nodes += count;
    if (this.#nodes > MOST_NODES) throw new BeyondBounds(`it has more than ${MOST_NODES / 1000} thousand nodes`);
  }

  /** Counts a node with so many values and sockets. Throws `BeyondBounds`. */
  countParts(parts: number): void {
    this.#pairs += parts * parts;
    if (this.#pairs > MOST_PAIRS) throw new BeyondBounds('its nodes have more values and sockets than can be told apart');
  }
}
