import type { ApiResult } from '../../core/http/json.ts';
import type { Unchecked } from '../../core/model.ts';
import type { Offer, SourceAnswer } from '../../core/offer.ts';
import { baseName } from '../file-formats.ts';
import type { SearchQuestion } from '../types.ts';
import { checkHuggingfaceLink } from './check-link.ts';
import { type HuggingfaceClient, SEARCH_PAGE } from './client.ts';
import type { HuggingfaceLink } from './links.ts';
import { isGated, makeHuggingfaceOffer } from './offer.ts';
import { compareStanding, type ListedFile, ListedFiles } from './listed-files.ts';
import { isKnownPublisher, publishersFor } from './publishers.ts';
import type { RepositoryRow } from './schema.ts';

/** Accounts whose lists are read for one name before the search and after it; each list is read once for all names of a run. */
const FIRST_ACCOUNTS = 5;
const MOST_ACCOUNTS = 12;
const MOST_QUERIES = 3;
/** A repository with as many downloads a month is no copycat: no further query is made for the name. */
const USED_DOWNLOADS = 100;
/** One download beside so many says nothing. */
const NEGLIGIBLE_SHARE = 100;
/** Places with the exact name that are looked at closely; more of them are ambiguous anyway. */
const MOST_EXACT = 6;
/** Similar names that are shown to a person. */
const MOST_RELATED = 5;
/** Below this a name has nothing to do with the wanted one. */
const LEAST_SIMILARITY = 0.5;

/** Looks for a file name: in the lists of the publishers who may have it, then in what the hub's search for repositories brings up. */
export async function searchHuggingface(question: SearchQuestion, client: HuggingfaceClient): Promise<SourceAnswer> {
  const lists: ListedFiles[] = [];
  const exhausted: string[] = [];
  let failure: Unchecked | null = null;
  for (const [place, { text, read }] of planLists(question, client).entries()) {
    const named = namedIn(lists, question.requirement.filename);
    // else the likeliest publishers are all heard: two of them may have different files under one name
    if (named.some((file) => question.outranksOthers(offerOf(file)))) break;
    if (place >= FIRST_ACCOUNTS && named.some(isPublished)) break;
    if (text !== null && named.some(isUsed)) continue;
    if (text !== null && exhausted.some((known) => text.toLowerCase().includes(known))) continue;
    const result = await read();
    if (!result.ok) failure ??= client.api.unchecked(result.problem);
    else lists.push(indexOf(result.value));
    // what is part of an id brings up whatever a longer text would
    if (text !== null && result.ok && result.value.length < SEARCH_PAGE) exhausted.push(text.toLowerCase());
  }
  return conclude(question, { client, lists, failure });
}

interface PlannedList {
  /** What is searched for; `null` for an account's whole list. */
  text: string | null;
  read: () => Promise<ApiResult<RepositoryRow[]>>;
}

/** The likeliest publishers, then the search, then publishers who are less likely. */
function planLists(question: SearchQuestion, client: HuggingfaceClient): PlannedList[] {
  const accounts = new Set([...question.accounts, ...publishersFor(question.requirement.filename)]);
  const lists = [...accounts].slice(0, MOST_ACCOUNTS).map((account) => ({ text: null, read: async () => client.listAccount(account) }));
  const searches = question.queries.slice(0, MOST_QUERIES).map((text) => ({ text, read: async () => client.searchRepositories(text) }));
  return [...lists.slice(0, FIRST_ACCOUNTS), ...searches, ...lists.slice(FIRST_ACCOUNTS)];
}

/** A publisher's file ends the search. */
function isPublished({ repository }: ListedFile): boolean {
  return isKnownPublisher(repository.id);
}

/** A place that many use ends the queries, but not the look at publishers' lists: many may have fallen for a place that looks like one. */
function isUsed({ repository }: ListedFile): boolean {
  return (repository.downloads ?? 0) >= USED_DOWNLOADS;
}

/** The client gives the same array for the same list, so that each list is indexed once for all names of a run. */
const INDEXES = new WeakMap<readonly RepositoryRow[], ListedFiles>();

