import { describe, expect, test } from 'bun:test';
import { nameByIds, pageOfIds, readAir, readCivitaiAddress } from '../../lib/core/civitai-reference.ts';

describe('ids in a name for a resource of Civitai', () => {
  test.each([
    ['urn:air:sdxl:lora:civitai:12345@67890', 12345, 67890, null],
    ['URN:AIR:sdxl:lora:civitai:12345@67890', 12345, 67890, null],
    ['air:sd1:embedding:civitai:12345@67890.safetensors', 12345, 67890, null],
    ['flux1:checkpoint:civitai:12345@67890+42.gguf', 12345, 67890, 42],
    ['civitai:12345@67890', 12345, 67890, null],
    [' civitai:12345 ', 12345, null, null],
    ['civitai:@67890', null, 67890, null],
  ])('%s', (text, modelId, versionId, fileId) => {
    expect(readAir(text)).toEqual({ modelId, versionId, fileId });
  });

  test.each([
    'civitai:',
    'civitai:@',
    'civitai:0',
    'civitai:99999999999',
    'civitai_12345@67890',
    'urn:air:sdxl:lora:huggingface:12345@67890',
    'my civitai:12345 lora',
    'C:/models/civitai/12345.safetensors',
    'add_detail.safetensors',
  ])('%s names none', (text) => {
    expect(readAir(text)).toBeNull();
  });
});

describe('ids in an address', () => {
  test.each([
    ['https://civitai.com/models/12345/some-slug?modelVersionId=67890', 'civitai:12345@67890'],
    ['https://civitai.red/models/12345', 'civitai:12345'],
    ['https://civitai.com/api/download/models/67890?type=Model&token=secret', 'civitai:@67890'],
    ['https://civitai.com/api/download/models/67890?fileId=42', 'civitai:@67890+42'],
    ['https://civitai.com/api/v1/model-versions/67890', 'civitai:@67890'],
  ])('%s is %s', (url, name) => {
    const ids = readCivitaiAddress(url);
    expect(ids && nameByIds(ids)).toBe(name);
    expect(readAir(name)).toEqual(ids);
  });

  test.each(['https://civitai.com/user/someone', 'https://civitai.com.evil.example/models/1', 'ftp://civitai.com/models/1', 'no address'])(
    '%s has none',
    (url) => {
      expect(readCivitaiAddress(url)).toBeNull();
    },
  );

  test('the page of the ids has the same ids', () => {
    for (const name of ['civitai:12345@67890', 'civitai:12345', 'civitai:@67890', 'civitai:12345@67890+42', 'civitai:@67890+42']) {
      const ids = readAir(name);
      expect(ids).not.toBeNull();
      if (ids) expect(readCivitaiAddress(pageOfIds(ids))).toEqual(ids);
    }
  });
});
