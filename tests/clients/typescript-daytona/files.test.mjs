// Files: there, back, and everything one does with them in between.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { drain, sandboxes, sdk, unique } from './sdk.mjs';

const { create } = sandboxes(after);
const local = mkdtempSync(path.join(tmpdir(), 'pitlane-files-'));
after(() => rmSync(local, { recursive: true, force: true }));

let sandbox;
let fs;
before(async () => {
  sandbox = await create();
  fs = sandbox.fs;
});

// The folder in the sandbox that only the current test uses.
let folder;
beforeEach(async () => {
  folder = unique('folder');
  await fs.createFolder(folder, '755');
});

const put = (name, content) => fs.uploadFile(Buffer.from(content), `${folder}/${name}`);
const text = async (name) => (await fs.downloadFile(`${folder}/${name}`)).toString();

/** Bytes that no compression or line handling leaves unharmed by accident, the same in every run. */
function noise(size) {
  const block = createHash('sha512').update('pitlane').digest();
  const buffer = Buffer.alloc(size);
  for (let at = 0, digest = block; at < size; at += 64) {
    digest.copy(buffer, at);
    digest = createHash('sha512').update(digest).digest();
  }
  return buffer;
}

function rejectsAs(errorClass, promise) {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof errorClass, `expected ${errorClass.name}, got ${error.constructor.name}: ${error.message}`);
    return true;
  });
}

test('bytes come back as they went', async () => {
  const content = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, n) => n)), Buffer.from('\r\n--boundary\r\n\0')]);
  await fs.uploadFile(content, `${folder}/all-bytes.bin`);
  assert.ok((await fs.downloadFile(`${folder}/all-bytes.bin`)).equals(content));
});

test('an upload creates missing folders and replaces what was there', async () => {
  await put('a/b/c.txt', 'a first and longer text');
  await put('a/b/c.txt', 'second');
  assert.equal(await text('a/b/c.txt'), 'second');
});

test('local files are uploaded and downloaded by path', async () => {
  const source = path.join(local, 'source.bin');
  const target = path.join(local, 'deep', 'target.bin');
  writeFileSync(source, noise(300_000));
  await fs.uploadFile(source, `${folder}/by-path.bin`);
  await fs.downloadFile(`${folder}/by-path.bin`, target);
  assert.ok(readFileSync(target).equals(readFileSync(source)));
});

test('names in any script work for every call', async () => {
  const name = 'naïve 文件 (1) & more.txt';
  await put(name, 'größe');
  assert.equal(await text(name), 'größe');
  assert.deepEqual((await fs.listFiles(folder)).map((entry) => entry.name), [name]);
  assert.equal((await fs.getFileDetails(`${folder}/${name}`)).name, name);
  assert.equal((await sandbox.process.executeCommand('ls', folder)).result, `${name}\n`);
});

test('many files travel in one call', async () => {
  const source = path.join(local, 'one-of-many.txt');
  const target = path.join(local, 'downloaded.txt');
  writeFileSync(source, 'from a file');
  const names = Array.from({ length: 20 }, (_, n) => `${n}.txt`);
  await fs.uploadFiles([
    ...names.map((name) => ({ source: Buffer.from(`in ${name}`), destination: `${folder}/${name}` })),
    { source, destination: `${folder}/local.txt` },
  ]);
  const responses = await fs.downloadFiles([
    ...names.map((name) => ({ source: `${folder}/${name}` })),
    { source: `${folder}/local.txt`, destination: target },
  ]);
  assert.deepEqual(responses.map((response) => response.error), Array(21).fill(undefined));
  assert.deepEqual(responses.slice(0, 20).map((response) => response.result.toString()), names.map((name) => `in ${name}`));
  assert.equal(readFileSync(target, 'utf8'), 'from a file');
});

test('a missing file among many is reported and the others arrive', async () => {
  await put('here.txt', 'here');
  const [missing, present] = await fs.downloadFiles([
    { source: `${folder}/missing.txt` },
    { source: `${folder}/here.txt` },
  ]);
  assert.equal(present.result.toString(), 'here');
  assert.equal(missing.result, undefined);
  assert.match(missing.error, /missing\.txt/);
  assert.equal(missing.errorDetails.statusCode, 404);
});

test('32 MiB travel whole in both directions', async () => {
  const content = noise(32 * 1024 * 1024);
  await fs.uploadFile(content, `${folder}/large.bin`);
  const { result } = await sandbox.process.executeCommand('sha256sum < large.bin', folder);
  assert.equal(result.split(' ')[0], createHash('sha256').update(content).digest('hex'));
  assert.ok((await fs.downloadFile(`${folder}/large.bin`)).equals(content));
});

test('streams report their progress', async () => {
  const content = noise(5_000_000);
  const sent = [];
  const received = [];
  const chunks = Array.from({ length: 50 }, (_, n) => content.subarray(n * 100_000, (n + 1) * 100_000));
  await fs.uploadFileStream(Readable.from(chunks), `${folder}/streamed.bin`, { onProgress: (p) => sent.push(p.bytesSent) });
  assert.equal(sent.at(-1), content.length);
  const stream = await fs.downloadFileStream(`${folder}/streamed.bin`, { onProgress: (p) => received.push(p) });
  assert.ok((await drain(stream)).equals(content));
  assert.deepEqual(received.at(-1), { bytesReceived: content.length, totalBytes: content.length });
});

