// Language servers.

import assert from 'node:assert/strict';
import { since } from '../briefing.mjs';
import { checking } from '../check.mjs';
import { folder, needs, shared, write } from '../era.mjs';

const check = checking('lsp');

const GREETER = `class Greeter:
    def greet(self, name):
        return f"hi {name}"

greeter = Greeter()
greeter.
`;

/** Gives the test a started server with the sample opened, and the sample's path. */
async function withGreeter(body) {
  const sandbox = await shared();
  await needs(sandbox, 'pylsp');
  const directory = await folder(sandbox);
  const file = `${directory}/sample.py`;
  await write(sandbox, file, GREETER);
  const server = await sandbox.createLspServer('python', directory);
  await server.start();
  await server.didOpen(file);
  try {
    await body(server, file);
  } finally {
    await server.stop();
  }
}

check('a document has symbols', () => withGreeter(async (server, file) => {
  const symbols = await server.documentSymbols(file);
  assert.deepEqual(symbols.map(({ name }) => name).slice(0, 2), ['Greeter', 'greet']);
  assert.equal(symbols[0].location.range.start.line, 0);
  await server.didClose(file);
}));

check('a project has symbols', () => withGreeter(async (server) => {
  const symbols = await (since('0.12.0') ? server.sandboxSymbols('Greeter') : server.workspaceSymbols('Greeter'));
  assert.ok(symbols.some(({ name }) => name === 'Greeter'));
}));

check('completions know the type', () => withGreeter(async (server, file) => {
  const { items } = await server.completions(file, { line: 5, character: 8 });
  // Servers insert what they complete, or show it as a label only.
  assert.ok(items.some(({ insertText, label }) => (insertText || label).startsWith('greet')));
}));
