import { type SourceUrl, URL_ORIGINS, type UrlNaming } from '../core/model.ts';

/** What names a file: one object for each workflow. */
export interface Namer {
  /** Absolute. */
  path: string;
}

/** The URLs of one requirement, as workflows name them, one workflow after the other. */
export class UrlCollection {
  readonly urls: SourceUrl[] = [];
  /** Who has named each of them last: two of them are told apart in no time, and two paths are not. */
  readonly #namers: Namer[] = [];

  /** Adds a URL, or what names it to the one that is there. */
  add({ url, from }: SourceUrl, namer: Namer, node: string | null): void {
    const naming = { workflowPath: namer.path, node };
    const place = placeIn(this.urls, url);
    const known = this.urls[place];
    if (known === undefined) this.urls.push({ url, from, namedBy: [naming] });
    else {
      if (known.from !== from) known.from = stronger(known.from, from);
      known.namedBy ??= [];
      if (this.#namers[place] !== namer || !isAtEnd(known.namedBy, naming)) known.namedBy.push(naming);
    }
    this.#namers[place] = namer;
  }
}

/** Adds all URLs of another requirement, with all that names them. */
export function mergeUrls(urls: SourceUrl[], others: readonly SourceUrl[]): void {
  for (const other of others) {
    const known = urls.find(({ url }) => url === other.url);
    if (known === undefined) {
      urls.push(other);
      continue;
    }
    known.from = stronger(known.from, other.from);
    const all = [...(known.namedBy ?? []), ...(other.namedBy ?? [])];
    known.namedBy = [...new Map(all.map((naming) => [`${naming.workflowPath}\0${naming.node}`, naming])).values()];
  }
}

/** The first place behind all of them for one that is not there. */
function placeIn(urls: readonly SourceUrl[], url: string): number {
  let place = 0;
  while (place < urls.length && urls[place]?.url !== url) place++;
  return place;
}

function stronger(left: SourceUrl['from'], right: SourceUrl['from']): SourceUrl['from'] {
  return URL_ORIGINS.indexOf(right) < URL_ORIGINS.indexOf(left) ? right : left;
}

/** Whatever the same workflow has said before stands at the end. */
function isAtEnd(namings: readonly UrlNaming[], { workflowPath, node }: UrlNaming): boolean {
  for (let i = namings.length - 1; i >= 0 && namings[i]?.workflowPath === workflowPath; i--) {
    if (namings[i]?.node === node) return true;
  }
  return false;
}
