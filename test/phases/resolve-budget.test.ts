import { describe, expect, test } from 'bun:test';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import type { HfRepository } from '../../lib/hub/catalogue.ts';
import { contentOf } from '../../lib/hub/content.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeRequirement, resolveWith } from '../resolve/kit.ts';

const WORDS = 'amber brass cedar dusk ember frost grove haze iris jade kelp lark moss nettle opal pine quartz reed slate thorn'.split(' ');
const FOLDERS = ['loras', 'checkpoints', 'diffusion_models', 'vae', 'upscale_models', 'controlnet'];
const COUNT = 200;
const MOST_SHARED = 12;

/** Names of which no two begin with the same word. */
const NAMES = Array.from({ length: COUNT }, (_, at) => {
  const own = WORDS[at % WORDS.length] + String.fromCharCode(97 + (at % 26), 97 + (Math.floor(at / 26) % 26));
  return `${own}_${WORDS[(at * 7) % WORDS.length]}_style_v${at % 9}_sdxl.safetensors`;
});
const WANTED = NAMES.map((name, at) => makeRequirement(name, { directory: FOLDERS[at % FOLDERS.length] ?? null }));

function repositoryOf(name: string, at: number): HfRepository {
  const own = name.split('_').slice(0, 2).join('-');
  return { id: `maker-${at}/${own}`, downloads: 5000, files: [{ path: name, content: contentOf(name) }] };
}

describe('two hundred missing models', () => {
  test.each([
    ['that nobody has', [], 0],
    ['that have a repository each', NAMES.map(repositoryOf), COUNT],
  ] as const)(
    '%s cost at most three requests each beside the few lists that all share, and none in a second run',
    async (_, huggingface, found) => {
      await using hub = await startTestHub({ huggingface });
      const catalogue = Catalogue.open(':memory:');
      const cold = await resolveWith(hub.endpoints, WANTED, { catalogue });
      expect(cold.resolutions.filter(({ accepted }) => accepted)).toHaveLength(found);
      const shared = hub.requests.filter(({ path }) => /model-list\.json|[?&]author=/.test(path)).length;
      expect(shared).toBeLessThanOrEqual(MOST_SHARED);
      expect(hub.requests.length - shared).toBeLessThanOrEqual(3 * COUNT);
      const asked = hub.requests.length;
      const warm = await resolveWith(hub.endpoints, WANTED, { catalogue });
      expect(hub.requests.slice(asked)).toEqual([]);
      expect(warm.resolutions).toEqual(cold.resolutions);
    },
  );
});

describe('a search for repositories', () => {
  const NAME = 'amber_lark.safetensors';
  const others = Array.from({ length: 60 }, (_, at) => ({ id: `maker-${at}/amber-${at}`, downloads: 900, files: [] }));
  const real = { id: 'maker/amber-lark', downloads: 500, files: [{ path: NAME, content: contentOf(NAME) }] };

  test('goes on with a longer text where the shorter one brought a whole page, and only there', async () => {
    await using crowded = await startTestHub({ huggingface: [...others, real] });
    expect((await resolveWith(crowded.endpoints, [makeRequirement(NAME)])).resolutions[0]).toMatchObject({
      proof: 'name',
      repoId: real.id,
    });
    await using empty = await startTestHub({ huggingface: others.slice(0, 40) });
    await resolveWith(empty.endpoints, [makeRequirement(NAME)]);
    const texts = (hub: typeof empty) => hub.requests.flatMap(({ path }) => /\bsearch=([^&]+)/.exec(path)?.[1] ?? []);
    expect(texts(crowded)).toEqual(['amber', 'amber-lark']);
    expect(texts(empty)).toEqual(['amber']);
  });
});
