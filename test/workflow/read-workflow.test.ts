import { describe, expect, test } from 'bun:test';
import { collectRequirements } from '../../lib/workflow/requirements.ts';
import { editorGraph, namesIn, node, read, socket } from './graphs.ts';

/** The names in a workflow of one node. */
const one = (type: string, values: unknown, more: Record<string, unknown> = {}) => namesIn(editorGraph([node(type, values, more)]));
const api = (type: string, inputs: Record<string, unknown>) => namesIn({ '1': { class_type: type, inputs } });

describe('loaders that the table knows', () => {
  const cases: [string, string[], string[]][] = [
    ['a checkpoint', one('CheckpointLoaderSimple', ['a.safetensors']), ['checkpoints: a.safetensors']],
    [
      'two files and an option',
      one('DualCLIPLoader', ['l.safetensors', 't5.safetensors', 'flux']),
      ['text_encoders: l.safetensors', 'text_encoders: t5.safetensors'],
    ],
    [
      'a config beside its checkpoint',
      one('CheckpointLoader', ['v1-inference.yaml', 'a.ckpt']),
      ['configs: v1-inference.yaml', 'checkpoints: a.ckpt'],
    ],
    [
      'a place behind other widgets',
      one('easy fullLoader', ['a.ckpt', 'Default', 'Baked VAE', -2, 'b.safetensors']),
      ['checkpoints: a.ckpt', 'loras: b.safetensors'],
    ],
    ['the API form', api('LoraLoader', { model: ['4', 0], lora_name: 'x.safetensors', strength_model: 1 }), ['loras: x.safetensors']],
    ['a legacy folder by its present name', one('UnetLoaderGGUF', ['q.gguf']), ['diffusion_models: q.gguf']],
    [
      'a wrapper with a suffix',
      one('UNETLoaderDisTorch2MultiGPU', ['u.safetensors', 'default', 'cuda:0']),
      ['diffusion_models: u.safetensors'],
    ],
    ['a misspelt ending', one('WanVideoModelLoader', ['wan_bf16.safetensorss', 'bf16']), ['diffusion_models: wan_bf16.safetensorss']],
    [
      'a folder for a model',
      api('NunchakuFluxDiTLoader', { model_path: 'svdq-int4-flux.1-dev' }),
      ['diffusion_models: svdq-int4-flux.1-dev'],
    ],
    ['values that an older version had in other places', one('ControlNetLoader', [0.5, 'depth.pth']), ['controlnet: depth.pth']],
    ['values by name', one('LoraLoader', { lora_name: 'x.safetensors', strength_model: 1 }), ['loras: x.safetensors']],
    ['a combo with a picture', one('LoraLoader|pysssss', [{ content: 'x.safetensors', image: null }, 1]), ['loras: x.safetensors']],
    ['a folder that is not what the input is called', api('IPAdapterFluxLoader', { ipadapter: 'f.bin' }), ['ipadapter-flux: f.bin']],
    [
      'what a trainer starts from',
      one('FluxTrainModelSelect', ['u.safetensors', 'v.safetensors', 'l.safetensors', 't.safetensors']),
      ['diffusion_models: u.safetensors', 'vae: v.safetensors', 'text_encoders: l.safetensors', 'text_encoders: t.safetensors'],
    ],
    [
      'a transformer that is a whole checkpoint',
      one('SD3ModelSelect', ['sd3.safetensors', 'l.safetensors', 'g.safetensors', 't.safetensors']),
      ['checkpoints: sd3.safetensors', 'text_encoders: l.safetensors', 'text_encoders: g.safetensors', 'text_encoders: t.safetensors'],
    ],
    [
      'a file of either folder whose parts are used too',
      one('FluxLoader', ['x.safetensors', 'default', '.use_ckpt_clip', '.none', 'ae.sft', '.none', '.none']),
      ['checkpoints: x.safetensors', 'vae: ae.sft'],
    ],
    ['a checkpoint to train', one('SDXLModelSelect', ['sub/x.safetensors']), ['checkpoints: sub/x.safetensors']],
    [
      'two models to compare',
      one('ExtractFluxLoRA', ['a.safetensors', 'b.safetensors', '/out']),
      ['diffusion_models: a.safetensors', 'diffusion_models: b.safetensors'],
    ],
    ['a model for inpainting', one('easy applyBrushNet', ['b.safetensors', 'float16', 1, 0, 10000]), ['inpaint: b.safetensors']],
    [
      'a model for inpainting and its encoder',
      one('easy applyPowerPaint', ['powerpaint/p.safetensors', 'powerpaint/c.bin', 'float16']),
      ['inpaint: powerpaint/p.safetensors', 'inpaint: powerpaint/c.bin'],
    ],
    ['a motion model', one('AnimateDiff Script', ['mm_sd_v15.ckpt', 'sqrt_linear', 8]), ['animatediff_models: mm_sd_v15.ckpt']],
    [
      'an encoder that is a language model',
      api('MZ_ChatGLM3Loader', { chatglm3_checkpoint: 'checkpoints/c.safetensors' }),
      ['LLM: checkpoints/c.safetensors'],
    ],
    ['no values', one('VAELoader', null), []],
    ['too few values', one('DualCLIPLoader', []), []],
    ['null for a value', one('CLIPLoader', [null, 'stable_diffusion', 'default']), []],
  ];
  for (const [title, found, expected] of cases) test(title, () => expect(found).toEqual(expected));

  test('sockets tell the order where all widgets have one', () => {
    const inputs = [socket('seed', 'INT'), socket('lora_name'), socket('strength', 'FLOAT')];
    expect(one('LoraLoader', [7, 'randomize', 'x.safetensors', 1], { inputs })).toEqual(['loras: x.safetensors']);
  });

  test('sockets of old files are of converted widgets only, and tell no order', () => {
    expect(one('LoraLoader', ['x.safetensors', 1, 1], { inputs: [socket('strength_model', 'FLOAT', 3)] })).toEqual([
      'loras: x.safetensors',
    ]);
  });
});

