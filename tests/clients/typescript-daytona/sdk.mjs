// Loads the published SDK under test and hands out sandboxes.
//
// Two npm packages carry the SDK; PITLANE_CLIENT_PACKAGE names the one to test and PITLANE_CLIENT_DIR the folder whose
// node_modules holds it. The server is found by the environment alone, as a user's program finds it: run these tests
// under `pitlane exec -- node --test`.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { PITLANE_CLIENT_PACKAGE: packageName, PITLANE_CLIENT_DIR: clientDir } = process.env;
if (!packageName || !clientDir) {
  throw new Error('Set PITLANE_CLIENT_PACKAGE and PITLANE_CLIENT_DIR, or run `cargo xtask clients`.');
}

export const require = createRequire(path.resolve(clientDir, 'package.json'));
export const packageUnderTest = packageName;

// An ES module resolves packages from its own folder only, so the entry that `import` would choose is looked up by hand.
const manifestPath = require.resolve(`${packageName}/package.json`);
const entry = require(manifestPath).exports['.'].import.default;
export const sdk = await import(pathToFileURL(path.join(path.dirname(manifestPath), entry)));

/** A name no other test uses, so that tests may run against a server that already has sandboxes. */
export const unique = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;

/** Everything an asynchronous iterator yields. */
export async function collect(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

/** Everything a stream of bytes yields, as one buffer. */
export const drain = async (stream) => Buffer.concat(await collect(stream));

/** Creates sandboxes and deletes them after the file's last test, also when one failed. */
export function sandboxes(after) {
  const daytona = new sdk.Daytona();
  const created = [];
  after(async () => {
    // Most tests about deletion have deleted theirs already.
    await Promise.allSettled(created.map((sandbox) => sandbox.delete()));
    await daytona[Symbol.asyncDispose]();
  });
  return {
    daytona,
    async create(params) {
      const sandbox = await daytona.create(params);
      created.push(sandbox);
      return sandbox;
    },
  };
}

/** Skips a test whose program the sandbox lacks, unless the run has promised that nothing is missing. */
export async function lacks(t, sandbox, program) {
  const { exitCode } = await sandbox.process.executeCommand(`command -v ${program}`);
  if (exitCode === 0 || process.env.PITLANE_TEST_COMPLETE) return false;
  t.skip(`${program} is not installed on this machine`);
  return true;
}
