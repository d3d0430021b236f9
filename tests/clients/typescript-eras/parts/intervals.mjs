// How long a sandbox may do nothing.

import assert from 'node:assert/strict';
import { since } from '../briefing.mjs';
import { checking } from '../check.mjs';
import { create, daytona, details } from '../era.mjs';

const check = checking('intervals');

async function autoStop({ id }) {
  const found = await daytona.get(id);
  // The first releases could set it and did not show it.
  return since('0.12.0') ? (await details(found)).autoStopInterval : JSON.parse(found.instance.info.providerMetadata).autoStopInterval;
}

check('the stopping interval is given and changed', async () => {
  const sandbox = await create({ autoStopInterval: 7 });
  assert.equal(await autoStop(sandbox), 7);
  await sandbox.setAutostopInterval(30);
  assert.equal(await autoStop(sandbox), 30);
});

check('the archiving interval is changed', { since: '0.21.0' }, async () => {
  const sandbox = await create();
  await sandbox.setAutoArchiveInterval(60);
  assert.equal((await daytona.get(sandbox.id)).autoArchiveInterval, 60);
});

check('the deleting interval is changed', { since: '0.25.0' }, async () => {
  const sandbox = await create();
  await sandbox.setAutoDeleteInterval(90);
  assert.equal((await daytona.get(sandbox.id)).autoDeleteInterval, 90);
});
