import type { CivitaiModel, HfRepository, HubCatalogue, ReleaseFile } from '../hub/catalogue.ts';
import { contentOf } from '../hub/content.ts';
import { DEMO_MODELS, makeDistractor } from './models.ts';

/** What the demo's hub holds: everything that the demo's workflows need, each to be found in another way, and things beside it. */
export function makeDemoCatalogue(): HubCatalogue {
  return {
    huggingface: makeRepositories(),
    civitai: makeCivitaiModels(),
    releases: makeReleases(),
    manager: makeManagerFiles(),
    registry: [
      {
        id: 'comfyui_ultimatesdupscale',
        name: 'UltimateSDUpscale',
        repository: 'https://github.com/ssitu/ComfyUI_UltimateSDUpscale',
        nodes: ['UltimateSDUpscale', 'UltimateSDUpscaleNoUpscale'],
        publisher: 'ssitu',
        downloads: 1_400_000,
      },
    ],
  };
}

function makeRepositories(): HfRepository[] {
  const { auroraDiffusion, auroraEncoder, auroraVae, auroraControl, lumenVision, moonlitGlow } = DEMO_MODELS;
  return [
    {
      id: 'Comfy-Org/Aurora_ComfyUI',
      downloads: 310_000,
      likes: 420,
      license: 'apache-2.0',
      files: [
        { path: 'README.md', content: contentOf('# Aurora, repackaged for ComfyUI\n') },
        { path: `split_files/diffusion_models/${auroraDiffusion.filename}`, content: auroraDiffusion.content },
        { path: `split_files/text_encoders/${auroraEncoder.filename}`, content: auroraEncoder.content },
        { path: `split_files/vae/${auroraVae.filename}`, content: auroraVae.content },
      ],
    },
    {
      id: 'northlight-labs/aurora-controlnet-depth',
      downloads: 48_200,
      likes: 310,
      license: 'apache-2.0',
      files: [
        { path: auroraControl.filename, content: auroraControl.content },
        { path: 'config.json', content: contentOf('{"_class_name": "ControlNetModel"}\n') },
      ],
    },
    {
      id: 'northlight-labs/lumen_clip_vision_h',
      downloads: 96_500,
      likes: 540,
      license: 'mit',
      files: [{ path: lumenVision.filename, content: lumenVision.content }],
    },
    {
      id: 'hazel-studio/moonlit_glow',
      downloads: 15_800,
      likes: 77,
      license: 'cc-by-4.0',
      files: [{ path: moonlitGlow.filename, content: moonlitGlow.content }],
    },
    // the same word, other files
    {
      id: 'somebody/aurora-test-merge',
      downloads: 3,
      files: [{ path: 'aurora_test_merge.safetensors', content: makeDistractor(1_000_000, 71) }],
    },
    {
      id: 'northlight-labs/aurora-controlnet-canny',
      downloads: 21_000,
      likes: 120,
      license: 'apache-2.0',
      files: [{ path: 'aurora-controlnet-canny.safetensors', content: makeDistractor(1_500_000, 72) }],
    },
  ];
}

function makeCivitaiModels(): CivitaiModel[] {
  const { inkStyle, brassLora } = DEMO_MODELS;
  return [
    {
      id: 412_077,
      name: 'Ink and Rain Style',
      type: 'LORA',
      creator: 'petrichor',
      downloads: 64_000,
      thumbsUp: 5200,
      tags: ['style', 'ink'],
      versions: [
        {
          id: 458_911,
          name: 'v1.0',
          baseModel: 'SDXL 1.0',
          downloads: 64_000,
          trainedWords: ['ink and rain'],
          files: [{ id: 373_310, name: inkStyle.filename, content: inkStyle.content, metadata: { format: 'SafeTensor', fp: 'fp16' } }],
        },
      ],
    },
    {
      // found by its hash alone: neither the model nor the file has the name that the workflow uses
      id: 530_648,
      name: 'Clockwork People',
      type: 'LORA',
      creator: 'gearwright',
      downloads: 12_300,
      thumbsUp: 890,
      tags: ['steampunk'],
      versions: [
        {
          id: 589_710,
          name: 'v2',
          baseModel: 'Other',
          downloads: 9800,
          files: [{ id: 503_122, name: 'clockworkPeople_v2.safetensors', content: brassLora.content, metadata: { format: 'SafeTensor' } }],
        },
      ],
    },
    {
      id: 699_002,
      name: 'Ink and Rain Landscapes',
      type: 'LORA',
      creator: 'petrichor',
      downloads: 800,
      versions: [
        {
          id: 781_220,
          name: 'v1',
          baseModel: 'SDXL 1.0',
          files: [{ id: 690_004, name: 'ink_and_rain_landscapes.safetensors', content: makeDistractor(1_200_000, 73) }],
        },
      ],
    },
  ];
}

function makeReleases(): ReleaseFile[] {
  const { filename, content } = DEMO_MODELS.crispUpscaler;
  return [{ repository: 'northlight-labs/crisp-upscalers', tag: 'v1.2', name: filename, content }];
}

/** ComfyUI-Manager's files in small: a curated list with one of the models, and who provides which node. */
function makeManagerFiles(): Record<string, unknown> {
  const { lumenVision } = DEMO_MODELS;
  const upscale = 'https://github.com/ssitu/ComfyUI_UltimateSDUpscale';
  return {
    'model-list.json': {
      models: [
        {
          name: 'Lumen CLIP Vision H',
          type: 'clip_vision',
          base: 'Aurora',
          save_path: 'clip_vision',
          description: 'Image encoder for Aurora',
          reference: 'https://huggingface.co/northlight-labs/lumen_clip_vision_h',
          filename: lumenVision.filename,
          url: `https://huggingface.co/northlight-labs/lumen_clip_vision_h/resolve/main/${lumenVision.filename}`,
          size: '7.0MB',
        },
      ],
    },
    'custom-node-list.json': {
      custom_nodes: [
        {
          author: 'ssitu',
          title: 'UltimateSDUpscale',
          id: 'comfyui_ultimatesdupscale',
          reference: upscale,
          files: [upscale],
          install_type: 'git-clone',
          description: 'Upscales an image tile by tile',
        },
      ],
    },
    'extension-node-map.json': {
      [upscale]: [['UltimateSDUpscale', 'UltimateSDUpscaleNoUpscale'], { title_aux: 'UltimateSDUpscale' }],
    },
  };
}