function indexOf(repositories: readonly RepositoryRow[]): ListedFiles {
  const known = INDEXES.get(repositories) ?? new ListedFiles(repositories);
  INDEXES.set(repositories, known);
  return known;
}

/** Files of exactly this name in any of the lists, those of known publishers first. */
function namedIn(lists: readonly ListedFiles[], filename: string): ListedFile[] {
  return distinct(lists.flatMap((list) => list.named(filename))).sort(compareStanding);
}

/** The files whose names are most similar, best first. */
function similarIn(lists: readonly ListedFiles[], similarity: (filename: string) => number): ListedFile[] {
  const scored = lists.flatMap((list) =>
    [...list.names()].flatMap(([, files]) => {
      const score = files[0] ? similarity(baseName(files[0].path)) : 0;
      return score < LEAST_SIMILARITY ? [] : files.map((file) => ({ file, score }));
    }),
  );
  scored.sort((left, right) => right.score - left.score || compareStanding(left.file, right.file));
  return distinct(scored.map(({ file }) => file)).slice(0, MOST_RELATED);
}

function distinct(files: readonly ListedFile[]): ListedFile[] {
  return [...new Map(files.map((file) => [`${file.repository.id}/${file.path}`, file])).values()];
}

async function conclude(
  question: SearchQuestion,
  state: { client: HuggingfaceClient; lists: readonly ListedFiles[]; failure: Unchecked | null },
): Promise<SourceAnswer> {
  const { client, lists, failure } = state;
  const exact = namedIn(lists, question.requirement.filename).slice(0, MOST_EXACT);
  const [first] = exact;
  const rivals = exact.filter((file) => first && !isNegligible(file, first));
  const confirmed = await confirmAll(rivals, client);
  const unchecked = failure ?? confirmed.unchecked;
  const others = exact.filter((file) => !rivals.includes(file)).map(offerOf);
  if (confirmed.offers.length > 0) return { kind: 'found', offers: [...confirmed.offers, ...others], unchecked };
  const related = similarIn(lists, question.similarity).map((file) => offerOf(file));
  if (related.length > 0) return { kind: 'related', offers: related, reason: 'only similar names on Hugging Face', unchecked };
  if (unchecked) return { kind: 'failed', unchecked };
  return { kind: 'nothing', reason: 'no such file name on Hugging Face' };
}

/** Whether nothing hangs on the file beside the one of best standing, so that it is shown to a person without a look at it. */
function isNegligible(file: ListedFile, best: ListedFile): boolean {
  if (isPublished(best)) return !isPublished(file);
  return (file.repository.downloads ?? 0) * NEGLIGIBLE_SHARE < (best.repository.downloads ?? 0);
}

/**
 * Looks at the listed files one by one: their own headers tell size, hash and commit, and count against a far larger limit than the API
 * does. A file that is no longer there drops out.
 */
async function confirmAll(
  files: readonly ListedFile[],
  client: HuggingfaceClient,
): Promise<{ offers: Offer[]; unchecked: Unchecked | null }> {
  const answers = await Promise.all(files.map(async (file) => confirm(file, client)));
  return {
    offers: answers.flatMap((answer) => (answer.kind === 'found' ? answer.offers : [])),
    unchecked: answers.flatMap((answer) => (answer.kind === 'nothing' ? [] : (answer.unchecked ?? [])))[0] ?? null,
  };
}

async function confirm(file: ListedFile, client: HuggingfaceClient): Promise<SourceAnswer> {
  const answer = await checkHuggingfaceLink(linkOf(file), client);
  if (answer.kind !== 'found') return answer;
  const { repository } = file;
  const offers = answer.offers.map(({ sizeBytes, sha256, revision, gated, danger }) =>
    makeHuggingfaceOffer(linkOf(file), { sizeBytes, sha256, danger, commit: revision, gated: gated || isGated(repository), repository }),
  );
  return { ...answer, offers };
}

function offerOf(file: ListedFile): Offer {
  return makeHuggingfaceOffer(linkOf(file), { repository: file.repository });
}

function linkOf(file: ListedFile): HuggingfaceLink {
  return { kind: 'models', repoId: file.repository.id, revision: 'main', path: file.path };
}
