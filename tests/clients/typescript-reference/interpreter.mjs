// CodeInterpreter.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shared } from './sdk.mjs';

test('code keeps its state in a context and calls back', async () => {
  const { codeInterpreter } = await shared();
  const context = await codeInterpreter.createContext('/tmp');
  assert.equal(context.cwd, '/tmp');
  assert.ok((await codeInterpreter.listContexts()).some(({ id }) => id === context.id));
  await codeInterpreter.runCode('import os, sys\nx = 20', { context });
  const heard = { out: '', err: '', errors: [] };
  const result = await codeInterpreter.runCode(
    "print(x + 1, os.environ['COLOUR'])\nprint('late', file=sys.stderr)\n1 / 0",
    {
      context,
      envs: { COLOUR: 'red' },
      timeout: 30,
      onStdout: ({ output }) => { heard.out += output; },
      onStderr: ({ output }) => { heard.err += output; },
      onError: (error) => { heard.errors.push(error.name); },
    },
  );
  assert.deepEqual([result.stdout, result.stderr, result.error.name], ['21 red\n', 'late\n', 'ZeroDivisionError']);
  assert.deepEqual(heard, { out: '21 red\n', err: 'late\n', errors: ['ZeroDivisionError'] });
  assert.match(result.error.traceback, /ZeroDivisionError/);
  assert.equal((await codeInterpreter.runCode('x')).error.name, 'NameError');
  await codeInterpreter.deleteContext(context);
  assert.ok(!(await codeInterpreter.listContexts()).some(({ id }) => id === context.id));
});