describe('names that the file writes beside the values', () => {
  const named = (type: string, values: unknown[], names: Record<string, unknown>) => one(type, values, { widgets_values_named: names });
  const values = ['a.pt', 1, { x: [1] }, 'b.pt'];
  test('tell the folders of a node that nobody knows', () =>
    expect(named('Mystery', values, { lora_name: 'a.pt', strength: 1, area: { x: [1] }, vae_name: 'b.pt' })).toEqual([
      'loras: a.pt',
      'vae: b.pt',
    ]));
  test('go before the places that the table has', () =>
    expect(named('DualCLIPLoader', ['flux', 'l.pt', 't5'], { type: 'flux', clip_name2: 'l.pt', clip_name1: 't5' })).toEqual([
      'text_encoders: t5',
      'text_encoders: l.pt',
    ]));
  test('tell nothing where the values are others, or in another order', () => {
    expect(named('Mystery', ['a.pt', 2], { lora_name: 'a.pt', strength: 1 })).toEqual(['null: a.pt']);
    expect(named('Mystery', ['a.pt', 1], { strength: 1, lora_name: 'a.pt' })).toEqual(['null: a.pt']);
    expect(named('Mystery', ['a.pt'], { lora_name: 'a.pt', strength: 1 })).toEqual(['null: a.pt']);
  });
});

describe('placeholders', () => {
  const words = [
    'None',
    'none',
    '',
    '[none]',
    'baked VAE',
    'Baked VAE',
    '(use same)',
    'pixel_space',
    'ESAM',
    'Default',
    '.use_ckpt_clip',
    '${model:a}',
  ];
  for (const word of [
    ...words,
    'Select the LoRA to add to the text',
    '$TEST_CHECKPOINT',
    '-- None --',
    'undefined',
    'CHOOSE',
    'embedded VAE',
  ])
    test(`${JSON.stringify(word)} is no file`, () => expect(api('LoraLoader', { lora_name: word })).toEqual([]));
});

describe('what another node decides', () => {
  const loader = (link: number) => node('LoraLoader', ['stale.safetensors', 1], { inputs: [socket('lora_name', 'COMBO', link)] });
  const linked = (origin: Record<string, unknown>) =>
    namesIn(editorGraph([origin, loader(5)], { links: [[5, origin['id'], 0, 0, 0, 'COMBO']] }));

  test('a primitive is the authority', () =>
    expect(linked(node('PrimitiveNode', ['new.safetensors', 'fixed']))).toEqual(['loras: new.safetensors']));
  test('a primitive without a value takes that of the loader', () => {
    for (const values of [undefined, [], [null]]) expect(linked(node('PrimitiveNode', values))).toEqual(['loras: stale.safetensors']);
  });
  test('a constant text is followed', () =>
    expect(linked(node('PrimitiveString', ['new.safetensors']))).toEqual(['loras: new.safetensors']));
  test('a value made at run time makes the stale one void', () => expect(linked(node('SDPromptReader', ['image.png', 'x']))).toEqual([]));
  test('a reroute is passed through', () => {
    const primitive = node('PrimitiveNode', ['new.safetensors']);
    const reroute = node('Reroute', [], { inputs: [{ name: '', type: '*', link: 4 }] });
    const links = [
      [4, primitive['id'], 0, reroute['id'], 0, '*'],
      { id: 5, origin_id: reroute['id'], origin_slot: 0, target_id: 9, target_slot: 0 },
    ];
    expect(namesIn(editorGraph([primitive, reroute, loader(5)], { links }))).toEqual(['loras: new.safetensors']);
  });
  test('a loop of reroutes ends', () => {
    const reroute = node('Reroute', [], { inputs: [{ name: '', type: '*', link: 5 }] });
    expect(namesIn(editorGraph([reroute, loader(5)], { links: [[5, reroute['id'], 0, 0, 0, '*']] }))).toEqual(['loras: stale.safetensors']);
  });
  test('a link to nowhere leaves the own value', () => expect(namesIn(editorGraph([loader(77)]))).toEqual(['loras: stale.safetensors']));
  test('a variable that is set by itself ends', () => {
    const setter = node('SetNode', ['which'], { inputs: [{ name: '*', type: 'COMBO', link: 1 }] });
    const getter = node('GetNode', ['which']);
    const links = [1, 9].map((id) => [id, getter['id'], 0, 0, 0, 'COMBO']);
    expect(namesIn(editorGraph([setter, getter, loader(9)], { links }))).toEqual(['loras: stale.safetensors']);
  });
  test('what is given to one input takes nothing from the values of others', () => {
    const given = { name: 'clip_name2', type: 'COMBO', link: 5 };
    const primitive = node('PrimitiveNode', ['new.safetensors']);
    const values = [{ lora: 'own.safetensors', on: true }];
    const graph = editorGraph([primitive, node('DualCLIPLoader', values, { inputs: [given] })], {
      links: [[5, primitive['id'], 0, 0, 0, 'COMBO']],
    });
    expect(namesIn(graph)).toEqual(['text_encoders: new.safetensors', 'loras: own.safetensors']);
  });
  test('a switch is heard that is the only value of a node which is given the rest', () => {
    const slot = { name: 'lora_1_name', type: 'COMBO', link: 5 };
    const primitive = node('PrimitiveNode', ['new.safetensors']);
    const stack = node('easy loraStack', [false], { inputs: [socket('toggle', 'BOOLEAN'), slot] });
    expect(namesIn(editorGraph([primitive, stack], { links: [[5, primitive['id'], 0, 0, 0, 'COMBO']] }))).toEqual([
      '(loras: new.safetensors)',
    ]);
  });
  test('in the API form too', () => {
    const prompt = {
      '1': { class_type: 'PrimitiveString', inputs: { value: 'new.pth' } },
      '2': { class_type: 'UpscaleModelLoader', inputs: { model_name: ['1', 0] } },
    };
    expect(namesIn(prompt)).toEqual(['upscale_models: new.pth']);
  });
  test('a text that goes on through a switch is still a need, and one that is only shown is none', () => {
    const led = node('Text String', ['a.pth'], { outputs: [{ type: 'STRING', links: [3] }] });
    expect(namesIn(editorGraph([led, node('ShowText|pysssss', ['b.pth'])]))).toEqual(['null: a.pth']);
  });
});

