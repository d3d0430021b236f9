// SSH access: the token a client gets opens the sandbox to the SSH library people use.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { drain, require, sandboxes, unique } from './sdk.mjs';

const { Client } = require('ssh2');
const { create } = sandboxes(after);
let sandbox;
let access;
before(async () => {
  sandbox = await create();
  access = await sandbox.createSshAccess();
});

/** Host, port and user of the command a client is given. */
function address({ sshCommand }) {
  const words = sshCommand.split(' ');
  const flag = words.indexOf('-p');
  const [username, host] = words.at(-1).split('@');
  return { host, port: flag < 0 ? 22 : Number(words[flag + 1]), username };
}

/** A connection that shows nothing but the token. */
async function connect(access) {
  const client = new Client();
  const ready = once(client, 'ready');
  client.connect({ ...address(access), readyTimeout: 30_000 });
  await ready;
  return client;
}

/** Calls a function of ssh2 that takes a callback last. */
const call = (target, name, ...values) =>
  new Promise((resolve, reject) => {
    target[name](...values, (error, result) => (error ? reject(error) : resolve(result)));
  });

/** Output, errors and the end of a command. */
async function run(client, command, input = '', options = {}) {
  const channel = await call(client, 'exec', command, options);
  const closed = once(channel, 'close');
  const [output, errors] = [drain(channel), drain(channel.stderr)];
  channel.end(input);
  const [code, signal] = await closed;
  return { output: String(await output), errors: String(await errors), code, signal };
}

test('a token is a user name that is valid until it is revoked', async () => {
  const sandbox = await create();
  const access = await sandbox.createSshAccess(5);
  assert.match(access.token, /^[A-Za-z0-9]{32}$/);
  const lifetime = new Date(access.expiresAt) - new Date(access.createdAt);
  assert.ok(Math.abs(lifetime - 300_000) < 1000, String(lifetime));
  const valid = await sandbox.validateSshAccess(access.token);
  assert.deepEqual([valid.valid, valid.sandboxId], [true, sandbox.id]);
  await sandbox.revokeSshAccess(access.token);
  assert.equal((await sandbox.validateSshAccess(access.token)).valid, false);
  await assert.rejects(connect(access), /authentication methods failed/);
});

test('ssh2 runs commands with their streams apart', async () => {
  const client = await connect(access);
  try {
    const ran = await run(client, 'tr a-z A-Z; echo apart >&2; exit 3', 'heron');
    assert.deepEqual([ran.output, ran.errors, ran.code], ['HERON', 'apart\n', 3]);
    const many = await Promise.all(Array.from({ length: 10 }, (_, n) => run(client, `echo ${n}`)));
    assert.deepEqual(many.map(({ output }) => output), Array.from({ length: 10 }, (_, n) => `${n}\n`));
    const killed = await run(client, 'kill -TERM $$');
    assert.equal(killed.code, null);
    assert.match(killed.signal, /TERM/);
    const sent = await run(client, 'echo $LC_HERON', '', { env: { LC_HERON: 'grey' } });
    assert.equal(sent.output, 'grey\n');
  } finally {
    client.end();
  }
});

test('ssh2 has a terminal that takes a new size', async () => {
  const client = await connect(access);
  try {
    const shell = await call(client, 'shell', { term: 'vt100', cols: 77, rows: 22 });
    const closed = once(shell, 'close');
    shell.setWindow(30, 90, 0, 0);
    shell.write('echo "[$TERM $(stty size)]"; exit 4\n');
    const seen = String(await drain(shell));
    assert.match(seen, /\[vt100 30 90\]/);
    assert.equal((await closed)[0], 4);
  } finally {
    client.end();
  }
});

test('ssh2 carries files', async () => {
  const folder = unique('folder');
  const content = Buffer.alloc(3_000_000, 'heron');
  const client = await connect(access);
  try {
    const sftp = await call(client, 'sftp');
    await call(sftp, 'mkdir', folder);
    await call(sftp, 'writeFile', `${folder}/up.bin`, content);
    await call(sftp, 'rename', `${folder}/up.bin`, `${folder}/there.bin`);
    await call(sftp, 'symlink', 'there.bin', `${folder}/link`);
    assert.equal(await call(sftp, 'readlink', `${folder}/link`), 'there.bin');
    await call(sftp, 'chmod', `${folder}/there.bin`, 0o640);
    const stats = await call(sftp, 'stat', `${folder}/link`);
    assert.deepEqual([stats.size, stats.mode & 0o777], [content.length, 0o640]);
    assert.ok((await call(sftp, 'readFile', `${folder}/link`)).equals(content));
    const names = (await call(sftp, 'readdir', folder)).map(({ filename }) => filename);
    assert.deepEqual(names.filter((name) => !name.startsWith('.')).sort(), ['link', 'there.bin']);
    await assert.rejects(call(sftp, 'stat', `${folder}/none`), { code: 2 });
  } finally {
    client.end();
  }
  assert.ok((await sandbox.fs.downloadFile(`${folder}/there.bin`)).equals(content));
});

test('a stopped sandbox says so', async () => {
  const sandbox = await create();
  const access = await sandbox.createSshAccess();
  await sandbox.stop();
  const client = await connect(access);
  try {
    const ran = await run(client, 'true');
    assert.match(ran.errors, /Sandbox is not started \(state: stopped\)\./);
    assert.equal(ran.code, 1);
  } finally {
    client.end();
  }
});
