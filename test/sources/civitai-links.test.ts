import { describe, expect, test } from 'bun:test';
import { civitaiUrl, isCivitaiUrl, readCivitaiLink } from '../../lib/sources/civitai/links.ts';

const ENDPOINT = 'http://127.0.0.1:9000';

describe('a link to Civitai names a model, a version or a file', () => {
  test.each([
    ['https://civitai.com/models/123', [123, null, null]],
    ['https://civitai.com/models/123/some-slug', [123, null, null]],
    ['https://civitai.com/models/123?modelVersionId=456', [123, 456, null]],
    ['https://civitai.com/models/123/slug?modelVersionId=456#comments', [123, 456, null]],
    ['https://civitai.com/models/123?version=456', [123, 456, null]],
    ['https://www.civitai.com/models/123', [123, null, null]],
    ['https://civitai.red/models/123?modelVersionId=456', [123, 456, null]],
    ['https://civitai.green/models/123', [123, null, null]],
    ['https://civitai.com/model-versions/456', [null, 456, null]],
    ['https://civitai.com/api/v1/models/123', [123, null, null]],
    ['https://civitai.com/api/v1/model-versions/456', [null, 456, null]],
    ['https://civitai.com/api/download/models/456', [null, 456, null]],
    ['https://civitai.com/api/download/models/456?type=Model&format=SafeTensor&token=abc', [null, 456, null]],
    ['https://civitai.com/api/download/models/456?fileId=789', [null, 456, 789]],
    ['http://127.0.0.1:9000/api/download/models/456', [null, 456, null]],
    ['urn:air:sdxl:checkpoint:civitai:123@456', [123, 456, null]],
    ['urn:air:sdxl:lora:civitai:123', [123, null, null]],
    ['air:sd1:embedding:civitai:123@456.safetensors', [123, 456, null]],
    ['flux1:lora:civitai:123@456+789.safetensors', [123, 456, 789]],
  ])('%s', (url, [modelId, versionId, fileId]) => {
    expect(readCivitaiLink(url, ENDPOINT)).toMatchObject({ modelId, versionId, fileId });
  });

  test('what a download link asks for is kept, and its token is not', () => {
    const link = readCivitaiLink(
      'https://civitai.com/api/download/models/456?type=Model&format=SafeTensor&size=full&fp=fp16&token=abc',
      ENDPOINT,
    );
    expect(link?.wish).toEqual({ type: 'Model', format: 'SafeTensor', size: 'full', fp: 'fp16' });
    expect(JSON.stringify(link)).not.toContain('abc');
  });
});

describe('what names no model there is no link', () => {
  test.each([
    'https://civitai.com/',
    'https://civitai.com/user/someone',
    'https://civitai.com/models/',
    'https://civitai.com/models/abc',
    'https://civitai.com/models/0',
    'https://civitai.com/models/99999999999',
    'https://civitai.com/api/download/models/-5',
    'https://civitai.com.evil.example/models/123',
    'https://evil.example/models/123',
    'urn:air:sdxl:checkpoint:huggingface:123@456',
    'no url at all',
  ])('%s', (url) => {
    expect(readCivitaiLink(url, ENDPOINT)).toBeNull();
  });

  test('a page that names no model is still a page of Civitai', () => {
    expect(isCivitaiUrl('https://civitai.com/user/someone', ENDPOINT)).toBe(true);
    expect(isCivitaiUrl('https://evil.example/models/123', ENDPOINT)).toBe(false);
  });
});

test('the link to a file is made from ids', () => {
  expect(civitaiUrl(456, { fileId: 789 })).toBe('https://civitai.com/api/download/models/456?fileId=789');
  expect(civitaiUrl(456, { type: 'VAE' })).toBe('https://civitai.com/api/download/models/456?type=VAE');
});
