import type { SourceFactory } from '../types.ts';
import { checkModelscopeLink } from './check-link.ts';
import { ModelscopeClient } from './client.ts';
import { isModelscopeUrl, readModelscopeLink } from './links.ts';
import { makeModelscopeOffer } from './offer.ts';
import { searchModelscope } from './search.ts';

/** ModelScope: links to files of its model repositories, and a search over the repositories' file lists. */
export const makeModelscope: SourceFactory = (context) => {
  const client = new ModelscopeClient(context);
  const endpoint = context.http.endpoints.modelscope;
  return {
    name: 'modelscope',
    owns: (url) => isModelscopeUrl(url, endpoint),
    describeLink({ url, sha256, sizeBytes }) {
      const link = readModelscopeLink(url, endpoint);
      return link && makeModelscopeOffer(link, { sha256, sizeBytes });
    },
    async checkLink({ url }) {
      const link = readModelscopeLink(url, endpoint);
      if (!link) return { kind: 'nothing', reason: 'the link is a page of ModelScope and names no file' };
      return checkModelscopeLink(link, client);
    },
    search: async (question) => searchModelscope(question, client),
  };
};
