"""Snapshots, from which sandboxes are made."""

from era import settle


async def test_snapshots_are_listed_and_read(client):
    found = await settle(client.raw.snapshot.list())
    snapshots = getattr(found, "items", found)
    assert snapshots
    assert (await settle(client.raw.snapshot.get(snapshots[0].name))).id == snapshots[0].id
