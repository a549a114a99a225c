import { expect, test } from 'bun:test';
import { plainerName } from '../../lib/resolve/plainer-name.ts';

test.each([
  ['paper_lantern.safetensors', 'paper_lantern.safetensors'],
  ['con.safetensors', 'con_model.safetensors'],
  ['NUL.v2.safetensors', 'NUL_model.v2.safetensors'],
  ['ev:il.safetensors', 'ev_il.safetensors'],
  ['a<b>|c?.pt', 'a_b_c_.pt'],
  ['.hidden.ckpt', 'hidden.ckpt'],
  ['ends with a blank .', 'ends with a blank'],
  ['turned\u202esrotnesefas.safetensors', 'turned_srotnesefas.safetensors'],
  ['...', 'model'],
  [`${'é'.repeat(200)}.safetensors`, `${'é'.repeat(60)}.safetensors`],
  ['夜の灯り.safetensors', '夜の灯り.safetensors'],
])('%j becomes %j', (filename, plain) => {
  expect(plainerName(filename)).toBe(plain);
  expect(plainerName(plain)).toBe(plain);
});
