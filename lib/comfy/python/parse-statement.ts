import { ExpressionParser } from './parse-expression.ts';
import type { ClassStatement, Expression, FunctionStatement, LazyBlock, Statement } from './syntax.ts';
import { SyntaxTrouble } from './token-cursor.ts';
import { Kind, tokenize } from './tokens.ts';
import type { Tokens } from './tokens.ts';

const MAX_DEPTH = 60;
const AUGMENT = /^(?:[+\-*/%&|^@]|\/\/|\*\*|<<|>>)=$/;

/** A file's top-level statements, and its tokens for those who look for patterns. Never throws: what cannot be read is left out. */
export function parseModule(source: string): { statements: Statement[]; tokens: Tokens } {
  const tokens = tokenize(source);
  return { statements: new StatementParser(tokens, 0, 0).statements(), tokens };
}

class StatementParser {
  readonly #tokens: Tokens;
  readonly #parser: ExpressionParser;
  readonly #depth: number;

  constructor(tokens: Tokens, at: number, depth: number) {
    this.#tokens = tokens;
    this.#parser = new ExpressionParser(tokens, at);
    this.#depth = depth;
  }

  /** Statements up to the end of the block that they stand in. */
  statements(): Statement[] {
    const statements: Statement[] = [];
    const parser = this.#parser;
    while (parser.kind !== Kind.End && parser.kind !== Kind.Dedent) {
      if (parser.kind === Kind.Newline) parser.at++;
      else if (parser.kind === Kind.Indent) this.#skipBlock();
      else this.#guarded(statements);
    }
    return statements;
  }

  /** A statement that cannot be read is skipped with the block that belongs to it. */
  #guarded(statements: Statement[]): void {
    const start = this.#parser.at;
    try {
      statements.push(...this.#statement());
    } catch (error) {
      if (!(error instanceof SyntaxTrouble)) throw error;
      this.#parser.at = Math.max(this.#parser.at, start + 1);
      this.#skipLine();
    }
  }

