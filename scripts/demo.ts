import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCommand } from '../lib/cli/command.ts';
import type { Context } from '../lib/cli/context.ts';
import { openContext } from '../lib/cli/context.ts';
import { runJob } from '../lib/cli/job.ts';
import { makeDemoCatalogue } from '../lib/demo/catalogue.ts';
import { confineFetch } from '../lib/demo/confined-fetch.ts';
import { DEMO_HUB_PACE, makeDemoSandbox } from '../lib/demo/sandbox.ts';
import { startHub } from '../lib/hub/hub.ts';

export default makeCommand('demo', {}, async (context) => {
  const dir = await mkdtemp(join(tmpdir(), 'comfy-fixer-demo-'));
  const hub = await startHub(makeDemoCatalogue(), DEMO_HUB_PACE);
  try {
    context.report.print(`A throw-away ComfyUI in ${dir}, and a hub on loopback that speaks the protocols of Hugging Face and Civitai:`);
    const sandbox = await makeDemoSandbox(dir, hub.endpoints);
    const place = { dir, configPath: sandbox.configPath, origins: Object.values(hub.origins) };
    return await runJob(openDemo(context, place), { from: 'scanning', to: 'downloading' });
  } finally {
    await hub.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

/** The same command line in the sandbox: nothing of this user's home, keys or proxies is seen there, and nobody outside is asked. */
function openDemo(context: Context, place: { dir: string; configPath: string; origins: readonly string[] }): Context {
  const { NO_COLOR, TERM } = context.ports.env;
  const fetch = confineFetch(context.ports.fetch, place.origins);
  const fetchFile = confineFetch(context.ports.fetchFile, place.origins);
  const ports = { ...context.ports, env: { NO_COLOR, TERM }, home: join(place.dir, 'home'), cwd: place.dir, fetch, fetchFile };
  const given = {
    values: { ...context.given.values, config: [place.configPath], 'state-dir': undefined, 'comfyui-root': undefined },
    positionals: [],
  };
  return openContext('auto', given, { ports, streams: context.streams });
}
