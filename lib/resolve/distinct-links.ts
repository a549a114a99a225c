import { placeOfLink } from '../core/link-place.ts';
import { type Requirement, type SourceUrl, URL_ORIGINS } from '../core/model.ts';

/** The most telling links first; one that is written in several ways is one, which all name who write it. */
export function distinctLinks({ urls }: Requirement): SourceUrl[] {
  const links = new Map<string, SourceUrl>();
  for (const link of urls.toSorted((left, right) => URL_ORIGINS.indexOf(left.from) - URL_ORIGINS.indexOf(right.from))) {
    const place = placeOfLink(link.url);
    const known = links.get(place);
    links.set(place, known ? { ...known, namedBy: [...(known.namedBy ?? []), ...(link.namedBy ?? [])] } : link);
  }
  return [...links.values()];
}
