// Shell sessions: commands that share a shell, their logs and their input.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { create } = sandboxes(after);
let process;
let sandbox;
let session;
before(async () => {
  sandbox = await create();
  ({ process } = sandbox);
});
beforeEach(async () => {
  session = unique('session');
  await process.createSession(session);
});

const run = (command, options) => process.executeSessionCommand(session, { command, ...options });
const begin = async (command, options) => (await run(command, { runAsync: true, ...options })).cmdId;

/** Follows a command to its end; its output and errors. */
async function follow(commandId) {
  const heard = { output: '', errors: '' };
  await process.getSessionCommandLogs(
    session,
    commandId,
    (text) => { heard.output += text; },
    (text) => { heard.errors += text; },
  );
  return heard;
}

const is = (errorClass, status) => (error) => {
  assert.ok(error instanceof errorClass, `${error?.constructor?.name}: ${error}`);
  assert.equal(error.statusCode, status);
  return true;
};

test('a command tells its streams apart and returns its exit code', async () => {
  const { stdout, stderr, exitCode, cmdId } = await run('echo out; echo err >&2; (exit 3)');
  assert.deepEqual([stdout, stderr, exitCode], ['out\n', 'err\n', 3]);
  assert.ok(cmdId);
});

test('commands share directory, variables and functions', async () => {
  await run('cd /; export COLOUR=red; shade() { echo dark $COLOUR; }');
  assert.equal((await run('pwd; shade')).stdout, '/\ndark red\n');
});

test('a session knows its commands in their order', async () => {
  const ids = [(await run('true')).cmdId, await begin('sleep 600'), await begin('echo third')];
  const found = await process.getSession(session);
  assert.equal(found.sessionId, session);
  assert.deepEqual(found.commands.map(({ id }) => id), ids);
  assert.deepEqual(found.commands.map(({ exitCode }) => exitCode), [0, undefined, undefined]);
  const command = await process.getSessionCommand(session, ids[1]);
  assert.deepEqual([command.id, command.command, command.exitCode], [ids[1], 'sleep 600', undefined]);
});

test('sessions are listed until they are deleted', async () => {
  const listed = async () => (await process.listSessions()).some(({ sessionId }) => sessionId === session);
  assert.ok(await listed());
  await process.deleteSession(session);
  assert.ok(!(await listed()));
  await assert.rejects(process.getSession(session), sdk.DaytonaNotFoundError);
});

test('a command in the background answers at once and takes input', async () => {
  const response = await run('echo started; read line; echo "got $line"', { runAsync: true });
  assert.equal(response.exitCode ?? null, null);
  while (!(await process.getSessionCommandLogs(session, response.cmdId)).stdout.includes('started')) await pause(10);
  assert.equal((await process.getSessionCommand(session, response.cmdId)).exitCode, undefined);
  await process.sendSessionCommandInput(session, response.cmdId, 'a line');
  // The next command waits for this one.
  await run('true');
  const logs = await process.getSessionCommandLogs(session, response.cmdId);
  assert.equal(logs.stdout, 'started\na line\ngot a line\n');
  assert.equal((await process.getSessionCommand(session, response.cmdId)).exitCode, 0);
});

test('input stays out of the log when asked', async () => {
  const command = await begin('read line; echo "got $line"', { suppressInputEcho: true });
  await process.sendSessionCommandInput(session, command, 'a line\n');
  await run('true');
  assert.equal((await process.getSessionCommandLogs(session, command)).stdout, 'got a line\n');
});

test('logs are text of any size and alphabet', async () => {
  const command = await begin("seq 1 20000; printf 'grüße 文件 🙂' >&2");
  await run('true');
  const { stdout, stderr } = await process.getSessionCommandLogs(session, command);
  assert.ok(stdout === `${Array.from({ length: 20000 }, (_, n) => n + 1).join('\n')}\n`);
  assert.equal(stderr, 'grüße 文件 🙂\n');
});

test('followed logs arrive whole while the command runs and after', async () => {
  const command = await begin("for i in $(seq 1 2000); do echo out $i; echo err $i >&2; done; printf 'ende 🙂'");
  const lines = (name) => Array.from({ length: 2000 }, (_, n) => `${name} ${n + 1}\n`).join('');
  for (let time = 0; time < 2; time += 1) {
    const { output, errors } = await follow(command);
    assert.ok(output === `${lines('out')}ende 🙂\n` && errors === lines('err'));
  }
});

test('a follower sees output before the command ends', async () => {
  const command = await begin('echo question; read answer; echo "answer: $answer"', { suppressInputEcho: true });
  let output = '';
  const asked = Promise.withResolvers ? Promise.withResolvers() : (() => {
    let resolve;
    return { promise: new Promise((done) => { resolve = done; }), resolve: () => resolve() };
  })();
  const following = process.getSessionCommandLogs(session, command, (text) => {
    output += text;
    asked.resolve();
  }, () => {});
  await asked.promise;
  assert.equal(output, 'question\n');
  await process.sendSessionCommandInput(session, command, '42');
  await following;
  assert.equal(output, 'question\nanswer: 42\n');
});

test('deleting a session ends its followers and its processes', async () => {
  const command = await begin('sleep 600 & echo $!; wait');
  let processId = '';
  const following = process.getSessionCommandLogs(session, command, (text) => { processId += text; }, () => {});
  while (!processId.endsWith('\n')) await pause(10);
  await process.deleteSession(session);
  await following;
  assert.notEqual((await process.executeCommand(`kill -0 ${processId}`)).exitCode, 0);
});

test('a command that ends the shell returns and later ones are refused', async () => {
  const { stdout, exitCode } = await run('echo bye; exit 5');
  assert.deepEqual([stdout, exitCode], ['bye\n', 5]);
  await assert.rejects(run('echo later'), is(sdk.DaytonaSessionEndedError, 410));
});

test('input to a command that has ended is refused', async () => {
  const { cmdId } = await run('true');
  await assert.rejects(
    process.sendSessionCommandInput(session, cmdId, 'late'),
    is(sdk.DaytonaCommandAlreadyCompletedError, 410),
  );
});

test('a taken id is a conflict', async () => {
  await assert.rejects(process.createSession(session), is(sdk.DaytonaConflictError, 409));
});

test('what does not exist is not found', async () => {
  for (const call of [
    () => process.getSession('no-such-session'),
    () => process.deleteSession('no-such-session'),
    () => process.executeSessionCommand('no-such-session', { command: 'true' }),
    () => process.getSessionCommand(session, 'no-such-command'),
    () => process.getSessionCommandLogs(session, 'no-such-command'),
    () => process.sendSessionCommandInput(session, 'no-such-command', 'x'),
    // Sandboxes have no entrypoint of their own here.
    () => process.getEntrypointSession(),
    () => process.getEntrypointLogs(),
  ]) {
    await assert.rejects(call(), is(sdk.DaytonaProcessNotFoundError, 404));
  }
  await assert.rejects(process.getSessionCommandLogs(session, 'no-such-command', () => {}, () => {}));
});

test('what cannot be is a bad request', async () => {
  for (const call of [
    () => process.createSession(''),
    () => process.createSession('entrypoint'),
    () => process.deleteSession('entrypoint'),
    () => run('  '),
  ]) {
    await assert.rejects(call(), is(sdk.DaytonaBadRequestError, 400));
  }
});
