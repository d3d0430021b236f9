// Files and folders.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { exec, folder, names, read, root, shared, write } from '../era.mjs';

const check = checking('files');

check('a file is written and read', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/text.txt`, 'grüße 文件 🙂\n');
  assert.equal(`${await read(sandbox, `${directory}/text.txt`)}`, 'grüße 文件 🙂\n');
});

check('bytes are written and read whole', { since: '0.21.0' }, async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256));
  await write(sandbox, `${directory}/bytes.bin`, bytes);
  assert.ok((await read(sandbox, `${directory}/bytes.bin`)).equals(bytes));
});

check('a relative path belongs to the root directory', async () => {
  const sandbox = await shared();
  await write(sandbox, 'relative.txt', 'here');
  assert.equal(`${await read(sandbox, `${await root(sandbox)}/relative.txt`)}`, 'here');
});

check('a file has details', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/five.txt`, 'five\n');
  const info = await sandbox.fs.getFileDetails(`${directory}/five.txt`);
  assert.deepEqual([info.name, info.size, info.isDir], ['five.txt', 5, false]);
  for (const key of ['modTime', 'mode', 'permissions', 'owner', 'group']) assert.ok(info[key], key);
  assert.ok((await sandbox.fs.getFileDetails(directory)).isDir);
});

check('a folder lists what is in it', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await sandbox.fs.createFolder(`${directory}/inner`, '755');
  await write(sandbox, `${directory}/b.txt`, 'b');
  assert.deepEqual(await names(sandbox, directory), ['b.txt', 'inner']);
});

check('files are moved and deleted', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/old.txt`, 'moved');
  await sandbox.fs.moveFiles(`${directory}/old.txt`, `${directory}/new.txt`);
  assert.equal(`${await read(sandbox, `${directory}/new.txt`)}`, 'moved');
  await sandbox.fs.deleteFile(`${directory}/new.txt`);
  assert.deepEqual(await names(sandbox, directory), []);
});

check('permissions are changed', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/tool.sh`, '#!/bin/sh\necho ran\n');
  await sandbox.fs.setFilePermissions(`${directory}/tool.sh`, { mode: '755' });
  assert.equal((await exec(sandbox, `${directory}/tool.sh`))[1].trim(), 'ran');
});

check('text is found and replaced', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  const file = `${directory}/a.txt`;
  await write(sandbox, file, 'one\ntwo needles\n');
  const found = await sandbox.fs.findFiles(directory, 'needles');
  assert.deepEqual(found.map((match) => [match.file, match.line, match.content.trim()]), [[file, 2, 'two needles']]);
  const replaced = await sandbox.fs.replaceInFiles([file], 'needles', 'pins');
  assert.deepEqual(replaced.map((each) => each.file), [file]);
  assert.equal(`${await read(sandbox, file)}`, 'one\ntwo pins\n');
});

check('files are found by name', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/a.py`, '#');
  await write(sandbox, `${directory}/b.txt`, '#');
  assert.deepEqual((await sandbox.fs.searchFiles(directory, '*.py')).files, [`${directory}/a.py`]);
});

check('a file that is not there is an error', async () => {
  await assert.rejects((await shared()).fs.getFileDetails('/home/daytona/nothing-is-called-this'));
});
