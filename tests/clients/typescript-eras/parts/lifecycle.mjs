// Sandboxes are made, found and deleted.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, daytona, details, exec, list, shared, unique } from '../era.mjs';

const check = checking('lifecycle');

check('a created sandbox runs commands at once', async () => {
  const sandbox = await shared();
  assert.ok(sandbox.id);
  assert.equal((await exec(sandbox, 'echo ready'))[1].trim(), 'ready');
});

check('a created sandbox is started and found by its id', async () => {
  const { id } = await shared();
  const found = await daytona.get(id);
  assert.equal(found.id, id);
  assert.equal((await details(found)).state, 'started');
  assert.equal((await exec(found, 'echo same'))[1].trim(), 'same');
});

check('the client chooses the id', { until: '0.14.0' }, async () => {
  const chosen = unique('chosen');
  assert.equal((await create({ id: chosen })).id, chosen);
  assert.equal((await daytona.get(chosen)).id, chosen);
});

check('a sandbox is found by its name', { since: '0.111.0' }, async () => {
  const name = unique('named');
  const { id } = await create({ name });
  assert.equal((await daytona.get(name)).id, id);
});

check('one sandbox is found by its labels', { since: '0.15.0', until: '0.150.0' }, async () => {
  const label = unique('one');
  const { id } = await create({ labels: { one: label } });
  assert.equal((await daytona.findOne({ labels: { one: label } })).id, id);
});

check('a deleted sandbox is gone', async () => {
  const sandbox = await create();
  await sandbox.delete();
  // Releases before 0.111 read a sandbox after they have deleted it, so it stays readable for a moment.
  await assert.rejects(exec(sandbox, 'echo not reached'));
  assert.ok(!(await list()).includes(sandbox.id));
});
