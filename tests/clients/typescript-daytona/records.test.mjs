// Volumes, secrets and warm pools, and what sandboxes have of them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const { DaytonaConflictError, DaytonaNotFoundError } = sdk;

const variable = (prefix) => unique(prefix).replaceAll('-', '_');

test('a volume is made, found, listed and deleted', async () => {
  const volume = await daytona.volume.create(unique('volume'));
  assert.equal((await daytona.volume.get(volume.name)).id, volume.id);
  assert.ok((await daytona.volume.list()).some(({ id }) => id === volume.id));
  await daytona.volume.delete(volume);
  assert.ok(!(await daytona.volume.list()).some(({ id }) => id === volume.id));
  await assert.rejects(daytona.volume.get(volume.name), DaytonaNotFoundError);
});

test('a volume is made when it is asked for and missing', async () => {
  const name = unique('asked for');
  const made = await daytona.volume.get(name, true);
  assert.equal((await daytona.volume.get(name, true)).id, made.id);
  await daytona.volume.delete(made);
});

test('a sandbox says which volumes it has, and keeps them', async () => {
  const volume = await daytona.volume.create(unique('volume'));
  const sandbox = await create({ volumes: [{ volumeId: volume.name, mountPath: '/home/daytona/data' }] });
  for (const { volumes } of [sandbox, await daytona.get(sandbox.id)]) {
    assert.equal(volumes.length, 1);
    assert.equal(volumes[0].volumeId, volume.id);
    assert.equal(volumes[0].mountPath, '/home/daytona/data');
  }
  await assert.rejects(daytona.volume.delete(volume), DaytonaConflictError);
  await sandbox.delete();
  await daytona.volume.delete(volume);
  await assert.rejects(create({ volumes: [{ volumeId: volume.name, mountPath: '/home/daytona/data' }] }), DaytonaNotFoundError);
});

test('a secret is kept, changed and found on its page', async () => {
  const name = variable('SECRET');
  const secret = await daytona.secret.create({ name, value: 'hunter2', hosts: ['api.example.test'] });
  assert.match(secret.placeholder, /^dtn_secret_/);
  assert.ok(!JSON.stringify(secret).includes('hunter2'));
  const changed = await daytona.secret.update(secret.id, { description: 'what for' });
  assert.equal(changed.description, 'what for');
  assert.deepEqual(changed.hosts, ['api.example.test']);
  const page = await daytona.secret.list({ name, limit: 1 });
  assert.deepEqual([page.total, page.items.map(({ id }) => id), page.nextCursor], [1, [secret.id], null]);
  await assert.rejects(daytona.secret.create({ name, value: 'again' }), DaytonaConflictError);
  await daytona.secret.delete(secret.id);
  await assert.rejects(daytona.secret.get(secret.id), DaytonaNotFoundError);
});

test('a sandbox sees the placeholder of its secret', async () => {
  const secret = await daytona.secret.create({ name: variable('SECRET'), value: 'hunter2' });
  const sandbox = await create({ secrets: { MY_KEY: secret.name } });
  const shown = await sandbox.process.executeCommand('echo $MY_KEY');
  assert.equal(shown.result.trim(), secret.placeholder);
  await sandbox.updateSecrets({});
  await sandbox.stop();
  await sandbox.start();
  const gone = await sandbox.process.executeCommand('echo "[$MY_KEY]"');
  assert.equal(gone.result.trim(), '[]');
  await daytona.secret.delete(secret.id);
});

test('a warm pool is made, resized and given up', async () => {
  const { snapshot } = await create();
  const pool = await daytona.warmPool.create({ snapshot, pool: 1, target: unique('region') });
  assert.deepEqual([pool.snapshot, pool.pool], [snapshot, 1]);
  assert.equal((await daytona.warmPool.update(pool.id, { pool: 2 })).pool, 2);
  assert.ok((await daytona.warmPool.list()).some(({ id }) => id === pool.id));
  await daytona.warmPool.delete(pool.id);
  await assert.rejects(daytona.warmPool.delete(pool.id), DaytonaNotFoundError);
});
