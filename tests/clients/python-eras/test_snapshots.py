"""Snapshots, from which sandboxes are made."""

import pytest
from briefing import since
from era import sdk, settle, unique


@pytest.fixture
async def new_snapshot(client):
    made = []

    async def create(name):
        params = sdk.CreateSnapshotParams(name=name, image="ubuntu:22.04", resources=sdk.Resources(cpu=2))
        made.append(await settle(client.raw.snapshot.create(params)))
        return made[-1]

    yield create
    for snapshot in made:
        await settle(client.raw.snapshot.delete(snapshot))


async def _all(client):
    found = await settle(client.raw.snapshot.list())
    return list(getattr(found, "items", found))


async def test_snapshots_are_listed_and_read(client):
    snapshots = await _all(client)
    assert snapshots
    assert (await settle(client.raw.snapshot.get(snapshots[-1].name))).id == snapshots[-1].id


async def test_a_snapshot_of_an_image_makes_sandboxes(client, new_snapshot, new_sandbox):
    made = await new_snapshot(f"team/{unique('snapshot')}:1")
    # The first releases answer a creation with nothing.
    found = await settle(client.raw.snapshot.get(f"{made.name}")) if made else None
    assert found is None or (found.state, found.cpu) == ("active", 2)
    if found is not None:
        assert found.id in [one.id for one in await _all(client)]
        sandbox = await new_sandbox(snapshot=found.name)
        assert (await sandbox.exec("echo made"))[1].strip() == "made"
        await sandbox.delete()


async def test_a_deleted_snapshot_is_gone(client):
    params = sdk.CreateSnapshotParams(name=unique("snapshot"), image="ubuntu:22.04")
    await settle(client.raw.snapshot.create(params))
    await settle(client.raw.snapshot.delete(await settle(client.raw.snapshot.get(params.name))))
    with pytest.raises(sdk.DaytonaError if hasattr(sdk, "DaytonaError") else Exception, match="not found"):
        await settle(client.raw.snapshot.get(params.name))


async def test_an_active_snapshot_is_not_activated_again(client, new_snapshot):
    if not since("0.25.0"):
        pytest.skip("activate came with 0.25.0")
    name = unique("snapshot")
    await new_snapshot(name)
    with pytest.raises(Exception, match="already active"):
        await settle(client.raw.snapshot.activate(await settle(client.raw.snapshot.get(name))))
