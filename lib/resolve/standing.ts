import type { Offer } from '../core/offer.ts';

/** Downloads below which nobody vouches for a place: a copycat gets a few dozen before it is taken down. */
const LEAST_DOWNLOADS = 100;
/** A place younger than this has standing only with many downloads: a copycat is new. */
const NEW_DAYS = 14;
const LEAST_DOWNLOADS_WHEN_NEW = 2000;
/** How many times the downloads of all others together one place needs to stand for the name. */
const OUTWEIGHS = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Places that hold the same bytes. */
export interface Equivalents {
  /** Lower-case hex, `null` when it is not told: then there is one place only. */
  sha256: string | null;
  /** In the order in which the user can reach them. */
  offers: readonly [Offer, ...Offer[]];
}

/** Joins places whose sha256 is the same; those that tell none stay by themselves. The order of the first ones is kept. */
export function joinEquivalents(offers: readonly Offer[]): Equivalents[] {
  const groups = new Map<string, [Offer, ...Offer[]]>();
  for (const offer of offers) {
    const key = offer.sha256 ?? `${offer.source} ${offer.downloadUrl ?? offer.foundAt}`;
    const group = groups.get(key);
    if (!group) groups.set(key, [offer]);
    else if (!group.some((other) => isSamePlace(other, offer))) group.push(offer);
  }
  return [...groups.values()].map((group) => ({ sha256: group[0].sha256, offers: group.toSorted(compareReach) as [Offer, ...Offer[]] }));
}

/** Whether one of the places is a publisher's. */
export function hasPublisher(group: Equivalents): boolean {
  return group.offers.some((offer) => offer.knownPublisher);
}

/**
 * Whether anybody vouches for one of the places: a known publisher, or enough people who have downloaded it over a while. Those who came to
 * an account that could be mistaken for a publisher's may have been mistaken.
 */
export function hasStanding(group: Equivalents, now: Date): boolean {
  return group.offers.some((offer) => {
    if (offer.knownPublisher) return true;
    if (offer.lookalikeOf !== undefined) return false;
    const created = Date.parse(offer.createdAt ?? '');
    const isNew = !Number.isNaN(created) && now.getTime() - created < NEW_DAYS * DAY_MS;
    return (offer.downloads ?? 0) >= (isNew ? LEAST_DOWNLOADS_WHEN_NEW : LEAST_DOWNLOADS);
  });
}

/** The one group beside which all others together are negligible, `null` when there is none. What is not told is not negligible. */
export function findOutweighing(groups: readonly Equivalents[]): Equivalents | null {
  const [first, ...others] = groups.toSorted((left, right) => downloadsOf(right) - downloadsOf(left));
  if (!first || others.some(({ offers }) => offers.every(({ downloads }) => downloads === null))) return null;
  const rest = others.reduce((sum, group) => sum + downloadsOf(group), 0);
  return downloadsOf(first) >= OUTWEIGHS * Math.max(1, rest) ? first : null;
}

export function downloadsOf(group: Equivalents): number {
  return group.offers.reduce((sum, offer) => sum + (offer.downloads ?? 0), 0);
}

/** Whether both name one address or one file of this machine. */
export function isSamePlace(left: Pick<Offer, 'downloadUrl' | 'foundAt'>, right: Pick<Offer, 'downloadUrl' | 'foundAt'>): boolean {
  return left.downloadUrl === right.downloadUrl && left.foundAt === right.foundAt;
}

/** This machine first, then places that need no account, then publishers, then the most downloaded. */
function compareReach(left: Offer, right: Offer): number {
  return (
    Number(right.source === 'local') - Number(left.source === 'local') ||
    accountRank(left) - accountRank(right) ||
    Number(right.knownPublisher) - Number(left.knownPublisher) ||
    (right.downloads ?? 0) - (left.downloads ?? 0)
  );
}

function accountRank(offer: Offer): number {
  if (offer.obstacle !== null) return 3;
  return offer.requiresAuth === false ? 0 : offer.requiresAuth === null ? 1 : 2;
}
