import { readFileSync } from 'node:fs';
import { parseBytes } from '../containers/parse-bytes.ts';
import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { BrokenRest, type Rest, setRest } from './skeleton.ts';
import type { SkeletonPlace } from './skeleton-queue.ts';
import code from './skim.wasm' with { type: 'file' };

/*
 * Most of a workflow's JSON is of no use to whoever looks for names: positions and sizes, colours, and the sockets and numbers of nodes that
 * load nothing. `assembly/skim.ts` copies the rest in a fifth of the time that parsing all of it takes; the copy has a fifth of the bytes
 * (made workflows, Bun 1.4.5, 2026-11).
 */

/** Where things lie in the memory, as in `assembly/skim.ts`. */
const SPANS = 65_536;
const INPUT = 1_048_576;
const OUTPUT = 2_162_688;
const REPEATS = 4_718_592;
/** Nodes of a skeleton at the most: the places of those that are not in it begin here. */
const MOST_NODES = 60_000;
const SPAN_BYTES = 8;
/** Behind the input, for those who read 64 bytes at a time. */
const PADDING = 64;
const SPACE = 0x20;
const MAX_TYPES = 4000;
const MAX_TYPE_BYTES = 200;
/** The key under which each node of a skeleton has its place in the list, counted down from -1 when more than its outputs was left out of it. */
const PLACE = '#';
/** The same, for one that was cut down and has the properties of the last such node before it that has its own. */
const PLACE_OF_LIKE = '=';
/** The key under which a node that is not in the skeleton has the number of those that are and stand before it. */
const BEFORE = '@';

interface Code {
  memory: WebAssembly.Memory;
  /** A type of so many bytes, which stands at the beginning of the output. */
  addPlain: (length: number) => void;
  forgetPlain: () => void;
  /** Of an input of so many bytes, and the padding behind it. Returns the length of the output, 0 for none. */
  skim: (length: number) => number;
  /** The length of the list of nodes that are not in the skeleton, 0 for none. */
  repeatsLength: () => number;
  /** How many nodes are in the skeleton, and how many are not. */
  nodeCount: () => number;
  repeatCount: () => number;
}

/** Where the parts of a skeleton lie, by which it can be sent: the file, the skeleton, and what it takes to find the rest. */
const PARTS = [INPUT, OUTPUT, REPEATS, SPANS, SPANS + SPAN_BYTES * (MOST_NODES + 1)] as const;
const MADE_PART = PARTS.indexOf(OUTPUT);
const REPEATS_PART = PARTS.indexOf(REPEATS);

let compiled: WebAssembly.Module | undefined;

/**
 * The code, for other threads: those that run the same one share what it costs the engine to make it fast (18 ms each, Bun 1.4.5, 2026-11).
 * Throws where the machine cannot run it: it needs vectors of 128 bits.
 */
export function skimmingCode(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(readFileSync(code)));
}

/** Has this thread run the code of another one. */
export function shareSkimmingCode(of: WebAssembly.Module): void {
  compiled = of;
}

/** Makes skeletons of files: one for all that a thread reads, one after the other. */
export class Skimmer {
  /** Where the bytes of a file are put. */
  readonly input: Buffer;
  readonly #code: Code;
  readonly #memory: Uint8Array;
  readonly #output: Buffer;
  readonly #left: LeftOut;
  #plain: readonly string[] = [];
  #told = 0;

  /** Throws where the machine cannot run the code. */
  constructor() {
    const { exports } = new WebAssembly.Instance(skimmingCode());
    this.#code = exports as unknown as Code;
    const { buffer } = this.#code.memory;
    this.#memory = new Uint8Array(buffer);
    this.input = Buffer.from(buffer, INPUT, OUTPUT - INPUT - PADDING);
    this.#output = Buffer.from(buffer, OUTPUT, REPEATS - OUTPUT);
    this.#left = new LeftOut(buffer);
  }

  /**
   * The skeleton of the JSON object that is the first so many bytes of the input; `undefined` for one that is no workflow at its top, is no
   * JSON, or is written in an unusual way: it has to be parsed. Nodes of plain types are cut down unless they hold a text that may be a name,
   * and left out where they would say what one of their type has said; the list of types may grow from one call to the next. A skeleton is
   * good until the next file is put in the input.
   */
  skim(length: number, plain: readonly string[]): JsonRecord | undefined {
    const made = this.#make(length, plain);
    return made === 0 ? undefined : this.#open(made, this.#code.repeatsLength());
  }

  /** As `skim`, for another thread, which opens it. `false` where there is no skeleton, or no room for it. */
  send(length: number, plain: readonly string[], to: SkeletonPlace): boolean {
    const made = this.#make(length, plain);
    if (made === 0) return false;
    const { repeatsLength, nodeCount, repeatCount } = this.#code;
    const lengths = [length, made, repeatsLength(), SPAN_BYTES * (nodeCount() + 1), SPAN_BYTES * repeatCount()];
    return to.fill(
      this.#memory,
      PARTS.map((from, part) => ({ from, length: lengths[part] ?? 0 })),
    );
  }

  /** The skeleton that another thread has sent: as one of `skim`, and `undefined` where that would be. */
  open(from: SkeletonPlace): JsonRecord | undefined {
    from.empty(this.#memory, PARTS);
    return this.#open(from.lengthOf(MADE_PART), from.lengthOf(REPEATS_PART));
  }

  /** Returns the length of the skeleton, 0 for none. */
  #make(length: number, plain: readonly string[]): number {
    this.#tell(plain);
    this.input.fill(SPACE, length, length + PADDING);
    return this.#code.skim(length);
  }

