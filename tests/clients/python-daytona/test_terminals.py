"""Terminals, and Python that keeps its state."""

import inspect

import pytest
from conftest import settle, unique
from daytona import (
    DaytonaBadRequestError,
    DaytonaConflictError,
    DaytonaConnectionError,
    DaytonaError,
    DaytonaNotFoundError,
    DaytonaSessionEndedError,
    DaytonaTimeoutError,
)
from daytona.common.pty import PtySize


class Terminal:
    """A terminal of either client, and what it has printed."""

    def __init__(self):
        self.output = b""
        self.handle = None

    @staticmethod
    async def open(call, *arguments, **keywords):
        """`call` makes or joins a terminal; the asynchronous client wants its listener at once."""
        terminal = Terminal()
        if "on_data" in inspect.signature(call).parameters:
            keywords["on_data"] = terminal.listen
        terminal.handle = await settle(call(*arguments, **keywords))
        if inspect.iscoroutinefunction(terminal.handle.wait_for_connection):
            await terminal.handle.wait_for_connection()
        return terminal

    def listen(self, data):
        self.output += data

    async def type(self, text):
        await settle(self.handle.send_input(text))

    async def wait(self):
        """The result, once the shell has ended."""
        if "on_data" in inspect.signature(self.handle.wait).parameters:
            return self.handle.wait(on_data=self.listen)
        return await self.handle.wait()


async def test_a_terminal_is_made_resized_typed_into_and_ends_with_its_exit_code(sandbox):
    name = unique("pty")
    envs = {"GREETING": "dobrý den"}
    terminal = await Terminal.open(
        sandbox.process.create_pty_session, name, envs=envs, pty_size=PtySize(rows=30, cols=120)
    )
    resized = await settle(terminal.handle.resize(PtySize(rows=33, cols=133)))
    assert (resized.rows, resized.cols) == (33, 133)
    await terminal.type("stty -echo; stty size; echo \"$GREETING\"; exit 7\n")
    result = await terminal.wait()
    assert result.exit_code == 7
    assert b"33 133\r\n" in terminal.output
    assert "dobrý den\r\n".encode() in terminal.output
    await settle(terminal.handle.disconnect())


async def test_a_terminal_outlives_its_client_and_is_listed_resized_joined_and_killed(sandbox):
    name = unique("pty")
    terminal = await Terminal.open(sandbox.process.create_pty_session, name)
    await terminal.type("kept=yes\n")
    await settle(terminal.handle.disconnect())
    sessions = await settle(sandbox.process.list_pty_sessions())
    assert name in [session.id for session in sessions]
    info = await settle(sandbox.process.get_pty_session_info(name))
    assert (info.active, info.cols, info.rows) == (True, 80, 24)
    resized = await settle(sandbox.process.resize_pty_session(name, PtySize(rows=10, cols=40)))
    assert (resized.rows, resized.cols) == (10, 40)
    joined = await Terminal.open(sandbox.process.connect_pty_session, name)
    await joined.type("stty -echo; echo kept=$kept; exit 0\n")
    result = await joined.wait()
    assert result.exit_code == 0
    assert b"kept=yes" in joined.output

    killed = await Terminal.open(sandbox.process.create_pty_session, name)
    await settle(sandbox.process.kill_pty_session(name))
    result = await killed.wait()
    assert result.exit_code == 137
    with pytest.raises(DaytonaNotFoundError):
        await settle(sandbox.process.get_pty_session_info(name))


async def test_what_cannot_be_made_or_found_raises_its_own_class(sandbox):
    name = unique("pty")
    terminal = await Terminal.open(sandbox.process.create_pty_session, name)
    with pytest.raises(DaytonaConflictError):
        await Terminal.open(sandbox.process.create_pty_session, name)
    await settle(terminal.handle.kill())
    with pytest.raises(DaytonaSessionEndedError, match="not found"):
        await settle(sandbox.process.resize_pty_session(name, PtySize(rows=1, cols=1)))
    with pytest.raises(DaytonaNotFoundError):
        await settle(sandbox.process.kill_pty_session(name))
    with pytest.raises(DaytonaError):
        await Terminal.open(sandbox.process.connect_pty_session, name)
    with pytest.raises(DaytonaBadRequestError):
        await Terminal.open(sandbox.process.create_pty_session, name, pty_size=PtySize(rows=24, cols=1001))


async def test_a_terminal_knows_whether_it_is_connected(sandbox):
    name = unique("pty")
    terminal = await Terminal.open(sandbox.process.create_pty_session, name)
    assert terminal.handle.session_id == name
    assert terminal.handle.is_connected()
    await terminal.type("exit 130\n")
    result = await terminal.wait()
    assert (result.exit_code, terminal.handle.exit_code) == (130, 130)
    assert "Ctrl+C" in (result.error or "")


async def test_code_keeps_its_state_and_calls_back_as_it_prints(sandbox):
    interpreter = sandbox.code_interpreter
    seen = []
    result = await settle(
        interpreter.run_code(
            "import sys\nx = 41\nprint('ž')\nprint('e', file=sys.stderr)",
            on_stdout=lambda message: seen.append(("out", message.output)),
            on_stderr=lambda message: seen.append(("err", message.output)),
        )
    )
    assert (result.stdout, result.stderr, result.error) == ("ž\n", "e\n", None)
    assert seen == [("out", "ž\n"), ("err", "e\n")]
    result = await settle(interpreter.run_code("import os\nprint(x + 1, os.environ['A'])", envs={"A": "1"}))
    assert result.stdout == "42 1\n"


async def test_an_exception_is_a_result_not_an_error(sandbox):
    errors = []
    result = await settle(sandbox.code_interpreter.run_code("raise ValueError('boom')", on_error=errors.append))
    assert (result.error.name, result.error.value) == ("ValueError", "boom")
    assert result.error.traceback.endswith("ValueError: boom\n")
    assert [error.value for error in errors] == ["boom"]


async def test_contexts_are_made_listed_kept_apart_and_deleted(sandbox):
    interpreter = sandbox.code_interpreter
    context = await settle(interpreter.create_context(cwd="/tmp"))
    assert context.id in [known.id for known in await settle(interpreter.list_contexts())]
    result = await settle(interpreter.run_code("y = 1\nimport os\nprint(os.getcwd())", context=context))
    assert result.error is None
    other = await settle(interpreter.run_code("y"))
    assert other.error.name == "NameError"
    await settle(interpreter.delete_context(context))
    assert context.id not in [known.id for known in await settle(interpreter.list_contexts())]
    with pytest.raises(DaytonaError, match="context not found"):
        await settle(interpreter.run_code("1", context=context))
    with pytest.raises(DaytonaNotFoundError):
        await settle(interpreter.delete_context(context))


async def test_time_that_is_up_and_a_worker_that_dies_raise_their_own_classes(sandbox):
    interpreter = sandbox.code_interpreter
    context = await settle(interpreter.create_context())
    with pytest.raises(DaytonaTimeoutError):
        await settle(interpreter.run_code("import time\ntime.sleep(30)", context=context, timeout=1))
    with pytest.raises(DaytonaConnectionError, match="worker process ended"):
        await settle(interpreter.run_code("import os\nos._exit(1)", context=context))
    assert (await settle(interpreter.run_code("print(1)", context=context))).stdout == "1\n"
    await settle(interpreter.delete_context(context))
