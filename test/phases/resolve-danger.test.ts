import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import { chooseTransfers } from '../../lib/download/plan.ts';
import type { HfFile } from '../../lib/hub/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import { makePickleZip } from '../../lib/hub/pickle-file.ts';
import { answerStatus } from '../helpers/faults.ts';
import { LORA } from '../helpers/fixtures.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeOffer, makeRequirement, resolveWith } from '../resolve/kit.ts';

const PICKLE = contentOf(makePickleZip({ sizeBytes: 40_000, seed: 5 }));
const LINK = 'https://huggingface.co/uwg/upscaler/resolve/main/4x_quay.pth';

function hubWith(scan?: HfFile['scan'], path = '4x_quay.pth', content = PICKLE) {
  return startTestHub({ huggingface: [{ id: 'uwg/upscaler', downloads: 9000, files: [{ path, content, ...(scan ? { scan } : {}) }] }] });
}

const WANTED = { directory: 'upscale_models', expectedType: 'upscale_model' } as const;
const LINKED = makeRequirement('4x_quay.pth', { ...WANTED, urls: [{ url: LINK, from: 'properties' }] });
const NAMED = makeRequirement('4x_quay.pth', WANTED);

describe('a pickle on Hugging Face', () => {
  test.each([
    ['virus', "Hugging Face's virus scan calls it unsafe"],
    ['pickle', "Hugging Face's pickle scan calls it unsafe"],
    ['other', 'a scan on Hugging Face calls it unsafe'],
  ] as const)('that the %s scan calls unsafe is not taken, neither by its link nor by its name, and it is said why', async (scan, why) => {
    await using hub = await hubWith(scan);
    for (const wanted of [LINKED, NAMED]) {
      const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
      expect(resolutions[0]).toMatchObject({ accepted: false, reason: `no place to take it from; uwg/upscaler has it, but ${why}` });
      expect(resolutions[0]?.candidates[0]).toMatchObject({ danger: why, reason: why });
    }
  });

  test.each([undefined, 'queued', 'suspicious'] as const)('whose scan says %p is taken', async (scan) => {
    await using hub = await hubWith(scan);
    const { resolutions } = await resolveWith(hub.endpoints, [LINKED, NAMED]);
    expect(resolutions.map(({ accepted, danger }) => [accepted, danger])).toEqual([
      [true, null],
      [true, null],
    ]);
  });

  test('takes one question for its headers and one for the verdict, and none a second time', async () => {
    await using hub = await hubWith();
    using catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [LINKED], { catalogue });
    expect(hub.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'HEAD /uwg/upscaler/resolve/main/4x_quay.pth',
      'POST /api/models/uwg/upscaler/paths-info/main',
    ]);
    const { resolutions } = await resolveWith(hub.endpoints, [LINKED], { catalogue });
    expect([resolutions[0]?.accepted, hub.requests.length]).toEqual([true, 2]);
  });

  test('whose verdict cannot be asked is taken, and it is said that nobody could be asked', async () => {
    await using hub = await hubWith('virus');
    hub.inject({ path: '/paths-info/' }, answerStatus(503));
    const { resolutions } = await resolveWith(hub.endpoints, [LINKED]);
    expect(resolutions[0]).toMatchObject({ accepted: true, danger: null });
    expect(resolutions[0]?.unchecked).toMatchObject([{ source: 'huggingface', code: 'huggingface_server_error' }]);
  });

  test('that is gated tells its verdict too', async () => {
    const files = [{ path: '4x_quay.pth', content: PICKLE, scan: 'virus' }] as const;
    await using hub = await startTestHub({ huggingface: [{ id: 'uwg/upscaler', gated: 'auto', files }] });
    const { resolutions } = await resolveWith(hub.endpoints, [LINKED]);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('virus scan');
  });

  test("is the user's own to take: a pick is taken with a warning, and not refused by the download", async () => {
    await using hub = await hubWith('pickle');
    const { resolutions } = await resolveWith(hub.endpoints, [NAMED], { picks: new Map([['4x_quay.pth', LINK]]) });
    expect(resolutions[0]).toMatchObject({ accepted: true, chosenByUser: true, danger: "Hugging Face's pickle scan calls it unsafe" });
    expect(resolutions[0]?.reason).toContain('pickle scan calls it unsafe');
    expect(chooseTransfers(resolutions, { allowPickle: true })).toMatchObject({ transfers: [{}], refused: [] });
  });
});

test('a safetensors file costs no question about a verdict', async () => {
  await using hub = await hubWith('virus', '4x_quay.safetensors', LORA);
  const url = LINK.replace('.pth', '.safetensors');
  const wanted = makeRequirement('4x_quay.safetensors', { ...WANTED, urls: [{ url, from: 'properties' }] });
  const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
  expect([resolutions[0]?.accepted, hub.requests.length]).toEqual([true, 1]);
});

test('the same bytes at a place that does not scan them are not taken either', async () => {
  const files = [{ path: '4x_quay.pth', content: PICKLE }];
  await using hub = await startTestHub({
    huggingface: [{ id: 'uwg/upscaler', downloads: 9000, files: [{ path: '4x_quay.pth', content: PICKLE, scan: 'virus' }] }],
    modelscope: [{ id: 'harbour/upscaler', downloads: 9000, files }],
  });
  const other = 'https://modelscope.cn/models/harbour/upscaler/resolve/master/4x_quay.pth';
  const wanted = makeRequirement('4x_quay.pth', {
    ...WANTED,
    urls: [
      { url: LINK, from: 'properties' },
      { url: other, from: 'properties' },
    ],
  });
  const { resolutions } = await resolveWith(hub.endpoints, [wanted]);
  expect(resolutions[0]).toMatchObject({ accepted: false, downloadUrl: null });
  expect(resolutions[0]?.reason).toContain(
    "harbour/upscaler on ModelScope has it, but the same bytes are elsewhere, and Hugging Face's virus",
  );
});

