import { describe, expect, test } from 'bun:test';
import { collectRequirements } from '../../lib/workflow/requirements.ts';
import { LORA, smallCatalogue } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

/** What a workflow needs whose one LoRA loader has this value. */
function namedIn(value: string, directory = 'loras') {
  const finding = { nodeType: 'LoraLoader', nodeId: 1, subgraph: null, input: 'lora_name', written: value, from: 'widget' } as const;
  const reading = { findings: [{ ...finding, active: true, directory, guessed: false, selfDownload: false }], nodes: [], sources: [] };
  return collectRequirements([{ workflow: 'a.json', path: '/w/a.json', reading }], { includeDisabled: false }).requirements;
}

describe('a model that is named by its ids on Civitai', () => {
  test.each([
    ['urn:air:sdxl:lora:civitai:100@1001', 'urn:air:sdxl:lora:civitai:100@1001'],
    ['civitai:100@1001', 'civitai:100@1001'],
    ['https://civitai.com/models/100/paper-lantern?modelVersionId=1001', 'civitai:100@1001'],
    ['https://civitai.com/api/download/models/1001?type=Model&format=SafeTensor', 'civitai:@1001'],
  ])('%s is that file, saved under the name that it has there', async (value, filename) => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, namedIn(value));
    expect(resolutions[0]).toMatchObject({
      filename,
      source: 'civitai',
      proof: 'link',
      accepted: true,
      reason: 'the workflow names this file by its ids on Civitai',
      versionId: 1001,
      sha256: LORA.sha256,
      downloadUrl: 'https://civitai.com/api/download/models/1001?fileId=5001',
      savePath: '/models/loras/paper_lantern_style.safetensors',
    });
    expect(hub.requests).toHaveLength(1);
  });

  test('a model with one file needs no version; of several files a person has to choose', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions } = await resolveWith(hub.endpoints, [...namedIn('civitai:300'), ...namedIn('civitai:100')]);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', versionId: 3001 });
    expect(resolutions[1]).toMatchObject({ accepted: false, proof: 'fuzzy' });
    expect(resolutions[1]?.candidates.map(({ versionId }) => versionId).toSorted()).toEqual([1001, 1002]);
  });

  test('ids of another kind of model are not taken, and dead ones are said and not searched for as a name', async () => {
    await using hub = await startTestHub(smallCatalogue());
    const { resolutions, problems } = await resolveWith(hub.endpoints, [...namedIn('civitai:200@2001'), ...namedIn('civitai:9@99')], {
      planTarget: (_directory, _subfolder, name) => (name.includes(':') ? { refused: 'a colon' } : { savePath: `/models/${name}` }),
    });
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('another kind of model');
    expect(resolutions[1]).toMatchObject({ source: 'not_found', accepted: false });
    expect(resolutions[1]?.reason).toContain('Civitai has no version 99');
    expect(resolutions[1]?.reason).not.toContain('cannot be saved'); // the ids are no name to save it under
    expect(problems.map(({ code }) => code)).not.toContain('model_name_unusable');
    expect(hub.requests.filter(({ service }) => service !== 'manager').map(({ service }) => service)).toEqual(['civitai', 'civitai']);
  });
});

describe('a file name that carries the id of a version', () => {
  test('the version is asked for when nothing has the name, and waits for review where the rest of the name agrees', async () => {
    const models = smallCatalogue().civitai?.map((model) => {
      return { ...model, name: 'Zzz', versions: model.versions.map((version) => ({ ...version, id: version.id + 130_000 })) };
    });
    await using hub = await startTestHub({ civitai: models ?? [] });
    const wanted = makeRequirement('paper_lantern_style_131001.safetensors');
    const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
    expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy', versionId: 131_001, source: 'civitai' });
    expect(resolutions[0]?.reason).toContain('whose id stands in the name');
    const { resolutions: accepted } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
    expect(accepted[0]).toMatchObject({ accepted: true, versionId: 131_001 });
    const { resolutions: other } = await resolveWith(hub.endpoints, [makeRequirement('brass_kettle_131001.safetensors')]);
    expect(other[0]).toMatchObject({ source: 'not_found', candidates: [] });
  });
});
