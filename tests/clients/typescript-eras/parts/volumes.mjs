// Folders that outlive a sandbox and are shared by several.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, daytona, read, unique, write } from '../era.mjs';

const check = checking('volumes');

check('what one sandbox writes another reads', async () => {
  const name = unique('volume');
  const volume = await daytona.volume.get(name, true);
  assert.equal(volume.name, name);
  assert.ok((await daytona.volume.list()).some((one) => one.name === name));
  const volumes = [{ volumeId: volume.id, mountPath: '/home/daytona/shared' }];
  const first = await create({ volumes });
  await write(first, '/home/daytona/shared/note.txt', 'kept');
  await first.delete();
  const second = await create({ volumes });
  assert.equal(`${await read(second, '/home/daytona/shared/note.txt')}`, 'kept');
  await second.delete();
  await daytona.volume.delete(volume);
});
