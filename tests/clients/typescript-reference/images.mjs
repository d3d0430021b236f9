// Image: descriptions in code, and the sandboxes made of them.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { create, sdk } from './sdk.mjs';

test('an image is described in code', async () => {
  await writeFile('requirements.txt', 'requests==2.32.5\n');
  await writeFile('pyproject.toml', '[project]\nname = "p"\nversion = "1"\ndependencies = ["requests==2.32.5"]\n');
  const image = sdk.Image.debianSlim('3.12')
    .pipInstall(['numpy'])
    .pipInstallFromRequirements('requirements.txt')
    .pipInstallFromPyproject('pyproject.toml')
    .addLocalFile('requirements.txt', '/opt/requirements.txt')
    .addLocalDir('.', '/opt/here')
    .runCommands('echo built')
    .env({ GREETING: 'hello' })
    .workdir('/opt')
    .dockerfileCommands(['USER nobody'])
    .entrypoint(['sleep'])
    .cmd(['infinity']);
  for (const line of ['FROM python:3.12', 'numpy', 'requests', 'COPY', 'RUN echo built', 'ENV GREETING=', 'WORKDIR /opt', 'USER nobody']) {
    assert.ok(image.dockerfile.includes(line), `${line} in ${image.dockerfile}`);
  }
  assert.match(image.dockerfile, /ENTRYPOINT \["sleep"\]\nCMD \["infinity"\]/);
  assert.ok(image.contextList.length >= 2);
});

test('a sandbox is made of an image, and the log of its build is heard', async () => {
  const image = sdk.Image.base('debian:12').runCommands('echo b"u"ilt > /home/daytona/note').env({ GREETING: 'hello' });
  const heard = [];
  const sandbox = await create({ image }, { timeout: 60, onSnapshotCreateLogs: (chunk) => heard.push(chunk) });
  assert.match(heard.join(''), /RUN echo b"u"ilt/);
  assert.equal((await sandbox.process.executeCommand('cat ~/note; echo $GREETING')).result, 'built\nhello\n');
});
