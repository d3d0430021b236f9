// Files that fit no buffer: streamed there and back, and given up half way.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const MEBIBYTE = 1024 * 1024;
const SIZE = 256;

const { create } = sandboxes(after);
let fs;
let sandbox;
before(async () => {
  sandbox = await create();
  fs = sandbox.fs;
});

/** A stream of mebibytes made while it is read, and the digest of what was read. */
function noise(count, breaksAt = Infinity) {
  const block = randomBytes(MEBIBYTE);
  const digest = createHash('sha256');
  async function* blocks() {
    for (let n = 0; n < count; n += 1) {
      if (n === breaksAt) throw new Error('the source is gone');
      digest.update(block);
      yield block;
    }
  }
  return { stream: Readable.from(blocks()), digest };
}

test('256 MiB are streamed there and back', async () => {
  const path = `${unique('large')}.bin`;
  const { stream, digest } = noise(SIZE);
  await fs.uploadFileStream(stream, path);
  const expected = digest.digest('hex');
  assert.equal((await fs.getFileDetails(path)).size, SIZE * MEBIBYTE);
  const received = createHash('sha256');
  for await (const piece of await fs.downloadFileStream(path)) received.update(piece);
  assert.equal(received.digest('hex'), expected);
  await fs.deleteFile(path);
});

test('an upload given up half way leaves nothing behind', async () => {
  const folder = unique('half');
  await fs.createFolder(folder, '755');
  await assert.rejects(fs.uploadFileStream(noise(64, 8).stream, `${folder}/half.bin`));
  await assert.rejects(fs.getFileDetails(`${folder}/half.bin`), sdk.DaytonaFileNotFoundError);
  assert.deepEqual(await fs.listFiles(folder), []);
});

test('a download given up half way leaves the sandbox well', async () => {
  const path = `${unique('large')}.bin`;
  await sandbox.process.executeCommand(`head -c ${64 * MEBIBYTE} /dev/zero > ${path}`);
  const stream = await fs.downloadFileStream(path);
  for await (const piece of stream) {
    assert.ok(piece.length > 0);
    break;
  }
  stream.destroy();
  assert.equal((await fs.getFileDetails(path)).size, 64 * MEBIBYTE);
});
