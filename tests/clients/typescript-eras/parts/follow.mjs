// Logs followed while a command runs.

import assert from 'node:assert/strict';
import { since } from '../briefing.mjs';
import { checking } from '../check.mjs';
import { begin, exec, session, shared } from '../era.mjs';

const check = checking('follow');

/** Chunks are bytes in some releases and text in others. */
function follow(sandbox, id, command, onOutput, onErrors = onOutput) {
  const listeners = (since('0.27.0') ? [onOutput, onErrors] : [onOutput]).map((listener) => (chunk) => listener(`${chunk}`));
  return sandbox.process.getSessionCommandLogs(id, command, ...listeners);
}

check('a log is followed to the end of its command', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const command = await begin(sandbox, id, 'for i in 1 2 3; do echo out $i; sleep 0.2; done; echo err >&2');
  let output = '';
  let errors = '';
  await follow(sandbox, id, command, (text) => { output += text; }, (text) => { errors += text; });
  if (since('0.27.0')) assert.deepEqual([output, errors], ['out 1\nout 2\nout 3\n', 'err\n']);
  else assert.equal(output, 'out 1\nout 2\nout 3\nerr\n');
  assert.equal((await sandbox.process.getSessionCommand(id, command)).exitCode, 0);
  await sandbox.process.deleteSession(id);
});

check('output is heard before the command ends', async () => {
  const sandbox = await shared();
  const id = await session(sandbox);
  const command = await begin(sandbox, id, 'mkfifo gate-$$; echo gate-$$; read line < gate-$$; echo $line');
  let heard = '';
  let asked;
  const question = new Promise((resolve) => { asked = resolve; });
  const following = follow(sandbox, id, command, (text) => {
    heard += text;
    asked();
  });
  await question;
  const gate = heard.trim();
  await exec(sandbox, `sh -c 'echo opened > ${gate}; rm ${gate}'`);
  await following;
  assert.equal(heard, `${gate}\nopened\n`);
  await sandbox.process.deleteSession(id);
});
