import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import { answerGarbage, answerHtml, answerStatus, resetConnection } from '../helpers/faults.ts';
import { CHECKPOINT, CHECKPOINT_FULL, CIVITAI_KEY, HF_KEY, LORA, VAE, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const LANTERN = 'https://huggingface.co/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';

function lora(path: string, text: string) {
  return { path, content: contentOf(text) };
}

/** A hub that holds nothing but these. */
function hubOf(catalogue: HubCatalogue) {
  return startTestHub(catalogue);
}

/** A wanted style whose link leads to a file of another name. */
function lanternNamed(from: 'properties' | 'note') {
  return makeRequirement('my_style.safetensors', { urls: [{ url: LANTERN, from }] });
}

/** A checkpoint of which the linked version has two files with one name. */
function lanternMix(query: string) {
  const url = `https://civitai.com/api/download/models/2001${query}`;
  return makeRequirement('lanternMix_v30.safetensors', { directory: 'checkpoints', urls: [{ url, from: 'properties' }] });
}

describe("the workflow's own links", () => {
  test('a link to a file on Hugging Face is checked by one request and accepted with its size, hash and commit', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: `${LANTERN}?download=true`, from: 'properties' }] });
    const { resolutions, events } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({
      source: 'huggingface',
      proof: 'link',
      accepted: true,
      downloadUrl: LANTERN,
      sizeBytes: LORA.sizeBytes,
      sha256: LORA.sha256,
      repoId: 'studio/paper-lantern',
      repoPath: 'loras/paper_lantern_lora.safetensors',
      savePath: '/models/loras/paper_lantern_lora.safetensors',
      gated: false,
      unchecked: [],
    });
    expect(resolutions[0]?.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(hub.requests.map(({ method, service }) => `${method} ${service}`)).toEqual(['HEAD huggingface']);
    expect(events.map(({ type }) => type)).toEqual(['phase_started', 'phase_progress', 'model_resolved', 'phase_finished']);
  });

  test('a /blob/ page of a repository that was renamed leads to the file', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://hf.co/oldname/paper-lantern/blob/main/split%20files/vae/paper_lantern_vae.safetensors';
    const wanted = makeRequirement('paper_lantern_vae.safetensors', { directory: 'vae', urls: [{ url, from: 'note' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ proof: 'link', accepted: true, sha256: VAE.sha256 });
  });

  test("a node's own entry may name a file whose link ends in another name; a note may not", async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [lanternNamed('properties'), lanternNamed('note')]);
    expect(resolutions[0]).toMatchObject({ proof: 'link', accepted: true, filename: 'my_style.safetensors' });
    expect(resolutions[1]).toMatchObject({ accepted: false });
    expect(resolutions[1]?.reason).toContain('another name');
  });

  test('a link to another format than the wanted one is not taken', async () => {
    await using hub = await hubOf({ huggingface: [{ id: 'a/b', files: [lora('x.ckpt', 'pickle')] }] });
    const wanted = makeRequirement('x.safetensors', {
      urls: [{ url: 'https://huggingface.co/a/b/resolve/main/x.ckpt', from: 'properties' }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('another format');
  });

  test('a gated repository is accepted without access, and says so', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://huggingface.co/studio/gated-vae/resolve/main/gated_vae.safetensors';
    const wanted = makeRequirement('gated_vae.safetensors', { directory: 'vae', urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({
      proof: 'link',
      accepted: true,
      gated: true,
      requiresAuth: true,
      sha256: null,
      sizeBytes: VAE.sizeBytes,
    });
  });

  test('with access to the gated repository its hash is known', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://huggingface.co/studio/gated-vae/resolve/main/gated_vae.safetensors';
    const wanted = makeRequirement('gated_vae.safetensors', { directory: 'vae', urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { secrets: { ...NO_SECRETS, huggingface: HF_KEY } });
    expect(resolutions[0]).toMatchObject({ accepted: true, sha256: VAE.sha256 });
  });

  test('a dead link is said, and the search goes on', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://huggingface.co/studio/gone/resolve/main/paper_lantern_lora.safetensors';
    const wanted = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ proof: 'name', accepted: true, repoId: 'studio/paper-lantern', unchecked: [] });
    expect(resolutions[0]?.reason).toContain('dead');
  });

  test('a link whose file has another sha256 than the workflow names is reported and not accepted', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_lora.safetensors', {
      sha256: 'ab'.repeat(32),
      urls: [{ url: LANTERN, from: 'properties' }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
    expect(resolutions[0]?.reason).toContain('another sha256');
  });

  test('a Civitai page with a version gives the file of that name by its id', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://civitai.red/models/100/paper-lantern?modelVersionId=1001';
    const wanted = makeRequirement('paper_lantern_style.safetensors', { urls: [{ url, from: 'note' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({
      source: 'civitai',
      proof: 'link',
      downloadUrl: 'https://civitai.com/api/download/models/1001?fileId=5001',
      modelId: 100,
      versionId: 1001,
      sha256: LORA.sha256,
    });
  });

  test('a Civitai page without a version is no proof for another name', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('some_other_style.safetensors', {
      urls: [{ url: 'https://civitai.com/models/100', from: 'properties' }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('of several files with one name the link chooses by its parameters', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [
      lanternMix(''),
      lanternMix('?size=full&fp=fp32'),
      lanternMix('?fileId=6002'),
    ]);
    expect(resolutions.map(({ sha256 }) => sha256)).toEqual([CHECKPOINT.sha256, CHECKPOINT_FULL.sha256, CHECKPOINT_FULL.sha256]);
  });

  test('downloads that the creator has disabled are not accepted', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://civitai.com/api/download/models/6101';
    const wanted = makeRequirement('file_6101.safetensors', { urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
    expect(resolutions[0]?.candidates[0]?.reason).toContain('disabled downloads');
  });

  test('early access is accepted and known to need an account', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://civitai.com/api/download/models/7101';
    const wanted = makeRequirement('file_7101.safetensors', { urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: true, requiresAuth: true, gated: true });
  });

  test('a release on GitHub is a direct link whose size is known', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://github.com/studio/tools/releases/download/v1.0/sharpen_x4.safetensors';
    const wanted = makeRequirement('sharpen_x4.safetensors', { directory: 'upscale_models', urls: [{ url, from: 'note' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ source: 'direct', proof: 'link', downloadUrl: url, sizeBytes: CHECKPOINT.sizeBytes });
  });

  test('a page in place of a file is no file', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('sharpen_x4.safetensors', {
      urls: [{ url: 'https://github.com/studio/tools/blob/main/sharpen_x4.safetensors', from: 'properties' }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ source: 'not_found', accepted: false });
    expect(resolutions[0]?.reason).toContain('page');
  });

  test.each([
    ['is down', resetConnection()],
    ['has trouble', answerStatus(500)],
    ['shows a page', answerHtml()],
    ['answers garbage', answerGarbage()],
  ])('a link whose host %s is unchecked, and the model is not called not found', async (_, fault) => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'github' }, fault);
    const url = 'https://github.com/studio/tools/releases/download/v1/nowhere_x4.safetensors';
    const wanted = makeRequirement('nowhere_x4.safetensors', { urls: [{ url, from: 'properties' }] });
    const { resolutions, problems } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ source: 'not_found', accepted: false, unchecked: [{ source: 'github.com' }] });
    expect(resolutions[0]?.reason).toContain('could not be looked at');
    expect(problems.map(({ error }) => error)).toContain('Link could not be checked: github.com');
    expect(problems.map(({ code }) => code)).not.toContain('model_not_found');
  });

  test('garbage in place of the hub is no file of the hub', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'huggingface' }, answerGarbage());
    const url = 'https://huggingface.co/somebody/thing/resolve/main/lantern.safetensors';
    const { resolutions } = await resolveWith(hub.endpoints, [
      makeRequirement('lantern.safetensors', { urls: [{ url, from: 'properties' }] }),
    ]);
    expect(resolutions[0]).toMatchObject({ accepted: false, unchecked: [{ source: 'huggingface', code: 'huggingface_bad_answer' }] });
  });

  test.each([
    'http://192.168.1.5/x.safetensors',
    'http://localhost/x.safetensors',
    'https://unknown.example/x.safetensors',
    'file:///etc/passwd',
  ])('%s is not fetched', async (url) => {
    await using hub = await startTestHub({});
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('x.safetensors', { urls: [{ url, from: 'properties' }] })]);
    expect(resolutions[0]).toMatchObject({ source: 'not_found', accepted: false });
  });
});

