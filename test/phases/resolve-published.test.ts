import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import { answerStatus } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const FILES = ['vae/kettle_vae.safetensors', 'loras/kettle_fast.safetensors', 'loras/kettle_slow.safetensors'];

function hubOf(parts: { gated?: 'manual'; extra?: HubCatalogue['huggingface'] } = {}): HubCatalogue {
  const files = FILES.map((path) => ({ path, content: contentOf(path) }));
  const gated = parts.gated ? { gated: parts.gated } : {};
  return { huggingface: [{ id: 'Comfy-Org/kettle', downloads: 5, files, ...gated }, ...(parts.extra ?? [])] };
}

const linkOf = (path: string) => `https://huggingface.co/Comfy-Org/kettle/resolve/main/${path}`;
const linked = (path: string) =>
  makeRequirement(path.split('/')[1] ?? '', { directory: path.split('/')[0] ?? '', urls: [{ url: linkOf(path), from: 'properties' }] });

describe("a known publisher's repository", () => {
  test('tells the sizes and sha256 of all its files in one request, whoever links to one', async () => {
    await using hub = await startTestHub(hubOf());
    const { resolutions } = await resolveWith(hub.endpoints, FILES.map(linked));
    for (const [at, path] of FILES.entries()) {
      const { sha256, sizeBytes } = contentOf(path);
      expect(resolutions[at]).toMatchObject({ proof: 'link', accepted: true, sha256, sizeBytes, gated: false, requiresAuth: false });
      expect(resolutions[at]?.revision).toMatch(/^[0-9a-f]{40}$/);
    }
    expect(hub.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('is known in a later run without a request, by the name and by the sha256 alone', async () => {
    await using hub = await startTestHub(hubOf());
    const catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [linked(FILES[0] ?? '')], { catalogue });
    const before = hub.requests.length;
    const { sha256 } = contentOf('loras/kettle_slow.safetensors');
    const wanted = [makeRequirement('kettle_fast.safetensors'), makeRequirement('renamed_by_me.safetensors', { sha256 })];
    const search = { fuzzyThreshold: 0.7, sources: ['catalog' as const, 'huggingface' as const] };
    const { resolutions } = await resolveWith(hub.endpoints, wanted, { catalogue, search });
    expect(resolutions[0]).toMatchObject({ proof: 'catalog', accepted: true, sha256: contentOf('loras/kettle_fast.safetensors').sha256 });
    expect(resolutions[1]).toMatchObject({ proof: 'hash', accepted: true, repoPath: 'loras/kettle_slow.safetensors' });
    expect(hub.requests.slice(before).filter(({ service }) => service === 'huggingface')).toEqual([]);
    const { resolutions: offline } = await resolveWith(hub.endpoints, wanted, { catalogue, search, offline: true });
    expect(offline.map(({ accepted }) => accepted)).toEqual([true, true]);
  });

  test('that says that a file is not there says so of a link', async () => {
    await using hub = await startTestHub(hubOf());
    const { resolutions } = await resolveWith(hub.endpoints, [linked('vae/teapot_vae.safetensors')]);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('Comfy-Org/kettle has no file vae/teapot_vae.safetensors');
  });

  test('is asked for the file itself where only that tells whether there is access, or its list cannot be had', async () => {
    await using gated = await startTestHub(hubOf({ gated: 'manual' }));
    const { resolutions } = await resolveWith(gated.endpoints, [linked(FILES[0] ?? '')]);
    expect(resolutions[0]).toMatchObject({ accepted: true, gated: true, requiresAuth: true });
    await using broken = await startTestHub(hubOf());
    broken.inject({ service: 'huggingface', path: '/api/' }, answerStatus(404));
    const { resolutions: direct } = await resolveWith(broken.endpoints, [linked(FILES[0] ?? '')]);
    expect(direct[0]).toMatchObject({ accepted: true, sha256: contentOf(FILES[0] ?? '').sha256 });
  });
});

describe('publishers with different files under one name', () => {
  const fileOf = (path: string, by: string) => ({ path, content: contentOf(`${by} ${path}`) });
  const shelves = {
    huggingface: [
      { id: 'Comfy-Org/kettle', downloads: 5, files: [fileOf('kettle.safetensors', 'one')] },
      { id: 'Kijai/kettle', downloads: 5, files: [fileOf('kettle.safetensors', 'other'), fileOf('teapot.safetensors', 'other')] },
    ],
  };
  const wanted = ['kettle.safetensors', 'teapot.safetensors'].map((name) => makeRequirement(name, { nodeType: 'SomeoneElsesLoader' }));

  test('wait for review whichever model of the run has brought up the second one', async () => {
    for (const missing of [wanted, wanted.toReversed()]) {
      await using hub = await startTestHub(shelves);
      const { resolutions, events } = await resolveWith(hub.endpoints, missing, { catalogue: Catalogue.open(':memory:') });
      const named = new Map(resolutions.map((resolution) => [resolution.filename, resolution]));
      expect(named.get('kettle.safetensors')).toMatchObject({ accepted: false, proof: 'fuzzy' });
      expect(named.get('teapot.safetensors')).toMatchObject({ accepted: true, proof: 'catalog' });
      const told = events.flatMap((event) => (event.type === 'model_resolved' ? [event.resolution.filename] : []));
      expect(told.toSorted()).toEqual(['kettle.safetensors', 'teapot.safetensors']);
    }
  });

  test('are told apart by the makers of the loader', async () => {
    await using hub = await startTestHub(shelves);
    const missing = ['LoraLoader', 'WanVideoLoraSelect'].map((nodeType) => makeRequirement('kettle.safetensors', { nodeType }));
    const { resolutions } = await resolveWith(hub.endpoints, missing, { catalogue: Catalogue.open(':memory:') });
    expect(resolutions.map(({ repoId }) => repoId)).toEqual(['Comfy-Org/kettle', 'Kijai/kettle']);
  });
});

test("a publisher's file for a loader of other makers costs no question to Civitai, where those makers have nothing", async () => {
  await using hub = await startTestHub({
    huggingface: [{ id: 'city96/kettle', files: [{ path: 'kettle_flux.gguf', content: contentOf('k') }] }],
  });
  const wanted = makeRequirement('kettle_flux.gguf', { directory: 'diffusion_models', nodeType: 'UNETLoader' });
  const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
  expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', repoId: 'city96/kettle' });
  expect(hub.requests.map(({ service }) => service)).not.toContain('civitai');
});