describe('lists and objects', () => {
  test('a LoRA list keeps what is off as inactive', () => {
    const rows = [
      {},
      { type: 'Header' },
      { on: true, lora: 'a.safetensors', strength: 1 },
      { on: false, lora: 'b.safetensors', strength: 1 },
      { on: true, lora: 'None' },
      '',
    ];
    expect(one('Power Lora Loader (rgthree)', rows)).toEqual(['loras: a.safetensors', '(loras: b.safetensors)']);
    expect(api('Power Lora Loader (rgthree)', { lora_1: rows[2], lora_2: rows[3], model: ['4', 0] })).toEqual([
      'loras: a.safetensors',
      '(loras: b.safetensors)',
    ]);
  });
  test('names without an ending, in a list inside a list', () => {
    const rows = [
      [
        { name: 'Ink.v2', strength: 1, active: true },
        { name: 'Old', strength: 1, active: false },
      ],
    ];
    expect(one('Lora Loader (LoraManager)', ['', ...rows])).toEqual(['loras: Ink.v2', '(loras: Old)']);
  });
  test('a tag in the text of a node whose list has it switched off is off', () => {
    const rows = [{ name: 'Ink', strength: 1, active: false }];
    expect(one('Lora Loader (LoraManager)', ['<lora:Ink:1> <lora:Oil:1>', rows])).toEqual(['loras: Oil', '(loras: Ink)']);
  });
  test('a JSON text inside a widget', () => {
    expect(one('SomeStack', [JSON.stringify([{ lora: 'a.safetensors', on: true }])])).toEqual(['loras: a.safetensors']);
  });
  test('what was used before and what could be chosen is no need', () => {
    expect(one('Randomizer', [{ last_used: [{ name: 'a', strength: 1, active: true }], options: { a: 'b.safetensors' } }])).toEqual([]);
  });
  test('slots beyond the count of a stack are off', () => {
    expect(one('LoRA Stacker', ['simple', 1, 'a.safetensors', 1, 1, 1, 'b.safetensors', 1, 1, 1])).toEqual([
      'loras: a.safetensors',
      '(loras: b.safetensors)',
    ]);
    expect(api('easy loraStack', { toggle: true, num_loras: 1, lora_1_name: 'a.pt', lora_2_name: 'b.pt' })).toEqual([
      'loras: a.pt',
      '(loras: b.pt)',
    ]);
  });
  test.each([
    ['easy controlnetStack', { num_controlnet: 1, controlnet_1: 'a.pt', controlnet_2: 'b.pt' }, 'controlnet'],
    ['XY Input: Checkpoint', { ckpt_count: 1, ckpt_name_1: 'a.pt', ckpt_name_2: 'b.pt' }, 'checkpoints'],
    ['XY Input: VAE', { vae_count: 1, vae_name_1: 'a.pt', vae_name_2: 'b.pt' }, 'vae'],
  ])('also by the count of %s', (nodeType, inputs, directory) => {
    const loaders = Object.keys(inputs).map((input) => ({ input, directory }));
    const declared = { nodeType, widgets: Object.keys(inputs), loaders: loaders.slice(1) };
    expect(namesIn({ '1': { class_type: nodeType, inputs } }, [declared])).toEqual([`${directory}: a.pt`, `(${directory}: b.pt)`]);
  });
  test('a switch before a slot turns it off', () => {
    expect(one('CR LoRA Stack', ['Off', 'a.pt', 1, 1, 'On', 'b.pt', 1, 1, 'Off', 'None', 1, 1])).toEqual(['(loras: a.pt)', 'loras: b.pt']);
  });
  test('a toggle turns the whole stack off', () => {
    expect(one('easy loraStack', [false, 'simple', 1, 'a.pt', 1, 1, 1])).toEqual(['(loras: a.pt)']);
  });
});

