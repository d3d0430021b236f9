"""Sandboxes are stopped and started."""

import random

import pytest


async def test_files_survive_a_stop_and_processes_do_not(new_sandbox):
    sandbox = await new_sandbox()
    await sandbox.fs.write("kept.txt", b"kept")
    # Process numbers may begin anew with the sandbox, so the process is known by its words.
    number = random.randrange(10**9)

    async def runs():
        # The pattern does not find itself.
        code, _ = await sandbox.exec(f"sh -c 'grep -aqs 600[.]{number} /proc/[0-9]*/cmdline'")
        return code == 0

    await sandbox.exec(f"sh -c 'sleep 600.{number} >/dev/null 2>&1 &'")
    assert await runs()

    await sandbox.stop()
    assert await sandbox.state() == "stopped"
    with pytest.raises(Exception):
        await sandbox.exec("echo not reached")

    await sandbox.start()
    assert await sandbox.state() == "started"
    assert await sandbox.fs.read("kept.txt") == b"kept"
    assert not await runs()
