// Computer use: a desktop with a terminal on it, which is clicked on, typed into, looked at and filmed.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxes, sdk, unique } from './sdk.mjs';

const PROGRAMS = ['Xvfb', 'x11vnc', 'websockify', 'xterm', 'ffmpeg'];
const SOON = 30;

const { create } = sandboxes(after);
let sandbox;
let desktop;
before(async () => {
  sandbox = await create();
  const { result } = await sandbox.process.executeCommand(`command -v ${PROGRAMS.join(' ')} | wc -l`);
  if (Number(result) !== PROGRAMS.length) return;
  const started = await sandbox.computerUse.start();
  assert.equal(started.message, 'Computer use processes started successfully');
  assert.equal(started.status.xvfb.running, true);
  assert.equal(started.status.novnc.priority, 400);
  desktop = sandbox.computerUse;
});

/** A test of the desktop, where the machine has the programs for one. */
const onDesktop = (name, run) =>
  test(name, async (t) => (desktop ? run(t) : t.skip('no desktop on this machine')));

/** What `look` gives once it `holds`. */
async function eventually(look, holds) {
  let seen;
  for (let tries = 0; tries < SOON * 10; tries += 1) {
    seen = await look();
    if (holds(seen)) return seen;
    await sleep(100);
  }
  throw new Error(`in vain: ${JSON.stringify(seen)}`);
}

/** The size of a PNG. */
function size(picture) {
  const data = Buffer.from(picture, 'base64');
  assert.equal(data.subarray(1, 4).toString(), 'PNG');
  return [data.readUInt32BE(16), data.readUInt32BE(20)];
}

const rejects = (call, kind, words) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, error);
    assert.match(error.message, words);
    return true;
  });

onDesktop('processes are told of and restarted by name', async () => {
  assert.equal((await desktop.getStatus()).status, 'active');
  assert.equal((await desktop.getProcessStatus('xvfb')).running, true);
  assert.match((await desktop.getProcessLogs('x11vnc')).logs, /PORT=/);
  assert.ok((await desktop.getProcessErrors('x11vnc')).errors);
  assert.equal((await desktop.restartProcess('novnc')).processName, 'novnc');
  await rejects(desktop.restartProcess('nonsense'), sdk.DaytonaBadRequestError, /process nonsense not found/);
});

onDesktop('what is typed reaches the program', async () => {
  const file = unique('typed');
  const command = `LC_ALL=C.UTF-8 xterm -u8 -T ${file} -e sh -c 'cat > ${file}; echo done > ${file}.done'`;
  await sandbox.process.executeCommand(`${command} >/dev/null 2>&1 &`);
  const active = ({ windows }) => windows.some(({ title, isActive }) => title === file && isActive);
  await eventually(() => desktop.display.getWindows(), active);
  const text = 'Hello, World! Žluťoučký, Привет, 漢字 😀';
  await desktop.keyboard.type(text);
  await desktop.keyboard.press('Return');
  await desktop.keyboard.type('slow', 5);
  await desktop.keyboard.press('x', ['shift']);
  await desktop.keyboard.press('enter');
  await desktop.keyboard.hotkey('ctrl+d');
  const look = () => sandbox.process.executeCommand(`cat ${file} ${file}.done`);
  const { result } = await eventually(look, (answer) => answer.result.endsWith('done\n'));
  assert.equal(result, `${text}\nslowX\ndone\n`);
});

onDesktop('keys and buttons that are none are refused', async () => {
  const { keyboard, mouse } = desktop;
  const refused = (call, words) => rejects(call, sdk.DaytonaBadRequestError, words);
  await refused(keyboard.type('a\tb'), /does not translate/);
  await refused(keyboard.press('!'), /use press\("1", \["shift"\]\)/);
  await refused(keyboard.press('a', ['hyper']), /supported modifiers: ctrl, alt, shift, cmd/);
  await refused(keyboard.hotkey('a+b'), /at most one non-modifier key/);
  await refused(mouse.click(1, 1, 'fourth'), /expected one of left, right, middle/);
  await refused(mouse.scroll(1, 1, 'sideways'), /expected up or down/);
});

onDesktop('the mouse goes where it is sent', async () => {
  const { mouse } = desktop;
  const at = ({ x, y }) => [x, y];
  assert.deepEqual(at(await mouse.move(100, 200)), [100, 200]);
  assert.deepEqual(at(await mouse.getPosition()), [100, 200]);
  assert.deepEqual(at(await mouse.click(900, 700, 'right', true)), [900, 700]);
  assert.deepEqual(at(await mouse.drag(900, 600, 950, 650)), [950, 650]);
  assert.equal(await mouse.scroll(900, 700, 'up', 2), true);
});

