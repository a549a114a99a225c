import { expect, test } from 'bun:test';

import { detectType } from '../../../lib/core/model-file/detect-type.ts';
import type { DetectedType } from '../../../lib/core/model-file/structure.ts';

/** Names as files of that kind carry them, a few of each. */
const NAMES: [what: string, expected: DetectedType | null, names: string[]][] = [
  [
    'Stable Diffusion 1.5',
    'checkpoint',
    [
      'model.diffusion_model.input_blocks.0.0.weight',
      'first_stage_model.decoder.conv_in.weight',
      'cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight',
    ],
  ],
  [
    'SDXL',
    'checkpoint',
    [
      'conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight',
      'model.diffusion_model.out.0.bias',
      'first_stage_model.encoder.conv_in.bias',
    ],
  ],
  [
    'a Flux checkpoint',
    'checkpoint',
    [
      'model.diffusion_model.double_blocks.0.img_attn.qkv.weight',
      'vae.decoder.conv_in.weight',
      'text_encoders.t5xxl.transformer.shared.weight',
    ],
  ],
  ['a UNet with its prefix', 'diffusion_model', ['model.diffusion_model.input_blocks.0.0.weight', 'model.diffusion_model.out.0.weight']],
  ['Flux', 'diffusion_model', ['double_blocks.0.img_attn.qkv.weight', 'single_blocks.0.linear1.weight', 'img_in.weight']],
  ['SD3', 'diffusion_model', ['joint_blocks.0.context_block.attn.qkv.weight', 'x_embedder.proj.weight']],
  ['Wan', 'diffusion_model', ['blocks.0.self_attn.q.weight', 'patch_embedding.weight', 'head.head.weight']],
  ['Qwen-Image', 'diffusion_model', ['transformer_blocks.0.attn.add_q_proj.weight', 'img_in.weight', 'proj_out.weight']],
  ['Lumina and Z-Image', 'diffusion_model', ['noise_refiner.0.attention.qkv.weight', 'layers.0.attention.qkv.weight', 'x_embedder.weight']],
  [
    'a diffusers UNet',
    'diffusion_model',
    ['down_blocks.0.resnets.0.conv1.weight', 'up_blocks.0.resnets.0.conv1.weight', 'time_embedding.linear_1.weight'],
  ],
  ['a kohya LoRA', 'lora', ['lora_unet_down_blocks_0.lora_down.weight', 'lora_te_text_model.alpha']],
  [
    'a diffusers LoRA',
    'lora',
    ['transformer.transformer_blocks.0.attn.to_q.lora_A.weight', 'transformer.transformer_blocks.0.attn.to_q.lora_B.weight'],
  ],
  ['a LyCORIS', 'lora', ['lora_unet_x.hada_w1_a', 'lora_unet_x.hada_w2_a']],
  ['a VAE', 'vae', ['encoder.conv_in.weight', 'decoder.conv_in.weight', 'quant_conv.weight']],
  ['the VAE of Wan', 'vae', ['encoder.conv1.weight', 'decoder.conv1.weight', 'decoder.head.0.gamma']],
  ['a small VAE', 'vae', ['decoder.layers.0.weight', 'encoder.layers.0.weight']],
  [
    'the shape VAE of Hunyuan3D',
    'vae',
    [
      'encoder.self_attn.resblocks.0.ln_1.weight',
      'geo_decoder.cross_attn_decoder.ln_1.bias',
      'post_kl.weight',
      'transformer.resblocks.0.attn.c_qkv.weight',
    ],
  ],
  ['the VAE of LTXV', 'vae', ['decoder.conv_in.conv.weight', 'decoder.up_blocks.0.res_blocks.0.conv1.conv.weight']],
  ['the VAE of Stable Audio', 'vae', ['decoder.layers.1.layers.0.beta', 'encoder.layers.0.weight_v']],
  ['the VAE of Mochi', 'vae', ['decoder.blocks.2.blocks.3.stack.5.weight', 'encoder.layers.4.layers.1.attn_block.attn.qkv.weight']],
  ['the decoder of Mochi alone', null, ['blocks.0.1.stack.0.weight', 'blocks.2.blocks.3.stack.5.weight', 'output_proj.weight']],
  ['the encoder of Mochi alone', null, ['layers.0.weight', 'layers.4.layers.1.attn_block.attn.qkv.weight', 'output_proj.weight']],
  ['stage A of Stable Cascade', null, ['vquantizer.codebook.weight', 'down_blocks.0.weight', 'up_blocks.0.0.weight']],
  ['the encoder of stage C', null, ['backbone.1.0.block.0.1.num_batches_tracked', 'mapper.0.weight']],
  ['the decoder of stage C', null, ['blocks.0.weight', 'blocks.11.num_batches_tracked']],
  ['the VAE of ACE-Step', null, ['dcae.decoder.conv_in.weight', 'vocoder.backbone.channel_layers.0.0.bias']],
  ['the VAE of MMAudio', null, ['vae.decoder.conv_in.weight', 'vocoder.activation_post.downsample.lowpass.filter']],
  ['the VAEs of Trellis 2', null, ['shape_dec.blocks.1.16.to_subdiv.weight', 'txt_dec.blocks.3.4.conv2.weight']],
  ['a small VAE of videos', 'vae', ['decoder.1.weight', 'decoder.22.bias', 'encoder.0.weight']],
  ['OpenCLIP', 'text_encoder', ['transformer.resblocks.0.attn.in_proj_weight', 'text_projection', 'token_embedding.weight']],
  ['CLIP-L', 'text_encoder', ['text_model.encoder.layers.0.mlp.fc1.weight', 'text_model.embeddings.token_embedding.weight']],
  ['T5', 'text_encoder', ['encoder.block.0.layer.0.SelfAttention.q.weight', 'shared.weight']],
  ['Qwen', 'text_encoder', ['model.layers.0.self_attn.q_proj.weight', 'model.embed_tokens.weight']],
  ['a language model that sees', 'text_encoder', ['model.layers.0.self_attn.q_proj.weight', 'visual.patch_embed.proj.weight']],
  ['a CLIP vision model', 'clip_vision', ['vision_model.encoder.layers.0.mlp.fc1.weight', 'visual_projection.weight']],
  ['a ControlNet', 'controlnet', ['control_model.input_blocks.0.0.weight', 'control_model.zero_convs.0.0.weight']],
  ['a diffusers ControlNet', 'controlnet', ['controlnet_cond_embedding.conv_in.weight', 'down_blocks.0.resnets.0.conv1.weight']],
  ['ESRGAN', 'upscale_model', ['model.0.weight', 'model.1.sub.0.RDB1.conv1.0.weight', 'model.10.weight']],
  ['Real-ESRGAN', 'upscale_model', ['conv_first.weight', 'body.0.rdb1.conv1.weight', 'conv_last.weight']],
  ['SwinIR', 'upscale_model', ['conv_first.weight', 'layers.0.residual_group.blocks.0.norm1.weight']],
  ['an embedding', 'embedding', ['emb_params']],
  ['an SDXL embedding', 'embedding', ['clip_g', 'clip_l']],
  ['an IP-Adapter', 'ip_adapter', ['image_proj.proj.weight', 'ip_adapter.1.to_k_ip.weight']],
  ['PhotoMaker', 'photomaker', ['id_encoder.vision_model.encoder.layers.0.mlp.fc1.weight', 'lora_weights.x']],
  ['GLIGEN', 'gligen', ['position_net.linears.0.weight', 'fuser.x']],
  ['Redux', 'style_model', ['redux_up.weight', 'redux_down.weight']],
  ['nothing that is known', null, ['a.b.c', 'weights']],
  ['nothing', null, []],
];

test.each(NAMES)('%s', (_, expected, names) => {
  expect(detectType(names, null)).toBe(expected);
});

test('a GGUF file says itself what it is', () => {
  expect(detectType([], 'flux')).toBe('diffusion_model');
  expect(detectType([], 't5encoder')).toBe('text_encoder');
  expect(detectType([], 'qwen2vl')).toBe('text_encoder');
  expect(detectType([], 'something')).toBeNull();
});
