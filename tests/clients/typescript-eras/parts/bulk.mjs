// Many files with one call.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { folder, read, shared, write } from '../era.mjs';

const check = checking('bulk');

check('many files are written at once', async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  const files = [0, 1, 2].map((n) => ({ source: Buffer.from(`number ${n}`), destination: `${directory}/${n}/file.txt` }));
  await sandbox.fs.uploadFiles(files);
  for (const { source, destination } of files) assert.ok((await read(sandbox, destination)).equals(source));
});

check('many files are read at once', { since: '0.105.0' }, async () => {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/a`, 'a');
  await write(sandbox, `${directory}/b`, '\r\n--b');
  const sources = ['a', 'b', 'none'].map((name) => `${directory}/${name}`);
  const found = await sandbox.fs.downloadFiles(sources.map((source) => ({ source })));
  assert.deepEqual(found.map(({ source }) => source), sources);
  assert.deepEqual(found.map(({ result }) => result && `${result}`), ['a', '\r\n--b', undefined]);
  assert.deepEqual(found.map(({ error }) => Boolean(error)), [false, false, true]);
});
