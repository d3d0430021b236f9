"""What a sandbox serves, seen from outside."""

import urllib.request

import pytest
from era import settle

PAGE = b"served from inside"


async def _serve(sandbox, folder, port):
    await sandbox.fs.write(f"{folder}/page.txt", PAGE)
    session = await sandbox.sessions.create()
    await sandbox.sessions.begin(session, f"cd {folder} && python3 -u -m http.server --bind 127.0.0.1 {port}")
    code, _ = await sandbox.exec(
        "python3 -c 'import socket, time\n"
        "for _ in range(200):\n"
        f"    if socket.socket().connect_ex((\"127.0.0.1\", {port})) == 0: break\n"
        "    time.sleep(0.05)\n"
        "else: raise SystemExit(1)'"
    )
    assert code == 0
    return session


async def _free_port(sandbox):
    # Sandboxes may share the host's ports.
    _, port = await sandbox.exec("python3 -c 'import socket; s = socket.socket(); s.bind((\"\", 0)); print(s.getsockname()[1])'")
    return int(port)


@pytest.mark.since("0.14.0")
async def test_a_preview_link_leads_to_the_port(sandbox, folder):
    port = await _free_port(sandbox)
    link = await settle(sandbox.raw.get_preview_link(port))
    session = await _serve(sandbox, folder, port)
    request = urllib.request.Request(f"{link.url}/page.txt", headers={"x-daytona-preview-token": link.token})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.read() == PAGE
    await sandbox.sessions.delete(session)


@pytest.mark.until("0.13.1")
async def test_a_preview_link_is_made_of_port_id_and_domain(sandbox):
    link = await settle(sandbox.raw.get_preview_link(3000))
    assert link.startswith(f"https://3000-{sandbox.id}.")
    assert not link.endswith(".")
