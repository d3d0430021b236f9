"""How long a sandbox may do nothing."""

import json

import pytest
from briefing import since
from era import settle


async def _auto_stop(client, sandbox):
    details = await (await client.get(sandbox.id)).details()
    if since("0.10.0"):
        return details.auto_stop_interval
    return json.loads((await client.get(sandbox.id)).raw.instance.info.provider_metadata)["autoStopInterval"]


async def test_the_stopping_interval_is_given_and_changed(client, new_sandbox):
    sandbox = await new_sandbox(auto_stop_interval=7)
    assert await _auto_stop(client, sandbox) == 7
    await settle(sandbox.raw.set_autostop_interval(30))
    assert await _auto_stop(client, sandbox) == 30


@pytest.mark.since("0.20.0")
async def test_the_archiving_interval_is_changed(client, new_sandbox):
    sandbox = await new_sandbox()
    await settle(sandbox.raw.set_auto_archive_interval(60))
    assert (await (await client.get(sandbox.id)).details()).auto_archive_interval == 60


@pytest.mark.since("0.22.0")
async def test_the_deleting_interval_is_changed(client, new_sandbox):
    sandbox = await new_sandbox()
    await settle(sandbox.raw.set_auto_delete_interval(90))
    assert (await (await client.get(sandbox.id)).details()).auto_delete_interval == 90
