// Code in the sandbox's language.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, needs, shared } from '../era.mjs';

const check = checking('code');

async function run(sandbox, code, ...rest) {
  const { exitCode, result } = await sandbox.process.codeRun(code, ...rest);
  return [exitCode, `${result}`.trim()];
}

check('Python is run', async () => {
  const code = "for n in range(3):\n    print('line', n, sep=' \"')\n";
  assert.deepEqual(await run(await shared(), code), [0, 'line "0\nline "1\nline "2']);
});

check('Python that raises fails with its traceback', async () => {
  const [exitCode, output] = await run(await shared(), "raise ValueError('grüße')");
  assert.equal(exitCode, 1);
  assert.match(output, /ValueError: grüße/);
});

check('code has arguments and variables', { since: '0.12.0' }, async () => {
  const code = "import os, sys\nprint(sys.argv[1:], os.environ['COLOUR'])";
  const params = { argv: ['one', 'two'], env: { COLOUR: 'red' } };
  assert.deepEqual(await run(await shared(), code, params), [0, "['one', 'two'] red"]);
});

for (const [language, name, code] of [
  ['typescript', 'TypeScript is run', 'const n: number = 6;\nconsole.log(`answer ${n * 7}`);'],
  ['javascript', 'JavaScript is run', 'const n = 6;\nconsole.log(`answer ${n * 7}`);'],
]) {
  check(name, async () => {
    const sandbox = await create({ language });
    await needs(sandbox, 'ts-node');
    assert.deepEqual(await run(sandbox, code), [0, 'answer 42']);
  });
}