describe('sha256', () => {
  test('is asked of Civitai for all models at once, and wins over the name', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = [LORA, CHECKPOINT_FULL].map(({ sha256 }, at) =>
      makeRequirement(`renamed_${at}.safetensors`, { sha256, directory: at === 0 ? 'loras' : 'checkpoints' }),
    );
    const { resolutions } = await resolveWith(hub.endpoints, wanted);
    expect(resolutions).toMatchObject([
      { source: 'civitai', proof: 'hash', accepted: true, versionId: 1001 },
      { source: 'civitai', proof: 'hash', downloadUrl: 'https://civitai.com/api/download/models/2001?fileId=6002' },
    ]);
    expect(hub.requests.filter(({ path }) => path.includes('by-hash')).length).toBe(1);
  });

  test('a place that needs no account is preferred for the same bytes', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_lora.safetensors', { sha256: LORA.sha256, urls: [{ url: LANTERN, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ source: 'huggingface', proof: 'hash', downloadUrl: LANTERN });
    expect(resolutions[0]?.candidates.map(({ source }) => source)).toContain('civitai');
  });

  test('a file of the right name with other bytes is not it', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_lora.safetensors', { sha256: 'cd'.repeat(32) });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
    expect(resolutions[0]).toMatchObject({ accepted: false, source: 'not_found' });
  });
});

