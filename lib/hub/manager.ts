import type { HubCatalogue } from './catalogue.ts';
import { type HubHandler, textAnswer } from './exchange.ts';

/** Where ComfyUI-Manager's files lie on their host: repository and branch. */
export const MANAGER_PATH = '/Comfy-Org/ComfyUI-Manager/main';

/** The raw host of ComfyUI-Manager's files. Like the real one it sends JSON as plain text, and nothing to those who have it. */
export function makeManager(catalogue: HubCatalogue): HubHandler {
  const files = new Map(Object.entries(catalogue.manager ?? {}));
  return ({ url, headers }) => {
    const file = url.pathname.startsWith(`${MANAGER_PATH}/`) ? files.get(url.pathname.slice(MANAGER_PATH.length + 1)) : undefined;
    if (file === undefined) return textAnswer('404: Not Found', { status: 404 });
    const text = JSON.stringify(file);
    const etag = `"${Bun.hash(text).toString(16)}"`;
    if (headers.get('if-none-match') === etag) return { status: 304, headers: { etag }, body: null };
    return textAnswer(text, { headers: { etag } });
  };
}
