// Images described in code: every method of `Image`, built for snapshots and for sandboxes.
//
// Nothing is fetched from outside: what `pip` installs is a wheel made here, and no step asks a registry.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { Image } = sdk;
const { daytona } = sandboxes(after);
const BASE = 'python:3.12-slim-bookworm';
const PATIENCE = 240;

const place = mkdtempSync(path.join(tmpdir(), 'images-'));
after(() => rmSync(place, { recursive: true }));
const made = [];
after(() => Promise.allSettled(made.map((sandbox) => sandbox.delete())));

/** A sandbox made of an image, with what the builder said. */
async function built(image, params = {}) {
  const said = [];
  const onSnapshotCreateLogs = (chunk) => said.push(chunk);
  const sandbox = await daytona.create({ image, ...params }, { timeout: PATIENCE, onSnapshotCreateLogs });
  made.push(sandbox);
  return [sandbox, said.join('\n')];
}

async function output(sandbox, command, cwd) {
  const { exitCode, result } = await sandbox.process.executeCommand(command, cwd);
  assert.equal(exitCode, 0, result);
  return result.trim();
}

/** A wheel of one module in a folder: an archive with a module and what says of whom it is. */
function wheel(folder, name) {
  const info = `${name}-1.0.dist-info`;
  const files = {
    [`${name}.py`]: `def greet():\n    return 'hello from ${name}'\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: `${name}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  };
  const tree = mkdtempSync(path.join(place, 'wheel-'));
  mkdirSync(path.join(tree, info));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(tree, file), text);
  const archive = path.join(folder, `${name}-1.0-py3-none-any.whl`);
  execFileSync('python3', ['-m', 'zipfile', '-c', archive, `${name}.py`, info], { cwd: tree });
}

test('steps, variables and places are in the sandbox', async () => {
  const word = unique('word');
  const image = Image.base(BASE)
    .env({ GREETING: `hello ${word}` })
    .workdir('/home/daytona/work')
    .runCommands(`echo said ${word}`, 'pwd > where && echo $GREETING > heard', ['sh', '-c', 'echo two words > list'])
    .dockerfileCommands(['RUN echo from a command > command']);
  const [sandbox, said] = await built(image, { resources: { cpu: 2, memory: 2 } });
  assert.ok(said.includes(`said ${word}`), said);
  assert.deepEqual([sandbox.cpu, sandbox.memory, sandbox.disk], [2, 2, 3]);
  assert.equal(
    await output(sandbox, 'cat where heard list command'),
    `/home/daytona/work\nhello ${word}\ntwo words\nfrom a command`,
  );
  const [again, nothing] = await built(image, { resources: { cpu: 2, memory: 2 } });
  assert.equal(again.buildInfo.snapshotRef, sandbox.buildInfo.snapshotRef);
  assert.equal(nothing, '', 'nothing is built again, so nothing is said');
});

test('files, directories and a dockerfile of one\'s own are built', async () => {
  const beside = path.join(place, 'beside');
  mkdirSync(path.join(beside, 'data'), { recursive: true });
  const note = unique('note');
  writeFileSync(path.join(beside, 'data/note.txt'), note);
  const image = Image.base(BASE)
    .addLocalFile(path.join(beside, 'data/note.txt'), '/home/daytona/note.txt')
    .addLocalDir(path.join(beside, 'data'), '/home/daytona/data');
  const [sandbox] = await built(image);
  for (const file of ['note.txt', 'data/note.txt']) {
    assert.equal((await sandbox.fs.downloadFile(file)).toString(), note);
  }
  const text = `FROM ${BASE} AS maker\nRUN echo made > /tmp/made\nFROM ${BASE}\n`
    + 'COPY --from=maker /tmp/made /home/daytona/made\nCOPY data /home/daytona/data\n';
  writeFileSync(path.join(beside, 'Dockerfile'), text);
  const [own] = await built(Image.fromDockerfile(path.join(beside, 'Dockerfile')));
  assert.equal(await output(own, 'cat made data/note.txt'), `made\n${note}`);
});

test('packages are installed by every way there is', async () => {
  const wheels = path.join(place, 'wheels');
  mkdirSync(wheels);
  for (const name of ['greeter', 'helper', 'sender']) wheel(wheels, name);
  writeFileSync(path.join(place, 'requirements.txt'), 'helper==1.0\n');
  writeFileSync(path.join(place, 'pyproject.toml'), '[project]\nname = "x"\nversion = "1"\ndependencies = ["sender==1.0"]\n');
  const options = { findLinks: ['/home/daytona/wheels'], extraOptions: '--no-index' };
  const image = Image.base(BASE)
    .addLocalDir(wheels, '/home/daytona/wheels')
    .pipInstall(['greeter'], options)
    .pipInstallFromRequirements(path.join(place, 'requirements.txt'), options)
    .pipInstallFromPyproject(path.join(place, 'pyproject.toml'), options);
  const [sandbox] = await built(image);
  const modules = 'import greeter, helper, sender; print(greeter.greet(), helper.greet(), sender.greet())';
  const expected = 'hello from greeter hello from helper hello from sender';
  assert.equal(await output(sandbox, `python3 -c "${modules}"`), expected);
});

test('entrypoint and command run in the sandbox', async () => {
  const image = Image.base(BASE).entrypoint(['sh', '-c', 'echo begun $0; exec sleep 60']).cmd([unique('with')]);
  const [sandbox] = await built(image);
  const { output: log, stdout } = await sandbox.process.getEntrypointLogs();
  assert.match(log ?? stdout, /begun with-/);
});

test('the slim image is the one python is built on', () => {
  assert.match(Image.debianSlim('3.12').dockerfile, /^FROM python:3\.12[^]*RUN apt-get update/);
});

test('a snapshot is built, told of, and made sandboxes from', async () => {
  const [name, word] = [`built/${unique('snapshot')}:1`, unique('word')];
  const image = Image.base(BASE).env({ WORD: word }).runCommands(`echo said ${word}`);
  const said = [];
  const snapshot = await daytona.snapshot.create({ name, image }, { onLogs: (chunk) => said.push(chunk), timeout: PATIENCE });
  try {
    assert.equal(snapshot.state, 'active');
    assert.ok(said.some((chunk) => chunk.includes(`said ${word}`)), said.join('|'));
    const sandbox = await daytona.create({ snapshot: name });
    made.push(sandbox);
    assert.equal(await output(sandbox, 'echo $WORD'), word);
  } finally {
    await daytona.snapshot.delete(snapshot);
  }
});

test('a step that fails is told with its reason', async () => {
  const image = Image.base(BASE).runCommands(`echo ${unique('last')} && exit 7`);
  const name = unique('snapshot');
  await assert.rejects(daytona.snapshot.create({ name, image }, { timeout: PATIENCE }), /Reason: .*exit code: 7/);
  await daytona.snapshot.delete(await daytona.snapshot.get(name));
  await assert.rejects(daytona.create({ image }, { timeout: PATIENCE }), /build_failed/);
});
