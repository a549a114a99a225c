import { expect, test } from 'bun:test';

import { findWebNodes, webNodesIn } from '../../lib/comfy/web-nodes.ts';
import { makeTree } from './kit.ts';

const NAMES: [name: string, sources: string[], expected: string[]][] = [
  ['a text', ['LiteGraph.registerNodeType("Note Plus", Note);'], ['Note Plus']],
  ['a text in single quotes, on lines of its own', ["app.x.registerNodeType(\n  'Set',\n  class {},\n)"], ['Set']],
  ['a constant', ['const TYPE = "Get";\nregisterNodeType(TYPE, Get);'], ['Get']],
  ['a static field', ['class A { static type = "A (x)"; }\nregisterNodeType(A.type, A);'], ['A (x)']],
  ['a field that is given later', ['A.title = "Title";\nregisterNodeType(A.title, A);'], ['Title']],
  [
    'a constant of another file',
    ['export const T = { FAST: "Fast" };', 'import { T } from "./t.js";\nregisterNodeType(T.FAST, F);'],
    ['Fast'],
  ],
  [
    'an ending that a function adds',
    ['function mine(s) {\n  return s + " (mine)";\n}\nconst T = { FAST: mine("Fast") };', 'F.type = T.FAST;\nregisterNodeType(F.type, F);'],
    ['Fast (mine)'],
  ],
  [
    'a base class that registers every class',
    ['class Base { static set() { registerNodeType(this.type, this); } }', 'A.type = "A";\n', 'class B { static type = "B"; }\n'],
    ['A', 'B'],
  ],
  [
    'nothing where the name is made at run time',
    ['registerNodeType(name + i, X); registerNodeType(`a${b}`, X); registerNodeType(unknown, X);'],
    [],
  ],
  ['nothing of a line that is commented out', ['  // registerNodeType("Old", Old);\nregisterNodeType("New", New); // registered'], ['New']],
  ['nothing without a registration', ['const type = "A";\nA.type = "B";'], []],
];

test.each(NAMES)('reads %s', (_, sources, expected) => {
  expect([...webNodesIn(sources)].sort()).toEqual(expected);
});

test('scripts of a pack are read together, those of its tools are not', async () => {
  await using tree = await makeTree({
    'web/a.js': 'registerNodeType("A", A)',
    'node_modules/x/b.js': 'registerNodeType("B", B)',
    'web/c.txt': 'registerNodeType("C", C)',
  });
  expect([...findWebNodes(tree.root)]).toEqual(['A']);
});

test('a script of the worst kind is read in a moment', () => {
  const lines = ['a.'.repeat(50_000), 'x = '.repeat(50_000), `function f(a) { return ${'a + '.repeat(50_000)}`, 'a$'.repeat(50_000)];
  const source = `registerNodeType(this.type, ${lines.join('\n')}`;
  const start = performance.now();
  webNodesIn([source]);
  expect(performance.now() - start).toBeLessThan(1000);
});
