// Running commands and code.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, sandboxes, sdk, unique } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
let sandbox;
before(async () => {
  sandbox = await create();
});

const run = (...args) => sandbox.process.executeCommand(...args);

test('a command returns its output and exit code', async () => {
  const response = await run('echo hello; exit 3');
  assert.equal(response.result, 'hello\n');
  assert.equal(response.exitCode, 3);
  assert.equal(response.artifacts.stdout, 'hello\n');
});

test('errors and output come in the order they were written', async () => {
  assert.equal((await run('echo one; echo two >&2; echo three')).result, 'one\ntwo\nthree\n');
});

test('a command is shell text of any number of lines', async () => {
  const { result } = await run('total=0\nfor n in 1 2 3; do\n  total=$((total + n))\ndone\necho "sum $total" | tr a-z A-Z');
  assert.equal(result, 'SUM 6\n');
});

test('output of any size and alphabet arrives whole', async () => {
  const expected = `${Array.from({ length: 200000 }, (_, n) => n + 1).join('\n')}\n`;
  assert.ok((await run('seq 1 200000')).result === expected);
  assert.equal((await run("printf 'grüße 文件 🙂'")).result, 'grüße 文件 🙂');
});

test('an unknown command exits with 127', async () => {
  const { exitCode, result } = await run('no-such-command-anywhere');
  assert.equal(exitCode, 127);
  assert.match(result, /not found/);
});

test('a command runs where it is told to', async () => {
  const folder = unique('cwd');
  await sandbox.fs.createFolder(folder, '755');
  for (const cwd of [folder, `${await sandbox.getWorkDir()}/${folder}`]) {
    assert.equal((await run('basename "$PWD"', cwd)).result, `${folder}\n`);
  }
});

test('a command in a missing directory fails with minus one', async () => {
  const { exitCode, result } = await run('echo not reached', '/no/such/directory');
  assert.equal(exitCode, -1);
  assert.match(result, /no such file or directory/);
});

test('a command sees the variables given to it and the next one does not', async () => {
  const env = { COLOUR: "dark 'red' $HOME" };
  assert.equal((await run('printf "%s" "$COLOUR"', undefined, env)).result, "dark 'red' $HOME");
  assert.equal((await run('printf "%s" "${COLOUR-unset}"')).result, 'unset');
});

test('a command past its time is killed and reported as a timeout', async () => {
  const file = unique('process-id');
  await assert.rejects(run(`echo $$ > ${file}; exec sleep 600`, undefined, undefined, 1), (error) => {
    assert.ok(error instanceof sdk.DaytonaTimeoutError, `${error}`);
    assert.ok(error instanceof sdk.DaytonaProcessExecutionTimeoutError, `${error}`);
    assert.equal(error.statusCode, 408);
    assert.equal(error.code, 'PROCESS_EXECUTION_TIMEOUT');
    assert.match(error.message, /timeout/);
    return true;
  });
  assert.notEqual((await run(`kill -0 $(cat ${file})`)).exitCode, 0);
});

test('commands run side by side', async () => {
  // Each of the two can only end if the other runs: they meet at a named pipe.
  await run('mkfifo meeting');
  const [, reader] = await Promise.all([
    run('echo met > meeting', undefined, undefined, 20),
    run('cat meeting', undefined, undefined, 20),
  ]);
  assert.equal(reader.result, 'met\n');
});

test('a blank command is refused', async () => {
  await assert.rejects(run('   '), (error) => error instanceof sdk.DaytonaError && error.statusCode === 400);
});

test('python code runs with arguments and variables', async () => {
  const code = "import os, sys\nprint(sys.argv[1:], os.environ['SHADE'])\nprint('oops', file=sys.stderr)";
  const response = await sandbox.process.codeRun(code, { argv: ['one', 'two'], env: { SHADE: 'dark' } });
  assert.equal(response.exitCode, 0);
  assert.match(response.result, /\['one', 'two'\] dark\n/);
  assert.match(response.result, /oops\n/);
  assert.deepEqual(response.artifacts.charts, []);
});

test('python code reports its exit code and its traceback', async () => {
  assert.equal((await sandbox.process.codeRun('import sys\nsys.exit(4)')).exitCode, 4);
  const { exitCode, result } = await sandbox.process.codeRun("raise ValueError('broken on purpose')");
  assert.equal(exitCode, 1);
  assert.match(result, /Traceback[^]*ValueError: broken on purpose/);
});

test('code past its time is reported as a timeout', async () => {
  await assert.rejects(sandbox.process.codeRun('import time\ntime.sleep(600)', undefined, 1), sdk.DaytonaTimeoutError);
});

for (const language of ['javascript', 'typescript']) {
  test(`${language} code runs with arguments and variables`, async (t) => {
    const created = await create({ language, name: unique(language) });
    if (await lacks(t, created, language === 'typescript' ? 'ts-node' : 'node')) return;
    // As on the real service, the program is not among the arguments: they follow the interpreter at once.
    const annotation = language === 'typescript' ? ': string[]' : '';
    const code = `const args${annotation} = process.argv.slice(1)\nconsole.log(args.join('+'), process.env.SHADE)`;
    for (const sandbox of [created, await daytona.get(created.name)]) {
      const { exitCode, result } = await sandbox.process.codeRun(code, { argv: ['one', 'two'], env: { SHADE: 'dark' } });
      assert.equal(result, 'one+two dark\n');
      assert.equal(exitCode, 0);
    }
    assert.equal((await created.process.codeRun('process.exit(4)')).exitCode, 4);
    const failed = await created.process.codeRun("throw new Error('broken on purpose')");
    assert.equal(failed.exitCode, 1);
    assert.match(failed.result, /broken on purpose/);
  });
}

test('typescript code is not checked for types, imports modules and leaves no file', async (t) => {
  const created = await create({ language: 'typescript', name: unique('types') });
  if (await lacks(t, created, 'ts-node')) return;
  const code =
    "import { basename } from 'node:path';\nenum Colour { Red = 'r' }\nconst wrong: number = basename('/a/b');\n" +
    'const late = async (): Promise<string> => Colour.Red;\nlate().then((colour) => console.log(wrong, colour));\n';
  const { exitCode, result } = await created.process.codeRun(code);
  assert.deepEqual([exitCode, result], [0, 'b r\n']);
  const broken = await created.process.codeRun('const = 1;');
  assert.equal(broken.exitCode, 1);
  assert.equal((await created.process.executeCommand('ls /tmp "$TMPDIR" | grep dtn_')).result, '');
});
