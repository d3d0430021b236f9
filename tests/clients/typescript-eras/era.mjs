// The TypeScript client of any generation, behind the names of none of them.
//
// Each function here calls the one method of the release under test that does this, by its name of that time, and answers
// in one form. Nothing of the client is changed, and where it cannot do something, nothing is made up for it.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Skip } from './check.mjs';
import { briefing, since } from './briefing.mjs';

const require = createRequire(path.resolve(process.env.PITLANE_CLIENT_DIR, 'package.json'));
export const sdk = require(briefing.package);
/** The client, which knows nothing but its environment. */
export const daytona = new sdk.Daytona();

const created = [];

/** A name no other test uses: many generations speak to the server at once. */
export const unique = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;

/** A word of a shell line. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A new sandbox, deleted at the end. */
export async function create(params = { language: 'python' }) {
  const sandbox = await daytona.create({ language: 'python', ...params });
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
  await daytona[Symbol.asyncDispose]?.();
}

/** The ids of all sandboxes, or of those that have the labels, page by page. */
export async function list(labels) {
  const ids = [];
  if (since('0.180.0')) {
    for await (const { id } of daytona.list(labels ? { labels, limit: 2 } : undefined)) ids.push(id);
    return ids;
  }
  if (!since('0.108.0')) return (await daytona.list(labels)).map(({ id }) => id);
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await daytona.list(labels, page, 2);
    ids.push(...answer.items.map(({ id }) => id));
    pages = answer.totalPages;
  }
  return ids;
}

/** An object with `state` and `labels`, newly read. */
export async function details(sandbox) {
  if (!since('0.21.0')) return sandbox.info();
  await sandbox.refreshData();
  return sandbox;
}

/** The directory that relative paths belong to, without a slash at its end. */
export async function root(sandbox) {
  const name = ['getWorkDir', 'getUserRootDir', 'getWorkspaceRootDir'].find((each) => sandbox[each]);
  return (await sandbox[name]()).replace(/\/$/, '');
}

/** Exit code and output of a command. */
export async function exec(sandbox, command, { cwd, env, timeout } = {}) {
  const options = since('0.12.0') ? [cwd, env, timeout] : [cwd, timeout];
  const { exitCode, result } = await sandbox.process.executeCommand(command, ...options);
  // Axios makes a number of text that looks like one.
  return [exitCode, `${result}`];
}

/** The absolute path of a new folder. */
export async function folder(sandbox) {
  const name = unique('folder');
  await sandbox.fs.createFolder(name, '755');
  return `${await root(sandbox)}/${name}`;
}

/** Runs a script in a folder; what it printed. */
export async function shell(sandbox, directory, script) {
  const [exitCode, output] = await exec(sandbox, `sh -c ${quoted(`cd ${directory} && ${script}`)}`);
  if (exitCode !== 0) throw new Error(`${exitCode}: ${output}`);
  return output;
}

/** Writes a file of text or bytes. */
export async function write(sandbox, file, content) {
  if (since('0.21.0')) return sandbox.fs.uploadFile(Buffer.from(content), file);
  return sandbox.fs.uploadFile(file, new File([content], path.basename(file)));
}

/** What is in a file. Before 0.21 it came as text. */
export async function read(sandbox, file) {
  const content = await sandbox.fs.downloadFile(file);
  return Buffer.isBuffer(content) ? content : Buffer.from(`${content}`);
}

export const names = async (sandbox, directory) => (await sandbox.fs.listFiles(directory)).map(({ name }) => name).sort();

/** The id of a new session. */
export async function session(sandbox) {
  const id = unique('session');
  await sandbox.process.createSession(id);
  return id;
}

/** The answer to a command that is waited for. */
export const run = (sandbox, id, command) => sandbox.process.executeSessionCommand(id, { command });

/** The id of a command that is not waited for. */
export async function begin(sandbox, id, command) {
  const flag = since('0.16.1') ? 'runAsync' : 'async';
  return (await sandbox.process.executeSessionCommand(id, { command, [flag]: true })).cmdId;
}

/** Output and errors; all as output where they were not told apart yet. */
export async function logs(sandbox, id, command) {
  const found = await sandbox.process.getSessionCommandLogs(id, command);
  return since('0.27.0') ? [found.stdout, found.stderr] : [found, ''];
}

/** Skips a test whose program the sandbox lacks, unless the run has promised that nothing is missing. */
export async function needs(sandbox, program) {
  const [exitCode] = await exec(sandbox, `which ${program}`);
  if (exitCode !== 0 && !process.env.PITLANE_TEST_COMPLETE) throw new Skip(`${program} is not installed on this machine`);
}
