"""Commands that share a shell."""

import pytest
from briefing import since


async def test_commands_share_directory_and_variables(sandbox):
    session = await sandbox.sessions.create()
    await sandbox.sessions.run(session, "cd /usr && export COLOUR=red")
    answer = await sandbox.sessions.run(session, "echo $COLOUR in $PWD")
    # Until 0.27 the parts of an answer were not told apart.
    output = answer.stdout if since("0.27.0") else answer.output
    assert output.strip() == "red in /usr"
    assert answer.exit_code == 0
    assert (await sandbox.sessions.run(session, "(exit 4)")).exit_code == 4
    await sandbox.sessions.delete(session)


async def test_sessions_are_listed_until_they_are_deleted(sandbox):
    session = await sandbox.sessions.create()
    assert session in await sandbox.sessions.list()
    await sandbox.sessions.delete(session)
    assert session not in await sandbox.sessions.list()


async def test_a_session_knows_its_commands_in_their_order(sandbox):
    session = await sandbox.sessions.create()
    ids = [(await sandbox.sessions.run(session, f"echo {n}")).cmd_id for n in range(3)]
    assert await sandbox.sessions.commands(session) == ids
    await sandbox.sessions.delete(session)


@pytest.mark.since("0.9.0")
async def test_a_command_that_runs_has_no_exit_code_yet(sandbox):
    session = await sandbox.sessions.create()
    command = await sandbox.sessions.begin(session, "sleep 600")
    assert await sandbox.sessions.commands(session) == [command]
    assert await sandbox.sessions.exit_code(session, command) is None
    await sandbox.sessions.delete(session)


@pytest.mark.since("0.139.0")
async def test_a_command_takes_input(sandbox):
    session = await sandbox.sessions.create()
    command = await sandbox.sessions.begin(session, "read line; echo \"got $line\"")
    sent = sandbox.process.send_session_command_input(session, command, "a line\n")
    assert sent is None or await sent is None
    await sandbox.sessions.run(session, "true")
    output, _ = await sandbox.sessions.logs(session, command)
    assert output.endswith("got a line\n")
    await sandbox.sessions.delete(session)
