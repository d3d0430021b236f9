"""Terminals."""

import inspect

import pytest
from era import part, settle, unique


class Terminal:
    """A terminal of either client, and what it has printed."""

    def __init__(self):
        self.output, self.handle = b"", None

    async def open(self, call, *arguments, **keywords):
        """`call` makes or joins a terminal; the asynchronous client wants its listener at once."""
        if "on_data" in inspect.signature(call).parameters:
            keywords["on_data"] = self.listen
        self.handle = await settle(call(*arguments, **keywords))
        await settle(self.handle.wait_for_connection())
        return self

    def listen(self, data):
        self.output += data

    async def type(self, text):
        await settle(self.handle.send_input(text))

    async def wait(self):
        """The result, once the shell has ended."""
        if "on_data" in inspect.signature(self.handle.wait).parameters:
            return self.handle.wait(on_data=self.listen, timeout=30)
        return await self.handle.wait()


@pytest.fixture
def size():
    return part("common.pty").PtySize


async def _names(sandbox):
    found = await settle(sandbox.process.list_pty_sessions())
    # Before the proxy, the answer was handed on as it came.
    return [session.id for session in getattr(found, "sessions", found)]


async def test_a_terminal_is_typed_into_and_ends_with_its_exit_code(sandbox, size):
    terminal = await Terminal().open(
        sandbox.process.create_pty_session, unique("pty"), envs={"GREETING": "hi"}, pty_size=size(rows=30, cols=120)
    )
    resized = await settle(terminal.handle.resize(size(rows=33, cols=133)))
    assert (resized.rows, resized.cols) == (33, 133)
    await terminal.type("stty -echo; stty size; echo \"$GREETING\"; exit 7\n")
    result = await terminal.wait()
    assert result.exit_code == 7
    assert b"33 133\r\n" in terminal.output
    assert b"hi\r\n" in terminal.output


async def test_terminals_are_listed_until_they_are_killed(sandbox, size):
    name = unique("pty")
    terminal = await Terminal().open(sandbox.process.create_pty_session, name)
    assert name in await _names(sandbox)
    assert (await settle(sandbox.process.get_pty_session_info(name))).active
    await settle(sandbox.process.kill_pty_session(name))
    await terminal.wait()
    assert name not in await _names(sandbox)
