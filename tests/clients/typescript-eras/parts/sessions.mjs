// Commands that share a shell.

import assert from 'node:assert/strict';
import { since } from '../briefing.mjs';
import { checking } from '../check.mjs';
import { begin, logs, run, session, shared } from '../era.mjs';

const check = checking('sessions');

check('commands share directory and variables', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  await run(sandbox, id, 'cd /usr && export COLOUR=red');
  const answer = await run(sandbox, id, 'echo $COLOUR in $PWD');
  // Until 0.27 the parts of an answer were not told apart.
  assert.equal((since('0.27.0') ? answer.stdout : answer.output).trim(), 'red in /usr');
  assert.equal(answer.exitCode, 0);
  assert.equal((await run(sandbox, id, '(exit 4)')).exitCode, 4);
  await sandbox.process.deleteSession(id);
});

check('sessions are listed until they are deleted', async () => {
  const sandbox = await shared();
  const listed = async () => (await sandbox.process.listSessions()).map(({ sessionId }) => sessionId);
  const id = await session(sandbox);
  assert.ok((await listed()).includes(id));
  await sandbox.process.deleteSession(id);
  assert.ok(!(await listed()).includes(id));
});

check('a session knows its commands in their order', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const first = (await run(sandbox, id, 'true')).cmdId;
  const second = await begin(sandbox, id, 'sleep 600');
  const { sessionId, commands } = await sandbox.process.getSession(id);
  assert.equal(sessionId, id);
  assert.deepEqual(commands.map((command) => [command.id, command.exitCode ?? null]), [[first, 0], [second, null]]);
  const command = await sandbox.process.getSessionCommand(id, second);
  assert.deepEqual([command.id, command.command, command.exitCode ?? null], [second, 'sleep 600', null]);
  await sandbox.process.deleteSession(id);
});

check('a command takes input', { since: '0.139.0' }, async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const command = await begin(sandbox, id, 'read line; echo "got $line"');
  await sandbox.process.sendSessionCommandInput(id, command, 'a line\n');
  await run(sandbox, id, 'true');
  assert.ok((await logs(sandbox, id, command))[0].endsWith('got a line\n'));
  await sandbox.process.deleteSession(id);
});