describe('nodes that nobody knows', () => {
  const cases: [string, string[], string[]][] = [
    ['the folder from the name of the input', api('Mystery', { my_vae_name: 'a.safetensors' }), ['vae: a.safetensors']],
    [
      'the folder from the outputs',
      one('Mystery', ['a.pth'], { outputs: [{ name: 'x', type: 'UPSCALE_MODEL' }] }),
      ['upscale_models: a.pth'],
    ],
    [
      'a model in and out is a LoRA',
      one('Mystery', ['a.pt'], { inputs: [{ type: 'MODEL' }], outputs: [{ type: 'MODEL' }] }),
      ['loras: a.pt'],
    ],
    ['no folder when nothing tells', one('Mystery', ['a.onnx']), ['null: a.onnx']],
    ['a name to save under', api('Mystery', { save_path: 'out.safetensors', filename_prefix: 'x.pt' }), []],
    ['a display', [...one('easy showLoaderSettingsNames', ['a.pt']), ...one('ttN textDebug', [false, 'Prefix', 'a.pt'])], []],
    ['a saver', one('CheckpointSave', ['out.safetensors']), []],
    ['an option list in a socket', one('Mystery', ['x'], { inputs: [{ name: 'a', type: 'a.safetensors,b.safetensors', link: null }] }), []],
    ['a sentence that ends like a file', one('Mystery', ['use it with\nmodel.safetensors', 'a, b.safetensors; c.pt']), []],
    ['formats and repositories', one('VHS_VideoCombine', { format: 'video/h264-mp4', frame_rate: 8 }), []],
  ];
  for (const [title, found, expected] of cases) test(title, () => expect(found).toEqual(expected));

  test('the folder that another node has for the same file goes before a guess', () => {
    const listed = node('Mystery', ['a.safetensors'], {
      properties: { models: [{ name: 'a.safetensors', url: 'https://x/a', directory: 'loras' }] },
    });
    expect(read(editorGraph([listed])).sources).toEqual([
      {
        name: 'a.safetensors',
        url: { url: 'https://x/a', from: 'properties' },
        sha256: null,
        directory: 'loras',
        subfolder: '',
        node: String(listed.id),
      },
    ]);
  });
});

describe('declarations', () => {
  const declared = { nodeType: 'MyLoader', widgets: ['mode', 'file'], loaders: [{ input: 'file', directory: 'unet' }] };
  test('go before everything else', () => {
    expect(namesIn(editorGraph([node('MyLoader', ['x.pt', 'model_v1'])]), [declared])).toEqual(['diffusion_models: x.pt']);
    expect(namesIn({ '1': { class_type: 'MyLoader', inputs: { file: 'folder_of_model', mode: 'x.pt' } } }, [declared])).toEqual([
      'diffusion_models: folder_of_model',
    ]);
  });
  test('a class that names no model has none, unless its input says so', () => {
    const plain = { nodeType: 'Plain', widgets: ['text', 'lora_file'], loaders: [] };
    expect(namesIn({ '1': { class_type: 'Plain', inputs: { text: 'a.pt', lora_file: 'b.pt' } } }, [plain])).toEqual(['loras: b.pt']);
  });
  test('a combo whose choices lie on the disk may take a model, and what it offers by itself is none', () => {
    const untold = [{ input: 'file', choices: ['put_it_here.pt'] }];
    const found = (values: unknown[], more = {}) =>
      namesIn(editorGraph([node('Disk', values)]), [{ nodeType: 'Disk', widgets: ['file', 'text'], loaders: [], ...more }]);
    expect(found(['a.pt', 'b.pt'], { untold })).toEqual(['null: a.pt']);
    expect(found(['put_it_here.pt', 'b.pt'], { untold })).toEqual([]);
    expect(found(['fast', 'b.pt'], { untold })).toEqual([]);
    expect(found(['a.pt', 'b.pt'])).toEqual([]);
  });
  test('what a class offers beside files is no model', () => {
    const scaler = { nodeType: 'Scaler', widgets: ['by'], loaders: [{ input: 'by', directory: 'upscale_models', choices: ['lanczos4'] }] };
    expect(namesIn({ '1': { class_type: 'Scaler', inputs: { by: 'lanczos4' } } }, [scaler])).toEqual([]);
    expect(namesIn({ '1': { class_type: 'Scaler', inputs: { by: 'lanczos5' } } }, [scaler])).toEqual(['upscale_models: lanczos5']);
  });
  test('fonts and formats are listed by the same means and are no models', () => {
    const label = { nodeType: 'AddLabel', widgets: ['font'], loaders: [{ input: 'font', directory: 'kjnodes_fonts' }] };
    expect(namesIn({ '1': { class_type: 'AddLabel', inputs: { font: 'FreeMono.ttf' } } }, [label])).toEqual([]);
  });
  test('a bare name in an older file counts where nothing has moved', () => {
    const newer = { nodeType: 'MyLoader', widgets: ['file', 'mode'], loaders: [{ input: 'file', directory: 'loras' }] };
    const found = (values: unknown[]) => namesIn(editorGraph([node('MyLoader', values)]), [newer]);
    expect(found(['bare', 'fast'])).toEqual(['loras: bare']);
    expect(found(['bare'])).toEqual(['loras: bare']);
    expect(found(['fast', 'moved.pt'])).toEqual(['loras: moved.pt']);
    expect(found(['slow', 'fast', 'bare'])).toEqual([]);
    expect(found(['None', 'fast'])).toEqual([]);
  });
  test('a bare name is the only text of a node that the table knows', () => {
    expect(one('LoraLoader', ['bare', 1, 1])).toEqual(['loras: bare']);
    expect(one('DualCLIPLoader', ['bare', 'naked'])).toEqual(['text_encoders: bare', 'text_encoders: naked']);
    expect(one('UNETLoader', ['fast', 'slow'])).toEqual([]);
    expect(one('LoraLoader', ['Baked VAE', 1, 1])).toEqual([]);
  });
  test("a tiny VAE's name stands for its halves with those who load VAEs alone", () => {
    expect(one('VAELoaderKJ', ['taesd'])).toEqual(['vae_approx: taesd_encoder.pth', 'vae_approx: taesd_decoder.pth']);
    expect(one('VAELoaderKJ', ['taesd', 'moved.pt', '', '', ''])).toEqual(['vae: moved.pt']);
    const inputs = { vae_count: 0, vae_name_1: 'taesd' };
    const stack = { nodeType: 'Stack', widgets: Object.keys(inputs), loaders: [{ input: 'vae_name_1', directory: 'vae' }] };
    expect(namesIn({ '1': { class_type: 'Stack', inputs } }, [stack])).toEqual([
      '(vae_approx: taesd_encoder.pth)',
      '(vae_approx: taesd_decoder.pth)',
    ]);
    expect(one('LoraLoader', ['taesd', 1, 1])).toEqual(['loras: taesd']);
  });
  test('a name with commas or semicolons is one where it stands in its own place', () => {
    expect(one('LoraLoader', ['Add Detail, v2.safetensors', 1, 1])).toEqual(['loras: Add Detail, v2.safetensors']);
    expect(one('DualCLIPLoader', ['a; b.safetensors', 'c.safetensors', 'flux'])).toEqual(['text_encoders: c.safetensors']);
    const twoClips = {
      nodeType: 'DualCLIPLoader',
      widgets: ['clip_name1', 'clip_name2', 'type'],
      loaders: ['clip_name1', 'clip_name2'].map((input) => ({ input, directory: 'text_encoders' })),
    };
    expect(namesIn(editorGraph([node('DualCLIPLoader', ['a; b.safetensors', 'c.safetensors', 'flux'])]), [twoClips])).toEqual([
      'text_encoders: a; b.safetensors',
      'text_encoders: c.safetensors',
    ]);
  });
  test('values that are all there stay in their places, whatever else looks like a model', () => {
    const loaders = [
      { input: 'm', directory: 'upscale_models' },
      { input: 'l', directory: 'loras', choices: ['None'] },
    ];
    const mixed = { nodeType: 'Mixed', widgets: ['m', 'opt', 'l'], loaders };
    expect(namesIn(editorGraph([node('Mixed', ['up.pth', 'a.safetensors', 'None'])]), [mixed])).toEqual(['upscale_models: up.pth']);
  });
  test('a file that a primitive hands to a node nobody knows belongs where the name of that input tells', () => {
    const primitive = node('PrimitiveNode', ['a.safetensors'], { id: 90, outputs: [{ type: 'COMBO', links: [5] }] });
    const stranger = (input: string) => node('Stranger', [''], { id: 91, inputs: [socket(input, 'COMBO', 5)] });
    const found = (input: string) => namesIn(editorGraph([primitive, stranger(input)], { links: [[5, 90, 0, 91, 0, 'COMBO']] }));
    expect(found('ckpt_name')).toEqual(['checkpoints: a.safetensors']);
    expect(found('thing')).toEqual(['null: a.safetensors']);
  });
  test('a folder of diffusers has no ending, and an older file does not name its widgets', () => {
    expect(one('DiffusersLoader', ['my-model'])).toEqual(['diffusers: my-model']);
    expect(one('DiffusersLoader', ['None'])).toEqual([]);
  });

  test('of another version do not misplace the values of an older file', () => {
    const newer = {
      nodeType: 'ControlNetLoader',
      widgets: ['precision', 'control_net_name'],
      loaders: [{ input: 'control_net_name', directory: 'controlnet' }],
    };
    expect(namesIn(editorGraph([node('ControlNetLoader', ['depth.pth', 1])]), [newer])).toEqual(['controlnet: depth.pth']);
  });
});

