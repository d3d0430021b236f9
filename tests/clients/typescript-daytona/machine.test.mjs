// What a sandbox says of itself, and the environment it gives to what it starts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sandboxes } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
before(async () => {
  sandbox = await create();
});

const output = async (command) => (await sandbox.process.executeCommand(command)).result;

test('home and work directory are where files and commands are', async () => {
  const home = await sandbox.getUserHomeDir();
  assert.equal((await output('cd; pwd')).trim(), home);
  assert.equal((await output('pwd')).trim(), await sandbox.getWorkDir());
});

test('changed variables are seen by what starts later', async () => {
  await sandbox.updateEnv({ HERON: 'grey', STORK: 'white' });
  assert.equal(await output('echo $HERON,$STORK'), 'grey,white\n');
  await sandbox.updateEnv({ STORK: 'red' }, { unset: ['HERON'] });
  assert.equal(await output('echo ${HERON-gone},$STORK'), 'gone,red\n');
});

test('metrics are of this moment and within their bounds', async () => {
  const metrics = await sandbox.getMetricsLatest();
  assert.ok(Math.abs(Date.now() - metrics.timestamp.getTime()) < 60_000);
  assert.ok(metrics.cpuCount >= 1 && metrics.cpuUsedPct >= 0 && metrics.cpuUsedPct <= 100);
  assert.ok(metrics.memUsed > 0 && metrics.memUsed <= metrics.memTotal);
  assert.ok(metrics.diskUsed >= 0 && metrics.diskUsed <= metrics.diskTotal);
});

test('the history of metrics can be asked for', async () => {
  assert.ok(Array.isArray(await sandbox.getMetrics()));
});
