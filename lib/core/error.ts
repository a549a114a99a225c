/**
 * A failure that ends the command. Anything that concerns one file only is data (a record with a `ProblemReport`), not an exception.
 *
 * `message` says what failed and on what, `hint` what to do about it: an imperative that names the key, flag, variable or page.
 * Neither ever holds a header, a query string or a secret.
 */
export class ToolkitError extends Error {
  readonly code: string;
  readonly hint: string;
  /** Process exit code: 2 unless the command could be interrupted or finished with something left. */
  readonly exitCode: number;

  constructor(code: string, message: string, hint: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ToolkitError';
    this.code = code;
    this.hint = hint;
    this.exitCode = options.exitCode ?? 2;
  }
}

/** `code` of a Node.js or Bun system error (`ENOENT`, `ECONNREFUSED`, ...), `undefined` for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The words of an error for a person; never its stack. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
