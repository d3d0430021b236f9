// Repositories: every method of `sandbox.git`, and the classes of its errors.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sandboxes, sdk, unique } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
let git;
before(async () => {
  sandbox = await create();
  git = sandbox.git;
});

const identity = 'export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b';

async function shell(script, cwd) {
  const { exitCode, result } = await sandbox.process.executeCommand(`${identity}\n${script}`, cwd);
  assert.equal(exitCode, 0, result);
  return result;
}

/** A folder with `work`, one commit on `main`, and `origin.git`, the bare repository it follows. */
async function scene() {
  const folder = unique('git');
  await sandbox.fs.createFolder(folder, '755');
  const remote = await shell(
    'git init -q --bare -b main origin.git && git init -q -b main work && cd work && echo one > a.txt && git add . && ' +
      'git commit -q -m first && cd ../origin.git && printf %s "$PWD" && cd ../work && ' +
      'git remote add origin "$(cd ../origin.git && pwd)" && git push -q -u origin main',
    folder,
  );
  return { folder, work: `${folder}/work`, remote };
}

// Versions before the typed errors have the classes of the statuses only.
const fails = (call, name, status) =>
  assert.rejects(call, (error) => {
    const typed = sdk[name];
    if (typed) assert.ok(error instanceof typed, `${error.constructor.name} is no ${name}: ${error.message}`);
    else assert.equal(error.statusCode, status, error.message);
    return true;
  });

test('a repository is made, filled and read', async () => {
  const path = unique('new');
  await git.init(path, false, 'trunk');
  await sandbox.fs.uploadFile(Buffer.from('one\n'), `${path}/a.txt`);
  await git.add(path, ['a.txt']);
  assert.match((await git.commit(path, 'first', 'Ann', 'ann@example.com')).sha, /^[0-9a-f]{40}$/);
  await sandbox.fs.uploadFile(Buffer.from('new\n'), `${path}/dir/ü`);
  const status = await git.status(path);
  assert.equal(status.currentBranch, 'trunk');
  assert.equal(status.branchPublished, false);
  assert.deepEqual(
    status.fileStatus.map(({ name, staging, worktree }) => [name, staging, worktree]),
    [['dir/ü', 'Untracked', 'Untracked']],
  );
});

test('branches are made, left and deleted', async () => {
  const { work } = await scene();
  await git.createBranch(work, 'dev');
  await git.checkoutBranch(work, 'dev');
  assert.deepEqual((await git.branches(work)).branches, ['dev', 'main']);
  await fails(git.createBranch(work, 'main'), 'DaytonaGitBranchExistsError', 409);
  await fails(git.checkoutBranch(work, 'nope'), 'DaytonaGitBranchNotFoundError', 404);
  await git.checkoutBranch(work, 'main');
  await git.deleteBranch(work, 'dev');
  assert.deepEqual((await git.branches(work)).branches, ['main']);
  await sandbox.fs.uploadFile(Buffer.from('dirty\n'), `${work}/a.txt`);
  await fails(git.checkoutBranch(work, 'main'), 'DaytonaGitDirtyWorktreeError', 409);
});

test('a clone is pushed and pulled', async () => {
  const { folder, work, remote } = await scene();
  const path = `${folder}/clone`;
  await git.clone(remote, path, 'main');
  await git.commit(path, 'second', 'Bob', 'b@c', true);
  assert.equal((await git.status(path)).ahead, 1);
  await git.push(path);
  await git.pull(work);
  assert.equal(await shell('git log -1 --format=%s', work), 'second\n');
  await git.commit(path, 'mine', 'Bob', 'b@c', true);
  await git.commit(work, 'theirs', 'Ann', 'a@b', true);
  await git.push(work);
  await fails(git.push(path), 'DaytonaGitPushRejectedError', 409);
  await fails(git.pull(path), 'DaytonaGitPushRejectedError', 409);
});

test('a clone of a commit is detached', async () => {
  const { folder, work, remote } = await scene();
  const commit = (await shell('git rev-parse HEAD', work)).trim();
  await git.clone(remote, `${folder}/at`, undefined, commit);
  assert.equal((await git.status(`${folder}/at`)).currentBranch, 'HEAD');
});

test('remotes that fail have classes of their own', async () => {
  const { folder, work, remote } = await scene();
  const clone = (url) => git.clone(url, `${folder}/x`);
  await fails(clone(`${remote}.nowhere`), 'DaytonaGitRepoNotFoundError', 404);
  await fails(clone('git@example.com:a/b.git'), 'DaytonaGitAuthFailedError', 401);
  await fails(clone('http://127.0.0.1:9/x.git'), 'DaytonaGitTransportFailedError', 502);
  await shell("printf '#!/bin/sh\\nexit 1\\n' > hooks/update && chmod +x hooks/update", `${folder}/origin.git`);
  await git.commit(work, 'refused', 'Ann', 'a@b', true);
  await fails(git.push(work), 'DaytonaGitRemoteRejectedError', 422);
  await fails(git.status(folder), 'DaytonaGitRepoNotFoundError', 404);
});

// The methods below came with later versions.
const later = (name, method, body) =>
  test(name, async (t) => {
    if (typeof git[method] !== 'function') return t.skip(`this version has no ${method}`);
    return body();
  });

later('changes are reset and restored', 'restore', async () => {
  const { work } = await scene();
  await shell('echo two > a.txt && git add a.txt && echo three > a.txt', work);
  await git.restore(work, ['a.txt']);
  assert.equal(await shell('cat a.txt', work), 'two\n');
  await git.restore(work, ['a.txt'], true);
  await git.reset(work, 'hard', 'HEAD');
  assert.deepEqual((await git.status(work)).fileStatus, []);
});

later('remotes are added and found', 'remoteAdd', async () => {
  const { work, remote } = await scene();
  await git.remoteAdd(work, 'far', 'https://u:secret@example.com/x');
  assert.equal(await git.remoteGet(work, 'far'), 'https://u@example.com/x');
  await assert.rejects(git.remoteAdd(work, 'far', 'https://example.com/y'));
  await git.remoteAdd(work, 'far', remote, true, true);
  assert.deepEqual((await git.remotes(work)).remotes.map(({ name }) => name), ['far', 'origin']);
});

later('settings are kept where they belong', 'setConfig', async () => {
  const { work } = await scene();
  const key = `${unique('section')}.name`;
  assert.equal(await git.getConfig(key), undefined);
  await git.setConfig(key, 'value');
  assert.equal(await git.getConfig(key), 'value');
  await git.configureUser('Eve', 'eve@example.com', 'local', work);
  assert.equal(await git.getConfig('user.email', 'local', work), 'eve@example.com');
});

later('credentials are put where git finds them', 'dangerouslyAuthenticate', async () => {
  const own = await create();
  await own.git.dangerouslyAuthenticate('ann', 'secret', 'git.example');
  const { result } = await own.process.executeCommand('cat ~/.git-credentials');
  assert.equal(result, 'https://ann:secret@git.example\n');
});
