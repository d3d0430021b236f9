"""What the commands of a session have printed."""

from briefing import since


async def test_the_log_of_a_command_is_what_it_printed(sandbox):
    session = await sandbox.sessions.create()
    command = (await sandbox.sessions.run(session, "echo out; echo err >&2; echo 'grüße 🙂'")).cmd_id
    output, errors = await sandbox.sessions.logs(session, command)
    if since("0.27.0"):
        assert (output, errors) == ("out\ngrüße 🙂\n", "err\n")
    else:
        assert sorted(output.split()) == sorted(["out", "err", "grüße", "🙂"])
    await sandbox.sessions.delete(session)


async def test_a_command_that_is_not_waited_for_has_a_log(sandbox):
    session = await sandbox.sessions.create()
    command = await sandbox.sessions.begin(session, "echo printed")
    # The next command waits for this one.
    await sandbox.sessions.run(session, "true")
    assert (await sandbox.sessions.logs(session, command))[0].strip() == "printed"
    await sandbox.sessions.delete(session)
