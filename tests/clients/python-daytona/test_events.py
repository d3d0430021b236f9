"""The event socket, as the client uses it and as the Socket.IO library below it hears it."""

import asyncio
import http.client
import http.server
import os
import threading
import urllib.parse

import pytest
import socketio
from conftest import settle
from daytona import AsyncDaytona, Daytona, DaytonaConfig, SandboxState
from daytona_api_client_async import Sandbox as SandboxDto

URL = urllib.parse.urlparse(os.environ["DAYTONA_API_URL"])
ORIGIN = f"{URL.scheme}://{URL.netloc}"
SOCKET = f"{URL.path}/socket.io/"


def listener(token):
    """A socket and what it has heard, as a queue of event names and payloads."""
    heard = asyncio.Queue()
    client = socketio.AsyncClient(reconnection=False)
    client.on("*", lambda name, data: heard.put_nowait((name, data)))
    connect = client.connect(ORIGIN, socketio_path=SOCKET, auth={"token": token}, transports=["websocket"], wait=True)
    return client, heard, connect


async def expect(heard, sandbox_id, name, **members):
    """The payload of the next event of this name about this sandbox, whose members must be these."""
    while True:
        event, data = await asyncio.wait_for(heard.get(), 20)
        about = data.get("sandbox", data)
        if event == name and about["id"] == sandbox_id:
            assert {key: data[key] for key in members} == members
            return data


async def test_every_change_is_told_once_it_can_be_read():
    client, heard, connect = listener(os.environ["DAYTONA_API_KEY"])
    await connect
    async with AsyncDaytona() as daytona:
        sandbox = await daytona.create()
        created = await expect(heard, sandbox.id, "sandbox.created")
        assert SandboxDto.from_dict(created).id == sandbox.id
        told = await expect(heard, sandbox.id, "sandbox.state.updated", oldState="creating", newState="started")
        assert SandboxDto.from_dict(told["sandbox"]).toolbox_proxy_url == sandbox.toolbox_proxy_url

        stop = asyncio.create_task(sandbox.stop())
        wanted = {"oldDesiredState": "started", "newDesiredState": "stopped"}
        await expect(heard, sandbox.id, "sandbox.desired-state.updated", **wanted)
        await expect(heard, sandbox.id, "sandbox.state.updated", oldState="started", newState="stopping")
        await expect(heard, sandbox.id, "sandbox.state.updated", oldState="stopping", newState="stopped")
        assert (await daytona.get(sandbox.id)).state == SandboxState.STOPPED
        await stop

        await sandbox.delete()
        await expect(heard, sandbox.id, "sandbox.state.updated", oldState="stopped", newState="destroying")
        await expect(heard, sandbox.id, "sandbox.state.updated", oldState="destroying", newState="destroyed")
    await client.disconnect()


async def test_a_socket_that_shows_nothing_is_refused():
    client, _, connect = listener(" ")
    reasons = []
    client.on("connect_error", reasons.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect
    assert reasons == [{"message": "Unauthorized"}]


async def test_a_sandbox_object_hears_what_another_client_does(new_sandbox, daytona):
    created = await new_sandbox()
    other = await settle(daytona.get(created.id))
    # The client connects in the background, so the first change may come before it listens.
    for _ in range(10):
        await settle(other.stop())
        for _ in range(50):
            if created.state == SandboxState.STOPPED:
                return
            await asyncio.sleep(0.02)
        await settle(other.start())
    pytest.fail("the object was told nothing")


class WithoutEvents(http.server.BaseHTTPRequestHandler):
    """Passes everything on to the server except the event socket, which it does not have."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def pass_on(self):
        if "/socket.io" in self.path:
            type(self).asked += 1
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        connection = http.client.HTTPConnection(URL.netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        self.send_header("content-type", answer.headers.get("content-type", "application/json"))
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_POST = do_PUT = do_DELETE = pass_on

    def log_message(self, *_):
        pass


@pytest.fixture
def api_without_events():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), WithoutEvents)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}{URL.path}"
    server.shutdown()
    server.server_close()


async def test_without_the_event_socket_the_client_polls(api_without_events):
    config = DaytonaConfig(api_url=api_without_events, api_key=os.environ["DAYTONA_API_KEY"])

    def work_with(daytona):
        sandbox = daytona.create()
        assert sandbox.process.exec("echo polled").result == "polled\n"
        sandbox.stop()
        assert sandbox.state == SandboxState.STOPPED
        sandbox.start()
        sandbox.delete(wait=True)
        assert sandbox.state == SandboxState.DESTROYED

    await asyncio.to_thread(work_with, Daytona(config))
    async with AsyncDaytona(config) as daytona:
        sandbox = await daytona.create()
        await sandbox.stop()
        assert sandbox.state == SandboxState.STOPPED
        await sandbox.delete()
    assert WithoutEvents.asked > 0
