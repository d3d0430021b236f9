// Snapshots: every method of the service, and sandboxes made from them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const made = [];
after(() => Promise.allSettled(made.map((snapshot) => daytona.snapshot.delete(snapshot))));

async function newSnapshot({ name = unique('snapshot'), image = 'ubuntu:22.04', ...rest } = {}) {
  made.push(await daytona.snapshot.create({ name, image, ...rest }, { timeout: 120 }));
  return made.at(-1);
}

test('the first of the list is found by its name', async () => {
  const page = await daytona.snapshot.list(1, 1);
  assert.equal(page.items.length, 1);
  assert.ok(page.total >= page.totalPages && page.totalPages >= 1);
  const found = await daytona.snapshot.get(page.items[0].name);
  assert.equal(found.id, page.items[0].id);
});

test('a snapshot of an image is found by name and id, makes sandboxes, and is deleted', async () => {
  const name = `team/${unique('base')}:1`;
  const snapshot = await newSnapshot({ name, entrypoint: ['sleep', '30'], resources: { cpu: 2, memory: 2, disk: 4 } });
  assert.deepEqual(
    [snapshot.name, snapshot.state, snapshot.cpu, snapshot.mem, snapshot.disk, snapshot.entrypoint],
    [name, 'active', 2, 2, 4, ['sleep', '30']],
  );
  for (const known of [snapshot.id, name]) {
    assert.equal((await daytona.snapshot.get(known)).id, snapshot.id);
    const sandbox = await create({ snapshot: known });
    assert.deepEqual([sandbox.snapshot, sandbox.cpu, sandbox.memory], [name, 2, 2]);
  }
  await daytona.snapshot.delete(snapshot);
  await assert.rejects(daytona.snapshot.get(name), sdk.DaytonaNotFoundError);
});

test('what is wrong is told by its class', async () => {
  const snapshot = await newSnapshot();
  await assert.rejects(newSnapshot({ name: snapshot.name }), /already exists for this organization/);
  await assert.rejects(newSnapshot({ image: 'ubuntu' }), /must include a tag/);
  await assert.rejects(newSnapshot({ image: 'ubuntu:latest' }), /not allowed/);
  await assert.rejects(daytona.snapshot.activate(snapshot), /is already active/);
  const { items } = await daytona.snapshot.list(1, 200);
  await assert.rejects(daytona.snapshot.delete(items.find((one) => one.general)), /cannot delete a general snapshot/);
  await assert.rejects(create({ snapshot: unique('none') }), /Did you add it/);
});

test('a snapshot of a sandbox holds its files and outlives it', async () => {
  const source = await create();
  await source.fs.uploadFile(Buffer.from('then'), 'kept/note.txt');
  const name = `of/${unique('sandbox')}:1`;
  await source._experimental_createSnapshot(name);
  assert.equal(source.state, 'started');
  await source.fs.uploadFile(Buffer.from('later'), 'kept/note.txt');
  const taken = await daytona.snapshot.get(name);
  made.push(taken);
  assert.deepEqual([taken.state, taken.sourceSandboxId], ['active', source.id]);
  await source.delete();
  const sandbox = await create({ snapshot: name });
  assert.equal((await sandbox.fs.downloadFile('kept/note.txt')).toString(), 'then');
});
