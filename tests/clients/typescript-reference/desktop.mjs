// ComputerUse: the desktop's processes, mouse, keyboard, pictures and recordings.

import { planned, shared } from './sdk.mjs';

const METHODS = {
  'ComputerUse.start': (desktop) => desktop.start(),
  'ComputerUse.stop': (desktop) => desktop.stop(),
  'ComputerUse.getStatus': (desktop) => desktop.getStatus(),
  'ComputerUse.getProcessStatus': (desktop) => desktop.getProcessStatus('xfce4'),
  'ComputerUse.restartProcess': (desktop) => desktop.restartProcess('xfce4'),
  'ComputerUse.getProcessLogs': (desktop) => desktop.getProcessLogs('novnc'),
  'ComputerUse.getProcessErrors': (desktop) => desktop.getProcessErrors('x11vnc'),
  'Mouse.getPosition': ({ mouse }) => mouse.getPosition(),
  'Mouse.move': ({ mouse }) => mouse.move(1, 2),
  'Mouse.click': ({ mouse }) => mouse.click(1, 2, 'left', true),
  'Mouse.drag': ({ mouse }) => mouse.drag(1, 2, 3, 4),
  'Mouse.scroll': ({ mouse }) => mouse.scroll(1, 2, 'up', 3),
  'Keyboard.type': ({ keyboard }) => keyboard.type('text', 10),
  'Keyboard.press': ({ keyboard }) => keyboard.press('a', ['ctrl']),
  'Keyboard.hotkey': ({ keyboard }) => keyboard.hotkey('ctrl+a'),
  'Screenshot.takeFullScreen': ({ screenshot }) => screenshot.takeFullScreen(true),
  'Screenshot.takeRegion': ({ screenshot }) => screenshot.takeRegion({ x: 0, y: 0, width: 10, height: 10 }),
  'Screenshot.takeCompressed': ({ screenshot }) => screenshot.takeCompressed({ format: 'jpeg', quality: 50 }),
  'Screenshot.takeCompressedRegion': ({ screenshot }) => screenshot.takeCompressedRegion({ x: 0, y: 0, width: 9, height: 9 }, {}),
  'Display.getInfo': ({ display }) => display.getInfo(),
  'Display.getWindows': ({ display }) => display.getWindows(),
  'RecordingService.start': ({ recording }) => recording.start('label'),
  'RecordingService.stop': ({ recording }) => recording.stop('none'),
  'RecordingService.list': ({ recording }) => recording.list(),
  'RecordingService.get': ({ recording }) => recording.get('none'),
  'RecordingService.delete': ({ recording }) => recording.delete('none'),
  'RecordingService.download': ({ recording }) => recording.download('none', 'recording.mp4'),
};

for (const [method, call] of Object.entries(METHODS)) planned(method, async () => call((await shared()).computerUse));
