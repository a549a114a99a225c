import type { HubCatalogue } from './catalogue.ts';
import { htmlAnswer, type HubHandler, pathSegments, redirectAnswer, textAnswer } from './exchange.ts';
import type { Storage } from './storage.ts';

/** The GitHub part: `/{owner}/{name}/releases/download/{tag}/{file}`, which leads to the storage; pages are HTML. */
export function makeGithub(catalogue: HubCatalogue, storage: Storage): HubHandler {
  const files = catalogue.releases ?? [];
  return (request) => {
    const [owner, name, releases, verb, tag, filename] = pathSegments(request.url) ?? [];
    const repository = `${owner}/${name}`;
    const known = files.filter((file) => file.repository === repository);
    if (known.length === 0) return textAnswer('Not Found', { status: 404 });
    if (releases !== 'releases' || verb !== 'download') return htmlAnswer(`GitHub - ${repository}`);
    const file = known.find((candidate) => candidate.tag === tag && candidate.name === filename);
    if (!file) return textAnswer('Not Found', { status: 404 });
    return redirectAnswer(302, storage.sign('github', file.content, file.name));
  };
}