test('a listing shows names in order with their kinds and sizes', async () => {
  await put('b.txt', '12345');
  await put('.hidden', 'x');
  await fs.createFolder(`${folder}/a`, '755');
  const entries = await fs.listFiles(folder);
  assert.deepEqual(entries.map((entry) => [entry.name, entry.isDir]), [['.hidden', false], ['a', true], ['b.txt', false]]);
  assert.equal(entries[2].size, 5);
  assert.deepEqual(await fs.listFiles(`${folder}/a`), []);
});

test('a listing can go deeper', async () => {
  await put('one/two/three.txt', 'x');
  const deep = await fs.listFiles(folder, { depth: 3 });
  assert.deepEqual(
    deep.map((entry) => entry.path),
    [`${folder}/one`, `${folder}/one/two`, `${folder}/one/two/three.txt`],
  );
});

test('file details are complete', async () => {
  await put('plain.txt', '12345');
  const info = await fs.getFileDetails(`${folder}/plain.txt`);
  assert.deepEqual([info.name, info.size, info.isDir], ['plain.txt', 5, false]);
  assert.deepEqual([info.permissions, info.mode], ['0644', '-rw-r--r--']);
  assert.match(info.owner, /^\d+$/);
  assert.match(info.group, /^\d+$/);
  assert.ok(!Number.isNaN(Date.parse(info.modifiedAt)));
});

test('what is missing is not found', async () => {
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.getFileDetails(`${folder}/missing`));
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.listFiles(`${folder}/missing`));
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.deleteFile(`${folder}/missing`));
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.moveFiles(`${folder}/missing`, `${folder}/elsewhere`));
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.downloadFile(`${folder}/missing`));
  await rejectsAs(sdk.DaytonaFileNotFoundError, fs.downloadFileStream(`${folder}/missing`));
});

test('folders are made with their parents and mode', async () => {
  await fs.createFolder(`${folder}/x/y/z`, '700');
  const info = await fs.getFileDetails(`${folder}/x/y/z`);
  assert.deepEqual([info.isDir, info.permissions], [true, '0700']);
  await rejectsAs(sdk.DaytonaBadRequestError, fs.createFolder(`${folder}/w`, 'not a mode'));
});

test('moving renames and never overwrites', async () => {
  await put('from.txt', 'moved');
  await fs.moveFiles(`${folder}/from.txt`, `${folder}/to.txt`);
  assert.equal(await text('to.txt'), 'moved');
  await put('taken.txt', 'in the way');
  await rejectsAs(sdk.DaytonaConflictError, fs.moveFiles(`${folder}/to.txt`, `${folder}/taken.txt`));
  assert.equal(await text('taken.txt'), 'in the way');
});

test('a folder with content is deleted only when asked for', async () => {
  await put('full/file.txt', 'x');
  await rejectsAs(sdk.DaytonaBadRequestError, fs.deleteFile(`${folder}/full`));
  await fs.deleteFile(`${folder}/full`, true);
  assert.deepEqual(await fs.listFiles(folder), []);
});

test('permissions can be set', async () => {
  await put('script.sh', '#!/bin/sh\necho ran\n');
  await fs.setFilePermissions(`${folder}/script.sh`, { mode: '750' });
  assert.equal((await fs.getFileDetails(`${folder}/script.sh`)).permissions, '0750');
  assert.equal((await sandbox.process.executeCommand('./script.sh', folder)).result, 'ran\n');
});

test('text is found with its file and line', async () => {
  await put('a/one.txt', 'first\nsecond needle\r\nthird\n');
  await put('two.txt', 'needle needle\n');
  await put('three.txt', 'Needle\n');
  await put('binary', '\0needle\n');
  const matches = await fs.findFiles(folder, 'needle');
  assert.deepEqual(
    matches.map(({ file, line, content }) => [file, line, content]).sort(),
    [
      [`${folder}/a/one.txt`, 2, 'second needle'],
      [`${folder}/two.txt`, 1, 'needle needle'],
    ],
  );
});

test('names are searched by pattern', async () => {
  for (const name of ['main.py', 'lib/tool.py', 'lib/notes.md']) await put(name, 'x');
  const { files } = await fs.searchFiles(folder, '*.py');
  assert.deepEqual(files.sort(), [`${folder}/lib/tool.py`, `${folder}/main.py`]);
});

test('text is replaced file by file', async () => {
  await put('a.txt', 'red and red.');
  await put('b.txt', 'blue');
  const files = [`${folder}/a.txt`, `${folder}/missing.txt`, `${folder}/b.txt`];
  const results = await fs.replaceInFiles(files, 'red', 'green');
  assert.deepEqual(results.map((result) => result.file), files);
  assert.deepEqual(results.map((result) => Boolean(result.success)), [true, false, true]);
  assert.ok(results[1].error);
  assert.equal(await text('a.txt'), 'green and green.');
  assert.equal(await text('b.txt'), 'blue');
});
