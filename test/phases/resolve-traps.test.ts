import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import type { Reference, Requirement, SourceUrl } from '../../lib/core/model.ts';
import { contentOf } from '../../lib/hub/content.ts';
import type { CivitaiModel } from '../../lib/hub/catalogue.ts';
import { answerHtml, answerStatus } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const NAME = 'lantern_enc.safetensors';
const [REAL, OTHER] = [contentOf('the publisher has this'), contentOf('somebody else has this')];
const linkOf = (repository: string, path = NAME) => `https://huggingface.co/${repository}/resolve/main/${path}`;
const repositoryOf = (id: string, path = NAME, content = OTHER, downloads = 5000) => ({ id, downloads, files: [{ path, content }] });

function neededIn(workflows: readonly string[], parts: Partial<Requirement> = {}, filename = NAME): Requirement {
  const references = workflows.map((workflow): Reference => ({
    workflow,
    workflowPath: `/w/${workflow}`,
    nodeType: 'CLIPLoader',
    nodeId: 1,
    subgraph: null,
    input: 'clip_name',
    written: filename,
    from: 'widget',
    active: true,
  }));
  return makeRequirement(filename, { directory: 'text_encoders', nodeType: 'CLIPLoader', references, ...parts });
}

const saidBy = (url: string, ...workflows: string[]): SourceUrl => ({
  url,
  from: 'properties',
  namedBy: workflows.map((workflow) => ({ workflowPath: `/w/${workflow}`, node: '1' })),
});

describe('what one workflow says of a file that others need too', () => {
  const repositories = [repositoryOf('comfyanonymous/lantern', NAME, REAL), repositoryOf('trap/lantern')];
  const trap = saidBy(linkOf('trap/lantern'), 'a.json');

  test('its link is held against what publishers have, though nothing was known of them before', async () => {
    await using hub = await startTestHub({ huggingface: repositories });
    const { resolutions } = await resolveWith(hub.endpoints, [neededIn(['a.json', 'b.json'], { urls: [trap] })]);
    expect(resolutions[0]).toMatchObject({
      accepted: false,
      candidates: [{ repoId: 'comfyanonymous/lantern' }, { repoId: 'trap/lantern' }],
    });
    expect(resolutions[0]?.reason).toContain('only some of the workflows link to this file');
  });

  test.each([[[trap]], [[]]])('its sha256 makes no publisher wrong, with the links %j', async (urls) => {
    const civitai: CivitaiModel = {
      id: 1,
      name: 'trap',
      type: 'TextEncoder',
      versions: [{ id: 2, name: 'v1', files: [{ id: 3, name: 'trap.safetensors', content: OTHER }] }],
    };
    await using hub = await startTestHub({ huggingface: repositories, civitai: [civitai] });
    const wanted = neededIn(['a.json', 'b.json'], { urls, sha256: OTHER.sha256 });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
    expect(resolutions[0]).toMatchObject({ accepted: false, repoId: 'comfyanonymous/lantern' });
    expect(resolutions[0]?.reason).toContain('some workflows or nodes name the sha256');
  });

  test('counts where all of them say it, and where nobody else has the name', async () => {
    await using hub = await startTestHub({ huggingface: repositories });
    const all = saidBy(linkOf('trap/lantern'), 'a.json', 'b.json');
    const agreed = neededIn(['a.json', 'b.json'], { urls: [all], sha256: OTHER.sha256 });
    expect((await resolveWith(hub.endpoints, [agreed])).resolutions[0]).toMatchObject({ accepted: true, proof: 'hash' });
    await using alone = await startTestHub({ huggingface: [repositoryOf('trap/lantern')] });
    const { resolutions } = await resolveWith(alone.endpoints, [neededIn(['a.json', 'b.json'], { urls: [trap] })]);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link' });
  });

  test("its link to a publisher's file of another name is its own word only", async () => {
    const files = [NAME, 'lantern_other.safetensors'].map((path) => ({ path, content: contentOf(path) }));
    await using hub = await startTestHub({ huggingface: [{ id: 'comfyanonymous/lantern', files }] });
    const urls = [saidBy(linkOf('comfyanonymous/lantern', 'lantern_other.safetensors'), 'a.json')];
    const { resolutions } = await resolveWith(hub.endpoints, [neededIn(['a.json', 'b.json'], { urls })]);
    expect(resolutions[0]).toMatchObject({ accepted: false, repoPath: NAME });
    const { resolutions: alone } = await resolveWith(hub.endpoints, [neededIn(['a.json'], { urls })]);
    expect(alone[0]).toMatchObject({ accepted: true, proof: 'link', repoPath: 'lantern_other.safetensors' });
    await using dispute = await startTestHub({
      huggingface: [{ id: 'comfyanonymous/lantern', files: files.slice(1) }, repositoryOf('own/lantern')],
    });
    const both = [...urls, saidBy(linkOf('own/lantern'), 'b.json')];
    const { resolutions: disputed } = await resolveWith(dispute.endpoints, [neededIn(['a.json', 'b.json'], { urls: both })]);
    expect(disputed[0]?.accepted).toBe(false);
  });

  test('is one voice among however many', async () => {
    await using hub = await startTestHub({ huggingface: repositories });
    const workflows = Array.from({ length: 80 }, (_, at) => `${at}.json`);
    const catalogue = Catalogue.open(':memory:');
    const lessons = workflows.map((workflow) => {
      const file = { name: NAME, url: linkOf(`a${workflow}/gone`), directory: null, sha256: null, sizeBytes: null };
      return { teacher: `/w/${workflow}`, kind: 'workflow' as const, files: [file] };
    });
    catalogue.files.learn(lessons, new Date());
    const wanted = neededIn([...workflows, 'a.json'], { urls: [trap] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: false });
  });
});

