import { isServiceHost } from './services.ts';

/** Full mirrors of Hugging Face with its own paths. */
const HUGGINGFACE_MIRRORS = /^(www\.)?hf-mirror\.com$/i;
/** The page about a file, what git has in its place, and the file: all three name one file. */
const FILE_VERB = /\/(?:blob|raw|resolve)\//;

/** The file that a link names, however it is written: two links with the same place lead to the same file. It is for comparing only. */
export function placeOfLink(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, hostname, pathname, searchParams } = new URL(url);
  if (isServiceHost(hostname, 'huggingface') || HUGGINGFACE_MIRRORS.test(hostname)) {
    return `huggingface ${decoded(pathname.replace(FILE_VERB, '/resolve/'))}`;
  }
  if (isServiceHost(hostname, 'modelscope')) return `modelscope ${modelscopePlace(pathname, searchParams)}`;
  searchParams.delete('download');
  searchParams.delete('token');
  searchParams.sort();
  const query = searchParams.size === 0 ? '' : `?${searchParams.toString()}`;
  const where = isServiceHost(hostname, 'civitai') ? 'civitai' : `${protocol}//${host}`;
  return `${where} ${decoded(pathname)}${query}`;
}

/** The page about a file, the file, and the API's address of it. */
function modelscopePlace(pathname: string, query: URLSearchParams): string {
  const api = /^\/api\/v1(\/models\/[^/]+\/[^/]+)\/repo$/.exec(pathname);
  if (api) return decoded(`${api[1]}/resolve/${query.get('Revision') ?? 'master'}/`) + (query.get('FilePath') ?? '');
  return decoded(pathname.replace(/^(\/models\/[^/]+\/[^/]+)\/(?:file\/view|blob)\//, '$1/resolve/'));
}

/** Folders before the file in a link, lower-case with a `/` before each: `/owner/name/resolve/main/vae`. */
export function folderOfLink(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, pathname, searchParams } = new URL(url);
  const path = (isServiceHost(hostname, 'modelscope') ? modelscopePlace(pathname, searchParams) : decoded(pathname)).toLowerCase();
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // malformed percent-encoding
  }
}
