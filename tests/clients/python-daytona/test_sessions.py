"""Shell sessions: commands that share a shell, their logs and their input."""

import asyncio

import pytest
from conftest import settle, unique
from daytona import (
    DaytonaBadRequestError,
    DaytonaCommandAlreadyCompletedError,
    DaytonaConflictError,
    DaytonaError,
    DaytonaGoneError,
    DaytonaNotFoundError,
    DaytonaProcessNotFoundError,
    DaytonaSessionEndedError,
    SessionExecuteRequest,
)


@pytest.fixture
async def session(sandbox):
    """The id of a session of this test's own."""
    session_id = unique("session")
    await settle(sandbox.process.create_session(session_id))
    yield session_id
    try:
        await settle(sandbox.process.delete_session(session_id))
    except DaytonaNotFoundError:  # The test has deleted it.
        pass


async def run(sandbox, session, command, **options):
    return await settle(sandbox.process.execute_session_command(session, SessionExecuteRequest(command=command, **options)))


async def begin(sandbox, session, command, **options):
    return (await run(sandbox, session, command, run_async=True, **options)).cmd_id


async def logs(sandbox, session, command_id):
    return await settle(sandbox.process.get_session_command_logs(session, command_id))


async def follow(sandbox, session, command_id):
    """Follows a command to its end; its output and errors."""
    output, errors = [], []
    await asyncio.wait_for(
        sandbox.process.get_session_command_logs_async(session, command_id, output.append, errors.append), 30
    )
    return "".join(output), "".join(errors)


async def test_a_command_tells_its_streams_apart_and_returns_its_exit_code(sandbox, session):
    response = await run(sandbox, session, "echo out; echo err >&2; (exit 3)")
    assert (response.stdout, response.stderr, response.exit_code) == ("out\n", "err\n", 3)
    assert response.cmd_id


async def test_commands_share_directory_variables_and_functions(sandbox, session):
    await run(sandbox, session, "cd /; export COLOUR=red; shade() { echo dark $COLOUR; }")
    response = await run(sandbox, session, "pwd; shade")
    assert response.stdout == "/\ndark red\n"


async def test_a_session_knows_its_commands_in_their_order(sandbox, session):
    first = await run(sandbox, session, "true")
    second = await begin(sandbox, session, "sleep 600")
    third = await begin(sandbox, session, "echo third")
    found = await settle(sandbox.process.get_session(session))
    assert found.session_id == session
    assert [command.id for command in found.commands] == [first.cmd_id, second, third]
    assert [command.exit_code for command in found.commands] == [0, None, None]
    assert found.commands[1].command == "sleep 600"
    command = await settle(sandbox.process.get_session_command(session, second))
    assert (command.id, command.command, command.exit_code) == (second, "sleep 600", None)


async def test_sessions_are_listed_until_they_are_deleted(sandbox, session):
    def ids(sessions):
        return [found.session_id for found in sessions]

    assert session in ids(await settle(sandbox.process.list_sessions()))
    await settle(sandbox.process.delete_session(session))
    assert session not in ids(await settle(sandbox.process.list_sessions()))
    with pytest.raises(DaytonaNotFoundError):
        await settle(sandbox.process.get_session(session))


async def test_a_command_in_the_background_answers_at_once_and_can_be_looked_at(sandbox, session):
    response = await run(sandbox, session, "echo started; read line; echo \"got $line\"", run_async=True)
    assert (response.exit_code, response.output) == (None, None)
    while "started" not in (await logs(sandbox, session, response.cmd_id)).stdout:
        await asyncio.sleep(0.01)
    command = await settle(sandbox.process.get_session_command(session, response.cmd_id))
    assert command.exit_code is None
    await settle(sandbox.process.send_session_command_input(session, response.cmd_id, "a line"))
    # The next command waits for this one.
    await run(sandbox, session, "true")
    assert (await logs(sandbox, session, response.cmd_id)).stdout == "started\na line\ngot a line\n"
    command = await settle(sandbox.process.get_session_command(session, response.cmd_id))
    assert command.exit_code == 0


async def test_input_stays_out_of_the_log_when_asked(sandbox, session):
    command = await begin(sandbox, session, "read line; echo \"got $line\"", suppress_input_echo=True)
    await settle(sandbox.process.send_session_command_input(session, command, "a line\n"))
    await run(sandbox, session, "true")
    assert (await logs(sandbox, session, command)).stdout == "got a line\n"


async def test_logs_are_text_of_any_size_and_alphabet(sandbox, session):
    command = await begin(sandbox, session, "seq 1 20000; printf 'grüße 文件 🙂' >&2")
    await run(sandbox, session, "true")
    found = await logs(sandbox, session, command)
    assert found.stdout == "".join(f"{number}\n" for number in range(1, 20001))
    assert found.stderr == "grüße 文件 🙂\n"


