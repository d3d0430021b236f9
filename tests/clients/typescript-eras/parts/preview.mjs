// What a sandbox serves, seen from outside.

import assert from 'node:assert/strict';
import { checking } from '../check.mjs';
import { begin, exec, folder, session, shared, write } from '../era.mjs';

const check = checking('preview');

const PORT = "python3 -c 'import socket; s = socket.socket(); s.bind((\"\", 0)); print(\"port\", s.getsockname()[1])'";
const WAIT = (port) => `python3 -c 'import socket, time
for _ in range(200):
    if socket.socket().connect_ex(("127.0.0.1", ${port})) == 0: break
    time.sleep(0.05)
else: raise SystemExit(1)'`;

check('a preview link leads to the port', { since: '0.14.0' }, async () => {
  const sandbox = await shared();
  // Sandboxes may share the host's ports.
  const port = Number((await exec(sandbox, PORT))[1].trim().split(' ')[1]);
  const { url, token } = await sandbox.getPreviewLink(port);
  const directory = await folder(sandbox);
  await write(sandbox, `${directory}/page.txt`, 'served from inside');
  const id = await session(sandbox);
  await begin(sandbox, id, `cd ${directory} && python3 -u -m http.server --bind 127.0.0.1 ${port}`);
  assert.equal((await exec(sandbox, WAIT(port)))[0], 0);
  const answer = await fetch(`${url}/page.txt`, { headers: { 'x-daytona-preview-token': token } });
  assert.equal(await answer.text(), 'served from inside');
  await sandbox.process.deleteSession(id);
});
