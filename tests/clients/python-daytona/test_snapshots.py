"""Snapshots: every method of the service, and sandboxes made from them."""

import pytest
from conftest import settle, unique
from daytona import (
    CreateSandboxFromSnapshotParams,
    CreateSnapshotParams,
    DaytonaConflictError,
    DaytonaError,
    DaytonaNotFoundError,
    DaytonaValidationError,
    Resources,
)

NOBODYS = "6f1d7c1e-0f6a-4b5e-9d3c-0a1b2c3d4e5f"


@pytest.fixture
async def new_snapshot(daytona):
    """Makes snapshots of images that are deleted after the test, also when it fails."""
    made = []

    async def create(name=None, image="ubuntu:22.04", **params):
        params = CreateSnapshotParams(name=name or unique("snapshot"), image=image, **params)
        made.append(await settle(daytona.snapshot.create(params, timeout=120)))
        return made[-1]

    yield create
    for snapshot in made:
        try:
            await settle(daytona.snapshot.delete(snapshot))
        except DaytonaError:  # Some tests delete it themselves.
            pass


async def test_the_first_of_the_list_is_found_by_its_name(daytona):
    page = await settle(daytona.snapshot.list(page=1, limit=1))
    assert (len(page.items), page.page) == (1, 1)
    assert page.total >= page.total_pages >= 1
    found = await settle(daytona.snapshot.get(page.items[0].name))
    assert (found.id, found.general) == (page.items[0].id, page.items[0].general)


async def test_a_snapshot_of_an_image_is_found_by_name_and_id_listed_and_deleted(daytona, new_snapshot):
    name = f"team/{unique('base')}:1"
    resources = Resources(cpu=2, memory=2, disk=4)
    made = await new_snapshot(name, entrypoint=["sleep", "30"], resources=resources)
    assert (made.name, made.state, made.image_name) == (name, "active", "ubuntu:22.04")
    assert (made.cpu, made.mem, made.disk, made.entrypoint) == (2, 2, 4, ["sleep", "30"])
    for known in (made.id, name):
        assert (await settle(daytona.snapshot.get(known))).id == made.id
    listed = await settle(daytona.snapshot.list(limit=200))
    assert made.id in [one.id for one in listed.items if not one.general]
    await settle(daytona.snapshot.delete(name))
    with pytest.raises(DaytonaNotFoundError):
        await settle(daytona.snapshot.get(name))


async def test_sandboxes_are_made_from_a_snapshot_by_name_and_by_id(daytona, new_snapshot, new_sandbox):
    made = await new_snapshot(f"team/{unique('base')}:1", resources=Resources(cpu=2, memory=2, disk=4))
    for known in (made.name, made.id):
        sandbox = await new_sandbox(snapshot=known)
        assert (sandbox.snapshot, sandbox.cpu, sandbox.memory, sandbox.disk) == (made.name, 2, 2, 4)
    assert (await settle(daytona.snapshot.get(made.id))).last_used_at is not None


async def test_the_entrypoint_runs_in_its_sandboxes(new_snapshot, new_sandbox):
    made = await new_snapshot(entrypoint=["sh", "-c", "echo begun; sleep 60"])
    sandbox = await new_sandbox(snapshot=made.name)
    session = await settle(sandbox.process.get_entrypoint_session())
    assert session.session_id == "entrypoint"
    logs = await settle(sandbox.process.get_entrypoint_logs())
    assert "begun" in (logs.output or logs.stdout or "")


async def test_what_is_wrong_is_told_by_its_class(daytona, new_snapshot):
    made = await new_snapshot()
    with pytest.raises(DaytonaConflictError, match="already exists for this organization"):
        await new_snapshot(made.name)
    for image, words in (("ubuntu", "must include a tag"), ("ubuntu:latest", "not allowed"), ("Ubuntu:1", "lowercase")):
        with pytest.raises((DaytonaValidationError, DaytonaError), match=words):
            await new_snapshot(image=image)
    with pytest.raises(DaytonaNotFoundError):
        await settle(daytona.snapshot.delete(NOBODYS))
    with pytest.raises((DaytonaValidationError, DaytonaError), match="Did you add it"):
        await settle(daytona.create(CreateSandboxFromSnapshotParams(snapshot=unique("none"))))


async def test_a_snapshot_in_use_is_not_activated_and_a_general_one_not_deleted(daytona, new_snapshot):
    made = await new_snapshot()
    for known in (made, made.name):
        # The client passes this one on as the generated code raises it.
        with pytest.raises(Exception, match="is already active"):
            await settle(daytona.snapshot.activate(known))
    page = await settle(daytona.snapshot.list(limit=200))
    general = next(one for one in page.items if one.general)
    with pytest.raises(DaytonaError, match="cannot delete a general snapshot"):
        await settle(daytona.snapshot.delete(general))


async def test_a_snapshot_of_a_sandbox_holds_its_files_and_outlives_it(daytona, new_sandbox):
    source = await new_sandbox(env_vars={"ONLY": "mine"})
    await settle(source.fs.upload_file(b"then", "kept/note.txt"))
    await settle(source.process.exec("chmod 640 kept/note.txt && ln -s note.txt kept/link"))
    name = f"of/{unique('sandbox')}:1"
    await settle(source._experimental_create_snapshot(name))
    assert source.state == "started"
    await settle(source.fs.upload_file(b"later", "kept/note.txt"))
    taken = await settle(daytona.snapshot.get(name))
    assert (taken.state, taken.source_sandbox_id) == ("active", source.id)
    of_it = await settle(daytona.snapshot.list(source_sandbox_id=source.id))
    assert [one.id for one in of_it.items] == [taken.id]
    await settle(daytona.delete(source))
    made = await new_sandbox(snapshot=name)
    answer = await settle(made.process.exec("cat kept/link && stat -c %a kept/note.txt && echo ${ONLY:-gone}"))
    assert answer.result.split() == ["then640", "gone"]
    await settle(daytona.snapshot.delete(taken))
    assert (await settle(made.process.exec("cat kept/note.txt"))).result == "then"
