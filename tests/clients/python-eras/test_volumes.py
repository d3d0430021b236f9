"""Folders that outlive a sandbox and are shared by several."""

from era import sdk, settle, unique


async def test_what_one_sandbox_writes_another_reads(client, new_sandbox):
    name = unique("volume")
    volume = await settle(client.raw.volume.get(name, create=True))
    assert volume.name == name
    assert name in [one.name for one in await settle(client.raw.volume.list())]
    mount = sdk.VolumeMount(**{"volumeId": volume.id, "mountPath": "/home/daytona/shared"})
    first = await new_sandbox(volumes=[mount])
    await first.fs.write("/home/daytona/shared/note.txt", b"kept")
    await first.delete()
    second = await new_sandbox(volumes=[mount])
    assert await second.fs.read("/home/daytona/shared/note.txt") == b"kept"
    await second.delete()
    await settle(client.raw.volume.delete(volume))
