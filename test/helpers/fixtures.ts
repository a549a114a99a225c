import { contentOf } from '../../lib/hub/content.ts';
import type { HubCatalogue } from '../../lib/hub/catalogue.ts';
import { safetensorsContent } from '../../lib/hub/model-file.ts';

/** Keys of the accounts in `smallCatalogue`. */
export const HF_KEY = 'hf_testkeyforthehub';
export const CIVITAI_KEY = 'civitaitestkey';

/** A LoRA of 3,000,001 bytes. */
export const LORA = safetensorsContent({ sizeBytes: 3_000_001, seed: 1, tensors: 'lora' });
/** A VAE of 500,000 bytes. */
export const VAE = safetensorsContent({ sizeBytes: 500_000, seed: 2, tensors: 'vae' });
/** A checkpoint of 900,000 bytes. */
export const CHECKPOINT = safetensorsContent({ sizeBytes: 900_000, seed: 3, tensors: 'checkpoint' });
/** The same model as `CHECKPOINT` in another precision: other bytes under the same name. */
export const CHECKPOINT_FULL = safetensorsContent({ sizeBytes: 1_800_000, seed: 4, tensors: 'checkpoint' });

/** A hub with one of each: public, gated, private, renamed; plain, early access, archived, closed, adult, a real person's. */
export function smallCatalogue(): HubCatalogue {
  return {
    accounts: [
      { service: 'huggingface', token: HF_KEY, username: 'reader', repositories: ['studio/gated-vae'] },
      { service: 'civitai', token: CIVITAI_KEY, username: 'reader' },
    ],
    huggingface: [
      {
        id: 'studio/paper-lantern',
        downloads: 5000,
        license: 'apache-2.0',
        formerIds: ['oldname/paper-lantern'],
        revisions: ['refs/pr/1'],
        files: [
          { path: 'README.md', content: contentOf('# Paper lantern\n') },
          { path: 'split files/vae/paper_lantern_vae.safetensors', content: VAE },
          { path: 'loras/paper_lantern_lora.safetensors', content: LORA },
        ],
      },
      { id: 'studio/gated-vae', gated: 'manual', files: [{ path: 'gated_vae.safetensors', content: VAE }] },
      { id: 'studio/hidden', private: true, files: [{ path: 'hidden.safetensors', content: VAE }] },
      { id: 'another/lantern-notes', downloads: 7, files: [{ path: 'notes.txt', content: contentOf('notes') }] },
    ],
    civitai: [
      {
        id: 100,
        name: 'Paper Lantern Style',
        type: 'LORA',
        creator: 'lampmaker',
        downloads: 900,
        versions: [
          { id: 1001, name: 'v1', baseModel: 'SDXL 1.0', files: [{ id: 5001, name: 'paper_lantern_style.safetensors', content: LORA }] },
          {
            id: 1002,
            name: 'v2',
            requireAuth: true,
            files: [{ id: 5002, name: 'paper_lantern_style_v2.safetensors', content: VAE }],
          },
        ],
      },
      {
        id: 200,
        name: 'Lantern Mix',
        type: 'Checkpoint',
        downloads: 4000,
        versions: [
          {
            id: 2001,
            name: 'v3.0',
            baseModel: 'Pony',
            files: [
              {
                id: 6001,
                name: 'lanternMix_v30.safetensors',
                uploadedName: 'lantern-mix-fp16.safetensors',
                content: CHECKPOINT,
                metadata: { format: 'SafeTensor', size: 'pruned', fp: 'fp16' },
              },
              {
                id: 6002,
                name: 'lanternMix_v30.safetensors',
                content: CHECKPOINT_FULL,
                metadata: { format: 'SafeTensor', size: 'full', fp: 'fp32' },
              },
            ],
          },
        ],
      },
      { id: 300, name: 'Adult lantern', type: 'LORA', nsfw: true, versions: [version(3001)] },
      { id: 400, name: 'A real person', type: 'LORA', poi: true, versions: [version(4001)] },
      { id: 500, name: 'Archived lantern', type: 'LORA', mode: 'Archived', versions: [version(5101)] },
      { id: 600, name: 'Generator only', type: 'LORA', versions: [{ ...version(6101), usageControl: 'Generation' }] },
      {
        id: 700,
        name: 'Early bird',
        type: 'LORA',
        versions: [{ ...version(7101), paidAccess: { permanent: false, endsAt: '2099-01-01T00:00:00.000Z' } }],
      },
    ],
    releases: [{ repository: 'studio/tools', tag: 'v1.0', name: 'sharpen_x4.safetensors', content: CHECKPOINT }],
    manager: { 'model-list.json': { models: [] } },
    registry: [
      { id: 'lantern-nodes', name: 'Lantern nodes', repository: 'https://github.com/studio/lantern-nodes', nodes: ['Lantern (studio)'] },
    ],
  };
}

function version(id: number): { id: number; name: string; files: { id: number; name: string; content: typeof LORA }[] } {
  const content = safetensorsContent({ sizeBytes: 20_000, seed: id });
  return { id, name: 'v1', files: [{ id: id * 10, name: `file_${id}.safetensors`, content }] };
}
