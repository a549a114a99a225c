import { systemErrorCode } from '../core/error.ts';

/** Where text goes. `stdout` has results, `stderr` progress and logs. */
export interface Streams {
  stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & { rows?: number };
  stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & { rows?: number };
}

/** The same streams, with every text passed through `change` on its way out. A reader that has gone away (`| head`) stops no run. */
export function changeText(streams: Streams, change: (text: string) => string): Streams {
  return { stdout: changeStream(streams.stdout, change), stderr: changeStream(streams.stderr, change) };
}

function changeStream(stream: Streams['stdout'], change: (text: string) => string): Streams['stdout'] {
  return {
    write: (text: string | Uint8Array) => writeUnlessClosed(stream, typeof text === 'string' ? change(text) : text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows ?? 0;
    },
  };
}

function writeUnlessClosed(stream: Streams['stdout'], text: string | Uint8Array): boolean {
  try {
    return stream.write(text);
  } catch (error) {
    if (systemErrorCode(error) === 'EPIPE') return false;
    throw error;
  }
}

/** A line that wraps would be two, and the first of them would stay when the moving lines are drawn anew. */
function clip(line: string, columns: number): string {
  let clipped = line;
  while (Bun.stringWidth(clipped) > columns) clipped = clipped.slice(0, -1);
  return clipped;
}

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_LINE = '\u001B[2K';

/**
 * The two streams as one picture: lines that stay, and below them a few lines that move (on a terminal only). A line that is printed
 * pushes the moving ones down.
 */
export class Terminal {
  /** Moving lines can be shown. */
  readonly live: boolean;
  readonly #streams: Streams;
  #shown = 0;
  #lines: string[] = [];

  constructor(streams: Streams, options: { live: boolean }) {
    this.#streams = streams;
    this.live = options.live && streams.stderr.isTTY;
  }

  get columns(): number {
    return this.#streams.stderr.columns || 80;
  }

  get rows(): number {
    return this.#streams.stderr.rows || 24;
  }

  /** A line of the result, on stdout. */
  print(line: string): void {
    this.#around(() => this.#streams.stdout.write(`${line}\n`));
  }

  /** A line of progress or of the log, on stderr. */
  note(line: string): void {
    this.#around(() => this.#streams.stderr.write(`${line}\n`));
  }

  /** Replaces the moving lines; none takes them away. */
  show(lines: readonly string[]): void {
    if (!this.live) return;
    if (this.#shown === 0 && lines.length > 0) this.#streams.stderr.write(HIDE_CURSOR);
    this.#erase();
    this.#lines = lines.map((line) => clip(line, this.columns));
    this.#draw();
    if (lines.length === 0) this.#streams.stderr.write(SHOW_CURSOR);
  }

  #around(write: () => void): void {
    this.#erase();
    write();
    this.#draw();
  }

  #draw(): void {
    if (this.#lines.length === 0) return;
    this.#streams.stderr.write(`${this.#lines.join('\n')}\n`);
    this.#shown = this.#lines.length;
  }

  #erase(): void {
    if (this.#shown === 0) return;
    this.#streams.stderr.write(`\u001B[${this.#shown}A${`${CLEAR_LINE}\n`.repeat(this.#shown)}\u001B[${this.#shown}A`);
    this.#shown = 0;
  }
}