describe('search', () => {
  const PUBLISHED: HubCatalogue = {
    huggingface: [
      {
        id: 'Comfy-Org/Lantern_ComfyUI',
        downloads: 90_000,
        license: 'apache-2.0',
        files: [
          lora('split_files/vae/lantern_vae.safetensors', 'vae'),
          lora('split_files/loras/lantern_4steps_fp16.safetensors', 'four'),
          lora('split_files/loras/lantern_8steps_fp16.safetensors', 'eight'),
        ],
      },
      { id: 'Comfy-0rg/lantern_4steps_fp16', downloads: 12, files: [lora('lantern_4steps_fp16.safetensors', 'evil')] },
    ],
  };

  test("a publisher's repository proves the name, whatever copycats there are", async () => {
    await using hub = await hubOf(PUBLISHED);
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_4steps_fp16.safetensors')]);
    expect(resolutions[0]).toMatchObject({ proof: 'catalog', accepted: true, repoId: 'Comfy-Org/Lantern_ComfyUI', license: 'apache-2.0' });
    expect(resolutions[0]?.sha256).toBe(contentOf('four').sha256);
  });

  test('several files of one repository of a publisher cost three lists, and no look at any of them', async () => {
    await using hub = await hubOf(PUBLISHED);
    const wanted = ['lantern_4steps_fp16.safetensors', 'lantern_8steps_fp16.safetensors'].map((name) => makeRequirement(name));
    const { resolutions } = await resolveWith(hub.endpoints, wanted);
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([true, true]);
    expect(hub.requests.map(({ service }) => service)).toEqual(['manager', 'huggingface', 'huggingface']);
    expect(hub.requests.filter(({ path }) => path.includes('/api/models')).length).toBe(2);
  });

  test('a file that is there for another kind of model is not taken', async () => {
    await using hub = await hubOf(PUBLISHED);
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_vae.safetensors', { directory: 'loras' })], {
      acceptFuzzy: true,
    });
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('a single hit in a place that nobody knows waits for review, and --yes takes it', async () => {
    const typosquat: HubCatalogue = {
      huggingface: [{ id: 'new-user/lantern_magic', downloads: 3, files: [lora('lantern_magic.safetensors', 'evil')] }],
    };
    await using hub = await hubOf(typosquat);
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    const { resolutions } = await resolveWith(hub.endpoints, wanted);
    expect(resolutions[0]).toMatchObject({ proof: 'fuzzy', accepted: false });
    expect(resolutions[0]?.candidates[0]?.reason).toContain('hardly anybody');
    const { resolutions: accepted } = await resolveWith(hub.endpoints, wanted, { acceptFuzzy: true });
    expect(accepted[0]).toMatchObject({ proof: 'fuzzy', accepted: true });
  });

  test('a place that was made yesterday has no standing, whatever downloads it claims below the bound', async () => {
    const lastModified = new Date(Date.now() - 24 * 3600 * 1000).toISOString();
    await using hub = await hubOf({
      huggingface: [{ id: 'new-user/lantern_magic', downloads: 400, lastModified, files: [lora('lantern_magic.safetensors', 'evil')] }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')]);
    expect(resolutions[0]).toMatchObject({ proof: 'fuzzy', accepted: false });
  });

  test('the same name with other bytes in two places that people use is ambiguous', async () => {
    await using hub = await hubOf({
      huggingface: [
        { id: 'one/lantern_magic', downloads: 3000, files: [lora('lantern_magic.safetensors', 'one')] },
        { id: 'two/lantern_magic', downloads: 2000, files: [lora('lantern_magic.safetensors', 'two')] },
      ],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')]);
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
    expect(resolutions[0]?.reason).toContain('ambiguous');
    expect(resolutions[0]?.candidates.map(({ repoId }) => repoId)).toEqual(['one/lantern_magic', 'two/lantern_magic']);
  });

  test('a hundred times the downloads of all others stand for the name', async () => {
    await using hub = await hubOf({
      huggingface: [
        { id: 'one/lantern_magic', downloads: 300_000, files: [lora('lantern_magic.safetensors', 'one')] },
        { id: 'two/lantern_magic', downloads: 2000, files: [lora('lantern_magic.safetensors', 'two')] },
      ],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')]);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'name', repoId: 'one/lantern_magic' });
    expect(resolutions[0]?.reason).toContain('outweigh');
  });

  test('two places with the same bytes are one file', async () => {
    await using hub = await hubOf({
      huggingface: [{ id: 'one/lantern_magic', downloads: 300, files: [lora('lantern_magic.safetensors', 'one')] }],
      civitai: [
        {
          id: 1,
          name: 'Lantern Magic',
          type: 'LORA',
          downloads: 900,
          versions: [
            { id: 2, name: 'v1', downloads: 900, files: [{ id: 3, name: 'lantern_magic.safetensors', content: contentOf('one') }] },
          ],
        },
      ],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')]);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'name', source: 'huggingface' });
    expect(resolutions[0]?.candidates.length).toBe(2);
  });

  test('Civitai is searched by the words of the name and compared by file names', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_style.safetensors');
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ source: 'civitai', versionId: 1001 });
    const search = hub.requests.find(({ path }) => path.startsWith('/api/v1/models?'));
    expect(search?.path).toContain('nsfw=true');
    expect(search?.path).toContain('types=LORA&types=LoCon&types=DoRA');
  });

  test('two files of one version with one name are ambiguous', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('lanternMix_v30.safetensors', { directory: 'checkpoints' });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', source: 'civitai' });
    expect(resolutions[0]?.candidates.length).toBe(2);
  });

  test.each([
    ['lantern_14B_fp16.safetensors', 'lantern_1.3B_fp16.safetensors'],
    ['lantern_high_noise.safetensors', 'lantern_low_noise.safetensors'],
    ['lantern_fp16.safetensors', 'lantern_fp8_e4m3fn.safetensors'],
    ['lantern_v2.safetensors', 'lantern_v3.safetensors'],
    ['lantern_sdxl.safetensors', 'lantern_sd15.safetensors'],
    ['lantern_Q4_K_M.gguf', 'lantern_Q8_0.gguf'],
    ['lantern.safetensors', 'lantern_inpaint.safetensors'],
  ])('--yes does not take for %s the similar %s', async (wanted, offered) => {
    await using hub = await hubOf({
      huggingface: [{ id: 'Comfy-Org/lantern', downloads: 100_000, files: [lora(offered, 'other')] }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(wanted)], { acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('an embedding that a prompt names without its ending is found, and saved with it', async () => {
    await using hub = await hubOf({
      huggingface: [
        {
          id: 'someone/good-embeddings',
          downloads: 9000,
          files: [lora('LanternNegative.pt', 'pickle'), lora('LanternNegative.safetensors', 'safe')],
        },
      ],
    });
    hub.inject({ service: 'civitai' }, answerStatus(200, { body: { items: [], metadata: {} } }));
    const wanted = makeRequirement('lanternnegative', { directory: 'embeddings', expectedType: 'embedding' });
    const search = { fuzzyThreshold: 0.7, sources: ['huggingface', 'civitai'] as const };
    const url = 'https://huggingface.co/someone/good-embeddings/resolve/main/LanternNegative.pt';
    const linked = { ...wanted, urls: [{ url, from: 'note' as const }] };
    const { resolutions } = await resolveWith(hub.endpoints, [linked], {});
    expect(resolutions[0]).toMatchObject({ proof: 'link', pickle: true, savePath: '/models/embeddings/lanternnegative.pt' });
    hub.inject(
      { path: 'search=' },
      answerStatus(200, {
        body: [
          {
            id: 'someone/good-embeddings',
            downloads: 9000,
            siblings: [{ rfilename: 'LanternNegative.pt' }, { rfilename: 'LanternNegative.safetensors' }],
          },
        ],
      }),
    );
    const { resolutions: searched } = await resolveWith(hub.endpoints, [wanted], { search: { ...search, sources: [...search.sources] } });
    expect(searched[0]).toMatchObject({
      proof: 'name',
      filename: 'lanternnegative',
      savePath: '/models/embeddings/lanternnegative.safetensors',
    });
  });

  test('generic names are not matched by name, not even with --yes; the folder tells which one is meant', async () => {
    const name = 'diffusion_pytorch_model.safetensors';
    await using hub = await hubOf({
      huggingface: [
        {
          id: 'TencentARC/lantern-adapters',
          downloads: 90_000,
          files: [lora(`random_mask/${name}`, 'random'), lora(`segmentation_mask/${name}`, 'segmentation')],
        },
      ],
    });
    const plain = makeRequirement(name, { directory: 'controlnet' });
    const inFolder = makeRequirement(name, { directory: 'controlnet', subfolder: 'lantern/segmentation_mask' });
    const { resolutions } = await resolveWith(hub.endpoints, [plain, inFolder], { acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
    expect(resolutions[1]).toMatchObject({ accepted: true, repoPath: `segmentation_mask/${name}` });
  });

  test('a name that nobody has is not found, and that is a problem of its own', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions, events } = await resolveWith(hub.endpoints, [makeRequirement('zzz_nobody_has_this.safetensors')]);
    expect(resolutions[0]).toMatchObject({ source: 'not_found', proof: null, accepted: false, unchecked: [], downloadUrl: null });
    expect(events).toContainEqual({
      type: 'problem',
      filename: 'zzz_nobody_has_this.safetensors',
      problem: expect.objectContaining({ code: 'model_not_found', error: 'Model not found on Civitai or HuggingFace' }),
    });
  });

  test('the order of the answers is the order of the questions', async () => {
    await using hub = await hubOf(PUBLISHED);
    const names = ['lantern_8steps_fp16.safetensors', 'nobody_a.safetensors', 'lantern_4steps_fp16.safetensors', 'nobody_b.safetensors'];
    const { resolutions } = await resolveWith(
      hub.endpoints,
      names.map((name) => makeRequirement(name)),
    );
    expect(resolutions.map(({ filename }) => filename)).toEqual(names);
  });
});

describe('the curated list', () => {
  const RELEASE = 'https://github.com/studio/tools/releases/download/v1.0/sharpen_x4.safetensors';
  const row = (parts: Record<string, unknown>) => ({
    name: 'x',
    type: 'upscale',
    base: 'upscale',
    save_path: 'default',
    filename: 'sharpen_x4.safetensors',
    url: RELEASE,
    size: '1MB',
    ...parts,
  });
  const listing = (...rows: unknown[]): HubCatalogue => ({ ...smallCatalogue(), manager: { 'model-list.json': { models: rows } } });
  const WANTED = makeRequirement('sharpen_x4.safetensors', { directory: 'upscale_models' });

  test('names a place that no search finds', async () => {
    await using hub = await startTestHub(listing(null, { filename: 7 }, row({})));
    const { resolutions } = await resolveWith(hub.endpoints, [WANTED]);
    expect(resolutions[0]).toMatchObject({ proof: 'catalog', accepted: true, source: 'direct', downloadUrl: RELEASE });
    expect(resolutions[0]?.reason).toContain("ComfyUI-Manager's model list");
  });

  test('gives a file the name that it is to be saved under, and its folder', async () => {
    await using hub = await startTestHub(listing(row({ filename: 'renamed.safetensors' })));
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('renamed.safetensors', { directory: null })]);
    expect(resolutions[0]).toMatchObject({
      accepted: true,
      directory: 'upscale_models',
      savePath: '/models/upscale_models/renamed.safetensors',
    });
  });

  test('proves nothing for another folder', async () => {
    await using hub = await startTestHub(listing(row({ type: 'lora' })));
    const { resolutions } = await resolveWith(hub.endpoints, [WANTED], { acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('proves nothing when its rows lead to different files', async () => {
    await using hub = await startTestHub(listing(row({}), row({ url: LANTERN })));
    const { resolutions } = await resolveWith(hub.endpoints, [WANTED]);
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('needs the subfolder for a name that says nothing', async () => {
    const name = 'diffusion_pytorch_model.safetensors';
    await using hub = await startTestHub(listing(row({ filename: name, save_path: 'controlnet/Lantern/depth', url: LANTERN })));
    const plain = makeRequirement(name, { directory: 'controlnet' });
    const { resolutions } = await resolveWith(hub.endpoints, [plain, { ...plain, subfolder: 'Lantern/depth' }]);
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([false, true]);
  });

  test('may lead nowhere else than a workflow may', async () => {
    await using hub = await startTestHub(listing(row({ url: 'http://169.254.169.254/sharpen_x4.safetensors' })));
    const { resolutions } = await resolveWith(hub.endpoints, [WANTED]);
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('is a help and no need: without it the hubs are asked, and what they do not have is not found', async () => {
    await using hub = await startTestHub(smallCatalogue());
    await hub.takeDown('manager');
    const { resolutions, problems } = await resolveWith(hub.endpoints, [
      makeRequirement('zzz_nobody_has.pth'),
      makeRequirement('paper_lantern_lora.safetensors'),
    ]);
    expect(problems.map(({ code }) => code)).toEqual(['model_not_found']);
    expect(resolutions[0]).toMatchObject({ source: 'not_found', unchecked: [{ source: 'manager' }] });
    expect(resolutions[1]).toMatchObject({ accepted: true, unchecked: [] });
  });
});

describe('a place that fails', () => {
  const NAMES = Array.from({ length: 8 }, (_, at) => makeRequirement(`unheard_of_${at}x.safetensors`));

  test.each([
    ['refuses the key', answerStatus(401, { body: { error: 'Unauthorized' } }), 'Civitai API error: 401', 'civitai_unauthorized'],
    ['limits us', answerStatus(429, { retryAfter: 900 }), 'Civitai API error: 429', 'civitai_rate_limited'],
    ['has trouble', answerStatus(503), 'Civitai API error: 503', 'civitai_server_error'],
    ['answers with a page', answerHtml(), 'Civitai API error: unexpected answer', 'civitai_bad_answer'],
    ['answers garbage', answerGarbage(), 'Civitai API error: unexpected answer', 'civitai_bad_answer'],
    ['resets the connection', resetConnection(), 'Civitai API error: no connection', 'civitai_unreachable'],
  ])('Civitai %s: said once, nothing is called not found, and the others go on', async (_case, fault, error, code) => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'civitai' }, fault);
    const found = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] });
    const { resolutions, problems } = await resolveWith(hub.endpoints, [...NAMES, found]);
    expect(problems.map((problem) => problem.error)).toEqual([error]);
    expect(problems[0]?.hint).not.toBe('');
    for (const resolution of resolutions.slice(0, -1)) {
      expect(resolution.accepted).toBe(false);
      expect(resolution.unchecked).toEqual([expect.objectContaining({ source: 'civitai', code })]);
      expect(resolution.reason).toContain('could not be asked');
    }
    expect(resolutions.at(-1)).toMatchObject({ accepted: true, proof: 'link' });
    // four at a time may be under way when the first failure comes in; each is tried three times at most
    expect(hub.requests.filter(({ service }) => service === 'civitai').length).toBeLessThanOrEqual(12);
  });

  test.each([
    ['refuses everybody', answerStatus(401), 'HuggingFace API error: 401', 'huggingface_unauthorized'],
    ['limits us', answerStatus(429, { retryAfter: 900 }), 'HuggingFace API error: 429', 'huggingface_rate_limited'],
    ['has trouble', answerStatus(500), 'HuggingFace API error: 500', 'huggingface_server_error'],
    ['answers with a page', answerHtml(), 'HuggingFace API error: unexpected answer', 'huggingface_bad_answer'],
    ['resets the connection', resetConnection(), 'HuggingFace API error: no connection', 'huggingface_unreachable'],
  ])('Hugging Face %s: neither links nor names are called dead or not found', async (_case, fault, error, code) => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'huggingface' }, fault);
    const linked = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] });
    const { resolutions, problems } = await resolveWith(hub.endpoints, [linked, ...NAMES]);
    expect(problems.map((problem) => problem.error)).toEqual([error]);
    for (const resolution of resolutions) {
      expect(resolution.accepted).toBe(false);
      expect(resolution.unchecked.map((unchecked) => unchecked.code)).toContain(code);
      expect(resolution.reason).not.toContain('dead');
    }
    expect(hub.requests.filter(({ service }) => service === 'huggingface').length).toBeLessThanOrEqual(16);
  });

  test('when the hub limits its API, links to files are looked at all the same', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ path: '/api/models' }, answerStatus(429, { retryAfter: 900 }));
    const linked = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [...NAMES, linked]);
    expect(resolutions.at(-1)).toMatchObject({ accepted: true, proof: 'link', unchecked: [] });
    expect(resolutions[0]?.unchecked).toMatchObject([{ code: 'huggingface_rate_limited' }]);
  });

  test('Hugging Face is down: Civitai is asked all the same', async () => {
    await using hub = await startTestHub(smallCatalogue());
    await hub.takeDown('huggingface');
    const { resolutions, problems } = await resolveWith(hub.endpoints, [makeRequirement('paper_lantern_style.safetensors')]);
    expect(problems.map(({ error }) => error)).toEqual(['HuggingFace API error: no connection']);
    expect(resolutions[0]).toMatchObject({ source: 'civitai', accepted: true, proof: 'name' });
    expect(resolutions[0]?.unchecked).toMatchObject([{ source: 'huggingface', code: 'huggingface_unreachable' }]);
  });

  test('a short Retry-After is kept and the question asked again', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'civitai', times: 1 }, answerStatus(429, { retryAfter: 2 }));
    const { resolutions, problems, pausesMs } = await resolveWith(hub.endpoints, [makeRequirement('paper_lantern_style.safetensors')]);
    expect(resolutions[0]).toMatchObject({ source: 'civitai', accepted: true });
    expect(problems).toEqual([]);
    expect(pausesMs.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThanOrEqual(2000);
  });

  test('a key of Hugging Face that is none is reported, and public repositories are read without it', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const wanted = makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] });
    const { resolutions, problems } = await resolveWith(hub.endpoints, [wanted], { secrets: { ...NO_SECRETS, huggingface: 'hf_wrong' } });
    expect(problems.map(({ error }) => error)).toEqual(['HuggingFace API error: 401']);
    expect(JSON.stringify(problems)).not.toContain('hf_wrong');
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', sha256: LORA.sha256, unchecked: [] });
  });

  test('a link that could not be checked is unchecked, and never dead', async () => {
    await using hub = await startTestHub(smallCatalogue());
    hub.inject({ service: 'github' }, answerStatus(502));
    const url = 'https://github.com/studio/tools/releases/download/v1.0/sharpen_x4.safetensors';
    const wanted = makeRequirement('sharpen_x4.safetensors', { directory: 'upscale_models', urls: [{ url, from: 'note' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: false, unchecked: [{ source: 'github.com' }] });
    expect(resolutions[0]?.reason).not.toContain('dead');
  });

  test('the key goes to its own service only', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const secrets = { huggingface: HF_KEY, civitai: CIVITAI_KEY };
    const wanted = [
      makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] }),
      makeRequirement('paper_lantern_style.safetensors'),
    ];
    const { resolutions } = await resolveWith(hub.endpoints, wanted, { secrets });
    const carriers = new Set(hub.requests.filter(({ hasAuthorization }) => hasAuthorization).map(({ service }) => service));
    expect([...carriers].sort()).toEqual(['civitai', 'huggingface']);
    expect(JSON.stringify(resolutions)).not.toContain(CIVITAI_KEY);
  });

  test('an aborted run ends with the reason of its signal', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const signal = AbortSignal.abort(new Error('stopped by the user'));
    const run = resolveWith(hub.endpoints, [makeRequirement('a_model.safetensors')], { signal });
    expect(run).rejects.toThrow('stopped by the user');
    await run.catch(() => undefined);
  });
});

