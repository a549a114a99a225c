import { expect, setDefaultTimeout, test } from 'bun:test';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import type { HubService } from '../../lib/hub/exchange.ts';
import { answerGarbage, answerHtml, answerStatus, type Fault, resetConnection, slowDown } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';
import { modelContent, NO_LISTED_MODELS, workflowWith } from './kit.ts';

setDefaultTimeout(60_000);

/** One model that only Hugging Face has, and one that only Civitai has. */
const HUB: HubCatalogue = {
  manager: NO_LISTED_MODELS,
  huggingface: [{ id: 'Comfy-Org/quay', files: [{ path: 'loras/quay_hug.safetensors', content: modelContent('quay_hug') }] }],
  civitai: [
    {
      id: 7,
      name: 'Quay Civ',
      type: 'LORA',
      downloads: 9000,
      versions: [
        { id: 8, name: 'v1', downloads: 9000, files: [{ id: 9, name: 'quay_civ.safetensors', content: modelContent('quay_civ') }] },
      ],
    },
  ],
};

interface ResolutionJson {
  filename: string;
  accepted: boolean;
  source: string;
  reason: string;
  unchecked: { source: string; code: string }[];
}

const HUBS = [
  { service: 'huggingface', lost: 'quay_hug.safetensors', kept: 'quay_civ.safetensors' },
  { service: 'civitai', lost: 'quay_civ.safetensors', kept: 'quay_hug.safetensors' },
] as const;

const TROUBLES: readonly (readonly [string, Fault, string])[] = [
  ['resets connections', resetConnection(), 'unreachable'],
  ['has trouble of its own', answerStatus(500), 'server_error'],
  ['limits the rate', answerStatus(429, { retryAfter: 120 }), 'rate_limited'],
  ['refuses the key', answerStatus(401), 'unauthorized'],
  ['forbids', answerStatus(403), 'forbidden'],
  ['is closed in this country', answerStatus(451), 'region_blocked'],
  ['answers with a page', answerHtml(), 'bad_answer'],
  ['answers with garbage', answerGarbage(), 'bad_answer'],
  ['answers with another shape', answerGarbage('{"items": 5}'), 'bad_answer'],
];

async function resolveUnder(service: HubService, fault: Fault) {
  await using hub = await startTestHub(HUB);
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const models = HUBS.map(({ lost }) => ({ name: lost, directory: 'loras' as const }));
  await sandbox.writeWorkflow('quay.json', workflowWith(models));
  await sandbox.run(['scan']);
  hub.inject({ service }, fault);
  const result = await sandbox.run(['resolve']);
  const resolutions = (await sandbox.readState('output/resolutions.json')) as ResolutionJson[];
  return { ...result, resolutions: new Map(resolutions.map((resolution) => [resolution.filename, resolution])) };
}

test.concurrent.each([
  ['civitai', 'Civitai API error: 401', 'CIVITAI_API_KEY'],
  ['huggingface', 'HuggingFace API error: 401', 'HF_TOKEN'],
] as const)(
  'a 401 of %s is said as such, with the variable that mends it, on the terminal and in status.json',
  async (service, error, variable) => {
    await using hub = await startTestHub(HUB);
    await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
    await sandbox.writeWorkflow('quay.json', workflowWith(HUBS.map(({ lost }) => ({ name: lost, directory: 'loras' as const }))));
    hub.inject({ service }, answerStatus(401));
    const { exitCode, stderr } = await sandbox.run(['auto']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(error);
    expect(stderr).toContain(`Set ${variable}`);
    const status = (await sandbox.readState('status.json')) as { phase: string; errors: { code: string; error: string; hint: string }[] };
    expect(status.phase).toBe('complete');
    expect(status.errors).toContainEqual(
      expect.objectContaining({ code: `${service}_unauthorized`, error, hint: expect.stringContaining(variable) }),
    );
  },
);

for (const { service, lost, kept } of HUBS) {
  test.concurrent.each(TROUBLES)(
    `when ${service} %s, the other one goes on and nothing is called not found`,
    async (_name, fault, code) => {
      const { exitCode, stderr, resolutions } = await resolveUnder(service, fault);
      expect(exitCode).toBe(1);
      expect(resolutions.get(kept)).toMatchObject({ accepted: true });
      expect(resolutions.get(lost)).toMatchObject({ accepted: false });
      expect(resolutions.get(lost)?.unchecked.map((entry) => [entry.source, entry.code])).toContainEqual([service, `${service}_${code}`]);
      expect(resolutions.get(lost)?.reason).not.toContain('not found on Civitai');
      expect(stderr).not.toContain('Model not found');
      expect(stderr).toContain(service === 'civitai' ? 'Civitai API error' : 'HuggingFace API error');
    },
  );

  test.concurrent(`when ${service} is slow, both are found all the same`, async () => {
    const { exitCode } = await resolveUnder(service, slowDown(2000));
    expect(exitCode).toBe(0);
  });
}
