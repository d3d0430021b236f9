// FileSystem.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { folder, run, sdk, shared, unique } from './sdk.mjs';

test('a file goes up and down as bytes and as a local file', async () => {
  const { fs } = await shared();
  const directory = await folder();
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 256));
  await fs.uploadFile(bytes, `${directory}/bytes.bin`, 60);
  assert.ok((await fs.downloadFile(`${directory}/bytes.bin`, 60)).equals(bytes));

  const local = unique('local');
  await writeFile(local, bytes);
  await fs.uploadFile(local, `${directory}/copy.bin`);
  await fs.downloadFile(`${directory}/copy.bin`, `${local}.down`);
  assert.ok((await readFile(`${local}.down`)).equals(bytes));
  await assert.rejects(fs.downloadFile(`${directory}/none`), sdk.DaytonaError);
});

test('many files go up and down at once', async () => {
  const { fs } = await shared();
  const directory = await folder();
  await fs.uploadFiles([
    { source: Buffer.from('a'), destination: `${directory}/a` },
    { source: Buffer.from('b'), destination: `${directory}/deep/b` },
  ]);
  const local = unique('local');
  const [a, b, none] = await fs.downloadFiles([
    { source: `${directory}/a` },
    { source: `${directory}/deep/b`, destination: local },
    { source: `${directory}/none` },
  ]);
  assert.deepEqual([`${a.result}`, b.result, none.result], ['a', local, undefined]);
  assert.equal(await readFile(local, 'utf8'), 'b');
  assert.ok(none.error);
});

test('files are listed, described, moved, protected and deleted', async () => {
  const { fs } = await shared();
  const directory = await folder();
  await fs.uploadFile(Buffer.from('#!/bin/sh\necho ran\n'), `${directory}/tool`);
  await fs.createFolder(`${directory}/inner`, '700');
  const listed = await fs.listFiles(directory);
  assert.deepEqual(listed.map(({ name, isDir }) => [name, isDir]).sort(), [['inner', true], ['tool', false]]);
  await fs.setFilePermissions(`${directory}/tool`, { mode: '755' });
  const details = await fs.getFileDetails(`${directory}/tool`);
  assert.deepEqual([details.name, details.size, details.permissions], ['tool', 19, '0755']);
  assert.equal(await run(`${directory}/tool`), 'ran');
  await fs.moveFiles(`${directory}/tool`, `${directory}/inner/moved`);
  assert.deepEqual((await fs.listFiles(`${directory}/inner`)).map(({ name }) => name), ['moved']);
  await fs.deleteFile(`${directory}/inner/moved`);
  await assert.rejects(fs.deleteFile(directory), sdk.DaytonaError);
  await fs.deleteFile(directory, true);
  await assert.rejects(fs.getFileDetails(directory), sdk.DaytonaNotFoundError);
});

test('text is found, replaced, and files by their names', async () => {
  const { fs } = await shared();
  const directory = await folder();
  await fs.uploadFile(Buffer.from('one\ntwo needles\n'), `${directory}/a.txt`);
  const [match] = await fs.findFiles(directory, 'needles');
  assert.deepEqual([match.line, match.content.trim()], [2, 'two needles']);
  assert.ok(match.file.endsWith(`${directory}/a.txt`));
  const [replaced] = await fs.replaceInFiles([`${directory}/a.txt`], 'needles', 'pins');
  assert.equal(replaced.success, true);
  assert.equal(`${await fs.downloadFile(`${directory}/a.txt`)}`, 'one\ntwo pins\n');
  const { files } = await fs.searchFiles(directory, '*.txt');
  assert.equal(files.length, 1);
});
