import { expect, test } from 'bun:test';

import { LiveOffers, type Offer } from '../../lib/comfy/live-offer.ts';
import { readObjectInfo } from '../../lib/comfy/live-nodes.ts';

const NODES = readObjectInfo({
  Loader: { input: { required: { name: [['a.pt', 'sub/b.pt', 'taesd']] } } },
  Narrow: { input: { required: { name: [['a.pt']] } } },
  Remote: { input: { required: { name: ['COMBO', { remote: {} }] } } },
});
const FOLDERS = new Map([
  ['loras', { roots: null, extensions: null, names: ['a.pt', 'sub\\b.pt'] }],
  ['embeddings', { roots: null, extensions: null, names: ['soft.safetensors'] }],
]);

/** A name as written, the folder, and the nodes that name it. */
const CASES: [written: string, directory: string | null, nodes: string[], expected: Offer][] = [
  ['a.pt', 'loras', ['Loader'], 'offered'],
  ['taesd', 'loras', ['Loader'], 'offered'],
  ['a.pt', null, ['Loader'], 'offered'],
  ['sub\\b.pt', 'loras', ['Loader'], 'offered_otherwise'],
  ['b.pt', 'loras', ['Loader'], 'refused'],
  ['A.pt', 'loras', ['Loader'], 'refused'],
  ['sub/b.pt', 'loras', ['Loader', 'Narrow'], 'refused'],
  ['sub/b.pt', 'loras', ['Remote'], 'offered'],
  ['c.pt', 'loras', ['Remote'], 'unlisted'],
  ['c.pt', 'nowhere', ['Remote'], 'unknown'],
  ['a.pt', 'loras', ['Unheard'], 'offered'],
  ['soft', 'embeddings', ['Unheard'], 'offered'],
  ['hard', 'embeddings', ['Unheard'], 'unlisted'],
];

test.each(CASES)('%s in %s, named by %j, is %s', (written, directory, nodes, expected) => {
  const slash = Math.max(written.lastIndexOf('/'), written.lastIndexOf('\\'));
  const offer = new LiveOffers({ nodes: NODES, folders: FOLDERS }).of({
    directory,
    subfolder: written.slice(0, Math.max(0, slash)),
    filename: written.slice(slash + 1),
    references: nodes.map((nodeType) => ({ nodeType, input: 'name', written })),
  });
  expect(offer).toBe(expected);
});
