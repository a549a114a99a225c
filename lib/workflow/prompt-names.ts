import { promptSegments } from './prompt-segments.ts';

const EMBEDDING_WORD = 'embedding:';
/** A name up to the weight, bracket, comma, quote or blank behind it; a bracket of its own is escaped, and an apostrophe stands inside a word. */
const NAME = String.raw`((?:\\[()]|[^\s,()[\]{}<>|"':;]|(?<=\w)'(?=\w))+)`;
/**
 * As ComfyUI's tokenizer finds it (`SDTokenizer` in comfy/sd1_clip.py, read 2026-11): at the beginning of a piece of the prompt or behind a
 * blank, and the name may follow after one. Before that the editor has chosen one of `{these|here}`.
 */
const EMBEDDING = new RegExp(String.raw`(?<![^\s{|])embedding:\s*,*(?!embedding:)${NAME}`, 'g');
/** As nodes find it that take prompts apart by rules of their own, before or instead of the tokenizer. */
const EMBEDDING_ANYWHERE = new RegExp(String.raw`(?<![\w/])embedding:${NAME}`, 'g');
/** Node classes that look for embeddings by themselves (ComfyUI_smZNodes, read 2026-11). */
const FINDS_EMBEDDINGS = /^smZ /;
/** `<lora:name:weight>`, also without or with several weights; the name with the blanks behind it. */
const LORA_TAG = /<(?:lora|lyco):([^<>:\n]+)(?:\n\s*)?(?::[^<>\n]*)?>/gi;

/** Node classes that load what a LoRA tag in their text names; ComfyUI's own text encoder does not. From their sources and manuals. */
const HONOURS_LORA_TAGS =
  /Lora (Text )?(Loader|Stacker|Select)[\w ]*\(LoraManager\)|Wildcard.*Encode|MakeBasicPipe \/\/Inspire|Detailer|Power Prompt(?! - Simple)|^PC[A-Z]|PromptControl|ScheduleToModel|Prompt With |ttN (pipe|tiny|prompt)|easy ((full|a1111|comfy|cascade)Loader|pipeEdit|loraPromptApply|ipadapterApplyRegional)|(Lora|LoRA)\s?(Tag|Text)|(Lora|LoRA)s?.*From ?(Text|Prompt)|Prompt ?(with|To) ?Lora/i;
/** Nodes whose text reaches others over a link. */
const HOLDS_TEXT =
  /^(Primitive|String|Text(?!Encode)|CR (Prompt |Multiline )?Text|Multiline|easy (positive|negative|prompt|wildcards|string)|LayerUtility: (String|Text(Box|Join)))|Power Prompt - Simple|Text ?(box|Multiline|String|Concatenate)|String ?(Literal|Multiline|Constant)|Prompt Text|Wildcard|^Prompt \(LoraManager\)/i;

/** A node loads what a LoRA tag in its text names, hands the text on to where another may, or leaves it a mere text. */
export type LoraTagUse = 'loads' | 'hands_on' | 'ignores';

/** No class has a longer name. */
const LONGEST_TYPE = 300;

/** What a node class does with a LoRA tag in its text. */
export function loraTagUse(nodeType: string): LoraTagUse {
  if (nodeType.length > LONGEST_TYPE) return 'ignores';
  if (HONOURS_LORA_TAGS.test(nodeType)) return 'loads';
  return HOLDS_TEXT.test(nodeType) ? 'hands_on' : 'ignores';
}

/** `true` for a node class that takes prompts apart by rules of its own. */
export function hasOwnPromptRules(nodeType: string): boolean {
  return FINDS_EMBEDDINGS.test(nodeType) || loraTagUse(nodeType) === 'loads';
}

/** Names of the embeddings in a prompt, as written; `ownRules` is for node classes with `hasOwnPromptRules`. */
export function embeddingNames(text: string, ownRules: boolean): string[] {
  if (!text.includes(EMBEDDING_WORD)) return [];
  const matches = ownRules
    ? [...text.matchAll(EMBEDDING_ANYWHERE)]
    : promptSegments(text, EMBEDDING_WORD).flatMap((segment) => [...segment.matchAll(EMBEDDING)]);
  return matches.map((match) => cleanEmbedding(match[1] ?? '')).filter(isName);
}

/** Names of the LoRA tags in a prompt, as written. */
export function loraTagNames(text: string): string[] {
  return text.includes('<l') || text.includes('<L')
    ? [...text.matchAll(LORA_TAG)].map((match) => (match[1] ?? '').trimEnd()).filter(isName)
    : [];
}

/** A full stop at the end of a sentence belongs to the sentence; a bracket of the name is escaped in a prompt. */
function cleanEmbedding(name: string): string {
  return name.replaceAll(/\\([()])/g, '$1').replace(/(?<![.!?])[.!?]+$/, '');
}

/** Patterns and placeholders are no names. */
function isName(name: string): boolean {
  return name !== '' && name.length < 256 && !/[*?^$|{}[\]"]/.test(name);
}
