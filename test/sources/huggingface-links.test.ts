import { describe, expect, test } from 'bun:test';
import { huggingfaceUrl, readHuggingfaceLink } from '../../lib/sources/huggingface/links.ts';

const ENDPOINT = 'http://127.0.0.1:9000/mirror';
const FILE = 'https://huggingface.co/owner/repo/resolve/main/a/b.safetensors';

describe('a link to a file becomes its stable public URL', () => {
  test.each([
    ['https://huggingface.co/owner/repo/resolve/main/a/b.safetensors', FILE],
    ['https://huggingface.co/owner/repo/blob/main/a/b.safetensors', FILE],
    ['https://huggingface.co/owner/repo/raw/main/a/b.safetensors', FILE],
    ['https://huggingface.co/owner/repo/resolve/main/a/b.safetensors?download=true', FILE],
    ['http://huggingface.co/owner/repo/resolve/main/a/b.safetensors', FILE],
    ['https://www.huggingface.co/owner/repo/resolve/main/a/b.safetensors#x', FILE],
    ['https://hf.co/owner/repo/blob/main/a/b.safetensors', FILE],
    ['https://hf-mirror.com/owner/repo/resolve/main/a/b.safetensors', FILE],
    ['https://huggingface.co//owner/repo/resolve/main//a/b.safetensors', FILE],
    ['http://127.0.0.1:9000/mirror/owner/repo/resolve/main/a/b.safetensors', FILE],
    ['https://HUGGINGFACE.co/owner/repo/resolve/main/a/b.safetensors', FILE],
    [
      'https://huggingface.co/owner/repo/resolve/main/a%20file%20%28v2%29.safetensors',
      'https://huggingface.co/owner/repo/resolve/main/a%20file%20(v2).safetensors',
    ],
    [
      'https://huggingface.co/owner/repo/resolve/main/国风.safetensors',
      'https://huggingface.co/owner/repo/resolve/main/%E5%9B%BD%E9%A3%8E.safetensors',
    ],
    ['https://huggingface.co/owner/repo/resolve/refs%2Fpr%2F1/b.pth', 'https://huggingface.co/owner/repo/resolve/refs%2Fpr%2F1/b.pth'],
    ['https://huggingface.co/owner/repo/resolve/refs/pr/1/b.pth', 'https://huggingface.co/owner/repo/resolve/refs%2Fpr%2F1/b.pth'],
    [
      `https://huggingface.co/owner/repo/resolve/${'0a'.repeat(20)}/b.pth`,
      `https://huggingface.co/owner/repo/resolve/${'0a'.repeat(20)}/b.pth`,
    ],
    ['https://huggingface.co/datasets/owner/repo/resolve/main/b.pt', 'https://huggingface.co/datasets/owner/repo/resolve/main/b.pt'],
    ['https://huggingface.co/spaces/owner/repo/blob/main/b.pt', 'https://huggingface.co/spaces/owner/repo/resolve/main/b.pt'],
    ['https://huggingface.co/gpt2/resolve/main/model.safetensors', 'https://huggingface.co/gpt2/resolve/main/model.safetensors'],
  ])('%s', (url, expected) => {
    const link = readHuggingfaceLink(url, ENDPOINT);
    expect(link && huggingfaceUrl(link)).toBe(expected);
  });
});

describe('what names no file there is no link to one', () => {
  test.each([
    'https://huggingface.co/owner/repo',
    'https://huggingface.co/owner/repo/tree/main/loras',
    'https://huggingface.co/owner/repo/resolve/main',
    'https://huggingface.co/owner/repo/resolve/main/',
    'https://huggingface.co/',
    'https://huggingface.co.evil.example/owner/repo/resolve/main/b.safetensors',
    'https://evil.example/huggingface.co/owner/repo/resolve/main/b.safetensors',
    'http://127.0.0.1:9001/mirror/owner/repo/resolve/main/b.safetensors',
    'http://127.0.0.1:9000/owner/repo/resolve/main/b.safetensors',
    'ftp://huggingface.co/owner/repo/resolve/main/b.safetensors',
    'https://huggingface.co/owner/repo/resolve/main/%E0%A4%A',
    'owner/repo/resolve/main/b.safetensors',
    '',
  ])('%s', (url) => {
    expect(readHuggingfaceLink(url, ENDPOINT)).toBeNull();
  });
});
