"""Pausing, copying, resizing, archiving and what happens by itself, as the client's own methods and classes show it."""

import pytest
from conftest import settle, unique
from daytona import (
    DaytonaError,
    DaytonaNotFoundError,
    DaytonaUnprocessableEntityError,
    Resources,
    SandboxState,
)
from daytona.common.errors import DaytonaBadRequestError, DaytonaConflictError


async def run(sandbox, command):
    return (await settle(sandbox.process.exec(command))).result


async def test_a_paused_machine_goes_on_with_the_programs_it_had(new_sandbox):
    machine = await new_sandbox(snapshot="linux-vm")
    assert machine.sandbox_class == "linux-vm"
    ticking = "(while :; do echo tick >> ticks; sleep 0.05; done) >/dev/null 2>&1 & echo $!"
    process_id = (await run(machine, ticking)).strip()
    await settle(machine.pause())
    assert machine.state == SandboxState.PAUSED
    with pytest.raises(DaytonaError):
        await settle(machine.process.exec("echo not reached"))
    await settle(machine.start())
    assert machine.state == SandboxState.STARTED
    assert await run(machine, f"kill -0 {process_id} && echo alive") == "alive\n"
    before = int(await run(machine, "wc -l < ticks"))
    assert await run(machine, f"while [ $(wc -l < ticks) -le {before} ]; do sleep 0.05; done; echo ticks on") == "ticks on\n"


async def test_a_container_can_be_neither_paused_nor_copied(new_sandbox):
    created = await new_sandbox()
    with pytest.raises(DaytonaUnprocessableEntityError) as caught:
        await settle(created.pause())
    assert "Pausing is not supported for this sandbox" in str(caught.value)
    with pytest.raises(DaytonaUnprocessableEntityError) as caught:
        await settle(created.fork())
    assert "Forking is not supported for this sandbox" in str(caught.value)


async def test_a_copy_has_the_files_and_goes_its_own_way(new_sandbox, daytona):
    parent = await new_sandbox(snapshot="linux-vm", labels={"family": "x"})
    await settle(parent.fs.upload_file(b"shared", "note.txt"))
    name = unique("copy")
    child = await settle(parent.fork(name=name))
    try:
        assert (child.state, child.name) == (SandboxState.STARTED, name)
        assert child.labels["family"] == "x"
        assert await settle(child.fs.download_file("note.txt")) == b"shared"
        await settle(child.fs.upload_file(b"changed", "note.txt"))
        assert await settle(parent.fs.download_file("note.txt")) == b"shared"
        with pytest.raises(DaytonaConflictError):
            await settle(parent.fork(name=name))
        with pytest.raises(DaytonaBadRequestError) as caught:
            await settle(parent.delete())
        assert "active fork children" in str(caught.value)
    finally:
        await settle(child.delete(wait=True))


async def test_a_sandbox_grows_while_it_runs_and_shrinks_while_it_rests(new_sandbox):
    created = await new_sandbox()
    await settle(created.resize(Resources(cpu=2, memory=2)))
    assert (created.cpu, created.memory, created.state) == (2, 2, SandboxState.STARTED)
    with pytest.raises(DaytonaBadRequestError) as caught:
        await settle(created.resize(Resources(cpu=1)))
    assert "must be in stopped state to decrease the number of CPU cores" in str(caught.value)
    await settle(created.stop())
    await settle(created.resize(Resources(cpu=1, disk=5)))
    assert (created.cpu, created.disk, created.state) == (1, 5, SandboxState.STOPPED)


async def test_an_archived_sandbox_starts_with_its_files(new_sandbox):
    created = await new_sandbox()
    await settle(created.fs.upload_file(b"kept", "kept.txt"))
    with pytest.raises(DaytonaBadRequestError) as caught:
        await settle(created.archive())
    assert "Sandbox is not stopped" in str(caught.value)
    await settle(created.stop())
    await settle(created.archive())
    assert created.state in (SandboxState.ARCHIVED, SandboxState.ARCHIVING)
    await settle(created.start())
    assert created.state == SandboxState.STARTED
    assert await settle(created.fs.download_file("kept.txt")) == b"kept"


async def test_stopping_an_ephemeral_sandbox_ends_it_and_is_no_failure(new_sandbox, daytona):
    created = await new_sandbox(ephemeral=True)
    assert created.auto_delete_interval == 0
    await settle(created.stop())
    assert created.state == SandboxState.DESTROYED
    with pytest.raises(DaytonaNotFoundError):
        await settle(daytona.get(created.name))


async def test_a_time_to_live_and_a_pause_interval_are_set_and_taken_away(new_sandbox, daytona):
    machine = await new_sandbox(snapshot="linux-vm")
    assert (machine.auto_stop_interval, machine.auto_pause_interval) == (0, 60)
    await settle(machine.set_auto_pause_interval(30))
    await settle(machine.set_ttl(90))
    read_back = await settle(daytona.get(machine.id))
    assert read_back.auto_pause_interval == 30
    assert read_back.auto_destroy_at
    await settle(machine.set_auto_pause_interval(0))
    await settle(machine.set_ttl(0))
    read_back = await settle(daytona.get(machine.id))
    assert (read_back.auto_pause_interval, read_back.auto_destroy_at) == (0, None)
    container = await new_sandbox()
    with pytest.raises(DaytonaBadRequestError):
        await settle(container.set_auto_pause_interval(30))


async def test_network_settings_replace_each_other(new_sandbox, daytona):
    created = await new_sandbox()
    await settle(created.update_network_settings(network_allow_list="10.0.0.0/8"))
    read_back = await settle(daytona.get(created.id))
    assert (read_back.network_block_all, read_back.network_allow_list) == (False, "10.0.0.0/8")
    await settle(created.update_network_settings(network_block_all=True))
    read_back = await settle(daytona.get(created.id))
    assert (read_back.network_block_all, read_back.network_allow_list) == (True, None)
    with pytest.raises(DaytonaBadRequestError):
        await settle(created.update_network_settings(network_allow_list="everything"))


async def test_what_is_well_cannot_be_recovered(new_sandbox):
    created = await new_sandbox()
    with pytest.raises(DaytonaBadRequestError) as caught:
        await settle(created.recover())
    assert "Sandbox is not in a recoverable state" in str(caught.value)


async def test_activity_can_be_refreshed(new_sandbox):
    created = await new_sandbox()
    before = created.last_activity_at
    await settle(created.refresh_activity())
    await settle(created.refresh_data())
    assert created.last_activity_at >= before


async def test_a_wait_cannot_be_shorter_than_nothing(new_sandbox):
    created = await new_sandbox()
    for wait in (created.start, created.stop, created.pause):
        with pytest.raises(DaytonaError):
            await settle(wait(timeout=-1))
    assert created.state == SandboxState.STARTED
