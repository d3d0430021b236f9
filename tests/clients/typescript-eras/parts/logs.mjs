// What the commands of a session have printed.

import assert from 'node:assert/strict';
import { since } from '../briefing.mjs';
import { checking } from '../check.mjs';
import { begin, logs, run, session, shared } from '../era.mjs';

const check = checking('logs');

check('the log of a command is what it printed', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const { cmdId } = await run(sandbox, id, "echo out; echo err >&2; echo 'grüße 🙂'");
  const [output, errors] = await logs(sandbox, id, cmdId);
  if (since('0.27.0')) assert.deepEqual([output, errors], ['out\ngrüße 🙂\n', 'err\n']);
  else assert.deepEqual(output.trim().split(/\s/).sort(), ['err', 'grüße', 'out', '🙂']);
  await sandbox.process.deleteSession(id);
});

check('a command that is not waited for has a log', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const command = await begin(sandbox, id, 'echo printed');
  // The next command waits for this one.
  await run(sandbox, id, 'true');
  assert.equal((await logs(sandbox, id, command))[0].trim(), 'printed');
  await sandbox.process.deleteSession(id);
});
