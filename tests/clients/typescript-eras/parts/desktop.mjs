// A desktop to look at and to click on.

import assert from 'node:assert/strict';
import { Skip, checking } from '../check.mjs';
import { exec, shared } from '../era.mjs';

const check = checking('desktop');
const PROGRAMS = 'Xvfb x11vnc websockify';

/** Runs on a started desktop, where the machine has the programs for one. */
async function onDesktop(run) {
  const sandbox = await shared();
  const [exitCode] = await exec(sandbox, `which ${PROGRAMS}`);
  if (exitCode !== 0) throw new Skip('no desktop on this machine');
  const { computerUse } = sandbox;
  await computerUse.start();
  try {
    await run(computerUse);
  } finally {
    await computerUse.stop();
  }
}

check('a desktop is started and looked at', () =>
  onDesktop(async ({ screenshot, display }) => {
    const { screenshot: picture } = await screenshot.takeFullScreen();
    assert.equal(Buffer.from(picture, 'base64').subarray(1, 4).toString(), 'PNG');
    assert.equal((await display.getInfo()).displays.length, 1);
  }));

check('the pointer is moved and clicks', () =>
  onDesktop(async ({ mouse }) => {
    await mouse.move(30, 40);
    const { x, y } = await mouse.getPosition();
    assert.deepEqual([x, y], [30, 40]);
    await mouse.click(50, 60);
    assert.equal((await mouse.getPosition()).x, 50);
  }));

check('keys are typed', () =>
  onDesktop(async ({ keyboard }) => {
    await keyboard.type('hello');
    await keyboard.press('Return');
    await keyboard.hotkey('ctrl+c');
  }));
