"""Logs followed while a command runs."""

import asyncio

from briefing import since


async def test_a_log_is_followed_to_the_end_of_its_command(sandbox):
    session = await sandbox.sessions.create()
    command = await sandbox.sessions.begin(session, "for i in 1 2 3; do echo out $i; sleep 0.2; done; echo err >&2")
    output, errors = [], []
    await asyncio.wait_for(sandbox.sessions.follow(session, command, output.append, errors.append), 30)
    if since("0.27.0"):
        assert ("".join(output), "".join(errors)) == ("out 1\nout 2\nout 3\n", "err\n")
    else:
        assert "".join(output) == "out 1\nout 2\nout 3\nerr\n"
    assert await sandbox.sessions.exit_code(session, command) == 0
    await sandbox.sessions.delete(session)


async def test_output_is_heard_before_the_command_ends(sandbox):
    session = await sandbox.sessions.create()
    command = await sandbox.sessions.begin(session, "mkfifo gate-$$; echo gate-$$; read line < gate-$$; echo $line")
    heard, asked = [], asyncio.Event()

    def listen(text):
        heard.append(text)
        asked.set()

    following = asyncio.ensure_future(sandbox.sessions.follow(session, command, listen))
    await asyncio.wait_for(asked.wait(), 20)
    gate = "".join(heard).strip()
    await sandbox.exec(f"sh -c 'echo opened > {gate}; rm {gate}'")
    await asyncio.wait_for(following, 20)
    assert "".join(heard) == f"{gate}\nopened\n"
    await sandbox.sessions.delete(session)
