"""Sandboxes are made, found and deleted."""

import pytest
from briefing import since
from era import unique


async def test_a_created_sandbox_runs_commands_at_once(sandbox):
    assert sandbox.id
    assert (await sandbox.exec("echo ready"))[1].strip() == "ready"


@pytest.mark.since("0.6.0")
async def test_a_created_sandbox_is_started_and_found_by_its_id(client, sandbox):
    found = await client.get(sandbox.id)
    assert found.id == sandbox.id
    assert await found.state() == "started"
    assert (await found.exec("echo same"))[1].strip() == "same"


@pytest.mark.since("0.7.0")
@pytest.mark.until("0.14.0")
async def test_the_client_chooses_the_id(new_sandbox, client):
    chosen = unique("chosen")
    created = await new_sandbox(id=chosen)
    assert created.id == chosen
    assert (await client.get(chosen)).id == chosen


@pytest.mark.since("0.111.0")
async def test_a_sandbox_is_found_by_its_name(new_sandbox, client):
    name = unique("named")
    created = await new_sandbox(name=name)
    assert (await client.get(name)).id == created.id


@pytest.mark.since("0.16.1")
@pytest.mark.until("0.149.0")
async def test_one_sandbox_is_found_by_its_labels(new_sandbox, client):
    label = unique("one")
    created = await new_sandbox(labels={"one": label})
    found = client.raw.find_one(labels={"one": label})
    assert (await found if hasattr(found, "__await__") else found).id == created.id


async def test_a_deleted_sandbox_is_gone(new_sandbox, client):
    created = await new_sandbox()
    await created.delete()
    # Releases before 0.111 read a sandbox after they have deleted it, so it stays readable for a moment.
    with pytest.raises(Exception):
        await created.exec("echo not reached")
    if since("0.8.0"):
        assert created.id not in await client.list()
