import { redactUrl } from '../core/secrets.ts';
import { type NamedSource, TOLD_TO_ALL } from './source-links.ts';

/** A page or a download link of Civitai, or its name for a resource (AIR): each leads to files that it does not name. */
const MODEL_PAGE =
  /https?:\/\/(?:www\.)?civitai\.(?:com|red|green)\/(?:models|api\/download\/models)\/\d+[\w?&=%@+/-]*|\burn:air:[\w-]+:[\w-]+:civitai:\d+(?:@\d+)?/gi;
const MOST_PAGES = 20;
const MAX_TEXT = 200_000;

/** Pages of models that a note points to, as sources without a name: which file is meant is for whoever looks there. */
export function linkedPages(text: string): NamedSource[] {
  if (!/civitai/i.test(text)) return [];
  const pages = new Set(text.slice(0, MAX_TEXT).match(MODEL_PAGE));
  return [...pages].slice(0, MOST_PAGES).map((page) => {
    const url = page.startsWith('http') ? redactUrl(page) : page;
    return { name: '', url: { url, from: 'note' }, ...TOLD_TO_ALL };
  });
}
