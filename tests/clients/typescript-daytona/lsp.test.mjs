// Language servers: symbols of documents and projects, and what may be typed where.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, sandboxes, sdk, unique } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
before(async () => {
  sandbox = await create();
});

const LANGUAGES = [
  // The file of the official end-to-end suites, the mistake at its end included.
  {
    language: 'python',
    program: 'pylsp',
    file: 'sample.py',
    text: 'class Greeter:\n    def greet(self, name):\n        return name\n\ngreeter = Greeter()\ngreeter.\n',
    position: { line: 5, character: 8 },
  },
  {
    language: 'typescript',
    program: 'typescript-language-server',
    file: 'sample.ts',
    text: 'export class Greeter { greet(name: string) { return name; } }\nconst greeter = new Greeter();\ngreeter.\n',
    position: { line: 2, character: 8 },
  },
  {
    language: 'javascript',
    program: 'typescript-language-server',
    file: 'sample.js',
    text: 'export class Greeter { greet(name) { return name; } }\nconst greeter = new Greeter();\ngreeter.\n',
    position: { line: 2, character: 8 },
  },
];

const names = (symbols) => symbols.map(({ name }) => name);

for (const { language, program, file, text, position } of LANGUAGES) {
  test(`${language} has symbols and completions`, async (t) => {
    if (await lacks(t, sandbox, program)) return;
    const project = unique('project');
    const path = `${project}/${file}`;
    await sandbox.fs.uploadFile(Buffer.from(text), path);
    const server = await sandbox.createLspServer(language, project);
    await server.start();
    await server.start();
    await server.didOpen(path);
    const symbols = await server.documentSymbols(path);
    assert.ok(names(symbols).includes('Greeter'), names(symbols));
    assert.equal(symbols[0].location.uri, `file://${path}`);
    assert.ok(names(await server.sandboxSymbols('Greeter')).includes('Greeter'));
    assert.deepEqual(await server.sandboxSymbols('NothingIsCalledThis'), []);
    const { items, isIncomplete } = await server.completions(path, position);
    assert.ok(items.some(({ label, insertText }) => [label, insertText].includes('greet')));
    assert.equal(typeof isIncomplete, 'boolean');
    const first = await server.completions(path, { line: 0, character: 0 });
    assert.ok(Array.isArray(first.items));
    await server.didClose(path);
    await server.stop();
    await assert.rejects(server.documentSymbols(path), /server not initialized/);
  });
}

test('a server that was not started is a bad request', async () => {
  const server = await sandbox.createLspServer('python', unique('project'));
  const calls = [
    () => server.didOpen('a.py'),
    () => server.didClose('a.py'),
    () => server.documentSymbols('a.py'),
    () => server.sandboxSymbols('a'),
    () => server.completions('a.py', { line: 1, character: 1 }),
  ];
  for (const call of calls) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof sdk.DaytonaLspServerNotInitializedError);
      assert.deepEqual([error.statusCode, error.message], [400, 'server not initialized']);
      return true;
    });
  }
  await assert.rejects(server.stop(), ({ statusCode }) => statusCode === 500);
});
