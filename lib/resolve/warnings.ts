import type { Evidence } from './decide.ts';
import type { Offer } from '../core/offer.ts';

/** What a scan of any place says against the bytes with this sha256, a clause; `null`: nothing that is known. */
export type WarnedOf = (sha256: string) => string | null;

/**
 * The evidence with what is known against the bytes themselves: what one place has found to be dangerous is not taken from another one
 * that has not looked. A place that tells no sha256 is held to have the one that the workflow names.
 */
export function heedWarnings(evidence: Evidence, warnedOf: WarnedOf): Evidence {
  const wanted = evidence.requirement.sha256;
  const findings = evidence.findings.map(({ offer, origin }) => ({ offer: warn(offer, wanted, warnedOf), origin }));
  return { ...evidence, findings };
}

function warn(offer: Offer, wanted: string | null, warnedOf: WarnedOf): Offer {
  const sha256 = offer.sha256 ?? wanted;
  const words = sha256 === null || offer.danger !== null ? null : warnedOf(sha256);
  return words === null ? offer : { ...offer, danger: words, obstacle: offer.obstacle ?? `the same bytes are elsewhere, and ${words}` };
}
