import { extensionOf } from '../core/model-file/names.ts';
import type { LiveReading } from './read-live.ts';

/** A model that is wanted, and where workflows name it. */
export interface WantedByNodes {
  directory: string | null;
  subfolder: string;
  filename: string;
  references: readonly { nodeType: string; input: string | null; written: string }[];
}

/**
 * What a running ComfyUI says of a wanted model. `offered`: every node that names it takes the name as it is written. `offered_otherwise`:
 * with other separators. `refused`: ComfyUI would answer "value not in list". `unlisted`: no combo takes the name, and the folder does not
 * have it. `unknown`: it does not tell.
 */
export type Offer = 'offered' | 'offered_otherwise' | 'refused' | 'unlisted' | 'unknown';

/** Worst first: a model is as good as the node that likes it least. */
const ORDER: readonly Offer[] = ['refused', 'unlisted', 'offered_otherwise', 'offered', 'unknown'];

/** Looks names up in combos; built once, since lists may be long. */
export class LiveOffers {
  readonly #live: Pick<LiveReading, 'nodes' | 'folders'>;
  readonly #combos = new Map<string, OfferedNames | null>();
  readonly #folders = new Map<string, OfferedNames>();

  constructor(live: Pick<LiveReading, 'nodes' | 'folders'>) {
    this.#live = live;
  }

  of(wanted: WantedByNodes): Offer {
    const offers = new Set(wanted.references.map((reference) => this.#byReference(reference, wanted)));
    return ORDER.find((offer) => offers.has(offer)) ?? 'unknown';
  }

  /** Whether ComfyUI would answer "value not in list"; `false` where no combo takes the name. */
  refuses({ nodeType, input, written }: WantedByNodes['references'][number]): boolean {
    const combo = input === null ? null : this.#combo(nodeType, input);
    return combo !== null && !combo.exact.has(written);
  }

  /** Whether a combo takes the name as it is written; `false` where none does. */
  takes({ nodeType, input, written }: WantedByNodes['references'][number]): boolean {
    return input !== null && this.#combo(nodeType, input)?.exact.has(written) === true;
  }

  /** Whether the combo that takes the name offers this file, however the name is written. */
  offersFile(
    { nodeType, input }: WantedByNodes['references'][number],
    { subfolder, filename }: Omit<WantedByNodes, 'references'>,
  ): boolean {
    const name = subfolder === '' ? filename : `${subfolder}/${filename}`;
    return input !== null && this.#combo(nodeType, input)?.alike.has(alike(name)) === true;
  }

  /** Whether the combo that takes the name offers files with that ending: a pack's own loader lists some that the folder does not. */
  offersEnding({ nodeType, input }: WantedByNodes['references'][number], ending: string): boolean {
    const combo = input === null || ending === '' ? null : this.#combo(nodeType, input);
    return combo !== null && [...combo.exact].some((name) => extensionOf(name) === ending);
  }

  /** Whether the folder that a model belongs in lists it; `undefined` when the server does not know the folder. */
  isListed({ directory, subfolder, filename }: WantedByNodes): boolean | undefined {
    const names = directory === null ? undefined : this.#folderNames(directory);
    if (names === undefined) return undefined;
    const name = subfolder === '' ? filename : `${subfolder}/${filename}`;
    const endings = directory === 'embeddings' ? ['', '.safetensors', '.pt', '.bin'] : [''];
    return endings.some((ending) => names.alike.has(alike(name + ending)));
  }

  #byReference({ nodeType, input, written }: WantedByNodes['references'][number], wanted: WantedByNodes): Offer {
    const combo = input === null ? null : this.#combo(nodeType, input);
    if (combo === null) {
      const listed = this.isListed(wanted);
      return listed === undefined ? 'unknown' : listed ? 'offered' : 'unlisted';
    }
    if (combo.exact.has(written)) return 'offered';
    return combo.alike.has(alike(written)) ? 'offered_otherwise' : 'refused';
  }

  #combo(nodeType: string, input: string): OfferedNames | null {
    const key = `${nodeType}\0${input}`;
    const known = this.#combos.get(key);
    if (known !== undefined) return known;
    const options = this.#live.nodes.get(nodeType)?.inputs.find(({ name }) => name === input)?.options ?? null;
    const names = options === null ? null : offeredNames(options);
    this.#combos.set(key, names);
    return names;
  }

  #folderNames(directory: string): OfferedNames | undefined {
    const known = this.#folders.get(directory);
    if (known !== undefined) return known;
    const folder = this.#live.folders.get(directory);
    if (folder === undefined) return undefined;
    const names = offeredNames(folder.names);
    this.#folders.set(directory, names);
    return names;
  }
}

interface OfferedNames {
  exact: ReadonlySet<string>;
  alike: ReadonlySet<string>;
}

function offeredNames(names: readonly string[]): OfferedNames {
  return { exact: new Set(names), alike: new Set(names.map(alike)) };
}

/** Windows writes `\` where others write `/`. */
function alike(name: string): string {
  return name.replaceAll('\\', '/');
}
