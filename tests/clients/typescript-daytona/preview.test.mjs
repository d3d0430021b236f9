// Programs that listen in a sandbox, visited from outside by the addresses the client is given.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sandboxes, unique } from './sdk.mjs';

const { create } = sandboxes(after);

// Listens on a port of its own and says which.
const start = (folder) =>
  `mkdir ${folder} && cd ${folder} && echo hello > index.html && mkfifo ready && ` +
  '(python3 -u -m http.server 0 --bind 127.0.0.1 > ready 2> errors &) ; head -n 1 ready';

/** A sandbox of its own with a web server, and the server's port. */
async function program(params) {
  const sandbox = await create(params);
  const { result } = await sandbox.process.executeCommand(start(unique('site')));
  return { sandbox, port: Number(/ port (\d+)/.exec(result)[1]) };
}

test('a preview opens with its token only', async () => {
  const { sandbox, port } = await program();
  const { url, token } = await sandbox.getPreviewLink(port);
  const opened = await fetch(url, { headers: { 'x-daytona-preview-token': token } });
  assert.equal(opened.status, 200);
  assert.equal(await opened.text(), 'hello\n');
  assert.equal((await fetch(url)).status, 401);
  const appended = await fetch(`${url}/none`, { headers: { 'x-daytona-preview-token': token } });
  assert.equal(appended.status, 404);
});

test('a signed address opens by itself until it is expired', async () => {
  const { sandbox, port } = await program();
  const signed = await sandbox.getSignedPreviewUrl(port, 600);
  assert.equal(signed.port, port);
  assert.equal(await (await fetch(signed.url)).text(), 'hello\n');
  await sandbox.expireSignedPreviewUrl(port, signed.token);
  assert.equal((await fetch(signed.url)).status, 401);
  await assert.rejects(sandbox.getSignedPreviewUrl(port, 100_000), /between 1 second and 24 hours/);
});

test('a public sandbox shows its programs to everybody', async () => {
  const { sandbox, port } = await program({ public: true });
  const { url } = await sandbox.getPreviewLink(port);
  assert.equal(await (await fetch(url)).text(), 'hello\n');
});

test('port 2280 leads to the toolbox', async () => {
  const sandbox = await create();
  const { url, token } = await sandbox.getPreviewLink(2280);
  const answer = await fetch(`${url}/work-dir`, { headers: { 'x-daytona-preview-token': token } });
  assert.match((await answer.json()).dir, /^\//);
  await assert.rejects(sandbox.getPreviewLink(70_000), /Invalid port/);
});
