// Creating, finding, changing, stopping, starting and deleting sandboxes.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { collect, packageUnderTest, require, sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const { DaytonaConflictError, DaytonaError, DaytonaNotFoundError } = sdk;

test('the package is the published one', () => {
  assert.equal(require(`${packageUnderTest}/package.json`).version, process.env.PITLANE_CLIENT_VERSION);
});

test('a sandbox created with nothing said is started and has the documented defaults', async () => {
  const sandbox = await create();
  assert.equal(sandbox.state, 'started');
  assert.equal(sandbox.name, sandbox.id);
  assert.ok(sandbox.organizationId);
  assert.equal(sandbox.user, 'daytona');
  assert.deepEqual(sandbox.env, {});
  assert.deepEqual(sandbox.labels, { 'code-toolbox-language': 'python' });
  assert.equal(sandbox.public, false);
  assert.equal(sandbox.networkBlockAll, false);
  assert.equal(sandbox.autoStopInterval, 15);
  assert.equal(sandbox.autoDeleteInterval, -1);
  assert.ok(sandbox.snapshot);
  assert.ok(!Number.isNaN(Date.parse(sandbox.createdAt)));
  assert.match(sandbox.toolboxProxyUrl, /^http/);
  for (const resource of ['cpu', 'memory', 'disk']) assert.ok(sandbox[resource] > 0, resource);
});

test('what is asked for at creation is what the sandbox has', async () => {
  const name = unique('asked');
  const created = await create({
    name,
    language: 'typescript',
    envVars: { GREETING: 'hello', WITH_SPACE: 'a b' },
    labels: { team: 'blue' },
    public: true,
    autoStopInterval: 7,
    autoArchiveInterval: 120,
    autoDeleteInterval: 240,
  });
  for (const sandbox of [created, await daytona.get(created.id)]) {
    assert.equal(sandbox.name, name);
    assert.deepEqual(sandbox.labels, { team: 'blue', 'code-toolbox-language': 'typescript' });
    assert.deepEqual(sandbox.env, { GREETING: 'hello', WITH_SPACE: 'a b' });
    assert.equal(sandbox.public, true);
    assert.equal(sandbox.autoStopInterval, 7);
    assert.equal(sandbox.autoArchiveInterval, 120);
    assert.equal(sandbox.autoDeleteInterval, 240);
  }
  const { result } = await created.process.executeCommand('printf "%s|%s" "$GREETING" "$WITH_SPACE"');
  assert.equal(result, 'hello|a b');
});

test('the CommonJS entry of the package works as well', async () => {
  const daytona = new (require(packageUnderTest).Daytona)();
  const sandbox = await daytona.create();
  try {
    assert.equal((await sandbox.process.executeCommand('echo required')).result, 'required\n');
  } finally {
    await daytona.delete(sandbox);
    await daytona[Symbol.asyncDispose]();
  }
});

test('two sandboxes cannot have the same name', async () => {
  const name = unique('taken');
  await create({ name });
  await assert.rejects(create({ name }), (error) => {
    assert.ok(error instanceof DaytonaConflictError, `${error}`);
    assert.equal(error.statusCode, 409);
    return true;
  });
});

test('a sandbox is found by its id and by its name', async () => {
  const created = await create({ name: unique('found') });
  const byId = await daytona.get(created.id);
  const byName = await daytona.get(created.name);
  assert.equal(byId.name, created.name);
  assert.equal(byName.id, created.id);
  assert.equal((await byName.process.executeCommand('echo reached')).result, 'reached\n');
});

test('a sandbox nobody created is not found', async () => {
  await assert.rejects(daytona.get(unique('nobody')), (error) => {
    assert.ok(error instanceof DaytonaNotFoundError, `${error}`);
    assert.equal(error.statusCode, 404);
    return true;
  });
});

test('the list holds every sandbox once whatever the page size', async () => {
  const page = unique('page');
  const created = [];
  for (let n = 0; n < 3; n += 1) created.push((await create({ labels: { page } })).id);
  const ids = async (query) => (await collect(daytona.list(query))).map((sandbox) => sandbox.id);
  assert.deepEqual((await ids({ labels: { page } })).sort(), created.sort());
  assert.deepEqual((await ids({ labels: { page }, limit: 1 })).sort(), created.sort());
  assert.deepEqual(await ids({ labels: { page: unique('none') } }), []);
  const everything = await ids();
  assert.equal(new Set(everything).size, everything.length);
  for (const id of created) assert.ok(everything.includes(id));
});

