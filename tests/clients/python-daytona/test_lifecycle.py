"""Creating, finding, changing, stopping, starting and deleting sandboxes."""

import asyncio
import os
import random

import pytest
from conftest import collect, settle, unique
from daytona import (
    AsyncDaytona,
    CreateSandboxFromSnapshotParams,
    Daytona,
    DaytonaConfig,
    DaytonaConflictError,
    DaytonaError,
    DaytonaNotFoundError,
    ListSandboxesQuery,
    SandboxState,
)


async def test_a_sandbox_created_with_nothing_said_is_started_and_has_the_documented_defaults(sandbox):
    assert sandbox.state == SandboxState.STARTED
    assert sandbox.id
    assert sandbox.name == sandbox.id
    assert sandbox.organization_id
    assert sandbox.user == "daytona"
    assert sandbox.env == {}
    assert sandbox.labels == {"code-toolbox-language": "python"}
    assert sandbox.public is False
    assert sandbox.kvm is False
    assert sandbox.network_block_all is False
    assert sandbox.auto_stop_interval == 15
    assert sandbox.auto_delete_interval == -1
    assert sandbox.snapshot
    assert sandbox.created_at
    assert sandbox.toolbox_proxy_url.startswith("http")
    assert sandbox.cpu > 0 and sandbox.memory > 0 and sandbox.disk > 0


async def test_what_is_asked_for_at_creation_is_what_the_sandbox_has(new_sandbox, daytona):
    name = unique("asked")
    created = await new_sandbox(
        name=name,
        language="typescript",
        env_vars={"GREETING": "hello", "WITH_SPACE": "a b"},
        labels={"team": "blue", "stage": "test"},
        public=True,
        auto_stop_interval=7,
        auto_archive_interval=120,
        auto_delete_interval=240,
    )
    read_back = await settle(daytona.get(created.id))
    for sandbox in (created, read_back):
        assert sandbox.name == name
        assert sandbox.labels == {"team": "blue", "stage": "test", "code-toolbox-language": "typescript"}
        assert sandbox.env == {"GREETING": "hello", "WITH_SPACE": "a b"}
        assert sandbox.public is True
        assert sandbox.auto_stop_interval == 7
        assert sandbox.auto_archive_interval == 120
        assert sandbox.auto_delete_interval == 240
        assert sandbox.state == SandboxState.STARTED


async def test_the_environment_given_at_creation_is_seen_by_commands(new_sandbox):
    created = await new_sandbox(env_vars={"GREETING": "hello", "WITH_SPACE": "a b"})
    response = await settle(created.process.exec('printf "%s|%s" "$GREETING" "$WITH_SPACE"'))
    assert response.result == "hello|a b"
    response = await settle(created.process.exec('printf %s "$DAYTONA_SANDBOX_ID"'))
    assert response.result == created.id


async def test_two_sandboxes_cannot_have_the_same_name(new_sandbox):
    name = unique("taken")
    await new_sandbox(name=name)
    with pytest.raises(DaytonaConflictError) as caught:
        await new_sandbox(name=name)
    assert caught.value.status_code == 409


async def test_a_sandbox_is_found_by_its_id_and_by_its_name(new_sandbox, daytona):
    created = await new_sandbox(name=unique("found"))
    by_id = await settle(daytona.get(created.id))
    by_name = await settle(daytona.get(created.name))
    assert by_id.id == by_name.id == created.id
    assert by_id.name == by_name.name == created.name
    response = await settle(by_name.process.exec("echo reached"))
    assert response.result == "reached\n"


async def test_a_sandbox_nobody_created_is_not_found(daytona):
    with pytest.raises(DaytonaNotFoundError) as caught:
        await settle(daytona.get(unique("nobody")))
    assert caught.value.status_code == 404


async def test_the_list_holds_every_sandbox_once_whatever_the_page_size(new_sandbox, daytona):
    label = unique("page")
    created = {(await new_sandbox(labels={"page": label})).id for _ in range(3)}
    in_one_page = await collect(daytona.list(ListSandboxesQuery(labels={"page": label})))
    in_three_pages = await collect(daytona.list(ListSandboxesQuery(labels={"page": label}, limit=1)))
    assert sorted(sandbox.id for sandbox in in_one_page) == sorted(created)
    assert sorted(sandbox.id for sandbox in in_three_pages) == sorted(created)
    everything = [sandbox.id for sandbox in await collect(daytona.list())]
    assert created <= set(everything)
    assert len(everything) == len(set(everything))


async def test_the_list_keeps_only_sandboxes_that_have_every_label_asked_for(new_sandbox, daytona):
    project = unique("project")
    both = await new_sandbox(labels={"project": project, "stage": "test"})
    await new_sandbox(labels={"project": project})
    found = await collect(daytona.list(ListSandboxesQuery(labels={"project": project, "stage": "test"})))
    assert [sandbox.id for sandbox in found] == [both.id]
    assert await collect(daytona.list(ListSandboxesQuery(labels={"project": unique("none")}))) == []


async def test_the_list_can_be_asked_for_a_state(new_sandbox, daytona):
    label = unique("state")
    running = await new_sandbox(labels={"state": label})
    resting = await new_sandbox(labels={"state": label})
    await settle(resting.stop())
    query = ListSandboxesQuery(labels={"state": label}, states=[SandboxState.STOPPED])
    assert [sandbox.id for sandbox in await collect(daytona.list(query))] == [resting.id]
    query = ListSandboxesQuery(labels={"state": label}, states=[SandboxState.STARTED])
    assert [sandbox.id for sandbox in await collect(daytona.list(query))] == [running.id]


