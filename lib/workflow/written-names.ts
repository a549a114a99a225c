import { nameByIds, pageOfIds, readAir, readCivitaiAddress } from '../core/civitai-reference.ts';
import type { SourceUrl } from '../core/model.ts';
import { isAddress, shownAddress, withoutKeys } from './address.ts';
import { fileNameOfUrl, type ModelName, parseModelName } from './model-name.ts';

/** What a workflow writes where a model's name belongs, taken apart. */
export interface WrittenName {
  /** The file that it names; without a name when there is a problem. */
  file: ModelName;
  /** Why it names no file that can be had; `null` when it does. */
  problem: string | null;
  /** File name and subfolder in lower case, as names are compared; `''` for none. */
  filenameKey: string;
  subfolderKey: string;
  /** Where the value itself leads: an address, or the page of a resource that it names by ids. */
  url: SourceUrl | null;
  /** The value as it may be shown: an address without somebody's key. */
  shown: string;
}

/** Takes a written name apart. */
export function takeApart(written: string): WrittenName {
  const isUrl = isAddress(written);
  const parsed = parseModelName(isUrl ? nameOfAddress(written) : written);
  const problem = 'problem' in parsed ? (isUrl ? 'it is an address that names no file' : parsed.problem) : null;
  const file = 'problem' in parsed ? { filename: '', subfolder: '' } : parsed;
  return {
    file,
    problem,
    filenameKey: file.filename.toLowerCase(),
    subfolderKey: file.subfolder.toLowerCase(),
    url: linkOf(written),
    shown: withoutKeys(written),
  };
}

/** The file name that an address ends in, or the ids of the place at Civitai that it leads to; `''` when it names neither. */
function nameOfAddress(address: string): string {
  const file = fileNameOfUrl(address);
  if (file !== undefined) return file;
  const ids = readCivitaiAddress(address);
  return ids === null ? '' : nameByIds(ids);
}

function linkOf(written: string): SourceUrl | null {
  if (isAddress(written)) return { url: shownAddress(written), from: 'workflow' };
  const ids = readAir(written);
  return ids === null ? null : { url: pageOfIds(ids), from: 'workflow' };
}
