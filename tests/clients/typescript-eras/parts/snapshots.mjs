// Snapshots, from which sandboxes are made.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { daytona, exec } from '../era.mjs';
import { since } from '../briefing.mjs';

const check = checking('snapshots');
const unique = (prefix) => `${prefix}-${Math.random().toString(16).slice(2, 10)}`;

async function all() {
  const found = await daytona.snapshot.list();
  return found.items ?? found;
}

check('snapshots are listed and read', async () => {
  const snapshots = await all();
  assert.ok(snapshots.length > 0);
  const last = snapshots.at(-1);
  assert.equal((await daytona.snapshot.get(last.name)).id, last.id);
});

check('a snapshot of an image makes sandboxes and is deleted', async () => {
  const name = `team/${unique('snapshot')}:1`;
  await daytona.snapshot.create({ name, image: 'ubuntu:22.04', resources: { cpu: 2 } });
  const found = await daytona.snapshot.get(name);
  assert.deepEqual([found.state, found.cpu], ['active', 2]);
  assert.ok((await all()).some((one) => one.id === found.id));
  const sandbox = await daytona.create({ snapshot: name, language: 'python' });
  try {
    assert.equal((await exec(sandbox, 'echo made'))[1].trim(), 'made');
    if (since('0.25.0')) await assert.rejects(daytona.snapshot.activate(found), /already active/);
  } finally {
    await sandbox.delete();
    await daytona.snapshot.delete(found);
  }
  await assert.rejects(daytona.snapshot.get(name), /not found/);
});
