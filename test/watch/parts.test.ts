import { describe, expect, test } from 'bun:test';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inbox } from '../../lib/watch/inbox.ts';
import { findInOptions } from '../../lib/watch/node-options.ts';
import { changeAt, isUnwatched, type WatchPlaces } from '../../lib/watch/places.ts';
import { failedPromptId, readFailedHistory, readRefusals } from '../../lib/watch/refusals.ts';
import { pauseMs, setbackOf } from '../../lib/watch/retry.ts';
import { FileMarks, Settling } from '../../lib/watch/settle.ts';

describe('pauses', () => {
  test('grow twofold up to a longest', () => {
    expect([1, 2, 3, 4, 5].map((attempts) => pauseMs('trouble', attempts))).toEqual([2000, 4000, 8000, 16_000, 32_000]);
    expect(pauseMs('trouble', 1000)).toBe(15 * 60_000);
    expect(pauseMs('absent', 1)).toBeGreaterThan(pauseMs('refused', 1));
  });

  test.each([
    ['download_login_required', 'refused'],
    ['download_gated', 'refused'],
    ['download_checksum_mismatch', 'refused'],
    ['download_target_taken', 'refused'],
    ['huggingface_unauthorized', 'refused'],
    ['download_timeout', 'trouble'],
    ['download_unreachable', 'trouble'],
    ['download_disk_full', 'trouble'],
    ['civitai_server_error', 'trouble'],
    ['huggingface_rate_limited', 'trouble'],
    ['model_not_found', 'absent'],
  ] as const)('%s is %s', (code, setback) => expect(setbackOf(code)).toBe(setback));
});

describe('settling', () => {
  test('a file has settled when it stayed the same for long enough, and begins anew with each change', () => {
    const dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-settle-'));
    const path = join(dir, 'file');
    const settling = new Settling(1000);
    writeFileSync(path, 'half');
    expect([settling.look(path, 0), settling.look(path, 999), settling.look(path, 1000)]).toEqual([false, false, true]);
    writeFileSync(path, 'half and half');
    expect([settling.look(path, 1500), settling.look(path, 2499), settling.look(path, 2500)]).toEqual([false, false, true]);
    expect(settling.waiting).toEqual([path]);
    settling.forget(path);
    expect(settling.waiting).toEqual([]);
    rmSync(dir, { recursive: true });
  });

  test('marks tell of files that changed, came, went or were replaced', () => {
    const dir = mkdtempSync(join(tmpdir(), 'comfy-fixer-marks-'));
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => join(dir, name)) as [string, string, string, string];
    for (const path of [a, b, d]) writeFileSync(path, 'text');
    const marks = new FileMarks();
    for (const path of [a, b, c, d]) marks.set(path);
    expect(marks.changed()).toEqual([]);
    writeFileSync(a, 'longer text');
    rmSync(b);
    writeFileSync(c, 'new');
    writeFileSync(join(dir, 'other'), 'text');
    renameSync(join(dir, 'other'), d);
    expect(marks.changed()).toEqual([a, b, c, d]);
    rmSync(dir, { recursive: true });
  });
});

