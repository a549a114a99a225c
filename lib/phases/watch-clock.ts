/** What may be half written is looked at so often. */
const PULSE_MS = 1000;
/** Keys and the network are looked at so often. */
const CAUSES_MS = 3000;
/** What no watcher has told of (a share that was away, a limit of the system) is found at the latest after this. */
const SAFETY_MS = 5 * 60_000;

export interface ClockPorts {
  /** Text that changes when the machine's way into the network does. */
  describeNetwork: () => string;
  /** Whether a key has been set or taken away since the setup was read. */
  haveKeysChanged: () => boolean;
  /** It is time to look at what may be half written. */
  onPulse: () => void;
  /** It is time to look at the few files that matter most. */
  onMarks: () => void;
  onNetwork: () => void;
  onKeys: () => void;
  /** It is time to look at everything. */
  onSafety: () => void;
}

/** What nobody tells a watch of, and it looks at again and again, until disposed of. */
export class WatchClock implements Disposable {
  readonly #ports: ClockPorts;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #network: string;

  constructor(ports: ClockPorts) {
    this.#ports = ports;
    this.#network = ports.describeNetwork();
    this.#timers = [
      setInterval(ports.onPulse, PULSE_MS),
      setInterval(() => this.#lookAtCauses(), CAUSES_MS),
      setInterval(ports.onSafety, SAFETY_MS),
    ];
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Whether the cause of a failure may be gone. */
  #lookAtCauses(): void {
    const { describeNetwork, haveKeysChanged, onMarks, onNetwork, onKeys } = this.#ports;
    onMarks();
    const network = describeNetwork();
    if (network !== this.#network) onNetwork();
    this.#network = network;
    if (haveKeysChanged()) onKeys();
  }
}
