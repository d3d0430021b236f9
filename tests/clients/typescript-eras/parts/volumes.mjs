// Folders that outlive a sandbox and are shared by several.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, daytona, names, read, unique, write } from '../era.mjs';

const check = checking('volumes');

check('a volume is found by its name and listed', async () => {
  const name = unique('volume');
  const volume = await daytona.volume.get(name, true);
  assert.equal((await daytona.volume.get(name)).id, volume.id);
  assert.ok((await daytona.volume.list()).some((one) => one.name === name));
  await daytona.volume.delete(volume);
});

check('what one sandbox writes another reads', async () => {
  const volume = await daytona.volume.get(unique('volume'), true);
  const volumes = [{ volumeId: volume.id, mountPath: '/home/daytona/shared' }];
  const first = await create({ volumes });
  await write(first, '/home/daytona/shared/note.txt', 'kept');
  await first.delete();
  const second = await create({ volumes });
  assert.ok((await names(second, '/home/daytona')).includes('shared'));
  assert.equal(`${await read(second, '/home/daytona/shared/note.txt')}`, 'kept');
  await second.delete();
  await daytona.volume.delete(volume);
});
