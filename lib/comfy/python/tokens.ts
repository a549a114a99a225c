/** What a token is. A block's begin and end are tokens of their own, as in Python's own tokenizer. */
export const enum Kind {
  Name,
  Number,
  Text,
  /** Formatted text: the raw inside, its expressions not read yet. */
  Format,
  Operator,
  Newline,
  Indent,
  Dedent,
  End,
}

/** The tokens of a file, side by side: `texts[i]` is the decoded value of a text, else the letters. */
export interface Tokens {
  readonly kinds: Kind[];
  readonly texts: string[];
}

const OPERATORS = [
  '**=',
  '//=',
  '>>=',
  '<<=',
  '...',
  '!=',
  '==',
  '<=',
  '>=',
  '->',
  ':=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '@=',
  '**',
  '//',
  '<<',
  '>>',
];
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const NUMBER = /0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?/y;
const PREFIX = /^(?:[rR][bBfF]?|[bB][rR]?|[fF][rR]?|[uU]|[tT][rR]?|[rR][tT])$/;
const TAB_STOP = 8;

/** Splits Python source into tokens in one pass over the text. Never throws: what Python would refuse becomes an operator of one letter. */
export function tokenize(source: string): Tokens {
  return new Tokenizer(source.charCodeAt(0) === 0xfeff ? source.slice(1) : source).run();
}

class Tokenizer {
  readonly #source: string;
  readonly #kinds: Kind[] = [];
  readonly #texts: string[] = [];
  readonly #indents: number[] = [0];
  #at = 0;
  /** Open brackets: line ends inside them mean nothing. */
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Tokens {
    this.#indentation();
    while (this.#at < this.#source.length) this.#next();
    if (this.#kinds.at(-1) !== Kind.Newline) this.#push(Kind.Newline, '');
    while (this.#indents.length > 1) this.#closeBlock();
    this.#push(Kind.End, '');
    return { kinds: this.#kinds, texts: this.#texts };
  }

  #push(kind: Kind, text: string): void {
    this.#kinds.push(kind);
    this.#texts.push(text);
  }

  #next(): void {
    const letter = this.#source.charAt(this.#at);
    if (letter === '\n' || letter === '\r') this.#lineEnd();
    else if (letter === ' ' || letter === '\t' || letter === '\f') this.#at++;
    else if (letter === '#') this.#comment();
    else if (letter === '\\') this.#continuation();
    else if (letter === '"' || letter === "'") this.#text('');
    else if (isDigit(letter) || (letter === '.' && isDigit(this.#source.charAt(this.#at + 1)))) this.#number();
    else this.#nameOrOperator();
  }

  #lineEnd(): void {
    if (this.#source.startsWith('\r\n', this.#at)) this.#at++;
    this.#at++;
    if (this.#depth > 0) return;
    const last = this.#kinds.at(-1);
    if (last !== undefined && last !== Kind.Newline && last !== Kind.Indent && last !== Kind.Dedent) this.#push(Kind.Newline, '');
    this.#indentation();
  }

  /** Measures the next line's indentation; a line that is blank or a comment opens and closes no block. */
  #indentation(): void {
    let column = 0;
    let at = this.#at;
    for (; at < this.#source.length; at++) {
      const letter = this.#source.charAt(at);
      if (letter === ' ') column++;
      else if (letter === '\t') column = (Math.floor(column / TAB_STOP) + 1) * TAB_STOP;
      else if (letter !== '\f') break;
    }
    this.#at = at;
    const letter = this.#source.charAt(at);
    if (letter === '' || letter === '#' || letter === '\n' || letter === '\r') return;
    if (column > (this.#indents.at(-1) ?? 0)) {
      this.#indents.push(column);
      this.#push(Kind.Indent, '');
    }
    while (column < (this.#indents.at(-1) ?? 0)) this.#closeBlock();
  }

  #closeBlock(): void {
    this.#indents.pop();
    this.#push(Kind.Dedent, '');
  }

  #comment(): void {
    while (this.#at < this.#source.length && !isLineEnd(this.#source.charAt(this.#at))) this.#at++;
  }

  #continuation(): void {
    this.#at++;
    if (this.#source.startsWith('\r\n', this.#at)) this.#at += 2;
    else if (isLineEnd(this.#source.charAt(this.#at))) this.#at++;
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#source)?.[0] ?? this.#source.charAt(this.#at);
    this.#push(Kind.Number, text);
    this.#at += text.length;
  }

  #nameOrOperator(): void {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#source)?.[0];
    if (name === undefined) return this.#operator();
    this.#at += name.length;
    const quote = this.#source.charAt(this.#at);
    if ((quote === '"' || quote === "'") && name.length <= 2 && PREFIX.test(name)) this.#text(name.toLowerCase());
    else this.#push(Kind.Name, name.normalize('NFKC'));
  }

  #operator(): void {
    const text = OPERATORS.find((operator) => this.#source.startsWith(operator, this.#at)) ?? this.#source.charAt(this.#at);
    if (text === '(' || text === '[' || text === '{') this.#depth++;
    else if (text === ')' || text === ']' || text === '}') this.#depth = Math.max(0, this.#depth - 1);
    this.#push(Kind.Operator, text);
    this.#at += text.length;
  }

  #text(prefix: string): void {
    const quote = this.#source.charAt(this.#at);
    const isTriple = this.#source.startsWith(quote.repeat(3), this.#at);
    const start = this.#at + (isTriple ? 3 : 1);
    const end = this.#textEnd(start, quote, isTriple);
    const raw = this.#source.slice(start, end);
    this.#at = Math.min(this.#source.length, end + (isTriple ? 3 : 1));
    const isFormat = prefix.includes('f') || prefix.includes('t');
    if (isFormat) this.#push(Kind.Format, raw);
    else this.#push(Kind.Text, prefix.includes('r') ? raw : unescapeText(raw));
  }

  /** Where the text ends: its closing quotes, or, for a plain text that nobody closed, the end of the line. */
  #textEnd(start: number, quote: string, isTriple: boolean): number {
    const close = isTriple ? quote.repeat(3) : quote;
    let at = start;
    while (at < this.#source.length) {
      const letter = this.#source.charAt(at);
      if (letter === '\\') at += 2;
      else if (letter === quote && this.#source.startsWith(close, at)) return at;
      else if (!isTriple && letter === '\n') return at;
      else at++;
    }
    return this.#source.length;
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', '\n': '', a: '\u0007', b: '\b', f: '\f', v: '\v' }),
);
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|\r?([\s\S]))/g;

/** The letters that a text with escapes stands for; an escape that Python does not know stays as written. */
export function unescapeText(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replaceAll(ESCAPE, (whole: string, ...groups: (string | undefined)[]) => {
    const [byte, short, long, octal, letter] = groups;
    const hex = byte ?? short ?? long;
    if (hex !== undefined) return fromCode(Number.parseInt(hex, 16), whole);
    if (octal !== undefined) return fromCode(Number.parseInt(octal, 8), whole);
    return ESCAPES.get(letter ?? '') ?? whole;
  });
}

function fromCode(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}

function isDigit(letter: string): boolean {
  return letter >= '0' && letter <= '9';
}

function isLineEnd(letter: string): boolean {
  return letter === '\n' || letter === '\r';
}
