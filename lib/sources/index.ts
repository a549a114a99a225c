import { makeCivitai } from './civitai/source.ts';
import { makeDirect } from './direct/source.ts';
import type { Endpoints } from '../core/services.ts';
import { readHuggingfaceLink } from './huggingface/links.ts';
import { isKnownPublisher } from './huggingface/publishers.ts';
import { makeHuggingface } from './huggingface/source.ts';
import { makeModelscope } from './modelscope/source.ts';
import type { Source, SourceContext, SourceFactory, SourceName } from './types.ts';

/** Every place that models come from. A link belongs to the first one that owns it, so `direct` stands last. */
const FACTORIES = {
  huggingface: makeHuggingface,
  civitai: makeCivitai,
  modelscope: makeModelscope,
  direct: makeDirect,
} satisfies Record<SourceName, SourceFactory>;

export type Sources = Readonly<Record<SourceName, Source>>;

/** The sources of one run. */
export function createSources(context: SourceContext): Sources {
  return {
    huggingface: FACTORIES.huggingface(context),
    civitai: FACTORIES.civitai(context),
    modelscope: FACTORIES.modelscope(context),
    direct: FACTORIES.direct(context),
  };
}

/** The source that a link belongs to, `null` when it is no link that could lead to a file. */
export function sourceOfLink(url: string, sources: Sources): Source | null {
  return [sources.huggingface, sources.civitai, sources.modelscope, sources.direct].find((source) => source.owns(url)) ?? null;
}

/** Whether a link leads into a repository of a known publisher. Pure. */
export function isPublisherLink(url: string, endpoints: Endpoints): boolean {
  const link = readHuggingfaceLink(url, endpoints.huggingface);
  return link?.kind === 'models' && isKnownPublisher(link.repoId);
}