describe('what the user says', () => {
  test('an override wins over every search', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('paper_lantern_style.safetensors')], {
      overrides: new Map([['paper_lantern_style.safetensors', { url: LANTERN, sha256: null }]]),
    });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', downloadUrl: LANTERN, sha256: LORA.sha256 });
    expect(resolutions[0]?.reason).toContain('overrides');
    expect(hub.requests.length).toBe(1);
  });

  test('an override whose file has another sha256 is refused', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('a_style.safetensors')], {
      overrides: new Map([['a_style.safetensors', { url: LANTERN, sha256: 'ef'.repeat(32) }]]),
      acceptFuzzy: true,
    });
    expect(resolutions[0]?.accepted).toBe(false);
    expect(resolutions[0]?.reason).toContain('another sha256');
  });

  test('a dead override is not replaced by what a search would find', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('paper_lantern_style.safetensors')], {
      overrides: new Map([
        ['paper_lantern_style.safetensors', { url: 'https://huggingface.co/a/b/resolve/main/c.safetensors', sha256: null }],
      ]),
    });
    expect(resolutions[0]).toMatchObject({ accepted: false, source: 'not_found' });
    expect(resolutions[0]?.reason).toContain('overrides');
  });

  test.each([
    ['9', '--pick names candidate 9 of 2'],
    ['https://huggingface.co/no/where/resolve/main/x.safetensors', 'your --pick leads to no file'],
    ['ftp://host/x.safetensors', 'it is no web address'],
  ])('the pick %s leads to no file: the candidates stay, and nobody says that the model was searched for in vain', async (pick, words) => {
    await using hub = await hubOf({
      huggingface: ['one', 'two'].map((owner) => {
        return { id: `${owner}/lantern_magic`, downloads: 3000, files: [lora('lantern_magic.safetensors', owner)] };
      }),
    });
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    const { resolutions: previous } = await resolveWith(hub.endpoints, wanted);
    const vain = await resolveWith(hub.endpoints, wanted, { previous, picks: new Map([['lantern_magic.safetensors', pick]]) });
    expect(vain.resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', candidates: previous[0]?.candidates });
    expect(vain.resolutions[0]?.reason).toContain(words);
    expect(vain.resolutions[0]?.reason).not.toContain('not found on');
    expect(vain.problems.map(({ code }) => code)).toEqual(['choice_failed']);
    const again = { previous: vain.resolutions, picks: new Map([['lantern_magic.safetensors', '2']]) };
    expect((await resolveWith(hub.endpoints, wanted, again)).resolutions[0]).toMatchObject({ accepted: true });
  });

  test('a picked number takes the candidate of the earlier run, a picked URL that place', async () => {
    await using hub = await hubOf({
      huggingface: [
        { id: 'one/lantern_magic', downloads: 3000, files: [lora('lantern_magic.safetensors', 'one')] },
        { id: 'two/lantern_magic', downloads: 2000, files: [lora('lantern_magic.safetensors', 'two')] },
      ],
    });
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    const { resolutions: previous } = await resolveWith(hub.endpoints, wanted);
    const pick = async (value: string) =>
      (await resolveWith(hub.endpoints, wanted, { previous, picks: new Map([['lantern_magic.safetensors', value]]) })).resolutions[0];
    expect(await pick('2')).toMatchObject({ accepted: true, repoId: 'two/lantern_magic', sha256: contentOf('two').sha256 });
    expect(await pick('https://huggingface.co/one/lantern_magic/blob/main/lantern_magic.safetensors')).toMatchObject({
      accepted: true,
      proof: 'fuzzy',
      repoId: 'one/lantern_magic',
    });
    const beyond = await pick('3');
    expect(beyond?.accepted).toBe(false);
    expect(beyond?.reason).toContain('candidate 3 of 2');
  });
});

