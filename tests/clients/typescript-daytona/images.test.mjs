// Images described in code: every method of `Image`, built for snapshots and for sandboxes.
//
// Nothing is fetched from outside: what `pip` installs lies beside the test, and no step asks a registry.

import assert from 'node:assert/strict';
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

/** A source package of one module that needs nothing to be built with but what the machine has. */
function project(name) {
  const folder = path.join(place, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, `${name}.py`), `def greet():\n    return 'hello from ${name}'\n`);
  return folder;
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
    await output(sandbox, 'cat where heard list command', '/home/daytona/work'),
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

test('a module laid beside the program is imported', async () => {
  const image = Image.base(BASE)
    .addLocalDir(project('greeter'), '/home/daytona/modules')
    .env({ PYTHONPATH: '/home/daytona/modules' })
    .entrypoint(['sh', '-c', 'echo begun $0; exec sleep 60'])
    .cmd(['now']);
  const [sandbox] = await built(image);
  assert.equal(await output(sandbox, 'python3 -c "import greeter; print(greeter.greet())"'), 'hello from greeter');
  const { output: log, stdout } = await sandbox.process.getEntrypointLogs();
  assert.ok((log ?? stdout).includes('begun now'));
});

test('what the client writes of packages is what it is asked for', () => {
  writeFileSync(path.join(place, 'requirements.txt'), 'a==1\n');
  writeFileSync(path.join(place, 'pyproject.toml'), '[project]\nname = "x"\nversion = "1"\ndependencies = ["b==1"]\n');
  const text = Image.debianSlim('3.12')
    .pipInstall(['c'], { extraOptions: '--no-index' })
    .pipInstallFromRequirements(path.join(place, 'requirements.txt'))
    .pipInstallFromPyproject(path.join(place, 'pyproject.toml')).dockerfile;
  assert.match(text, /^FROM python:3\.12/);
  for (const part of ['pip install c --no-index', '-r /.requirements.txt', 'b==1']) assert.ok(text.includes(part), text);
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
  await assert.rejects(daytona.snapshot.create({ name, image }, { timeout: PATIENCE }), /reason: .*exit code: 7/);
  await daytona.snapshot.delete(await daytona.snapshot.get(name));
  await assert.rejects(daytona.create({ image }, { timeout: PATIENCE }), /exit code: 7/);
});
