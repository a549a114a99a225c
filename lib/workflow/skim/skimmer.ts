import { readFileSync } from 'node:fs';
import { parseBytes } from '../containers/parse-bytes.ts';
import { asList, asRecord, isRecord, type JsonRecord } from '../narrow.ts';
import { BrokenRest, setRest } from './skeleton.ts';
import code from './skim.wasm' with { type: 'file' };

/*
 * Most of a workflow's JSON is of no use to whoever looks for names: positions and sizes, colours, and the sockets and numbers of nodes that
 * load nothing. `assembly/skim.ts` copies the rest in a fifth of the time that parsing all of it takes; the copy has a third of the bytes
 * (made workflows, Bun 1.4.5, 2026-11).
 */

/** Where things lie in the memory, as in `assembly/skim.ts`. */
const SPANS = 65_536;
const INPUT = 1_048_576;
const OUTPUT = 2_162_688;
/** Behind the input, for those who read 64 bytes at a time. */
const PADDING = 64;
const SPACE = 0x20;
const MAX_TYPES = 4000;
const MAX_TYPE_BYTES = 200;
/** The key under which each node of a skeleton has its place in the list, counted down from -1 when more than its outputs was left out of it. */
const PLACE = '#';

interface Code {
  memory: WebAssembly.Memory;
  /** A type of so many bytes, which stands at the beginning of the output. */
  addPlain: (length: number) => void;
  forgetPlain: () => void;
  /** Of an input of so many bytes, and the padding behind it. Returns the length of the output, 0 for none. */
  skim: (length: number) => number;
}

/** Makes skeletons of files: one for all that a thread reads, one after the other. */
export class Skimmer {
  /** Where the bytes of a file are put. */
  readonly input: Buffer;
  readonly #code: Code;
  readonly #output: Buffer;
  /** Where the links begin and end, and each node that was cut down, or the outputs of the others: 0 for none. */
  readonly #spans: Uint32Array;
  #plain: readonly string[] = [];
  #told = 0;
  #files = 0;

  /** Throws where the machine cannot run the code: it needs vectors of 128 bits. */
  constructor() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(code)));
    this.#code = exports as unknown as Code;
    const { buffer } = this.#code.memory;
    this.input = Buffer.from(buffer, INPUT, OUTPUT - INPUT - PADDING);
    this.#output = Buffer.from(buffer, OUTPUT);
    this.#spans = new Uint32Array(buffer, SPANS, (INPUT - SPANS) / Uint32Array.BYTES_PER_ELEMENT);
  }

  /**
   * The skeleton of the JSON object that is the first so many bytes of the input; `undefined` for one that is no workflow at its top, is no
   * JSON, or is written in an unusual way: it has to be parsed. Nodes of plain types are cut down unless they hold a text that may be a name;
   * the list of types may grow from one call to the next. A skeleton is good until the next file is put in the input.
   */
  skim(length: number, plain: readonly string[]): JsonRecord | undefined {
    this.#tell(plain);
    this.input.fill(SPACE, length, length + PADDING);
    const file = ++this.#files;
    const made = this.#code.skim(length);
    const graph = made === 0 ? undefined : parseBytes(this.#output.subarray(0, made));
    if (!isRecord(graph)) return undefined;
    const nodes = asList(graph.nodes);
    let links: unknown;
    setRest(graph, {
      isCut: (node) => Number(node[PLACE]) < 0,
      complete: (node) => this.#complete(node, nodes, file),
      links: () => (links ??= this.#part(0, file) ?? []),
    });
    return graph;
  }

  #tell(plain: readonly string[]): void {
    if (plain !== this.#plain) {
      this.#code.forgetPlain();
      this.#plain = plain;
      this.#told = 0;
    }
    for (; this.#told < Math.min(plain.length, MAX_TYPES); this.#told++) {
      this.#code.addPlain(this.#output.write(plain[this.#told] ?? '', 0, MAX_TYPE_BYTES, 'utf8'));
    }
  }

  /** Gives a node what was left out of it, once. */
  #complete(node: JsonRecord, nodes: readonly unknown[], file: number): JsonRecord {
    const mark = Number(node[PLACE]);
    const place = mark < 0 ? -1 - mark : mark;
    if (nodes[place] !== node) return node;
    const left = this.#part(place + 1, file);
    this.#spans[(place + 1) * 2] = 0;
    if (mark >= 0) return left === undefined ? node : Object.assign(node, { outputs: left });
    const { inputs, outputs, widgets_values, properties } = asRecord(left);
    return Object.assign(node, { inputs, outputs, widgets_values, properties, [PLACE]: place });
  }

  /** The JSON of a span; `undefined` for an empty one. */
  #part(span: number, file: number): unknown {
    if (file !== this.#files) throw new Error('The file that is asked for has made place for another');
    const from = this.#spans[span * 2] ?? 0;
    if (from === 0) return undefined;
    const part = parseBytes(this.input.subarray(from, this.#spans[span * 2 + 1]));
    if (part === undefined) throw new BrokenRest();
    return part;
  }
}
