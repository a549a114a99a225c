import { describe, expect, test } from 'bun:test';
import { collectRequirements, type ReadWorkflow } from '../../lib/workflow/requirements.ts';
import { editorGraph, node, read, socket } from './graphs.ts';

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

test('a million names without an ending are one with the whole name', () => {
  const bare = workflow('a.json', node('CLIPTextEncode', ['embedding:a']));
  bare.reading.findings = bare.reading.findings.flatMap((finding) => Array.from({ length: 1_000_000 }, () => finding));
  const { requirements } = collect([bare, workflow('b.json', node('CLIPTextEncode', ['embedding:a.pt']))]);
  expect(requirements.map(({ filename, references }) => [filename, references.length])).toEqual([['a.pt', 1_000_001]]);
});

test('thousands of files of one name, each with links of its own, are told apart at once', () => {
  const link = (i: number) => `https://x/d${i}/same.pt`;
  const nodes = Array.from({ length: 3000 }, (_, i) => {
    const properties = i % 2 === 0 ? {} : { models: [{ name: 'same.pt', url: link(i) }] };
    return node('VAELoader', [`d${i}/same.pt`], { properties });
  });
  const notes = [0, 1].map((half) => node('Note', [Array.from({ length: 1500 }, (_, i) => link(i * 2 + half)).join(' ')]));
  const many = workflow('a.json', ...notes, ...nodes);
  const startMs = performance.now();
  const { requirements } = collect([many]);
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(requirements.find(({ subfolder }) => subfolder === 'd4')?.urls.map(({ url }) => url)).toEqual([link(4)]);
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
  expect(requirements[0]?.urls).toMatchObject([
    { url: 'https://x/3', from: 'note' },
    { url: 'https://x/1', from: 'properties' },
  ]);
});

test('links go to an embedding or a LoRA that is named without its ending, and to no other such name', () => {
  const note = node('Note', ['https://x/Easy.pt https://x/line.v1.2.safetensors https://x/whole.ckpt']);
  const nodes = [note, node('CLIPTextEncode', ['embedding:easy']), node('CheckpointLoaderSimple', ['whole'])];
  const lora = node('Lora Loader (LoraManager)', ['', [{ name: 'line.v1.2', strength: 1, active: true }]]);
  const { requirements } = collect([workflow('a.json', ...nodes, lora)]);
  expect(requirements.map(({ filename, urls }) => [filename, urls.map(({ url }) => url)])).toEqual([
    ['whole', []],
    ['easy', ['https://x/Easy.pt']],
    ['line.v1.2', ['https://x/line.v1.2.safetensors']],
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
    workflow('a.json', node('LoraLoader', [url]), node('CheckpointLoaderSimple', ['https://civitai.com/user/someone'])),
  ]);
  expect(requirements[0]).toMatchObject({ filename: 'l.safetensors', directory: 'loras', urls: [{ url, from: 'workflow' }] });
  expect(refused).toHaveLength(1);
});

