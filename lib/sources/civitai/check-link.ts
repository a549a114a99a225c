import type { SourceAnswer } from '../../core/offer.ts';
import { readAir } from '../../core/civitai-reference.ts';
import type { LinkQuestion } from '../types.ts';
import type { CivitaiClient } from './client.ts';
import { isModelFile } from './folders.ts';
import type { CivitaiLink, CivitaiWish } from './links.ts';
import type { CivitaiPlace } from './offer.ts';
import { hasName, makeCivitaiOffer, placesOfModel, placesOfVersion, sha256Of } from './offer.ts';
import type { CivitaiFile } from './schema.ts';

/** Looks what stands behind a link, by one request, and which of the files it means. */
export async function checkCivitaiLink(link: CivitaiLink, question: LinkQuestion, client: CivitaiClient): Promise<SourceAnswer> {
  const places = await readPlaces(link, client);
  if ('kind' in places) return places;
  const files = places.filter(({ file }) => isModelFile(file));
  const meant = chooseFile(files, link, question);
  if (meant) return { kind: 'found', offers: [makeCivitaiOffer(meant)], unchecked: null };
  if (files.length === 0) return { kind: 'nothing', reason: 'the Civitai page has no model file' };
  const reason = link.versionId === null ? 'the link names no version, and no file there has this name' : 'no file there is the one meant';
  return { kind: 'related', offers: files.slice(0, 5).map(makeCivitaiOffer), reason, unchecked: null };
}

async function readPlaces(link: CivitaiLink, client: CivitaiClient): Promise<CivitaiPlace[] | SourceAnswer> {
  if (link.versionId !== null) {
    const version = await client.fetchVersion(link.versionId);
    if (version.ok) return placesOfVersion(version.value);
    if (client.session.isTrouble(version)) return { kind: 'failed', unchecked: client.session.unchecked(version.problem) };
    return { kind: 'nothing', reason: `Civitai has no version ${link.versionId}` };
  }
  if (link.modelId === null) return { kind: 'nothing', reason: 'the link names no model' };
  const model = await client.fetchModel(link.modelId);
  if (model.ok) return placesOfModel(model.value);
  if (client.session.isTrouble(model)) return { kind: 'failed', unchecked: client.session.unchecked(model.problem) };
  return { kind: 'nothing', reason: `Civitai has no model ${link.modelId}` };
}

/**
 * The one file that the link means: the one it names by id, the one with the wanted hash, those its parameters or the wanted name leave
 * over (of which the primary one), else, where the link names a version, what that version's plain link delivers.
 */
function chooseFile(places: readonly CivitaiPlace[], link: CivitaiLink, question: LinkQuestion): CivitaiPlace | null {
  if (link.fileId !== null) return places.find(({ file }) => file.id === link.fileId) ?? null;
  const byHash = question.sha256 === null ? undefined : places.find(({ file }) => sha256Of(file) === question.sha256);
  if (byHash) return byHash;
  const wished = places.filter(({ file }) => grantsWish(file, link.wish));
  const named = wished.filter(({ file }) => hasName(file, question.filename));
  if (named.length > 0) return onlyOne(named);
  if (link.versionId !== null) return onlyOne(wished);
  // a model that is named by its id alone is one file where it has no other
  return readAir(question.filename) !== null && wished.length === 1 ? (wished[0] ?? null) : null;
}

/** The primary one, or the only one. Several files of other versions have no primary one among them all. */
function onlyOne(places: readonly CivitaiPlace[]): CivitaiPlace | null {
  if (places.length === 1) return places[0] ?? null;
  const primary = places.filter(({ file }) => file.primary === true);
  return primary.length === 1 ? (primary[0] ?? null) : null;
}

/** Whether nothing that the link asks for differs; the service answers "File not found" where something does. */
function grantsWish(file: CivitaiFile, wish: CivitaiWish): boolean {
  const { format, size, fp, quantType } = file.metadata ?? {};
  const offered: CivitaiWish = { type: file.type ?? 'Model', ...dropEmpty({ format, size, fp, quantType }) };
  return (['type', 'format', 'size', 'fp', 'quantType'] as const).every((name) => {
    const wanted = wish[name];
    return wanted === undefined || offered[name] === undefined || offered[name].toLowerCase() === wanted.toLowerCase();
  });
}

function dropEmpty(values: Record<string, string | null | undefined>): CivitaiWish {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
}