describe('prompts', () => {
  const clip = (text: string) => one('CLIPTextEncode', [text]);
  const cases: [string, string[], string[]][] = [
    ['an embedding', clip('a cat, embedding:EasyNegative, x'), ['embeddings: EasyNegative']],
    [
      'with a weight and a bracket',
      clip('(embedding:bad-hands-5:1.2), [ embedding:a.pt]'),
      ['embeddings: bad-hands-5', 'embeddings: a.pt'],
    ],
    ['an embedding that a pack finds anywhere', one('smZ CLIPTextEncode', ['x,embedding:a']), ['embeddings: a']],
    [
      'an embedding in a language of its own',
      one('ImpactWildcardEncode', ['<lora:l:1>embedding:a', '', true]),
      ['embeddings: a', 'loras: l'],
    ],
    ['in a subfolder, with an escaped bracket', clip(String.raw`embedding:SDXL\neg_v\(2\).`), [String.raw`embeddings: SDXL\neg_v(2)`]],
    ['a LoRA tag that plain ComfyUI does not honour', clip('<lora:style:0.8>'), []],
    ['a LoRA tag where it is honoured', one('ImpactWildcardEncode', ['cat <lora:sub/style:0.8:1>', 'x', true]), ['loras: sub/style']],
    ['a regular expression', one('ImpactWildcardEncode', ['<lora:[^>]+>']), []],
    ['a note', one('Note', ['embedding:EasyNegative <lora:x:1>']), []],
  ];
  for (const [title, found, expected] of cases) test(title, () => expect(found).toEqual(expected));

  const embedding = 'embedding:EasyNegative.pt';
  const prompts: [string, string[], string[]][] = [
    ['of a text encoder', clip(embedding), ['embeddings: EasyNegative.pt']],
    ['of a text encoder, in the API form', api('CLIPTextEncode', { text: embedding, clip: ['4', 1] }), ['embeddings: EasyNegative.pt']],
    [
      'beside the models of a loader',
      one('Efficient Loader', ['a.pt', 'Baked VAE', -2, 'None', 1, 1, 'a cat', embedding, 'none', 'comfy', 640, 640, 1]),
      ['embeddings: EasyNegative.pt', 'checkpoints: a.pt'],
    ],
    ['of a node that nobody knows', one('Mystery', ['a cat', embedding]), ['embeddings: EasyNegative.pt']],
  ];
  for (const [title, found, expected] of prompts)
    test(`an embedding that is the whole prompt ${title} is no other model`, () => expect(found).toEqual(expected));

  test('a prompt that ends as a file does names none', () => {
    expect(clip('photo of model.safetensors')).toEqual([]);
    expect(api('CLIPTextEncodeFlux', { clip_l: 'a cat', t5xxl: 'a file called cat.pt', guidance: 3 })).toEqual([]);
    expect(one('TextEncodeQwenImageEditPlus', ['make it a model.safetensors'])).toEqual([]);
    const text = node('PrimitiveStringMultiline', ['a file called cat.pt'], { id: 90, outputs: [{ type: 'STRING', links: [5] }] });
    const encoder = node('CLIPTextEncode', [''], { id: 91, inputs: [socket('text', 'STRING', 5)] });
    expect(namesIn(editorGraph([text, encoder], { links: [[5, 90, 0, 91, 0, 'STRING']] }))).toEqual([]);
  });
  test('an encoder that names its model beside the prompt still needs it', () =>
    expect(api('WanVideoTextEncodeCached', { model_name: 't5.pt', positive_prompt: 'a cat' })).toEqual(['text_encoders: t5.pt']));

  test('what stood in a prompt before it was linked to another text is no need', () => {
    const linked = node('CLIPTextEncode', ['embedding:stale'], { inputs: [socket('text', 'STRING', 5)] });
    const holder = node('PrimitiveNode', ['embedding:linked'], { id: 90 });
    expect(namesIn(editorGraph([holder, linked], { links: [[5, 90, 0, 0, 0, 'STRING']] }))).toEqual(['embeddings: linked']);
    const made = node('Prompt Maker', [1], { id: 90 });
    expect(namesIn(editorGraph([made, linked], { links: [[5, 90, 0, 0, 0, 'STRING']] }))).toEqual([]);
  });

  test.each(['Prompt (LoraManager)', 'Save Image (LoraManager)', 'TriggerWord Toggle (LoraManager)', 'ImpactWildcardProcessor'])(
    'a tag in %s loads nothing by itself',
    (type) => expect(one(type, ['a <lora:style:1>', '<lora:style:1>'])).toEqual([]),
  );

  test('a tag in a text counts where some node loads what it names', () => {
    const text = node('PrimitiveStringMultiline', ['<lora:style:1>']);
    expect(namesIn(editorGraph([text]))).toEqual([]);
    expect(namesIn(editorGraph([text, node('ImpactWildcardEncode', ['', '', true])]))).toEqual(['loras: style']);
  });
});

