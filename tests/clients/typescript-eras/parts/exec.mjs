// Commands.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { exec, shared } from '../era.mjs';

const check = checking('exec');

check('a command has an output and an exit code', async () => {
  const sandbox = await shared();
  const [good, output] = await exec(sandbox, 'echo hello');
  assert.deepEqual([good, output.trim()], [0, 'hello']);
  const [bad, before] = await exec(sandbox, "sh -c 'echo before; exit 3'");
  assert.deepEqual([bad, before.trim()], [3, 'before']);
});

check('output is text of any alphabet', async () => {
  // The client adds an end of line in some releases.
  assert.equal((await exec(await shared(), "printf 'grüße 文件 🙂'"))[1].trim(), 'grüße 文件 🙂');
});

check('a command may be a line of shell', async () => {
  const [exitCode, output] = await exec(await shared(), "sh -c 'for i in 1 2 3; do echo n$((i * 2)); done | tail -1'");
  assert.deepEqual([exitCode, output.trim()], [0, 'n6']);
});

check('a command that is not there fails', async () => {
  assert.notEqual((await exec(await shared(), 'no-such-command-anywhere'))[0], 0);
});

check('a command runs in its directory', async () => {
  assert.equal((await exec(await shared(), 'pwd', { cwd: '/tmp' }))[1].trim(), '/tmp');
});

check('a command that takes too long is stopped', async () => {
  await assert.rejects(exec(await shared(), 'sleep 600', { timeout: 1 }));
});

check('a command has variables of its own', { since: '0.14.0' }, async () => {
  assert.equal((await exec(await shared(), 'printenv COLOUR', { env: { COLOUR: 'red' } }))[1].trim(), 'red');
});
