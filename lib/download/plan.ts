import type { DownloadConfig } from '../core/config.ts';
import { isPickleFilename } from '../core/model-file/names.ts';
import type { Candidate, Resolution } from '../core/model.ts';
import type { Trouble } from './trouble.ts';
import type { Expectation } from './verify.ts';

/** Civitai gives sizes in KiB as a decimal fraction, so that the bytes are only about right. */
const CIVITAI_TOLERANCE_BYTES = 1024;

/** One place that a file can be had from. */
export type PlannedSource = { kind: 'local'; path: string } | { kind: 'http'; url: string; origin: Resolution['source'] };

/** One file that is to come into its place. */
export interface PlannedTransfer {
  resolution: Resolution;
  savePath: string;
  /** In the order in which they are tried; all with the same sha256 when there are several. */
  sources: readonly [PlannedSource, ...PlannedSource[]];
  expected: Expectation;
}

/** A resolution of which no byte is fetched, and why. */
export interface RefusedDownload {
  resolution: Resolution;
  trouble: Trouble;
}

export interface TransferChoice {
  transfers: PlannedTransfer[];
  refused: RefusedDownload[];
}

/** Which resolutions become transfers, one for each save path, and which are refused. Those not accepted are neither. */
export function chooseTransfers(resolutions: readonly Resolution[], config: Pick<DownloadConfig, 'allowPickle'>): TransferChoice {
  const byPath = new Map<string, PlannedTransfer>();
  const refused: RefusedDownload[] = [];
  for (const resolution of resolutions) {
    if (!resolution.accepted || resolution.source === 'not_found') continue;
    const planned = planOne(resolution, config);
    const rival = 'savePath' in planned ? byPath.get(planned.savePath) : undefined;
    if ('trouble' in planned) refused.push(planned);
    else if (!rival) byPath.set(planned.savePath, planned);
    else if (!isSameFile(rival, planned)) {
      refused.push({ resolution, trouble: { kind: 'target_taken', detail: 'Two models that differ want the same file name' } });
    }
  }
  return { transfers: [...byPath.values()], refused };
}

/** The transfer with a copy on this machine, if there is one, as its first source. */
export function fromCopy(transfer: PlannedTransfer, path: string | undefined): PlannedTransfer {
  if (path === undefined || path === transfer.savePath) return transfer;
  const others = transfer.sources.filter((source) => source.kind !== 'local' || source.path !== path);
  return { ...transfer, sources: [{ kind: 'local', path }, ...others] };
}

function planOne(resolution: Resolution, config: Pick<DownloadConfig, 'allowPickle'>): PlannedTransfer | RefusedDownload {
  const { savePath } = resolution;
  if (savePath === null) return { resolution, trouble: { kind: 'target_unknown' } };
  if (!config.allowPickle && isPickle(resolution)) return { resolution, trouble: { kind: 'pickle_refused' } };
  const danger = resolution.chosenByUser ? null : findDanger(resolution);
  if (danger !== null) return { resolution, trouble: { kind: 'danger', detail: danger } };
  const [first, ...others] = listSources(resolution);
  if (!first) return { resolution, trouble: { kind: 'no_source' } };
  return { resolution, savePath, sources: [first, ...others], expected: expectationOf(resolution) };
}

/** What a scan says against these bytes, at the resolution's own place or at another one that holds the same. */
function findDanger(resolution: Resolution): string | null {
  return resolution.danger ?? findTwins(resolution).find(({ danger }) => danger !== null)?.danger ?? null;
}

function findTwins({ sha256, candidates }: Resolution): Candidate[] {
  const wanted = sha256?.toLowerCase();
  return wanted === undefined ? [] : candidates.filter((candidate) => candidate.sha256?.toLowerCase() === wanted);
}

/** What the file must be, as far as the resolution knows. */
export function expectationOf(resolution: Resolution): Expectation {
  const sha256 = resolution.sha256?.toLowerCase() ?? null;
  return {
    filename: resolution.filename,
    sha256: sha256 !== null && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
    sizeBytes: resolution.sizeBytes,
    sizeToleranceBytes: resolution.source === 'civitai' ? CIVITAI_TOLERANCE_BYTES : 0,
  };
}

/** `true` for formats that can run code when they are loaded. */
export function isPickle(resolution: Pick<Resolution, 'pickle' | 'filename'>): boolean {
  return resolution.pickle || isPickleFilename(resolution.filename);
}

/** The resolution's own place, then every candidate that is proven to be the same file. */
function listSources(resolution: Resolution): PlannedSource[] {
  const seen = new Set<string>();
  return [resolution, ...findTwins(resolution)].flatMap(sourcesOf).filter((source) => {
    const key = source.kind === 'local' ? source.path : source.url;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function sourcesOf(place: Pick<Resolution | Candidate, 'source' | 'foundAt' | 'downloadUrl'>): PlannedSource[] {
  const sources: PlannedSource[] = [];
  if (place.source === 'local' && place.foundAt !== null) sources.push({ kind: 'local', path: place.foundAt });
  if (place.downloadUrl !== null) sources.push({ kind: 'http', url: place.downloadUrl, origin: place.source });
  return sources;
}

function isSameFile(one: PlannedTransfer, other: PlannedTransfer): boolean {
  const { sha256 } = one.expected;
  if (sha256 !== null && other.expected.sha256 !== null) return sha256 === other.expected.sha256;
  return one.resolution.downloadUrl !== null && one.resolution.downloadUrl === other.resolution.downloadUrl;
}