describe('a choice', () => {
  const TWO_PLACES: HubCatalogue = {
    huggingface: ['one', 'two'].map((owner) => ({
      id: `${owner}/lantern_magic`,
      downloads: 3000,
      files: [lora('lantern_magic.safetensors', owner)],
    })),
  };
  const WANTED = [makeRequirement('lantern_magic.safetensors')];

  test('that was made once is remembered, and checked by one request', async () => {
    await using hub = await hubOf(TWO_PLACES);
    const { resolutions: picked } = await resolveWith(hub.endpoints, WANTED, { picks: new Map([['lantern_magic.safetensors', '2']]) });
    expect(picked[0]).toMatchObject({ accepted: true, repoId: 'two/lantern_magic' });
    hub.requests.length = 0;
    const { resolutions } = await resolveWith(hub.endpoints, WANTED, { previous: picked });
    expect(resolutions[0]).toMatchObject({ accepted: true, repoId: 'two/lantern_magic', sha256: contentOf('two').sha256 });
    expect(hub.requests.length).toBe(1);
  });

  test('whose place has got other bytes since is open again', async () => {
    await using hub = await hubOf(TWO_PLACES);
    const { resolutions: picked } = await resolveWith(hub.endpoints, WANTED, { picks: new Map([['lantern_magic.safetensors', '2']]) });
    const before = picked.map((resolution) => ({ ...resolution, sha256: 'ab'.repeat(32) }));
    const { resolutions } = await resolveWith(hub.endpoints, WANTED, { previous: before });
    expect(resolutions[0]?.accepted).toBe(false);
    expect(resolutions[0]?.reason).toContain('another sha256');
  });
});

describe('this machine', () => {
  const misplaced = { state: 'misplaced', foundAt: '/models/loras/old/paper_lantern_lora.safetensors' } as const;

  test('a misplaced file with a telling name is taken from here', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('paper_lantern_lora.safetensors', misplaced)]);
    expect(resolutions[0]).toMatchObject({ source: 'local', proof: 'name', accepted: true, foundAt: misplaced.foundAt, downloadUrl: null });
    expect(hub.requests.filter(({ service }) => service !== 'manager')).toEqual([]);
  });

  test("a misplaced file of another size than the workflow's link tells is not the wanted one", async () => {
    await using hub = await startTestHub(smallCatalogue());
    const url = 'https://huggingface.co/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';
    const requirement = makeRequirement('paper_lantern_lora.safetensors', { ...misplaced, urls: [{ url, from: 'properties' }] });
    const { resolutions } = await resolveWith(hub.endpoints, [requirement]);
    expect(resolutions[0]).toMatchObject({ source: 'huggingface', proof: 'link', accepted: true, foundAt: null });
  });

  test('one that lies among models of another kind is not', async () => {
    await using hub = await startTestHub({});
    const foundAt = '/models/checkpoints/paper_lantern_lora.safetensors';
    const { resolutions } = await resolveWith(hub.endpoints, [
      makeRequirement('paper_lantern_lora.safetensors', { state: 'misplaced', foundAt }),
    ]);
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('one with a generic name is not', async () => {
    await using hub = await startTestHub({});
    const foundAt = '/models/loras/a/pytorch_lora_weights.safetensors';
    const { resolutions } = await resolveWith(hub.endpoints, [
      makeRequirement('pytorch_lora_weights.safetensors', { state: 'misplaced', foundAt }),
    ]);
    expect(resolutions[0]?.accepted).toBe(false);
  });
});

