// VolumeService and SnapshotService.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daytona, planned, sdk, unique } from './sdk.mjs';

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

planned('SnapshotService.list', () => daytona.snapshot.list(1, 10));
planned('SnapshotService.get', () => daytona.snapshot.get('none'));
planned('SnapshotService.create', () => daytona.snapshot.create({ name: unique('snapshot'), image: sdk.Image.base('debian:12') }));
planned('SnapshotService.activate', () => daytona.snapshot.activate({ id: 'none', name: 'none' }));
planned('SnapshotService.delete', () => daytona.snapshot.delete({ id: 'none', name: 'none' }));
