import type { SourceFactory } from '../types.ts';
import { checkHuggingfaceLink } from './check-link.ts';
import { HuggingfaceClient } from './client.ts';
import { isHuggingfaceUrl, readHuggingfaceLink } from './links.ts';
import { makeHuggingfaceOffer } from './offer.ts';
import { searchHuggingface } from './search.ts';

/** Hugging Face: links to files, and a search over the file lists of repositories. */
export const makeHuggingface: SourceFactory = (context) => {
  const client = new HuggingfaceClient(context);
  const endpoint = context.http.endpoints.huggingface;
  return {
    name: 'huggingface',
    owns: (url) => isHuggingfaceUrl(url, endpoint),
    describeLink({ url, sha256, sizeBytes }) {
      const link = readHuggingfaceLink(url, endpoint);
      return link && makeHuggingfaceOffer(link, { sha256, sizeBytes });
    },
    async checkLink(question) {
      const link = readHuggingfaceLink(question.url, endpoint);
      if (!link) return { kind: 'nothing', reason: 'the link is a page of Hugging Face and names no file' };
      return checkHuggingfaceLink(link, client);
    },
    search: async (question) => searchHuggingface(question, client),
  };
};
