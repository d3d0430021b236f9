// The client under test, watched: each public method notes that it was called, and does what it always does.
//
// The server is found by the environment alone, as a user's program finds it: run these tests under
// `pitlane exec -- node`, with PITLANE_CLIENT_DIR naming the folder whose node_modules holds the client.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';

const { PITLANE_CLIENT_PACKAGE: packageName, PITLANE_CLIENT_DIR: clientDir } = process.env;
if (!packageName || !clientDir) throw new Error('Run `cargo xtask clients --only typescript-reference`.');
const require = createRequire(path.resolve(clientDir, 'package.json'));
export const sdk = require(packageName);
const inside = path.dirname(require.resolve(packageName));

// What the package's declarations call private, and what only the package itself calls.
const CLASSES = [
  ['Daytona', 'Daytona', ['getCodeToolbox', 'createAxiosInstance']],
  ['Sandbox', 'Sandbox', ['processSandboxDto', 'refreshDataSafe']],
  ['FileSystem', 'FileSystem', ['makeFilePayload']],
  ['Git', 'Git', []],
  ['Process', 'Process', []],
  ['CodeInterpreter', 'CodeInterpreter', ['extractMessageText', 'normalizeCloseEvent', 'createCloseError']],
  ['PtyHandle', 'PtyHandle', ['setupWebSocketHandlers']],
  ['LspServer', 'LspServer', []],
  ['ComputerUse', 'ComputerUse', []],
  ['ComputerUse', 'Mouse', []],
  ['ComputerUse', 'Keyboard', []],
  ['ComputerUse', 'Screenshot', []],
  ['ComputerUse', 'Display', []],
  ['ComputerUse', 'RecordingService', []],
  ['Volume', 'VolumeService', []],
  ['Snapshot', 'SnapshotService', []],
  ['Image', 'Image', ['formatPipInstallArgs', 'flattenStringArgs']],
];

const called = new Set();
const watched = CLASSES.flatMap(([module, name, hidden]) => {
  const { prototype } = require(path.join(inside, `${module}.js`))[name];
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([method, { value }]) => method !== 'constructor' && !hidden.includes(method) && typeof value === 'function');
  return methods.map(([method, { value }]) => {
    const known = `${name}.${method}`;
    prototype[method] = function noted(...parameters) {
      called.add(known);
      return value.apply(this, parameters);
    };
    return known;
  });
});

/** The public methods that nobody has called yet. */
export const uncalled = () => watched.filter((method) => !called.has(method));

export const daytona = new sdk.Daytona();

const created = [];
/** A new sandbox, deleted at the end. */
export async function create(...parameters) {
  const sandbox = await daytona.create(...parameters);
  created.push(sandbox);
  return sandbox;
}

let common;
/** One sandbox for all tests that leave it as they found it: running, and with files of their own only. */
export const shared = () => (common ??= create());

/** Deletes what the tests made, and lets the client go. */
export async function close() {
  // Tests of deletion have deleted theirs.
  await Promise.allSettled(created.map((sandbox) => sandbox.delete()));
  await daytona[Symbol.asyncDispose]();
}

/** A name no other test uses, so that tests may run against a server that already has sandboxes. */
export const unique = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;

/** The relative path of a new folder. */
export async function folder() {
  const name = unique('folder');
  await (await shared()).fs.createFolder(name, '755');
  return name;
}

/** The output of a command that must succeed. */
export async function run(command, ...options) {
  const { exitCode, result } = await (await shared()).process.executeCommand(command, ...options);
  assert.equal(exitCode, 0, result);
  return result.trim();
}

/** Skips a test whose program the sandbox lacks, unless the run has promised that nothing is missing. */
export async function lacks(t, program) {
  const { exitCode } = await (await shared()).process.executeCommand(`command -v ${program}`);
  if (exitCode === 0 || process.env.PITLANE_TEST_COMPLETE) return false;
  t.skip(`${program} is not installed on this machine`);
  return true;
}