describe('a publisher who could not be heard', () => {
  test.each([
    ['has trouble', answerStatus(500)],
    ['answers with a page', answerHtml()],
  ])('that %s leaves no name proven, neither of an impostor nor of another publisher', async (_, fault) => {
    for (const id of ['Comfy-Org-official/lantern_enc', 'Kijai/lantern']) {
      await using hub = await startTestHub({ huggingface: [repositoryOf('Comfy-Org/thing', NAME, REAL), repositoryOf(id)] });
      hub.inject({ path: /author=Comfy-Org&/ }, fault);
      const { resolutions } = await resolveWith(hub.endpoints, [neededIn(['a.json'])]);
      expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', repoId: id, unchecked: [{ source: 'huggingface' }] });
      expect(resolutions[0]?.reason).toContain('Hugging Face could not be asked for all');
      hub.heal();
      const { resolutions: later } = await resolveWith(hub.endpoints, [neededIn(['a.json'])]);
      expect(later[0]).toMatchObject({ accepted: true, repoId: 'Comfy-Org/thing' });
    }
  });

  test.each([
    ['text_encoders', 'TextEncoder', false],
    ['vae', 'VAE', false],
    ['loras', 'LORA', true],
  ])('leaves what Civitai has for %s (%s) proven by its name: %p', async (directory, type, accepted) => {
    const files = [{ id: 3, name: NAME, content: OTHER }];
    const civitai: CivitaiModel = { id: 1, name: 'lantern enc', type, downloads: 5000, versions: [{ id: 2, name: 'v1', files }] };
    await using hub = await startTestHub({ civitai: [civitai] });
    await hub.takeDown('huggingface');
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(NAME, { directory })]);
    expect(resolutions[0]).toMatchObject({ accepted, source: 'civitai', unchecked: [{ source: 'huggingface' }] });
  });
});

describe('publishers of which only one is known', () => {
  const vae = 'hunyuan_video_vae_bf16.safetensors';
  const both = {
    huggingface: [repositoryOf('Comfy-Org/HunyuanVideo', `split_files/vae/${vae}`, REAL), repositoryOf('Kijai/HunyuanVideo_comfy', vae)],
  };

  test('the makers of the loader are asked before the file of another publisher is taken', async () => {
    await using hub = await startTestHub(both);
    const catalogue = Catalogue.open(':memory:');
    const file = { name: vae, url: linkOf('Kijai/HunyuanVideo_comfy', vae), directory: null, sha256: OTHER.sha256, sizeBytes: null };
    catalogue.files.learn([{ teacher: 'https://huggingface.co/Kijai/HunyuanVideo_comfy', kind: 'hub', files: [file] }], new Date());
    const wanted = makeRequirement(vae, { directory: 'vae', nodeType: 'VAELoader' });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: true, repoId: 'Comfy-Org/HunyuanVideo' });
  });

  test('a checkpoint and a bare model of one name are told apart by the loader, or wait, however often one asks', async () => {
    const name = 'flux1-dev-fp8.safetensors';
    await using hub = await startTestHub({
      huggingface: [repositoryOf('Comfy-Org/flux1-dev', name, REAL), repositoryOf('Kijai/flux-fp8', name)],
    });
    const catalogue = Catalogue.open(':memory:');
    for (const _ of ['cold', 'warm']) {
      const wanted = [
        makeRequirement(name, { directory: 'diffusion_models', nodeType: 'UNETLoader' }),
        makeRequirement(name, { directory: 'checkpoints', nodeType: 'CheckpointLoaderSimple' }),
      ];
      const { resolutions } = await resolveWith(hub.endpoints, wanted, { catalogue });
      expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
      expect(resolutions[0]?.reason).toContain('ambiguous');
      expect(resolutions[1]).toMatchObject({ accepted: true, repoId: 'Comfy-Org/flux1-dev' });
    }
  });
});

