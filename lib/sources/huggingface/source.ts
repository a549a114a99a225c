import type { SourceAnswer } from '../../core/offer.ts';
import type { SourceContext, SourceFactory } from '../types.ts';
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
      return learnFrom(await checkHuggingfaceLink(link, client), context.learn);
    },
    search: async (question) => searchHuggingface(question, client),
  };
};

/** What the hub says of one file. */
function learnFrom(answer: SourceAnswer, learn: SourceContext['learn']): SourceAnswer {
  if (answer.kind !== 'found') return answer;
  learn(
    answer.offers.flatMap(({ filename, downloadUrl, sha256, sizeBytes }) => {
      if (downloadUrl === null) return [];
      const file = { name: filename, url: downloadUrl, directory: null, sha256, sizeBytes };
      return [{ teacher: downloadUrl, kind: 'hub' as const, files: [file] }];
    }),
  );
  return answer;
}
