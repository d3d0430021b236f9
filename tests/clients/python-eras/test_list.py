"""Lists of sandboxes."""

import pytest
from era import unique


async def test_created_sandboxes_are_listed_once(client, new_sandbox):
    created = {(await new_sandbox()).id for _ in range(2)}
    listed = await client.list()
    assert created <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.since("0.16.0")
async def test_a_list_by_labels_holds_those_that_have_them(client, new_sandbox):
    label = unique("list")
    wanted = [(await new_sandbox(labels={"list": label})).id for _ in range(3)]
    await new_sandbox()
    assert sorted(await client.list({"list": label})) == sorted(wanted)
    assert await client.list({"list": unique("none")}) == []
