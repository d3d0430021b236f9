"""Files: every operation, and watching a folder."""

import asyncio
import json

import pytest
from conftest import call, unique
from voidrun.api_client.exceptions import ApiException


@pytest.fixture
def folder(sandbox):
    """A folder of this test's own, by its absolute path."""
    path = f"/root/{unique('folder')}"
    printed(sandbox.fs.create_directory(f"{path}/deep"))
    return path


def printed(response):
    """What the command behind an operation printed."""
    data = getattr(response.data, "data", response.data)
    data = data if isinstance(data, dict) else data.to_dict()
    assert data.get("exitCode", data.get("exit_code")) == 0, data
    return data.get("stdout") or ""


async def test_content_comes_back_as_it_was_sent(sandbox, folder):
    content = bytes(range(256)) * 5000
    sandbox.fs.upload_file(f"{folder}/bytes", content)
    assert await call(sandbox.fs, "download_file", f"{folder}/bytes") == content
    await call(sandbox.fs, "upload_file", f"{folder}/text", "grün\n")
    assert (await call(sandbox.fs, "download_file", f"{folder}/text")).decode() == "grün\n"


def test_a_file_of_this_machine_is_sent(sandbox, folder, tmp_path):
    here = tmp_path / "here"
    here.write_bytes(b"from here")
    sandbox.fs.upload_file_from_path(f"{folder}/there", str(here))
    assert sandbox.fs.download_file(f"{folder}/there") == b"from here"


async def test_a_folder_is_listed_with_what_its_entries_are(sandbox, folder):
    sandbox.fs.upload_file(f"{folder}/a", b"12345")
    listed = {entry.name: entry for entry in (await call(sandbox.fs, "list_files", folder)).data}
    assert set(listed) == {"a", "deep"}
    assert (listed["a"].size, listed["a"].is_dir, listed["a"].path) == (5, False, f"{folder}/a")
    assert listed["deep"].is_dir


def test_files_are_made_copied_moved_and_deleted(sandbox, folder):
    printed(sandbox.fs.create_file(f"{folder}/new/empty"))
    assert sandbox.fs.download_file(f"{folder}/new/empty") == b""
    sandbox.fs.upload_file(f"{folder}/one", b"one")
    printed(sandbox.fs.copy_file(f"{folder}/one", f"{folder}/copies/two"))
    printed(sandbox.fs.move_file(f"{folder}/one", f"{folder}/moved/three"))
    assert sandbox.fs.download_file(f"{folder}/copies/two") == b"one"
    assert sandbox.fs.download_file(f"{folder}/moved/three") == b"one"
    printed(sandbox.fs.delete_file(f"{folder}/copies"))
    names = {entry.name for entry in sandbox.fs.list_files(folder).data}
    assert names == {"deep", "moved", "new"}


def test_a_file_tells_of_itself(sandbox, folder):
    sandbox.fs.upload_file(f"{folder}/a", b"12345")
    printed(sandbox.fs.change_permissions(f"{folder}/a", "640"))
    told = json.loads(printed(sandbox.fs.stat_file(f"{folder}/a")))
    assert (told["path"], told["size"], told["type"]) == (f"{folder}/a", 5, "regular file")
    assert int(told["mode"], 16) & 0o777 == 0o640
    assert printed(sandbox.fs.disk_usage(folder)).endswith(f"\t{folder}\n")


def test_the_first_and_the_last_lines(sandbox, folder):
    sandbox.fs.upload_file(f"{folder}/lines", "".join(f"{number}\n" for number in range(100)))
    assert printed(sandbox.fs.head_tail(f"{folder}/lines", lines=2)) == "0\n1\n"
    assert printed(sandbox.fs.head_tail(f"{folder}/lines", lines=2, head=False)) == "98\n99\n"


def test_files_are_found_by_their_names(sandbox, folder):
    sandbox.fs.upload_file(f"{folder}/deep/needle.txt", b"")
    sandbox.fs.upload_file(f"{folder}/hay.txt", b"")
    assert printed(sandbox.fs.search_files(folder, "needle")) == f"{folder}/deep/needle.txt\n"


@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip"])
def test_archives_are_packed_and_unpacked(sandbox, folder, form):
    sandbox.fs.upload_file(f"{folder}/deep/a", b"packed")
    printed(sandbox.fs.compress_file(f"{folder}/deep", form))
    printed(sandbox.fs.extract_archive(f"{folder}/deep.{form}", f"{folder}/out"))
    assert sandbox.exec(f"cat $(find {folder}/out -name a)").data.stdout == "packed"


async def test_a_watched_folder_tells_what_happens_in_it(sandbox, folder):
    events, arrived = [], asyncio.Event()

    def add(event):
        events.append(event)
        arrived.set()

    watcher = await sandbox.fs.watch(folder, on_event=add)
    sandbox.fs.upload_file(f"{folder}/deep/new", b"x")
    async with asyncio.timeout(30):
        while not any(event.get("path") == f"{folder}/deep/new" for event in events):
            arrived.clear()
            await arrived.wait()
    watcher.close()


def test_a_file_that_is_not_there_cannot_be_downloaded(sandbox, folder):
    with pytest.raises(ApiException) as missing:
        sandbox.fs.download_file(f"{folder}/none")
    assert missing.value.status == 404
