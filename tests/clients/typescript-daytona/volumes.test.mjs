// What is in a volume: shared between sandboxes while they run, and there when they are gone.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const { DaytonaConflictError, DaytonaNotFoundError } = sdk;

const place = '/home/daytona/shared';
const mounted = (volume, mountPath = place, subpath = undefined) => ({ volumeId: volume.id, mountPath, subpath });
const text = async (sandbox, path) => `${await sandbox.fs.downloadFile(path)}`;

/** A volume that is deleted after the test, also when it fails; its users go first. */
async function volumeFor(t) {
  const volume = await daytona.volume.create(unique('volume'));
  const users = [];
  t.after(async () => {
    await Promise.allSettled(users.map((user) => user.delete()));
    await Promise.allSettled([daytona.volume.delete(volume)]);
  });
  return [volume, async (...volumes) => {
    const user = await create({ volumes });
    users.push(user);
    return user;
  }];
}

test('two sandboxes see what the other writes', async (t) => {
  const [volume, use] = await volumeFor(t);
  const [one, other] = [await use(mounted(volume)), await use(mounted(volume))];
  await one.fs.uploadFile(Buffer.from('from one\n'), `${place}/note.txt`);
  const appended = await other.process.executeCommand('cat shared/note.txt && echo from the other >> shared/note.txt');
  assert.deepEqual([appended.exitCode, appended.result.trim()], [0, 'from one']);
  assert.equal(await text(one, `${place}/note.txt`), 'from one\nfrom the other\n');
});

test('files outlive the sandbox that wrote them', async (t) => {
  const [volume, use] = await volumeFor(t);
  const first = await use(mounted(volume));
  await first.fs.uploadFile(Buffer.from('kept'), `${place}/note.txt`);
  await first.stop();
  await first.start();
  assert.equal(await text(first, `${place}/note.txt`), 'kept');
  await first.delete();
  assert.equal(await text(await use(mounted(volume)), `${place}/note.txt`), 'kept');
});

test('a subpath shows that part and nothing beside it', async (t) => {
  const [volume, use] = await volumeFor(t);
  const part = mounted(volume, '/home/daytona/part', 'teams/red');
  const whole = await use(mounted(volume), part);
  await whole.process.executeCommand('echo red > shared/teams/red/note && echo blue > shared/other');
  for (const sandbox of [whole, await use(part)]) {
    assert.equal((await sandbox.process.executeCommand('ls part && cat part/note')).result, 'note\nred\n');
  }
});

test('a volume in use is not deleted, and a deleted one takes its files along', async (t) => {
  const [volume, use] = await volumeFor(t);
  const user = await use(mounted(volume));
  await user.fs.uploadFile(Buffer.from('gone'), `${place}/note.txt`);
  await assert.rejects(daytona.volume.delete(volume), DaytonaConflictError);
  await user.delete();
  await daytona.volume.delete(volume);
  await assert.rejects(use(mounted(volume)), DaytonaNotFoundError);
  const again = await daytona.volume.create(volume.name);
  const fresh = await use(mounted(again));
  assert.deepEqual(await fresh.fs.listFiles(place), []);
  await fresh.delete();
  await daytona.volume.delete(again);
});
