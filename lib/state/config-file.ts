import { readFileSync } from 'node:fs';
import { systemErrorCode } from '../core/error.ts';
import { parseConfig } from './config.ts';
import { writeJson } from './files.ts';

/** What `init` writes. */
export interface FoundSettings {
  comfyuiRoot: string;
  /** Empty: the install has no workflow folder yet, and config.json stays on `["auto"]`. */
  workflowDirectories: readonly string[];
}

/** A key of config.json after `init`: written, or left as somebody had set it. */
export interface WrittenKey {
  key: string;
  value: unknown;
  kept: boolean;
}

/**
 * Writes what was found into config.json. Keys that somebody has set keep their value unless `force`; `auto` counts as not set; every
 * other key stays. Throws `ToolkitError` when the file there is no valid config.json.
 */
export function writeFoundSettings(path: string, found: FoundSettings, options: { force: boolean }): WrittenKey[] {
  const current = readCurrent(path);
  const directories = found.workflowDirectories.length === 0 ? ['auto'] : [...found.workflowDirectories];
  const wanted: [string, unknown][] = [
    ['comfyui_root', found.comfyuiRoot],
    ['workflow_directories', directories],
  ];
  const keys = wanted.map(([key, value]): WrittenKey => {
    const kept = !options.force && isSet(current[key]);
    return { key, value: kept ? current[key] : value, kept };
  });
  writeJson(path, { ...current, ...Object.fromEntries(keys.map(({ key, value }) => [key, value])) });
  return keys;
}

function isSet(value: unknown): boolean {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return first !== undefined && first !== 'auto';
}

function readCurrent(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {};
    throw error;
  }
  parseConfig(text, path);
  return JSON.parse(text) as Record<string, unknown>;
}
