/** An account whose repositories hold models for ComfyUI at first hand or carefully repackaged. */
interface Publisher {
  /** Account name on Hugging Face. */
  account: string;
  /** Names of the files that this account is worth asking for; absent: every name. */
  knownFor?: RegExp;
}

/*
 * Makers and repackagers that ComfyUI's templates, its example pages and ComfyUI-Manager's model list point to (read 2026-11). The first
 * ones are asked first. The expressions are tried on the file name in lower case; they only save requests: a file that is found elsewhere
 * in one of these accounts has the same standing.
 */
const PUBLISHERS: readonly Publisher[] = [
  { account: 'Comfy-Org' },
  { account: 'Kijai' },
  { account: 'comfyanonymous', knownFor: /t5xxl|clip_[lg]|flux|cosmos|hunyuan|wan|control|stable|sd3|dit|audio|pixart|unclip|lotus/ },
  { account: 'city96', knownFor: /gguf|t5|flux|hunyuan|wan|sd3|qwen|ltx|aura|pixart/ },
  { account: 'QuantStack', knownFor: /gguf/ },
  { account: 'unsloth', knownFor: /gguf/ },
  { account: 'black-forest-labs', knownFor: /flux|^ae\.|redux|kontext|klein|(?:en|de)coder/ },
  {
    account: 'stabilityai',
    knownFor: /^sd[_\d]|sd_?xl|sdxl|sd3|stable|svd|cascade|stage_|turbo|v2-|512|768|vae-ft|x4-upscaler|control-lora|audio/,
  },
  { account: 'Lightricks', knownFor: /ltx/ },
  { account: 'lightx2v', knownFor: /light|4steps|8steps|wan|qwen|distill|(?:high|low)_noise/ },
  { account: 'Wan-AI', knownFor: /wan|umt5|yolo/ },
  { account: 'Qwen', knownFor: /qwen/ },
  { account: 'tencent', knownFor: /hunyuan|hy-|hy_/ },
  { account: 'lllyasviel', knownFor: /control_|control-|ic-?light|layer|fooocus|flux|framepack|annotator|sd_control/ },
  { account: 'h94', knownFor: /ip-?adapter|image_encoder|faceid/ },
  { account: 'InstantX', knownFor: /instantx|instantid|controlnet|ip-?adapter|union|diffusion_pytorch_model/ },
  { account: 'Shakker-Labs', knownFor: /controlnet|union|flux|diffusion_pytorch_model/ },
  { account: 'XLabs-AI', knownFor: /flux|xlabs/ },
  { account: 'jasperai', knownFor: /flux|controlnet|diffusion_pytorch_model/ },
  { account: 'xinsir', knownFor: /control|union|xinsir|tile|scribble|openpose|diffusion_pytorch_model/ },
  { account: 'TencentARC', knownFor: /t2i|adapter|photomaker|gfpgan|brushnet|instantmesh|motionctrl|diffusion_pytorch_model/ },
  { account: 'ByteDance', knownFor: /hyper|lightning|latentsync|sdxl|animatediff/ },
  { account: 'latent-consistency', knownFor: /lcm|pytorch_lora_weights/ },
  { account: 'guoyww', knownFor: /mm_sd|mm_|v3_sd15|animatediff|motion|v2_lora/ },
  { account: 'PixArt-alpha', knownFor: /pixart/ },
  { account: 'Kwai-Kolors', knownFor: /kolors|ip_adapter/ },
  { account: 'alibaba-pai', knownFor: /fun|wan|cogvideo|control|qwen|z-?image|flux/ },
  { account: 'ali-vilab', knownFor: /ace|i2v|wan/ },
  { account: 'ACE-Step', knownFor: /ace/ },
  { account: 'diffusers', knownFor: /controlnet|diffusion_pytorch_model|sdxl|fp16/ },
  { account: 'runwayml', knownFor: /v1-5|sd-v1|inpainting/ },
  { account: 'stable-diffusion-v1-5', knownFor: /v1-5|sd-v1/ },
  { account: 'CompVis', knownFor: /sd-v1|v1-4/ },
  { account: 'madebyollin', knownFor: /tae|vae/ },
  { account: 'ostris', knownFor: /ostris|flux|flex|ikea|adapter|turbo|watercolor|lora|vae/ },
  { account: 'google', knownFor: /t5|siglip|gemma|umt5/ },
  { account: 'openai', knownFor: /clip|whisper|vit/ },
  { account: 'laion', knownFor: /clip/ },
  { account: 'zer0int', knownFor: /clip|vit-?l/ },
  { account: 'Bingsu', knownFor: /yolo/ },
  { account: 'hr16', knownFor: /dwpose|dw-ll|yolox|unipose|onnx|torchscript/ },
  { account: 'depth-anything', knownFor: /depth_?anything/ },
  { account: 'LiheYoung', knownFor: /depth_?anything/ },
  { account: 'facebook', knownFor: /sam|dino|musicgen/ },
  { account: 'ShilongLiu', knownFor: /grounding/ },
  { account: 'apple', knownFor: /depth/ },
  { account: 'thibaud', knownFor: /openpose|controlnet|open_?pose/ },
  { account: 'monster-labs', knownFor: /qr|control_v1p/ },
  { account: 'Kim2091', knownFor: /^\d+x|ultrasharp|upscal|animesharp|clearreality/ },
  { account: 'ai-forever', knownFor: /esrgan|realesr/ },
  { account: 'Lykon', knownFor: /dreamshaper|anylora|lykon|absolute/ },
  { account: 'RunDiffusion', knownFor: /juggernaut|rundiffusion/ },
  { account: 'segmind', knownFor: /segmind|ssd|vega/ },
  { account: 'playgroundai', knownFor: /playground/ },
  { account: 'fal', knownFor: /aura/ },
  { account: 'genmo', knownFor: /mochi/ },
  { account: 'THUDM', knownFor: /cog/ },
  { account: 'zai-org', knownFor: /cog/ },
  { account: 'HiDream-ai', knownFor: /hidream/ },
  { account: 'lodestones', knownFor: /chroma/ },
  { account: 'Alpha-VLLM', knownFor: /lumina/ },
  { account: 'OmniGen2', knownFor: /omnigen/ },
  { account: 'circlestone-labs', knownFor: /anima|qwen_3_06b/ },
  { account: 'nvidia', knownFor: /cosmos/ },
  { account: 'Tongyi-MAI', knownFor: /z_?image/ },
  { account: 'VAST-AI', knownFor: /tripo|dino/ },
  { account: 'kohya-ss', knownFor: /controlnet-lllite|lllite|kohya/ },
  { account: 'hakurei', knownFor: /waifu|wd-|wd\d/ },
  { account: 'WarriorMama777', knownFor: /orange|abyss/ },
  { account: 'gemasai', knownFor: /4x|superscale|nmkd|siax/ },
  { account: 'uwg', knownFor: /^\d+x|upscal/ },
  { account: 'spacepxl', knownFor: /wan|ltx|hunyuan|control/ },
  { account: 'Nunchaku', knownFor: /svdq|nunchaku/ },
  { account: 'nunchaku-tech', knownFor: /svdq|nunchaku/ },
  { account: 'mit-han-lab', knownFor: /svdq/ },
];

