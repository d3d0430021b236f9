"""Commands in the background, by their process ids."""

import pytest
from conftest import call
from voidrun.api_client.exceptions import ApiException


def attached(sandbox, pid):
    """What attaching to a process called back with."""
    told = {"stdout": [], "stderr": [], "exit": [], "error": []}
    sandbox.commands.connect(pid, **{f"on_{name}": found.append for name, found in told.items()})
    return told


async def test_a_command_has_a_true_process_id_and_is_listed_while_it_runs(sandbox):
    run = (await call(sandbox.commands, "run", "sleep 300")).data
    assert (run.success, run.command) == (True, "sleep 300")
    assert sandbox.exec(f"kill -0 {run.pid}").data.exit_code == 0
    listed = {process.pid: process for process in (await call(sandbox.commands, "list")).data}
    assert listed[run.pid].running and listed[run.pid].start_time is not None
    await call(sandbox.commands, "kill", run.pid)
    await call(sandbox.commands, "wait", run.pid)
    assert run.pid not in {process.pid for process in (await call(sandbox.commands, "list")).data}


async def test_waiting_gives_the_exit_code(sandbox):
    run = (await call(sandbox.commands, "run", "exit 7")).data
    assert (await call(sandbox.commands, "wait", run.pid)).data.exit_code == 7
    assert (await call(sandbox.commands, "wait", run.pid)).data.exit_code == 7, "and again, for a while"


async def test_attaching_replays_from_the_start_and_ends_with_the_exit_code(sandbox):
    run = (await call(sandbox.commands, "run", "echo one; echo err >&2; exit 3")).data
    await call(sandbox.commands, "wait", run.pid)
    told = attached(sandbox, run.pid)
    assert ("".join(told["stdout"]), "".join(told["stderr"])) == ("one\n", "err\n")
    assert told["exit"] == [{"exitCode": 3}]


async def test_attaching_follows_what_still_comes(sandbox):
    sandbox.exec("rm -f /tmp/attach-pipe; mkfifo /tmp/attach-pipe")
    run = (await call(sandbox.commands, "run", "echo ready; cat /tmp/attach-pipe")).data
    seen = []

    def go_on(text):
        seen.append(text)
        if text.startswith("ready"):
            sandbox.exec("echo gone > /tmp/attach-pipe")

    sandbox.commands.connect(run.pid, on_stdout=go_on)
    assert "".join(seen) == "ready\ngone\n"


async def test_killing_ends_what_the_command_started_too(sandbox):
    sandbox.exec("rm -f /tmp/inner")
    run = (await call(sandbox.commands, "run", "sleep 301 & echo $! > /tmp/inner; wait")).data
    inner = sandbox.exec("until [ -s /tmp/inner ]; do sleep 0.01; done; cat /tmp/inner").data.stdout.strip()
    assert (await call(sandbox.commands, "kill", run.pid)).data.success
    assert (await call(sandbox.commands, "wait", run.pid)).data.exit_code in (137, 143)
    assert sandbox.exec(f"while kill -0 {inner} 2>/dev/null; do sleep 0.01; done", timeout=20).data.exit_code == 0


async def test_directory_variables_and_time_limit(sandbox):
    run = await call(sandbox.commands, "run", "pwd; echo $A; sleep 60", env={"A": "b"}, cwd="/var", timeout=1)
    told = attached(sandbox, run.data.pid)
    assert "".join(told["stdout"]) == "/var\nb\n"
    assert told["exit"][0]["exitCode"] != 0


async def test_a_process_nobody_knows_cannot_be_waited_for_killed_or_attached_to(sandbox):
    for operation in ["wait", "kill"]:
        with pytest.raises(ApiException) as refused:
            await call(sandbox.commands, operation, 999_999)
        assert refused.value.status in (400, 404, 500)
    assert attached(sandbox, 999_999)["error"][0].response.status_code in (404, 500)
