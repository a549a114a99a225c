import { describe, expect, test } from 'bun:test';
import type { DownloadRecord, Requirement, Resolution } from '../../lib/core/model.ts';
import { isComplete, type PipelineResults } from '../../lib/phases/results.ts';

const requirement = (change: Partial<Requirement> = {}): Requirement =>
  ({ filename: 'a.safetensors', subfolder: '', directory: 'loras', ...change }) as Requirement;
const resolution = (change: Partial<Resolution> = {}): Resolution =>
  ({
    filename: 'a.safetensors',
    subfolder: '',
    directory: 'loras',
    accepted: true,
    savePath: '/m/loras/a.safetensors',
    ...change,
  }) as Resolution;
const record = (change: Partial<DownloadRecord> = {}): DownloadRecord =>
  ({ filename: 'a.safetensors', savePath: '/m/loras/a.safetensors', status: 'downloaded', ...change }) as DownloadRecord;
const results = (change: Partial<PipelineResults>): PipelineResults => ({
  required: [],
  missing: [],
  missingNodes: [],
  resolutions: null,
  downloads: null,
  plan: null,
  ...change,
});

describe('everything that the workflows need is in place', () => {
  test.each([
    ['nothing was missing', {}, true],
    [
      'nothing is missing now, though an earlier run left something open',
      { resolutions: [resolution({ accepted: false })], downloads: [] },
      true,
    ],
    ['fetched', { missing: [requirement()], resolutions: [resolution()], downloads: [record()] }, true],
    ['linked', { missing: [requirement()], resolutions: [resolution()], downloads: [record({ status: 'linked' })] }, true],
    ['there already', { missing: [requirement()], resolutions: [resolution()], downloads: [record({ status: 'already_present' })] }, true],
    [
      'the folder was told by who has it',
      { missing: [requirement({ directory: null })], resolutions: [resolution()], downloads: [record()] },
      true,
    ],
    ['nobody has resolved it', { missing: [requirement()] }, false],
    ['it waits for review', { missing: [requirement()], resolutions: [resolution({ accepted: false })], downloads: [record()] }, false],
    ['it was not fetched', { missing: [requirement()], resolutions: [resolution()] }, false],
    ['it failed', { missing: [requirement()], resolutions: [resolution()], downloads: [record({ status: 'failed' })] }, false],
    [
      'nothing is missing now, but what an earlier scan wanted has failed',
      { resolutions: [resolution()], downloads: [record({ status: 'failed' })] },
      false,
    ],
    [
      'one has failed beside one that is in place',
      {
        missing: [requirement()],
        resolutions: [resolution(), resolution({ filename: 'b.safetensors', savePath: null })],
        downloads: [record(), record({ filename: 'b.safetensors', savePath: null, status: 'failed' })],
      },
      false,
    ],
    ['it was skipped', { missing: [requirement()], resolutions: [resolution()], downloads: [record({ status: 'skipped' })] }, false],
    [
      'its folder is not known',
      { missing: [requirement()], resolutions: [resolution({ savePath: null })], downloads: [record({ savePath: null })] },
      false,
    ],
    [
      'another one is in place',
      { missing: [requirement({ filename: 'b.safetensors' })], resolutions: [resolution()], downloads: [record()] },
      false,
    ],
    [
      'the same name in another folder is in place',
      { missing: [requirement({ directory: 'vae' })], resolutions: [resolution()], downloads: [record()] },
      false,
    ],
    [
      'the same name in another subfolder is in place',
      { missing: [requirement({ subfolder: 'x' })], resolutions: [resolution()], downloads: [record()] },
      false,
    ],
  ] satisfies [string, Partial<PipelineResults>, boolean][])('%s', (_, change, complete) => {
    expect(isComplete(results(change))).toBe(complete);
  });
});
