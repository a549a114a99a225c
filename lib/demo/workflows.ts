import { GraphBuilder, type SavedNode } from './graph-builder.ts';
import { DEMO_MODELS, type DemoModel } from './models.ts';

const AURORA = 'https://huggingface.co/Comfy-Org/Aurora_ComfyUI';
const SUBGRAPH_ID = '3f0c2a4e-7b1d-4c58-9d25-6a8e51f0b7c9';

/** The demo's workflows by their paths in the workflow folder. Each names its models in another of the ways that real ones do. */
export function makeDemoWorkflows(): ReadonlyMap<string, unknown> {
  return new Map([
    ['aurora text to image.json', makeLinkedWorkflow()],
    ['portraits/ink portrait.json', makeNamedWorkflow()],
    ['aurora brass detail.json', makeSubgraphWorkflow()],
    ['api/depth guided.json', makePrompt()],
  ]);
}

/** As official templates are: every loader says in its properties where its model is to be had. */
function makeLinkedWorkflow(): unknown {
  const graph = new GraphBuilder();
  const { model, clip, vae } = addAurora(graph);
  addImage(graph, { model: [model, 0], clip: [clip, 0], vae: [vae, 0] });
  graph.note(`## Aurora\nModels: [Aurora for ComfyUI](${AURORA})`);
  return graph.toWorkflow();
}

/** As people share them: nothing but names, a link in a note, a Windows path, a muted node, a node pack that is not installed. */
function makeNamedWorkflow(): unknown {
  const { lanternCheckpoint, inkStyle, moonlitGlow, crispUpscaler } = DEMO_MODELS;
  const graph = new GraphBuilder();
  const checkpoint = graph.add('CheckpointLoaderSimple', { widgets: { ckpt_name: lanternCheckpoint.filename } });
  const ink = addLora(graph, checkpoint, inkStyle.filename);
  const glow = graph.add('LoraLoader', {
    links: { model: [ink, 0], clip: [ink, 1] },
    widgets: { lora_name: `styles\\${moonlitGlow.filename}`, strength_model: 0.6, strength_clip: 0.6 },
    models: [
      {
        name: moonlitGlow.filename,
        url: `https://huggingface.co/hazel-studio/moonlit_glow/resolve/main/${moonlitGlow.filename}`,
        directory: 'loras',
      },
    ],
  });
  addLora(graph, checkpoint, 'pencil_sketch_unused.safetensors', 2);
  const image = addImage(graph, { model: [glow, 0], clip: [glow, 1], vae: [checkpoint, 2] });
  const upscaler = graph.add('UpscaleModelLoader', { widgets: { model_name: crispUpscaler.filename } });
  const large = graph.add('UltimateSDUpscale', {
    links: { image: [image, 0], model: [glow, 0], vae: [checkpoint, 2], upscale_model: [upscaler, 0] },
    widgets: { upscale_by: 2, seed: 7, steps: 20, cfg: 6, sampler_name: 'euler', scheduler: 'normal', denoise: 0.2 },
    properties: { cnr_id: 'comfyui_ultimatesdupscale' },
  });
  graph.add('SaveImage', { links: { images: [large, 0] }, widgets: { filename_prefix: 'ink' } });
  graph.note(
    `Upscaler: https://github.com/northlight-labs/crisp-upscalers/releases/download/v1.2/${crispUpscaler.filename}\n\nPut it into models/upscale_models.`,
  );
  return graph.toWorkflow();
}

/** The loaders stand inside a subgraph, and one LoRA is known by its sha256 only. */
function makeSubgraphWorkflow(): unknown {
  const { brassLora } = DEMO_MODELS;
  const inner = new GraphBuilder();
  const { model, clip, vae } = addAurora(inner);
  const lora = inner.add('LoraLoaderModelOnly', {
    links: { model: [model, 0] },
    widgets: { lora_name: brassLora.filename, strength_model: 0.8 },
    models: [{ name: brassLora.filename, directory: 'loras', hash: brassLora.content.sha256, hash_type: 'SHA256' }],
  });
  const image = addImage(inner, { model: [lora, 0], clip: [clip, 0], vae: [vae, 0] }, { saved: false });
  const definition = inner.toSubgraph({ id: SUBGRAPH_ID, name: 'Aurora with brass', output: [image, 0, 'IMAGE'] });

  const graph = new GraphBuilder();
  const proxyWidgets = [[String(lora.id), 'lora_name']];
  const instance = graph.add(SUBGRAPH_ID, { returns: ['IMAGE'], properties: { proxyWidgets } });
  const grain = graph.add('FilmGrainOverlay', { links: { image: [instance, 0] }, widgets: { amount: 0.15 } });
  graph.add('SaveImage', { links: { images: [grain, 0] }, widgets: { filename_prefix: 'brass' } });
  return graph.toWorkflow([definition]);
}

