import type { CivitaiModel, HfRepository, HubCatalogue } from '../lib/hub/catalogue.ts';
import { contentOf } from '../lib/hub/content.ts';
import type { RealNames, WantedFile } from './real-names.ts';

/** A repository that workflows link to, and one that somebody has made of it: only whether it is used tells them apart. */
const USED_DOWNLOADS = 4000;
const HARDLY_USED_DOWNLOADS = 25;
const SIMILAR_DOWNLOADS = 600;

/** One place of a precision or a size for another: what a hub really has beside a wanted file. */
const OTHER_PRECISIONS = [
  ['fp8_e4m3fn', 'bf16'],
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
] as const;

/** Files that several repositories have with the same sha256: CLIP-L is the same one in all of its packagings. */
const PUBLISHED_UNCHANGED: ReadonlySet<string> = new Set(['clip_l.safetensors']);

/** A hub with the real repositories' names, and beside each wanted file what could be mistaken for it. */
export function makeRealHub(names: RealNames): HubCatalogue {
  const owners = new Map<string, WantedFile>();
  for (const file of names.wanted) for (const { repoId, path } of file.places) owners.set(`${repoId}/${path}`, file);
  const bytesOf = (repoId: string, path: string): string => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (PUBLISHED_UNCHANGED.has(name)) return name;
    const owner = owners.get(`${repoId}/${path}`);
    return owner ? `wanted ${owner.directory} ${owner.filename}` : `${repoId}/${path}`;
  };
  const real = names.repositories.map(({ id, files }): HfRepository => {
    return { id, downloads: USED_DOWNLOADS, files: files.map((path) => ({ path, content: contentOf(bytesOf(id, path)) })) };
  });
  return {
    manager: { 'model-list.json': { models: [] } },
    huggingface: [...real, ...names.wanted.flatMap(makeDistractors)],
    civitai: names.wanted.map(makeNamesake),
  };
}

function makeDistractors({ filename }: WantedFile, index: number): HfRepository[] {
  const stem = filename.replace(/\.\w+$/, '');
  const copy = repositoryOf(`collector-${index % 40}/${stem}-copy-${index}`, filename, HARDLY_USED_DOWNLOADS);
  const variants = [...OTHER_PRECISIONS, ...OTHER_SIZES].flatMap(([one, other]) =>
    filename.includes(one) ? [filename.replace(one, other)] : [],
  );
  const similar = variants.map((name, at) => repositoryOf(`packer-${index % 40}/${stem}-${index}-${at}`, name, SIMILAR_DOWNLOADS));
  return [copy, ...similar];
}

function repositoryOf(id: string, path: string, downloads: number): HfRepository {
  return { id, downloads, files: [{ path, content: contentOf(`distractor ${id}/${path}`) }] };
}

/** A model of the same words on Civitai, whose file has nearly the same name. */
function makeNamesake({ filename }: WantedFile, index: number): CivitaiModel {
  const id = index + 1;
  const name = filename.replace(/\.\w+$/, '');
  const file = { id, name: `${name}_remix.safetensors`, content: contentOf(`namesake ${name}`), primary: true };
  return {
    id,
    name: name.replaceAll(/[_-]+/g, ' '),
    type: 'LORA',
    downloads: SIMILAR_DOWNLOADS,
    versions: [{ id, name: 'v1', files: [file] }],
  };
}