describe('the folder', () => {
  test("that nothing tells is settled by the repository's own folder", async () => {
    await using hub = await hubOf({
      huggingface: [{ id: 'Comfy-Org/Lantern', files: [lora('split_files/vae/lantern_vae.safetensors', 'vae')] }],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_vae.safetensors', { directory: null })]);
    expect(resolutions[0]).toMatchObject({ accepted: true, directory: 'vae', savePath: '/models/vae/lantern_vae.safetensors' });
  });

  test('that stays unknown keeps even a proven file waiting', async () => {
    await using hub = await hubOf({ huggingface: [{ id: 'Comfy-Org/Lantern', files: [lora('lantern_thing.safetensors', 'thing')] }] });
    const { resolutions, problems } = await resolveWith(hub.endpoints, [makeRequirement('lantern_thing.safetensors', { directory: null })]);
    expect(resolutions[0]).toMatchObject({ accepted: false, directory: null, savePath: null });
    expect(resolutions[0]?.reason).toContain('folder');
    expect(problems).toEqual([expect.objectContaining({ code: 'model_folder_unknown', hint: expect.not.stringContaining('--pick') })]);
  });

  test('a name without a safe place is not accepted', async () => {
    await using hub = await hubOf({ huggingface: [{ id: 'Comfy-Org/Lantern', files: [lora('lantern_thing.safetensors', 'thing')] }] });
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_thing.safetensors')], {
      planTarget: () => ({ refused: 'it is too long' }),
    });
    expect(resolutions[0]).toMatchObject({ accepted: false, savePath: null });
  });
});

describe('what earlier runs have learnt', () => {
  const WANTED = [
    makeRequirement('paper_lantern_lora.safetensors', { urls: [{ url: LANTERN, from: 'properties' }] }),
    makeRequirement('paper_lantern_vae.safetensors', { directory: 'vae' }),
    makeRequirement('paper_lantern_style.safetensors'),
    makeRequirement('renamed.safetensors', { directory: 'checkpoints', sha256: CHECKPOINT.sha256 }),
    makeRequirement('sharpen_x4.safetensors', {
      directory: 'upscale_models',
      urls: [{ url: 'https://github.com/studio/tools/releases/download/v1.0/sharpen_x4.safetensors', from: 'note' }],
    }),
  ];

  test('a second run decides the same without one request', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const catalogue = Catalogue.open(':memory:');
    const { resolutions: first } = await resolveWith(hub.endpoints, WANTED, { catalogue });
    expect(first.map(({ accepted }) => accepted)).toEqual([true, true, true, true, true]);
    hub.requests.length = 0;
    const { resolutions: second } = await resolveWith(hub.endpoints, WANTED, { catalogue });
    expect(second).toEqual(first);
    expect(hub.requests).toEqual([]);
  });

  test('offline nothing is asked: what is known is found, and the rest is unchecked and no problem', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, WANTED, { catalogue });
    hub.requests.length = 0;
    const stranger = makeRequirement('never_heard_of.safetensors');
    const { resolutions, problems } = await resolveWith(hub.endpoints, [...WANTED, stranger], { catalogue, offline: true });
    expect(hub.requests).toEqual([]);
    expect(problems).toEqual([]);
    expect(resolutions.slice(0, 3).map(({ accepted }) => accepted)).toEqual([true, true, true]);
    expect(resolutions.at(-1)).toMatchObject({ source: 'not_found', accepted: false });
    expect(resolutions.at(-1)?.unchecked.map(({ code }) => code)).toContain('offline');
  });

  test('what was not found is looked for anew after half an hour, past everything that is remembered', async () => {
    const file = lora('lantern_magic.safetensors', 'magic');
    const catalogue = Catalogue.open(':memory:');
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    await using hub = await hubOf({ huggingface: [{ id: 'Comfy-Org/lantern', files: [file] }] });
    hub.inject({ path: '/api/models?' }, answerStatus(200, { body: [] }));
    const { resolutions: before } = await resolveWith(hub.endpoints, wanted, {
      catalogue,
      search: { fuzzyThreshold: 0.7, sources: ['huggingface'] },
    });
    hub.heal();
    const { resolutions: after } = await resolveWith(hub.endpoints, wanted, {
      catalogue,
      hoursLater: 1,
      search: { fuzzyThreshold: 0.7, sources: ['huggingface'] },
    });
    expect(before[0]?.proof).not.toBe('catalog');
    expect(after[0]).toMatchObject({ accepted: true, proof: 'catalog' });
  });

  test('candidates of an earlier run stay when nobody can be asked anew', async () => {
    const catalogue = Catalogue.open(':memory:');
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    await using hub = await hubOf({
      huggingface: [{ id: 'new-user/lantern_magic', downloads: 3, files: [lora('lantern_magic.safetensors', 'magic')] }],
    });
    const { resolutions: before } = await resolveWith(hub.endpoints, wanted, { catalogue });
    await hub.takeDown('huggingface');
    const { resolutions: after } = await resolveWith(hub.endpoints, wanted, { catalogue, hoursLater: 1 });
    expect(after[0]?.candidates).toEqual(before[0]?.candidates ?? []);
    expect(after[0]?.candidates.length).toBe(1);
    expect(after[0]?.unchecked.map(({ source }) => source)).toContain('huggingface');
  });

  test('failures are never remembered', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const catalogue = Catalogue.open(':memory:');
    const wanted = WANTED.slice(0, 1);
    hub.inject({ service: 'huggingface' }, answerHtml());
    const { resolutions: before } = await resolveWith(hub.endpoints, wanted, { catalogue });
    expect(before[0]?.accepted).toBe(false);
    hub.heal();
    const { resolutions: after } = await resolveWith(hub.endpoints, wanted, { catalogue });
    expect(after[0]).toMatchObject({ accepted: true, proof: 'link', unchecked: [] });
  });

  test('what was not found, and a dead link, are not asked for again at once', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const catalogue = Catalogue.open(':memory:');
    const gone = 'https://huggingface.co/studio/gone/resolve/main/lantern_magic.safetensors';
    const wanted = [makeRequirement('lantern_magic.safetensors', { urls: [{ url: gone, from: 'note' }] })];
    const { resolutions: before } = await resolveWith(hub.endpoints, wanted, { catalogue });
    hub.requests.length = 0;
    const { resolutions: after } = await resolveWith(hub.endpoints, wanted, { catalogue });
    expect(hub.requests).toEqual([]);
    expect(after).toEqual(before);
    await resolveWith(hub.endpoints, wanted, { catalogue, hoursLater: 1 });
    expect(hub.requests).not.toEqual([]);
  });
});

/** A place that hardly anybody knows, where somebody's workflow says that a well-known file is. */
const TRAP = 'https://huggingface.co/somebody/trap/resolve/main/lantern_magic.safetensors';
const TRAPPED = '/workflows/trapped.json';

function trapHub(official: string | null) {
  const trap = { id: 'somebody/trap', downloads: 3, files: [lora('lantern_magic.safetensors', 'trap')] };
  const right = { id: `${official}/lantern`, downloads: 5, files: [lora('lantern_magic.safetensors', 'magic')] };
  return hubOf({ huggingface: official === null ? [trap] : [trap, right] });
}