/** As programs send it: names of inputs with values, and no word of where a model comes from. */
function makePrompt(): unknown {
  const { auroraControl, lumenVision, lanternCheckpoint } = DEMO_MODELS;
  return {
    '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: lanternCheckpoint.filename } },
    '2': { class_type: 'CLIPTextEncode', inputs: { text: 'a harbour at night, lanterns on the water', clip: ['1', 1] } },
    '3': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['1', 1] } },
    '4': { class_type: 'LoadImage', inputs: { image: 'depth.png' } },
    '5': { class_type: 'ControlNetLoader', inputs: { control_net_name: auroraControl.filename } },
    '6': { class_type: 'ControlNetApply', inputs: { conditioning: ['2', 0], control_net: ['5', 0], image: ['4', 0], strength: 0.7 } },
    '7': { class_type: 'CLIPVisionLoader', inputs: { clip_name: lumenVision.filename } },
    '8': { class_type: 'CLIPVisionEncode', inputs: { clip_vision: ['7', 0], image: ['4', 0], crop: 'center' } },
    '9': { class_type: 'EmptyLatentImage', inputs: { width: 1024, height: 1024, batch_size: 1 } },
    '10': {
      class_type: 'KSampler',
      inputs: {
        model: ['1', 0],
        seed: 11,
        steps: 24,
        cfg: 6,
        sampler_name: 'euler',
        scheduler: 'normal',
        positive: ['6', 0],
        negative: ['3', 0],
        latent_image: ['9', 0],
        denoise: 1,
      },
    },
    '11': { class_type: 'VAEDecode', inputs: { samples: ['10', 0], vae: ['1', 2] } },
    '12': { class_type: 'SaveImage', inputs: { images: ['11', 0], filename_prefix: 'depth' } },
  };
}

/** The three loaders of Aurora with their links, in the three spellings that people paste. */
function addAurora(graph: GraphBuilder): { model: SavedNode; clip: SavedNode; vae: SavedNode } {
  const { auroraDiffusion, auroraEncoder, auroraVae } = DEMO_MODELS;
  const model = graph.add('UNETLoader', {
    widgets: { unet_name: auroraDiffusion.filename, weight_dtype: 'default' },
    models: [
      {
        name: auroraDiffusion.filename,
        url: auroraLink('resolve', auroraDiffusion),
        directory: 'diffusion_models',
      },
    ],
  });
  const clip = graph.add('CLIPLoader', {
    widgets: { clip_name: auroraEncoder.filename, type: 'flux' },
    models: [{ name: auroraEncoder.filename, url: auroraLink('blob', auroraEncoder), directory: 'text_encoders' }],
  });
  const vae = graph.add('VAELoader', {
    widgets: { vae_name: auroraVae.filename },
    models: [{ name: auroraVae.filename, url: `${auroraLink('resolve', auroraVae)}?download=true`, directory: 'vae' }],
  });
  return { model, clip, vae };
}

function auroraLink(verb: 'resolve' | 'blob', model: DemoModel): string {
  return `${AURORA}/${verb}/main/split_files/${model.directory}/${model.filename}`;
}

function addLora(graph: GraphBuilder, from: SavedNode, name: string, mode: 0 | 2 = 0): SavedNode {
  return graph.add('LoraLoader', {
    links: { model: [from, 0], clip: [from, 1] },
    widgets: { lora_name: name, strength_model: 0.8, strength_clip: 0.8 },
    mode,
  });
}

type Socket = readonly [from: SavedNode, slot: number];

/** Prompts, sampler and decoder behind the loaders; gives the decoder, whose output 0 is the image. */
function addImage(
  graph: GraphBuilder,
  from: { model: Socket; clip: Socket; vae: Socket },
  options: { saved: boolean } = { saved: true },
): SavedNode {
  const positive = graph.add('CLIPTextEncode', {
    links: { clip: from.clip },
    widgets: { text: 'a harbour at night, lanterns on the water' },
  });
  const negative = graph.add('CLIPTextEncode', { links: { clip: from.clip }, widgets: { text: 'blurry' } });
  const latent = graph.add('EmptyLatentImage', { widgets: { width: 1024, height: 1024, batch_size: 1 } });
  const sampler = graph.add('KSampler', {
    links: { model: from.model, positive: [positive, 0], negative: [negative, 0], latent_image: [latent, 0] },
    widgets: { seed: 42, steps: 20, cfg: 5, sampler_name: 'euler', scheduler: 'simple', denoise: 1 },
  });
  const image = graph.add('VAEDecode', { links: { samples: [sampler, 0], vae: from.vae } });
  if (options.saved) graph.add('SaveImage', { links: { images: [image, 0] }, widgets: { filename_prefix: 'aurora' } });
  return image;
}
