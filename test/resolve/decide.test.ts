import { describe, expect, test } from 'bun:test';
import type { Requirement } from '../../lib/core/model.ts';
import type { Offer } from '../../lib/core/offer.ts';
import type { Acceptance } from '../../lib/resolve/decide.ts';
import { decide } from '../../lib/resolve/decide.ts';
import type { FindingOrigin } from '../../lib/resolve/finding.ts';
import { makeOffer, makeRequirement } from './kit.ts';

const NAME = 'lantern_glow.safetensors';
const NOW = new Date('2026-11-23T12:00:00Z');
const ASK: Acceptance = { acceptFuzzy: false, fuzzyThreshold: 0.7, now: NOW };
const YES: Acceptance = { ...ASK, acceptFuzzy: true };
const HASH = 'a1'.repeat(32);
const OTHER_HASH = 'b2'.repeat(32);

function decideOn(
  offers: readonly (readonly [FindingOrigin['kind'] | 'note', Offer])[],
  options: { requirement?: Partial<Requirement>; acceptance?: Acceptance } = {},
) {
  const findings = offers.map(([kind, offer]) => ({ offer, origin: originOf(kind) }));
  const requirement = makeRequirement(NAME, options.requirement);
  return decide({ requirement, findings, unchecked: [], remarks: [] }, options.acceptance ?? ASK);
}

function originOf(kind: FindingOrigin['kind'] | 'note'): FindingOrigin {
  if (kind === 'link') return { kind, from: 'properties', byAll: true };
  if (kind === 'note') return { kind: 'link', from: 'note', byAll: true };
  if (kind === 'catalog') return { kind, list: 'a list' };
  if (kind === 'hearsay') return { kind };
  if (kind === 'user') return { kind, how: 'pick', sha256: null };
  return { kind };
}

/** An offer at a place of its own. */
function at(place: string, parts: Partial<Offer> = {}): Offer {
  const downloadUrl = `https://huggingface.co/${place}/resolve/main/${parts.filename ?? NAME}`;
  return makeOffer(NAME, { repoId: place, title: place, downloadUrl, ...parts });
}

describe('the strongest proof decides', () => {
  test('the hash before the link', () => {
    const decision = decideOn(
      [
        ['link', at('one/thing', { sha256: null })],
        ['exact', at('two/thing', { sha256: HASH })],
      ],
      {
        requirement: { sha256: HASH },
      },
    );
    expect(decision).toMatchObject({ proof: 'hash', accepted: true, offer: { repoId: 'two/thing' } });
  });

  test('the link before a publisher', () => {
    const decision = decideOn([
      ['exact', at('Kijai/thing', { knownPublisher: true })],
      ['link', at('one/thing')],
    ]);
    expect(decision).toMatchObject({ proof: 'link', offer: { repoId: 'one/thing' } });
  });

  test('a publisher before a place that many use', () => {
    const decision = decideOn([
      ['exact', at('one/thing', { downloads: 900_000, sha256: OTHER_HASH })],
      ['exact', at('Kijai/thing', { knownPublisher: true, downloads: 5, sha256: HASH })],
    ]);
    expect(decision).toMatchObject({ proof: 'catalog', sha256: HASH, offer: { repoId: 'Kijai/thing' } });
  });

  test("the user's word before everything", () => {
    const decision = decideOn(
      [
        ['hash', at('one/thing', { sha256: HASH })],
        ['user', at('two/thing', { sha256: OTHER_HASH })],
      ],
      {
        requirement: { sha256: HASH },
      },
    );
    expect(decision).toMatchObject({ accepted: true, sha256: OTHER_HASH, offer: { repoId: 'two/thing' } });
  });

  test('an offer that tells no hash is verified against the one that the workflow names', () => {
    const decision = decideOn([['link', at('one/thing', { sha256: null })]], { requirement: { sha256: HASH } });
    expect(decision).toMatchObject({ proof: 'link', accepted: true, sha256: HASH });
  });
});

