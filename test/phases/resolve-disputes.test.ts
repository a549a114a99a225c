import { describe, expect, test } from 'bun:test';
import { contentOf } from '../../lib/hub/content.ts';
import type { Requirement, SourceUrl } from '../../lib/core/model.ts';
import { answerStatus } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const NAME = 'lantern_magic.safetensors';
const [ONE, MIRROR, OTHER, OFFICIAL] = ['one/lantern', 'mirror/lantern', 'other/lantern', 'Comfy-Org/lantern'];
const linkOf = (repository: string, name = NAME) => `https://huggingface.co/${repository}/resolve/main/${name}`;
const GONE = linkOf('gone/lantern');

function hubWith(name = NAME) {
  const repository = (id: string, bytes: string) => ({ id, downloads: 3, files: [{ path: name, content: contentOf(bytes) }] });
  return startTestHub({
    huggingface: [
      repository(ONE, 'magic'),
      repository(MIRROR, 'magic'),
      repository(OTHER, 'other magic'),
      repository(OFFICIAL, 'official magic'),
    ],
  });
}

/** A link that one node of a workflow gives for its own file; without a node it stands in a note. */
function said(url: string, workflow: string, node: string | null = '1'): SourceUrl {
  return { url, from: node === null ? 'note' : 'properties', namedBy: [{ workflowPath: `/w/${workflow}`, node }] };
}

function needed(urls: SourceUrl[], parts: Partial<Requirement> = {}): Requirement {
  const paths = new Set(urls.flatMap(({ namedBy }) => namedBy?.map(({ workflowPath }) => workflowPath) ?? []));
  const references = [...paths].map((workflowPath) => ({
    workflow: workflowPath.slice('/w/'.length),
    workflowPath,
    nodeType: 'LoraLoader',
    nodeId: 1,
    subgraph: null,
    input: 'lora_name',
    written: NAME,
    from: 'widget' as const,
    active: true,
  }));
  return makeRequirement(NAME, { urls, references, ...parts });
}

/** Without searches, so that the links alone speak. */
const LINKS_ONLY = { search: { fuzzyThreshold: 0.7, sources: ['workflow' as const] } };

