// Git.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, run, shared } from './sdk.mjs';

const IDENTITY = 'export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b';

test('a repository is cloned, changed, committed, pushed and pulled', async () => {
  const { git, fs } = await shared();
  const directory = await folder();
  const origin = `file://${await run('pwd')}/${directory}/origin.git`;
  await run(
    `${IDENTITY} && cd ${directory} && git init -q --bare -b main origin.git && git init -q -b main work && cd work`
      + ' && echo one > a.txt && git add . && git commit -q -m first && git push -q ../origin.git main',
  );
  const clone = `${directory}/clone`;
  await git.clone(origin, clone, 'main');
  await fs.uploadFile(Buffer.from('new\n'), `${clone}/b.txt`);
  const before = await git.status(clone);
  assert.deepEqual([before.currentBranch, before.fileStatus.map(({ name }) => name)], ['main', ['b.txt']]);
  await git.add(clone, ['b.txt']);
  const { sha } = await git.commit(clone, 'second', 'Ann', 'ann@example.com');
  assert.equal(sha, await run(`git -C ${clone} rev-parse HEAD`));
  await git.commit(clone, 'nothing', 'Ann', 'ann@example.com', true);
  await git.push(clone);
  assert.equal(await run(`git -C ${directory}/origin.git log --format=%s main`), 'nothing\nsecond\nfirst');
  await run(`${IDENTITY} && cd ${directory}/work && git pull -q ../origin.git main && echo 3 > c.txt && git add .`
    + ' && git commit -q -m third && git push -q ../origin.git main');
  await git.pull(clone);
  assert.equal(`${await fs.downloadFile(`${clone}/c.txt`)}`, '3\n');

  await git.createBranch(clone, 'dev');
  await git.checkoutBranch(clone, 'dev');
  assert.equal((await git.status(clone)).currentBranch, 'dev');
  await git.checkoutBranch(clone, 'main');
  assert.deepEqual((await git.branches(clone)).branches, ['dev', 'main']);
  await git.deleteBranch(clone, 'dev');
  assert.deepEqual((await git.branches(clone)).branches, ['main']);
});
