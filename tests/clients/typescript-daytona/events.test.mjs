// The event socket, as the client uses it and as the Socket.IO library below it hears it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { require, sandboxes } from './sdk.mjs';

const { daytona, create } = sandboxes(after);
const { io } = require('socket.io-client');

const { DAYTONA_API_KEY: token, DAYTONA_API_URL: apiUrl } = process.env;

/** A socket as the client opens it. */
function connect(auth) {
  const url = new URL(apiUrl);
  return io(url.origin, {
    path: `${url.pathname}/socket.io/`,
    auth,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
}

/** The next event of this name for which `fits` holds. */
const next = (socket, name, fits) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name}`)), 20_000);
    socket.on(name, (data) => {
      if (!fits(data)) return;
      clearTimeout(timer);
      resolve(data);
    });
  });

test('every change is told once it can be read', async () => {
  const socket = connect({ token });
  await new Promise((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  const made = [];
  socket.on('sandbox.created', (sandbox) => made.push(sandbox.id));
  const sandbox = await create();
  const became = (state) =>
    next(socket, 'sandbox.state.updated', (data) => data.sandbox.id === sandbox.id && data.newState === state);
  const [stopping, stopped] = [became('stopping'), became('stopped')];
  await sandbox.stop();
  assert.equal((await stopping).oldState, 'started');
  assert.equal((await stopped).oldState, 'stopping');
  assert.equal((await stopped).sandbox.toolboxProxyUrl, sandbox.toolboxProxyUrl);
  assert.equal((await daytona.get(sandbox.id)).state, 'stopped');
  assert.ok(made.includes(sandbox.id));
  socket.disconnect();
});

test('a socket that shows nothing is refused', async () => {
  const socket = connect({});
  const error = await new Promise((resolve) => socket.on('connect_error', resolve));
  assert.equal(error.message, 'Unauthorized');
  socket.disconnect();
});

test('a sandbox object hears what another client does', async () => {
  const sandbox = await create();
  const other = await daytona.get(sandbox.id);
  // The client connects in the background, so the first change may come before it listens.
  for (let round = 0; round < 10; round += 1) {
    await other.stop();
    for (let look = 0; look < 50; look += 1) {
      if (sandbox.state === 'stopped') return;
      await pause(20);
    }
    await other.start();
  }
  assert.fail('the object was told nothing');
});
