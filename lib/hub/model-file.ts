import { type Content, generatedContent } from './content.ts';

/** The kinds of model whose tensor names are known here. */
export type ModelKind =
  | 'checkpoint'
  | 'lora'
  | 'vae'
  | 'text_encoder'
  | 'clip_vision'
  | 'diffusion_model'
  | 'controlnet'
  | 'upscale_model'
  | 'embedding';

/** Names as the usual trainers and converters write them: a reader that tells the kind from the names finds the kind meant. */
const TENSORS: Record<ModelKind, readonly string[]> = {
  checkpoint: [
    'cond_stage_model.transformer.text_model.embeddings.token_embedding.weight',
    'first_stage_model.decoder.conv_in.weight',
    'first_stage_model.encoder.conv_in.weight',
    'model.diffusion_model.input_blocks.0.0.weight',
    'model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight',
    'model.diffusion_model.out.2.weight',
  ],
  lora: [
    'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.alpha',
    'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight',
    'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight',
  ],
  vae: [
    'decoder.conv_in.weight',
    'decoder.conv_out.weight',
    'encoder.conv_in.weight',
    'encoder.down.0.block.0.norm1.weight',
    'post_quant_conv.weight',
    'quant_conv.weight',
  ],
  text_encoder: [
    'text_model.embeddings.position_embedding.weight',
    'text_model.embeddings.token_embedding.weight',
    'text_model.encoder.layers.0.self_attn.q_proj.weight',
    'text_model.final_layer_norm.weight',
  ],
  clip_vision: [
    'vision_model.embeddings.patch_embedding.weight',
    'vision_model.encoder.layers.0.self_attn.q_proj.weight',
    'vision_model.post_layernorm.weight',
    'visual_projection.weight',
  ],
  diffusion_model: [
    'double_blocks.0.img_attn.qkv.weight',
    'final_layer.linear.weight',
    'img_in.weight',
    'single_blocks.0.linear1.weight',
    'txt_in.weight',
  ],
  controlnet: ['control_model.input_blocks.0.0.weight', 'control_model.input_hint_block.0.weight', 'control_model.zero_convs.0.0.weight'],
  upscale_model: ['model.0.weight', 'model.1.sub.0.RDB1.conv1.0.weight', 'model.10.weight'],
  embedding: ['emb_params'],
};

/** What a made-up safetensors file is to be. */
export interface SafetensorsOptions {
  /** Exact size of the whole file. */
  sizeBytes: number;
  /** The same seed, size and names give the same bytes. */
  seed: number;
  /** Whose tensor names to use, or the names themselves; a LoRA when absent. */
  tensors?: ModelKind | readonly string[];
  /** The `__metadata__` of the header. */
  metadata?: Readonly<Record<string, string>>;
}

/** A whole, valid safetensors file in memory. Throws RangeError when the header alone is larger than `sizeBytes`. */
export function makeSafetensors(options: SafetensorsOptions): Uint8Array {
  return safetensorsContent(options).read(0, options.sizeBytes);
}

/** The same file as `makeSafetensors`, made by range: for sizes that do not belong in memory. */
export function safetensorsContent(options: SafetensorsOptions): Content {
  const names = typeof options.tensors === 'object' ? options.tensors : TENSORS[options.tensors ?? 'lora'];
  const headerFor = (dataBytes: number): Uint8Array => new TextEncoder().encode(describeTensors(names, dataBytes, options.metadata));
  // offsets of the smaller data area never need more digits than these, so the real header fits and spaces fill it up
  const available = options.sizeBytes - 8;
  let headerBytes = headerFor(Math.max(available, 0)).byteLength;
  if ((available - headerBytes) % 2 !== 0) headerBytes++;
  const dataBytes = available - headerBytes;
  if (dataBytes < names.length * 2) throw new RangeError(`a safetensors file of ${options.sizeBytes} bytes cannot hold its own header`);
  const head = new Uint8Array(8 + headerBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(headerFor(dataBytes), 8);
  return generatedContent({ sizeBytes: options.sizeBytes, seed: options.seed, head });
}

/** The header's JSON: the data area divided among the tensors without a hole, the last one taking what is left. */
function describeTensors(names: readonly string[], dataBytes: number, metadata: Readonly<Record<string, string>> | undefined): string {
  const header = new Map<string, unknown>(metadata ? [['__metadata__', metadata]] : []);
  const share = Math.floor(dataBytes / names.length / 2) * 2;
  for (const [index, name] of names.entries()) {
    const start = index * share;
    const end = index === names.length - 1 ? dataBytes : start + share;
    header.set(name, { dtype: 'F16', shape: [Math.floor((end - start) / 2)], data_offsets: [start, end] });
  }
  return JSON.stringify(Object.fromEntries(header));
}