test('the list can be asked for a state and for a label at once', async () => {
  const group = unique('group');
  const running = await create({ labels: { group } });
  const resting = await create({ labels: { group } });
  await resting.stop();
  const ids = async (state) => (await collect(daytona.list({ labels: { group }, states: [state] }))).map((s) => s.id);
  assert.deepEqual(await ids('started'), [running.id]);
  assert.deepEqual(await ids('stopped'), [resting.id]);
});

test('labels set later replace the old ones', async () => {
  const sandbox = await create({ labels: { old: '1' } });
  assert.deepEqual(await sandbox.setLabels({ new: '2', also: '3' }), { new: '2', also: '3' });
  assert.deepEqual((await daytona.get(sandbox.id)).labels, { new: '2', also: '3' });
});

test('intervals can be set later', async () => {
  const sandbox = await create();
  await sandbox.setAutostopInterval(0);
  await sandbox.setAutoArchiveInterval(60);
  await sandbox.setAutoDeleteInterval(90);
  const readBack = await daytona.get(sandbox.id);
  assert.equal(readBack.autoStopInterval, 0);
  assert.equal(readBack.autoArchiveInterval, 60);
  assert.equal(readBack.autoDeleteInterval, 90);
});

test('files survive a stop and processes do not', async () => {
  const sandbox = await create();
  await sandbox.fs.uploadFile(Buffer.from('kept'), 'kept.txt');
  const seconds = `${10_000 + Math.floor(Math.random() * 89_999)}`;
  // Its number may be another process's after the start; the brackets keep the search from finding itself.
  const search = `grep -qsa 'sleep.[${seconds[0]}]${seconds.slice(1)}' /proc/[0-9]*/cmdline`;
  await sandbox.process.executeCommand(`sleep ${seconds} >/dev/null 2>&1 & until ${search}; do sleep 0.01; done`);
  assert.equal((await sandbox.process.executeCommand(search)).exitCode, 0);

  await sandbox.stop();
  assert.equal(sandbox.state, 'stopped');
  await assert.rejects(sandbox.process.executeCommand('echo not reached'), DaytonaError);

  await sandbox.start();
  assert.equal(sandbox.state, 'started');
  assert.equal((await sandbox.fs.downloadFile('kept.txt')).toString(), 'kept');
  assert.notEqual((await sandbox.process.executeCommand(search)).exitCode, 0);
});

test('refreshing shows what another client did', async () => {
  const sandbox = await create();
  await (await daytona.get(sandbox.id)).stop();
  await sandbox.refreshData();
  assert.equal(sandbox.state, 'stopped');
});

test('a deleted sandbox is gone and its name is free', async () => {
  const name = unique('deleted');
  const sandbox = await create({ name });
  await daytona.delete(sandbox);
  await assert.rejects(daytona.get(name), DaytonaNotFoundError);
  await assert.rejects(sandbox.process.executeCommand('echo not reached'), DaytonaError);
  assert.notEqual((await create({ name })).id, sandbox.id);
});

test('deleting can wait until the sandbox is destroyed', async () => {
  const sandbox = await create();
  await sandbox.delete(60, true);
  assert.equal(sandbox.state, 'destroyed');
});

test('home and work directory are where commands and files live', async () => {
  const sandbox = await create();
  const home = await sandbox.getUserHomeDir();
  const work = await sandbox.getWorkDir();
  await sandbox.fs.uploadFile(Buffer.from('at home'), `${home}/in-home.txt`);
  assert.equal((await sandbox.process.executeCommand('cat "$HOME/in-home.txt"')).result, 'at home');
  await sandbox.process.executeCommand("printf 'at work' > in-work.txt");
  assert.equal((await sandbox.fs.downloadFile(`${work}/in-work.txt`)).toString(), 'at work');
});

test('many sandboxes are created and used at once', async () => {
  const greet = async (n) => (await (await create()).process.executeCommand(`echo ${n}`)).result;
  assert.deepEqual(await Promise.all([0, 1, 2, 3, 4].map(greet)), ['0\n', '1\n', '2\n', '3\n', '4\n']);
});

test('the server can be named in the configuration', async () => {
  const { DAYTONA_API_KEY: apiKey, DAYTONA_API_URL: apiUrl } = process.env;
  const configured = new sdk.Daytona({ apiKey, apiUrl, target: 'us' });
  const sandbox = await configured.create({ language: 'javascript' });
  assert.equal(sandbox.target, 'us');
  await sandbox.delete();
  await configured[Symbol.asyncDispose]();
});