function taughtCatalogue(): Catalogue {
  const catalogue = Catalogue.open(':memory:');
  const file = { name: 'lantern_magic.safetensors', url: TRAP, directory: 'loras', sha256: null, sizeBytes: null };
  catalogue.files.learn([{ teacher: TRAPPED, kind: 'workflow', files: [file] }], new Date());
  return catalogue;
}

function referenceIn(workflowPath: string) {
  const workflow = workflowPath.slice(workflowPath.lastIndexOf('/') + 1);
  return {
    workflow,
    workflowPath,
    nodeType: 'LoraLoader',
    nodeId: 1,
    subgraph: null,
    input: 'lora_name',
    written: '',
    from: 'widget',
    active: true,
  } as const;
}

describe('a model that a running ComfyUI refuses', () => {
  const url = 'https://huggingface.co/studio/paper-lantern/resolve/main/loras/paper_lantern_lora.safetensors';
  const references = [{ ...referenceIn('/w/a.json'), refused: true as const }];
  const wanted = makeRequirement('paper_lantern_lora.safetensors', { state: 'misplaced', urls: [{ url, from: 'properties' }], references });

  test('is fetched from its link where it is not yet, and left alone where it is', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const at = (savePath: string) => resolveWith(hub.endpoints, [wanted], { planTarget: () => ({ savePath }) });
    expect((await at('/nowhere/paper_lantern_lora.safetensors')).resolutions[0]).toMatchObject({ accepted: true, proof: 'link' });
    const { resolutions, problems } = await at(import.meta.path);
    expect(resolutions[0]).toMatchObject({ accepted: false, source: 'local', foundAt: import.meta.path, savePath: null });
    expect(problems.map(({ code }) => code)).toEqual(['model_not_offered']);
  });

  test('in its place is told with the node, whatever was chosen for it', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const refusal = 'node 1 (LoraLoader) of a.json does not offer it';
    const picks = new Map([[wanted.filename, url]]);
    const { resolutions } = await resolveWith(hub.endpoints, [{ ...wanted, refusal, foundAt: '/m/x' }], { picks });
    expect(resolutions[0]).toMatchObject({ accepted: false, source: 'local', foundAt: '/m/x', reason: refusal });
    expect(hub.requests).toEqual([]);
  });
});

describe('what another workflow says', () => {
  test('is a candidate for review, which not even --yes takes', async () => {
    await using hub = await trapHub(null);
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    const { resolutions } = await resolveWith(hub.endpoints, wanted, {
      catalogue: taughtCatalogue(),
      acceptFuzzy: true,
      search: { fuzzyThreshold: 0.7, sources: ['catalog'] },
    });
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', downloadUrl: TRAP });
    expect(resolutions[0]?.candidates[0]?.reason).toContain('only another workflow');
  });

  test('leads to the file when the place is a publisher that is known', async () => {
    await using hub = await trapHub('Comfy-Org');
    const catalogue = Catalogue.open(':memory:');
    const url = 'https://huggingface.co/Comfy-Org/lantern/resolve/main/lantern_magic.safetensors';
    const file = { name: 'lantern_magic.safetensors', url, directory: 'loras', sha256: null, sizeBytes: null };
    catalogue.files.learn([{ teacher: TRAPPED, kind: 'workflow', files: [file] }], new Date());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', downloadUrl: url });
    expect(hub.requests.filter(({ service }) => service === 'huggingface').map(({ path }) => path.split('?')[0])).toEqual([
      '/api/models/Comfy-Org/lantern',
    ]);
  });

  test('does not turn the name of one file into another file of a publisher', async () => {
    await using hub = await trapHub('Comfy-Org');
    const catalogue = Catalogue.open(':memory:');
    const url = 'https://huggingface.co/Comfy-Org/lantern/resolve/main/lantern_magic.safetensors';
    const file = { name: 'famous.safetensors', url, directory: 'loras', sha256: null, sizeBytes: null };
    catalogue.files.learn([{ teacher: TRAPPED, kind: 'workflow', files: [file] }], new Date());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('famous.safetensors')], { catalogue, acceptFuzzy: true });
    expect(resolutions[0]?.accepted).toBe(false);
  });

  test('leads to the file that has the wanted sha256, whatever it is called', async () => {
    await using hub = await trapHub(null);
    const { sha256 } = lora('', 'trap').content;
    const catalogue = Catalogue.open(':memory:');
    const file = { name: 'other.safetensors', url: TRAP, directory: null, sha256, sizeBytes: null };
    catalogue.files.learn([{ teacher: TRAPPED, kind: 'workflow', files: [file] }], new Date());
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('wanted.safetensors', { sha256 })], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'hash', downloadUrl: TRAP });
  });

  test('is its own link for the workflow that says it', async () => {
    await using hub = await trapHub(null);
    const wanted = makeRequirement('lantern_magic.safetensors', {
      urls: [{ url: TRAP, from: 'properties' }],
      references: [referenceIn(TRAPPED)],
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue: taughtCatalogue() });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', downloadUrl: TRAP });
  });

  test('decides nothing for a file that others need too, when a publisher has another one of the name', async () => {
    await using hub = await trapHub('Comfy-Org');
    const catalogue = taughtCatalogue();
    await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')], { catalogue });
    const references = [referenceIn(TRAPPED), referenceIn('/workflows/honest.json')];
    const wanted = makeRequirement('lantern_magic.safetensors', { urls: [{ url: TRAP, from: 'properties' }], references });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
    expect(resolutions[0]?.reason).toContain('only some of the workflows');
    expect(resolutions[0]?.candidates.map(({ repoId }) => repoId).toSorted()).toEqual(['Comfy-Org/lantern', 'somebody/trap']);
  });
});

describe('offline', () => {
  test('a file that a publisher has listed is found though nobody has looked at it', async () => {
    await using hub = await hubOf({
      huggingface: [
        { id: 'Comfy-Org/lantern', files: [lora('lantern_magic.safetensors', 'magic'), lora('loras/lantern_glow.safetensors', 'glow')] },
      ],
    });
    const catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')], { catalogue });
    hub.requests.length = 0;
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement('lantern_glow.safetensors')], { catalogue, offline: true });
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', repoPath: 'loras/lantern_glow.safetensors' });
    expect(hub.requests).toEqual([]);
  });
});

describe("the user's own choice", () => {
  test('is kept over runs that know nothing of the earlier resolutions', async () => {
    await using hub = await trapHub('Comfy-Org');
    const catalogue = Catalogue.open(':memory:');
    const wanted = [makeRequirement('lantern_magic.safetensors')];
    const { resolutions: before } = await resolveWith(hub.endpoints, wanted, {
      catalogue,
      picks: new Map([['lantern_magic.safetensors', TRAP]]),
    });
    expect(before[0]).toMatchObject({ accepted: true, proof: 'fuzzy', chosenByUser: true });
    const { resolutions: after } = await resolveWith(hub.endpoints, wanted, { catalogue });
    expect(after[0]).toMatchObject({ accepted: true, downloadUrl: TRAP, chosenByUser: true, reason: 'settled in an earlier run' });
  });
});