describe('models that nobody names', () => {
  const implicit = (value: unknown) => read(value).findings.filter((finding) => finding.from === 'implicit');
  test.each([
    ['VAELoader', ['taesdxl']],
    ['VAELoaderMultiGPU', ['taesdxl', 'cuda:0']],
    ['VAELoaderKJ', ['taesdxl', 'main_device', 'bf16']],
    ['FluxLoader', ['x.safetensors', 'default', 'c.safetensors', '.none', 'taesdxl', '.none', '.none']],
  ])('both halves of a tiny VAE: %s', (type, values) => {
    expect(implicit(editorGraph([node(type, values, { mode: 4 })]))).toMatchObject(
      ['taesdxl_encoder.pth', 'taesdxl_decoder.pth'].map((written) => ({ written, directory: 'vae_approx', active: false })),
    );
    expect(implicit({ '1': { class_type: type, inputs: { vae_name: 'taesdxl' } } })).toHaveLength(2);
    expect(namesIn(editorGraph([node(type, values)]))).not.toContain('vae: taesdxl');
  });
  test('small decoders for video lie in a folder of their own, when their names are those that ComfyUI knows', () => {
    const name = (file: string) => namesIn(editorGraph([node('VAELoader', [file])]));
    expect(name('lighttaew2_1.safetensors')).toEqual(['vae_approx: lighttaew2_1.safetensors']);
    expect(name('taeltx2_3.safetensors')).toEqual(['vae: taeltx2_3.safetensors']);
    expect(namesIn(editorGraph([node('VAELoaderKJ', ['taehv.pth'])]))).toEqual(['vae_approx: taehv.pth']);
    expect(namesIn(editorGraph([node('WanVideoVAELoader', ['taehv.pth'])]))).toEqual(['vae: taehv.pth']);
  });
  test("PuLID's own encoder belongs to a folder that ComfyUI has", () => {
    expect(namesIn(editorGraph([node('PulidEvaClipLoader', [])]))).toEqual(['text_encoders: EVA02_CLIP_L_336_psz14_s6B.pt']);
  });
  test('a preset needs the files of the family of the checkpoint, and no guess without one', () => {
    const preset = node('IPAdapterUnifiedLoader', ['PLUS (high strength)']);
    const names = (nodes: Record<string, unknown>[]) => implicit(editorGraph(nodes)).map((finding) => finding.written);
    expect(names([preset])).toEqual(['CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors']);
    expect(names([preset, node('CheckpointLoaderSimple', ['juggernautXL.safetensors'])])).toContain(
      'ip-adapter-plus_sdxl_vit-h.safetensors',
    );
    const muted = node('CheckpointLoaderSimple', ['v1-5-pruned.safetensors'], { mode: 2 });
    expect(names([muted, preset, node('CheckpointLoaderSimple', ['juggernautXL.safetensors'])])).toContain(
      'ip-adapter-plus_sdxl_vit-h.safetensors',
    );
  });
  test('the analysis of faces needs a pack for the one of its libraries that fetches it', () => {
    expect(implicit(editorGraph([node('FaceAnalysisModels', ['insightface', 'CPU'])])).map((finding) => finding.written)).toEqual([
      'models/buffalo_l/det_10g.onnx',
      'models/buffalo_l/w600k_r50.onnx',
    ]);
    expect(implicit(editorGraph([node('FaceAnalysisModels', ['dlib', 'CPU'])]))).toEqual([]);
  });
  const ENCODER = 'CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors';
  const [OLD, XL] = ['v1-5-pruned.safetensors', 'juggernautXL.safetensors'];
  const PRESETS: [nodeType: string, preset: string, checkpoint: string, files: string[]][] = [
    [
      'IPAdapterUnifiedLoaderFaceID',
      'FACEID PLUS - SD1.5 only',
      OLD,
      [
        ENCODER,
        'models/buffalo_l/det_10g.onnx',
        'models/buffalo_l/w600k_r50.onnx',
        'ip-adapter-faceid-plus_sd15.bin',
        'ip-adapter-faceid-plus_sd15_lora.safetensors',
      ],
    ],
    ['IPAdapterModelHelper //Inspire', 'SDXL', OLD, ['CLIP-ViT-bigG-14-laion2B-39B-b160k.safetensors', 'ip-adapter_sdxl.safetensors']],
    ['IPAdapterModelHelper //Inspire', 'SD1.5 Plus Face', XL, [ENCODER, 'ip-adapter-plus-face_sd15.safetensors']],
    ['IPAdapterUnifiedLoaderCommunity', 'Composition', OLD, [ENCODER, 'ip_plus_composition_sd15.safetensors']],
    ['IPAdapterUnifiedLoaderCommunity', 'Composition', XL, [ENCODER, 'ip_plus_composition_sdxl.safetensors']],
    ['IPAdapterUnifiedLoaderCommunity', 'Kolors', XL, ['clip-vit-large-patch14-336.bin', 'Kolors-IP-Adapter-Plus.bin']],
  ];
  for (const [type, preset, checkpoint, files] of PRESETS)
    test(`the preset ${preset} beside ${checkpoint}`, () => {
      const nodes = [node('CheckpointLoaderSimple', [checkpoint]), node(type, [preset])];
      expect(implicit(editorGraph(nodes)).map((finding) => finding.written)).toEqual(files);
    });
  test('the helper of Inspire needs the pack of faces that is chosen, where it asks for that', () => {
    const faces = (...texts: string[]) =>
      implicit(editorGraph([node('IPAdapterModelHelper //Inspire', ['SDXL FaceID', 1, 1, 'CPU', ...texts])]))
        .map((finding) => finding.written)
        .filter((name) => name.endsWith('.onnx'));
    expect(faces('insightface only', 'antelopev2')).toEqual(['models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx']);
    for (const texts of [['insightface only', 'buffalo_l'], ['none', 'antelopev2'], ['all']])
      expect(faces(...texts)).toEqual(['models/buffalo_l/det_10g.onnx', 'models/buffalo_l/w600k_r50.onnx']);
  });
  test('a node that has the loaders of other packs run needs what they do', () => {
    const names = (type: string) => implicit(editorGraph([node(type, ['x.safetensors', 'CPU'])])).map((finding) => finding.written);
    const faces = ['models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx'];
    expect(names('easy instantIDApply')).toEqual(faces);
    expect(names('easy pulIDApplyADV')).toEqual([...faces, 'EVA02_CLIP_L_336_psz14_s6B.pt']);
  });
  test('what a face pack fetches by itself is marked so', () => {
    expect(
      implicit(editorGraph([node('IPAdapterInsightFaceLoader', ['CPU', 'buffalo_l'])])).every((finding) => finding.selfDownload),
    ).toBeTrue();
    expect(implicit(editorGraph([node('InstantIDFaceAnalysis', ['CPU'])])).some((finding) => finding.selfDownload)).toBeFalse();
  });
  test('what a node downloads for itself has no folder, whatever its inputs are called, and none of it is left out', () => {
    const declared = (nodeType: string, widgets: string[]) => ({ nodeType, widgets, loaders: [] });
    const declarations = [
      declared('DepthAnythingPreprocessor', ['ckpt_name', 'resolution']),
      declared('DWPreprocessor', ['bbox_detector', 'pose_estimator']),
    ];
    const nodes = [
      node('DepthAnythingPreprocessor', ['depth_anything_vitl14.pth', 512]),
      node('DWPreprocessor', ['yolox_l.onnx', 'dw-ll_ucoco_384_bs5.torchscript.pt']),
    ];
    const names = ['null: depth_anything_vitl14.pth', 'null: yolox_l.onnx', 'null: dw-ll_ucoco_384_bs5.torchscript.pt'];
    expect(namesIn(editorGraph(nodes), declarations)).toEqual(names);
    expect(namesIn(editorGraph(nodes))).toEqual(names);
    expect(read(editorGraph(nodes), declarations).findings.every((finding) => finding.selfDownload)).toBeTrue();
  });
  test('a class that fetches what it names does so whichever folder its sources read', () => {
    const declared = { nodeType: 'LoadLaMaModel', widgets: ['model_name'], loaders: [{ input: 'model_name', directory: 'lama' }] };
    const { findings } = read(editorGraph([node('LoadLaMaModel', ['big-lama.pt'])]), [declared]);
    expect(findings.map(({ directory, written, selfDownload }) => [directory, written, selfDownload])).toEqual([
      ['lama', 'big-lama.pt', true],
    ]);
  });
  test('a face pack that one node fetches and another expects in place is expected', () => {
    const names = ['models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx'];
    const flux = node('PulidFluxInsightFaceLoader', ['CPU']);
    const found = implicit(editorGraph([flux]));
    expect(found.map(({ directory, written, selfDownload }) => [directory, written, selfDownload])).toEqual(
      names.map((name) => ['insightface', name, true]),
    );
    const reading = (nodes: Record<string, unknown>[]) => [{ workflow: 'w.json', path: '/w.json', reading: read(editorGraph(nodes)) }];
    const states = (nodes: Record<string, unknown>[]) =>
      collectRequirements(reading(nodes), { includeDisabled: false }).requirements.map(({ state }) => state);
    expect(states([flux])).toEqual(['self_download', 'self_download']);
    expect(states([flux, node('InstantIDFaceAnalysis', ['CPU'])])).toEqual(['missing', 'missing']);
  });
  test('a node that downloads for itself', () => {
    const nodes = [
      node('DownloadAndLoadFlorence2Model', ['microsoft/Florence-2-base', 'fp16']),
      node('RIFE VFI', ['rife49.pth', 10]),
      node('LoadVideoDepthAnythingModel', ['video_depth_anything_vits.pth']),
      node('RMBG', ['RMBG-2.0', 1, 1024]),
      node('easy imageRemBg', ['RMBG-1.4', 'Hide/Save', 'ComfyUI']),
    ];
    expect(read(editorGraph(nodes)).findings.map(({ written, selfDownload }) => [written, selfDownload])).toEqual([
      ['microsoft/Florence-2-base', true],
      ['rife49.pth', true],
      ['video_depth_anything_vits.pth', true],
      ['RMBG-2.0', true],
      ['RMBG-1.4', true],
    ]);
  });
});

