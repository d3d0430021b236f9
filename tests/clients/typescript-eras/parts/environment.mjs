// Variables given at the creation of a sandbox.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { create, exec } from '../era.mjs';

const check = checking('environment');

check('commands see the variables of the creation', async () => {
  const sandbox = await create({ envVars: { GREETING: 'hello', WITH_SPACE: 'a b' } });
  assert.equal((await exec(sandbox, 'printenv GREETING WITH_SPACE'))[1].trim(), 'hello\na b');
});
