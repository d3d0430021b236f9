// Sandboxes are stopped and started.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { checking } from '../check.mjs';
import { create, details, exec, read, write } from '../era.mjs';

const check = checking('restart');

check('files survive a stop and processes do not', async () => {
  const sandbox = await create();
  await write(sandbox, 'kept.txt', 'kept');
  // Process numbers may begin anew with the sandbox, so the process is known by its words.
  const number = randomInt(1e9);
  // The pattern does not find itself.
  const look = `sh -c 'grep -aqs 600[.]${number} /proc/[0-9]*/cmdline'`;
  const runs = async () => (await exec(sandbox, look))[0] === 0;
  await exec(sandbox, `sh -c 'sleep 600.${number} >/dev/null 2>&1 &'`);
  assert.ok(await runs());

  await sandbox.stop();
  assert.equal((await details(sandbox)).state, 'stopped');
  await assert.rejects(exec(sandbox, 'echo not reached'));

  await sandbox.start();
  assert.equal((await details(sandbox)).state, 'started');
  assert.equal(`${await read(sandbox, 'kept.txt')}`, 'kept');
  assert.ok(!(await runs()));
});
