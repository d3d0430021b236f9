// `@daytonaio/sdk` 0.150.0, the release that a widely read reference describes: every method it has.
//
//     reference.test.mjs ──▶ parts    what each method does, with its options
//                       └──▶ sdk.mjs  the client; notes which methods were called
//
// The last test fails when a method was called by no part.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import './sandboxes.mjs';
import './files.mjs';
import './repositories.mjs';
import './processes.mjs';
import './interpreter.mjs';
import './language-servers.mjs';
import './previews.mjs';
import './services.mjs';
import './images.mjs';
import './desktop.mjs';
import { close, uncalled } from './sdk.mjs';

test('every method of the client was called', () => {
  assert.deepEqual(uncalled(), []);
});

after(close);
