/**
 * Endings of model files: those that ComfyUI's own folders list (folder_paths.py of 2026-08: ckpt, pt, pt2, bin, pth, safetensors, pkl,
 * sft), and those that node packs load (gguf, onnx, Fooocus' patch).
 */
const MODEL_ENDINGS = new Set(['safetensors', 'sft', 'ckpt', 'pt', 'pt2', 'pth', 'bin', 'pkl', 'gguf', 'onnx', 'patch']);
const USUAL_ENDING = '.safetensors';
const MAX_NAME_LENGTH = 300;
/** With its dot, and blanks that somebody left behind it. */
const MAX_ENDING_LENGTH = 16;
/** Several lines, a list, a call, an address: texts that only end like a file. */
const NO_FILE_NAME = /[\n\r\t<>|?*"]|^https?:|[;,] |^\s*[-\w]+=/;
/** A prompt that uses an embedding, spelt as ComfyUI's tokenizer takes it: with its ending it would look like a file of that name. */
const USES_EMBEDDING = /(?:^|[\s(])embedding:/;

/** Words that a combo shows when nothing is chosen, or for something that is built in, without the brackets and dashes around them. */
const PLACEHOLDERS = new Set(
  `, none, null, undefined, nothing, no, n/a, na, off, disable, disabled, false, true, empty, default, auto, automatic, same, use same,
  original, baked, baked vae, bake vae, baked-in, built-in, builtin, embedded, embedded vae, from checkpoint, use checkpoint, choose, disable loras, pixel_space, pixel space, esam, unet, clip, vae, lora, checkpoint,
  model, models, all, random, any, custom`
    .split(',')
    .map((word) => word.trim()),
);
const PLACEHOLDER_SHAPES =
  /^(select|choose|pick|no|put|please|enter|your) .*\b(lora|model|file|checkpoint|vae|here|found)|\$\{|^\$\w|%\w+%|^\{\{|^<.*>$|^\W?use[ _-]/i;

/** A model's name as the workflow writes it, taken apart. */
export interface ModelName {
  /** Base name. */
  filename: string;
  /** What stands before it, `/` as separator, `''` when nothing does. */
  subfolder: string;
}

/** `false` for a text that is neither a file's name nor an address, a prompt that names something, or JSON: most are none of these. */
export function canTell(text: string): boolean {
  return text.includes(':') || text.startsWith('{') || text.startsWith('[') || hasModelEnding(text);
}

/** The value that was asked for last, with the answer: each step of the search asks again for the same one. */
let lastValue = '';
let lastAnswer = false;

/** `true` for one line that ends as a model file's name does. */
export function looksLikeModelFile(value: string): boolean {
  if (value === lastValue) return lastAnswer;
  lastValue = value;
  lastAnswer = hasModelEnding(value) && !NO_FILE_NAME.test(value) && !USES_EMBEDDING.test(value);
  return lastAnswer;
}

/** `true` for a text that ends as a model file's name does, whatever stands before. */
export function hasModelEnding(value: string): boolean {
  if (value.endsWith(USUAL_ENDING)) return value.length > USUAL_ENDING.length && value.length <= MAX_NAME_LENGTH;
  const dot = endingDot(value);
  if (dot <= 0) return false;
  const ending = value.slice(dot + 1);
  return MODEL_ENDINGS.has(ending) || MODEL_ENDINGS.has(ending.trimEnd().toLowerCase());
}

/** Place of the dot before an ending of up to eleven characters and some blanks; -1 when there is none. Prompts are long, and not looked at. */
function endingDot(value: string): number {
  if (value.length > MAX_NAME_LENGTH) return -1;
  const dot = value.lastIndexOf('.');
  return dot >= value.length - MAX_ENDING_LENGTH ? dot : -1;
}

/** `true` when a loader's value says that no file is chosen. */
export function isPlaceholder(value: string): boolean {
  if (value.length > MAX_NAME_LENGTH) return false;
  if (looksLikeModelFile(value)) return value.includes('$') && /\$\{|^\$\w/.test(value);
  const bare = value.replace(/^[\s[\](){}<>=*_|.'"-]+|[\s[\](){}<>=*_|.'"-]+$/g, '').toLowerCase();
  return PLACEHOLDERS.has(bare) || PLACEHOLDER_SHAPES.test(value);
}

/**
 * `true` for a name without a known ending that a loader could still list: a folder, a file whose ending is mistyped, or one that was never
 * given an ending. Numbers, sentences and lists are none.
 */
export function couldBeBareName(value: string): boolean {
  if (value.length < 2 || value.length > MAX_NAME_LENGTH || isPlaceholder(value)) return false;
  return !/[\n\r\t<>|?*"]|^[\d.\s]+$|^https?:/.test(value) && !USES_EMBEDDING.test(value);
}

/** `true` for a name rather than a list or a sentence. */
export function isOneName(value: string): boolean {
  return value.length < 100 && !/[,;:]/.test(value);
}

/** `true` for a name with any ending. */
export function hasEnding(value: string): boolean {
  return /\.[a-z][a-z0-9]{1,11}$/i.test(value);
}

/** `true` for what a node that downloads for itself offers beside precisions and devices: a repository, or a name with its version. */
export function isChoiceOfModel(value: string): boolean {
  return /[-_/]/.test(value) && /[\dA-Z/]/.test(value) && !/^(fp|bf|int|nf)\d/.test(value);
}

/** What a size or a number of parameters glued to a name looks like: ` [~7.5GB]`, ` (694MB)`. */
const SIZE_SUFFIX = /\s*[[(]~?[\d.]+\s*[GMK]B[\])]$/i;

/** Speech packs mark what is on this machine already so. */
const LOCAL_PREFIX = /^local:(?!\/\/)/;

/**
 * Takes a written name apart. An absolute path names a place on the author's machine: only its base name is kept. A problem is returned
 * for a name that would leave the models folder or that no file can bear.
 */
export function parseModelName(written: string): ModelName | { problem: string } {
  const value = written.trim().replace(SIZE_SUFFIX, '').replace(LOCAL_PREFIX, '').replaceAll('\\', '/');
  if (!value.isWellFormed()) return { problem: 'it is no valid Unicode' };
  if (hasControlCharacter(value)) return { problem: 'it contains control characters' };
  const parts = value.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { problem: 'it would leave the models folder' };
  const filename = parts.pop() ?? '';
  if (filename === '' || filename.length > 255) return { problem: 'it names no file' };
  if (/^[A-Za-z]:[^/]/.test(value) && parts.length === 0) return { problem: 'it names a place on another drive' };
  const absolute = /^(\/|[A-Za-z]:\/|~\/)/.test(value);
  return { filename, subfolder: absolute ? '' : parts.join('/') };
}

function hasControlCharacter(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** Base name without its model ending, lower-case: what an embedding or a LoRA tag goes by. */
export function modelStem(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return (looksLikeModelFile(base) ? base.slice(0, base.lastIndexOf('.')) : base).toLowerCase();
}

/** A URL with nothing in its path that would have to be decoded: it need not be taken apart to find its last part. */
const PLAIN_URL = /^https?:\/\/[\w.:-]+\/(?:[\w.+~-]+\/)*([\w.+~-]+)(?=$|[?#])/;

/** The name that a URL gives its file: `undefined` when its last part does not look like a model file. */
export function fileNameOfUrl(url: string): string | undefined {
  const plain = PLAIN_URL.exec(url)?.[1];
  if (plain !== undefined && looksLikeModelFile(plain)) return plain;
  const parsed = URL.parse(url);
  if (parsed === null) return undefined;
  const [last, query] = [parsed.pathname.split('/').pop() ?? '', parsed.searchParams];
  const filePath = query.get('FilePath') ?? ''; // in ModelScope's API
  const names = [decode(last), query.get('filename') ?? '', decode(query.get('files') ?? ''), filePath.split('/').pop() ?? ''];
  return names.find(looksLikeModelFile);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