describe('bytes that one place calls dangerous and another one has without a word', () => {
  const NAME = 'quay_style.safetensors';
  const CLEAN = { id: 'studio/quay', downloads: 9000, files: [{ path: NAME, content: LORA }] };
  const HF_LINK = `https://huggingface.co/studio/quay/resolve/main/${NAME}`;
  const infected = (verdict: string, name = NAME) => ({
    id: 7,
    name: 'Quay style',
    type: 'LORA' as const,
    downloads: 9000,
    versions: [{ id: 8, name: 'v1', downloads: 9000, files: [{ id: 9, name, content: LORA, virusScanResult: verdict }] }],
  });
  const WHY = "Civitai's virus scan calls it dangerous";
  const HASHED = makeRequirement(NAME, { sha256: LORA.sha256 });
  const BY_LINK = makeRequirement(NAME, { urls: [{ url: HF_LINK, from: 'properties' }] });
  const TEACHER = makeRequirement('quay_style_v2.safetensors');

  test('are not taken when the answers of this run say so, whether by hash, by link or by name', async () => {
    await using hub = await startTestHub({ huggingface: [CLEAN], civitai: [infected('Danger')] });
    for (const wanted of [HASHED, makeRequirement(NAME)]) {
      const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy: true });
      expect(resolutions[0]).toMatchObject({ accepted: false, reason: expect.stringContaining(WHY) });
    }
  });

  test.each([
    ['before', [TEACHER, BY_LINK]],
    ['after', [BY_LINK, TEACHER]],
  ])('nor when it comes out with another model %s it, and the file is counted once', async (_, missing) => {
    await using hub = await startTestHub({ huggingface: [CLEAN], civitai: [infected('Danger', 'quay_style_v1.safetensors')] });
    const { resolutions, events } = await resolveWith(hub.endpoints, missing);
    const linked = resolutions[missing.indexOf(BY_LINK)];
    expect(linked).toMatchObject({ accepted: false, reason: expect.stringContaining(WHY) });
    expect(events.filter(({ type }) => type === 'model_resolved')).toHaveLength(2);
  });

  test('nor when an earlier run has heard it, until that place says that they are clean', async () => {
    using catalogue = Catalogue.open(':memory:');
    await using hub = await startTestHub({ huggingface: [CLEAN], civitai: [infected('Danger', 'quay_style_v1.safetensors')] });
    await resolveWith(hub.endpoints, [TEACHER], { catalogue });
    const asked = hub.requests.length;
    const { resolutions } = await resolveWith(hub.endpoints, [BY_LINK], { catalogue });
    expect(resolutions[0]).toMatchObject({ accepted: false, reason: expect.stringContaining(WHY) });
    expect(hub.requests.slice(asked).filter(({ service }) => service === 'civitai').length).toBeLessThanOrEqual(1);

    await using healed = await startTestHub({ huggingface: [CLEAN], civitai: [infected('Success', 'quay_style_v1.safetensors')] });
    await resolveWith(healed.endpoints, [TEACHER], { catalogue, hoursLater: 48 });
    const later = await resolveWith(healed.endpoints, [BY_LINK], { catalogue, hoursLater: 48 });
    expect(later.resolutions[0]).toMatchObject({ accepted: true, danger: null });
  });

  test('are not linked from another folder of this machine either', async () => {
    await using hub = await startTestHub({ civitai: [infected('Danger')] });
    const offer = { ...makeOffer(NAME), source: 'local' as const, foundAt: `/models/old/${NAME}`, downloadUrl: null, sha256: LORA.sha256 };
    const findLocal = async () => [{ ...offer, score: 0, reason: '' }];
    const { resolutions } = await resolveWith(hub.endpoints, [HASHED], { findLocal });
    expect(resolutions[0]).toMatchObject({ accepted: false });
  });

  test("are the user's own to take, with the warning; what an earlier --yes took is not taken again", async () => {
    await using hub = await startTestHub({ huggingface: [CLEAN], civitai: [infected('Danger', 'quay_style_v1.safetensors')] });
    using catalogue = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [TEACHER], { catalogue });
    const picks = new Map([[NAME, HF_LINK]]);
    const { resolutions } = await resolveWith(hub.endpoints, [makeRequirement(NAME)], { picks });
    expect(resolutions[0]).toMatchObject({ accepted: true, danger: null }); // nobody has told this run
    const warned = await resolveWith(hub.endpoints, [makeRequirement(NAME)], { picks, catalogue });
    expect(warned.resolutions[0]).toMatchObject({ accepted: true, chosenByUser: true, danger: WHY, reason: expect.stringContaining(WHY) });
    const taken = resolutions.map((item) => ({ ...item, chosenByUser: false }));
    using other = Catalogue.open(':memory:');
    await resolveWith(hub.endpoints, [TEACHER], { catalogue: other });
    const again = await resolveWith(hub.endpoints, [makeRequirement(NAME)], { previous: taken, catalogue: other });
    expect(again.resolutions[0]).toMatchObject({ accepted: false, reason: expect.stringContaining(WHY) });
  });
});
