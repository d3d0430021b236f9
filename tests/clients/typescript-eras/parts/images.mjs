// Images described in code.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { daytona, exec, sdk } from '../era.mjs';

const check = checking('images');
const unique = (prefix) => `${prefix}-${Math.random().toString(16).slice(2, 10)}`;

check('a sandbox is made of an image described in code', async () => {
  const [word, said] = [unique('word'), []];
  const image = sdk.Image.base('debian:12')
    .env({ GREETING: `hello ${word}` })
    .workdir('/home/daytona/work')
    .runCommands(`echo said ${word}`, 'echo built > /home/daytona/work/built.txt');
  const onSnapshotCreateLogs = (chunk) => said.push(chunk);
  const sandbox = await daytona.create({ image, language: 'python' }, { timeout: 120, onSnapshotCreateLogs });
  try {
    const [, output] = await exec(sandbox, 'cat /home/daytona/work/built.txt; echo $GREETING');
    assert.equal(output.trim(), `built\nhello ${word}`);
    assert.ok(said.join('').includes(`said ${word}`), said.join('|'));
  } finally {
    await sandbox.delete();
  }
});

check('an image is built for later', async () => {
  const [name, word, said] = [`built/${unique('image')}:1`, unique('word'), []];
  const image = sdk.Image.base('debian:12').env({ WORD: word }).runCommands(`echo said ${word}`);
  await daytona.snapshot.create({ name, image }, { onLogs: (chunk) => said.push(chunk) });
  const sandbox = await daytona.create({ snapshot: name, language: 'python' });
  try {
    assert.ok(said.join('').includes(`said ${word}`), said.join('|'));
    assert.equal((await exec(sandbox, 'echo $WORD'))[1].trim(), word);
  } finally {
    await sandbox.delete();
    await daytona.snapshot.delete(await daytona.snapshot.get(name));
  }
});

check('a step that fails fails the build', async () => {
  const image = sdk.Image.base('debian:12').runCommands(`echo ${unique('last')} && exit 7`);
  const name = unique('image');
  // Of sandboxes the first releases only know that they start or are in error.
  await assert.rejects(daytona.snapshot.create({ name, image }), /exit code: 7/);
  await daytona.snapshot.delete(await daytona.snapshot.get(name));
});
