// Images described in code.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { daytona, exec, sdk } from '../era.mjs';

const check = checking('images');

check('a sandbox is made of an image described in code', async () => {
  const image = sdk.Image.base('debian:12').env({ GREETING: 'hello' }).runCommands('echo built > /built.txt');
  const sandbox = await daytona.create({ image, language: 'python' }, { timeout: 60 });
  try {
    assert.equal((await exec(sandbox, 'cat /built.txt'))[1].trim(), 'built');
  } finally {
    await sandbox.delete();
  }
});
