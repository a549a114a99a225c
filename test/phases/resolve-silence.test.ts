import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import { answerStatus, type Fault, neverAnswer } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const PATIENCE = { silenceMs: 600, secondSilenceMs: 150, wholeMs: 3000 };
/** What one silent service may cost, with time to spare for the rest of the run. */
const ONCE_MS = PATIENCE.silenceMs + PATIENCE.secondSilenceMs + 600;
const NAMES = Array.from({ length: 12 }, (_, at) => `harbour${at}_quay_style.safetensors`);
const WANTED = NAMES.map((name) => makeRequirement(name));
const ON_CIVITAI = {
  civitai: NAMES.map((name, at) => ({
    id: at + 1,
    name: name.replaceAll('_', ' ').replace('.safetensors', ''),
    type: 'LORA' as const,
    downloads: 9000,
    versions: [{ id: at + 100, name: 'v1', downloads: 9000, files: [{ id: at + 1000, name, content: contentOf(name) }] }],
  })),
};
const ON_HUGGINGFACE = {
  huggingface: NAMES.map((path, at) => ({
    id: `maker-${at}/${path.split('_')[0]}`,
    downloads: 5000,
    files: [{ path, content: contentOf(path) }],
  })),
};

/** Answers as the hub does, after so many milliseconds. */
function after(ms: number): Fault {
  return async (_request, answer) => {
    await Bun.sleep(ms);
    return answer();
  };
}

describe('a service that accepts questions and never answers', () => {
  test.each([
    ['huggingface', ON_CIVITAI],
    ['civitai', ON_HUGGINGFACE],
  ] as const)('%s is waited for once in a run of many models; the other one finds them', async (service, places) => {
    await using hub = await startTestHub(places);
    hub.inject({ service }, neverAnswer());
    const startedMs = performance.now();
    const { resolutions, problems } = await resolveWith(hub.endpoints, WANTED, { patience: PATIENCE });
    expect(performance.now() - startedMs).toBeLessThan(ONCE_MS);
    expect(hub.requests.filter((request) => request.service === service).length).toBeLessThanOrEqual(8);
    expect(resolutions.filter(({ accepted }) => accepted)).toHaveLength(NAMES.length);
    expect(problems.map(({ code }) => code)).toEqual([`${service}_timeout`]);
  });

  test('both of them cost their time once, and nothing is called not found', async () => {
    await using hub = await startTestHub({});
    for (const service of ['huggingface', 'civitai'] as const) hub.inject({ service }, neverAnswer());
    const startedMs = performance.now();
    const { resolutions, problems } = await resolveWith(hub.endpoints, WANTED, { patience: PATIENCE });
    expect(performance.now() - startedMs).toBeLessThan(2 * ONCE_MS);
    for (const { unchecked, reason } of resolutions) {
      expect(unchecked.map(({ source, code }) => [source, code])).toEqual([
        ['huggingface', 'huggingface_timeout'],
        ['civitai', 'civitai_timeout'],
      ]);
      expect(reason).not.toContain('not found on');
    }
    expect(problems.map(({ code }) => code).toSorted()).toEqual(['civitai_timeout', 'huggingface_timeout']);
  });

  test('an answer that is slow is waited for and used', async () => {
    await using hub = await startTestHub(ON_CIVITAI);
    hub.inject({ service: 'civitai' }, after(PATIENCE.silenceMs * 0.4));
    const { resolutions } = await resolveWith(hub.endpoints, WANTED.slice(0, 4), { patience: PATIENCE });
    expect(resolutions.filter(({ accepted }) => accepted)).toHaveLength(4);
  });

  test('a request that is lost on the way is made once more', async () => {
    await using hub = await startTestHub(ON_CIVITAI);
    hub.inject({ service: 'civitai', times: 1 }, neverAnswer());
    const { resolutions } = await resolveWith(hub.endpoints, WANTED.slice(0, 1), { patience: PATIENCE });
    expect(resolutions[0]).toMatchObject({ accepted: true, source: 'civitai', unchecked: [] });
  });

  test('a host of links is waited for once, however many links lead to it', async () => {
    await using hub = await startTestHub({});
    hub.inject({ service: 'github' }, neverAnswer());
    const linked = NAMES.map((name) =>
      makeRequirement(name, { urls: [{ url: `https://github.com/studio/tools/releases/download/v1/${name}`, from: 'properties' }] }),
    );
    const startedMs = performance.now();
    const { resolutions } = await resolveWith(hub.endpoints, linked, { patience: PATIENCE });
    expect(performance.now() - startedMs).toBeLessThan(ONCE_MS);
    for (const { unchecked } of resolutions) expect(unchecked).toMatchObject([{ source: 'github.com', code: 'link_timeout' }]);
  });

  test('what earlier runs have learnt of it is used all the same', async () => {
    await using hub = await startTestHub({ ...ON_HUGGINGFACE });
    const catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, WANTED, { catalogue });
    hub.inject({ service: 'huggingface' }, neverAnswer());
    const news = ['new_one.safetensors', 'new_two.safetensors', 'new_three.safetensors'].map((name) => makeRequirement(name));
    const { resolutions } = await resolveWith(hub.endpoints, [...news, ...WANTED], { catalogue, patience: PATIENCE });
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([...news.map(() => false), ...WANTED.map(() => true)]);
  });

  test('and so it is where the service is down in another way', async () => {
    await using hub = await startTestHub({ ...ON_HUGGINGFACE });
    const catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, WANTED, { catalogue });
    hub.inject({ service: 'huggingface' }, answerStatus(429, { retryAfter: 600 }));
    const news = ['new_one.safetensors', 'new_two.safetensors'].map((name) => makeRequirement(name));
    const { resolutions } = await resolveWith(hub.endpoints, [...news, ...WANTED], { catalogue });
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([...news.map(() => false), ...WANTED.map(() => true)]);
  });
});