const ACCOUNTS: ReadonlySet<string> = new Set(PUBLISHERS.map((publisher) => publisher.account.toLowerCase()));

/** Whether the repository belongs to an account of the table. Account names do not tell case apart. */
export function isKnownPublisher(repoId: string): boolean {
  return ACCOUNTS.has((repoId.split('/')[0] ?? '').toLowerCase());
}

/** Accounts that are worth asking for a file name, the likeliest first. */
export function publishersFor(filename: string): string[] {
  const name = filename.toLowerCase();
  return PUBLISHERS.filter((publisher) => !publisher.knownFor || publisher.knownFor.test(name)).map((publisher) => publisher.account);
}

/** Shorter names resemble one another by chance. */
const SHORTEST_LOOKALIKE = 5;

/** As `asSeen` spells them. */
const PROMISES: ReadonlySet<string> = new Set(['official', 'original', 'real', 'team'].map(asSeen));

/** The publisher of the table whose name this account's could be mistaken for by a reader; `null` for the publisher himself and all others. */
export function findLookalike(repoId: string): string | null {
  const account = repoId.split('/')[0] ?? '';
  if (isKnownPublisher(repoId)) return null;
  const seen = asSeen(account);
  const twin = PUBLISHERS.find((publisher) => {
    const known = asSeen(publisher.account);
    return known.length >= SHORTEST_LOOKALIKE && (known === seen || isOneSlipFrom(known, seen) || isDressedUp(known, seen));
  });
  return twin?.account ?? null;
}

/** Letters that look like one another are one, and separators none. */
function asSeen(account: string): string {
  return account
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Whether a word that promises the real one stands behind the name. */
function isDressedUp(known: string, seen: string): boolean {
  return seen.startsWith(known) && PROMISES.has(seen.slice(known.length));
}

/** Whether one letter is missing, added, or two neighbours have changed places. Another letter in one's place is mostly another name. */
function isOneSlipFrom(left: string, right: string): boolean {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  const at = Array.from(long).findIndex((letter, place) => letter !== short[place]);
  if (long.length === short.length + 1) return long.slice(at + 1) === short.slice(at);
  if (long.length !== short.length || at < 0) return false;
  return long[at] === short[at + 1] && long[at + 1] === short[at] && long.slice(at + 2) === short.slice(at + 2);
}
