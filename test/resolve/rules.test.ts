import { describe, expect, test } from 'bun:test';
import { scoreName } from '../../lib/resolve/rank.ts';

/**
 * What an offered name is worth for a wanted one:
 * - `same`: the very name;
 * - `likely`: at or above the default threshold, so that `--yes` takes it;
 * - `doubt`: shown to a person, and below the default threshold;
 * - `other`: another model, which no threshold takes.
 */
type Verdict = 'same' | 'likely' | 'doubt' | 'other';

const PAIRS: readonly (readonly [wanted: string, offered: string, verdict: Verdict])[] = [
  // the same name, and the same but for spelling
  ['wan_2.1_vae.safetensors', 'wan_2.1_vae.safetensors', 'same'],
  ['EasyNegative.safetensors', 'easynegative.safetensors', 'same'],
  ['国风插画SDXL.safetensors', '国风插画SDXL.safetensors', 'same'],
  ['4x-UltraSharp.pth', '4x_UltraSharp.pth', 'likely'],
  ['4x-UltraSharp.pth', '4x UltraSharp.pth', 'likely'],
  ['wan_2.1_vae.safetensors', 'Wan2.1_VAE.safetensors', 'likely'],
  ['qwen_image_vae.safetensors', 'Qwen-Image-VAE.safetensors', 'likely'],
  ['clip_vision_h.safetensors', 'clip-vision-h.safetensors', 'likely'],
  ['sd_xl_base_1.0.safetensors', 'sd-xl-base-1.0.safetensors', 'likely'],
  ['ip-adapter-plus_sd15.safetensors', 'ip_adapter_plus_sd15.safetensors', 'likely'],
  ['Qwen-Image-Lightning-4steps-V1.0.safetensors', 'qwen_image_lightning_4steps_v1.0.safetensors', 'likely'],
  ['dreamshaper_8.safetensors', 'DreamShaper_8.safetensors', 'same'],
  ['dreamshaper_8.safetensors', 'DreamShaper_8_pruned.safetensors', 'likely'],

  // size in parameters
  ['wan2.1_t2v_14B_fp8_scaled.safetensors', 'wan2.1_t2v_1.3B_fp8_scaled.safetensors', 'other'],
  ['Wan2_1-T2V-14B_fp8_e4m3fn.safetensors', 'Wan2_1-T2V-1_3B_fp8_e4m3fn.safetensors', 'other'],
  ['wan2.1_vace_14B_fp16.safetensors', 'wan2.1_vace_1.3B_fp16.safetensors', 'other'],
  ['wan2.2_ti2v_5B_fp16.safetensors', 'wan2.2_ti2v_14B_fp16.safetensors', 'other'],
  ['qwen_3_4b.safetensors', 'qwen_3_8b.safetensors', 'other'],
  ['qwen3.5_2b_bf16.safetensors', 'qwen3.5_4b_bf16.safetensors', 'other'],
  ['cosmos_predict2_2B_t2i.safetensors', 'cosmos_predict2_14B_t2i.safetensors', 'other'],
  ['gemma_2_2b_fp16.safetensors', 'gemma_2_9b_fp16.safetensors', 'other'],
  ['ltxv-13b-0.9.7-dev.safetensors', 'ltxv-2b-0.9.7-dev.safetensors', 'other'],
  ['ltx-2-19b-dev.safetensors', 'ltx-2-22b-dev.safetensors', 'other'],
  ['CogVideoX_5b_fp16.safetensors', 'CogVideoX_2b_fp16.safetensors', 'other'],
  ['llama_3.1_8b_instruct_fp8_scaled.safetensors', 'llama_3.1_70b_instruct_fp8_scaled.safetensors', 'other'],
  ['Qwen2.5-VL-7B-Instruct-Q8_0.gguf', 'Qwen2.5-VL-3B-Instruct-Q8_0.gguf', 'other'],
  ['qwen_2.5_vl_7b_fp8_scaled.safetensors', 'qwen_2.5_vl_fp8_scaled.safetensors', 'other'],
  ['stable-audio-open-1.0-600m.safetensors', 'stable-audio-open-1.0-300m.safetensors', 'other'],

  // architecture
  ['control_v11p_sd15_canny.safetensors', 'control_v11p_sdxl_canny.safetensors', 'other'],
  ['ip-adapter_sd15.safetensors', 'ip-adapter_sdxl.safetensors', 'other'],
  ['ip-adapter-plus_sdxl_vit-h.safetensors', 'ip-adapter-plus_sd15_vit-h.safetensors', 'other'],
  ['sd_xl_base_1.0.safetensors', 'sd3.5_large.safetensors', 'other'],
  ['wan_2.1_vae.safetensors', 'wan_2.2_vae.safetensors', 'other'],
  ['wan2.1_i2v_720p_14B_fp16.safetensors', 'wan2.2_i2v_720p_14B_fp16.safetensors', 'other'],
  ['Wan21_T2V_14B_lightx2v.safetensors', 'Wan22_T2V_14B_lightx2v.safetensors', 'other'],
  ['hunyuan_video_t2v_720p_bf16.safetensors', 'hunyuan_image_t2v_720p_bf16.safetensors', 'other'],
  ['hunyuan_video_vae_bf16.safetensors', 'mochi_vae_bf16.safetensors', 'other'],
  ['flux1-dev.safetensors', 'flux2-dev.safetensors', 'other'],
  ['flux1-dev-fp8.safetensors', 'chroma-dev-fp8.safetensors', 'other'],
  ['qwen_image_vae.safetensors', 'hunyuan_image_vae.safetensors', 'other'],
  ['Qwen2.5-VL-7B-Instruct-Q8_0.gguf', 'Qwen3-VL-7B-Instruct-Q8_0.gguf', 'other'],
  ['qwen_2.5_vl_7b.safetensors', 'qwen_2.5_7b.safetensors', 'other'],
  ['t5xxl_fp16.safetensors', 'umt5xxl_fp16.safetensors', 'other'],
  ['clip_l.safetensors', 'clip_g.safetensors', 'other'],
  ['clip_vision_h.safetensors', 'clip_vision_g.safetensors', 'doubt'],
  ['mm_sd_v15_v2.ckpt', 'mm_sdxl_v10_beta.ckpt', 'other'],
  ['ponyDiffusionV6XL.safetensors', 'illustriousDiffusionV6XL.safetensors', 'other'],
  ['pixel-art-xl.safetensors', 'pixel-art-sd15.safetensors', 'other'],
  ['detail_tweaker_sdxl.safetensors', 'detail_tweaker_flux.safetensors', 'other'],
  ['hidream_i1_dev_fp8.safetensors', 'omnigen_i1_dev_fp8.safetensors', 'other'],
  ['lumina_2.safetensors', 'kolors_2.safetensors', 'other'],
  ['gemma_2_2b_fp16.safetensors', 'gemma_3_2b_fp16.safetensors', 'other'],
  ['ltx-2-19b-dev.safetensors', 'ltx-2.3-19b-dev.safetensors', 'other'],

  // high and low noise
  ['wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors', 'wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors', 'other'],
  ['wan2.2_t2v_low_noise_14B_fp16.safetensors', 'wan2.2_t2v_high_noise_14B_fp16.safetensors', 'other'],
  ['Wan2.2-I2V-A14B-LowNoise-Q5_K_M.gguf', 'Wan2.2-I2V-A14B-HighNoise-Q5_K_M.gguf', 'other'],
  ['Wan2_2-T2V-A14B-LOW_fp8_e4m3fn_scaled_KJ.safetensors', 'Wan2_2-T2V-A14B-HIGH_fp8_e4m3fn_scaled_KJ.safetensors', 'other'],
  ['985347-wan22_14B-high-Nfj1nx-e71.safetensors', '985347-wan22_14B-low-Nfj1nx-e65.safetensors', 'other'],
  ['DR34ML4Y_I2V_14B_HIGH.safetensors', 'DR34ML4Y_I2V_14B_LOW.safetensors', 'other'],
  ['wan2.2_animate_14B.safetensors', 'wan2.2_animate_low_noise_14B.safetensors', 'other'],

  // what the model is for
  ['wan2.1_t2v_14B_fp16.safetensors', 'wan2.1_i2v_14B_fp16.safetensors', 'other'],
  ['wan2.2_ti2v_5B_fp16.safetensors', 'wan2.2_t2v_5B_fp16.safetensors', 'other'],
  ['wan2.1_flf2v_720p_14B_fp16.safetensors', 'wan2.1_i2v_720p_14B_fp16.safetensors', 'other'],
  ['wan2.1_vace_14B_fp16.safetensors', 'wan2.1_t2v_14B_fp16.safetensors', 'other'],
  ['wan2.2_fun_control_low_noise_14B.safetensors', 'wan2.2_fun_inpaint_low_noise_14B.safetensors', 'other'],
  ['wan2.2_fun_camera_high_noise_14B.safetensors', 'wan2.2_fun_control_high_noise_14B.safetensors', 'other'],
  ['hunyuan_video_t2v_720p_bf16.safetensors', 'hunyuan_video_image_to_video_720p_bf16.safetensors', 'other'],
  ['flux1-dev.safetensors', 'flux1-schnell.safetensors', 'other'],
  ['flux1-dev.safetensors', 'flux1-fill-dev.safetensors', 'other'],
  ['flux1-dev.safetensors', 'flux1-dev-kontext_fp8_scaled.safetensors', 'other'],
  ['flux1-canny-dev.safetensors', 'flux1-depth-dev.safetensors', 'other'],
  ['flux1-canny-dev.safetensors', 'flux1-canny-dev-lora.safetensors', 'other'],
  ['flux1-krea-dev_fp8_scaled.safetensors', 'flux1-dev_fp8_scaled.safetensors', 'other'],
  ['flux1-redux-dev.safetensors', 'flux1-dev.safetensors', 'other'],
  ['sd_xl_base_1.0.safetensors', 'sd_xl_refiner_1.0.safetensors', 'other'],
  ['sd_xl_base_1.0.safetensors', 'sd_xl_base_1.0_inpainting.safetensors', 'other'],
  ['sd_xl_turbo_1.0_fp16.safetensors', 'sd_xl_base_1.0_fp16.safetensors', 'other'],
  ['dreamshaper_8.safetensors', 'dreamshaper_8Inpainting.safetensors', 'other'],
  ['epicrealism.safetensors', 'epicrealism_inpaint.safetensors', 'other'],
  ['juggernautXL_v9.safetensors', 'juggernautXL_v9_lightning.safetensors', 'other'],
  ['qwen_image_fp8_e4m3fn.safetensors', 'qwen_image_edit_fp8_e4m3fn.safetensors', 'other'],
  ['qwen_image_bf16.safetensors', 'qwen_image_distill_bf16.safetensors', 'other'],
  ['qwen_image_canny_diffsynth_controlnet.safetensors', 'qwen_image_depth_diffsynth_controlnet.safetensors', 'other'],
  ['qwen_image_inpaint_diffsynth_controlnet.safetensors', 'qwen_image_canny_diffsynth_controlnet.safetensors', 'other'],
  ['control_v11p_sd15_openpose.pth', 'control_v11p_sd15_canny.pth', 'other'],
  ['control_v11p_sd15_scribble.pth', 'control_v11p_sd15_softedge.pth', 'other'],
  ['control_v11f1e_sd15_tile.pth', 'control_v11f1p_sd15_depth.pth', 'other'],
  ['control_v11p_sd15_lineart.pth', 'control_v11p_sd15s2_lineart_anime.pth', 'other'],
  ['control_v11e_sd15_ip2p.pth', 'control_v11e_sd15_shuffle.pth', 'other'],
  ['ip-adapter_sd15.safetensors', 'ip-adapter-plus_sd15.safetensors', 'other'],
  ['ip-adapter-plus_sd15.safetensors', 'ip-adapter-plus-face_sd15.safetensors', 'other'],
  ['ip-adapter-faceid_sd15.bin', 'ip-adapter_sd15.bin', 'other'],
  ['RealESRGAN_x4plus.pth', 'RealESRGAN_x4plus_anime_6B.pth', 'other'],
  ['hidream_i1_dev_fp8.safetensors', 'hidream_i1_fast_fp8.safetensors', 'other'],
  ['hidream_e1_full_bf16.safetensors', 'hidream_e1_edit_bf16.safetensors', 'other'],
  ['ltx-2-19b-dev.safetensors', 'ltx-2-19b-distilled.safetensors', 'other'],
  ['ltx-2.3-spatial-upscaler-x2-1.1.safetensors', 'ltx-2.3-temporal-upscaler-x2-1.1.safetensors', 'other'],
  ['ltx-2-19b-lora-camera-control.safetensors', 'ltx-2-19b-camera-control.safetensors', 'other'],
  ['wan2.2_vae.safetensors', 'wan2.2_encoder.safetensors', 'other'],
  ['Hyper-SDXL-8steps-lora.safetensors', 'Lightning-SDXL-8steps-lora.safetensors', 'other'],
  ['lcm_lora_sdxl.safetensors', 'turbo_lora_sdxl.safetensors', 'other'],
  ['taesd_decoder.pth', 'taesd_encoder.pth', 'other'],
  ['ace_step_v1_3.5b.safetensors', 'ace_step_v1_lora_3.5b.safetensors', 'other'],
  ['svd_xt.safetensors', 'svd_xt_image_decoder.safetensors', 'other'],
  ['z_image_turbo_bf16.safetensors', 'z_image_bf16.safetensors', 'other'],
  ['noobaiXLNAIXL_vPred10.safetensors', 'noobaiXLNAIXL_vPred10_vae.safetensors', 'other'],

  // format
  ['flux1-dev-Q8_0.gguf', 'flux1-dev-Q8_0.safetensors', 'other'],
  ['umt5_xxl_fp8.safetensors', 'umt5_xxl_fp8.gguf', 'other'],
  ['vitpose_h.onnx', 'vitpose_h.safetensors', 'other'],
  ['control_v11p_sd15_canny.pth', 'control_v11p_sd15_canny.safetensors', 'doubt'],
  ['v1-5-pruned-emaonly.ckpt', 'v1-5-pruned-emaonly.safetensors', 'doubt'],
  ['4x-UltraSharp.pth', '4x-UltraSharp.safetensors', 'doubt'],

  // precision and quantisation
  ['t5xxl_fp16.safetensors', 't5xxl_fp8_e4m3fn.safetensors', 'doubt'],
  ['t5xxl_fp8_e4m3fn.safetensors', 't5xxl_fp8_e4m3fn_scaled.safetensors', 'doubt'],
  ['t5xxl_fp16.safetensors', 't5xxl.safetensors', 'doubt'],
  ['umt5_xxl_fp16.safetensors', 'umt5_xxl_fp8_e4m3fn_scaled.safetensors', 'doubt'],
  ['umt5-xxl-enc-bf16.safetensors', 'umt5-xxl-enc-fp8_e4m3fn.safetensors', 'doubt'],
  ['flux1-dev.safetensors', 'flux1-dev-fp8.safetensors', 'doubt'],
  ['flux1-dev-fp8.safetensors', 'flux1-dev-bf16.safetensors', 'doubt'],
  ['flux1-dev-Q4_K_S.gguf', 'flux1-dev-Q8_0.gguf', 'doubt'],
  ['flux1-dev-Q4_K_S.gguf', 'flux1-dev-Q4_K_M.gguf', 'doubt'],
  ['flux1-dev-Q4_0.gguf', 'flux1-dev-Q4_1.gguf', 'doubt'],
  ['flux1-dev-F16.gguf', 'flux1-dev-Q8_0.gguf', 'doubt'],
  ['Qwen2.5-VL-7B-Instruct-Q8_0.gguf', 'Qwen2.5-VL-7B-Instruct-IQ4_XS.gguf', 'doubt'],
  ['Wan2.2-I2V-A14B-LowNoise-Q5_K_M.gguf', 'Wan2.2-I2V-A14B-LowNoise-Q4_K_M.gguf', 'doubt'],
  ['Wan2_1-T2V-14B_fp8_e4m3fn.safetensors', 'Wan2_1-T2V-14B_fp8_e5m2.safetensors', 'doubt'],
  ['wan2.1_t2v_14B_fp16.safetensors', 'wan2.1_t2v_14B_bf16.safetensors', 'doubt'],
  ['wan2.1_t2v_14B_fp8_scaled.safetensors', 'wan2.1_t2v_14B_fp8_e4m3fn.safetensors', 'doubt'],
  ['qwen_image_fp8_e4m3fn.safetensors', 'qwen_image_bf16.safetensors', 'doubt'],
  ['hunyuan_video_vae_bf16.safetensors', 'hunyuan_video_vae_fp32.safetensors', 'doubt'],
  ['wan_2.1_vae.safetensors', 'Wan2_1_VAE_bf16.safetensors', 'doubt'],
  ['Wan2_1_VAE_bf16.safetensors', 'Wan2_1_VAE_fp32.safetensors', 'doubt'],
  ['chroma-unlocked-v35.safetensors', 'chroma-unlocked-v35_fp8.safetensors', 'doubt'],
  ['svdq-int4-flux.1-dev.safetensors', 'svdq-fp4-flux.1-dev.safetensors', 'doubt'],
  ['mochi_preview_bf16.safetensors', 'mochi_preview_fp8_scaled.safetensors', 'doubt'],
  ['model_nvfp4_x.safetensors', 'model_fp8_x.safetensors', 'doubt'],
  ['control-lora-canny-rank256.safetensors', 'control-lora-canny-rank128.safetensors', 'doubt'],

  // versions, steps, resolutions, epochs
  ['juggernautXL_v9.safetensors', 'juggernautXL_v8.safetensors', 'doubt'],
  ['dreamshaper_8.safetensors', 'dreamshaper_7.safetensors', 'doubt'],
  ['realisticVisionV51_v51VAE.safetensors', 'realisticVisionV60_v60VAE.safetensors', 'doubt'],
  ['Qwen-Image-Lightning-4steps-V1.0.safetensors', 'Qwen-Image-Lightning-8steps-V1.0.safetensors', 'doubt'],
  ['Qwen-Image-Lightning-4steps-V1.0.safetensors', 'Qwen-Image-Lightning-4steps-V1.1.safetensors', 'doubt'],
  ['qwen_image_edit_2509_bf16.safetensors', 'qwen_image_edit_2511_bf16.safetensors', 'doubt'],
  ['wan2.1_i2v_480p_14B_fp16.safetensors', 'wan2.1_i2v_720p_14B_fp16.safetensors', 'doubt'],
  ['Hyper-SDXL-8steps-lora.safetensors', 'Hyper-SDXL-4steps-lora.safetensors', 'doubt'],
  ['chroma-unlocked-v35.safetensors', 'chroma-unlocked-v37.safetensors', 'doubt'],
  ['ltx-video-2b-v0.9.1.safetensors', 'ltx-video-2b-v0.9.5.safetensors', 'doubt'],
  ['ltxv-13b-0.9.7-dev.safetensors', 'ltxv-13b-0.9.8-dev.safetensors', 'doubt'],
  ['acestep_v1.5_turbo.safetensors', 'acestep_v1.6_turbo.safetensors', 'doubt'],
  ['512-inpainting-ema.safetensors', '768-inpainting-ema.safetensors', 'doubt'],
  ['v3_sd15_mm.ckpt', 'v2_sd15_mm.ckpt', 'doubt'],
  ['lora_epoch10.safetensors', 'lora_epoch20.safetensors', 'doubt'],
  ['4x_NMKD-Siax_200k.pth', '4x_NMKD-Siax_100k.pth', 'doubt'],
  ['2xLexicaRRDBNet.pth', '4xLexicaRRDBNet.pth', 'doubt'],
  ['RealESRGAN_x2plus.pth', 'RealESRGAN_x4plus.pth', 'doubt'],
  ['depth_anything_v2_vits.pth', 'depth_anything_v1_vits.pth', 'doubt'],
  ['wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise.safetensors', 'wan2.2_t2v_lightx2v_4steps_lora_v1_low_noise.safetensors', 'doubt'],
  ['yolov8n-face.pt', 'yolov9n-face.pt', 'doubt'],

  // hardly anything in common
  ['4x-UltraSharp.pth', '4x_foolhardy_Remacri.pth', 'doubt'],
  ['dreamshaper_8.safetensors', 'deliberate_8.safetensors', 'doubt'],
  ['face_yolov8m.pt', 'hand_yolov8m.pt', 'other'],
  ['face_yolov8m.pt', 'face_yolov8n.pt', 'doubt'],
  ['clip_vision_g.safetensors', 'clip_vision_h.safetensors', 'doubt'],
  ['sam_vit_b_x.pth', 'sam_vit_l_x.pth', 'doubt'],
  ['sam_vit_b_01ec64.pth', 'sam_vit_l_0b3195.pth', 'doubt'],
];

describe('a wanted name, an offered one, and what the offer is worth', () => {
  test.each(PAIRS)('%s: %s is %s', (wanted, offered, expected) => {
    const { score, otherModel, reason } = scoreName(wanted, offered);
    const verdict: Verdict = score === 1 ? 'same' : otherModel ? 'other' : score >= 0.7 ? 'likely' : 'doubt';
    expect({ verdict, reason: verdict === expected ? '' : reason }).toEqual({ verdict: expected, reason: '' });
    if (verdict === 'other') expect(score).toBeLessThan(0.4);
  });

  test('the table is long enough to mean something, and no pair stands there twice', () => {
    expect(PAIRS.length).toBeGreaterThanOrEqual(150);
    expect(new Set(PAIRS.map(([wanted, offered]) => `${wanted} ${offered}`)).size).toBe(PAIRS.length);
  });
});
