"""Programs that listen in a sandbox, visited from outside by the addresses the client is given."""

import asyncio
import urllib.error
import urllib.request

import pytest
from conftest import settle, unique
from daytona import DaytonaError

# Listens on a port of its own and says which.
START = (
    "mkdir {folder} && cd {folder} && echo hello > index.html && mkfifo ready && "
    "(python3 -u -m http.server 0 --bind 127.0.0.1 > ready 2> errors &) ; head -n 1 ready"
)


def fetch(url, headers=None):
    """Status and text of an address."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def visit(url, headers=None):
    return await asyncio.to_thread(fetch, url, headers)


@pytest.fixture
async def program(new_sandbox):
    """A sandbox of its own with a web server, and the server's port."""
    sandbox = await new_sandbox()
    said = await settle(sandbox.process.exec(START.format(folder=unique("site"))))
    port = int(said.result.split(" port ")[1].split()[0])
    return sandbox, port


async def test_a_preview_opens_with_its_token_only(program):
    sandbox, port = program
    preview = await settle(sandbox.get_preview_link(port))
    assert await visit(preview.url, {"x-daytona-preview-token": preview.token}) == (200, "hello\n")
    status, _ = await visit(preview.url)
    assert status == 401
    # Text can be appended to the address.
    status, _ = await visit(preview.url + "/none", {"x-daytona-preview-token": preview.token})
    assert status == 404


async def test_a_signed_address_opens_by_itself_until_it_is_expired(program):
    sandbox, port = program
    signed = await settle(sandbox.create_signed_preview_url(port, expires_in_seconds=600))
    assert signed.port == port
    assert await visit(signed.url) == (200, "hello\n")
    await settle(sandbox.expire_signed_preview_url(port, signed.token))
    status, _ = await visit(signed.url)
    assert status == 401
    with pytest.raises(DaytonaError, match="between 1 second and 24 hours"):
        await settle(sandbox.create_signed_preview_url(port, expires_in_seconds=100_000))


async def test_a_public_sandbox_shows_its_programs_to_everybody(new_sandbox):
    sandbox = await new_sandbox(public=True)
    said = await settle(sandbox.process.exec(START.format(folder=unique("site"))))
    port = int(said.result.split(" port ")[1].split()[0])
    preview = await settle(sandbox.get_preview_link(port))
    assert await visit(preview.url) == (200, "hello\n")


async def test_port_2280_leads_to_the_toolbox(sandbox):
    preview = await settle(sandbox.get_preview_link(2280))
    status, text = await visit(preview.url + "/work-dir", {"x-daytona-preview-token": preview.token})
    assert (status, "dir" in text) == (200, True)


async def test_what_is_no_port_is_refused(sandbox):
    with pytest.raises(DaytonaError, match="Invalid port"):
        await settle(sandbox.get_preview_link(70_000))
