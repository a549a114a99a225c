/**
 * Words in model file names that tell two different models apart, read from names that workflows and hubs use (2026-11). They are tried on
 * a name as `parseName` spells it: lower case, one space for every separator, a point between the digits of a version.
 */

/** A name's architecture. Group 1, where there is one, is its version. */
export interface FamilyRow {
  family: string;
  pattern: RegExp;
}

export const FAMILIES: readonly FamilyRow[] = [
  { family: 'sdxl', pattern: /(?<![a-z])(?:sd ?xl|stable diffusion xl|xl)(?![a-z])/ },
  { family: 'sd3', pattern: /(?<![a-z])(?:sd ?3|stable diffusion 3)(\.5)?(?![\d.])/ },
  { family: 'sd2', pattern: /(?<![a-z])(?:sd ?(?:2\.[01]|2[01]?)|v2\.1|stable diffusion 2)(?![\d.])/ },
  { family: 'sd1', pattern: /(?<![a-z])(?:sd ?v?(?:1\.[45]|1[45]?)|v1\.[45]|stable diffusion v?1)(?![\d.])/ },
  { family: 'svd', pattern: /(?<![a-z])svd(?![a-z])/ },
  { family: 'cascade', pattern: /(?<![a-z])(?:stable )?cascade(?![a-z])/ },
  { family: 'pony', pattern: /(?<![a-z])pony/ },
  { family: 'illustrious', pattern: /illustrious|(?<![a-z])ilxl?(?![a-z])/ },
  { family: 'noobai', pattern: /noob ?ai/ },
  { family: 'flux', pattern: /(?<![a-z])flux ?\.?([12])?(?![\d])/ },
  { family: 'chroma', pattern: /(?<![a-z])chroma/ },
  { family: 'wan', pattern: /(?<![a-z])wan ?(?:video ?)?v?(\d\.\d|2[12](?!\d))?(?![a-z])/ },
  { family: 'hunyuan video', pattern: /hunyuan ?video ?(?:v?(\d\.\d))?/ },
  { family: 'hunyuan 3d', pattern: /hunyuan ?3d(?: v?(\d\.\d))?/ },
  { family: 'hunyuan image', pattern: /hunyuan ?image ?(\d\.\d)?/ },
  { family: 'hunyuan dit', pattern: /hunyuan ?dit/ },
  { family: 'ltx', pattern: /(?<![a-z])ltx ?v?(?: video)?(?: ?(2\.\d|2))?(?![a-z\d])/ },
  { family: 'mochi', pattern: /(?<![a-z])mochi/ },
  { family: 'cogvideo', pattern: /cog ?video ?x?/ },
  { family: 'skyreels', pattern: /sky ?reels/ },
  { family: 'framepack', pattern: /frame ?pack/ },
  { family: 'cosmos', pattern: /(?<![a-z])cosmos/ },
  { family: 'qwen image', pattern: /qwen ?image/ },
  { family: 'qwen vl', pattern: /qwen ?(\d(?:\.\d)?)? ?vl/ },
  { family: 'qwen', pattern: /(?<![a-z])qwen ?(\d(?:\.\d)?)?(?! ?(?:image|vl)|\d|\.| \d(?:\.\d)? ?vl)/ },
  { family: 'z image', pattern: /(?<![a-z])z ?image/ },
  { family: 'hidream', pattern: /hi ?dream(?: ?([ie]\d))?/ },
  { family: 'omnigen', pattern: /omni ?gen ?(\d)?/ },
  { family: 'lumina', pattern: /lumina/ },
  { family: 'kolors', pattern: /kolors/ },
  { family: 'pixart', pattern: /pix ?art/ },
  { family: 'auraflow', pattern: /aura ?flow/ },
  { family: 'ace step', pattern: /ace ?step/ },
  { family: 'stable audio', pattern: /stable ?audio/ },
  { family: 'animatediff', pattern: /animate ?diff|(?<![a-z])mm sd/ },
  { family: 'umt5', pattern: /(?<![a-z])umt5/ },
  { family: 't5', pattern: /(?<![a-z])(?:google )?t5(?![\d.])/ },
  { family: 'clip l', pattern: /clip l(?![a-z])|vit l(?![a-z])/ },
  { family: 'clip g', pattern: /clip g(?![a-z])|big ?g(?![a-z])/ },
  { family: 'clip vision h', pattern: /clip vision h(?![a-z])|vit h(?![a-z])/ },
  { family: 'siglip', pattern: /sig(?:c|g)?lip/ },
  { family: 'llama', pattern: /llama ?(\d(?:\.\d)?)?/ },
  { family: 'gemma', pattern: /gemma ?(\d)?/ },
  { family: 'mistral', pattern: /mistral/ },
  { family: 'whisper', pattern: /whisper/ },
];

