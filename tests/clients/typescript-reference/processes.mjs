// Process: commands, code and its charts, sessions, terminals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, lacks, sdk, shared, unique } from './sdk.mjs';

test('a command has a directory, variables, a limit and an exit code', async () => {
  const { process } = await shared();
  const { exitCode, result } = await process.executeCommand('echo $COLOUR in $PWD; exit 3', '/tmp', { COLOUR: 'red' }, 30);
  assert.deepEqual([exitCode, result.trim()], [3, 'red in /tmp']);
  await assert.rejects(process.executeCommand('sleep 600', undefined, undefined, 1), sdk.DaytonaError);
});

test('code has arguments and variables', async () => {
  const { process } = await shared();
  const code = "import os, sys\nprint(sys.argv[1:], os.environ['COLOUR'])";
  const { exitCode, result } = await process.codeRun(code, { argv: ['one'], env: { COLOUR: 'red' } }, 30);
  assert.deepEqual([exitCode, result.trim()], [0, "['one'] red"]);
});

for (const language of ['typescript', 'javascript']) {
  test(`code may be ${language}`, async (t) => {
    if (await lacks(t, 'ts-node')) return;
    const sandbox = await create({ language });
    const { exitCode, result } = await sandbox.process.codeRun('console.log(`answer ${[6, 7].reduce((a, b) => a * b)}`)');
    assert.deepEqual([exitCode, result.trim()], [0, 'answer 42']);
  });
}

for (const [type, code, elements] of [
  ['line', "plt.plot([1, 2], [3, 4], label='a')", [{ label: 'a', points: [[1, 3], [2, 4]] }]],
  ['scatter', "plt.scatter([1, 2], [3, 4], label='a')", [{ label: 'a', points: [[1, 3], [2, 4]] }]],
  ['bar', "plt.bar(['x', 'y'], [3, 4], label='a')", undefined],
  ['pie', "plt.pie([1, 3], labels=['x', 'y'])", undefined],
  // The client's own drawing library knows filled boxes only.
  ['box_and_whisker', 'plt.boxplot([1, 2, 3], patch_artist=True)', undefined],
]) {
  test(`a ${type} chart comes back from code`, async () => {
    const { process } = await shared();
    const { artifacts, result } = await process.codeRun(`import matplotlib.pyplot as plt\nplt.title('T')\n${code}\nplt.show()\n`);
    assert.equal(artifacts.charts?.length, 1, result);
    const [chart] = artifacts.charts;
    assert.deepEqual([chart.type, chart.title], [type, 'T']);
    assert.ok(chart.png && chart.elements.length > 0);
    if (elements) assert.deepEqual(chart.elements, elements);
    assert.equal(sdk.ChartType[type.toUpperCase()], type);
  });
}

test('a session runs commands one after the other', async () => {
  const { process } = await shared();
  const id = unique('session');
  await process.createSession(id);
  const first = await process.executeSessionCommand(id, { command: 'cd /usr; echo out; echo err >&2; (exit 3)' }, 30);
  assert.deepEqual([first.stdout, first.stderr, first.exitCode], ['out\n', 'err\n', 3]);
  const { cmdId } = await process.executeSessionCommand(id, { command: 'pwd; read line; echo "got $line"', runAsync: true });
  assert.equal((await process.getSessionCommand(id, cmdId)).exitCode, undefined);
  const heard = { out: '', err: '' };
  const following = process.getSessionCommandLogs(
    id,
    cmdId,
    (text) => { heard.out += text; },
    (text) => { heard.err += text; },
  );
  await process.sendSessionCommandInput(id, cmdId, 'a line\n');
  await following;
  assert.match(heard.out, /^\/usr\n(a line\n)?got a line\n$/);
  assert.equal(heard.err, '');
  assert.equal((await process.getSessionCommandLogs(id, cmdId)).stdout, heard.out);
  assert.deepEqual((await process.getSession(id)).commands.map((command) => command.id), [first.cmdId, cmdId]);
  assert.ok((await process.listSessions()).some(({ sessionId }) => sessionId === id));
  await process.deleteSession(id);
  await assert.rejects(process.getSession(id), sdk.DaytonaNotFoundError);
});

/** A terminal and what it has printed. */
async function terminal(open) {
  const opened = { output: '' };
  opened.handle = await open({ onData: (data) => { opened.output += new TextDecoder().decode(data); } });
  await opened.handle.waitForConnection();
  return opened;
}

test('a terminal is made, left, joined, resized, typed into and ended', async () => {
  const { process } = await shared();
  const id = unique('pty');
  const first = await terminal((listener) => process.createPty({ id, cols: 100, rows: 20, cwd: '/tmp', envs: { A: 'b' }, ...listener }));
  assert.ok(first.handle.isConnected());
  await first.handle.disconnect();
  assert.ok(!first.handle.isConnected());
  assert.ok((await process.listPtySessions()).some((session) => session.id === id));
  const info = await process.getPtySessionInfo(id);
  assert.deepEqual([info.active, info.cols, info.rows], [true, 100, 20]);
  assert.equal((await process.resizePtySession(id, 90, 30)).cols, 90);
  const second = await terminal((listener) => process.connectPty(id, listener));
  assert.equal((await second.handle.resize(80, 25)).rows, 25);
  await second.handle.sendInput('stty -echo; stty size; echo $A in $PWD; exit 7\n');
  assert.equal((await second.handle.wait()).exitCode, 7);
  assert.equal(second.handle.exitCode, 7);
  assert.match(second.output, /25 80\r\nb in \/tmp\r\n/);

  for (const end of [(handle) => handle.kill(), (handle) => process.killPtySession(handle.sessionId)]) {
    const other = await terminal((listener) => process.createPty({ id: unique('pty'), ...listener }));
    await end(other.handle);
    assert.equal((await other.handle.wait()).exitCode, 137);
  }
});