test.each([
  [
    'https://civitai.com/api/download/models/67890?type=Model',
    'civitai:@67890',
    'https://civitai.com/api/download/models/67890?type=Model',
  ],
  ['https://civitai.com/models/12345?modelVersionId=67890', 'civitai:12345@67890', 'https://civitai.com/models/12345?modelVersionId=67890'],
  [
    'urn:air:sdxl:lora:civitai:12345@67890',
    'urn:air:sdxl:lora:civitai:12345@67890',
    'https://civitai.com/models/12345?modelVersionId=67890',
  ],
  ['civitai:12345@67890', 'civitai:12345@67890', 'https://civitai.com/models/12345?modelVersionId=67890'],
])('%s names a model by its ids, and is its own link', (written, filename, url) => {
  const { requirements } = collect([workflow('a.json', node('LoraLoader', [written]))]);
  expect(requirements[0]).toMatchObject({ filename, subfolder: '', directory: 'loras', urls: [{ url, from: 'workflow' }] });
  expect(requirements[0]?.references[0]?.written).toBe(written);
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

describe('a model that is split over several files', () => {
  const partOf = (part: number, total: number) => `m-${String(part).padStart(5, '0')}-of-${String(total).padStart(5, '0')}.safetensors`;

  test('is needed with all its parts, whichever is named', () => {
    const { requirements } = collect([workflow('a.json', node('CLIPLoader', [`big\\${partOf(2, 3)}`]))]);
    expect(requirements.map(({ subfolder, filename, references }) => [subfolder, filename, ...references.map(({ from }) => from)])).toEqual(
      [
        ['big', partOf(1, 3), 'implicit'],
        ['big', partOf(2, 3), 'widget'],
        ['big', partOf(3, 3), 'implicit'],
      ],
    );
    expect(requirements[0]).toMatchObject({ directory: 'text_encoders', state: 'missing', nodeType: 'CLIPLoader' });
    expect(requirements[0]?.references[0]).toMatchObject({ written: `big/${partOf(1, 3)}`, input: null, active: true });
  });

  test('has each part once, and says where it is named', () => {
    const [one, two] = [node('CLIPLoader', [partOf(1, 2)]), node('CLIPLoader', [partOf(2, 2)])];
    const { requirements } = collect([workflow('a.json', one, two), workflow('b.json', node('CLIPLoader', [partOf(1, 2)]))]);
    const found = requirements.map(({ references }) => references.map(({ workflow: name, from }) => `${name} ${from}`));
    expect(found).toEqual([
      ['a.json widget', 'b.json widget'],
      ['a.json widget', 'b.json implicit'],
    ]);
  });

  test('has for each part the link of its own name, and the folder of the named one', () => {
    const models = [1, 3].map((part) => ({ name: partOf(part, 3), directory: 'text_encoders', url: `https://x/${partOf(part, 3)}` }));
    const { requirements } = collect([workflow('a.json', node('Mystery', [partOf(1, 3)], { properties: { models } }))]);
    expect(requirements.map(({ directory, urls }) => [directory, urls.map(({ url }) => url)])).toEqual([
      ['text_encoders', [`https://x/${partOf(1, 3)}`]],
      ['text_encoders', []],
      ['text_encoders', [`https://x/${partOf(3, 3)}`]],
    ]);
  });

  test('that is named by its address leaves the address with that part', () => {
    const url = `https://huggingface.co/o/r/resolve/main/${partOf(1, 2)}`;
    const { requirements } = collect([workflow('a.json', node('CLIPLoader', [url]))]);
    expect(requirements.map(({ urls }) => urls.length)).toEqual([1, 0]);
  });

  test.each([
    ['a part beyond the last', partOf(4, 3)],
    ['a part before the first', partOf(0, 3)],
    ['the only one', partOf(1, 1)],
    ['more parts than any model has', partOf(1, 20_000)],
    ['other numbers', 'm-1-of-3.safetensors'],
    ['no model file', 'm-00001-of-00003'],
  ])('%s stands for itself', (_, name) => {
    expect(namesOf([workflow('a.json', node('CLIPLoader', [name]))])).toHaveLength(1);
  });

  test('with its precision behind the number is one as well', () => {
    expect(namesOf([workflow('a.json', node('CLIPLoader', ['m-00001-of-00002.fp16.safetensors']))])).toEqual([
      'text_encoders  m-00001-of-00002.fp16.safetensors',
      'text_encoders  m-00002-of-00002.fp16.safetensors',
    ]);
  });

  test('however many there are, a workflow is read in no time', () => {
    const nodes = Array.from({ length: 2000 }, (_, at) => node('CLIPLoader', [`${at % 4}/${partOf(1 + (at % 1000), 1000)}`]));
    const more = Array.from({ length: 2000 }, (_, at) => node('CLIPLoader', [`s${at}/${partOf(1, 1000)}`]));
    const startMs = performance.now();
    expect(namesOf([workflow('a.json', ...nodes, ...more)]).length).toBeLessThan(7000);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  test('that a node fetches by itself is its own affair', () => {
    expect(namesOf([workflow('a.json', node('DownloadAndLoadFlorence2Model', [`a/${partOf(1, 2)}`]))])).toHaveLength(1);
  });
});

describe('one base name for several files', () => {
  const NAME = 'diffusion_pytorch_model.safetensors';
  const [HASH_A, HASH_B] = ['aa'.repeat(32), 'bb'.repeat(32)] as const;
  const A = `https://huggingface.co/o/a/resolve/main/${NAME}`;
  const B = `https://huggingface.co/o/b/resolve/main/${NAME}`;
  const entry = (directory: string | null, url: string, more = {}) => ({ name: NAME, ...(directory ? { directory } : {}), url, ...more });
  const own = (type: string, name: string, ...models: object[]) => node(type, [name], { properties: { models } });
  const linksOf = (workflows: ReadWorkflow[]) =>
    collect(workflows).requirements.map(({ directory, subfolder, urls, sha256 }) => [
      `${directory}/${subfolder}`,
      urls.map(({ url }) => url),
      sha256,
    ]);

  test("each node's own entry is for its own file, with its hash", () => {
    const control = own('ControlNetLoader', NAME, entry('controlnet', A, { hash: HASH_A }));
    const vae = own('VAELoader', NAME, entry('vae', B));
    expect(linksOf([workflow('a.json', control, vae)])).toEqual([
      ['controlnet/', [A], HASH_A],
      ['vae/', [B], null],
    ]);
  });

  test('entries that name no folder stay with their nodes too, also for one loader with two subfolders', () => {
    const [one, two] = [own('VAELoader', `a/${NAME}`, entry(null, A)), own('VAELoader', `b/${NAME}`, entry(null, B, { hash: HASH_B }))];
    expect(linksOf([workflow('a.json', one, two)])).toEqual([
      ['vae/a', [A], null],
      ['vae/b', [B], HASH_B],
    ]);
  });

  test.each([
    ['the same folder', 'vae', NAME, [A], HASH_A],
    ['another folder', 'controlnet', NAME, [], null],
    ['another subfolder', 'vae', `b/${NAME}`, [], null],
  ])('an entry of one node serves another without one: %s', (_, directory, written, links, hash) => {
    const other = node(directory === 'vae' ? 'VAELoader' : 'ControlNetLoader', [written]);
    const found = collect([workflow('a.json', own('VAELoader', NAME, entry('vae', A, { hash: HASH_A })), other)]);
    const needed = found.requirements.find(({ references }) => references.some(({ nodeId }) => nodeId === other.id));
    expect([needed?.urls.map(({ url }) => url), needed?.sha256]).toEqual([links, hash]);
  });

  test("an entry of a node that does not name the file serves the file's own node", () => {
    const holder = node('Mystery', ['nothing'], { properties: { models: [entry('vae', A)] } });
    expect(linksOf([workflow('a.json', holder, node('VAELoader', [NAME]), node('ControlNetLoader', [NAME]))])).toEqual([
      ['controlnet/', [], null],
      ['vae/', [A], null],
    ]);
  });

  describe("an entry of a subgraph's instance", () => {
    const part = (id: string, type: string, input: string) => ({
      id,
      inputs: [{ name: input, type: 'COMBO' }],
      nodes: [node(type, ['inner.pt'], { id: 7, inputs: [socket(input, 'COMBO', 3)] })],
      links: [{ id: 3, origin_id: -10, origin_slot: 0, target_id: 7, target_slot: 0 }],
    });
    const subgraphs = [part('vae', 'VAELoader', 'vae_name'), part('control', 'ControlNetLoader', 'control_net_name')];
    const host = (type: string, values: string[], ...models: object[]) => node(type, values, { properties: { models } });
    const linksIn = (nodes: Record<string, unknown>[], parts: Record<string, unknown>[] = subgraphs) => {
      const reading = read(editorGraph(nodes, { definitions: { subgraphs: parts } }));
      return linksOf([{ workflow: 'a.json', path: '/w/a.json', reading }]);
    };

    test('is for the node inside that is given its file, and for no other of that name', () => {
      const nodes = [
        host('vae', [NAME], entry(null, A, { hash: HASH_A })),
        host('control', [NAME], entry(null, B)),
        node('VAELoader', [`x/${NAME}`]),
      ];
      expect(linksIn(nodes)).toEqual([
        ['controlnet/', [B], null],
        ['vae/', [A], HASH_A],
        ['vae/x', [], null],
      ]);
    });

    test('is for the value of its own instance', () => {
      const nodes = [host('vae', [`a/${NAME}`], entry(null, A)), host('vae', [`b/${NAME}`], entry(null, B))];
      expect(linksIn(nodes)).toEqual([
        ['vae/a', [A], null],
        ['vae/b', [B], null],
      ]);
    });

    test('reaches through instances inside, and says nothing of what no node inside names', () => {
      const outer = { id: 'outer', nodes: [host('vae', [NAME])], links: [] };
      const other = entry(null, B, { name: 'other.pt' });
      const nodes = [host('outer', [], entry('vae', A), other), node('LoraLoader', ['other.pt'])];
      expect(linksIn(nodes, [...subgraphs, outer])).toEqual([
        ['loras/', [], null],
        ['vae/', [A], null],
      ]);
    });
  });

  test('a file for which one workflow leaves the folder open is the one that another workflow tells it for', () => {
    const open = () => node('ClownModelLoader', ['x.safetensors', 'default']);
    const told = node('ClownModelLoader', ['x.safetensors', 'default'], {
      properties: { models: [entry('checkpoints', A, { name: 'x.safetensors' })] },
    });
    expect(linksOf([workflow('a.json', open())])).toEqual([['diffusion_models/', [], null]]);
    expect(linksOf([workflow('a.json', open()), workflow('b.json', told)])).toEqual([['checkpoints/', [A], null]]);
    const other = node('UNETLoader', ['x.safetensors', 'default']);
    expect(linksOf([workflow('a.json', open()), workflow('b.json', told), workflow('c.json', other)])).toEqual([
      ['checkpoints/', [A], null],
      ['diffusion_models/', [], null],
    ]);
    const selector = workflow('d.json', node('DiffusionModelSelector', ['x.safetensors']));
    const encoder = workflow('e.json', node('LoadWanVideoClipTextEncoder', ['x.safetensors', 'fp16']));
    const vision = workflow('f.json', node('CLIPVisionLoader', ['x.safetensors']));
    const apart = [
      ['clip_vision/', [], null],
      ['diffusion_models/', [], null],
    ];
    expect(linksOf([selector, encoder, vision])).toEqual(apart);
    expect(linksOf([vision, encoder, selector])).toEqual(apart);
  });

  test('a bare name that only the own entry of an unknown node tells has the folder and link of that entry, unless a link replaces it', () => {
    const url = 'https://huggingface.co/o/a/resolve/main/Bare.safetensors';
    const models = [entry('vae', url, { name: 'Bare' })];
    const bare = (link: number | null) => node('Mystery', ['Bare'], { inputs: [socket('which', 'COMBO', link)], properties: { models } });
    expect(linksOf([workflow('a.json', bare(null))])).toEqual([['vae/', [url], null]]);
    const nodes = [node('SDPromptReader', [1], { id: 900 }), bare(5)];
    const reading = read(editorGraph(nodes, { links: [[5, 900, 0, 901, 0, 'COMBO']] }));
    expect(linksOf([{ workflow: 'a.json', path: '/w/a.json', reading }])).toEqual([]);
  });

  test('the folder in the list of the whole workflow decides', () => {
    const models = [entry('controlnet', A, { hash: HASH_A }), entry('vae', B, { hash: HASH_B })];
    const reading = read(editorGraph([node('VAELoader', [NAME]), node('ControlNetLoader', [NAME])], { models }));
    expect(linksOf([{ workflow: 'a.json', path: '/w/a.json', reading }])).toEqual([
      ['controlnet/', [A], HASH_A],
      ['vae/', [B], HASH_B],
    ]);
  });

  test("the link's own folders tell which subfolder is meant; where nothing tells, all links are kept", () => {
    const inFolder = (folder: string) => `https://huggingface.co/o/r/resolve/main/${folder}/${NAME}`;
    const [inA, inB] = [inFolder('a'), inFolder('b')];
    const note = node('Note', [`${inA} ${inB}`]);
    expect(linksOf([workflow('a.json', note, node('VAELoader', [`a/${NAME}`]), node('VAELoader', [`b/${NAME}`]))])).toEqual([
      ['vae/a', [inA], null],
      ['vae/b', [inB], null],
    ]);
    expect(linksOf([workflow('a.json', note, node('VAELoader', [NAME]))])).toEqual([['vae/', [inA, inB], null]]);
  });

  test("a note's link is not for a name whose node has another when it is another node's own", () => {
    const note = node('Note', [`${A} ${B}`]);
    const [control, vae] = [own('ControlNetLoader', NAME, entry('controlnet', A)), own('VAELoader', NAME, entry('vae', B))];
    expect(linksOf([workflow('a.json', note, control, vae)])).toEqual([
      ['controlnet/', [A], null],
      ['vae/', [B], null],
    ]);
  });

  test('an unknown node takes the folder of its own entry before that of another node', () => {
    const nodes = [own('ControlNetLoader', NAME, entry('controlnet', A)), own('Mystery', NAME, entry('vae', B))];
    expect(linksOf([workflow('a.json', ...nodes)])).toEqual([
      ['controlnet/', [A], null],
      ['vae/', [B], null],
    ]);
  });

  test.each([
    ['alone counts', [entry('vae', A, { hash: HASH_A })], HASH_A, undefined],
    ['counts with the same link elsewhere', [entry('vae', A, { hash: HASH_A }), entry('vae', `${A}?download=true`)], HASH_A, undefined],
    ['does not bind a node with another link', [entry('vae', A, { hash: HASH_A }), entry('vae', B)], null, [HASH_A]],
    ['and another one decide nothing', [entry('vae', A, { hash: HASH_A }), entry('vae', A, { hash: HASH_B })], null, [HASH_A, HASH_B]],
  ])('a hash of one workflow %s', (_, models, sha256, rivals) => {
    const workflows = models.map((model, at) => workflow(`${at}.json`, own('VAELoader', NAME, model)));
    const [needed] = collect(workflows).requirements;
    expect([needed?.sha256, needed?.rivalSha256s]).toEqual([sha256, rivals]);
  });

  test('each link tells which workflows and nodes name it', () => {
    const [one, two] = [own('VAELoader', NAME, entry('vae', A)), own('VAELoader', NAME, entry('vae', B))];
    const note = node('Note', [A]);
    const { requirements } = collect([workflow('a.json', note, one), workflow('b.json', two)]);
    expect(requirements[0]?.urls).toEqual([
      {
        url: A,
        from: 'properties',
        namedBy: [
          { workflowPath: '/w/a.json', node: null },
          { workflowPath: '/w/a.json', node: String(one.id) },
        ],
      },
      { url: B, from: 'properties', namedBy: [{ workflowPath: '/w/b.json', node: String(two.id) }] },
    ]);
  });
});

test('what many workflows say alike counts once, and what one of them says otherwise still counts', () => {
  const [one, other] = ['ab'.repeat(32), 'cd'.repeat(32)];
  const saying = (name: string, models: Record<string, string>) =>
    workflow(name, node('VAELoader', ['a.pt'], { properties: { models: [{ name: 'a.pt', directory: 'vae', ...models }] } }));
  const link = { url: 'https://example.com/a.pt' };
  const alike = Array.from({ length: 40 }, (_, i) => saying(`${i}.json`, { ...link, hash: one }));
  const hashOf = (last: ReadWorkflow[]) => {
    const [requirement] = collect([...alike.slice(0, 20), ...last, ...alike.slice(20)]).requirements;
    return [requirement?.sha256, requirement?.rivalSha256s, requirement?.urls.map(({ namedBy }) => namedBy?.length)];
  };
  expect(hashOf([])).toEqual([one, undefined, [40]]);
  expect(hashOf([saying('rival.json', { ...link, hash: other })])).toEqual([null, [one, other], [41]]);
  // a place of its own, and no hash for it: nobody knows whether the file there is the same
  expect(hashOf([saying('elsewhere.json', { url: 'https://example.org/b/a.pt' })])).toEqual([null, [one], [40, 1]]);
  expect(hashOf([saying('silent.json', link)])).toEqual([one, undefined, [41]]);
});
