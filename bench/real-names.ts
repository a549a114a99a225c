import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** A file that real workflows name, and the repositories that have it. */
export interface WantedFile {
  filename: string;
  directory: string | null;
  places: readonly { repoId: string; path: string }[];
}

export interface RealNames {
  /** Where the names are from, for the report. */
  from: string;
  repositories: readonly { id: string; files: readonly string[] }[];
  wanted: readonly WantedFile[];
}

/** A larger collection than the built-in one: the path of a JSON file of the shape below. */
const COLLECTION = resolve(process.env['BENCH_NAMES'] ?? 'bench-names.json');

const collection = z.object({
  repositories: z.array(z.object({ id: z.string(), files: z.array(z.string()) })),
  wanted: z.array(
    z.object({
      filename: z.string(),
      directory: z.string().nullable(),
      places: z.array(z.object({ repo_id: z.string(), path: z.string() })),
    }),
  ),
});

/** Repository, path and ComfyUI's folder of files that many workflows name (read on Hugging Face, 2026-11). */
const BUILT_IN = `
Comfy-Org/Wan_2.1_ComfyUI_repackaged split_files/vae/wan_2.1_vae.safetensors vae
Comfy-Org/Wan_2.1_ComfyUI_repackaged split_files/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors text_encoders
Comfy-Org/Wan_2.1_ComfyUI_repackaged split_files/diffusion_models/wan2.1_t2v_1.3B_fp16.safetensors diffusion_models
Comfy-Org/Wan_2.1_ComfyUI_repackaged split_files/diffusion_models/wan2.1_t2v_14B_fp8_scaled.safetensors diffusion_models
Comfy-Org/Wan_2.1_ComfyUI_repackaged split_files/clip_vision/clip_vision_h.safetensors clip_vision
Comfy-Org/Wan_2.2_ComfyUI_Repackaged split_files/diffusion_models/wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors diffusion_models
Comfy-Org/Wan_2.2_ComfyUI_Repackaged split_files/diffusion_models/wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors diffusion_models
Comfy-Org/Qwen-Image_ComfyUI split_files/diffusion_models/qwen_image_fp8_e4m3fn.safetensors diffusion_models
Comfy-Org/Qwen-Image_ComfyUI split_files/text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors text_encoders
Comfy-Org/Qwen-Image_ComfyUI split_files/vae/qwen_image_vae.safetensors vae
comfyanonymous/flux_text_encoders t5xxl_fp8_e4m3fn.safetensors text_encoders
comfyanonymous/flux_text_encoders clip_l.safetensors text_encoders
black-forest-labs/FLUX.1-dev flux1-dev.safetensors diffusion_models
black-forest-labs/FLUX.1-dev ae.safetensors vae
stabilityai/stable-diffusion-xl-base-1.0 sd_xl_base_1.0.safetensors checkpoints
stabilityai/stable-diffusion-xl-refiner-1.0 sd_xl_refiner_1.0.safetensors checkpoints
city96/FLUX.1-dev-gguf flux1-dev-Q4_K_S.gguf diffusion_models
Kijai/WanVideo_comfy Wan2_1_VAE_bf16.safetensors vae
Kijai/WanVideo_comfy umt5-xxl-enc-bf16.safetensors text_encoders
lllyasviel/ControlNet-v1-1 control_v11p_sd15_openpose.pth controlnet
h94/IP-Adapter models/ip-adapter-plus_sd15.safetensors ipadapter
Lightricks/LTX-Video ltx-video-2b-v0.9.safetensors checkpoints
`;

/** The names to measure with. Throws when the collection has another shape. */
export function readRealNames(): RealNames {
  if (!existsSync(COLLECTION)) return readBuiltIn();
  const { repositories, wanted } = collection.parse(JSON.parse(readFileSync(COLLECTION, 'utf8')));
  return {
    from: 'links of real workflows',
    repositories,
    wanted: wanted.map((file) => ({ ...file, places: file.places.map(({ repo_id, path }) => ({ repoId: repo_id, path })) })),
  };
}

function readBuiltIn(): RealNames {
  const rows = BUILT_IN.trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([repoId = '', path = '', directory = '']) => ({ repoId, path, directory }));
  const repositories = [...Map.groupBy(rows, ({ repoId }) => repoId)].map(([id, own]) => ({ id, files: own.map(({ path }) => path) }));
  const wanted = rows.map(({ repoId, path, directory }) => ({
    filename: path.slice(path.lastIndexOf('/') + 1),
    directory,
    places: [{ repoId, path }],
  }));
  return { from: 'the built-in names', repositories, wanted };
}
