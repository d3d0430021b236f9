// Labels.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, daytona, details } from '../era.mjs';

const check = checking('labels');
const readBack = async ({ id }) => (await details(await daytona.get(id))).labels;

check('labels set later are read back', async () => {
  const sandbox = await create();
  await sandbox.setLabels({ team: 'blue', public: 'false' });
  const { team, public: open } = await readBack(sandbox);
  assert.deepEqual([team, open], ['blue', 'false']);
});

check('labels given at the creation are read back', async () => {
  assert.equal((await readBack(await create({ labels: { stage: 'test' } }))).stage, 'test');
});
