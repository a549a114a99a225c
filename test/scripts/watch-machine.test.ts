import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import type { DownloadRecord } from '../../lib/core/model.ts';
import { GraphBuilder } from '../../lib/demo/graph-builder.ts';
import { answerStatus, neverAnswer } from '../helpers/faults.ts';
import { catalogueWith, linkOf, openStage, type WatchStage, workflowFor } from '../watch/kit.ts';
import { modelContent, until, workflowWith } from './kit.ts';

/** Downloads and pauses take their time, and the machine may have other things to do. */
setDefaultTimeout(40_000);

function bytesOf(name: string): Uint8Array {
  const content = modelContent(name);
  return Uint8Array.from(content.read(0, content.sizeBytes));
}

/** Whole files that the hub has sent. */
function filesSent(stage: WatchStage): number {
  return stage.hub.requests.filter(({ service, method, bytesSent }) => service === 'storage' && method === 'GET' && bytesSent >= 60_000)
    .length;
}

function readOutput<T>(stage: WatchStage, name: string): T[] {
  const path = join(stage.sandbox.stateDir, 'output', name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T[]) : [];
}

function howItCame(stage: WatchStage, name: string): string | undefined {
  return readOutput<DownloadRecord>(stage, 'downloads.json').find(({ filename }) => filename === name)?.status;
}

describe.concurrent('bytes that are on this machine already', () => {
  test('are linked, whatever their name and however late they came, and fetched once they are gone', async () => {
    await using stage = await openStage(catalogueWith(['a.safetensors', 'b.safetensors']));
    await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
    await stage.start();
    await stage.untilIdle();
    const copy = await stage.sandbox.writeModel('checkpoints/kept/my own.safetensors', bytesOf('b.safetensors'));
    await until('the copy is seen', () => stage.status().data.local_models === 2);
    await stage.sandbox.writeWorkflow('b.json', workflowFor('b.safetensors'));
    await stage.untilLora('b.safetensors');
    await until('it is told', () => howItCame(stage, 'b.safetensors') === 'linked');
    expect(statSync(stage.loraPath('b.safetensors')).ino).toBe(statSync(copy).ino);
    expect(filesSent(stage)).toBe(1);
    await stage.untilIdle();
    await rm(copy);
    await rm(stage.loraPath('b.safetensors'));
    await stage.untilLora('b.safetensors');
    await until('it is told', () => howItCame(stage, 'b.safetensors') === 'downloaded');
    expect([stage.hasLora('b.safetensors'), filesSent(stage)]).toEqual([true, 2]);
  });

  test('are found by their name elsewhere among the models, also when they came after the first look, and not after they went', async () => {
    await using stage = await openStage(catalogueWith([]));
    await stage.sandbox.writeWorkflow('x.json', workflowWith([{ name: 'x.safetensors', directory: 'loras' }]));
    await stage.start();
    await until('nobody has it', () => (stage.status().queue[0]?.attempts ?? 0) > 0);
    const elsewhere = await stage.sandbox.writeModel('loras/old/brass_kettle.safetensors', bytesOf('brass_kettle.safetensors'));
    await stage.sandbox.writeWorkflow('y.json', workflowWith([{ name: 'brass_kettle.safetensors', directory: 'loras' }]));
    await stage.untilLora('brass_kettle.safetensors');
    expect(stage.hasLora('brass_kettle.safetensors')).toBe(true);
    await until('it is told', () => howItCame(stage, 'brass_kettle.safetensors') === 'linked');
    await rm(elsewhere);
    await rm(stage.loraPath('brass_kettle.safetensors'));
    await until('nobody has it any more', () =>
      stage.status().queue.some(({ filename, attempts }) => filename === 'brass_kettle.safetensors' && attempts > 0),
    );
    expect(existsSync(stage.loraPath('brass_kettle.safetensors'))).toBe(false);
  });
});

describe.concurrent('what workflows say of places', () => {
  function noteWith(text: string): Record<string, unknown> {
    const graph = new GraphBuilder();
    graph.add('MarkdownNote', { widgets: { text } });
    return graph.toWorkflow();
  }

  function placesOf(stage: WatchStage, name: string): string[] {
    using catalogue = Catalogue.open(join(stage.sandbox.stateDir, '.comfy-fixer.catalogue.sqlite'));
    return catalogue.files.named(name).map(({ url }) => url);
  }

  test('is learnt from each that is saved, replaced by what it says next, and kept when it is gone', async () => {
    await using stage = await openStage(catalogueWith([]));
    await stage.sandbox.writeWorkflow('first.json', noteWith(`[one](${linkOf('one.safetensors')})`));
    await stage.start();
    await until('one is learnt', () => placesOf(stage, 'one.safetensors').length > 0);
    expect(placesOf(stage, 'one.safetensors')).toEqual([linkOf('one.safetensors')]);
    const second = await stage.sandbox.writeWorkflow('second.json', noteWith(`[two](${linkOf('two.safetensors')})`));
    await until('two is learnt', () => placesOf(stage, 'two.safetensors').length > 0);
    await stage.sandbox.writeWorkflow('second.json', noteWith(`[three](${linkOf('three.safetensors')})`));
    await until('three is learnt', () => placesOf(stage, 'three.safetensors').length > 0);
    expect(placesOf(stage, 'two.safetensors')).toEqual([]);
    await rm(second);
    await until('the workflow is gone', () => stage.status().data.workflows_scanned === 1);
    expect([placesOf(stage, 'three.safetensors'), placesOf(stage, 'one.safetensors')]).toEqual([
      [linkOf('three.safetensors')],
      [linkOf('one.safetensors')],
    ]);
  });

  test('is looked at at once for a model that waits because nobody had it', async () => {
    await using stage = await openStage({ ...catalogueWith(['deep/copper_pan_v3.safetensors']), civitai: [] });
    await stage.sandbox.writeWorkflow('a.json', workflowWith([{ name: 'copper_pan_v3.safetensors', directory: 'loras' }]));
    await stage.start();
    const waiting = await until('nobody has it', () => stage.status().queue.find(({ attempts }) => attempts > 0));
    expect(waiting.due_at).not.toBeNull();
    await stage.sandbox.writeWorkflow('b.json', noteWith(`[pan](${linkOf('deep/copper_pan_v3.safetensors')})`));
    await until('the place is looked at', () => stage.hub.requests.some(({ path }) => path.includes('/deep/copper_pan_v3')));
  });
});