async def test_followed_logs_arrive_whole_while_the_command_runs_and_after(sandbox, session):
    command = await begin(sandbox, session, "for i in $(seq 1 2000); do echo out $i; echo err $i >&2; done; printf 'ende 🙂'")
    expected = "".join(f"out {number}\n" for number in range(1, 2001)) + "ende 🙂\n"
    errors = "".join(f"err {number}\n" for number in range(1, 2001))
    assert await follow(sandbox, session, command) == (expected, errors)
    assert await follow(sandbox, session, command) == (expected, errors)


async def test_a_follower_sees_output_before_the_command_ends(sandbox, session):
    command = await begin(sandbox, session, "echo question; read answer; echo \"answer: $answer\"", suppress_input_echo=True)
    output, asked = [], asyncio.Event()

    def heard(text):
        output.append(text)
        asked.set()

    following = asyncio.ensure_future(
        sandbox.process.get_session_command_logs_async(session, command, heard, output.append)
    )
    await asyncio.wait_for(asked.wait(), 20)
    assert "".join(output) == "question\n"
    await settle(sandbox.process.send_session_command_input(session, command, "42"))
    await asyncio.wait_for(following, 20)
    assert "".join(output) == "question\nanswer: 42\n"


async def test_a_follower_of_a_deleted_session_ends_without_an_error(sandbox, session):
    command = await begin(sandbox, session, "echo here; sleep 600")
    started = asyncio.Event()
    following = asyncio.ensure_future(
        sandbox.process.get_session_command_logs_async(session, command, lambda _: started.set(), print)
    )
    await asyncio.wait_for(started.wait(), 20)
    await settle(sandbox.process.delete_session(session))
    await asyncio.wait_for(following, 20)


async def test_deleting_a_session_ends_its_processes(sandbox, session):
    command = await begin(sandbox, session, "sleep 600 & echo $!; wait")
    while not (process_id := (await logs(sandbox, session, command)).stdout.strip()):
        await asyncio.sleep(0.01)
    await settle(sandbox.process.delete_session(session))
    assert (await settle(sandbox.process.exec(f"kill -0 {process_id}"))).exit_code != 0


async def test_a_command_that_ends_the_shell_returns_and_later_ones_are_refused(sandbox, session):
    response = await run(sandbox, session, "echo bye; exit 5")
    assert (response.stdout, response.exit_code) == ("bye\n", 5)
    with pytest.raises(DaytonaSessionEndedError) as caught:
        await run(sandbox, session, "echo later")
    assert isinstance(caught.value, DaytonaGoneError)
    assert (caught.value.status_code, caught.value.code) == (410, "SESSION_ENDED")


async def test_input_to_a_command_that_has_ended_is_refused(sandbox, session):
    response = await run(sandbox, session, "true")
    with pytest.raises(DaytonaCommandAlreadyCompletedError) as caught:
        await settle(sandbox.process.send_session_command_input(session, response.cmd_id, "late"))
    assert caught.value.status_code == 410
    assert "exit code 0" in str(caught.value)


async def test_a_taken_id_is_a_conflict(sandbox, session):
    with pytest.raises(DaytonaConflictError) as caught:
        await settle(sandbox.process.create_session(session))
    assert "already exists" in str(caught.value)


async def test_what_does_not_exist_is_not_found(sandbox, session):
    for call in (
        lambda: sandbox.process.get_session("no-such-session"),
        lambda: sandbox.process.delete_session("no-such-session"),
        lambda: sandbox.process.execute_session_command("no-such-session", SessionExecuteRequest(command="true")),
        lambda: sandbox.process.get_session_command(session, "no-such-command"),
        lambda: sandbox.process.get_session_command_logs(session, "no-such-command"),
        lambda: sandbox.process.send_session_command_input(session, "no-such-command", "x"),
        # Sandboxes have no entrypoint of their own here.
        lambda: sandbox.process.get_entrypoint_session(),
        lambda: sandbox.process.get_entrypoint_logs(),
    ):
        with pytest.raises(DaytonaProcessNotFoundError) as caught:
            await settle(call())
        assert caught.value.status_code == 404
    with pytest.raises(DaytonaError):
        await sandbox.process.get_session_command_logs_async(session, "no-such-command", print, print)
    with pytest.raises(DaytonaError):
        await sandbox.process.get_entrypoint_logs_async(print, print)


async def test_what_cannot_be_is_a_bad_request(sandbox, session):
    for call in (
        lambda: sandbox.process.create_session(""),
        lambda: sandbox.process.create_session("entrypoint"),
        lambda: sandbox.process.delete_session("entrypoint"),
        lambda: sandbox.process.execute_session_command(session, SessionExecuteRequest(command="  ")),
    ):
        with pytest.raises(DaytonaBadRequestError) as caught:
            await settle(call())
        assert caught.value.status_code == 400
