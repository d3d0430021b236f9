// What a sandbox serves, seen from outside, and the ways in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, run, shared } from './sdk.mjs';

test('a preview link and a signed one lead to the port', async () => {
  const sandbox = await shared();
  // Sandboxes may share the host's ports.
  const port = Number(await run("python3 -c 'import socket; s = socket.socket(); s.bind((\"\", 0)); print(s.getsockname()[1])'"));
  const directory = await folder();
  await sandbox.fs.uploadFile(Buffer.from('served from inside'), `${directory}/page.txt`);
  await sandbox.process.createSession(directory);
  const command = `cd ${directory} && exec python3 -u -m http.server --bind 127.0.0.1 ${port} 2>&1`;
  const { cmdId } = await sandbox.process.executeSessionCommand(directory, { command, runAsync: true });
  const ready = new Promise((resolve) => {
    const look = (text) => text.includes('Serving') && resolve();
    sandbox.process.getSessionCommandLogs(directory, cmdId, look, look).catch(() => {});
  });
  await ready;
  const { url, token } = await sandbox.getPreviewLink(port);
  const answer = await fetch(`${url}/page.txt`, { headers: { 'x-daytona-preview-token': token } });
  assert.equal(await answer.text(), 'served from inside');
  assert.ok(!(await fetch(`${url}/page.txt`)).ok);

  const signed = await sandbox.getSignedPreviewUrl(port, 60);
  assert.equal(signed.port, port);
  const address = new URL('page.txt', signed.url.endsWith('/') ? signed.url : `${signed.url}/`);
  address.search = new URL(signed.url).search;
  const body = async () => {
    const found = await fetch(address);
    return found.ok && found.text();
  };
  assert.equal(await body(), 'served from inside');
  await sandbox.expireSignedPreviewUrl(port, signed.token);
  assert.equal(await body(), false);
  await sandbox.process.deleteSession(directory);
});

test('access by SSH is given, looked at and taken back', async () => {
  const sandbox = await shared();
  const access = await sandbox.createSshAccess(10);
  assert.ok(access.sshCommand.includes(access.token));
  assert.ok(new Date(access.expiresAt) > new Date());
  const seen = await sandbox.validateSshAccess(access.token);
  assert.deepEqual([seen.valid, seen.sandboxId], [true, sandbox.id]);
  await sandbox.revokeSshAccess(access.token);
  assert.equal((await sandbox.validateSshAccess(access.token)).valid, false);
});
