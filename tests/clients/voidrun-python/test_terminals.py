"""Terminals that last as long as a connection, and those that stay."""

import asyncio

import pytest
from conftest import call, generated
from voidrun.api_client.exceptions import ApiException
from voidrun.api_client.models.execute_in_session_request import ExecuteInSessionRequest


class Screen:
    """What a terminal printed, and a way to wait for it."""

    def __init__(self):
        self.text = ""
        self.closed = asyncio.Event()
        self.changed = asyncio.Event()

    def add(self, text):
        self.text += text
        self.changed.set()

    async def shows(self, text):
        async with asyncio.timeout(30):
            while text not in self.text:
                self.changed.clear()
                await self.changed.wait()


async def connected(sandbox, session_id=None):
    screen = Screen()
    session = await sandbox.pty.connect(session_id, on_data=screen.add, on_close=screen.closed.set)
    return session, screen


async def made(sandbox):
    return (await call(sandbox.pty, "create_session", 100, 40)).data.data.session_id


async def test_a_terminal_lives_as_long_as_its_connection(sandbox):
    session, screen = await connected(sandbox)
    await screen.shows("# ")
    session.send_input("echo $((40 + 2)); tty\n")
    await screen.shows("42")
    await screen.shows("/dev/pts/")
    session.send_input("exit\n")
    async with asyncio.timeout(30):
        await screen.closed.wait()


async def test_a_command_typed_ends_with_the_prompt(sandbox):
    session, screen = await connected(sandbox)
    await screen.shows("# ")
    output = await session.run_command("echo one; echo two")
    assert "one\r\ntwo" in output
    await session.close()


async def test_a_terminal_that_stays_shows_a_second_client_what_was_printed(sandbox):
    session_id = await made(sandbox)
    first, screen = await connected(sandbox, session_id)
    first.send_input("echo $((20 + 3))\n")
    await screen.shows("23")
    await first.close()
    second, screen = await connected(sandbox, session_id)
    await screen.shows("23")
    second.send_input("echo $((30 + 4))\n")
    await screen.shows("34")
    await second.close()
    await call(sandbox.pty, "delete_session", session_id)


async def test_terminals_are_listed_until_they_are_deleted(sandbox):
    session_id = await made(sandbox)
    listed = {entry.id: entry for entry in (await call(sandbox.pty, "list")).data.sessions}
    assert listed[session_id].alive and listed[session_id].clients == 0
    await call(sandbox.pty, "delete_session", session_id)
    assert session_id not in {entry.id for entry in (await call(sandbox.pty, "list")).data.sessions}


async def test_a_terminal_has_the_size_it_was_given(sandbox):
    session_id = await made(sandbox)
    session, screen = await connected(sandbox, session_id)
    await session.resize(132, 50)
    session.send_input("stty size\n")
    await screen.shows("50 132")
    await session.close()
    await call(sandbox.pty, "delete_session", session_id)


async def test_a_command_is_typed_without_a_connection_and_shows_in_the_buffer(sandbox):
    session_id = await made(sandbox)
    execution = generated(sandbox, "ExecutionApi")
    typed = ExecuteInSessionRequest(command="echo $((50 + 5))")
    execution.execute_in_pty_session(sandbox.id, session_id, typed)
    async with asyncio.timeout(30):
        while "55" not in execution.get_pty_buffer(sandbox.id, session_id).data.output:
            await asyncio.sleep(0.05)
    await call(sandbox.pty, "delete_session", session_id)


async def test_a_terminal_nobody_made_cannot_be_deleted(sandbox):
    with pytest.raises(ApiException) as refused:
        await call(sandbox.pty, "delete_session", "none")
    assert refused.value.status in (404, 500)
