"""Folders that outlive a sandbox and are shared by several."""

import pytest
from era import sdk, settle, unique


@pytest.fixture
async def volume(client):
    made = await settle(client.raw.volume.get(unique("volume"), create=True))
    yield made
    await settle(client.raw.volume.delete(made))


async def test_a_volume_is_found_by_its_name_and_listed(client, volume):
    assert (await settle(client.raw.volume.get(volume.name))).id == volume.id
    assert volume.name in [one.name for one in await settle(client.raw.volume.list())]


async def test_what_one_sandbox_writes_another_reads(volume, new_sandbox):
    mount = sdk.VolumeMount(volume_id=volume.id, mount_path="/home/daytona/shared")
    first = await new_sandbox(volumes=[mount])
    await first.fs.write("/home/daytona/shared/note.txt", b"kept")
    await first.delete()
    second = await new_sandbox(volumes=[mount])
    assert "shared" in await second.fs.names("/home/daytona")
    assert await second.fs.read("/home/daytona/shared/note.txt") == b"kept"
    await second.delete()
