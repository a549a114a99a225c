import { expect, test } from 'bun:test';
import { isWantedName, possibleNames, targetName } from '../../../lib/core/model-file/match-name.ts';

test.each([
  ['a.safetensors', 'a.safetensors', true],
  ['a.safetensors', 'A.SAFETENSORS', true],
  ['a.safetensors', 'a.pt', false],
  ['EasyNegative', 'easynegative.safetensors', true],
  ['EasyNegative', 'EasyNegative.pt', true],
  ['EasyNegative', 'EasyNegative.gguf', false],
  ['EasyNegative', 'EasyNegativeV2.safetensors', false],
  ['style-v1.5', 'style-v1.5.safetensors', true],
  ['Ink.v2', 'Ink.v2.safetensors', true],
  ['Ink.fp16', 'Ink.fp16.pt', true],
  ['typo.safetensorss', 'typo.safetensorss.pt', false],
  ['svdq-int4-flux.1-dev', 'svdq-int4-flux.1-dev', true],
] as const)('wanted %s, offered %s: %p', (wanted, offered, expected) => {
  expect(isWantedName(wanted, offered)).toBe(expected);
});

test.each([
  ['a.safetensors', 'other.safetensors', 'a.safetensors'],
  ['EasyNegative', 'easynegative.PT', 'EasyNegative.pt'],
  ['EasyNegative', 'EasyNegative', 'EasyNegative'],
  ['RetroStyle', 'a-link-to-another-name.safetensors', 'RetroStyle.safetensors'],
  ['typo.safetensorss', 'typo.safetensors', 'typo.safetensorss'],
  ['style-v1.5', 'style-v1.5.pt', 'style-v1.5.pt'],
  ['Ink.v2', 'Ink.v2.safetensors', 'Ink.v2.safetensors'],
] as const)('%s, offered as %s, is saved as %s', (wanted, offered, expected) => {
  expect(targetName(wanted, offered)).toBe(expected);
});

test('a name with an ending has no other', () => {
  expect(possibleNames('a.gguf')).toEqual(['a.gguf']);
});