onDesktop('pictures of the whole and of parts', async () => {
  const { screenshot, display, mouse } = desktop;
  const { displays } = await display.getInfo();
  assert.equal(displays.length, 1);
  await mouse.move(40, 50);
  const whole = await screenshot.takeFullScreen();
  assert.deepEqual(size(whole.screenshot), [displays[0].width, displays[0].height]);
  const shown = await screenshot.takeFullScreen(true);
  assert.deepEqual([shown.cursorPosition.x, shown.cursorPosition.y], [40, 50]);
  // The client hands the four numbers of a region over backwards, so it has to read the same both ways.
  const region = { x: 50, y: 60, width: 60, height: 50 };
  assert.deepEqual(size((await screenshot.takeRegion(region)).screenshot), [60, 50]);
  const half = await screenshot.takeCompressedRegion(region, { scale: 0.5 });
  assert.deepEqual(size(half.screenshot), [30, 25]);
  const jpeg = await screenshot.takeCompressed({ format: 'jpeg', quality: 40 });
  const data = Buffer.from(jpeg.screenshot, 'base64');
  assert.equal(data.subarray(0, 3).toString('hex'), 'ffd8ff');
  assert.equal(jpeg.sizeBytes, data.length);
});

onDesktop('a recording from start to download', async () => {
  const { recording } = desktop;
  await rejects(recording.start('../up'), sdk.DaytonaBadRequestError, /invalid label/);
  const begun = await recording.start('take one');
  assert.equal(begun.status, 'recording');
  assert.ok((await recording.list()).recordings.some(({ id }) => id === begun.id));
  await rejects(recording.delete(begun.id), sdk.DaytonaConflictError, /stop it first/);
  const done = await recording.stop(begun.id);
  assert.equal(done.status, 'completed');
  assert.equal((await recording.get(begun.id)).sizeBytes, done.sizeBytes);
  const folder = await mkdtemp(path.join(tmpdir(), 'film-'));
  await recording.download(begun.id, path.join(folder, 'film.mp4'));
  const film = await readFile(path.join(folder, 'film.mp4'));
  assert.equal(film.length, done.sizeBytes);
  assert.equal(film.subarray(4, 8).toString(), 'ftyp');
  await rm(folder, { recursive: true });
  await recording.delete(begun.id);
  await rejects(recording.get(begun.id), sdk.DaytonaNotFoundError, /recording not found/);
});

onDesktop('a stopped desktop starts again', async () => {
  const other = (await create()).computerUse;
  assert.equal((await other.getStatus()).status, 'inactive');
  await other.start();
  const stopped = await other.stop();
  assert.ok(Object.values(stopped.status).every(({ running }) => !running));
  assert.equal((await other.getStatus()).status, 'inactive');
});

const FORM = `
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window, box = Gtk.Window(title="Form"), Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
entry, label, button = Gtk.Entry(text="before"), Gtk.Label(label="Greeting"), Gtk.Button(label="Press me")
button.connect("clicked", lambda _: label.set_text("Hello " + entry.get_text()))
window.add(box)
for widget in (entry, label, button):
    box.add(widget)
window.show_all()
Gtk.main()
`;

onDesktop('a form is worked by its elements', async (t) => {
  const toolkit = `/usr/bin/python3 -c 'import gi; gi.require_version("Gtk", "3.0"); from gi.repository import Gtk'`;
  if ((await sandbox.process.executeCommand(toolkit)).exitCode !== 0) {
    t.skip('no accessible programs on this machine');
    return;
  }
  const file = `${unique('form')}.py`;
  await sandbox.fs.uploadFile(Buffer.from(FORM), file);
  await sandbox.process.executeCommand(`/usr/bin/python3 ${file} >/dev/null 2>&1 &`);
  const { accessibility } = desktop;
  const find = async (wanted) => {
    const look = () => accessibility.findNodes({ scope: 'all', ...wanted });
    return (await eventually(look, ({ matches }) => matches.length > 0)).matches[0];
  };
  const button = await find({ role: 'push button', name: 'Press me', nameMatch: 'exact' });
  const text = await find({ role: 'text' });
  await accessibility.focusNode(text.id);
  await accessibility.setNodeValue(text.id, 'after');
  await accessibility.invokeNode(button.id);
  await find({ name: 'Hello after', nameMatch: 'exact' });
  const { root } = await accessibility.getTree({ scope: 'focused' });
  assert.equal(root.role, 'application');
  assert.ok(root.children.some(({ name }) => name === 'Form'));
  await rejects(accessibility.invokeNode(button.id, 'fly'), sdk.DaytonaBadRequestError, /action not supported/);
});
