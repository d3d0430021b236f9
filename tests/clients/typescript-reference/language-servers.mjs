// LspServer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, lacks, run, sdk, shared } from './sdk.mjs';

const SAMPLES = {
  [sdk.LspLanguageId.PYTHON]: ['pylsp', 'sample.py', 'class Greeter:\n    def greet(self):\n        return 1\n\ng = Greeter()\ng.\n', 5],
  [sdk.LspLanguageId.TYPESCRIPT]: [
    'typescript-language-server', 'sample.ts', 'export class Greeter {\n  greet() { return 1; }\n}\nconst g = new Greeter();\ng.\n', 4,
  ],
};

for (const [language, [program, name, text, line]] of Object.entries(SAMPLES)) {
  test(`a ${language} server knows symbols and completions`, async (t) => {
    if (await lacks(t, program)) return;
    const sandbox = await shared();
    const directory = `${await run('pwd')}/${await folder()}`;
    const file = `${directory}/${name}`;
    await sandbox.fs.uploadFile(Buffer.from(text), file);
    const server = await sandbox.createLspServer(language, directory);
    await server.start();
    await server.didOpen(file);
    const names = (symbols) => symbols.map((symbol) => symbol.name);
    assert.ok(names(await server.documentSymbols(file)).includes('Greeter'));
    assert.ok(names(await server.sandboxSymbols('Greeter')).includes('Greeter'));
    assert.ok(names(await server.workspaceSymbols('Greeter')).includes('Greeter'));
    const { items } = await server.completions(file, { line, character: 2 });
    assert.ok(items.some(({ insertText, label }) => (insertText || label).startsWith('greet')));
    await server.didClose(file);
    await server.stop();
  });
}
