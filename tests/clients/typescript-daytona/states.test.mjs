// Pausing, copying, resizing, archiving, and what is set for later.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const { DaytonaBadRequestError, DaytonaConflictError, DaytonaError, DaytonaNotFoundError } = sdk;
const { DaytonaUnprocessableEntityError } = sdk;

/** A check of an error's class and of a part of its text. */
const refused = (type, text) => (error) => {
  assert.ok(error instanceof type, `${error}`);
  assert.match(error.message, new RegExp(text));
  return true;
};

test('a paused machine goes on with the programs it had', async () => {
  const machine = await create({ snapshot: 'linux-vm' });
  const { result } = await machine.process.executeCommand('sleep 600 >/dev/null 2>&1 & echo $!');
  await machine.pause();
  assert.equal(machine.state, 'paused');
  await assert.rejects(machine.process.executeCommand('echo not reached'), DaytonaError);
  await machine.start();
  assert.equal(machine.state, 'started');
  assert.equal((await machine.process.executeCommand(`kill -0 ${result.trim()}`)).exitCode, 0);
});

test('a container can be neither paused nor copied', async () => {
  const sandbox = await create();
  await assert.rejects(sandbox.pause(), refused(DaytonaUnprocessableEntityError, 'Pausing is not supported'));
  await assert.rejects(sandbox.fork(), refused(DaytonaUnprocessableEntityError, 'Forking is not supported'));
});

test('a copy has the files and goes its own way', async () => {
  const parent = await create({ snapshot: 'linux-vm' });
  await parent.fs.uploadFile(Buffer.from('shared'), 'note.txt');
  const name = unique('copy');
  const child = await parent.fork({ name });
  try {
    assert.equal(child.state, 'started');
    assert.equal(child.name, name);
    assert.equal((await child.fs.downloadFile('note.txt')).toString(), 'shared');
    await child.fs.uploadFile(Buffer.from('changed'), 'note.txt');
    assert.equal((await parent.fs.downloadFile('note.txt')).toString(), 'shared');
    await assert.rejects(parent.fork({ name }), DaytonaConflictError);
    await assert.rejects(parent.delete(), refused(DaytonaBadRequestError, 'active fork children'));
  } finally {
    await child.delete(60, true);
  }
});

test('a sandbox grows while it runs and shrinks while it rests', async () => {
  const sandbox = await create();
  await sandbox.resize({ cpu: 2, memory: 2 });
  assert.deepEqual([sandbox.cpu, sandbox.memory, sandbox.state], [2, 2, 'started']);
  const early = refused(DaytonaBadRequestError, 'stopped state to decrease the number of CPU cores');
  await assert.rejects(sandbox.resize({ cpu: 1 }), early);
  await sandbox.stop();
  await sandbox.resize({ cpu: 1, disk: 5 });
  assert.deepEqual([sandbox.cpu, sandbox.disk, sandbox.state], [1, 5, 'stopped']);
});

test('an archived sandbox starts with its files', async () => {
  const sandbox = await create();
  await sandbox.fs.uploadFile(Buffer.from('kept'), 'kept.txt');
  await assert.rejects(sandbox.archive(), refused(DaytonaBadRequestError, 'Sandbox is not stopped'));
  await sandbox.stop();
  await sandbox.archive();
  assert.ok(['archived', 'archiving'].includes(sandbox.state), sandbox.state);
  await sandbox.start();
  assert.equal(sandbox.state, 'started');
  assert.equal((await sandbox.fs.downloadFile('kept.txt')).toString(), 'kept');
});

test('stopping an ephemeral sandbox ends it and is no failure', async () => {
  const sandbox = await create({ ephemeral: true });
  await sandbox.stop();
  assert.equal(sandbox.state, 'destroyed');
  await assert.rejects(daytona.get(sandbox.name), DaytonaNotFoundError);
});

test('a time to live and a pause interval are set and taken away', async () => {
  const machine = await create({ snapshot: 'linux-vm' });
  await machine.setAutoPauseInterval(30);
  await machine.setTtl(90);
  let readBack = await daytona.get(machine.id);
  assert.equal(readBack.autoPauseInterval, 30);
  assert.ok(!Number.isNaN(Date.parse(readBack.autoDestroyAt)));
  await machine.setAutoPauseInterval(0);
  await machine.setTtl(0);
  readBack = await daytona.get(machine.id);
  assert.equal(readBack.autoPauseInterval, 0);
  assert.equal(readBack.autoDestroyAt, undefined);
  await assert.rejects((await create()).setAutoPauseInterval(30), DaytonaBadRequestError);
});

test('network settings replace each other', async () => {
  const sandbox = await create();
  await sandbox.updateNetworkSettings({ networkAllowList: '10.0.0.0/8' });
  let readBack = await daytona.get(sandbox.id);
  assert.deepEqual([readBack.networkBlockAll, readBack.networkAllowList], [false, '10.0.0.0/8']);
  await sandbox.updateNetworkSettings({ networkBlockAll: true });
  readBack = await daytona.get(sandbox.id);
  assert.deepEqual([readBack.networkBlockAll, readBack.networkAllowList], [true, undefined]);
});

test('what is well cannot be recovered', async () => {
  const sandbox = await create();
  await assert.rejects(sandbox.recover(), refused(DaytonaBadRequestError, 'not in a recoverable state'));
});

test('activity can be refreshed', async () => {
  const sandbox = await create();
  const before = Date.parse(sandbox.lastActivityAt);
  await sandbox.refreshActivity();
  await sandbox.refreshData();
  assert.ok(Date.parse(sandbox.lastActivityAt) >= before);
});
