import { LiveOffers } from '../comfy/live-offer.ts';
import type { ModelFolders } from '../comfy/model-folders.ts';
import type { LiveReading } from '../comfy/read-live.ts';
import type { Emit } from '../core/events.ts';
import { extensionOf } from '../core/model-file/names.ts';
import type { Reference, Requirement } from '../core/model.ts';
import { plural } from '../core/text.ts';
import type { Presence } from '../library/presence.ts';
import type { Standing } from './scan-library.ts';

/** What a running ComfyUI and the disk say together of where a model stands. */
export class LiveJudge {
  readonly #live: LiveReading;
  readonly #folders: ModelFolders['folders'];
  readonly #offers: LiveOffers;
  readonly #emit: Emit;
  readonly #told = new Set<string>();

  constructor(live: LiveReading, { folders }: Pick<ModelFolders, 'folders'>, emit: Emit) {
    this.#live = live;
    this.#folders = folders;
    this.#offers = new LiveOffers(live);
    this.#emit = emit;
  }

  /** ComfyUI's word on what it would take, the disk's on whether that is whole and where else it lies. */
  judge(requirement: Requirement, disk: Presence): Standing {
    const standing = this.#judge(requirement, disk);
    return standing.state === 'missing' ? standing : { ...standing, ...this.markRefused(requirement) };
  }

  /** The references with those marked that ComfyUI refuses; nothing where it takes them all. */
  markRefused({ references }: Pick<Requirement, 'references'>): Pick<Standing, 'references'> {
    const refusing = new Set(this.#refusing({ references }));
    if (refusing.size === 0) return {};
    return { references: references.map((reference) => (refusing.has(reference) ? { ...reference, refused: true as const } : reference)) };
  }

  #judge(requirement: Requirement, disk: Presence): Standing {
    const { sharesDisk } = this.#live;
    // what a node fetches for itself it offers before it is there
    if (requirement.state === 'self_download') return disk;
    switch (this.#offers.of(requirement)) {
      case 'offered':
        return this.#offered(disk);
      case 'offered_otherwise':
        this.#tell(`${requirement.filename}: ComfyUI writes its folder with other separators; choose it again where the node refuses it`);
        return this.#offered(disk);
      case 'refused':
        return disk.state === 'present' || (disk.state === 'missing' && this.#hasIt(requirement)) ? this.#refused(requirement, disk) : disk;
      case 'unlisted':
        return sharesDisk || disk.state !== 'present' ? disk : { ...disk, state: 'misplaced' };
      case 'unknown':
        return disk;
    }
  }

  /** What the running ComfyUI lists in a folder, `/` as separator. */
  namesIn(directory: string): string[] {
    return (this.#live.folders.get(directory)?.names ?? []).map((name) => name.replaceAll('\\', '/'));
  }

  /** It is offered; a damaged file is so as well. Of another machine's disk nothing is known here. */
  #offered(disk: Presence): Presence {
    const { sharesDisk } = this.#live;
    if (sharesDisk && disk.state === 'damaged') return disk;
    // a node may take files of a folder that the declaration does not tell
    const isIt = disk.state === 'present' || (sharesDisk && disk.state === 'misplaced');
    return { state: 'present', foundAt: isIt ? disk.foundAt : null, damage: null };
  }

  /** It lies with the running ComfyUI, whatever this disk has: the folder lists it, or it is another machine's and another node offers it. */
  #hasIt(requirement: Requirement): boolean {
    if (this.#offers.isListed(requirement) === true) return true;
    return !this.#live.sharesDisk && requirement.references.some((reference) => this.#offers.takes(reference));
  }

  /** The file lies where it belongs, and the node does not take it. */
  #refused(requirement: Requirement, disk: Presence): Standing {
    // what lies in some folder may be another file by that name: a link tells which it is
    if (requirement.directory === null && requirement.urls.length > 0) return { ...disk, state: 'misplaced' };
    if (!this.#isYetToBeListed(requirement)) {
      const refusal = describeRefusal(this.#refusing(requirement));
      this.#tell(`${requirement.filename}: ${refusal}`);
      return { ...disk, state: 'misplaced', refusal };
    }
    this.#tell(`${requirement.filename} is there, and ComfyUI has not noticed it yet: press R in ComfyUI, or restart it`);
    return disk;
  }

  #refusing({ references }: Pick<Requirement, 'references'>): Reference[] {
    return references.filter((reference) => this.#offers.refuses(reference));
  }

  /** ComfyUI would list the file if it looked again. */
  #isYetToBeListed(requirement: Requirement): boolean {
    const { directory, filename } = requirement;
    if (!this.#live.sharesDisk || directory === null || this.#offers.isListed(requirement) !== false) return false;
    const ending = extensionOf(filename);
    const refusing = this.#refusing(requirement);
    if (refusing.some((reference) => this.#offers.offersFile(reference, requirement))) return false;
    return this.#listsEnding(directory, ending) || refusing.every((reference) => this.#offers.offersEnding(reference, ending));
  }

  /** Servers of before 2026 do not tell which endings they list: then the files of the install do. */
  #listsEnding(directory: string, ending: string): boolean {
    const extensions = this.#live.folders.get(directory)?.extensions ?? this.#folders.get(directory)?.extensions;
    return extensions === undefined || extensions.size === 0 || extensions.has(ending);
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#emit({ type: 'note', component: 'comfyui_live', level: 'warn', message });
  }
}

function describeRefusal(refusing: readonly Reference[]): string {
  const [first] = refusing;
  if (first === undefined) return 'ComfyUI does not offer it';
  const others = refusing.length === 1 ? '' : `, nor ${plural(refusing.length - 1, 'other node')}`;
  return `node ${first.nodeId} (${first.nodeType}) of ${first.workflow} does not offer ${JSON.stringify(first.written)}${others}, although the file is there`;
}
