import { describe, expect, test } from 'bun:test';
import type { Requirement } from '../../lib/core/model.ts';
import { decide } from '../../lib/resolve/decide.ts';
import { homeAccounts } from '../../lib/resolve/home.ts';
import { makeOffer, makeRequirement } from './kit.ts';

const NAME = 'hunyuan_video_vae_bf16.safetensors';

/** A model that nodes of these types take. */
function takenBy(...types: string[]): Requirement {
  const references = types.map((nodeType, nodeId) => ({
    workflow: 'a.json',
    workflowPath: '/w/a.json',
    nodeType,
    nodeId,
    subgraph: null,
    input: 'vae_name',
    written: NAME,
    from: 'widget' as const,
    active: true,
  }));
  return makeRequirement(NAME, { directory: 'vae', references });
}

/** What two publishers have under the name, each in his own form. */
const OFFERS = ['Comfy-Org/HunyuanVideo_repackaged', 'Kijai/HunyuanVideo_comfy'].map((repoId, at) => {
  const downloadUrl = `https://huggingface.co/${repoId}/resolve/main/${NAME}`;
  return makeOffer(NAME, { repoId, downloadUrl, knownPublisher: true, sha256: String(at).repeat(64) });
});

function decideFor(requirement: Requirement, offers = OFFERS) {
  const findings = offers.map((offer) => ({ offer, origin: { kind: 'exact' as const } }));
  const evidence = { requirement, findings, unchecked: [], remarks: [] };
  return decide(evidence, { acceptFuzzy: false, fuzzyThreshold: 0.7, now: new Date('2026-11-23') });
}

describe('where publishers have different files under one name', () => {
  test.each([
    [['VAELoader'], 'Comfy-Org/HunyuanVideo_repackaged'],
    [['VAELoader', 'VAELoaderMultiGPU'], 'Comfy-Org/HunyuanVideo_repackaged'],
    [['HyVideoVAELoader'], 'Kijai/HunyuanVideo_comfy'],
  ])('the one of the makers of %p is meant', (types, repoId) => {
    const decision = decideFor(takenBy(...types));
    expect(decision).toMatchObject({ accepted: true, proof: 'catalog', offer: { repoId } });
    expect(decision.reason).toContain('others have another one');
  });

  test.each([[['SomeoneElsesVaeLoader']], [['VAELoader', 'HyVideoVAELoader']]])('%p tell nothing, and it waits for review', (types) => {
    const decision = decideFor(takenBy(...types));
    expect(decision.accepted).toBe(false);
    expect(decision.reason).toContain('ambiguous');
  });

  test('two files of the same makers stay ambiguous', () => {
    const [first, second] = OFFERS.map((offer, at) => ({ ...offer, repoId: `Comfy-Org/${at}` }));
    if (first && second) expect(decideFor(takenBy('VAELoader'), [first, second]).accepted).toBe(false);
    expect(homeAccounts(takenBy('VAELoader'))).toContain('Comfy-Org');
  });
});
