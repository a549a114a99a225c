import type { HttpClient } from '../core/http/client.ts';
import type { Patience } from '../core/http/time-limit.ts';
import type { KnownFile, Lesson, ScanVerdict } from '../core/known-file.ts';
import type { ProblemReport, Requirement } from '../core/model.ts';
import type { Offer, SourceAnswer } from '../core/offer.ts';
import type { Ports } from '../core/ports.ts';
import type { Wire } from './wire.ts';

export type SourceName = 'huggingface' | 'civitai' | 'modelscope' | 'direct';

/** What it takes to ask over the network. */
export interface WireContext {
  http: HttpClient;
  ports: Pick<Ports, 'sleep' | 'now'>;
  signal: AbortSignal;
  /** How long an answer may take; as usual when absent. */
  patience?: Patience;
}

/** What a source works with during one run. */
export interface SourceContext extends WireContext {
  wire: Wire;
  /** Told of a service's trouble once, however many questions it spoils. */
  report: (problem: ProblemReport) => void;
  /** Takes in what a hub says of its files, for later runs. */
  learn: (lessons: readonly Lesson[]) => void;
  /** Takes in what a hub's scans say of its files: it holds for the same bytes anywhere. */
  heed: (verdicts: readonly ScanVerdict[]) => void;
}

/** A URL to look at. */
export interface LinkQuestion {
  url: string;
  /** Base name of the wanted file; of several files behind the link the one with this name is meant. */
  filename: string;
  /** Lower-case hex, when the workflow tells it. */
  sha256: string | null;
  /** `user`: the link stands in the user's own configuration or command. */
  givenBy: 'workflow' | 'user';
}

/** A search for a file name. */
export interface SearchQuestion {
  requirement: Requirement;
  /** Texts for the service's own search, best first. */
  queries: readonly string[];
  /** Accounts that make the nodes which take the file, asked before others. */
  accounts: readonly string[];
  /** Whether a file of a publisher is the one that counts, whatever other publishers have under the name. */
  outranksOthers: (offer: Offer) => boolean;
  /** How well a file name fits the wanted one, 0 to 1; picks the few of many names that are worth a second look. */
  similarity: (filename: string) => number;
}

/**
 * One place that has model files. Every method answers with data, also when the place is down; they throw only when the run is
 * aborted.
 */
export interface Source {
  readonly name: SourceName;
  /** Whether this is a link of this place. Pure. */
  owns(url: string): boolean;
  /** What is known of the file behind a link without looking at it; `null` when the link names no single file. Pure. */
  describeLink(file: KnownFile): Offer | null;
  /** Looks where a link leads: `found` holds exactly the file that the link means. Normally one request. */
  checkLink(question: LinkQuestion): Promise<SourceAnswer>;
  /** Files with these sha256 (lower-case hex), each key answered. Absent where the place cannot be asked that way. */
  findByHash?(sha256s: readonly string[]): Promise<ReadonlyMap<string, SourceAnswer>>;
  /** Looks for a file by its name: `found` has files of exactly this name, `related` only similar ones. Absent where there is no search. */
  search?(question: SearchQuestion): Promise<SourceAnswer>;
}

/** Makes a source for one run; what it learns from answers lives as long as it does. */
export type SourceFactory = (context: SourceContext) => Source;
