"""What is in a volume: shared between sandboxes while they run, and there when they are gone."""

import pytest
from conftest import settle, unique
from daytona import DaytonaConflictError, DaytonaError, DaytonaNotFoundError, DaytonaValidationError, VolumeMount

PLACE = "/home/daytona/shared"


@pytest.fixture
async def volume(daytona):
    """A volume that is deleted after the test, also when it fails."""
    made = await settle(daytona.volume.create(unique("volume")))
    yield made
    try:
        await settle(daytona.volume.delete(made))
    except DaytonaError:  # Some tests delete it themselves.
        pass


def mounted(volume, path=PLACE, subpath=None):
    return VolumeMount(volume_id=volume.id, mount_path=path, subpath=subpath)


async def test_two_sandboxes_see_what_the_other_writes(volume, new_sandbox):
    one = await new_sandbox(volumes=[mounted(volume)])
    other = await new_sandbox(volumes=[mounted(volume)])
    await settle(one.fs.upload_file(b"from one\n", f"{PLACE}/note.txt"))
    appended = await settle(other.process.exec("cat shared/note.txt && echo from the other >> shared/note.txt"))
    assert (appended.exit_code, appended.result.strip()) == (0, "from one")
    assert await settle(one.fs.download_file(f"{PLACE}/note.txt")) == b"from one\nfrom the other\n"
    assert [entry.name for entry in await settle(one.fs.list_files(PLACE))] == ["note.txt"]


async def test_files_outlive_the_sandbox_that_wrote_them(daytona, volume, new_sandbox):
    first = await new_sandbox(volumes=[mounted(volume)])
    await settle(first.fs.upload_file(b"kept", f"{PLACE}/a/note.txt"))
    await settle(first.stop())
    await settle(first.start())
    assert await settle(first.fs.download_file(f"{PLACE}/a/note.txt")) == b"kept"
    await settle(daytona.delete(first))
    second = await new_sandbox(volumes=[mounted(volume)])
    assert await settle(second.fs.download_file(f"{PLACE}/a/note.txt")) == b"kept"


async def test_a_subpath_shows_that_part_and_nothing_beside_it(volume, new_sandbox):
    whole = await new_sandbox(volumes=[mounted(volume), mounted(volume, "/home/daytona/part", "teams/red")])
    await settle(whole.process.exec("echo red > shared/teams/red/note && echo blue > shared/other"))
    part = await new_sandbox(volumes=[mounted(volume, "/home/daytona/part", "teams/red")])
    for sandbox in (whole, part):
        assert (await settle(sandbox.process.exec("ls part && cat part/note"))).result == "note\nred\n"


async def test_a_volume_in_use_is_not_deleted_and_a_deleted_one_takes_its_files_along(daytona, volume, new_sandbox):
    user = await new_sandbox(volumes=[mounted(volume)])
    await settle(user.fs.upload_file(b"gone", f"{PLACE}/note.txt"))
    with pytest.raises(DaytonaConflictError):
        await settle(daytona.volume.delete(volume))
    await settle(daytona.delete(user))
    await settle(daytona.volume.delete(volume))
    with pytest.raises(DaytonaNotFoundError):
        await new_sandbox(volumes=[mounted(volume)])
    again = await settle(daytona.volume.create(volume.name))
    fresh = await new_sandbox(volumes=[mounted(again)])
    assert await settle(fresh.fs.list_files(PLACE)) == []
    await settle(daytona.delete(fresh))
    await settle(daytona.volume.delete(again))


async def test_a_place_in_the_system_is_refused(volume, new_sandbox):
    for place in ("/etc/shared", "shared", "/"):
        with pytest.raises((DaytonaValidationError, DaytonaError), match="Invalid mount path"):
            await new_sandbox(volumes=[mounted(volume, place)])