  #open(made: number, repeatsLength: number): JsonRecord | undefined {
    const file = this.#left.begin();
    const graph = parseBytes(this.#output.subarray(0, made));
    if (!isRecord(graph)) return undefined;
    const nodes = asList(graph.nodes);
    giveProperties(nodes);
    setRest(graph, new FileRest(nodes, this.#left, { file, repeatsLength }));
    return graph;
  }

  #tell(plain: readonly string[]): void {
    if (plain !== this.#plain) {
      this.#code.forgetPlain();
      this.#plain = plain;
      this.#told = 0;
    }
    for (; this.#told < Math.min(plain.length, MAX_TYPES); this.#told++) {
      const type = plain[this.#told] ?? '';
      // The code compares what stands in the file, where this would be the escape of something else.
      if (!type.includes('\\')) this.#code.addPlain(this.#output.write(type, 0, MAX_TYPE_BYTES, 'utf8'));
    }
  }
}

/** Nodes are ours to write to, as they come out of the skeleton. */
const isMember: (node: unknown) => node is Record<string, unknown> = isRecord;

/** Most nodes that are cut down come from the same pack, and what says so is parsed once. */
function giveProperties(nodes: readonly unknown[]): void {
  let last: unknown;
  for (const node of nodes) {
    if (!isMember(node)) continue;
    const place = node[PLACE];
    if (place === undefined) {
      node[PLACE] = node[PLACE_OF_LIKE];
      node.properties = last;
    } else if (Number(place) < 0 && node.properties !== undefined) last = node.properties;
  }
}

/** What was left out of the skeleton of the file that was read last, as the memory has it. */
class LeftOut {
  readonly #input: Buffer;
  readonly #repeats: Buffer;
  /** Where the links begin and end, and each node that was cut down, or the outputs of the others: 0 for none. */
  readonly #spans: Uint32Array;
  #files = 0;

  constructor(memory: ArrayBuffer) {
    this.#input = Buffer.from(memory, INPUT, OUTPUT - INPUT);
    this.#repeats = Buffer.from(memory, REPEATS);
    this.#spans = new Uint32Array(memory, SPANS, (INPUT - SPANS) / Uint32Array.BYTES_PER_ELEMENT);
  }

  /** Returns the number of a new file; what is asked of one before throws from now on. */
  begin(): number {
    return ++this.#files;
  }

  /** The JSON of a span; `undefined` for an empty one. */
  part(span: number, file: number): unknown {
    this.#check(file);
    const from = this.#spans[span * 2] ?? 0;
    return from === 0 ? undefined : parseRest(this.#input.subarray(from, this.#spans[span * 2 + 1]));
  }

  /** Makes a span an empty one. */
  forget(span: number): void {
    this.#spans[span * 2] = 0;
  }

  /** The list of so many bytes of the nodes that are not in the skeleton. */
  repeats(length: number, file: number): readonly unknown[] {
    this.#check(file);
    return length === 0 ? [] : asList(parseRest(this.#repeats.subarray(0, length)));
  }

  #check(file: number): void {
    if (file !== this.#files) throw new Error('The file that is asked for has made place for another');
  }
}

/** Throws `BrokenRest` for what is no JSON. */
function parseRest(bytes: Buffer): unknown {
  const part = parseBytes(bytes);
  if (part === undefined) throw new BrokenRest();
  return part;
}

class FileRest implements Rest {
  /** Those of the skeleton. */
  readonly #nodes: readonly unknown[];
  readonly #left: LeftOut;
  readonly #file: number;
  readonly #repeatsLength: number;
  #repeats: readonly unknown[] | undefined;
  #all: readonly unknown[] | undefined;
  #links: unknown;

  constructor(nodes: readonly unknown[], left: LeftOut, { file, repeatsLength }: { file: number; repeatsLength: number }) {
    this.#nodes = nodes;
    this.#left = left;
    this.#file = file;
    this.#repeatsLength = repeatsLength;
  }

  isCut(node: JsonRecord): boolean {
    return Number(node[PLACE]) < 0;
  }

  complete(node: JsonRecord): JsonRecord {
    const mark = Number(node[PLACE]);
    const place = mark < 0 ? -1 - mark : mark;
    if (this.#at(place) !== node) return node;
    const left = this.#left.part(place + 1, this.#file);
    this.#left.forget(place + 1);
    if (left === undefined) return node;
    if (mark >= 0) return Object.assign(node, { outputs: left });
    const { inputs, outputs, widgets_values, properties } = asRecord(left);
    return Object.assign(node, { inputs, outputs, widgets_values, properties });
  }

  #at(place: number): unknown {
    return place < MOST_NODES ? this.#nodes[place] : this.#listRepeats()[place - MOST_NODES];
  }

  links(): unknown {
    return (this.#links ??= this.#left.part(0, this.#file) ?? []);
  }

  nodes(): readonly unknown[] {
    return (this.#all ??= this.#repeatsLength === 0 ? this.#nodes : this.#inOrder());
  }

  /** Of the nodes that are not in the skeleton, each knows how many of it stand before. */
  #inOrder(): unknown[] {
    const all: unknown[] = [];
    let next = 0;
    for (const repeat of this.#listRepeats()) {
      for (const before = Number(asRecord(repeat)[BEFORE]); next < before; next++) all.push(this.#nodes[next]);
      all.push(repeat);
    }
    return [...all, ...this.#nodes.slice(next)];
  }

  #listRepeats(): readonly unknown[] {
    return (this.#repeats ??= this.#left.repeats(this.#repeatsLength, this.#file));
  }
}
