import type { UrlNaming, UrlOrigin } from '../core/model.ts';
import type { Offer } from '../core/offer.ts';

/** How a file came up. `related` ones have other names; `exact` ones were searched for and have the very name. */
export type FindingOrigin =
  | { kind: 'user'; how: 'override' | 'pick' | 'earlier'; sha256: string | null }
  | { kind: 'hash' }
  /** `byAll`: every workflow that needs the file names this link itself. `namedBy`: who gives it; absent: not known. */
  | { kind: 'link'; from: UrlOrigin; byAll: boolean; namedBy?: readonly UrlNaming[] }
  | { kind: 'local' }
  | { kind: 'catalog'; list: string }
  /** Only a workflow that does not need the file now names this place. */
  | { kind: 'hearsay' }
  | { kind: 'exact' }
  /** The version that a number in the wanted name stands for, whose file has the rest of the name. */
  | { kind: 'numbered' }
  | { kind: 'related' };

/** A file that came up for a requirement. */
export interface Finding {
  offer: Offer;
  origin: FindingOrigin;
}
