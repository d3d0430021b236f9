// A desktop to look at and to click on.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { shared } from '../era.mjs';

const check = checking('desktop');

check('a desktop is started and looked at', async () => {
  const { computerUse } = await shared();
  await computerUse.start();
  assert.ok((await computerUse.screenshot.takeFullScreen()).screenshot);
  await computerUse.stop();
});
