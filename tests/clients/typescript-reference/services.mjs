// VolumeService and SnapshotService.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, daytona, sdk, unique } from './sdk.mjs';

test('volumes are made, found, listed and deleted', async () => {
  const made = await daytona.volume.create(unique('volume'));
  assert.equal((await daytona.volume.get(made.name)).id, made.id);
  const other = await daytona.volume.get(unique('volume'), true);
  const listed = (await daytona.volume.list()).map(({ id }) => id);
  for (const { id } of [made, other]) assert.ok(listed.includes(id));
  await daytona.volume.delete(made);
  await daytona.volume.delete(other);
  await assert.rejects(daytona.volume.get(unique('none')), sdk.DaytonaError);
});

test('snapshots are built, found, listed, used and deleted', async () => {
  const heard = [];
  const image = sdk.Image.base('debian:12').runCommands('echo kept > /home/daytona/note');
  const name = unique('snapshot');
  const made = await daytona.snapshot.create({ name, image }, { onLogs: (chunk) => heard.push(chunk), timeout: 60 });
  assert.equal(made.state, 'active');
  assert.match(heard.join(''), /echo kept/);
  assert.equal((await daytona.snapshot.get(name)).id, made.id);
  const page = await daytona.snapshot.list(1, 10);
  assert.ok(page.items.some(({ id }) => id === made.id) && page.total >= page.items.length);
  const sandbox = await create({ snapshot: name });
  assert.equal((await sandbox.process.executeCommand('cat ~/note')).result, 'kept\n');
  await assert.rejects(daytona.snapshot.activate(made), /already active/);
  await sandbox.delete();
  await daytona.snapshot.delete(made);
  await assert.rejects(daytona.snapshot.get(name), sdk.DaytonaNotFoundError);
});