describe('a name without an ending on a node of an unknown type', () => {
  const models = [
    { name: 'Some-Model', directory: 'clip', url: 'https://x/Some-Model.safetensors' },
    { name: 'Whole-Repository', directory: 'clip', url: 'https://huggingface.co/o/r' },
    { name: '512', directory: 'vae' },
    { name: 'auto', directory: 'vae' },
    { name: 'a.pt', directory: 'vae' },
  ];
  const names = (type: string, values: unknown, declared: string[] = []) =>
    namesIn(
      editorGraph([node(type, values, { properties: { models } })]),
      declared.map((nodeType) => ({ nodeType, loaders: [], widgets: ['x'] })),
    );
  const cases: [string, string[], string[]][] = [
    ['is a need where an entry of its own list has it', names('Mystery', ['Some-Model', 'Other']), ['text_encoders: Some-Model']],
    ['also among values by name', names('Mystery', { model: 'Some-Model' }), ['text_encoders: Some-Model']],
    ['is none where the entry leads to a page', names('Mystery', ['Whole-Repository']), []],
    ['is none where the entry differs by a letter', names('Mystery', ['some-model', 'Some-Model ']), []],
    ['is none when it is a number or a placeholder', names('Mystery', ['512', 'auto']), []],
    [
      'is none in a note, a prompt or a text',
      ['Note', 'CLIPTextEncode', 'PrimitiveString'].flatMap((type) => names(type, ['Some-Model'])),
      [],
    ],
    ['is none where the class is declared', names('Mystery', ['Some-Model'], ['Mystery']), []],
    ['and a file is one need', names('Mystery', ['a.pt']), ['null: a.pt']],
  ];
  test.each(cases)('%s', (_, found, expected) => expect(found).toEqual(expected));
});

