import { afterAll, describe, expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalogue } from '../../lib/catalog/catalogue.ts';
import type { KnownFile } from '../../lib/core/known-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOON = new Date('2026-11-23T12:00:00Z');
const hours = (count: number) => new Date(NOON.getTime() + count * 3600 * 1000);
const SHA256 = 'ab'.repeat(32);

function fileOf(name: string, parts: Partial<KnownFile> = {}): KnownFile {
  return { name, url: `https://huggingface.co/a/b/resolve/main/${name}`, directory: null, sha256: null, sizeBytes: null, ...parts };
}

describe('answers', () => {
  test('are the same in the next run, as long as they are young enough', () => {
    const path = join(folder, 'new', 'catalogue.sqlite');
    const answer = { value: [{ id: 'owner/名前', files: ['a', 'b'] }], link: null };
    {
      using first = Catalogue.open(path);
      first.answers.write('question', answer, NOON);
    }
    using second = Catalogue.open(path);
    expect(second.answers.read('question', hours(-1))).toEqual({ answer, storedAt: NOON });
    expect(second.answers.read('question', hours(1))).toBeUndefined();
    expect(second.answers.read('another question', hours(-1))).toBeUndefined();
  });

  test('give way to newer ones', () => {
    using catalogue = Catalogue.open(':memory:');
    catalogue.answers.write('question', 'old', NOON);
    catalogue.answers.write('question', 'new', hours(2));
    expect(catalogue.answers.read('question', hours(1))?.answer).toBe('new');
  });

  test('are forgotten after three months', () => {
    using catalogue = Catalogue.open(':memory:');
    catalogue.answers.write('question', 'answer', NOON);
    catalogue.answers.tidy(hours(24 * 91));
    expect(catalogue.answers.read('question', new Date(0))).toBeUndefined();
  });
});

