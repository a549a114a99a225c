import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import type { SearchSource } from '../../lib/core/model.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import { answerGarbage, answerHtml, answerStatus, resetConnection } from '../helpers/faults.ts';
import { LORA, VAE } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const KEY = 'ms-a-token-of-somebody';
const FILE = 'https://modelscope.cn/models/harbour/lantern-repack/resolve/master/loras/lantern_glow.safetensors';
const PAGE = 'https://www.modelscope.cn/models/harbour/lantern-repack/file/view/master/loras%2Flantern_glow.safetensors?status=2';

const HUB: HubCatalogue = {
  accounts: [{ service: 'modelscope', token: KEY, username: 'reader', repositories: ['harbour/private'] }],
  modelscope: [
    {
      id: 'harbour/lantern-repack',
      downloads: 4000,
      license: 'apache-2.0',
      files: [
        { path: 'README.md', content: contentOf('# lantern\n') },
        { path: 'loras/lantern_glow.safetensors', content: LORA },
      ],
    },
    { id: 'nobody/lantern-new', downloads: 3, files: [{ path: 'lantern_dusk.safetensors', content: VAE }] },
    { id: 'harbour/private', private: true, files: [{ path: 'secret_lamp.safetensors', content: VAE }] },
  ],
};

const ALL = {
  search: {
    fuzzyThreshold: 0.7,
    sources: ['workflow', 'local', 'catalog', 'huggingface', 'civitai', 'modelscope'] satisfies SearchSource[],
  },
};

function linked(filename: string, url: string) {
  return makeRequirement(filename, { urls: [{ url, from: 'properties' }] });
}

describe('a link to ModelScope', () => {
  test.each([FILE, PAGE])('is checked by one request, with size and sha256, also where ModelScope is not searched: %s', async (url) => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [linked('lantern_glow.safetensors', url)]);
    expect(resolutions[0]).toMatchObject({
      source: 'direct',
      proof: 'link',
      accepted: true,
      downloadUrl: FILE,
      sizeBytes: LORA.sizeBytes,
      sha256: LORA.sha256,
      requiresAuth: false,
      unchecked: [],
    });
    expect(hub.requests.map(({ service, method }) => `${method} ${service}`)).toEqual(['GET modelscope']);
  });

  test('to a file that is not there is dead, although its address answers with 200', async () => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [linked('gone.safetensors', FILE.replace('lantern_glow', 'gone'))]);
    expect(resolutions[0]).toMatchObject({ accepted: false, source: 'not_found', unchecked: [] });
    expect(resolutions[0]?.reason).toContain('has no file loras/gone.safetensors');
  });

  test.each([
    ['a repository that is not there', FILE.replace('lantern-repack', 'nothing')],
    ['a revision that is not there', FILE.replace('/master/', '/v9/')],
    ['a private repository without a token', 'https://modelscope.cn/models/harbour/private/resolve/master/secret_lamp.safetensors'],
  ])('to %s is dead', async (_name, url) => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [linked('secret_lamp.safetensors', url)]);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('not on ModelScope, or is private');
  });

  test('in a private repository is found with the token, which goes to ModelScope alone', async () => {
    await using hub = await startTestHub(HUB);
    const keys: string[] = [];
    hub.inject({}, (request, answer) => {
      keys.push(`${request.service} ${request.headers.get('authorization')} ${request.headers.get('cookie')}`);
      return answer();
    });
    const url = 'https://modelscope.cn/models/harbour/private/resolve/master/secret_lamp.safetensors';
    const missing = [linked('secret_lamp.safetensors', url), makeRequirement('nobody_has_qzx.safetensors')];
    const { resolutions } = await resolveWith(hub.endpoints, missing, { secrets: { ...NO_SECRETS, modelscope: KEY }, ...ALL });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', sha256: VAE.sha256, requiresAuth: null });
    const told = new Set(keys.filter((line) => line.includes(KEY)));
    expect([...told]).toEqual([`modelscope Bearer ${KEY} m_session_id=${KEY}`]);
  });

  test('is what another place with the same sha256 is equivalent to', async () => {
    await using hub = await startTestHub({
      ...HUB,
      huggingface: [{ id: 'Kijai/lantern', gated: 'auto', files: [{ path: 'lantern_glow.safetensors', content: LORA }] }],
    });
    const gated = 'https://huggingface.co/Kijai/lantern/resolve/main/lantern_glow.safetensors';
    const wanted = makeRequirement('lantern_glow.safetensors', {
      sha256: LORA.sha256,
      urls: [
        { url: gated, from: 'properties' },
        { url: FILE, from: 'properties' },
      ],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'hash', downloadUrl: FILE, requiresAuth: false });
  });

  test('that an earlier run has listed stands in for a gated place with the same sha256', async () => {
    await using hub = await startTestHub({
      ...HUB,
      accounts: [{ service: 'huggingface', token: 'hf_somebody', username: 'reader', repositories: ['Kijai/lantern'] }],
      huggingface: [{ id: 'Kijai/lantern', gated: 'auto', files: [{ path: 'lantern_glow.safetensors', content: LORA }] }],
    });
    using catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [linked('lantern_glow.safetensors', FILE)], { catalogue });
    const gated = linked('lantern_glow.safetensors', 'https://huggingface.co/Kijai/lantern/resolve/main/lantern_glow.safetensors');
    const secrets = { ...NO_SECRETS, huggingface: 'hf_somebody' };
    const { resolutions } = await resolveWith(hub.endpoints, [gated], { catalogue, secrets });
    expect(resolutions[0]?.candidates.map(({ downloadUrl, sha256 }) => [downloadUrl, sha256])).toContainEqual([FILE, LORA.sha256]);
  });
});

