/** A connection as bytes, whatever carries them. */
export interface Line {
  /** The address at its other end. */
  readonly address: string | undefined;
  write(text: string): void;
  /** Takes no more bytes for now: the other end has to wait. */
  pause(): void;
  resume(): void;
  /** `false`: it keeps the process alive no longer. */
  hold(isHeld: boolean): void;
  /** Ends it at once. */
  destroy(): void;
}

/** Who is told of what happens on a line. */
export interface LineListener {
  data: (bytes: Buffer) => void;
  /** It is gone, or the other end says no more; told once or several times. */
  lost: (error?: Error) => void;
}

/** Where a connection leads. */
export interface LineTarget {
  /** Scheme, host and port count. */
  url: URL;
  /** The only addresses that the host may be reached at, in this order; `null`: wherever its name leads. */
  addresses: readonly string[] | null;
}

/** Host and port as sockets want them. */
export function placeOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
