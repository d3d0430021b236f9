// Snapshots, from which sandboxes are made.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { daytona } from '../era.mjs';

const check = checking('snapshots');

check('snapshots are listed and read', async () => {
  const found = await daytona.snapshot.list();
  const snapshots = found.items ?? found;
  assert.ok(snapshots.length > 0);
  assert.equal((await daytona.snapshot.get(snapshots[0].name)).id, snapshots[0].id);
});