describe('what is not proven waits', () => {
  test('two publishers with other bytes are ambiguous', () => {
    const offers = [HASH, OTHER_HASH].map((sha256, index) => at(`Kijai/${index}`, { knownPublisher: true, sha256 }));
    const decision = decideOn(offers.map((offer) => ['exact', offer]));
    expect(decision).toMatchObject({ proof: 'fuzzy', accepted: false });
    expect(decision.reason).toContain('ambiguous');
  });

  test.each([
    [['vae_approx'], true],
    [[], false],
    [['vae'], false],
  ])('unless only one of them has it in the very folder, the other one being in %j: %p', (directories, accepted) => {
    const decision = decideOn(
      [
        ['exact', at('Kijai/0', { knownPublisher: true, sha256: HASH, directories })],
        ['exact', at('Kijai/1', { knownPublisher: true, sha256: OTHER_HASH, directories: ['vae'] })],
      ],
      { requirement: { directory: 'vae' } },
    );
    expect(decision.accepted).toBe(accepted);
    if (accepted) expect(decision).toMatchObject({ proof: 'catalog', sha256: OTHER_HASH });
  });

  test.each([
    [50, true],
    [null, false],
  ])('downloads outweigh others that are told, and not what nobody has told: %p', (downloads, accepted) => {
    const decision = decideOn([
      ['exact', at('one/a', { sha256: HASH, downloads: 9000 })],
      ['exact', at('two/b', { sha256: OTHER_HASH, downloads })],
    ]);
    expect(decision.accepted).toBe(accepted);
  });

  test('two publishers with the same bytes are not ambiguous', () => {
    const decision = decideOn([
      ['exact', at('Kijai/0', { knownPublisher: true, sha256: HASH, requiresAuth: true })],
      ['exact', at('Kijai/1', { knownPublisher: true, sha256: HASH, requiresAuth: false })],
    ]);
    expect(decision).toMatchObject({ proof: 'catalog', accepted: true, offer: { repoId: 'Kijai/1' } });
  });

  test('publishers that disagree are no reason to believe somebody else', () => {
    const decision = decideOn([
      ['exact', at('Kijai/0', { knownPublisher: true, sha256: HASH })],
      ['exact', at('Kijai/1', { knownPublisher: true, sha256: OTHER_HASH })],
      ['exact', at('one/thing', { sha256: 'c3'.repeat(32), downloads: 99_000_000 })],
    ]);
    expect(decision.proof).not.toBe('name');
  });

  test('--yes takes the best of the ambiguous ones', () => {
    const decision = decideOn(
      [
        ['exact', at('one/a', { sha256: HASH, downloads: 500 })],
        ['exact', at('two/b', { sha256: OTHER_HASH, downloads: 900 })],
      ],
      {
        acceptance: YES,
      },
    );
    expect(decision).toMatchObject({ proof: 'fuzzy', accepted: true, offer: { repoId: 'two/b' } });
  });

  test('--yes keeps to the threshold', () => {
    const offers = [['related', at('one/a', { filename: 'lantern_glow_fp8.safetensors' })]] as const;
    expect(decideOn(offers, { acceptance: YES }).accepted).toBe(false);
    expect(decideOn(offers, { acceptance: { ...YES, fuzzyThreshold: 0.5 } })).toMatchObject({ accepted: true, proof: 'fuzzy' });
  });

  test('no threshold makes another model the wanted one', () => {
    const anything: Acceptance = { ...YES, fuzzyThreshold: 0 };
    for (const filename of [
      'lantern_glow_14B.safetensors',
      'lantern_glow_inpaint.safetensors',
      'lantern_glow.gguf',
      'lantern_glow_high_noise.safetensors',
    ]) {
      expect(decideOn([['related', at('one/a', { filename })]], { acceptance: anything }).accepted).toBe(false);
    }
  });

  test.each([
    ['nobody can fetch it', { obstacle: 'its creator has disabled downloads on Civitai' }],
    ['it has other bytes', { sha256: OTHER_HASH }],
    ['it is for another kind of model', { directories: ['vae'] }],
  ] as const)('%s: then not even --yes takes it', (_why, parts) => {
    const decision = decideOn([['exact', at('one/thing', parts)]], { requirement: { sha256: HASH }, acceptance: YES });
    expect(decision.accepted).toBe(false);
    expect(decision.candidates.length).toBe(1);
  });

  test('ten candidates are enough, best first', () => {
    const offers = Array.from({ length: 30 }, (_, index) =>
      at(`someone/${index}`, { downloads: 1000 + index, sha256: String(index).padStart(64, '0') }),
    );
    const { candidates } = decideOn(offers.map((offer) => ['exact', offer]));
    expect(candidates.length).toBe(10);
    expect(candidates[0]?.repoId).toBe('someone/29');
  });
});

describe('a file on this machine', () => {
  const local = (parts: Partial<Offer> = {}) => makeOffer(NAME, { source: 'local', downloadUrl: null, foundAt: `/old/${NAME}`, ...parts });

  test('with the hash of the link is taken in place of a download', () => {
    const decision = decideOn([
      ['local', local({ sha256: HASH })],
      ['link', at('one/thing', { sha256: HASH })],
    ]);
    expect(decision).toMatchObject({ proof: 'hash', offer: { source: 'local' } });
  });

  test("with the link's size is taken where no hash is told, and is not enough where one is", () => {
    const copy = ['local', local({ sizeBytes: 77 })] as const;
    const bare = decideOn([copy, ['link', at('one/thing', { sha256: null, sizeBytes: 77 })]]);
    expect(bare).toMatchObject({ proof: 'name', sha256: null, offer: { source: 'local' } });
    const told = decideOn([copy, ['link', at('one/thing', { sha256: HASH, sizeBytes: 77 })]]);
    expect(told).toMatchObject({ proof: 'link', sha256: HASH, offer: { source: 'huggingface' } });
  });

  test('with another size than the link is another file', () => {
    const decision = decideOn([
      ['local', local({ sizeBytes: 78 })],
      ['link', at('one/thing', { sha256: HASH, sizeBytes: 77 })],
    ]);
    expect(decision).toMatchObject({ proof: 'link', offer: { source: 'huggingface' } });
  });

  test('whose hash is not known is no proof for a workflow that names one', () => {
    expect(decideOn([['local', local()]], { requirement: { sha256: HASH } }).accepted).toBe(false);
  });
});

describe('standing', () => {
  test.each([
    ['many downloads', { downloads: 5000 }, 'name'],
    ['hardly any downloads', { downloads: 20 }, 'fuzzy'],
    ['no count at all', { downloads: null }, 'fuzzy'],
    ['new, with some downloads', { downloads: 500, createdAt: '2026-11-20T00:00:00Z' }, 'fuzzy'],
    ['new, with very many downloads', { downloads: 50_000, createdAt: '2026-11-20T00:00:00Z' }, 'name'],
    ['old, with some downloads', { downloads: 500, createdAt: '2025-11-20T00:00:00Z' }, 'name'],
  ] as const)('a single hit in a place with %s', (_case, parts, proof) => {
    expect(decideOn([['exact', at('one/thing', parts)]]).proof).toBe(proof);
  });
});