describe('files', () => {
  test('are found by their name in any letters and by their sha256, with what kind of teacher says so', () => {
    using catalogue = Catalogue.open(':memory:');
    const file = fileOf('Paper_Lantern.safetensors', { sha256: SHA256, sizeBytes: 12, directory: 'loras' });
    catalogue.files.learn([{ teacher: '/w/a.json', kind: 'workflow', files: [file] }], NOON);
    const taught = { ...file, kind: 'workflow' as const };
    expect(catalogue.files.named('paper_lantern.SAFETENSORS')).toEqual([taught]);
    expect(catalogue.files.withSha256(SHA256)).toEqual([taught]);
    expect(catalogue.files.named('paper_lantern')).toEqual([]);
  });

  test('what a teacher says anew takes the place of what it said before, and of nothing else', () => {
    using catalogue = Catalogue.open(':memory:');
    const [old, other, fresh] = [fileOf('old.gguf'), fileOf('other.gguf'), fileOf('fresh.gguf')];
    catalogue.files.learn(
      [
        { teacher: 'one', kind: 'hub', files: [old] },
        { teacher: 'two', kind: 'hub', files: [old, other] },
      ],
      NOON,
    );
    catalogue.files.learn([{ teacher: 'one', kind: 'hub', files: [fresh] }], hours(1));
    expect(catalogue.files.isToldBy('one', old)).toBe(false);
    expect(catalogue.files.isToldBy('two', old)).toBe(true);
    expect(catalogue.files.named('old.gguf')).toHaveLength(1);
    expect(catalogue.files.named('fresh.gguf')).toHaveLength(1);
    expect(catalogue.files.named('other.gguf')).toHaveLength(1);
  });

  test('a place is known as long as somebody names it', () => {
    using catalogue = Catalogue.open(':memory:');
    const file = fileOf('brief.gguf');
    const say = (teacher: string, files: KnownFile[]): void => catalogue.files.learn([{ teacher, kind: 'workflow', files }], NOON);
    say('one', [file, { ...file }]);
    say('two', [{ ...file }]);
    say('one', []);
    expect(catalogue.files.named('brief.gguf')).toHaveLength(1);
    say('two', [fileOf('other.gguf')]);
    expect(catalogue.files.named('brief.gguf')).toEqual([]);
    say('two', [file]);
    expect(catalogue.files.named('brief.gguf')).toHaveLength(1);
  });

  test('a place that thousands of workflows name hides no other one, and each of them is known to name it', () => {
    using catalogue = Catalogue.open(':memory:');
    const [common, rare] = [fileOf('x.gguf'), fileOf('x.gguf', { url: 'https://huggingface.co/z/z/resolve/main/x.gguf' })];
    const teachers = Array.from({ length: 3000 }, (_, at) => `/w/${at}.json`);
    catalogue.files.learn(
      [...teachers.map((teacher) => ({ teacher, files: [common] })), { teacher: '/w/rare.json', files: [rare] }].map((lesson) => {
        return { ...lesson, kind: 'workflow' as const };
      }),
      NOON,
    );
    expect(catalogue.files.named('X.gguf').map(({ url }) => url)).toEqual([common.url, rare.url]);
    expect(teachers.every((teacher) => catalogue.files.isToldBy(teacher, common))).toBe(true);
    expect(catalogue.files.isToldBy('/w/rare.json', common)).toBe(false);
  });

  test('of what one teacher says twice at a time the last counts', () => {
    using catalogue = Catalogue.open(':memory:');
    const [first, last] = [fileOf('first.gguf'), fileOf('last.gguf')];
    catalogue.files.learn(
      [first, last].map((file) => ({ teacher: 'one', kind: 'hub', files: [file] })),
      NOON,
    );
    expect([catalogue.files.named('first.gguf').length, catalogue.files.named('last.gguf').length]).toEqual([0, 1]);
  });

  test('pages are known by the teacher who points to them', () => {
    using catalogue = Catalogue.open(':memory:');
    const page = fileOf('', { url: 'https://huggingface.co/a/b' });
    catalogue.files.learn([{ teacher: '/w/a.json', kind: 'workflow', files: [page, fileOf('named.gguf')] }], NOON);
    expect(catalogue.files.pagesOf('/w/a.json')).toEqual([{ ...page, kind: 'workflow' }]);
    expect(catalogue.files.pagesOf('/w/b.json')).toEqual([]);
  });

  test('names are found by their pieces, the most similar first, whatever else stands in the text', () => {
    using catalogue = Catalogue.open(':memory:');
    const files = ['wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors', 'wan_2.1_vae.safetensors', 'flux1-dev.safetensors'].map((name) =>
      fileOf(name),
    );
    catalogue.files.learn([{ teacher: 'list', kind: 'hub', files }], NOON);
    expect(catalogue.files.search('i2v "high" noise*', 5)[0]).toBe('wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors');
    expect(catalogue.files.search('ab', 5)).toEqual([]);
    for (const names of [[], files, [], files]) catalogue.files.learn([{ teacher: 'list', kind: 'hub', files: names }], NOON);
    expect(catalogue.files.search('flux1', 5)).toEqual(['flux1-dev.safetensors']);
  });
});

test('a choice is kept until another one is made', () => {
  using catalogue = Catalogue.open(':memory:');
  const model = { filename: 'x.safetensors', subfolder: 'sub' };
  expect(catalogue.choices.find(model)).toBeNull();
  catalogue.choices.settle(model, { url: 'https://a.example/x', sha256: null }, NOON);
  catalogue.choices.settle(model, { url: 'https://b.example/x', sha256: SHA256 }, hours(1));
  expect(catalogue.choices.find(model)).toEqual({ url: 'https://b.example/x', sha256: SHA256 });
  expect(catalogue.choices.find({ ...model, subfolder: '' })).toBeNull();
});

test('a file that is no database is begun anew', () => {
  const path = join(folder, 'damaged.sqlite');
  writeFileSync(path, 'this is no database, whatever its name says'.repeat(100));
  using catalogue = Catalogue.open(path);
  catalogue.answers.write('question', 1, NOON);
  expect(catalogue.answers.read('question', NOON)?.answer).toBe(1);
});