/** What a model is for, or made for: two names that differ in one of these are two models. */
export const ROLES: readonly (readonly [role: string, pattern: RegExp])[] = [
  ['LoRA', /(?<![a-z])(?:lora|loras|locon|lycoris|dora|lokr)(?![a-z])/],
  ['VAE', /(?<![a-z])(?:vae|tae|taesd|autoencoder)(?![a-z])/],
  ['ControlNet', /control ?net|(?<![a-z])(?:control|lllite)(?![a-z])/],
  ['IP-Adapter', /ip ?adapter/],
  ['T2I adapter', /t2i ?adapter/],
  ['face', /(?<![a-z])face ?(?:id)?(?![a-z])/],
  ['inpainting', /inpaint(?:ing)?|(?<![a-z])inp(?![a-z])/],
  ['outpainting', /outpaint/],
  ['refiner', /refiner/],
  ['fill', /(?<![a-z])fill(?![a-z])/],
  ['redux', /redux/],
  ['kontext', /kontext/],
  ['edit', /(?<![a-z])edit(?![a-z])/],
  ['dev', /(?<![a-z])dev(?![a-z])/],
  ['schnell', /schnell/],
  ['krea', /(?<![a-z])krea(?![a-z])/],
  ['turbo', /(?<![a-z])turbo(?![a-z])/],
  ['lightning', /lightning/],
  ['lightx2v', /light ?x2v/],
  ['hyper', /(?<![a-z])hyper(?![a-z])/],
  ['LCM', /(?<![a-z])lcm(?![a-z])/],
  ['distilled', /distill?(?:ed)?(?![a-z])/],
  ['text to video', /(?<![a-z\d])t2v(?![a-z])/],
  ['image to video', /(?<![a-z\d])i2v(?![a-z])|image to video/],
  ['text and image to video', /(?<![a-z\d])ti2v(?![a-z])/],
  ['speech to video', /(?<![a-z\d])s2v(?![a-z])/],
  ['video to video', /(?<![a-z\d])v2v(?![a-z])/],
  ['first and last frame', /flf2v|(?<![a-z])flf(?![a-z])/],
  ['VACE', /(?<![a-z])vace(?![a-z])/],
  ['fun', /(?<![a-z])fun(?![a-z])/],
  ['animate', /(?<![a-z])animate(?![a-z])/],
  ['camera', /(?<![a-z])(?:camera|cam)(?![a-z])/],
  ['upscaler', /upscal(?:er?|ing)/],
  ['spatial', /(?<![a-z])spatial(?![a-z])/],
  ['temporal', /(?<![a-z])temporal(?![a-z])/],
  ['encoder', /(?<![a-z])encoder(?![a-z])/],
  ['decoder', /(?<![a-z])decoder(?![a-z])/],
  ['instruct', /(?<![a-z])instruct(?![a-z])/],
  ['motion', /(?<![a-z])(?:motion|mm)(?![a-z])/],
  ['stage A', /(?<![a-z])stage ?a(?![a-z])/],
  ['stage B', /(?<![a-z])stage ?b(?![a-z])/],
  ['stage C', /(?<![a-z])stage ?c(?![a-z])/],
  ['text to world', /(?<![a-z])text ?2 ?world/],
  ['video to world', /(?<![a-z])video ?2 ?world/],
  ['text to image', /(?<![a-z\d])t2i(?! ?adapter)(?![a-z])/],
  ['audio', /(?<![a-z])audio(?![a-z])/],
  ['canny', /canny/],
  ['depth', /(?<![a-z])depth(?![a-z])/],
  ['pose', /(?:open ?|dw ?)?pose(?![a-z])/],
  ['tile', /(?<![a-z])tile(?![a-z])/],
  ['scribble', /scribble/],
  ['soft edge', /soft ?edge|(?<![a-z])hed(?![a-z])/],
  ['line art', /line ?art/],
  ['normal map', /normal ?(?:bae|map)?(?![a-z])/],
  ['segmentation', /(?<![a-z])seg(?:mentation)?(?![a-z])/],
  ['MLSD', /mlsd/],
  ['shuffle', /shuffle/],
  ['instruct pix2pix', /ip2p|pix2pix/],
  ['union', /(?<![a-z])union(?![a-z])/],
  ['anime', /(?<![a-z])anime(?![a-z])/],
  ['plus', /(?<![a-z])plus(?![a-z])/],
  ['unconditional', /(?<![a-z])uncond(?![a-z])/],
];

