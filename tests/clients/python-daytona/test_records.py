"""Volumes, secrets and warm pools, and what sandboxes have of them."""

import pytest
from conftest import settle, unique
from daytona import (
    CreateSecretParams,
    DaytonaConflictError,
    DaytonaError,
    DaytonaNotFoundError,
    UpdateSecretParams,
    VolumeMount,
)


@pytest.fixture
async def volume(daytona):
    """A volume that is deleted after the test, also when it fails."""
    made = await settle(daytona.volume.create(unique("volume")))
    yield made
    try:
        await settle(daytona.volume.delete(made))
    except DaytonaError:  # Some tests delete it themselves.
        pass


@pytest.fixture
async def secret(daytona):
    """A secret that is deleted after the test, also when it fails."""
    name = unique("SECRET").replace("-", "_")
    made = await settle(daytona.secret.create(CreateSecretParams(name=name, value="hunter2", hosts=["api.example.test"])))
    yield made
    try:
        await settle(daytona.secret.delete(made.id))
    except Exception:  # Some tests delete it themselves, and this service wraps no errors.
        pass


async def test_a_volume_is_made_found_listed_and_deleted(daytona, volume):
    assert volume.state in ("ready", "pending_create", "creating")
    assert (await settle(daytona.volume.get(volume.name))).id == volume.id
    assert volume.id in [listed.id for listed in await settle(daytona.volume.list())]
    await settle(daytona.volume.delete(volume))
    assert volume.id not in [listed.id for listed in await settle(daytona.volume.list())]
    with pytest.raises(DaytonaNotFoundError):
        await settle(daytona.volume.get(volume.name))


async def test_a_volume_is_made_when_it_is_asked_for_and_missing(daytona):
    name = unique("asked for")
    made = await settle(daytona.volume.get(name, create=True))
    try:
        assert (await settle(daytona.volume.get(name, create=True))).id == made.id
    finally:
        await settle(daytona.volume.delete(made))


async def test_a_sandbox_says_which_volumes_it_has_and_keeps_them(daytona, volume, new_sandbox):
    mount = VolumeMount(volume_id=volume.name, mount_path="/home/daytona/data", subpath="part")
    created = await new_sandbox(name=unique("user"), volumes=[mount])
    read_back = await settle(daytona.get(created.id))
    for sandbox in (created, read_back):
        (recorded,) = sandbox.volumes
        assert (recorded.volume_id, recorded.mount_path, recorded.subpath) == (volume.id, "/home/daytona/data", "part")
    with pytest.raises(DaytonaConflictError, match="in use"):
        await settle(daytona.volume.delete(volume))
    await settle(daytona.delete(created))


async def test_a_volume_that_is_not_there_is_refused(new_sandbox):
    name = unique("missing")
    with pytest.raises(DaytonaNotFoundError, match=f"Volume '{name}' not found"):
        await new_sandbox(name=unique("user"), volumes=[VolumeMount(volume_id=name, mount_path="/home/daytona/data")])


async def test_a_secret_is_kept_changed_and_found_on_its_page(daytona, secret):
    assert secret.placeholder.startswith("dtn_secret_")
    assert "hunter2" not in secret.model_dump_json()
    changed = await settle(daytona.secret.update(secret.id, UpdateSecretParams(description="what for")))
    assert (changed.description, changed.hosts) == ("what for", ["api.example.test"])
    assert (await settle(daytona.secret.get(secret.id))).description == "what for"
    page = await settle(daytona.secret.list(name=secret.name.lower(), limit=1, sort="name", order="asc"))
    assert (page.total, [item.id for item in page.items], page.next_cursor) == (1, [secret.id], None)
    await settle(daytona.secret.delete(secret.id))
    # Errors of this service are those of the generated client, of which each face has its own.
    with pytest.raises(Exception, match=f"Secret with ID {secret.id} not found"):
        await settle(daytona.secret.get(secret.id))


async def test_pages_of_secrets_follow_each_other(daytona):
    prefix = unique("P").replace("-", "_")
    made = [
        await settle(daytona.secret.create(CreateSecretParams(name=f"{prefix}_{number}", value="v")))
        for number in range(3)
    ]
    seen, cursor = [], None
    while True:
        page = await settle(daytona.secret.list(cursor=cursor, limit=2, name=prefix, sort="createdAt", order="asc"))
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [secret.id for secret in made]
    for secret in made:
        await settle(daytona.secret.delete(secret.id))


async def test_a_sandbox_sees_the_placeholder_of_its_secret(secret, new_sandbox):
    sandbox = await new_sandbox(name=unique("holder"), secrets={"MY_KEY": secret.name})
    shown = await settle(sandbox.process.exec("echo $MY_KEY"))
    assert shown.result.strip() == secret.placeholder
    await settle(sandbox.update_secrets({"OTHER_KEY": secret.name}))
    await settle(sandbox.stop())
    await settle(sandbox.start())
    shown = await settle(sandbox.process.exec("echo \"$MY_KEY:$OTHER_KEY\""))
    assert shown.result.strip() == f":{secret.placeholder}"
    with pytest.raises(DaytonaNotFoundError):
        await settle(sandbox.update_secrets({"MY_KEY": unique("missing")}))


async def test_a_warm_pool_is_made_resized_and_given_up(daytona, sandbox):
    pool = await settle(daytona.warm_pool.create(snapshot=sandbox.snapshot, pool=1, target=unique("region")))
    try:
        assert (pool.snapshot, pool.pool) == (sandbox.snapshot, 1)
        assert (await settle(daytona.warm_pool.update(pool.id, 2))).pool == 2
        assert pool.id in [listed.id for listed in await settle(daytona.warm_pool.list())]
    finally:
        await settle(daytona.warm_pool.delete(pool.id))
    with pytest.raises(Exception, match=f"Warm pool with ID {pool.id} not found"):
        await settle(daytona.warm_pool.delete(pool.id))