describe('the inbox', () => {
  test('gives a burst as one, each change once', async () => {
    const inbox = new Inbox();
    const signal = new AbortController().signal;
    const taken = inbox.take(signal);
    for (const path of ['/a', '/b', '/a', '/a']) inbox.put({ kind: 'workflow', path });
    inbox.put({ kind: 'models', path: null });
    expect(await taken).toEqual([
      { kind: 'workflow', path: '/a' },
      { kind: 'workflow', path: '/b' },
      { kind: 'models', path: null },
    ]);
  });

  test('does not wait for ever for things to become quiet', async () => {
    const inbox = new Inbox();
    const began = performance.now();
    const steady = setInterval(() => inbox.put({ kind: 'models', path: null }), 5);
    await inbox.take(new AbortController().signal);
    clearInterval(steady);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('lets go of whoever waits when the signal aborts', async () => {
    const controller = new AbortController();
    const taken = new Inbox().take(controller.signal);
    controller.abort(new Error('the end'));
    expect(await taken.catch((error: unknown) => error)).toEqual(new Error('the end'));
  });
});

const PLACES: WatchPlaces = {
  workflows: ['/flows', '/.hidden/flows', '/single.json'],
  users: ['/comfy/user'],
  models: ['/comfy/models', '/share'],
  packs: ['/comfy/custom_nodes'],
  folderFiles: ['/comfy/extra_model_paths.yaml'],
  configFile: '/state/config.json',
};

describe('a path', () => {
  test.each([
    ['/flows/a.json', false, { kind: 'workflow', path: '/flows/a.json' }],
    ['/flows/new', true, { kind: 'workflows', path: null }],
    ['/single.json', false, { kind: 'workflow', path: '/single.json' }],
    ['/comfy/user/default/workflows/a.json', false, { kind: 'workflow', path: '/comfy/user/default/workflows/a.json' }],
    ['/comfy/user/default/other.json', false, null],
    ['/comfy/models/loras/a.safetensors', false, { kind: 'models', path: null }],
    ['/comfy/models/loras/a.safetensors.part', false, null],
    ['/comfy/models/loras/.hidden/a.safetensors', false, { kind: 'models', path: null }],
    ['/comfy/models/loras/.a.safetensors.Xy12', false, null],
    ['/share/a.safetensors', false, { kind: 'models', path: null }],
    ['/shared/a.safetensors', false, null],
    ['/comfy/custom_nodes/pack', true, { kind: 'nodes', path: null }],
    ['/comfy/custom_nodes/pack/deep/file.py', false, null],
    ['/comfy/extra_model_paths.yaml', false, { kind: 'folders', path: '/comfy/extra_model_paths.yaml' }],
    ['/state/config.json', false, { kind: 'config', path: '/state/config.json' }],
    ['/state/status.json', false, null],
  ] as const)('%s means what it means', (path, isFolder, change) => expect(changeAt(path, isFolder, PLACES)).toEqual(change));

  test.each([
    ['/flows/.git', true],
    ['/flows/deep/a.json', false],
    ['/.hidden/flows', false],
    ['/comfy/user', false],
    ['/comfy/user/default', false],
    ['/comfy/user/default/workflows/x', false],
    ['/comfy/user/default/cache', true],
    ['/comfy/user/.trash', true],
    ['/comfy/models/loras', false],
    ['/comfy/models/.cache', true],
    ['/comfy/models/loras/.git', true],
    ['/comfy/models/loras/.hidden', false],
    ['/comfy/models/a.safetensors.part.json', true],
    ['/comfy/models/a.safetensors.part.lock', true],
    ['/comfy/models/a.safetensors.part.json.new', true],
    ['/comfy/models/a.safetensors.part.link', true],
    ['/comfy/models/a.safetensors.part.aria2', true],
    ['/comfy/custom_nodes/pack', false],
    ['/comfy/custom_nodes/pack/node_modules', true],
    ['/state/log', true],
    ['/state/config.json', false],
  ] as const)('%s is left out: %p', (path, unwatched) => expect(isUnwatched(path, PLACES)).toBe(unwatched));
});

describe('what ComfyUI says of prompts', () => {
  const error = {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: "ckpt_name: 'x.safetensors' not in []",
    extra_info: { input_name: 'ckpt_name', input_config: [[], {}], received_value: 'x.safetensors' },
  };
  const nodeErrors = { '4': { errors: [error], dependent_outputs: ['9'], class_type: 'CheckpointLoaderSimple' } };
  const graph = { '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'x.safetensors' } } };

  test.each([
    ['the answer itself', { error: {}, node_errors: nodeErrors }],
    ['a message around it', { type: 'refused', data: { prompt_id: 'p', node_errors: nodeErrors } }],
  ])('%s gives a graph of the refused inputs', (_, message) => {
    const [prompt] = readRefusals(message);
    expect(JSON.parse(JSON.stringify(prompt?.graph))).toEqual(graph);
  });

  test.each([
    ['another kind of error', { node_errors: { '4': { errors: [{ ...error, type: 'required_input_missing' }], class_type: 'X' } } }],
    ['no class', { node_errors: { '4': { errors: [error] } } }],
    [
      'a value that is no text',
      { node_errors: { '4': { errors: [{ ...error, extra_info: { ...error.extra_info, received_value: 7 } }], class_type: 'X' } } },
    ],
    ['an odd shape', { node_errors: [1, 2] }],
    ['nothing', null],
  ])('%s is no refusal', (_, message) => expect(readRefusals(message)).toEqual([]));

  test('a prompt that failed is found in the history, one that ended well is not', () => {
    const failed = { prompt: [1, 'p1', graph, {}, []], status: { status_str: 'error', completed: false, messages: [] } };
    const good = { prompt: [2, 'p2', graph, {}, []], status: { status_str: 'success', completed: true, messages: [] } };
    expect(readFailedHistory({ p1: failed, p2: good, p3: null, p4: { status: { status_str: 'error' } } })).toEqual([{ id: 'p1', graph }]);
    expect(readFailedHistory([])).toEqual([]);
  });

  test.each([
    [{ type: 'execution_error', data: { prompt_id: 'p' } }, 'p'],
    [{ type: 'execution_success', data: { prompt_id: 'p' } }, null],
    [{ type: 'execution_error', data: { prompt_id: 7 } }, null],
    ['text', null],
  ])('%j names the failed prompt %p', (message, id) => expect(failedPromptId(message)).toBe(id));
});

describe('the choices of a node', () => {
  const question = { nodeType: 'Loader', input: 'name', names: ['sub/a.safetensors', 'a.safetensors'] };
  const withInput = (definition: unknown, group = 'required'): unknown => ({ Loader: { input: { [group]: { name: definition } } } });
  test.each([
    ['a plain list', withInput([['a.safetensors'], {}]), 'seen'],
    ['a list without it', withInput([['b.safetensors']]), 'unseen'],
    ['an empty list', withInput([[], {}]), 'unseen'],
    ['the newer form', withInput(['COMBO', { options: ['x', 'sub/a.safetensors'] }]), 'seen'],
    ['names as Windows has them', withInput([['sub\\a.safetensors']]), 'seen'],
    ['an optional input', withInput([['a.safetensors']], 'optional'), 'seen'],
    ['choices that are fetched elsewhere', withInput(['COMBO', { options: null, remote: {} }]), 'unknown'],
    ['an input that takes a text', withInput(['STRING', {}]), 'unknown'],
    ['another input', { Loader: { input: { required: {} } } }, 'unknown'],
    ['an unknown node', {}, 'no_node'],
    ['no answer', undefined, 'unknown'],
  ] as const)('%s', (_, info, sight) => expect(findInOptions(info, question)).toBe(sight));
});
