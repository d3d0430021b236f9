// Repositories.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { folder, read, shared, shell, write } from '../era.mjs';

const check = checking('git');
const IDENTITY = 'export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b';

/** A clone, made by the client, of a repository with one commit on `main`. */
async function cloned() {
  const sandbox = await shared();
  const directory = await folder(sandbox);
  await shell(
    sandbox,
    directory,
    `${IDENTITY} && git init -q --bare -b main origin.git && git init -q -b main work && cd work && echo one > a.txt`
      + ` && git add . && git commit -q -m first && git push -q ${directory}/origin.git main`,
  );
  const clone = `${directory}/clone`;
  await sandbox.git.clone(`file://${directory}/origin.git`, clone);
  return { sandbox, git: sandbox.git, directory, clone };
}

check('a clone has its files and its branch', async () => {
  const { sandbox, git, clone } = await cloned();
  assert.equal(`${await read(sandbox, `${clone}/a.txt`)}`, 'one\n');
  assert.deepEqual((await git.branches(clone)).branches, ['main']);
});

check('the status names what has changed', async () => {
  const { sandbox, git, clone } = await cloned();
  await write(sandbox, `${clone}/a.txt`, 'two\n');
  await write(sandbox, `${clone}/b.txt`, 'new\n');
  const { currentBranch, fileStatus } = await git.status(clone);
  assert.equal(currentBranch, 'main');
  assert.deepEqual(fileStatus.map(({ name, worktree }) => [name, worktree]).sort(), [['a.txt', 'Modified'], ['b.txt', 'Untracked']]);
});

check('a change is committed and pushed', async () => {
  const { sandbox, git, directory, clone } = await cloned();
  await write(sandbox, `${clone}/b.txt`, 'new\n');
  await git.add(clone, ['b.txt']);
  await git.commit(clone, 'second', 'Ann', 'ann@example.com');
  await git.push(clone);
  const log = await shell(sandbox, directory, 'git -C origin.git log --format=%s:%an main');
  assert.deepEqual(log.split('\n').slice(0, 2), ['second:Ann', 'first:Ann']);
});

check('a change of others is pulled', async () => {
  const { sandbox, git, directory, clone } = await cloned();
  const others = 'cd work && echo three > c.txt && git add . && git commit -q -m third';
  await shell(sandbox, directory, `${IDENTITY} && ${others} && git push -q ${directory}/origin.git main`);
  await git.pull(clone);
  assert.equal(`${await read(sandbox, `${clone}/c.txt`)}`, 'three\n');
});

check('branches are made left and deleted', { since: '0.21.0' }, async () => {
  const { git, clone } = await cloned();
  await git.createBranch(clone, 'dev');
  await git.checkoutBranch(clone, 'dev');
  assert.equal((await git.status(clone)).currentBranch, 'dev');
  await git.checkoutBranch(clone, 'main');
  await git.deleteBranch(clone, 'dev');
  assert.deepEqual((await git.branches(clone)).branches, ['main']);
});
