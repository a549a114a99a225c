import { formatParts } from './format-text.ts';
import { SyntaxTrouble, TokenCursor } from './token-cursor.ts';
import { Kind, tokenize } from './tokens.ts';
import type { Tokens } from './tokens.ts';
import type { Argument, Clause, Expression, Parameter } from './syntax.ts';

const MAX_DEPTH = 120;
const OTHER: Expression = { kind: 'other' };

/** Binding power of the binary operators, from `|` to `**` (Python reference, "Operator precedence"). */
const POWERS: ReadonlyMap<string, number> = new Map(
  Object.entries({ '|': 2, '^': 3, '&': 4, '<<': 5, '>>': 5, '+': 6, '-': 6, '*': 7, '/': 7, '//': 7, '%': 7, '@': 7, '**': 9 }),
);
const UNARY_POWER = 8;
const COMPARISONS: ReadonlySet<string> = new Set(['<', '>', '==', '!=', '<=', '>=', 'in', 'is', 'not']);
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);
const CLOSERS: ReadonlySet<string> = new Set([')', ']', '}', ':', '=']);

/** Reads expressions at a place in the tokens that only moves forward. */
export class ExpressionParser extends TokenCursor {
  #depth: number;

  constructor(tokens: Tokens, at = 0, depth = 0) {
    super(tokens, at);
    this.#depth = depth;
  }

  /** One or more expressions; with a comma they are a tuple. */
  expressions(): Expression {
    const first = this.#starred();
    if (!this.isOperator(',')) return first;
    const items = [first];
    while (this.accept(',')) {
      if (this.#endsTuple()) break;
      items.push(this.#starred());
    }
    return { kind: 'sequence', form: 'tuple', items };
  }

  #endsTuple(): boolean {
    if (this.kind === Kind.Newline || this.kind === Kind.End) return true;
    return this.kind === Kind.Operator ? CLOSERS.has(this.text) || /^.=$/.test(this.text) : this.isWord('in');
  }

  #starred(): Expression {
    if (this.accept('*')) return { kind: 'star', value: this.#binary(2) };
    return this.expression();
  }

  /** One expression: a lambda, a choice, an assignment in brackets, or less. */
  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxTrouble('nested too deeply');
    try {
      if (this.isWord('lambda')) return this.#lambda();
      if (this.accept('yield')) return this.#yielded();
      const value = this.#either();
      if (this.isOperator(':=') && value.kind === 'name') {
        this.at++;
        return { kind: 'assignment', name: value.name, value: this.expression() };
      }
      if (!this.accept('if')) return value;
      const test = this.#either();
      this.expect('else');
      return { kind: 'choice', test, yes: value, no: this.expression() };
    } finally {
      this.#depth--;
    }
  }

  #yielded(): Expression {
    this.accept('from');
    if (!this.#endsTuple()) this.expressions();
    return OTHER;
  }

