import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { SERVICE_NAMES } from '../../lib/core/services.ts';

const ROOT = join(import.meta.dir, '../..');
/** How the code says a code: in a report, as the first word of an error, as the ending of a service's code. */
const SAID = [
  /\bcode: '([a-z][a-z_]+)'/g,
  /\bToolkitError\(\s*'([a-z_]+)'/g,
  /\bHttpError\(\s*'([a-z_]+)'/g,
  /\bfailed\([\w.]+, '([a-z_]+)'/g,
  /\bcode: [^,;\n]*\? '([a-z_]+)' : '[a-z_]+'/g,
  /\bcode: [^,;\n]*\? '[a-z_]+' : '([a-z_]+)'/g,
];
const SERVICE_ENDINGS = [/\bsuffix: '([a-z_]+)'/g, /\$\{service\}_([a-z]+(?:_[a-z]+)*)`/g];

async function readSources(): Promise<string> {
  const glob = new Bun.Glob('{lib,scripts}/**/*.ts');
  const texts: string[] = [];
  for await (const path of glob.scan(ROOT)) {
    if (!path.startsWith('lib/hub/') && !path.startsWith('lib/demo/')) texts.push(await Bun.file(join(ROOT, path)).text());
  }
  return texts.join('\n');
}

function collect(text: string, patterns: readonly RegExp[]): Set<string> {
  return new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')));
}

/** The codes in the first column of the page's tables. */
async function readPage(): Promise<{ codes: Set<string>; endings: Set<string> }> {
  const rows = (await Bun.file(join(ROOT, 'docs/errors.md')).text()).split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map((match) => match[1] ?? ''));
  return {
    codes: new Set(cells.filter((cell) => !cell.startsWith('_'))),
    endings: new Set(cells.filter((cell) => cell.startsWith('_')).map((cell) => cell.slice(1))),
  };
}

/** `timeout` of `manager_timeout`; a code that names no service has no ending. */
function endingOf(code: string): string {
  const service = SERVICE_NAMES.find((name) => code.startsWith(`${name}_`));
  return service === undefined ? '' : code.slice(service.length + 1);
}

/** zod's own name for a kind of issue, read in code that words it. */
const NOT_OURS = new Set(['invalid_union', 'unrecognized_keys']);

test('every code that the tool can say is on the page of error codes', async () => {
  const [source, page] = [await readSources(), await readPage()];
  const unsaid = [...collect(source, SAID)].filter(
    (code) => !page.codes.has(code) && !NOT_OURS.has(code) && !page.endings.has(endingOf(code)),
  );
  const unsaidEndings = [...collect(source, SERVICE_ENDINGS)].filter((ending) => !page.endings.has(ending));
  expect([unsaid, unsaidEndings]).toEqual([[], []]);
});

test('every code on the page is one that the tool can say', async () => {
  const [source, page] = [await readSources(), await readPage()];
  const dead = [...page.codes].filter((code) => !source.includes(`'${code}'`));
  const deadEndings = [...page.endings].filter((ending) => !source.includes(`'${ending}'`) && !source.includes(`_${ending}\``));
  expect([dead, deadEndings]).toEqual([[], []]);
});
