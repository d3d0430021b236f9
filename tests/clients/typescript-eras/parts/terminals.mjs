// Terminals.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { shared, unique } from '../era.mjs';

const check = checking('terminals');

check('a terminal is typed into and ends with its exit code', async () => {
  const sandbox = await shared();
  let output = '';
  const terminal = await sandbox.process.createPty({
    id: unique('pty'),
    envs: { GREETING: 'hi' },
    cols: 120,
    rows: 30,
    onData: (data) => { output += new TextDecoder().decode(data); },
  });
  await terminal.waitForConnection();
  const { cols, rows } = await terminal.resize(133, 33);
  assert.deepEqual([cols, rows], [133, 33]);
  await terminal.sendInput('stty -echo; stty size; echo "$GREETING"; exit 7\n');
  assert.equal((await terminal.wait()).exitCode, 7);
  assert.match(output, /33 133\r\n/);
  assert.match(output, /hi\r\n/);
});

check('terminals are listed until they are killed', async () => {
  const { process } = await shared();
  const listed = async () => (await process.listPtySessions()).map(({ id }) => id);
  const id = unique('pty');
  const terminal = await process.createPty({ id, onData: () => {} });
  await terminal.waitForConnection();
  assert.ok((await listed()).includes(id));
  assert.equal((await process.getPtySessionInfo(id)).active, true);
  await process.killPtySession(id);
  await terminal.wait();
  assert.ok(!(await listed()).includes(id));
});
