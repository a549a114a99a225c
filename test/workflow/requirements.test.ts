import { expect, test } from 'bun:test';
import { collectRequirements, type ReadWorkflow } from '../../lib/workflow/requirements.ts';
import { editorGraph, node, read } from './graphs.ts';

function workflow(name: string, ...nodes: Record<string, unknown>[]): ReadWorkflow {
  return { workflow: name, path: `/w/${name}`, reading: read(editorGraph(nodes)) };
}

const collect = (workflows: ReadWorkflow[], includeDisabled = false) => collectRequirements(workflows, { includeDisabled });
const namesOf = (workflows: ReadWorkflow[], includeDisabled = false) =>
  collect(workflows, includeDisabled).requirements.map(({ directory, subfolder, filename }) => [directory, subfolder, filename].join(' '));

test('one requirement for all references, sorted by folder and name', () => {
  const one = workflow('one.json', node('VAELoader', ['b.pt']), node('LoraLoader', [String.raw`S\a.pt`]), node('LoraLoader', ['S/a.pt']));
  const { requirements } = collect([one, workflow('two.json', node('VAELoader', ['b.pt']))]);
  expect(requirements.map(({ filename, subfolder, directory, references }) => [directory, subfolder, filename, references.length])).toEqual(
    [
      ['loras', 'S', 'a.pt', 2],
      ['vae', '', 'b.pt', 2],
    ],
  );
  expect(requirements[1]).toMatchObject({ expectedType: 'vae', state: 'missing', workflow: 'one.json', nodeType: 'VAELoader' });
  expect(requirements[0]?.references[0]).toMatchObject({
    written: String.raw`S\a.pt`,
    input: 'lora_name',
    workflowPath: '/w/one.json',
    from: 'widget',
    active: true,
  });
});

test('what is switched off is left out unless asked for', () => {
  const muted = workflow('a.json', node('VAELoader', ['a.pt'], { mode: 2 }));
  expect(namesOf([muted])).toEqual([]);
  expect(collect([muted], true).requirements[0]?.references[0]?.active).toBeFalse();
});

test('links and hashes go to the file of their name, whichever node they stand in, and never become needs', () => {
  const hash = 'ab'.repeat(32);
  const models = [
    { name: 'a.pt', url: 'https://x/1', hash, hash_type: 'sha256' },
    { name: 'stale.pt', url: 'https://x/2' },
  ];
  const note = node('MarkdownNote', ['[a.pt](https://x/3) https://x/other.pt https://x/1']);
  const { requirements } = collect([workflow('a.json', note, node('VAELoader', ['sub/A.pt'], { properties: { models } }))]);
  expect(requirements).toHaveLength(1);
  expect(requirements[0]).toMatchObject({ filename: 'A.pt', sha256: hash });
  expect(requirements[0]?.urls).toEqual([
    { url: 'https://x/3', from: 'note' },
    { url: 'https://x/1', from: 'properties' },
  ]);
});

test('a link of one workflow says nothing of another', () => {
  const { requirements } = collect([workflow('a.json', node('Note', ['https://x/a.pt'])), workflow('b.json', node('VAELoader', ['a.pt']))]);
  expect(requirements[0]?.urls).toEqual([]);
});

test('an unknown node takes the folder that another node or a listed model has for the name', () => {
  const mystery = node('Mystery', ['a.pt']);
  expect(namesOf([workflow('a.json', mystery, node('VAELoader', ['a.pt']))])).toEqual(['vae  a.pt']);
  const listed = node('Mystery', ['b.pt'], { properties: { models: [{ name: 'b.pt', directory: 'clip' }] } });
  expect(namesOf([workflow('a.json', listed)])).toEqual(['text_encoders  b.pt']);
});

test('a URL for a name becomes its file name and a source; one that names no file is refused', () => {
  const url = 'https://huggingface.co/o/r/resolve/main/l.safetensors';
  const { requirements, refused } = collect([
    workflow('a.json', node('LoraLoader', [url]), node('CheckpointLoaderSimple', ['https://civitai.com/api/download/models/1'])),
  ]);
  expect(requirements[0]).toMatchObject({ filename: 'l.safetensors', directory: 'loras', urls: [{ url, from: 'workflow' }] });
  expect(refused).toHaveLength(1);
});

test('a key in an address goes no further', () => {
  const secret = 'https://civitai.com/api/download/models/1?token=abcdef123456';
  const nodes = [node('Note', [`[a.pt](${secret})`]), node('VAELoader', ['a.pt']), node('LoraLoader', [secret])];
  const text = JSON.stringify(collect([workflow('a.json', ...nodes)]));
  expect(text).toContain('https://civitai.com/api/download/models/1');
  expect(text).not.toContain('abcdef123456');
});

test('a name that would leave the models folder is refused and said', () => {
  const { requirements, refused } = collect([workflow('a.json', node('VAELoader', ['../../x.pt']))]);
  expect(requirements).toEqual([]);
  expect(refused[0]).toMatchObject({
    workflow: 'a.json',
    nodeType: 'VAELoader',
    written: '../../x.pt',
    reason: 'it would leave the models folder',
  });
});

test('an embedding without its ending is the same as the one with it', () => {
  const clip = node('CLIPTextEncode', ['embedding:Easy, embedding:easy.pt, embedding:other']);
  expect(namesOf([workflow('a.json', clip)])).toEqual(['embeddings  easy.pt', 'embeddings  other']);
});

test('what only a node that downloads for itself names is its own affair', () => {
  const florence = node('DownloadAndLoadFlorence2Model', ['microsoft/Florence-2-base']);
  expect(collect([workflow('a.json', florence)]).requirements[0]).toMatchObject({
    filename: 'Florence-2-base',
    subfolder: 'microsoft',
    directory: null,
    state: 'self_download',
  });
});
