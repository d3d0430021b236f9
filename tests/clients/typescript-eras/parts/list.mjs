// Lists of sandboxes.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, list, unique } from '../era.mjs';

const check = checking('list');

check('created sandboxes are listed once', async () => {
  const created = [(await create()).id, (await create()).id];
  const listed = await list();
  for (const id of created) assert.ok(listed.includes(id), id);
  assert.equal(new Set(listed).size, listed.length);
});

check('a list by labels holds those that have them', { since: '0.15.0' }, async () => {
  const label = unique('list');
  const wanted = [];
  for (let n = 0; n < 3; n += 1) wanted.push((await create({ labels: { list: label } })).id);
  assert.deepEqual((await list({ list: label })).sort(), wanted.sort());
  assert.deepEqual(await list({ list: unique('none') }), []);
});
