// Python that keeps its state.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { shared } from '../era.mjs';

const check = checking('interpreter');

check('variables are kept from run to run', async () => {
  const { codeInterpreter } = await shared();
  await codeInterpreter.runCode('x = 20');
  let heard = '';
  const { stdout, error } = await codeInterpreter.runCode('print(x + 1)', { onStdout: ({ output }) => { heard += output; } });
  assert.deepEqual([stdout.trim(), error], ['21', undefined]);
  assert.equal(heard.trim(), '21');
});

check('an error is named', async () => {
  const { error } = await (await shared()).codeInterpreter.runCode('1 / 0');
  assert.equal(error.name, 'ZeroDivisionError');
  assert.match(error.value, /division/);
});

check('contexts do not share variables', async () => {
  const { codeInterpreter } = await shared();
  const listed = async () => (await codeInterpreter.listContexts()).map(({ id }) => id);
  const context = await codeInterpreter.createContext('/tmp');
  assert.ok((await listed()).includes(context.id));
  await codeInterpreter.runCode('here = 1', { context });
  const { stdout } = await codeInterpreter.runCode('import os; print(os.getcwd(), here)', { context });
  assert.equal(stdout.trim(), '/tmp 1');
  assert.equal((await codeInterpreter.runCode('here')).error.name, 'NameError');
  await codeInterpreter.deleteContext(context);
  assert.ok(!(await listed()).includes(context.id));
});
