// Terminals, and Python that keeps its state.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
before(async () => {
  sandbox = await create();
});

/** A terminal and what it has printed. */
async function terminal(open) {
  const decoder = new TextDecoder();
  const opened = { output: '' };
  opened.handle = await open((data) => {
    opened.output += decoder.decode(data, { stream: true });
  });
  await opened.handle.waitForConnection();
  return opened;
}

const made = (options) => terminal((onData) => sandbox.process.createPty({ ...options, onData }));
const joined = (id) => terminal((onData) => sandbox.process.connectPty(id, { onData }));

test('a terminal is made, resized, typed into and ends with its exit code', async () => {
  const pty = await made({ id: unique('pty'), cols: 120, rows: 30, envs: { GREETING: 'dobrý den' } });
  const resized = await pty.handle.resize(133, 33);
  assert.deepEqual([resized.cols, resized.rows], [133, 33]);
  await pty.handle.sendInput('stty -echo; stty size; echo "$GREETING"; exit 7\n');
  assert.equal((await pty.handle.wait()).exitCode, 7);
  assert.match(pty.output, /33 133\r\n/);
  assert.match(pty.output, /dobrý den\r\n/);
  await pty.handle.disconnect();
});

test('a terminal outlives its client and is listed, resized, joined and killed', async () => {
  const id = unique('pty');
  const pty = await made({ id });
  await pty.handle.sendInput('kept=yes\n');
  await pty.handle.disconnect();
  assert.ok((await sandbox.process.listPtySessions()).some((session) => session.id === id));
  const info = await sandbox.process.getPtySessionInfo(id);
  assert.deepEqual([info.active, info.cols, info.rows], [true, 80, 24]);
  assert.equal((await sandbox.process.resizePtySession(id, 40, 10)).cols, 40);
  const again = await joined(id);
  await again.handle.sendInput('stty -echo; echo kept=$kept; exit 0\n');
  assert.equal((await again.handle.wait()).exitCode, 0);
  assert.match(again.output, /kept=yes/);

  const killed = await made({ id });
  await sandbox.process.killPtySession(id);
  assert.equal((await killed.handle.wait()).exitCode, 137);
  await assert.rejects(sandbox.process.getPtySessionInfo(id), /not found/);
  await assert.rejects(joined(id));
});

test('what cannot be made or found is an error of its own class', async () => {
  const id = unique('pty');
  const pty = await made({ id });
  await assert.rejects(made({ id }));
  await pty.handle.kill();
  await assert.rejects(sandbox.process.resizePtySession(id, 80, 24), (error) => {
    assert.ok(error instanceof sdk.DaytonaSessionEndedError, error);
    assert.equal(error.statusCode, 410);
    return true;
  });
  await assert.rejects(sandbox.process.killPtySession(id), sdk.DaytonaNotFoundError);
});

test('code keeps its state and calls back as it prints', async () => {
  const seen = [];
  const result = await sandbox.codeInterpreter.runCode("import sys\nx = 41\nprint('ž')\nprint('e', file=sys.stderr)", {
    onStdout: ({ output }) => seen.push(['out', output]),
    onStderr: ({ output }) => seen.push(['err', output]),
  });
  assert.deepEqual([result.stdout, result.stderr, result.error], ['ž\n', 'e\n', undefined]);
  assert.deepEqual(seen, [['out', 'ž\n'], ['err', 'e\n']]);
  const next = await sandbox.codeInterpreter.runCode("import os\nprint(x + 1, os.environ['A'])", { envs: { A: '1' } });
  assert.equal(next.stdout, '42 1\n');
});

test('an exception is a result and not an error', async () => {
  const errors = [];
  const onError = (error) => errors.push(error.value);
  const { error } = await sandbox.codeInterpreter.runCode("raise ValueError('boom')", { onError });
  assert.deepEqual([error.name, error.value], ['ValueError', 'boom']);
  assert.match(error.traceback, /ValueError: boom\n$/);
  assert.deepEqual(errors, ['boom']);
});

test('contexts are made, listed, kept apart and deleted', async () => {
  const { codeInterpreter } = sandbox;
  const context = await codeInterpreter.createContext('/tmp');
  assert.ok((await codeInterpreter.listContexts()).some(({ id }) => id === context.id));
  assert.equal((await codeInterpreter.runCode('y = 1', { context })).error, undefined);
  assert.equal((await codeInterpreter.runCode('y')).error.name, 'NameError');
  await codeInterpreter.deleteContext(context);
  assert.ok(!(await codeInterpreter.listContexts()).some(({ id }) => id === context.id));
  await assert.rejects(codeInterpreter.deleteContext(context), sdk.DaytonaNotFoundError);
  await assert.rejects(codeInterpreter.runCode('1', { context }), /context not found/);
});

test('time that is up is an error and the state is kept', async () => {
  const context = await sandbox.codeInterpreter.createContext();
  await assert.rejects(
    sandbox.codeInterpreter.runCode('import time\nz = 1\ntime.sleep(30)', { context, timeout: 1 }),
    sdk.DaytonaTimeoutError,
  );
  assert.equal((await sandbox.codeInterpreter.runCode('print(z)', { context })).stdout, '1\n');
  await sandbox.codeInterpreter.deleteContext(context);
});