describe('links of different files', () => {
  test.each([
    ['of two workflows', [said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json')], 'two workflows name different files'],
    ['of a node here and a note there', [said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json', null)], 'a.json leads to one/lantern'],
    [
      'of two nodes of one workflow',
      [said(linkOf(ONE), 'a.json', '4'), said(linkOf(OTHER), 'a.json', '5')],
      'node 5 of a.json leads to other',
    ],
  ])('%s wait for review, whichever stands first', async (_, urls, words) => {
    await using hub = await hubWith();
    for (const order of [urls, urls.toReversed()]) {
      const { resolutions } = await resolveWith(hub.endpoints, [needed(order)], { ...LINKS_ONLY, acceptFuzzy: true });
      expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
      expect(resolutions[0]?.reason).toContain(words);
      expect(resolutions[0]?.candidates.map(({ repoId }) => repoId).toSorted()).toEqual([ONE, OTHER]);
    }
  });

  test('are not settled by a file of the name on this machine', async () => {
    await using hub = await hubWith();
    const wanted = needed([said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json')], {
      state: 'misplaced',
      foundAt: `/elsewhere/${NAME}`,
    });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { search: { fuzzyThreshold: 0.7, sources: ['workflow', 'local'] } });
    expect(resolutions[0]).toMatchObject({ accepted: false });
  });

  test("a publisher's own file decides, linked to or known", async () => {
    await using hub = await hubWith();
    const wanted = needed([said(linkOf(OTHER), 'a.json'), said(linkOf(OFFICIAL), 'b.json')]);
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', repoId: OFFICIAL });
  });

  test('a publisher that has a third file decides nothing', async () => {
    await using hub = await hubWith();
    const { resolutions } = await resolveWith(hub.endpoints, [needed([said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json')])]);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.candidates.map(({ repoId }) => repoId)).toContain(OFFICIAL);
  });

  test('the sha256 that the workflows name decides', async () => {
    await using hub = await hubWith();
    const { sha256 } = contentOf('other magic');
    const wanted = needed([said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json')], { sha256 });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'hash', repoId: OTHER });
  });

  test('two links in one note are two files for a name that says nothing, and otherwise the first is taken', async () => {
    const generic = 'model.safetensors';
    await using hub = await hubWith(generic);
    const urls = [said(linkOf(ONE, generic), 'a.json', null), said(linkOf(OTHER, generic), 'a.json', null)];
    const { resolutions } = await resolveWith(hub.endpoints, [needed(urls, { filename: generic })], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('one workflow names different files');
    await using telling = await hubWith();
    const note = needed([said(linkOf(ONE), 'a.json', null), said(linkOf(OTHER), 'a.json', null)]);
    const { resolutions: first } = await resolveWith(telling.endpoints, [note], LINKS_ONLY);
    expect(first[0]).toMatchObject({ accepted: true, repoId: ONE });
    expect(telling.requests).toHaveLength(1);
  });
});

describe('links that agree', () => {
  test('are one file with several places', async () => {
    await using hub = await hubWith();
    const { resolutions } = await resolveWith(
      hub.endpoints,
      [needed([said(linkOf(ONE), 'a.json'), said(linkOf(MIRROR), 'b.json')])],
      LINKS_ONLY,
    );
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link' });
    expect(resolutions[0]?.candidates.map(({ repoId }) => repoId).toSorted()).toEqual([MIRROR, ONE]);
  });

  test.each([
    ['another spelling', said(linkOf(ONE).replace('/resolve/', '/blob/'), 'b.json')],
    ['a mirror', said(`${linkOf(ONE).replace('huggingface.co', 'hf-mirror.com')}?download=true`, 'b.json')],
    ["a note beside the node's own entry", said(linkOf(OTHER), 'a.json', null)],
  ])('%s costs no request', async (_, second) => {
    await using hub = await hubWith();
    const { resolutions } = await resolveWith(hub.endpoints, [needed([said(linkOf(ONE), 'a.json'), second])], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', repoId: ONE });
    expect(hub.requests).toHaveLength(1);
  });

  test('a dead one leaves the other, with a remark', async () => {
    await using hub = await hubWith();
    const { resolutions } = await resolveWith(hub.endpoints, [needed([said(linkOf(ONE), 'a.json'), said(GONE, 'b.json')])], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', repoId: ONE });
    expect(resolutions[0]?.reason).toContain('another link for this name is dead');
  });

  test('one whose service fails leaves the other, with a remark, and is never called dead', async () => {
    await using hub = await hubWith();
    hub.inject({ path: `/${OTHER}/` }, answerStatus(503));
    const { resolutions } = await resolveWith(
      hub.endpoints,
      [needed([said(linkOf(ONE), 'a.json'), said(linkOf(OTHER), 'b.json')])],
      LINKS_ONLY,
    );
    expect(resolutions[0]).toMatchObject({ accepted: true, proof: 'link', repoId: ONE });
    expect(resolutions[0]?.reason).toContain('another link for this name could not be looked at');
    expect(resolutions[0]?.unchecked).not.toEqual([]);
  });
});

describe('different sha256 for one name', () => {
  const [MAGIC, OTHER_MAGIC] = [contentOf('magic').sha256, contentOf('other magic').sha256].toSorted();

  test('wait for review when only one of the workflows has a link, with every file that is known', async () => {
    await using hub = await hubWith();
    const wanted = needed([said(linkOf(ONE), 'a.json')], { rivalSha256s: [MAGIC ?? '', OTHER_MAGIC ?? ''] });
    for (const acceptFuzzy of [false, true]) {
      const { resolutions } = await resolveWith(hub.endpoints, [wanted], { acceptFuzzy });
      expect(resolutions[0]).toMatchObject({ accepted: false, proof: 'fuzzy' });
      expect(resolutions[0]?.reason).toContain('name different sha256');
      expect(resolutions[0]?.candidates.map(({ repoId }) => repoId)).toContain(ONE);
    }
  });

  test("wait for review when one names a sha256, and the other's link leads to other bytes", async () => {
    await using hub = await hubWith();
    const wanted = (repository: string): Requirement =>
      needed([said(linkOf(repository), 'b.json')], { rivalSha256s: [contentOf('magic').sha256] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted(OTHER)], LINKS_ONLY);
    expect(resolutions[0]).toMatchObject({ accepted: false });
    expect(resolutions[0]?.reason).toContain('others a link to another file');
    const { resolutions: agreed } = await resolveWith(hub.endpoints, [wanted(MIRROR)], LINKS_ONLY);
    expect(agreed[0]).toMatchObject({ accepted: true, sha256: contentOf('magic').sha256 });
  });

  test('are no file where none of them is known, and a pick settles it', async () => {
    await using hub = await hubWith();
    const wanted = needed([], { rivalSha256s: ['ab'.repeat(32), 'cd'.repeat(32)] });
    const { resolutions } = await resolveWith(hub.endpoints, [wanted], { ...LINKS_ONLY, acceptFuzzy: true });
    expect(resolutions[0]).toMatchObject({ source: 'not_found', accepted: false, proof: null });
    const picks = new Map([[NAME, linkOf(OTHER)]]);
    const { resolutions: picked } = await resolveWith(hub.endpoints, [wanted], { ...LINKS_ONLY, picks });
    expect(picked[0]).toMatchObject({ accepted: true, repoId: OTHER });
  });
});
