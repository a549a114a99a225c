import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { cutAfter } from '../helpers/faults.ts';
import { startTestHub } from '../helpers/hub.ts';
import { makeSandbox } from '../helpers/sandbox.ts';
import { findTexts, listFiles, modelContent, NO_LISTED_MODELS, workflowWith } from './kit.ts';

setDefaultTimeout(60_000);

const TOKEN = 'ms-TopSecretOfTheHarbour0123456789';
const LINKED = modelContent('quay_linked', 90_000);
const SEARCHED = modelContent('quay_searched', 80_000);
const CLOSED = modelContent('quay_closed', 70_000);
const SOURCES = ['workflow', 'local', 'catalog', 'huggingface', 'civitai', 'modelscope'];

function startWorldHub() {
  return startTestHub({
    manager: NO_LISTED_MODELS,
    accounts: [{ service: 'modelscope', token: TOKEN, username: 'reader', repositories: ['harbour/closed'] }],
    modelscope: [
      { id: 'harbour/quay-loras', downloads: 700, files: [{ path: 'loras/quay_linked.safetensors', content: LINKED }] },
      { id: 'harbour/quay-searched', downloads: 900, files: [{ path: 'quay_searched.safetensors', content: SEARCHED }] },
      { id: 'harbour/closed', private: true, files: [{ path: 'quay_closed.safetensors', content: CLOSED }] },
    ],
  });
}

const WORKFLOW = workflowWith([
  {
    name: 'quay_linked.safetensors',
    directory: 'loras',
    url: 'https://www.modelscope.cn/models/harbour/quay-loras/file/view/master/loras%2Fquay_linked.safetensors?status=2',
  },
  { name: 'quay_searched.safetensors', directory: 'loras' },
  {
    name: 'quay_closed.safetensors',
    directory: 'loras',
    url: 'https://modelscope.cn/models/harbour/closed/resolve/master/quay_closed.safetensors',
  },
]);

test('with ModelScope among the sources and Hugging Face out of reach, auto brings everything, and the token goes to ModelScope alone', async () => {
  await using hub = await startWorldHub();
  const told = new Set<string>();
  hub.inject({}, (request, answer) => {
    const sent = [...request.headers].join() + request.url.href;
    if (sent.includes(TOKEN)) told.add(request.service);
    return answer();
  });
  await hub.takeDown('huggingface');
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints, config: { search: { sources: SOURCES } } });
  await sandbox.writeWorkflow('quay.json', WORKFLOW);
  const result = await sandbox.run(['auto', '--verbose'], { env: { MODELSCOPE_API_TOKEN: TOKEN } });
  expect(result.exitCode).toBe(0);
  expect(listFiles(join(sandbox.root, 'models/loras'))).toEqual([
    'quay_closed.safetensors',
    'quay_linked.safetensors',
    'quay_searched.safetensors',
  ]);
  expect(await sandbox.readState('output/downloads.json')).toEqual(
    expect.arrayContaining([expect.objectContaining({ filename: 'quay_searched.safetensors', verified: 'sha256', source: 'direct' })]),
  );
  expect([...told]).toEqual(['modelscope']);
  const leaks = [...findTexts(sandbox.stateDir, [TOKEN]), ...[result.stdout, result.stderr].filter((text) => text.includes(TOKEN))];
  expect(leaks).toEqual([]);
});

test('without it among the sources ModelScope is asked for what the workflow links to, and nothing else', async () => {
  await using hub = await startWorldHub();
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  await sandbox.writeWorkflow('quay.json', WORKFLOW);
  const result = await sandbox.run(['auto']);
  expect(result.exitCode).toBe(1);
  expect(listFiles(join(sandbox.root, 'models/loras'))).toEqual(['quay_linked.safetensors']);
  const asked = hub.requests.filter(({ service }) => service === 'modelscope').map(({ path }) => path);
  expect(asked.filter((path) => path.startsWith('/openapi/'))).toEqual([]);
});

test.each([
  [undefined, false],
  [SOURCES, true],
])('doctor looks at ModelScope only where it is searched: %p', async (sources, looked) => {
  await using hub = await startWorldHub();
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints, config: sources ? { search: { sources } } : {} });
  const { stdout } = await sandbox.run(['doctor', '--json']);
  const { checks } = JSON.parse(stdout) as { checks: { check: string; level: string }[] };
  expect(checks.filter(({ check }) => check === 'ModelScope').map(({ level }) => level)).toEqual(looked ? ['ok'] : []);
});

test.each([
  [TOKEN, 'ok'],
  ['ms-somebody-elses-token-0123', 'fail'],
])('doctor says whether the token is taken: %s', async (token, level) => {
  await using hub = await startWorldHub();
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const { stdout } = await sandbox.run(['doctor', '--json'], { env: { MODELSCOPE_API_TOKEN: token } });
  const { checks } = JSON.parse(stdout) as { checks: { check: string; level: string }[] };
  expect(checks.filter(({ check }) => check === 'ModelScope key')).toMatchObject([{ level }]);
});

test('a file that comes in parts under status 200 is put together from them, and goes on where it broke off', async () => {
  const content = modelContent('quay_large', 9_000_000);
  await using hub = await startTestHub({
    manager: NO_LISTED_MODELS,
    modelscope: [{ id: 'harbour/large', files: [{ path: 'quay_large.safetensors', content, lfs: false }] }],
  });
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints });
  const url = 'https://modelscope.cn/models/harbour/large/resolve/master/quay_large.safetensors';
  await sandbox.writeWorkflow('quay.json', workflowWith([{ name: 'quay_large.safetensors', directory: 'loras', url }]));
  hub.inject({ service: 'modelscope', path: '/resolve/', after: 1, times: 1 }, cutAfter(1_000_000));
  expect((await sandbox.run(['auto'])).exitCode).toBe(0);
  expect(await sandbox.readState('output/downloads.json')).toMatchObject([
    { status: 'downloaded', verified: 'sha256', sha256: content.sha256 },
  ]);
  const sent = hub.requests.filter(({ path }) => path.includes('/resolve/')).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  expect(sent).toBeLessThan(content.sizeBytes + 2_000_000);
});

test('search.max_requests_per_second slows the real command down, whatever stands at the endpoint', async () => {
  await using hub = await startWorldHub();
  const sources = ['modelscope'];
  await using sandbox = await makeSandbox({ endpoints: hub.endpoints, config: { search: { sources, max_requests_per_second: 4 } } });
  const models = Array.from({ length: 6 }, (_, at) => ({ name: `pier${at}x_tower${at}y.safetensors`, directory: 'loras' as const }));
  await sandbox.writeWorkflow('quay.json', workflowWith(models));
  await sandbox.run(['scan']);
  const times: number[] = [];
  hub.inject({ service: 'modelscope' }, (_request, answer) => {
    times.push(performance.now());
    return answer();
  });
  await sandbox.run(['resolve']);
  expect(times.length).toBeGreaterThan(6);
  // a burst of four at once, then four a second; the network may only delay them further
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  expect(last - first).toBeGreaterThan(((times.length - 4) / 4) * 1000 - 250);
});