async def test_a_sandbox_from_the_list_can_be_worked_with(sandbox, daytona):
    listed = [item for item in await collect(daytona.list()) if item.id == sandbox.id]
    response = await settle(listed[0].process.exec("echo from the list"))
    assert response.result == "from the list\n"


async def test_labels_set_later_replace_the_old_ones(new_sandbox, daytona):
    created = await new_sandbox(labels={"old": "1"})
    answer = await settle(created.set_labels({"new": "2", "also": "3"}))
    assert answer == {"new": "2", "also": "3"}
    assert created.labels == answer
    assert (await settle(daytona.get(created.id))).labels == answer


async def test_intervals_can_be_set_later(new_sandbox, daytona):
    created = await new_sandbox()
    await settle(created.set_autostop_interval(0))
    await settle(created.set_auto_archive_interval(60))
    await settle(created.set_auto_delete_interval(90))
    read_back = await settle(daytona.get(created.id))
    assert read_back.auto_stop_interval == 0
    assert read_back.auto_archive_interval == 60
    assert read_back.auto_delete_interval == 90


async def test_files_survive_a_stop_and_processes_do_not(new_sandbox):
    created = await new_sandbox()
    await settle(created.fs.upload_file(b"kept", "kept.txt"))
    seconds = random.randrange(10_000, 99_999)
    # Its number may be another process's after the start; the brackets keep the search from finding itself.
    search = f"grep -qsa 'sleep.[{str(seconds)[0]}]{str(seconds)[1:]}' /proc/[0-9]*/cmdline"
    await settle(created.process.exec(f"sleep {seconds} >/dev/null 2>&1 & until {search}; do sleep 0.01; done"))
    assert (await settle(created.process.exec(search))).exit_code == 0

    await settle(created.stop())
    assert created.state == SandboxState.STOPPED
    with pytest.raises(DaytonaError):
        await settle(created.process.exec("echo not reached"))

    await settle(created.start())
    assert created.state == SandboxState.STARTED
    assert await settle(created.fs.download_file("kept.txt")) == b"kept"
    assert (await settle(created.process.exec(search))).exit_code != 0
    assert (await settle(created.process.exec("echo awake"))).result == "awake\n"


async def test_refreshing_shows_what_another_client_did(new_sandbox, daytona):
    created = await new_sandbox()
    other = await settle(daytona.get(created.id))
    await settle(other.stop())
    await settle(created.refresh_data())
    assert created.state == SandboxState.STOPPED


async def test_a_deleted_sandbox_is_gone_and_its_name_is_free(new_sandbox, daytona):
    name = unique("deleted")
    created = await new_sandbox(name=name)
    await settle(daytona.delete(created))
    with pytest.raises(DaytonaNotFoundError):
        await settle(daytona.get(name))
    assert created.id not in [sandbox.id for sandbox in await collect(daytona.list())]
    with pytest.raises(DaytonaError):
        await settle(created.process.exec("echo not reached"))
    again = await new_sandbox(name=name)
    assert again.id != created.id


async def test_deleting_can_wait_until_the_sandbox_is_destroyed(new_sandbox):
    created = await new_sandbox()
    await settle(created.delete(wait=True))
    assert created.state == SandboxState.DESTROYED


async def test_home_and_work_directory_are_where_commands_and_files_live(sandbox):
    home = await settle(sandbox.get_user_home_dir())
    work = await settle(sandbox.get_work_dir())
    assert home.startswith("/") and work.startswith("/")
    await settle(sandbox.fs.upload_file(b"at home", f"{home}/in-home.txt"))
    assert (await settle(sandbox.process.exec('cat "$HOME/in-home.txt"'))).result == "at home"
    await settle(sandbox.process.exec("printf 'at work' > in-work.txt"))
    assert await settle(sandbox.fs.download_file(f"{work}/in-work.txt")) == b"at work"


async def test_sandboxes_do_not_see_each_others_files(sandbox, new_sandbox):
    other = await new_sandbox()
    name = unique("private")
    await settle(sandbox.fs.upload_file(b"mine", name))
    with pytest.raises(DaytonaNotFoundError):
        await settle(other.fs.get_file_info(name))


async def test_many_sandboxes_are_created_and_used_at_once():
    async with AsyncDaytona() as daytona:

        async def create_and_greet(number):
            sandbox = await daytona.create()
            try:
                return (await sandbox.process.exec(f"echo {number}")).result
            finally:
                await sandbox.delete()

        results = await asyncio.gather(*(create_and_greet(number) for number in range(5)))
    assert results == [f"{number}\n" for number in range(5)]


def test_the_server_can_be_named_in_the_configuration():
    config = DaytonaConfig(api_key=os.environ["DAYTONA_API_KEY"], api_url=os.environ["DAYTONA_API_URL"], target="us")
    daytona = Daytona(config)
    sandbox = daytona.create(CreateSandboxFromSnapshotParams(labels={"configured": "yes"}))
    try:
        assert sandbox.target == "us"
        assert sandbox.process.exec("echo configured").result == "configured\n"
    finally:
        daytona.delete(sandbox)
