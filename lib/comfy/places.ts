import { join } from 'node:path';
import type { Environment } from '../core/ports.ts';

/** The machine as detection sees it; a test passes a made-up one. */
export interface Machine {
  platform: NodeJS.Platform;
  env: Environment;
  home: string;
  cwd: string;
  /** What absolute places are below: `/` but in a test. */
  systemRoot: string;
}

/** A folder in which ComfyUI may be, and what to call the find. */
export interface Place {
  path: string;
  foundBy: string;
}

/** Where people clone ComfyUI to, below their home: plain, comfy-cli's default (`~/comfy`), and the folders that developers keep. */
const CLONE_FOLDERS = ['.', 'comfy', 'src', 'git', 'code', 'dev', 'projects', 'repos', 'ai', 'AI', 'Documents', 'Desktop', 'Downloads'];
const CLONE_NAMES = ['ComfyUI', 'comfyui'];

/** Launchers that install ComfyUI below the home folder (their documentation and defaults, 2026-11). */
const LAUNCHER_FOLDERS = [
  'StabilityMatrix/Packages/ComfyUI',
  '.local/share/StabilityMatrix/Packages/ComfyUI',
  'AppData/Roaming/StabilityMatrix/Packages/ComfyUI',
  'Data/Packages/ComfyUI',
  'pinokio/api/comfy.git/app',
  'pinokio/api/comfyui.git/app',
];

/** Rented machines and containers. */
const SERVER_FOLDERS = [
  'workspace/ComfyUI',
  'opt/ComfyUI',
  'opt/comfyui',
  'app/ComfyUI',
  'app',
  'ComfyUI',
  'comfyui',
  'data/ComfyUI',
  'srv/ComfyUI',
  'root/ComfyUI',
];

/** Name of the folder inside the archive of the Windows portable build, per graphics card (ComfyUI's release files, 2026-11). */
const PORTABLE_NAMES = ['ComfyUI_windows_portable', 'ComfyUI_windows_portable_nvidia', 'ComfyUI_windows_portable_amd'];

/** The usual places, likeliest first. Whether anything is there is not looked at. */
export function usualPlaces(machine: Machine): Place[] {
  return [...clonePlaces(machine), ...launcherPlaces(machine), ...portablePlaces(machine), ...serverPlaces(machine)];
}

function clonePlaces({ home }: Machine): Place[] {
  return CLONE_FOLDERS.flatMap((folder) =>
    CLONE_NAMES.map((name) => ({ path: join(home, folder, name), foundBy: 'usual place of a clone' })),
  );
}

function launcherPlaces({ home }: Machine): Place[] {
  return LAUNCHER_FOLDERS.map((folder) => ({ path: join(home, folder), foundBy: 'usual place of a launcher' }));
}

function portablePlaces({ home, platform, systemRoot }: Machine): Place[] {
  const drives = platform === 'win32' ? ['C:\\', 'D:\\', 'E:\\', 'F:\\', 'G:\\'] : [systemRoot];
  const parents = [...['', 'Downloads', 'Desktop', 'Documents'].map((folder) => join(home, folder)), ...drives];
  return parents.flatMap((parent) =>
    PORTABLE_NAMES.map((name) => ({ path: join(parent, name), foundBy: 'usual place of a portable build' })),
  );
}

function serverPlaces({ platform, systemRoot }: Machine): Place[] {
  if (platform === 'win32')
    return ['C:\\ComfyUI', 'D:\\ComfyUI', 'E:\\ComfyUI'].map((path) => ({ path, foundBy: 'usual place of a clone' }));
  return SERVER_FOLDERS.map((folder) => ({ path: join(systemRoot, folder), foundBy: 'usual place on a server' }));
}

/** Folders in which the desktop app keeps its settings (`config.json` with `basePath`; Comfy-Org/desktop, 2026-08). */
export function desktopSettingsFolders({ platform, env, home }: Machine): string[] {
  if (platform === 'win32') return [join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'ComfyUI')];
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'ComfyUI')];
  return [join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'ComfyUI')];
}

/** Folders in which the desktop app brings ComfyUI's own sources along. */
export function desktopSourceFolders({ platform, env, home, systemRoot }: Machine): string[] {
  if (platform === 'win32') {
    const programs = join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Programs');
    return ['@comfyorgcomfyui-electron', 'comfyui-electron', 'ComfyUI'].map((name) => join(programs, name, 'resources', 'ComfyUI'));
  }
  if (platform === 'darwin') {
    return [systemRoot, home].map((parent) => join(parent, 'Applications', 'ComfyUI.app', 'Contents', 'Resources', 'ComfyUI'));
  }
  return [join(systemRoot, 'opt', 'ComfyUI', 'resources', 'ComfyUI')];
}
