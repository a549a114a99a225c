import type { CivitaiModel, HfRepository, HubCatalogue } from '../lib/hub/catalogue.ts';
import type { Content } from '../lib/hub/content.ts';
import { contentOf } from '../lib/hub/content.ts';
import { isKnownPublisher } from '../lib/sources/huggingface/publishers.ts';
import type { RealNames, WantedFile } from './real-names.ts';
import { Seeded } from './seeded.ts';

/*
 * How often something is downloaded in a month is made up here, within bounds: what published workflows link to is used a lot, what somebody
 * has copied from it hardly at all. Publishers are used much or little, since theirs must not hang on it.
 */
const USED: Range = [3000, 300_000];
const COPIED: Range = [0, 25];
const SIMILAR: Range = [100, 900];
const IMPOSTOR: Range = [200, 2000];
const SEED = 20_261_123;
type Range = readonly [least: number, most: number];

/** One place of a precision or a size for another: what a hub really has beside a wanted file. */
const OTHER_PRECISIONS = [
  ['fp8_e4m3fn', 'bf16'],
  ['fp8_e4m3fn', 'fp8_e5m2'],
  ['fp8', 'fp16'],
  ['fp16', 'fp8_e5m2'],
  ['bf16', 'fp16'],
  ['Q4_K', 'Q5_K'],
  ['Q8_0', 'Q4_0'],
] as const;
const OTHER_SIZES = [
  ['14B', '1.3B'],
  ['1.3B', '14B'],
  ['high_noise', 'low_noise'],
  ['2b', '13b'],
  ['sd15', 'sdxl'],
  ['xl', 'sd15'],
  ['v1', 'v2'],
  ['i2v', 't2v'],
] as const;

/** Model types on Civitai of the folders that have one. */
const CIVITAI_TYPES: ReadonlyMap<string | null, string> = new Map([
  ['loras', 'LORA'],
  ['vae', 'VAE'],
  ['controlnet', 'Controlnet'],
  ['upscale_models', 'Upscaler'],
  ['embeddings', 'TextualInversion'],
]);

/**
 * A hub with the real repositories' names, and beside each wanted file what could be mistaken for it: a copy with other bytes, a mirror
 * with the same, other precisions and sizes, a place that is called after a publisher, and files of the very name and of nearly the name on
 * Civitai. Files of one name at several places have the same bytes only where workflows name these places for one file.
 *
 * `withoutWanted`: the wanted files themselves are not there, nor are their mirrors; everything else is a mistake.
 */
export function makeRealHub(names: RealNames, options: { withoutWanted: boolean }): HubCatalogue {
  const seeded = new Seeded(SEED);
  const wanted = new Set(names.wanted.map(({ filename }) => filename.toLowerCase()));
  const owners = new Map(names.wanted.flatMap((file) => file.places.map(({ repoId, path }) => [`${repoId}/${path}`, file] as const)));
  const real = names.repositories.map(({ id, files }): HfRepository => {
    const kept = options.withoutWanted ? files.filter((path) => !wanted.has(baseName(path).toLowerCase())) : files;
    return {
      id,
      downloads: drawn(seeded, isKnownPublisher(id) ? [10, USED[1]] : USED),
      files: kept.map((path) => ({ path, content: bytesOf(owners.get(`${id}/${path}`), `${id}/${path}`) })),
    };
  });
  const distractors = names.wanted.flatMap((file, index) => makeDistractors(file, { index, seeded, ...options }));
  const civitai = names.wanted.flatMap((file, index) => [makeNamesake(file, index, seeded), ...makeCivitaiCopy(file, index, seeded)]);
  return { manager: { 'model-list.json': { models: [] } }, huggingface: [...real, ...distractors], civitai };
}

function bytesOf(owner: WantedFile | undefined, place: string): Content {
  return contentOf(owner ? `wanted ${owner.directory} ${owner.filename}` : place);
}