  #skipLine(): void {
    const parser = this.#parser;
    let depth = 0;
    for (; parser.kind !== Kind.End; parser.at++) {
      if (parser.kind === Kind.Indent) depth++;
      else if (parser.kind === Kind.Dedent && depth-- === 0) return;
      else if (parser.kind === Kind.Newline && depth === 0) {
        parser.at++;
        return;
      }
    }
  }

  /** Steps over a block from its Indent to behind its Dedent. */
  #skipBlock(): void {
    const parser = this.#parser;
    let depth = 0;
    do {
      if (parser.kind === Kind.Indent) depth++;
      else if (parser.kind === Kind.Dedent) depth--;
      parser.at++;
    } while (depth > 0 && parser.kind !== Kind.End);
  }

  #statement(): Statement[] {
    const parser = this.#parser;
    if (parser.isOperator('@')) return [this.#decorated()];
    if (parser.kind === Kind.Name) {
      const compound = this.#compound();
      if (compound !== undefined) return [compound];
    }
    return this.#simpleLine();
  }

  #compound(): Statement | undefined {
    const parser = this.#parser;
    if (parser.isWord('async')) parser.at++;
    switch (parser.text) {
      case 'def':
        return this.#function([]);
      case 'class':
        return this.#class([]);
      case 'if':
        return this.#if();
      case 'for':
        return this.#for();
      case 'while':
        return this.#while();
      case 'with':
        return this.#with();
      case 'try':
        return this.#try();
      default:
        return undefined;
    }
  }

  #decorated(): Statement {
    const parser = this.#parser;
    const decorators: Expression[] = [];
    while (parser.accept('@')) {
      decorators.push(parser.expression());
      while (parser.kind === Kind.Newline) parser.at++;
    }
    parser.accept('async');
    return parser.isWord('class') ? this.#class(decorators) : this.#function(decorators);
  }

  #function(decorators: Expression[]): FunctionStatement {
    const parser = this.#parser;
    parser.expect('def');
    const name = parser.expectName();
    this.#skipTypeParameters();
    parser.expect('(');
    const parameters = parser.parameters(')');
    if (parser.accept('->')) parser.expressions();
    return { kind: 'function', name, parameters, decorators, body: this.#lazyBlock() };
  }

  #class(decorators: Expression[]): ClassStatement {
    const parser = this.#parser;
    parser.expect('class');
    const name = parser.expectName();
    this.#skipTypeParameters();
    const bases = parser.accept('(') ? parser.arguments() : [];
    return { kind: 'class', name, bases, decorators, body: this.#lazyBlock() };
  }

  #skipTypeParameters(): void {
    const parser = this.#parser;
    if (!parser.accept('[')) return;
    for (let depth = 1; depth > 0 && parser.kind !== Kind.End; parser.at++) {
      if (parser.isOperator('[')) depth++;
      else if (parser.isOperator(']')) depth--;
    }
  }

  /** Steps over `: block`, to be read when somebody asks. */
  #lazyBlock(): LazyBlock {
    const parser = this.#parser;
    parser.expect(':');
    const start = parser.at;
    if (parser.kind === Kind.Newline) {
      parser.at++;
      if (this.#opensBlock()) this.#skipBlock();
    } else this.#skipLine();
    return this.#blockAt(start, parser.at);
  }

  #blockAt(start: number, end: number): LazyBlock {
    const tokens = this.#tokens;
    const depth = this.#depth + 1;
    let statements: Statement[] | undefined;
    const read = (): Statement[] => (statements ??= depth > MAX_DEPTH ? [] : new StatementParser(tokens, start, depth).#body());
    return { read, start, end };
  }

  /** The statements after a colon, on the same line or in a block. */
  #block(): Statement[] {
    this.#parser.expect(':');
    return this.#body();
  }

  #body(): Statement[] {
    const parser = this.#parser;
    if (parser.kind !== Kind.Newline) return this.#simpleLine();
    parser.at++;
    if (!this.#opensBlock()) return [];
    if (this.#depth > MAX_DEPTH) {
      this.#skipBlock();
      return [];
    }
    parser.at++;
    const inner = new StatementParser(this.#tokens, parser.at, this.#depth + 1);
    const statements = inner.statements();
    parser.at = inner.#parser.at + (inner.#parser.kind === Kind.Dedent ? 1 : 0);
    return statements;
  }

  #opensBlock(): boolean {
    return this.#parser.kind === Kind.Indent;
  }

  #if(): Statement {
    this.#parser.at++;
    const test = this.#parser.expression();
    return { kind: 'if', test, yes: this.#block(), no: this.#else() };
  }

  #else(): Statement[] {
    if (this.#parser.isWord('elif')) return [this.#if()];
    return this.#parser.accept('else') ? this.#block() : [];
  }

  #for(): Statement {
    const parser = this.#parser;
    parser.at++;
    const target = parser.targets();
    parser.expect('in');
    const source = parser.expressions();
    const body = this.#block();
    return { kind: 'for', target, source, body: [...body, ...this.#else()] };
  }

  #while(): Statement {
    this.#parser.at++;
    const test = this.#parser.expression();
    const body = this.#block();
    this.#else();
    return { kind: 'while', test, body };
  }

  #with(): Statement {
    const parser = this.#parser;
    parser.at++;
    const isBracketed = this.#isBracketedWith();
    if (isBracketed) parser.at++;
    const items: { value: Expression; target: Expression | null }[] = [];
    do {
      if (isBracketed && parser.isOperator(')')) break;
      const value = parser.expression();
      items.push({ value, target: parser.accept('as') ? parser.expression() : null });
    } while (parser.accept(','));
    if (isBracketed) parser.expect(')');
    return { kind: 'with', items, body: this.#block() };
  }

  /** `with (open(a) as b, ...):`, the brackets of which are no expression. */
  #isBracketedWith(): boolean {
    const { kinds, texts } = this.#tokens;
    if (!this.#parser.isOperator('(')) return false;
    let depth = 0;
    for (let at = this.#parser.at; kinds[at] !== Kind.Newline && kinds[at] !== Kind.End; at++) {
      if (kinds[at] === Kind.Name && texts[at] === 'as' && depth === 1) return true;
      if (kinds[at] !== Kind.Operator) continue;
      if ('([{'.includes(texts[at] ?? '')) depth++;
      else if (')]}'.includes(texts[at] ?? '') && --depth === 0) return false;
    }
    return false;
  }

  #try(): Statement {
    const parser = this.#parser;
    parser.at++;
    const body = this.#block();
    const handlers: Statement[] = [];
    while (parser.accept('except')) {
      parser.accept('*');
      if (!parser.isOperator(':')) parser.expressions();
      if (parser.accept('as')) parser.expectName();
      handlers.push(...this.#block());
    }
    if (parser.accept('else')) body.push(...this.#block());
    return { kind: 'try', body, handlers, finish: parser.accept('finally') ? this.#block() : [] };
  }

  /** Small statements with `;` between them, up to and with the end of the line. */
  #simpleLine(): Statement[] {
    const parser = this.#parser;
    const statements: Statement[] = [];
    while (parser.kind !== Kind.Newline && parser.kind !== Kind.End) {
      const statement = this.#simple();
      if (statement !== undefined) statements.push(statement);
      if (!parser.accept(';')) break;
    }
    if (parser.kind !== Kind.Newline && parser.kind !== Kind.End) throw new SyntaxTrouble('expected the end of the line');
    parser.at++;
    return statements;
  }

  #simple(): Statement | undefined {
    const parser = this.#parser;
    if (parser.accept('pass')) return undefined;
    if (parser.accept('import')) return this.#import();
    if (parser.accept('from')) return this.#from();
    if (parser.accept('return')) return { kind: 'return', value: parser.kind === Kind.Newline ? null : parser.expressions() };
    if (parser.accept('global') || parser.accept('nonlocal')) return { kind: 'global', names: this.#names() };
    if (parser.accept('del')) return { kind: 'delete', targets: itemsOf(parser.expressions()) };
    if (parser.accept('break')) return { kind: 'leave', how: 'break' };
    if (parser.accept('continue')) return { kind: 'leave', how: 'continue' };
    if (parser.isWord('raise') || parser.isWord('assert')) return this.#raise();
    return this.#assignment();
  }

  #raise(): Statement | undefined {
    const isRaise = this.#parser.text === 'raise';
    while (this.#parser.kind !== Kind.Newline && this.#parser.kind !== Kind.End) this.#parser.at++;
    return isRaise ? { kind: 'leave', how: 'raise' } : undefined;
  }

  #names(): string[] {
    const names = [this.#parser.expectName()];
    while (this.#parser.accept(',')) names.push(this.#parser.expectName());
    return names;
  }

  #import(): Statement {
    const modules: { path: string; name: string | null }[] = [];
    do {
      const path = this.#dottedName();
      modules.push({ path, name: this.#parser.accept('as') ? this.#parser.expectName() : null });
    } while (this.#parser.accept(','));
    return { kind: 'import', modules };
  }

  #dottedName(): string {
    let path = this.#parser.expectName();
    while (this.#parser.accept('.')) path += `.${this.#parser.expectName()}`;
    return path;
  }

  #from(): Statement {
    const parser = this.#parser;
    let level = 0;
    for (; parser.isOperator('.') || parser.isOperator('...'); parser.at++) level += parser.text.length;
    const path = parser.isWord('import') ? '' : this.#dottedName();
    parser.expect('import');
    if (parser.accept('*')) return { kind: 'from', level, path, names: '*' };
    const isBracketed = parser.accept('(');
    const names: { name: string; as: string }[] = [];
    do {
      if (isBracketed && parser.isOperator(')')) break;
      const name = parser.expectName();
      names.push({ name, as: parser.accept('as') ? parser.expectName() : name });
    } while (parser.accept(','));
    if (isBracketed) parser.expect(')');
    return { kind: 'from', level, path, names };
  }

  #assignment(): Statement {
    const parser = this.#parser;
    const first = parser.expressions();
    if (parser.accept(':')) {
      parser.expression();
      return parser.accept('=')
        ? { kind: 'assign', targets: [first], value: parser.expressions() }
        : { kind: 'expression', value: { kind: 'other' } };
    }
    if (parser.kind === Kind.Operator && AUGMENT.test(parser.text)) {
      const operator = parser.text.slice(0, -1);
      parser.at++;
      return { kind: 'augment', target: first, operator, value: parser.expressions() };
    }
    const chain = [first];
    while (parser.accept('=')) chain.push(parser.expressions());
    const value = chain.pop() ?? first;
    return chain.length === 0 ? { kind: 'expression', value } : { kind: 'assign', targets: chain, value };
  }
}

function itemsOf(value: Expression): Expression[] {
  return value.kind === 'sequence' ? value.items : [value];
}