describe.concurrent('missing nodes', () => {
  const REGISTRY = [{ id: 'brass-pack', name: 'Brass', repository: 'https://github.com/smith/brass', nodes: ['BrassBell'] }];
  const catalogue = { ...catalogueWith(['a.safetensors']), registry: REGISTRY };

  interface Node {
    node_type: string;
    pack: { install: string } | null;
  }
  const packOf = (stage: WatchStage): string | null | undefined => {
    const node = readOutput<Node>(stage, 'missing_nodes.json').find(({ node_type }) => node_type === 'BrassBell');
    return node && (node.pack?.install ?? null);
  };
  const saveBell = (stage: WatchStage): Promise<string> =>
    stage.sandbox.writeWorkflow(
      'a.json',
      workflowWith([{ name: 'a.safetensors', directory: 'loras', url: linkOf('a.safetensors') }], ['BrassBell']),
    );

  test('get their pack and its command once the registry answers, and have it at once the next time', async () => {
    await using stage = await openStage(catalogue);
    stage.hub.inject({ service: 'comfy_registry' }, answerStatus(503));
    await stage.start();
    await saveBell(stage);
    await until('the node is told without a pack', () => packOf(stage) === null);
    stage.hub.heal();
    await until('the pack is known', () => packOf(stage) === 'comfy node install brass-pack');
    await stage.end();
    await rm(join(stage.sandbox.stateDir, 'output/missing_nodes.json'));
    await stage.hub.takeDown('comfy_registry');
    await stage.start();
    await until('the pack is remembered', () => packOf(stage) === 'comfy node install brass-pack');
    expect(stage.status().errors).toEqual([]);
  });

  test('keep no download waiting, and not the end either, while nobody answers for their packs', async () => {
    await using stage = await openStage(catalogue);
    stage.hub.inject({ service: 'comfy_registry' }, neverAnswer());
    stage.hub.inject({ service: 'manager', path: /node/ }, neverAnswer());
    await stage.start();
    await saveBell(stage);
    await stage.untilLora('a.safetensors');
    await stage.untilIdle();
    await until('the registry or the lists are being asked', () => stage.hub.requests.some(({ service }) => service !== 'huggingface'));
    const { exitCode, ms } = await stage.end();
    expect([exitCode, ms < 2000]).toEqual([0, true]);
    expect(packOf(stage)).toBeNull();
  });
});

test('what is told of a failure is what watch does about it, and no command that cannot run beside it', async () => {
  await using stage = await openStage(catalogueWith(['a.safetensors']));
  stage.hub.inject({}, answerStatus(503));
  await stage.sandbox.writeWorkflow('a.json', workflowFor('a.safetensors'));
  await stage.start();
  const { errors } = await until('the failure is told', () => stage.status().errors.length > 0 && stage.status());
  expect(errors.map(({ hint }) => hint).join('\n')).toContain('by itself');
  const { stderr } = await stage.end();
  const log = readFileSync(join(stage.sandbox.stateDir, 'output/summary_report.md'), 'utf8');
  for (const text of [stderr, log, JSON.stringify(errors), JSON.stringify(readOutput(stage, 'downloads.json'))])
    expect(text).not.toMatch(/run `?(?:resume|resolve)|--pick/i);
});

test('a name that cannot be used is told of in status and summary, as long as a workflow has it', async () => {
  await using stage = await openStage(catalogueWith([]));
  await stage.start();
  const path = join(stage.sandbox.stateDir, 'output/summary_report.md');
  const summary = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  await stage.sandbox.writeWorkflow('a.json', workflowWith([{ name: '../../escape.safetensors', directory: 'loras' }]));
  await until('it is told', () => stage.status().errors.some(({ code }) => code === 'unsafe_model_name'));
  await until('it is in the summary', () => summary().includes('escape.safetensors'));
  await stage.sandbox.writeWorkflow('a.json', workflowWith([]));
  await until('it is gone', () => stage.status().errors.length === 0);
  await until('it is gone from the summary too', () => existsSync(path) && !summary().includes('escape.safetensors'));
});

test('slots that are switched off, and name a file that is not here, are told of once, and nothing is fetched for them', async () => {
  await using stage = await openStage(catalogueWith(['idle.safetensors']));
  await stage.start();
  const stack = { input_mode: 'simple', lora_count: 0, lora_name_1: 'idle.safetensors' };
  await stage.sandbox.writeWorkflow('a.json', { '1': { class_type: 'LoRA Stacker', inputs: stack } });
  await until('it is read', () => stage.status().data.workflows_scanned === 1);
  await stage.sandbox.writeWorkflow('b.json', workflowWith([]));
  await until('another is read', () => stage.status().data.workflows_scanned === 2);
  const folder = join(stage.sandbox.stateDir, 'log');
  const log = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(log.join('').match(/slots that are switched off name idle\.safetensors/g)).toHaveLength(1);
  expect([stage.hasLora('idle.safetensors'), filesSent(stage)]).toEqual([false, 0]);
});