  #lambda(): Expression {
    this.at++;
    const parameters = this.parameters(':');
    return { kind: 'lambda', parameters, body: this.expression() };
  }

  /** Parameters up to and with their closing token. Annotations are stepped over. */
  parameters(close: ')' | ':'): Parameter[] {
    const parameters: Parameter[] = [];
    while (!this.accept(close)) {
      if (this.accept(',') || this.accept('/')) continue;
      const spread = this.accept('**') ? '**' : this.accept('*') ? '*' : '';
      if (spread === '*' && this.isOperator(',')) continue;
      const name = this.expectName();
      if (close === ')' && this.accept(':')) this.#starred();
      parameters.push({ name, spread, fallback: this.accept('=') ? this.expression() : null });
    }
    return parameters;
  }

  #either(): Expression {
    let left = this.#both();
    while (this.accept('or')) left = { kind: 'logic', operator: 'or', left, right: this.#both() };
    return left;
  }

  #both(): Expression {
    let left = this.#negation();
    while (this.accept('and')) left = { kind: 'logic', operator: 'and', left, right: this.#negation() };
    return left;
  }

  #negation(): Expression {
    let times = 0;
    while (this.accept('not')) times++;
    const operand = this.#comparison();
    return times % 2 === 0 ? operand : { kind: 'unary', operator: 'not', operand };
  }

  #comparison(): Expression {
    let left = this.#binary(2);
    while (COMPARISONS.has(this.text) && (this.kind === Kind.Operator || this.kind === Kind.Name)) {
      let operator = this.text;
      this.at++;
      if (operator === 'not') {
        this.expect('in');
        operator = 'not in';
      } else if (operator === 'is' && this.accept('not')) operator = 'is not';
      left = { kind: 'binary', operator, left, right: this.#binary(2) };
    }
    return left;
  }

  /** Operators of at least that power; `**` binds to the right. */
  #binary(power: number): Expression {
    let left = this.#unary();
    while (this.kind === Kind.Operator) {
      const operator = this.text;
      const own = POWERS.get(operator);
      if (own === undefined || own < power) break;
      this.at++;
      left = { kind: 'binary', operator, left, right: this.#binary(operator === '**' ? own : own + 1) };
    }
    return left;
  }

  #unary(): Expression {
    const operators: string[] = [];
    while (this.kind === Kind.Operator && (this.text === '-' || this.text === '+' || this.text === '~')) {
      operators.push(this.text);
      this.at++;
    }
    this.accept('await');
    if (operators.length === 0) return this.#postfix();
    const operand = this.#binary(UNARY_POWER);
    return operators.reduceRight<Expression>((value, operator) => ({ kind: 'unary', operator, operand: value }), operand);
  }

  #postfix(): Expression {
    let value = this.#atom();
    for (;;) {
      if (this.accept('.')) value = { kind: 'attribute', object: value, name: this.expectName() };
      else if (this.accept('(')) value = { kind: 'call', callee: value, args: this.arguments() };
      else if (this.accept('[')) value = { kind: 'index', object: value, index: this.#subscript() };
      else return value;
    }
  }

  /** Arguments up to and with the closing bracket. */
  arguments(): Argument[] {
    const args: Argument[] = [];
    while (!this.accept(')')) {
      args.push(this.#argument());
      if (!this.accept(',') && !this.isOperator(')')) throw new SyntaxTrouble('expected , or )');
    }
    return args;
  }

  #argument(): Argument {
    if (this.accept('**')) return { name: null, spread: '**', value: this.expression() };
    if (this.accept('*')) return { name: null, spread: '*', value: this.expression() };
    if (this.kind === Kind.Name && this.tokens.texts[this.at + 1] === '=' && this.tokens.kinds[this.at + 1] === Kind.Operator) {
      const name = this.expectName();
      this.at++;
      return { name, spread: '', value: this.expression() };
    }
    const value = this.expression();
    if (!this.#startsClause()) return { name: null, spread: '', value };
    return { name: null, spread: '', value: { kind: 'comprehension', form: 'list', key: null, item: value, clauses: this.#clauses() } };
  }

  #subscript(): Expression {
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.accept(']')) {
      items.push(this.#sliceOrValue());
      if (this.accept(',')) isTuple = true;
      else if (!this.isOperator(']')) throw new SyntaxTrouble('expected ]');
    }
    const [only] = items;
    if (only === undefined) throw new SyntaxTrouble('an empty index');
    return isTuple ? { kind: 'sequence', form: 'tuple', items } : only;
  }

  #sliceOrValue(): Expression {
    const from = this.isOperator(':') ? null : this.#starred();
    if (!this.accept(':')) return from ?? OTHER;
    const to = this.#sliceBound();
    const step = this.accept(':') ? this.#sliceBound() : null;
    return { kind: 'slice', from, to, step };
  }

  #sliceBound(): Expression | null {
    return this.isOperator(':') || this.isOperator(']') || this.isOperator(',') ? null : this.expression();
  }

  #atom(): Expression {
    if (this.kind === Kind.Text || this.kind === Kind.Format) return this.#texts();
    if (this.kind === Kind.Number) {
      const value = Number(this.text.replaceAll('_', ''));
      this.at++;
      return Number.isNaN(value) ? OTHER : { kind: 'constant', value };
    }
    if (this.kind === Kind.Name) {
      const name = this.expectName();
      const constant = CONSTANTS.get(name);
      return constant === undefined ? { kind: 'name', name } : { kind: 'constant', value: constant };
    }
    if (this.accept('(')) return this.#brackets();
    if (this.accept('[')) return this.#sequence(']', 'list');
    if (this.accept('{')) return this.#braces();
    if (this.accept('...')) return OTHER;
    throw new SyntaxTrouble(`unexpected ${this.text}`);
  }

  /** Texts that follow each other are one. */
  #texts(): Expression {
    const parts: (string | Expression)[] = [];
    let plain = '';
    let isFormat = false;
    while (this.kind === Kind.Text || this.kind === Kind.Format) {
      if (this.kind === Kind.Format) {
        isFormat = true;
        parts.push(...formatParts(this.text, (source) => fieldExpression(source, this.#depth + 1)));
      } else {
        plain += this.text;
        parts.push(this.text);
      }
      this.at++;
    }
    return isFormat ? { kind: 'format', parts } : { kind: 'constant', value: plain };
  }

  #brackets(): Expression {
    if (this.accept(')')) return { kind: 'sequence', form: 'tuple', items: [] };
    const first = this.#starred();
    if (this.#startsClause()) {
      const clauses = this.#clauses();
      this.expect(')');
      return { kind: 'comprehension', form: 'list', key: null, item: first, clauses };
    }
    if (this.accept(')')) return first;
    const rest = this.#rest(')');
    return { kind: 'sequence', form: 'tuple', items: [first, ...rest] };
  }

  #sequence(close: ']' | '}', form: 'list' | 'set'): Expression {
    if (this.accept(close)) return { kind: 'sequence', form, items: [] };
    return this.#sequenceFrom(this.#starred(), close, form);
  }

  #sequenceFrom(first: Expression, close: ']' | '}', form: 'list' | 'set'): Expression {
    if (!this.#startsClause()) return { kind: 'sequence', form, items: [first, ...this.#rest(close)] };
    const clauses = this.#clauses();
    this.expect(close);
    return { kind: 'comprehension', form, key: null, item: first, clauses };
  }

  #rest(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.accept(close)) {
      this.expect(',');
      if (this.accept(close)) break;
      items.push(this.#starred());
    }
    return items;
  }

  #braces(): Expression {
    if (this.accept('}')) return { kind: 'dict', entries: [] };
    if (this.isOperator('**')) return this.#dict([]);
    const first = this.#starred();
    if (!this.accept(':')) return this.#sequenceFrom(first, '}', 'set');
    const value = this.expression();
    if (!this.#startsClause()) {
      const entries: [Expression | null, Expression][] = [[first, value]];
      return this.accept(',') ? this.#dict(entries) : this.#closeDict(entries);
    }
    const clauses = this.#clauses();
    this.expect('}');
    return { kind: 'comprehension', form: 'dict', key: first, item: value, clauses };
  }

  #dict(entries: [Expression | null, Expression][]): Expression {
    while (!this.isOperator('}')) {
      if (this.accept('**')) entries.push([null, this.#binary(2)]);
      else {
        const key = this.expression();
        this.expect(':');
        entries.push([key, this.expression()]);
      }
      if (!this.accept(',')) break;
    }
    return this.#closeDict(entries);
  }

  #closeDict(entries: [Expression | null, Expression][]): Expression {
    this.expect('}');
    return { kind: 'dict', entries };
  }

  #startsClause(): boolean {
    return this.isWord('for') || (this.isWord('async') && this.tokens.texts[this.at + 1] === 'for');
  }

  #clauses(): Clause[] {
    const clauses: Clause[] = [];
    while (this.#startsClause()) {
      this.accept('async');
      this.expect('for');
      const target = this.targets();
      this.expect('in');
      const source = this.#either();
      const tests: Expression[] = [];
      while (this.accept('if')) tests.push(this.#either());
      clauses.push({ target, source, tests });
    }
    return clauses;
  }

  /** What a loop assigns to: names, with or without brackets. */
  targets(): Expression {
    const items: Expression[] = [];
    let isTuple = false;
    do {
      if (this.isWord('in')) break;
      const isStar = this.accept('*');
      const value = this.#postfix();
      items.push(isStar ? { kind: 'star', value } : value);
    } while (this.accept(',') && (isTuple = true));
    const [only] = items;
    return !isTuple && only !== undefined ? only : { kind: 'sequence', form: 'tuple', items };
  }
}

/** The expression in a field of a formatted text, `other` for one that cannot be read. */
function fieldExpression(source: string, depth: number): Expression {
  if (depth > MAX_DEPTH) return OTHER;
  try {
    return new ExpressionParser(tokenize(source.trim()), 0, depth).expressions();
  } catch {
    return OTHER;
  }
}
