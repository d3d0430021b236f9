"""Labels."""

import pytest
from briefing import since
from era import settle


async def test_labels_set_later_are_read_back(client, new_sandbox):
    sandbox = await new_sandbox()
    answer = await settle(sandbox.raw.set_labels({"team": "blue", "public": "false"}))
    # The first releases show labels in this answer only.
    labels = (await (await client.get(sandbox.id)).details()).labels if since("0.7.0") else answer
    assert (labels["team"], labels["public"]) == ("blue", "false")


@pytest.mark.since("0.7.0")
async def test_labels_given_at_the_creation_are_read_back(client, new_sandbox):
    sandbox = await new_sandbox(labels={"stage": "test"})
    assert (await (await client.get(sandbox.id)).details()).labels["stage"] == "test"