test('links count as those of notes in titles of groups, in what is said of subgraphs, and in what the author says of the workflow', () => {
  const groups = (title: unknown) => [{ id: 1, title, bounding: [0, 0, 1, 1] }, null];
  const more = {
    groups: groups('Step 1: https://x/a.pt'),
    definitions: { subgraphs: [{ id: 'part', nodes: [], links: [], groups: groups('https://x/b.pt'), description: 'https://x/c.pt' }] },
    extra: { info: { description: 'uses https://x/f.pt', created: 5, author: { url: 'https://x/d.pt' } }, url: 'https://x/e.pt' },
  };
  const { sources } = read(editorGraph([node('VAELoader', ['a.pt'])], more));
  expect(sources.map(({ name, url }) => [name, url])).toEqual(
    ['a', 'b', 'c', 'f'].map((name) => [`${name}.pt`, { url: `https://x/${name}.pt`, from: 'note' }]),
  );
  const page = read(editorGraph([], { extra: { info: 'https://civitai.com/models/12' }, groups: groups(7) }));
  expect(page.sources).toMatchObject([{ name: '', url: { url: 'https://civitai.com/models/12', from: 'note' } }]);
});

describe('activity and node types', () => {
  test('muted and bypassed nodes are inactive', () => {
    const nodes = [
      node('VAELoader', ['a.pt'], { mode: 2 }),
      node('VAELoader', ['b.pt'], { mode: 4 }),
      node('VAELoader', ['c.pt'], { mode: 1 }),
    ];
    expect(namesIn(editorGraph(nodes))).toEqual(['(vae: a.pt)', '(vae: b.pt)', 'vae: c.pt']);
  });
  test('a type counts as used when one of its nodes runs, with what any of them says of its pack', () => {
    const nodes = [
      node('X', [], { mode: 4 }),
      node('X', [], { properties: { cnr_id: 'pack-x', ver: '1.2' } }),
      node('Y', [], { mode: 2, properties: { aux_id: 'o/y' } }),
    ];
    expect(read(editorGraph(nodes)).nodes).toEqual([
      { nodeType: 'X', active: true, registryId: 'pack-x', repository: null, version: '1.2' },
      { nodeType: 'Y', active: false, registryId: null, repository: 'o/y', version: null },
    ]);
  });
});
