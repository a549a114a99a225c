import { join } from 'node:path';

import type { NodePack } from '../core/model.ts';

/** Hosts that node packs are cloned from. */
const GIT_HOSTS: ReadonlySet<string> = new Set([
  'github.com',
  'gitlab.com',
  'codeberg.org',
  'gitee.com',
  'bitbucket.org',
  'huggingface.co',
]);
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/;
const REGISTRY_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** A registry id that is safe to put into a command, `undefined` for anything else. Ids come from workflows, which strangers write. */
export function safeRegistryId(id: string): string | undefined {
  return REGISTRY_ID.test(id) && !id.includes('..') ? id : undefined;
}

/** The plain address of a repository, from a URL or GitHub's `owner/name`; `undefined` when it is neither, or not a host for code. */
export function safeRepository(written: string): string | undefined {
  const full = /^[\w.-]+\/[\w.-]+$/.test(written) ? `https://github.com/${written}` : written;
  const url = URL.parse(full);
  if (url?.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return undefined;
  const host = url.hostname.replace(/^www\./, '');
  const [owner = '', name = '', ...rest] = url.pathname.replace(/\/+$/, '').slice(1).split('/');
  const bare = name.replace(/\.git$/, '');
  if (!GIT_HOSTS.has(host) || rest.length > 0 || !NAME.test(owner) || !NAME.test(bare) || owner.startsWith('-')) return undefined;
  return `https://${host}/${owner}/${bare}`;
}

/** A pack that is one file of a repository, and no folder. */
export interface PackFile {
  /** Its address, where its bytes are handed out. */
  url: string;
  /** Its name, as it is to be saved. */
  name: string;
  /** The repository that it lies in. */
  repository: string;
}

/** Hosts of single files, and where those hand them out. */
const FILE_HOSTS: ReadonlyMap<string, string> = new Map([
  ['github.com', 'raw.githubusercontent.com'],
  ['raw.githubusercontent.com', 'raw.githubusercontent.com'],
  ['gist.githubusercontent.com', 'gist.githubusercontent.com'],
]);
/** A part of a file's address: of all that may be encoded in it, spaces alone. */
const FILE_PART = /^(?!\.)(?:[\w.+-]|%20)+$/;
const SCRIPT_NAME = /^\w[\w.+ -]{0,99}\.py$/;

/** A Python file of a repository on GitHub, or of a gist, by its address; `undefined` for any other address. */
export function safePackFile(written: string): PackFile | undefined {
  const url = URL.parse(written);
  const host = FILE_HOSTS.get(url?.host ?? '');
  if (url?.protocol !== 'https:' || host === undefined || url.username !== '' || url.password !== '' || url.search !== '') return undefined;
  const [owner = '', repository = '', ...rest] = url.pathname.slice(1).split('/');
  if (url.host === 'github.com' && rest.shift() !== 'raw') return undefined;
  const page = safeRepository(`https://github.com/${owner}/${repository}`);
  const name = (rest.at(-1) ?? '').replaceAll('%20', ' ');
  if (page === undefined || rest.length < 2 || !rest.every((part) => FILE_PART.test(part)) || !SCRIPT_NAME.test(name)) return undefined;
  const home = host.startsWith('gist.') ? page.replace('//', '//gist.') : page;
  return { url: `https://${host}/${owner}/${repository}/${rest.join('/')}`, name, repository: home };
}

/** A repository as a key: hosts that serve code ignore letters' case. */
export function repositoryKey(repository: string): string {
  return repository.toLowerCase();
}

/** What is known of a pack, with the command that installs it: by its registry id, else by its repository. */
export function describePack(
  pack: { registryId: string | null; title: string | null; repository: string | null; file?: PackFile },
  customNodes: string,
): NodePack {
  return { id: pack.registryId, title: pack.title, repository: pack.repository, install: installCommand(pack, customNodes) };
}

function installCommand(
  pack: { registryId: string | null; repository: string | null; file?: PackFile },
  customNodes: string,
): string | null {
  if (pack.file !== undefined) return `curl -fL -o ${quotePath(join(customNodes, pack.file.name))} ${pack.file.url}`;
  if (pack.registryId !== null) return `comfy node install ${pack.registryId}`;
  if (pack.repository === null) return null;
  const name = pack.repository.split('/').at(-1) ?? '';
  return `git clone ${pack.repository} ${quotePath(join(customNodes, name))}`;
}

/** A path as one word for the shell that people have on this system. */
export function quotePath(path: string): string {
  if (process.platform === 'win32') return `"${path}"`;
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