/** Parts of a model that is split by noise level (Wan 2.2's two experts). */
export const NOISE_LEVELS: readonly (readonly [level: string, pattern: RegExp])[] = [
  ['high noise', /high ?noise|(?<![a-z])(?:high|hn)(?![a-z])/],
  ['low noise', /low ?noise|(?<![a-z])(?:low|ln)(?! ?(?:vram|res))(?![a-z])/],
];

/** How the numbers are stored. */
export const PRECISIONS: readonly (readonly [precision: string, pattern: RegExp])[] = [
  ['fp32', /(?<![a-z\d])f(?:p|loat)? ?32(?![a-z\d])/],
  ['bf16', /(?<![a-z\d])bf ?16(?![a-z\d])/],
  ['fp16', /(?<![a-z\d])(?:f(?:p|loat)? ?16|half)(?![a-z\d])/],
  ['fp8', /(?<![a-z\d])(?:mx)?f(?:p|loat) ?8(?![\d])/],
  ['e4m3fn', /e4m3(?:fn)?/],
  ['e5m2', /e5m2/],
  ['scaled', /(?<![a-z])scaled(?![a-z])/],
  ['mixed', /(?<![a-z])mixed(?![a-z])/],
  ['int8', /(?<![a-z\d])int ?8(?![\d])/],
  ['int4', /(?<![a-z\d])int ?4(?![\d])/],
  ['nvfp4', /nv ?fp ?4/],
  ['fp4', /(?<![a-z\d])fp ?4(?![\d])/],
  ['nf4', /(?<![a-z\d])nf ?4(?![\d])/],
];

/** GGUF's quantisations: Q8_0, Q4_K_M, IQ4_XS, ... with their separators as spaces or points. */
export const QUANTISATION = /(?<![a-z\d])(i?q\d(?:[ .](?:k|[01]|xxs|xs|s|m|l|nl))?(?:[ .](?:s|m|l|xs|xxs))?|tq\d[ .]0)(?![a-z\d])/;

/** Sizes that are told by a word, and by the letter of a vision transformer. */
export const SIZES: readonly (readonly [size: string, pattern: RegExp])[] = [
  ['tiny', /(?<![a-z])tiny(?![a-z])/],
  ['small', /(?<![a-z])(?:small|vits)(?![a-z])/],
  ['lite', /(?<![a-z])lite(?![a-z])/],
  ['medium', /(?<![a-z])medium(?![a-z])/],
  ['ViT-B', /(?<![a-z])vitb(?![a-z])/],
  ['large', /(?<![a-z])(?:large|vitl)(?![a-z])/],
  ['giant', /(?<![a-z])(?:giant|vitg)(?![a-z])/],
  ['huge', /(?<![a-z])(?:huge|vith)(?![a-z])/],
];

/** How many parameters: 14B, 1.3B, A14B (of a mixture of experts), 600M. */
export const PARAMETER_COUNT = /(?<![a-z\d.])a?(\d+(?:\.\d+)?) ?(b|m)(?![a-z\d])/g;
