// URLs that carry their own permission: for any HTTP client, without a key.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { sandboxes, unique } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
before(async () => {
  sandbox = await create();
});

let folder;
beforeEach(() => {
  folder = unique('folder');
});

test('a download URL gives exactly the file', async () => {
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 256));
  await sandbox.fs.uploadFile(content, `${folder}/naïve file & more.bin`);
  const url = await sandbox.downloadUrl(`${folder}/naïve file & more.bin`);
  assert.match(url, /signature=/);
  assert.match(url, /expires=/);
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(content));
  const head = await fetch(url, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '100000']);
});

test('an upload URL takes a form', async () => {
  const form = new FormData();
  form.set('file', new Blob(['uploaded']), 'anything');
  const response = await fetch(await sandbox.uploadUrl(`${folder}/new/uploaded.txt`), { method: 'POST', body: form });
  assert.equal(response.status, 200);
  assert.equal((await sandbox.fs.downloadFile(`${folder}/new/uploaded.txt`)).toString(), 'uploaded');
});

test('a URL that was changed opens nothing', async () => {
  await sandbox.fs.uploadFile(Buffer.from('mine'), `${folder}/mine.txt`);
  const url = await sandbox.downloadUrl(`${folder}/mine.txt`);
  for (const forged of [url.replace('mine.txt', 'other.txt'), url.replace('expires=', 'expires=9'), url.replace('v1_', 'v1_x')]) {
    const response = await fetch(forged);
    assert.equal(response.status, 401, forged);
    assert.doesNotMatch(await response.text(), /^mine$/);
  }
});

test('rotating the key ends every URL made before', async () => {
  await sandbox.fs.uploadFile(Buffer.from('x'), `${folder}/x`);
  const url = await sandbox.downloadUrl(`${folder}/x`, 0);
  assert.equal((await fetch(url)).status, 200);
  await sandbox.rotateSigningKey();
  assert.equal((await fetch(url)).status, 401);
  assert.equal((await fetch(await sandbox.downloadUrl(`${folder}/x`))).status, 200);
});
