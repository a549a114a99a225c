import { type SourceUrl, URL_ORIGINS, type UrlNaming } from '../core/model.ts';

/**
 * Adds a URL to those of a requirement, or what names it to the one that is there. Workflows come one after the other, so that whatever the
 * same workflow said before stands at the end.
 */
export function addUrl(urls: SourceUrl[], { url, from }: SourceUrl, naming: UrlNaming): void {
  const known = urlIn(urls, url);
  if (known === undefined) return void urls.push({ url, from, namedBy: [naming] });
  if (known.from !== from) known.from = stronger(known.from, from);
  known.namedBy ??= [];
  if (!isAtEnd(known.namedBy, naming)) known.namedBy.push(naming);
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

function urlIn(urls: readonly SourceUrl[], url: string): SourceUrl | undefined {
  for (const known of urls) if (known.url === url) return known;
  return undefined;
}

function stronger(left: SourceUrl['from'], right: SourceUrl['from']): SourceUrl['from'] {
  return URL_ORIGINS.indexOf(right) < URL_ORIGINS.indexOf(left) ? right : left;
}

function isAtEnd(namings: readonly UrlNaming[], { workflowPath, node }: UrlNaming): boolean {
  for (let i = namings.length - 1; i >= 0 && namings[i]?.workflowPath === workflowPath; i--) {
    if (namings[i]?.node === node) return true;
  }
  return false;
}
