import { describe, expect, test } from 'bun:test';
import { agreesBesidesId, versionIdsIn } from '../../lib/resolve/version-ids.ts';
import { makeOffer } from './kit.ts';

describe('numbers in a file name that may be the id of a version', () => {
  test.each([
    ['dreamshaper_8_128713.safetensors', [128713]],
    ['dreamshaper-4384-128713.safetensors', [128713]],
    ['dreamshaper_4384_128713.safetensors', [128713]],
    ['civitai_618692_691639_flux_dev.safetensors', [691639, 618692]],
    ['[290640] pony.safetensors', [290640]],
    ['style-000002500.safetensors', []],
    ['CN-anytest_v3-50000_fp16.safetensors', []],
    ['wan2.1_t2v_14B_fp16.safetensors', []],
    ['sd_xl_base_1.0.safetensors', []],
    ['made_20240131.safetensors', []],
    ['v1.12345.safetensors', []],
  ])('%s: %p', (filename, ids) => {
    expect(versionIdsIn(filename)).toEqual(ids);
  });
});

describe('the rest of the name has to be the file or the model', () => {
  const offer = makeOffer('dreamshaper_8.safetensors', { source: 'civitai', modelId: 4384, versionId: 128713, title: 'DreamShaper 8' });
  test.each([
    ['dreamshaper_8_128713.safetensors', true],
    ['DreamShaper 8 (128713).safetensors', true],
    ['civitai_4384_128713_dreamshaper_8.safetensors', true],
    ['somethingelse_128713.safetensors', false],
    ['dreamshaper_8_128713.ckpt', false],
    ['128713.safetensors', false],
    ['civitai_128713.safetensors', false],
  ])('%s: %p', (wanted, agrees) => {
    expect(agreesBesidesId(wanted, offer)).toBe(agrees);
  });
});