describe('a person who is asked', () => {
  const WANTED = [makeRequirement('lantern_magic.safetensors'), makeRequirement('lantern_night.safetensors')];
  const twoUnknown = () =>
    hubOf({
      huggingface: [
        { id: 'one/lantern_magic', downloads: 3, files: [lora('lantern_magic.safetensors', 'one')] },
        { id: 'two/lantern_magic', downloads: 2, files: [lora('lantern_magic.safetensors', 'two')] },
        { id: 'one/lantern_night', downloads: 3, files: [lora('lantern_night.safetensors', 'night')] },
      ],
    });

  test('chooses a candidate by its number, and skips another model', async () => {
    await using hub = await twoUnknown();
    const asked: string[] = [];
    const { resolutions, events } = await resolveWith(hub.endpoints, WANTED, {
      ask: async ({ filename, candidates }, { index, total }) => {
        asked.push(`${index}/${total} ${filename} ${candidates.length}`);
        return index === 1 ? { kind: 'choice', choice: '2' } : { kind: 'skip' };
      },
    });
    expect(asked).toEqual(['1/2 lantern_magic.safetensors 2', '2/2 lantern_night.safetensors 1']);
    expect(resolutions.map(({ accepted, chosenByUser }) => [accepted, chosenByUser])).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(resolutions[0]).toMatchObject({ proof: 'fuzzy', repoId: 'two/lantern_magic' });
    expect(events.filter(({ type }) => type === 'model_resolved')).toHaveLength(2);
  });

  test('who gives a URL that leads to no file is asked again, and is asked nothing more after stopping', async () => {
    await using hub = await twoUnknown();
    const reasons: string[] = [];
    const { resolutions } = await resolveWith(hub.endpoints, WANTED, {
      ask: async ({ reason }) => {
        reasons.push(reason);
        return reasons.length === 1
          ? { kind: 'choice', choice: 'https://huggingface.co/one/lantern_magic/resolve/main/gone.safetensors' }
          : { kind: 'stop' };
      },
    });
    expect(reasons).toHaveLength(2);
    expect(reasons[1]).toContain('leads to no file');
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([false, false]);
  });

  test('is not asked about what is proven or nowhere to be found', async () => {
    await using hub = await hubOf({ huggingface: [{ id: 'Comfy-Org/lantern', files: [lora('lantern_magic.safetensors', 'magic')] }] });
    const wanted = [makeRequirement('lantern_magic.safetensors'), makeRequirement('zzyzx_qwerty.safetensors')];
    const { resolutions } = await resolveWith(hub.endpoints, wanted, {
      ask: async () => {
        throw new Error('nobody is to be asked');
      },
    });
    expect(resolutions.map(({ accepted }) => accepted)).toEqual([true, false]);
  });
});

describe('a folder that nothing tells', () => {
  const link = 'https://huggingface.co/studio/lantern/resolve/main/lantern_magic.safetensors';
  const wanted = [makeRequirement('lantern_magic.safetensors', { directory: null, urls: [{ url: link, from: 'properties' }] })];

  test("is read from the file's own header, by a part of the file alone, and once", async () => {
    const content = safetensorsContent({ sizeBytes: 900_000, seed: 7, tensors: 'lora' });
    await using hub = await hubOf({ huggingface: [{ id: 'studio/lantern', files: [{ path: 'lantern_magic.safetensors', content }] }] });
    const catalogue = Catalogue.open(':memory:');
    const { resolutions } = await resolveWith(hub.endpoints, wanted, { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: true, directory: 'loras', savePath: '/models/loras/lantern_magic.safetensors' });
    expect(resolutions[0]?.reason).toContain('its header says that it is a lora');
    const sent = hub.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(sent).toBeLessThan(300_000);
    hub.requests.length = 0;
    expect((await resolveWith(hub.endpoints, wanted, { catalogue })).resolutions[0]?.directory).toBe('loras');
    expect(hub.requests).toEqual([]);
  });

  test('waits for review when the header says nothing', async () => {
    await using hub = await hubOf({ huggingface: [{ id: 'studio/lantern', files: [lora('lantern_magic.safetensors', 'no header')] }] });
    const { resolutions } = await resolveWith(hub.endpoints, wanted);
    expect(resolutions[0]).toMatchObject({ accepted: false, directory: null, savePath: null });
    expect(resolutions[0]?.reason).toContain('folder');
  });
});

test('another place with the same bytes is one more source, after the one that is proven', async () => {
  const content = contentOf('the same bytes');
  const url = 'https://civitai.com/api/download/models/8';
  await using hub = await hubOf({
    huggingface: [{ id: 'Comfy-Org/lantern', files: [{ path: 'renamed.safetensors', content }] }],
    civitai: [
      {
        id: 7,
        name: 'Lantern',
        type: 'LORA',
        versions: [{ id: 8, name: 'v1', files: [{ id: 9, name: 'lantern_magic.safetensors', content }] }],
      },
    ],
  });
  const catalogue = Catalogue.open(':memory:');
  await resolveWith(hub.endpoints, [makeRequirement('renamed.safetensors')], { catalogue });
  const wanted = makeRequirement('lantern_magic.safetensors', { urls: [{ url, from: 'properties' }] });
  const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue });
  expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', source: 'civitai' });
  expect(resolutions[0]?.candidates.map(({ source, sha256 }) => [source, sha256])).toEqual([
    ['civitai', content.sha256],
    ['huggingface', content.sha256],
  ]);
});

test('what only resembles the name is shown from what is known, where the searches bring nothing', async () => {
  const name = 'harbor_evening_high_noise_14B_fp16.safetensors';
  await using hub = await hubOf({
    huggingface: [{ id: 'Comfy-Org/zzz', files: [lora(name, 'x'), lora('lantern_magic.safetensors', 'magic')] }],
  });
  const catalogue = Catalogue.open(':memory:');
  await resolveWith(hub.endpoints, [makeRequirement('lantern_magic.safetensors')], { catalogue });
  const wanted = [makeRequirement('harbor_evening_high_noise_14B_fp8.safetensors')];
  const search = { fuzzyThreshold: 0.7, sources: ['catalog' as const] };
  const { resolutions } = await resolveWith(hub.endpoints, wanted, { catalogue, search });
  expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
  expect(resolutions[0]?.candidates.map(({ filename }) => filename)).toEqual([name]);
});

test('an answer that is a day old is used again when the service says that it still stands', async () => {
  await using hub = await hubOf({ huggingface: [{ id: 'Comfy-Org/lantern', files: [lora('lantern_magic.safetensors', 'magic')] }] });
  const catalogue = Catalogue.open(':memory:');
  const search = { fuzzyThreshold: 0.7, sources: ['huggingface' as const] };
  const wanted = [makeRequirement('lantern_magic.safetensors')];
  const body = [{ id: 'Comfy-Org/lantern', siblings: [{ rfilename: 'lantern_magic.safetensors' }] }];
  hub.inject({ path: 'author=Comfy-Org' }, answerStatus(200, { body, headers: { etag: 'W/"1"' } }));
  await resolveWith(hub.endpoints, wanted, { catalogue, search });
  hub.heal();
  hub.inject({ path: 'author=' }, answerStatus(304));
  hub.requests.length = 0;
  const { resolutions } = await resolveWith(hub.endpoints, wanted, { catalogue, search, hoursLater: 25 });
  expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', unchecked: [] });
  expect(hub.requests.filter(({ path }) => path.includes('author=')).map(({ status }) => status)).toEqual([304]);
});
