import type { SourceFactory } from '../types.ts';
import { checkCivitaiLink } from './check-link.ts';
import { CivitaiClient } from './client.ts';
import { findByHash } from './find-by-hash.ts';
import { describePlace } from './offer.ts';
import { isCivitaiUrl, readCivitaiLink } from './links.ts';
import { searchCivitai } from './search.ts';

/** Civitai: links and AIRs, files by their sha256, and a search by model names. */
export const makeCivitai: SourceFactory = (context) => {
  const client = new CivitaiClient(context);
  const endpoint = context.http.endpoints.civitai;
  return {
    name: 'civitai',
    owns: (url) => isCivitaiUrl(url, endpoint),
    describeLink(file) {
      const link = readCivitaiLink(file.url, endpoint);
      return link === null || link.versionId === null ? null : describePlace(file, link);
    },
    async checkLink(question) {
      const link = readCivitaiLink(question.url, endpoint);
      if (!link) return { kind: 'nothing', reason: 'the link is a page of Civitai and names no model' };
      return checkCivitaiLink(link, question, client);
    },
    findByHash: async (sha256s) => findByHash(sha256s, client),
    search: async (question) => searchCivitai(question, client),
  };
};
