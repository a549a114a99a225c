import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ClaimedPart } from '../../lib/download/aria2/claim.ts';
import { PartFile } from '../../lib/download/part-file.ts';

const SUBJECT = { url: 'https://models.example/file', sha256: null };

test.each([
  ['the own engine', (target: string) => PartFile.open(target, SUBJECT)],
  ['aria2', (target: string) => ClaimedPart.claim(target, SUBJECT)],
] as const)('the part of another program is not taken for %s', (_name, take) => {
  const folder = mkdtempSync(join(tmpdir(), 'own-part-test-'));
  try {
    const target = join(folder, 'model.safetensors');
    writeFileSync(`${target}.part`, 'what a browser has fetched');
    expect(() => take(target)).toThrow(expect.objectContaining({ trouble: expect.objectContaining({ kind: 'target_taken' }) }));
    expect(readFileSync(`${target}.part`, 'utf8')).toBe('what a browser has fetched');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