test.each([
  ['checkpoints', 'split_files/diffusion_models'],
  ['diffusion_models', 'checkpoints'],
])('for %s what a publisher keeps in %s waits for review, not even --yes takes it', async (directory, folder) => {
  await using hub = await startTestHub({ huggingface: [repositoryOf('Comfy-Org/lantern', `${folder}/${NAME}`)] });
  const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(NAME, { directory })], { acceptFuzzy: true });
  expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
  expect(resolutions[0]?.reason).toContain(`and not for ${directory}`);
});

test('a link that leads to the other one of two experts is not taken, and the right one is found', async () => {
  const [low, high] = ['wan2.2_i2v_low_noise_14B_fp16.safetensors', 'wan2.2_i2v_high_noise_14B_fp16.safetensors'];
  const files = [low, high].map((name) => ({ path: `split_files/diffusion_models/${name}`, content: contentOf(name) }));
  await using hub = await startTestHub({ huggingface: [{ id: 'Comfy-Org/Wan', files }] });
  const url = linkOf('Comfy-Org/Wan', `split_files/diffusion_models/${high}`);
  const parts = { directory: 'diffusion_models', nodeType: 'UNETLoader', urls: [{ url, from: 'properties' as const }] };
  const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(low, parts)]);
  expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', repoPath: `split_files/diffusion_models/${low}` });
  expect(resolutions[0]?.reason).toContain('says high noise, and the wanted one low noise');
  const { resolutions: hashed } = await resolveWith(hub.endpoints, [makeRequirement(low, { ...parts, sha256: contentOf(high).sha256 })]);
  expect(hashed[0]).toMatchObject({ accepted: true, proof: 'hash' });
});

test.each(['vae', 'SDXL', 'models'])('the subfolder %s tells no repository for a name that says nothing', async (subfolder) => {
  const name = 'diffusion_pytorch_model.safetensors';
  await using hub = await startTestHub({
    huggingface: [repositoryOf('InstantX/lantern', `${subfolder}/${name}`), repositoryOf(`somebody/${subfolder}`, name)],
  });
  const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(name, { subfolder, directory: 'controlnet' })], {
    acceptFuzzy: true,
  });
  expect(resolutions[0]?.accepted).toBe(false);
});

describe('an account that could be mistaken for a publisher', () => {
  test('has no standing, however many have come to it; a person is told why, and not even --yes takes it', async () => {
    await using hub = await startTestHub({ huggingface: [repositoryOf('Comfy-0rg/lantern', NAME, OTHER, 90_000)] });
    const { resolutions } = await resolveWith(hub.endpoints, [neededIn(['a'])], { acceptFuzzy: true });
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
    expect(resolutions[0]?.reason).toContain('its account could be mistaken for Comfy-Org');
  });

  test("is the workflow's own place where its link leads there, and one of several where it has the same bytes", async () => {
    await using hub = await startTestHub({
      huggingface: [repositoryOf('Comfy-0rg/lantern', NAME, OTHER, 90_000), repositoryOf('studio/lantern', NAME, OTHER, 5000)],
    });
    const linked = neededIn(['a'], { urls: [saidBy(linkOf('Comfy-0rg/lantern'), 'a')] });
    const { resolutions } = await resolveWith(hub.endpoints, [linked, neededIn(['b'])]);
    expect(resolutions.map(({ accepted, proof }) => [accepted, proof])).toEqual([
      [true, 'link'],
      [true, 'name'],
    ]);
  });
});

test('an empty file is none, and another place is looked for', async () => {
  const empty = repositoryOf('trap/lantern', NAME, contentOf(''));
  await using hub = await startTestHub({ huggingface: [empty, repositoryOf('Comfy-Org/lantern', `text_encoders/${NAME}`, REAL)] });
  const linked = neededIn(['a'], { urls: [saidBy(linkOf('trap/lantern'), 'a')] });
  const { resolutions } = await resolveWith(hub.endpoints, [linked]);
  expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'catalog', sha256: REAL.sha256 });
  expect(resolutions[0]?.reason).toContain('trap/lantern has it, but the file there is empty');
});

test.each([
  ['https://evil.example/files/lantern_enc.safetensors', 'evil.example'],
  ['http://127.0.0.1:9/lantern_enc.safetensors', '127.0.0.1'],
])('a link that may not be followed is said, also where candidates wait: %s', async (url, host) => {
  await using hub = await startTestHub({ huggingface: [repositoryOf('studio/lantern', 'lantern_enc_b.safetensors')] });
  const { resolutions } = await resolveWith(hub.endpoints, [neededIn(['a'], { urls: [saidBy(url, 'a')] })]);
  expect(resolutions[0]?.accepted).toBe(false);
  expect(resolutions[0]?.candidates.length).toBeGreaterThan(0);
  expect(resolutions[0]?.reason).toMatch(new RegExp(`the workflow's own link could not be looked at: .*${host}`));
});
