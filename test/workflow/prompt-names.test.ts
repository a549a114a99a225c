import { expect, test } from 'bun:test';

import { embeddingNames, loraTagUse } from '../../lib/workflow/prompt-names.ts';

const CASES: [title: string, prompt: string, names: string[]][] = [
  ['at the beginning and behind blanks of any kind', 'embedding:a embedding:b\nembedding:c\tembedding:d', ['a', 'b', 'c', 'd']],
  ['not glued to a comma, a word or a bracket of another kind', 'x,embedding:a y_embedding:b email:embedding:c [embedding:d]', []],
  ['in round brackets, with and without a weight', '(embedding:a) (embedding:b:1.2)(cat, embedding:c:.5)', ['a', 'b', 'c']],
  ['glued to round brackets on either side', 'x(embedding:a)embedding:b', ['a', 'b']],
  ['in brackets within brackets', '((embedding:a:1.1)embedding:b, (x (embedding:c)):0.9)', ['a', 'b', 'c']],
  ['in a bracket that nothing closes, only behind a blank', '(embedding:a, embedding:b', ['b']],
  ['behind a bracket that nothing opens', 'x) (embedding:a) embedding:b ((embedding:c))', ['b', 'c']],
  ['an escaped bracket opens and closes nothing', String.raw`\(embedding:a\) embedding:b_\(2\)`, ['b_(2)']],
  ['a weight alone is no name', '(embedding:1.2)', []],
  ['a blank before the name', 'embedding: a, x embedding:\n b embedding: embedding:c embedding:', ['a', 'b', 'c']],
  [
    'up to a comma, a tag or a bracket',
    'embedding:a,b embedding:c<d> embedding:e[f] embedding:,g, embedding:h.',
    ['a', 'c', 'e', 'g', 'h'],
  ],
  ['with an apostrophe inside a word, and up to a quote', `embedding:a's 'x embedding:b' embedding:c"`, ["a's", 'b', 'c']],
  ['one of several that the editor chooses from', 'x {embedding:a|embedding:b|y}', ['a', 'b']],
  ['a word that only ends so', 'noembedding:a /embedding:b', []],
];

test.each(CASES)('%s', (_, prompt, names) => {
  expect(embeddingNames(prompt, false)).toEqual(names);
});

test.each([
  ['loads', ['easy cascadeLoader', 'easy pipeEditPrompt', 'easy loraPromptApply', 'MakeBasicPipe //Inspire', 'Power Prompt (rgthree)']],
  ['loads', ['SDXL Power Prompt - Positive (rgthree)', 'ImpactWildcardEncode', 'FaceDetailer', 'Lora Loader (LoraManager)']],
  ['hands_on', ['easy positive', 'easy negative', 'easy wildcards', 'CR Text', 'Power Prompt - Simple (rgthree)', 'PrimitiveString']],
  ['ignores', ['easy fluxLoader', 'easy hunyuanDiTLoader', 'easy mochiLoader']], // where prompt_to_cond goes by the model
  ['ignores', ['easy pixArtLoader', 'easy kolorsLoader', 'TextEncodeQwenImageEdit', 'CLIPTextEncode', 'Note']],
] as const)('a tag for a LoRA: %s %j', (use, nodeTypes) => {
  expect(nodeTypes.filter((nodeType) => loraTagUse(nodeType) !== use)).toEqual([]);
});

test.each([
  ['brackets that are all opened', `${'('.repeat(200_000)} embedding:a`],
  ['brackets in brackets without end', `${'('.repeat(100_000)}embedding:a${')'.repeat(100_000)} embedding:a`],
  ['blanks without end', `embedding:${' '.repeat(200_000)}`],
])('%s are survived', (_, prompt) => {
  const startMs = performance.now();
  expect(embeddingNames(prompt, false).length).toBeLessThan(2);
  expect(performance.now() - startMs).toBeLessThan(2000);
});
