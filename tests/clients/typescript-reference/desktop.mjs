// ComputerUse: the desktop's processes, mouse, keyboard, pictures and recordings.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { lacks, sdk, shared } from './sdk.mjs';

/** A test of the started desktop, where the machine has the programs for one. */
const onDesktop = (name, run) =>
  test(name, async (t) => {
    for (const program of ['Xvfb', 'x11vnc', 'websockify', 'ffmpeg']) if (await lacks(t, program)) return;
    const desktop = (await shared()).computerUse;
    await desktop.start();
    await run(desktop);
  });

const picture = ({ screenshot }) => Buffer.from(screenshot, 'base64');
const at = ({ x, y }) => [x, y];

onDesktop('processes are told of and restarted by name', async (desktop) => {
  assert.equal((await desktop.getStatus()).status, 'active');
  assert.equal((await desktop.getProcessStatus('xfce4')).running, true);
  assert.equal((await desktop.restartProcess('novnc')).processName, 'novnc');
  assert.match((await desktop.getProcessLogs('x11vnc')).logs, /PORT=/);
  assert.ok((await desktop.getProcessErrors('x11vnc')).errors);
  await assert.rejects(desktop.restartProcess('nonsense'), sdk.DaytonaError);
});

onDesktop('the mouse goes where it is sent', async ({ mouse }) => {
  assert.deepEqual(at(await mouse.move(100, 200)), [100, 200]);
  assert.deepEqual(at(await mouse.getPosition()), [100, 200]);
  assert.deepEqual(at(await mouse.click(300, 400, 'left', true)), [300, 400]);
  assert.deepEqual(at(await mouse.drag(300, 400, 350, 450)), [350, 450]);
  assert.equal(await mouse.scroll(1, 2, 'up', 3), true);
  await assert.rejects(mouse.scroll(1, 2, 'sideways'), /expected up or down/);
});

onDesktop('keys are typed, pressed and held together', async ({ keyboard }) => {
  await keyboard.type('text', 10);
  await keyboard.press('a', ['ctrl']);
  await keyboard.hotkey('ctrl+a');
  await assert.rejects(keyboard.hotkey('a+b'), /at most one non-modifier key/);
});

onDesktop('pictures of the whole and of parts, and what is on them', async ({ screenshot, display }) => {
  const { displays } = await display.getInfo();
  const whole = picture(await screenshot.takeFullScreen(true));
  assert.deepEqual([whole.readUInt32BE(16), whole.readUInt32BE(20)], [displays[0].width, displays[0].height]);
  // The client may hand the numbers of a region over in another order, so all four are the same.
  const region = { x: 10, y: 10, width: 10, height: 10 };
  assert.equal(picture(await screenshot.takeRegion(region)).readUInt32BE(16), 10);
  const jpeg = picture(await screenshot.takeCompressed({ format: 'jpeg', quality: 50 }));
  assert.equal(jpeg.subarray(0, 3).toString('hex'), 'ffd8ff');
  assert.equal(picture(await screenshot.takeCompressedRegion(region, { scale: 0.5 })).readUInt32BE(16), 5);
  assert.ok(Array.isArray((await display.getWindows()).windows));
});

onDesktop('a recording from start to download', async ({ recording }) => {
  const begun = await recording.start('label');
  assert.equal(begun.status, 'recording');
  const done = await recording.stop(begun.id);
  assert.equal(done.status, 'completed');
  assert.ok((await recording.list()).recordings.some(({ id }) => id === begun.id));
  assert.equal((await recording.get(begun.id)).sizeBytes, done.sizeBytes);
  await recording.download(begun.id, 'recording.mp4');
  assert.equal((await readFile('recording.mp4')).length, done.sizeBytes);
  await recording.delete(begun.id);
  await assert.rejects(recording.get(begun.id), sdk.DaytonaNotFoundError);
});

onDesktop('a desktop is stopped', async (desktop) => {
  const stopped = await desktop.stop();
  assert.ok(Object.values(stopped.status).every((process) => !(process.running ?? process.Running)));
  assert.equal((await desktop.getStatus()).status, 'inactive');
});
