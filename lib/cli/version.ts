import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/**
 * Civitai's firewall refuses agents that name no product, and takes those that hold the name of a browser for one (its own source,
 * 2026-08): the name has neither fault.
 */
export const USER_AGENT = `ComfyFixerSmart/${VERSION} (models for ComfyUI)`;

/** Written into the executable by `scripts/build.ts`; absent in a checkout. */
declare const BUILD_COMMIT: string | undefined;

/** What `--version --verbose` says: version, commit, Bun and machine. */
export function describeVersion(): string {
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : readCommit(resolve(import.meta.dir, '../..'));
  return `comfy-fixer ${VERSION} (commit ${commit ?? 'not known'}, Bun ${Bun.version}, ${process.platform}-${process.arch})`;
}

/** The commit of a checkout, with `+` when files differ from it; `null` when it is none, or there is no git. */
export function readCommit(folder: string): string | null {
  if (!existsSync(join(folder, '.git'))) return null;
  try {
    const { stdout, success } = Bun.spawnSync(['git', '-C', folder, 'describe', '--always', '--abbrev=12', '--exclude=*', '--dirty=+']);
    return success ? stdout.toString().trim() : null;
  } catch {
    return null;
  }
}
