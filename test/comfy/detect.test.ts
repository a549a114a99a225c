import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AskServer, detectAll, detectInstall, findWorkflowDirectories } from '../../lib/comfy/detect.ts';
import { askLiveServer, foldersOfServer } from '../../lib/comfy/live-server.ts';
import type { Machine } from '../../lib/comfy/places.ts';
import { ToolkitError } from '../../lib/core/error.ts';
import { startFakeComfy } from '../helpers/comfy.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'detect-test-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const nobody: AskServer = () => Promise.resolve(null);
let machines = 0;

/** A made-up machine: its absolute places lie below a folder of its own, and nothing is on it. */
function makeMachine(change: Partial<Machine> = {}): Machine {
  const systemRoot = join(base, `machine${++machines}`);
  const machine = {
    platform: 'linux' as const,
    env: {},
    home: join(systemRoot, 'home/me'),
    cwd: join(systemRoot, 'work'),
    systemRoot,
    ...change,
  };
  for (const folder of [machine.home, machine.cwd]) mkdirSync(folder, { recursive: true });
  return machine;
}

function put(path: string, text = ''): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** ComfyUI as a clone has it. */
function putClone(folder: string): string {
  for (const name of ['main.py', 'nodes.py', 'folder_paths.py']) put(join(folder, name));
  for (const name of ['models/checkpoints', 'custom_nodes', 'user/default/workflows']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

/** The base folder of the desktop app: everything but the sources. */
function putDataFolder(folder: string): string {
  for (const name of ['models/checkpoints', 'custom_nodes', 'user/default/workflows']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

function putDesktopSettings(settings: string, basePath: string): void {
  put(join(settings, 'config.json'), JSON.stringify({ installState: 'installed', basePath, selectedDevice: 'nvidia' }));
}

/** How a kind of install lies on a machine: puts it there and gives what is to be found. */
type Layout = (machine: Machine) => { root: string; sources?: string | null; foundBy: string };

const KINDS: readonly (readonly [string, Partial<Machine>, Layout])[] = [
  ['a clone in the home folder', {}, ({ home }) => ({ root: putClone(join(home, 'ComfyUI')), foundBy: 'usual place of a clone' })],
  [
    'a clone of another spelling, among the projects',
    {},
    ({ home }) => ({ root: putClone(join(home, 'projects/comfyui')), foundBy: 'usual place of a clone' }),
  ],
  ['what comfy-cli installs', {}, ({ home }) => ({ root: putClone(join(home, 'comfy/ComfyUI')), foundBy: 'usual place of a clone' })],
  ['the working directory itself', {}, ({ cwd }) => ({ root: putClone(cwd), foundBy: 'working directory' })],
  ['a ComfyUI beside this tool', {}, ({ cwd }) => ({ root: putClone(join(cwd, 'ComfyUI')), foundBy: 'working directory' })],
  [
    'a parent of the working directory',
    {},
    ({ systemRoot }) => ({ root: putClone(systemRoot), foundBy: 'parent of the working directory' }),
  ],
  [
    'the portable build, among the downloads',
    {},
    ({ home }) => ({
      root: putClone(join(home, 'Downloads/ComfyUI_windows_portable/ComfyUI')),
      foundBy: 'usual place of a portable build',
    }),
  ],
  [
    'a launcher (Stability Matrix)',
    {},
    ({ home }) => ({ root: putClone(join(home, 'StabilityMatrix/Packages/ComfyUI')), foundBy: 'usual place of a launcher' }),
  ],
  [
    'a launcher (Pinokio)',
    {},
    ({ home }) => ({ root: putClone(join(home, 'pinokio/api/comfy.git/app')), foundBy: 'usual place of a launcher' }),
  ],
  [
    'a rented machine',
    {},
    ({ systemRoot }) => ({ root: putClone(join(systemRoot, 'workspace/ComfyUI')), foundBy: 'usual place on a server' }),
  ],
  [
    'the desktop app on Linux',
    { platform: 'linux' },
    ({ home, systemRoot }) => {
      putDesktopSettings(join(home, '.config/ComfyUI'), join(home, 'my comfy'));
      return {
        root: putDataFolder(join(home, 'my comfy')),
        sources: putClone(join(systemRoot, 'opt/ComfyUI/resources/ComfyUI')),
        foundBy: 'desktop app',
      };
    },
  ],
  [
    'the desktop app on macOS',
    { platform: 'darwin' },
    ({ home, systemRoot }) => {
      putDesktopSettings(join(home, 'Library/Application Support/ComfyUI'), join(home, 'Documents/Pictures of me'));
      return {
        root: putDataFolder(join(home, 'Documents/Pictures of me')),
        sources: putClone(join(systemRoot, 'Applications/ComfyUI.app/Contents/Resources/ComfyUI')),
        foundBy: 'desktop app',
      };
    },
  ],
  [
    'the desktop app on Windows, by the folders of the home',
    { platform: 'win32' },
    ({ home }) => {
      putDesktopSettings(join(home, 'AppData/Roaming/ComfyUI'), join(home, 'comfy base'));
      return {
        root: putDataFolder(join(home, 'comfy base')),
        sources: putClone(join(home, 'AppData/Local/Programs/@comfyorgcomfyui-electron/resources/ComfyUI')),
        foundBy: 'desktop app',
      };
    },
  ],
  [
    'the desktop app without its sources',
    {},
    ({ home }) => {
      putDesktopSettings(join(home, '.config/ComfyUI'), join(home, 'data'));
      return { root: putDataFolder(join(home, 'data')), sources: null, foundBy: 'desktop app' };
    },
  ],
];

describe('each kind of install is found', () => {
  test.each(KINDS)('%s', async (_, change, layout) => {
    const machine = makeMachine(change);
    const { root, foundBy, sources = root } = layout(machine);
    const install = await detectInstall({ machine, named: null, askServer: nobody });
    expect(install).toEqual({ root, sources, foundBy, workflowDirectories: [join(root, 'user/default/workflows')] });
  });

  test('the desktop app with the file that names its model folders, whether it is found or named', async () => {
    const machine = makeMachine();
    const [settings, root] = [join(machine.home, '.config/ComfyUI'), putDataFolder(join(machine.home, 'data'))];
    putDesktopSettings(settings, `${root}/`);
    put(join(settings, 'extra_models_config.yaml'));
    const extraPathFiles = [join(settings, 'extra_models_config.yaml')];
    expect(await detectInstall({ machine, named: null, askServer: nobody })).toMatchObject({ root, extraPathFiles });
    const named = (path: string) => detectInstall({ machine, named: { path, by: 'comfyui_root' }, askServer: nobody });
    expect(await named(root)).toMatchObject({ root, extraPathFiles });
    expect(await named(putClone(join(machine.home, 'other')))).not.toHaveProperty('extraPathFiles');
  });

  test('the desktop app on Windows, by %APPDATA% and %LOCALAPPDATA%', async () => {
    const machine = makeMachine({ platform: 'win32' });
    const env = { APPDATA: join(machine.systemRoot, 'roaming'), LOCALAPPDATA: join(machine.systemRoot, 'local') };
    const root = putDataFolder(join(machine.systemRoot, 'D/comfy'));
    putDesktopSettings(join(env.APPDATA, 'ComfyUI'), root);
    const sources = putClone(join(env.LOCALAPPDATA, 'Programs/comfyui-electron/resources/ComfyUI'));
    expect(await detectInstall({ machine: { ...machine, env }, named: null, askServer: nobody })).toMatchObject({ root, sources });
  });
});

describe('what somebody says goes before what is found', () => {
  test.each(['COMFYUI_ROOT', 'COMFYUI_PATH'])('the variable %s', async (name) => {
    const machine = makeMachine();
    putClone(join(machine.home, 'ComfyUI'));
    const root = putClone(join(machine.systemRoot, 'data/comfy'));
    for (const value of [root, '../data/comfy']) {
      const install = await detectInstall({ machine: { ...machine, env: { [name]: value } }, named: null, askServer: nobody });
      expect([install.root, install.foundBy]).toEqual([root, name]);
    }
  });

  test('a folder that is named goes before the variables, and may be the one around the portable build', async () => {
    const machine = makeMachine();
    const inner = putClone(join(machine.systemRoot, 'D/ComfyUI_windows_portable/ComfyUI'));
    const env = { COMFYUI_ROOT: putClone(join(machine.home, 'ComfyUI')) };
    const named = { path: dirname(inner), by: 'comfyui_root in config.json' };
    expect(await detectInstall({ machine: { ...machine, env }, named, askServer: nobody })).toMatchObject({ root: inner });
  });

  test('a share with nothing but models is enough when it is named', async () => {
    const machine = makeMachine();
    const root = join(machine.systemRoot, 'share');
    mkdirSync(join(root, 'models'), { recursive: true });
    const install = await detectInstall({ machine, named: { path: root, by: '--comfyui-root' }, askServer: nobody });
    expect(install).toEqual({ root, sources: null, foundBy: '--comfyui-root', workflowDirectories: [] });
  });

  test.each([
    ['no folder', () => '/no/such/folder', 'which is no folder'],
    ['a folder without a ComfyUI', (machine: Machine) => machine.home, 'which holds no ComfyUI'],
  ])('%s is an error, not a reason to look elsewhere', async (_, path, words) => {
    const machine = makeMachine();
    putClone(join(machine.cwd, 'ComfyUI'));
    const attempt = detectInstall({ machine, named: { path: path(machine), by: '--comfyui-root' }, askServer: nobody });
    expect(await failureOf(attempt)).toMatchObject({ code: 'comfyui_root_invalid', exitCode: 2, message: expect.stringContaining(words) });
  });
});

async function failureOf(attempt: Promise<unknown>): Promise<ToolkitError> {
  const error: unknown = await attempt.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof ToolkitError) return error;
  throw error;
}

describe('a running ComfyUI', () => {
  const detectBy = async (machine: Machine, argv?: readonly string[], root = join(machine.systemRoot, 'srv/comfy')) => {
    putClone(root);
    await using comfy = startFakeComfy({ root, ...(argv ? { argv } : {}) });
    const askServer: AskServer = async () => {
      const server = await askLiveServer(comfy.url, fetch);
      return server && foldersOfServer(server);
    };
    return await detectAll({ machine, askServer });
  };

  test('tells its folder when it was started with an absolute path', async () => {
    const machine = makeMachine();
    expect(await detectBy(machine)).toMatchObject([{ root: join(machine.systemRoot, 'srv/comfy'), foundBy: 'running ComfyUI' }]);
  });

  test('tells its base directory', async () => {
    const machine = makeMachine();
    const root = putDataFolder(join(machine.systemRoot, 'base dir'));
    for (const argv of [
      ['--base-directory', root],
      [`--base-directory=${root}`, '--port', '1'],
      ['--base-directory', `${root}/`],
    ]) {
      expect((await detectBy(machine, argv)).map((install) => install.root)).toEqual([root]);
    }
  });

  test('started with relative words only tells nothing', async () => {
    expect(await detectBy(makeMachine(), ['--listen'])).toEqual([]);
  });

  test.each([
    ['nobody there', 'http://127.0.0.1:9'],
    ['no address', 'nonsense'],
  ])('%s is no server', async (_, url) => {
    expect(await askLiveServer(url, fetch)).toBeNull();
  });

  test.each([
    ['another service', () => Response.json({ hello: 'world' })],
    ['an error', () => new Response('no', { status: 500 })],
    ['a page', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['a redirect', () => Response.redirect('/elsewhere')],
  ])('%s on its port is no server', async (_, answer) => {
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer });
    expect(await askLiveServer(`http://127.0.0.1:${server.port}`, fetch)).toBeNull();
    await server.stop(true);
  });
});

describe('several, odd and none', () => {
  test('all are found, likeliest first, each once whatever the links', async () => {
    const machine = makeMachine();
    const near = putClone(join(machine.cwd, 'ComfyUI'));
    const home = putClone(join(machine.home, 'ComfyUI'));
    symlinkSync(home, join(machine.home, 'comfyui-link'));
    symlinkSync(home, join(machine.home, 'comfyui'));
    const found = await detectAll({ machine, askServer: nobody });
    expect(found.map((install) => install.root)).toEqual([near, home]);
  });

  test.each(['no JSON', '[]', '{"basePath": 7}', '{"basePath": ""}', '{"basePath": "/gone/for/good"}'])(
    'settings of the desktop app that say nothing are passed over: %s',
    async (text) => {
      const machine = makeMachine();
      put(join(machine.home, '.config/ComfyUI/config.json'), text);
      expect(await detectAll({ machine, askServer: nobody })).toEqual([]);
    },
  );

  test('a folder of that name without ComfyUI in it is none', async () => {
    const machine = makeMachine();
    mkdirSync(join(machine.home, 'ComfyUI/something'), { recursive: true });
    put(join(machine.home, 'Documents/ComfyUI'), 'a file');
    expect(await detectAll({ machine, askServer: nobody })).toEqual([]);
  });

  test('none: the error names every place and every way to say it', async () => {
    const machine = makeMachine();
    const error = await failureOf(detectInstall({ machine, named: null, askServer: nobody }));
    expect([error.code, error.exitCode]).toEqual(['comfyui_not_found', 2]);
    for (const words of ['COMFYUI_ROOT', machine.cwd, machine.home, join(machine.home, '.config/ComfyUI'), 'default port']) {
      expect(error.message).toContain(words);
    }
    expect(error.hint).toContain('--comfyui-root');
  });
});

test('workflow folders: the default user first, then the others, and no hidden ones', () => {
  const root = join(base, 'users');
  for (const name of ['zoe', 'default', 'amy', '.cache', '__manager'])
    mkdirSync(join(root, 'user', name, 'workflows'), { recursive: true });
  mkdirSync(join(root, 'user/nobody'));
  expect(findWorkflowDirectories(root)).toEqual(['default', 'amy', 'zoe'].map((name) => join(root, 'user', name, 'workflows')));
});

test('another program with a models folder in a usual place is not taken for ComfyUI', async () => {
  const machine = makeMachine();
  mkdirSync(join(machine.systemRoot, 'app/models'), { recursive: true });
  expect(await detectAll({ machine, askServer: nobody })).toEqual([]);
});