describe("a link to ModelScope's second site, which is no mirror of the first", () => {
  const url = 'https://github.com/harbour/lamps/releases/download/v1/lamp.safetensors'; // stands in for it: any place that is no hub

  test.each([
    ['a part under status 200', { 'content-range': 'bytes 0-0/4711' }, { accepted: true, sizeBytes: 4711 }],
    ['a part of unknown length under status 200', { 'content-range': 'bytes 0-0/*' }, { accepted: true, sizeBytes: null }],
    ['a message under status 200', { 'content-type': 'application/json; charset=utf-8' }, { accepted: false }],
  ])('%s', async (_name, headers, expected) => {
    await using hub = await startTestHub({});
    hub.inject({ service: 'github' }, async () => ({ status: 200, headers: { 'content-length': '1', ...headers }, body: '{' }));
    const { resolutions } = await resolveWith(hub.endpoints, [linked('lamp.safetensors', url)]);
    expect(resolutions[0]).toMatchObject(expected);
  });
});

describe('the search on ModelScope', () => {
  const wanted = makeRequirement('lantern_glow.safetensors');

  test('is not made unless it is configured', async () => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]?.source).toBe('not_found');
    expect(hub.requests.filter(({ service }) => service === 'modelscope')).toEqual([]);
  });

  test('finds the very file name in a repository that people use', async () => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], ALL);
    expect(resolutions[0]).toMatchObject({
      source: 'direct',
      proof: 'name',
      accepted: true,
      downloadUrl: FILE,
      sha256: LORA.sha256,
      license: 'apache-2.0',
    });
    expect(resolutions[0]?.reason).toContain('harbour/lantern-repack on ModelScope');
  });

  test('a place that nobody uses waits for review', async () => {
    await using hub = await startTestHub(HUB);
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_dusk.safetensors')], ALL);
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', sha256: VAE.sha256 });
  });

  test('names of known publishers vouch for nothing there', async () => {
    const id = 'Comfy-Org/lantern-copy';
    await using hub = await startTestHub({
      modelscope: [{ id, downloads: 2, files: [{ path: 'lantern_glow.safetensors', content: LORA }] }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], ALL);
    expect(resolutions[0]).toMatchObject({ accepted: false });
  });

  test.each([
    [20, true, 'outweigh'],
    [3000, false, 'ambiguous'],
  ])('other bytes under the name on Hugging Face with %d downloads: taken is %p', async (downloads, accepted, reason) => {
    const files = [{ path: 'lantern_glow.safetensors', content: VAE }];
    // Hugging Face is asked last, so that it does not prove the name before ModelScope is asked
    const sources: SearchSource[] = ['workflow', 'local', 'catalog', 'modelscope', 'huggingface'];
    await using hub = await startTestHub({ ...HUB, huggingface: [{ id: 'someone/lantern', downloads, files }] });
    const search = { fuzzyThreshold: 0.7, sources };
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { search });
    expect(resolutions[0]).toMatchObject({ accepted });
    expect(resolutions[0]?.reason).toContain(reason);
  });

  test('takes at most two searches and three lists for one model, and each list once for all', async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({
      id: `quay/lantern-${at}`,
      downloads: at,
      files: [{ path: 'x.safetensors', content: VAE }],
    }));
    await using hub = await startTestHub({ modelscope: many });
    const missing = ['lantern_a', 'lantern_b', 'lantern_c'].map((name) => makeRequirement(`${name}.safetensors`));
    await resolveWith(hub.endpoints, missing, ALL);
    const asked = hub.requests.filter(({ service }) => service === 'modelscope').map(({ path }) => path);
    expect(asked.filter((path) => path.startsWith('/openapi/')).length).toBeLessThanOrEqual(6);
    expect(asked.filter((path) => path.includes('/repo/files')).length).toBeLessThanOrEqual(9);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('a second run asks nothing', async () => {
    await using hub = await startTestHub(HUB);
    using catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [wanted], { catalogue, ...ALL });
    const asked = hub.requests.length;
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue, ...ALL });
    expect([resolutions[0]?.accepted, hub.requests.length - asked]).toEqual([true, 0]);
  });
});

describe('when ModelScope', () => {
  test.each([
    ['resets connections', resetConnection(), 'modelscope_unreachable'],
    ['has trouble of its own', answerStatus(500), 'modelscope_server_error'],
    ['limits the rate', answerStatus(429, { retryAfter: 120 }), 'modelscope_rate_limited'],
    ['refuses', answerStatus(401), 'modelscope_unauthorized'],
    ['answers with a page', answerHtml(), 'modelscope_bad_answer'],
    ['answers with garbage', answerGarbage(), 'modelscope_bad_answer'],
    ['answers a refusal under status 200', answerGarbage('{"Code": 10010200001, "Success": false, "Data": null}'), 'modelscope_bad_answer'],
  ] as const)('%s, the others go on and nothing is called not found', async (_name, fault, code) => {
    await using hub = await startTestHub({
      ...HUB,
      huggingface: [{ id: 'Comfy-Org/quay', files: [{ path: 'loras/quay.safetensors', content: VAE }] }],
    });
    hub.inject({ service: 'modelscope' }, fault);
    const missing = [makeRequirement('lantern_glow.safetensors'), makeRequirement('quay.safetensors'), linked('lamp.safetensors', FILE)];
    const { resolutions, problems } = await resolveWith(hub.endpoints, missing, ALL);
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([false, true, false]);
    for (const open of [resolutions[0], resolutions[2]]) {
      expect(open?.unchecked).toContainEqual(expect.objectContaining({ source: 'modelscope', code }));
      expect(open?.reason).not.toContain('not found on Civitai');
    }
    expect(problems.map((problem) => problem.code)).toEqual([code]);
  });
});