test('a file that is damaged in the middle answers nothing, ends no run, and is begun anew by the next one', () => {
  const path = join(folder, 'holed.sqlite');
  const files = Array.from({ length: 2000 }, (_, at) => fileOf(`some_longer_name_${at}.safetensors`));
  const lessons = files.map((file, at) => ({ teacher: `/w/${at}.json`, kind: 'workflow' as const, files: [file] }));
  {
    using catalogue = Catalogue.open(path);
    catalogue.choices.settle({ filename: 'chosen.gguf', subfolder: '' }, { url: 'https://a.example/x', sha256: null }, NOON);
    catalogue.files.learn(lessons, NOON);
  }
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 16 * 4096), Buffer.alloc(bytes.length - 16 * 4096, 7)]));
  {
    using catalogue = Catalogue.open(path);
    catalogue.files.learn(lessons.slice(0, 10), NOON);
    const asked = files.flatMap(({ name }) => catalogue.files.named(name));
    expect(asked.length).toBeLessThan(files.length);
    expect(catalogue.files.pagesOf('/w/3.json')).toEqual([]);
    catalogue.answers.write('question', 1, NOON);
    catalogue.dangers.against(SHA256);
  }
  using anew = Catalogue.open(path);
  expect(anew.choices.find({ filename: 'chosen.gguf', subfolder: '' })?.url).toBe('https://a.example/x');
  expect(anew.files.named(files[0]?.name ?? '')).toEqual([]);
});

test('damage among the choices takes only those that it has met', () => {
  const path = join(folder, 'choices.sqlite');
  const names = Array.from({ length: 200 }, (_, i) => `chosen-${i}.gguf`);
  const url = `https://a.example/${'x'.repeat(200)}`;
  const left = (catalogue: Catalogue) => names.filter((filename) => catalogue.choices.find({ filename, subfolder: '' }) !== null);
  {
    using catalogue = Catalogue.open(path);
    for (const filename of names) catalogue.choices.settle({ filename, subfolder: '' }, { url, sha256: null }, NOON);
  }
  const bytes = readFileSync(path);
  const rowOf = (filename: string) => bytes.lastIndexOf(`${filename}${url}`);
  const page = Math.floor(rowOf('chosen-100.gguf') / 4096) * 4096;
  bytes.fill(7, page, page + 4096);
  const urlType = rowOf('chosen-5.gguf') - 3;
  bytes.writeUInt8(bytes.readUInt8(urlType) - 1, urlType); // bytes in place of a text
  writeFileSync(path, bytes);
  {
    using catalogue = Catalogue.open(path);
    left(catalogue);
  }
  using anew = Catalogue.open(path);
  expect(left(anew)).toEqual(expect.arrayContaining(['chosen-0.gguf', 'chosen-4.gguf', 'chosen-6.gguf', 'chosen-199.gguf']));
  expect(left(anew)).not.toContain('chosen-100.gguf');
});

test('a list of places that was damaged takes nothing with it', () => {
  const path = join(folder, 'torn.sqlite');
  const file = fileOf('kept.gguf');
  {
    using catalogue = Catalogue.open(path);
    catalogue.files.learn([{ teacher: 'one', kind: 'hub', files: [file] }], NOON);
  }
  {
    using database = new Database(path);
    database.run("UPDATE lessons SET place_ids = '[1,', digest = 'other'");
  }
  using catalogue = Catalogue.open(path);
  expect(catalogue.files.pagesOf('one')).toEqual([]);
  catalogue.files.learn([{ teacher: 'one', kind: 'hub', files: [file] }], NOON);
  expect(catalogue.files.isToldBy('one', file)).toBe(true);
  expect(catalogue.files.named('kept.gguf')).toHaveLength(1);
});

test('a folder that cannot be written to only costs what would be remembered', () => {
  const blocker = join(folder, 'file');
  writeFileSync(blocker, '');
  using catalogue = Catalogue.open(join(blocker, 'catalogue.sqlite'));
  catalogue.answers.write('question', 1, NOON);
  expect(catalogue.answers.read('question', NOON)?.answer).toBe(1);
});

describe('what scans say against bytes', () => {
  const PLACE = 'https://civitai.com/api/download/models/8?fileId=9';

  test('stays known in the next run, until the place that said it says otherwise', () => {
    const path = join(folder, 'dangers.sqlite');
    {
      using first = Catalogue.open(path);
      first.dangers.note([{ place: PLACE, sha256: SHA256, danger: 'a scan calls it dangerous' }], NOON);
    }
    using second = Catalogue.open(path);
    expect(second.dangers.against(SHA256)).toBe('a scan calls it dangerous');
    expect(second.dangers.against('cd'.repeat(32))).toBeNull();
    second.dangers.note([{ place: 'https://elsewhere.example/a', sha256: SHA256, danger: null }], NOON);
    expect(second.dangers.against(SHA256)).toBe('a scan calls it dangerous');
    second.dangers.note([{ place: PLACE, sha256: SHA256, danger: null }], NOON);
    expect(second.dangers.against(SHA256)).toBeNull();
  });
});
