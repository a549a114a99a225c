/** Python's syntax as far as reading declarations needs it. What is not needed is `other`, and has no value. */

export type Expression =
  | { kind: 'constant'; value: string | number | boolean | null }
  | { kind: 'name'; name: string }
  | { kind: 'format'; parts: (string | Expression)[] }
  | { kind: 'sequence'; form: 'list' | 'tuple' | 'set'; items: Expression[] }
  | { kind: 'star'; value: Expression }
  /** A key of `null` is `**value`. */
  | { kind: 'dict'; entries: [key: Expression | null, value: Expression][] }
  | { kind: 'attribute'; object: Expression; name: string }
  | { kind: 'index'; object: Expression; index: Expression }
  | { kind: 'slice'; from: Expression | null; to: Expression | null; step: Expression | null }
  | { kind: 'call'; callee: Expression; args: Argument[] }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'unary'; operator: string; operand: Expression }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'choice'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'comprehension'; form: 'list' | 'set' | 'dict'; key: Expression | null; item: Expression; clauses: Clause[] }
  | { kind: 'lambda'; parameters: Parameter[]; body: Expression }
  | { kind: 'assignment'; name: string; value: Expression }
  | { kind: 'other' };

/** `name` is set for a keyword; `spread` for `*value` and `**value`. */
export interface Argument {
  name: string | null;
  spread: '' | '*' | '**';
  value: Expression;
}

export interface Clause {
  target: Expression;
  source: Expression;
  tests: Expression[];
}

export interface Parameter {
  name: string;
  spread: '' | '*' | '**';
  /** The value when the caller gives none; `null` when there is none. */
  fallback: Expression | null;
}

export type Statement =
  | { kind: 'expression'; value: Expression }
  | { kind: 'assign'; targets: Expression[]; value: Expression }
  | { kind: 'augment'; target: Expression; operator: string; value: Expression }
  | { kind: 'import'; modules: { path: string; name: string | null }[] }
  | { kind: 'from'; level: number; path: string; names: { name: string; as: string }[] | '*' }
  | { kind: 'if'; test: Expression; yes: Statement[]; no: Statement[] }
  | { kind: 'for'; target: Expression; source: Expression; body: Statement[] }
  | { kind: 'while'; test: Expression; body: Statement[] }
  | { kind: 'with'; items: { value: Expression; target: Expression | null }[]; body: Statement[] }
  | { kind: 'try'; body: Statement[]; handlers: Statement[]; finish: Statement[] }
  | FunctionStatement
  | ClassStatement
  | { kind: 'return'; value: Expression | null }
  | { kind: 'global'; names: string[] }
  | { kind: 'delete'; targets: Expression[] }
  | { kind: 'leave'; how: 'break' | 'continue' | 'raise' };

/** Statements that are read when they are first needed: most functions never are. */
export interface LazyBlock {
  read(): Statement[];
  /** Its tokens, from `start` up to `end`, for those who look for a pattern only. */
  readonly start: number;
  readonly end: number;
}

export interface FunctionStatement {
  kind: 'function';
  name: string;
  parameters: Parameter[];
  decorators: Expression[];
  body: LazyBlock;
}

export interface ClassStatement {
  kind: 'class';
  name: string;
  bases: Argument[];
  decorators: Expression[];
  body: LazyBlock;
}
