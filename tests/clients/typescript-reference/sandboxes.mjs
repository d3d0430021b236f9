// Daytona and Sandbox: making, finding, changing and ending sandboxes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, daytona, run, sdk, shared, unique } from './sdk.mjs';

test('a sandbox is what was asked for', async () => {
  const name = unique('asked');
  const sandbox = await create({
    name,
    language: 'typescript',
    envVars: { GREETING: 'hello' },
    labels: { team: 'blue' },
    public: true,
    autoStopInterval: 7,
    autoArchiveInterval: 120,
    autoDeleteInterval: 240,
  }, { timeout: 60 });
  for (const found of [sandbox, await daytona.get(sandbox.id), await daytona.get(name)]) {
    assert.deepEqual(
      [found.id, found.name, found.state, found.public, found.env.GREETING, found.labels.team, found.target],
      [sandbox.id, name, 'started', true, 'hello', 'blue', 'us'],
    );
    assert.deepEqual([found.autoStopInterval, found.autoArchiveInterval, found.autoDeleteInterval], [7, 120, 240]);
    for (const size of ['cpu', 'memory', 'disk']) assert.ok(found[size] > 0, size);
    assert.match(found.toolboxProxyUrl, /^http/);
  }
});

test('one sandbox is found by id, by name and by labels', async () => {
  const label = unique('one');
  const sandbox = await create({ labels: { one: label } });
  for (const filter of [{ idOrName: sandbox.id }, { idOrName: sandbox.name }, { labels: { one: label } }]) {
    assert.equal((await daytona.findOne(filter)).id, sandbox.id);
  }
  await assert.rejects(daytona.findOne({ labels: { one: unique('none') } }), sdk.DaytonaError);
  await assert.rejects(daytona.get(unique('nobody')), sdk.DaytonaNotFoundError);
});

test('sandboxes are listed page by page', async () => {
  const label = unique('page');
  const ids = [];
  for (let n = 0; n < 3; n += 1) ids.push((await create({ labels: { page: label } })).id);
  const first = await daytona.list({ page: label }, 1, 2);
  const second = await daytona.list({ page: label }, 2, 2);
  for (const [answer, page] of [[first, 1], [second, 2]]) {
    assert.deepEqual([answer.total, answer.page, answer.totalPages], [3, page, 2]);
  }
  assert.deepEqual([...first.items, ...second.items].map(({ id }) => id).sort(), ids.sort());
  assert.ok((await daytona.list()).items.length > 0);
});

test('a sandbox is stopped and started by itself and by the client', async () => {
  const sandbox = await create();
  await sandbox.stop(30);
  await sandbox.waitUntilStopped(5);
  assert.equal(sandbox.state, 'stopped');
  await sandbox.start(30);
  await sandbox.waitUntilStarted(5);
  assert.equal(sandbox.state, 'started');
  await daytona.stop(sandbox);
  assert.equal(sandbox.state, 'stopped');
  await daytona.start(sandbox, 30);
  assert.equal(sandbox.state, 'started');
  // Only a sandbox that has failed can be recovered.
  await assert.rejects(sandbox.recover(5), sdk.DaytonaError);
});

test('labels and intervals are changed and read again', async () => {
  const sandbox = await create();
  assert.deepEqual(await sandbox.setLabels({ team: 'red' }), { team: 'red' });
  await sandbox.setAutostopInterval(30);
  await sandbox.setAutoArchiveInterval(60);
  await sandbox.setAutoDeleteInterval(90);
  const other = await daytona.get(sandbox.id);
  assert.deepEqual([other.autoStopInterval, other.autoArchiveInterval, other.autoDeleteInterval], [30, 60, 90]);
  await (await daytona.get(sandbox.id)).stop();
  await sandbox.refreshData();
  assert.equal(sandbox.state, 'stopped');
  await sandbox.start();
  await sandbox.refreshActivity();
});

test('a sandbox is archived and comes back', async () => {
  const sandbox = await create();
  await sandbox.fs.uploadFile(Buffer.from('kept'), 'kept.txt');
  await sandbox.stop();
  await sandbox.archive();
  while (sandbox.state !== 'archived') await sandbox.refreshData();
  await sandbox.start(60);
  assert.equal(`${await sandbox.fs.downloadFile('kept.txt')}`, 'kept');
});

test('a sandbox has directories', async () => {
  const sandbox = await shared();
  assert.equal(await sandbox.getUserHomeDir(), await run('printf %s "$HOME"'));
  assert.equal(await sandbox.getWorkDir(), await run('pwd'));
  assert.equal(await sandbox.getUserRootDir(), await sandbox.getUserHomeDir());
});

test('a sandbox is deleted by itself and by the client', async () => {
  const [first, second] = [await create(), await create()];
  await first.delete(30);
  await daytona.delete(second, 30);
  const { items } = await daytona.list();
  assert.ok(!items.some(({ id }) => [first.id, second.id].includes(id)));
});

test('a sandbox is resized', async () => {
  const sandbox = await create();
  await sandbox.resize({ cpu: 2 }, 30);
  await sandbox.waitForResizeComplete(5);
  assert.equal((await daytona.get(sandbox.id)).cpu, 2);
});
