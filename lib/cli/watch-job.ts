import { networkInterfaces } from 'node:os';
import type { RunEvent } from '../core/events.ts';
import { makeScrub } from '../core/secrets.ts';
import { formatLocalDate } from '../core/units.ts';
import { runWatch } from '../phases/watch.ts';
import type { Board } from '../phases/watch-board.ts';
import type { WatchSetup } from '../phases/watch-world.ts';
import { FileReporter, taggedWriter } from '../state/log.ts';
import { describeEvent } from '../state/log-events.ts';
import { readSecrets } from '../state/secrets.ts';
import { emptyStatus, StatusFile } from '../state/status.ts';
import { printJson } from './command.ts';
import type { Context } from './context.ts';
import { findInstall, findWorkflowPaths, openConfig, openHttp } from './context.ts';
import { flag } from './options.ts';
import { describeFatal, holdState, newRun, openLogger } from './session.ts';
import { WatchStatus } from './watch-status.ts';
import { WatchView } from './watch-view.ts';

const REDRAW_MS = 1000;

/** Watches until the process is asked to end, which is its good end: exit code 0, and status.json says `idle`. */
export function runWatchJob(context: Context): Promise<number> {
  return holdState(context, async (signal) => {
    const desk = openDesk(context);
    const redraw = context.terminal.live ? setInterval(() => desk.view.draw(), REDRAW_MS) : null;
    try {
      await runWatch({ ...desk, configPath: context.configPath, state: context.state, ports: context.ports, signal, describeNetwork });
      await desk.status.finish('idle');
    } catch (error) {
      desk.status.fail(describeFatal(error, 'Start watch again'));
      throw error;
    } finally {
      if (redraw) clearInterval(redraw);
      desk.view.end();
    }
    if (context.json)
      printJson(context, { command: 'watch', exit_code: 0, status: desk.status.status.data, errors: desk.status.status.errors });
    else context.report.print('Watch ended; what is left goes on next time');
    return 0;
  });
}

/** Everything that a watch tells things to, and the keys that may change while it runs. */
interface Desk {
  status: StatusFile;
  view: WatchView;
  emit: (event: RunEvent) => void;
  show: (board: Board) => void;
  scrub: (text: string) => string;
  readSetup: () => Promise<WatchSetup>;
  haveKeysChanged: () => boolean;
}

function openDesk(context: Context): Desk {
  const { now } = context.ports;
  const keys = new Keys(context);
  const scrub = (text: string): string => keys.scrub(text);
  const status = new StatusFile(
    context.state.status,
    { ...emptyStatus(newRun(context.command)), phase: 'scanning' },
    { ...context.ports, scrub },
  );
  const listener = new WatchStatus(status, now);
  const view = new WatchView({ ...context, now, quiet: context.quiet || context.json });
  const log = openDailyLog(context, scrub);
  return {
    status,
    view,
    scrub,
    readSetup: async () => {
      const setup = await readSetup(keys.refresh());
      status.describeWork({
        workflow_paths: setup.workflowPaths === 'auto' ? setup.install.workflowDirectories : [...setup.workflowPaths],
        comfyui_root: setup.install.root,
        include_disabled: setup.includeDisabled,
      });
      return setup;
    },
    haveKeysChanged: () => keys.haveChanged(),
    emit: (event) => {
      log(event);
      listener.handle(event);
      view.handle(event);
    },
    show: (board) => {
      listener.show(board);
      view.show(board);
    },
  };
}

/** A new log each day: one file for months would be of use to nobody. */
function openDailyLog(context: Context, scrub: (text: string) => string): (event: RunEvent) => void {
  const { now } = context.ports;
  const file = new FileReporter(context.state.log, scrub);
  const write = taggedWriter(openLogger(context, file));
  let day = '';
  return (event) => {
    const today = formatLocalDate(now());
    if (today !== day) file.begin('watch', now());
    day = today;
    for (const record of describeEvent(event, now())) write(record);
  };
}

/** The user's keys, which may be set while a watch runs. One that is taken away is still kept out of every file. */
class Keys {
  readonly #context: Context;
  #text: string;
  #scrubs: ((text: string) => string)[];

  constructor(context: Context) {
    this.#context = context;
    this.#text = JSON.stringify(context.secrets);
    this.#scrubs = [makeScrub(context.secrets)];
  }

  scrub(text: string): string {
    return this.#scrubs.reduce((scrubbed, scrub) => scrub(scrubbed), text);
  }

  haveChanged(): boolean {
    return JSON.stringify(readSecrets(this.#context.ports)) !== this.#text;
  }

  /** The command's context with the keys that there are now. */
  refresh(): Context {
    const secrets = readSecrets(this.#context.ports);
    const text = JSON.stringify(secrets);
    if (text !== this.#text) this.#scrubs.push(makeScrub(secrets));
    this.#text = text;
    return { ...this.#context, secrets };
  }
}

async function readSetup(context: Context): Promise<WatchSetup> {
  const { given } = context;
  const config = openConfig(context);
  const install = await findInstall(context, config);
  const isAuto = given.positionals.length === 0 && config.workflowDirectories === 'auto';
  return {
    config,
    install,
    workflowPaths: isAuto ? 'auto' : findWorkflowPaths(context, { config, install }),
    includeDisabled: flag(given, 'include-disabled') || config.scan.includeDisabled,
    acceptFuzzy: flag(given, 'yes'),
    http: openHttp(context, config),
  };
}

/** The machine's addresses: they change when a cable, a wireless network or a tunnel comes or goes. */
function describeNetwork(): string {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])
    .sort()
    .join(' ');
}
