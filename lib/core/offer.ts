import type { Candidate, Unchecked } from './model.ts';

/** A file that a place has, before anybody judged whether it is the one that is wanted: what sources hand to the resolver. */
export interface Offer extends Omit<Candidate, 'score' | 'reason'> {
  /** The place belongs to a publisher that is known to make or repackage models for ComfyUI. */
  knownPublisher: boolean;
  /** The known publisher whose name the place's account could be mistaken for; absent: none. */
  lookalikeOf?: string;
  /** ComfyUI folders that the hub's own type or the path in the repository speaks for; empty: it says nothing. */
  directories: readonly string[];
  /** Likes or thumbs; `null`: not told. */
  likes: number | null;
  /** When the place was made, ISO time. */
  createdAt: string | null;
  /** Why nobody can or should fetch it (downloads disabled, found dangerous), one clause; `null`: nothing known against it. */
  obstacle: string | null;
}

/** What a source says to one question. A failure is never an empty answer. */
export type SourceAnswer =
  /** These are what was asked for, as far as the question goes. `unchecked`: a part of the source could not be asked. */
  | { kind: 'found'; offers: readonly Offer[]; unchecked: Unchecked | null }
  /** The place has files, but none of them is told to be the one that is meant. */
  | { kind: 'related'; offers: readonly Offer[]; reason: string; unchecked: Unchecked | null }
  | { kind: 'nothing'; reason: string }
  | { kind: 'failed'; unchecked: Unchecked };
