import { Kind } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** Source that is no Python, or more deeply nested than any that people write. The statement is skipped. */
export class SyntaxTrouble extends Error {}

/** A place in the tokens that only moves forward. */
export class TokenCursor {
  readonly tokens: Tokens;
  at: number;

  constructor(tokens: Tokens, at: number) {
    this.tokens = tokens;
    this.at = at;
  }

  get kind(): Kind {
    return this.tokens.kinds[this.at] ?? Kind.End;
  }

  get text(): string {
    return this.tokens.texts[this.at] ?? '';
  }

  isOperator(text: string): boolean {
    return this.kind === Kind.Operator && this.text === text;
  }

  isWord(text: string): boolean {
    return this.kind === Kind.Name && this.text === text;
  }

  /** Steps over an operator or a word when it stands here. */
  accept(text: string): boolean {
    if ((this.kind !== Kind.Operator && this.kind !== Kind.Name) || this.text !== text) return false;
    this.at++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw new SyntaxTrouble(`expected ${text}`);
  }

  expectName(): string {
    if (this.kind !== Kind.Name) throw new SyntaxTrouble('expected a name');
    const name = this.text;
    this.at++;
    return name;
  }
}