function makeDistractors(file: WantedFile, how: { index: number; seeded: Seeded; withoutWanted: boolean }): HfRepository[] {
  const { filename, places } = file;
  const { index, seeded, withoutWanted } = how;
  const stem = filename.replace(/\.\w+$/, '');
  const copy = repositoryOf(`collector-${index % 40}/${stem}-copy-${index}`, filename, drawn(seeded, COPIED));
  const mirrored = { ...repositoryOf(`mirror-${index % 40}/${stem}-${index}`, filename, drawn(seeded, COPIED)) };
  const mirror = { ...mirrored, files: [{ path: filename, content: bytesOf(file, '') }] };
  const variants = [...OTHER_PRECISIONS, ...OTHER_SIZES].flatMap(([one, other]) =>
    filename.includes(one) ? [filename.replace(one, other)] : [],
  );
  const similar = variants.map((name, at) => repositoryOf(`packer-${index % 40}/${stem}-${index}-${at}`, name, drawn(seeded, SIMILAR)));
  const impostor = makeImpostor(places[0]?.repoId, filename, { seeded, isOld: !withoutWanted && index % 2 === 0 });
  return [copy, ...(withoutWanted || index % 3 > 0 ? [] : [mirror]), ...similar, ...impostor];
}

/**
 * A place whose account looks like a known publisher's, and which many have fallen for: a new one, or one that has stood for years. Beside the
 * publisher's file no age makes it the wanted one; where the publisher has none, an old one with many downloads is all that can be known.
 */
function makeImpostor(repoId: string | undefined, filename: string, how: { seeded: Seeded; isOld: boolean }): HfRepository[] {
  if (repoId === undefined || !isKnownPublisher(repoId)) return [];
  const [account = '', name = ''] = repoId.split('/');
  const id = `${account}-official/${name}-${filename.replace(/\.\w+$/, '')}`;
  const { seeded, isOld } = how;
  const days = isOld ? seeded.whole(100, 1000) : seeded.whole(1, 10);
  const lastModified = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
  return [{ ...repositoryOf(id, filename, drawn(seeded, isOld ? USED : IMPOSTOR)), lastModified }];
}

function repositoryOf(id: string, path: string, downloads: number): HfRepository {
  return { id, downloads, files: [{ path, content: contentOf(`distractor ${id}/${path}`) }] };
}

/** A model of the same words on Civitai, whose file has nearly the same name. */
function makeNamesake({ filename, directory }: WantedFile, index: number, seeded: Seeded): CivitaiModel {
  const name = filename.replace(/\.\w+$/, '');
  return civitaiModel(2 * index + 1, { name, directory, file: `${name}_remix.safetensors`, downloads: drawn(seeded, SIMILAR) });
}

/** Somebody's file of the very name, which hardly anybody has. */
function makeCivitaiCopy({ filename, directory }: WantedFile, index: number, seeded: Seeded): CivitaiModel[] {
  if (index % 4 > 0) return [];
  return [
    civitaiModel(2 * index + 2, { name: filename.replace(/\.\w+$/, ''), directory, file: filename, downloads: drawn(seeded, COPIED) }),
  ];
}

function civitaiModel(id: number, of: { name: string; directory: string | null; file: string; downloads: number }): CivitaiModel {
  const file = { id, name: of.file, content: contentOf(`civitai ${id}`), primary: true };
  return {
    id,
    name: of.name.replaceAll(/[_-]+/g, ' '),
    type: CIVITAI_TYPES.get(of.directory) ?? 'Checkpoint',
    downloads: of.downloads,
    versions: [{ id, name: 'v1', files: [file] }],
  };
}

/** Small numbers as likely as large ones, by their digits. */
function drawn(seeded: Seeded, [least, most]: Range): number {
  return Math.round(Math.exp(Math.log(least + 1) + seeded.next() * (Math.log(most + 1) - Math.log(least + 1)))) - 1;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
