"""Files: there, back, and everything one does with them in between."""

import hashlib
import io
import random

import pytest
from conftest import collect, settle
from daytona import (
    DaytonaBadRequestError,
    DaytonaConflictError,
    DaytonaFileNotFoundError,
    DaytonaNotFoundError,
    FileDownloadRequest,
    FileUpload,
)

UNICODE_NAME = "naïve 文件 (1) & more.txt"
LARGE = 32 * 1024 * 1024


def noise(size, seed=7):
    """Bytes that no compression or line handling leaves unharmed by accident, the same in every run."""
    return random.Random(seed).randbytes(size)


async def test_bytes_come_back_as_they_went(sandbox, folder):
    content = bytes(range(256)) * 3 + b"\r\n--boundary\r\n\x00"
    await settle(sandbox.fs.upload_file(content, f"{folder}/all-bytes.bin"))
    assert await settle(sandbox.fs.download_file(f"{folder}/all-bytes.bin")) == content


async def test_an_upload_creates_missing_folders_and_replaces_what_was_there(sandbox, folder):
    path = f"{folder}/a/b/c.txt"
    await settle(sandbox.fs.upload_file(b"a first and longer text", path))
    await settle(sandbox.fs.upload_file(b"second", path))
    assert await settle(sandbox.fs.download_file(path)) == b"second"


async def test_an_empty_file_can_be_uploaded(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"", f"{folder}/empty"))
    assert (await settle(sandbox.fs.get_file_info(f"{folder}/empty"))).size == 0


async def test_local_files_are_uploaded_and_downloaded_by_path(sandbox, folder, tmp_path):
    source, target = tmp_path / "source.bin", tmp_path / "deep" / "target.bin"
    source.write_bytes(noise(300_000))
    await settle(sandbox.fs.upload_file(str(source), f"{folder}/by-path.bin"))
    await settle(sandbox.fs.download_file(f"{folder}/by-path.bin", str(target)))
    assert target.read_bytes() == source.read_bytes()


async def test_names_in_any_script_work_for_every_call(sandbox, folder):
    path = f"{folder}/{UNICODE_NAME}"
    await settle(sandbox.fs.upload_file("größe".encode(), path))
    assert await settle(sandbox.fs.download_file(path)) == "größe".encode()
    assert [entry.name for entry in await settle(sandbox.fs.list_files(folder))] == [UNICODE_NAME]
    assert (await settle(sandbox.fs.get_file_info(path))).name == UNICODE_NAME
    assert (await settle(sandbox.process.exec("ls", cwd=folder))).result == f"{UNICODE_NAME}\n"


async def test_many_files_travel_in_one_call(sandbox, folder, tmp_path):
    local = tmp_path / "local.txt"
    local.write_text("from a file")
    uploads = [FileUpload(source=f"number {n}".encode(), destination=f"{folder}/{n}.txt") for n in range(20)]
    uploads.append(FileUpload(source=str(local), destination=f"{folder}/local.txt"))
    await settle(sandbox.fs.upload_files(uploads))

    target = tmp_path / "downloaded.txt"
    requests = [FileDownloadRequest(source=f"{folder}/{n}.txt") for n in range(20)]
    requests.append(FileDownloadRequest(source=f"{folder}/local.txt", destination=str(target)))
    responses = await settle(sandbox.fs.download_files(requests))
    assert [response.error for response in responses] == [None] * 21
    assert [response.result for response in responses[:20]] == [f"number {n}".encode() for n in range(20)]
    assert target.read_text() == "from a file"


async def test_a_missing_file_among_many_is_reported_and_the_others_arrive(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"here", f"{folder}/here.txt"))
    missing, present = await settle(
        sandbox.fs.download_files(
            [FileDownloadRequest(source=f"{folder}/missing.txt"), FileDownloadRequest(source=f"{folder}/here.txt")]
        )
    )
    assert present.result == b"here" and present.error is None
    assert missing.result is None and "missing.txt" in missing.error
    assert missing.error_details.status_code == 404


async def test_downloading_a_missing_file_raises_file_not_found(sandbox, folder):
    with pytest.raises(DaytonaFileNotFoundError) as caught:
        await settle(sandbox.fs.download_file(f"{folder}/missing.txt"))
    assert isinstance(caught.value, DaytonaNotFoundError)


async def test_32_mib_travel_whole_in_both_directions(sandbox, folder):
    content = noise(LARGE)
    await settle(sandbox.fs.upload_file(content, f"{folder}/large.bin"))
    summed = await settle(sandbox.process.exec("sha256sum < large.bin", cwd=folder))
    assert summed.result.split()[0] == hashlib.sha256(content).hexdigest()
    assert await settle(sandbox.fs.download_file(f"{folder}/large.bin")) == content


async def test_streams_report_their_progress(sandbox, folder):
    content = noise(5_000_000, seed=8)
    sent, received = [], []
    path = f"{folder}/streamed.bin"
    await settle(sandbox.fs.upload_file_stream(io.BytesIO(content), path, on_progress=lambda p: sent.append(p.bytes_sent)))
    assert sent[-1] == len(content)
    chunks = await collect(sandbox.fs.download_file_stream(path, on_progress=received.append))
    assert b"".join(chunks) == content
    assert received[-1].bytes_received == received[-1].total_bytes == len(content)


async def test_streaming_a_missing_file_raises_file_not_found(sandbox, folder):
    with pytest.raises(DaytonaFileNotFoundError):
        await collect(sandbox.fs.download_file_stream(f"{folder}/missing.bin"))


async def test_a_listing_shows_names_in_order_with_their_kinds_and_sizes(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"12345", f"{folder}/b.txt"))
    await settle(sandbox.fs.upload_file(b"", f"{folder}/.hidden"))
    await settle(sandbox.fs.create_folder(f"{folder}/a", "755"))
    entries = await settle(sandbox.fs.list_files(folder))
    assert [(entry.name, entry.is_dir) for entry in entries] == [(".hidden", False), ("a", True), ("b.txt", False)]
    assert entries[2].size == 5
    assert await settle(sandbox.fs.list_files(f"{folder}/a")) == []


async def test_a_listing_can_go_deeper(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"x", f"{folder}/one/two/three.txt"))
    shallow = await settle(sandbox.fs.list_files(folder))
    deep = await settle(sandbox.fs.list_files(folder, depth=3))
    assert [entry.name for entry in shallow] == ["one"]
    assert [entry.path for entry in deep] == [f"{folder}/one", f"{folder}/one/two", f"{folder}/one/two/three.txt"]


async def test_file_details_are_complete(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"12345", f"{folder}/plain.txt"))
    info = await settle(sandbox.fs.get_file_info(f"{folder}/plain.txt"))
    assert (info.name, info.size, info.is_dir) == ("plain.txt", 5, False)
    assert (info.permissions, info.mode) == ("0644", "-rw-r--r--")
    assert info.owner.isdigit() and info.group.isdigit()
    assert info.mod_time and info.modified_at
    info = await settle(sandbox.fs.get_file_info(folder))
    assert (info.is_dir, info.mode) == (True, "drwxr-xr-x")


async def test_what_is_missing_is_not_found(sandbox, folder):
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.get_file_info(f"{folder}/missing"))
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.list_files(f"{folder}/missing"))
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.delete_file(f"{folder}/missing"))
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.move_files(f"{folder}/missing", f"{folder}/elsewhere"))


async def test_folders_are_made_with_their_parents_and_mode(sandbox, folder):
    await settle(sandbox.fs.create_folder(f"{folder}/x/y/z", "700"))
    info = await settle(sandbox.fs.get_file_info(f"{folder}/x/y/z"))
    assert (info.is_dir, info.permissions) == (True, "0700")
    await settle(sandbox.fs.create_folder(f"{folder}/x/y/z", "755"))
    with pytest.raises(DaytonaBadRequestError):
        await settle(sandbox.fs.create_folder(f"{folder}/w", "not a mode"))


async def test_moving_renames_and_never_overwrites(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"moved", f"{folder}/from.txt"))
    await settle(sandbox.fs.move_files(f"{folder}/from.txt", f"{folder}/to.txt"))
    assert await settle(sandbox.fs.download_file(f"{folder}/to.txt")) == b"moved"
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.get_file_info(f"{folder}/from.txt"))

    await settle(sandbox.fs.upload_file(b"in the way", f"{folder}/taken.txt"))
    with pytest.raises(DaytonaConflictError):
        await settle(sandbox.fs.move_files(f"{folder}/to.txt", f"{folder}/taken.txt"))
    assert await settle(sandbox.fs.download_file(f"{folder}/taken.txt")) == b"in the way"


async def test_a_folder_with_content_is_deleted_only_when_asked_for(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"x", f"{folder}/full/file.txt"))
    with pytest.raises(DaytonaBadRequestError):
        await settle(sandbox.fs.delete_file(f"{folder}/full"))
    await settle(sandbox.fs.delete_file(f"{folder}/full", recursive=True))
    assert await settle(sandbox.fs.list_files(folder)) == []


async def test_permissions_can_be_set(sandbox, folder):
    path = f"{folder}/script.sh"
    await settle(sandbox.fs.upload_file(b"#!/bin/sh\necho ran\n", path))
    await settle(sandbox.fs.set_file_permissions(path, mode="750"))
    assert (await settle(sandbox.fs.get_file_info(path))).permissions == "0750"
    assert (await settle(sandbox.process.exec("./script.sh", cwd=folder))).result == "ran\n"
    with pytest.raises(DaytonaFileNotFoundError):
        await settle(sandbox.fs.set_file_permissions(f"{folder}/missing", mode="644"))


async def test_text_is_found_with_its_file_and_line(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"first\nsecond needle\r\nthird\n", f"{folder}/a/one.txt"))
    await settle(sandbox.fs.upload_file(b"needle needle\n", f"{folder}/two.txt"))
    await settle(sandbox.fs.upload_file(b"Needle\n", f"{folder}/three.txt"))
    await settle(sandbox.fs.upload_file(b"\x00needle\n", f"{folder}/binary"))
    matches = await settle(sandbox.fs.find_files(folder, "needle"))
    assert sorted((match.file, match.line, match.content) for match in matches) == [
        (f"{folder}/a/one.txt", 2, "second needle"),
        (f"{folder}/two.txt", 1, "needle needle"),
    ]
    assert await settle(sandbox.fs.find_files(folder, "nowhere")) == []


async def test_names_are_searched_by_pattern(sandbox, folder):
    for name in ("main.py", "lib/tool.py", "lib/notes.md"):
        await settle(sandbox.fs.upload_file(b"", f"{folder}/{name}"))
    found = await settle(sandbox.fs.search_files(folder, "*.py"))
    assert sorted(found.files) == [f"{folder}/lib/tool.py", f"{folder}/main.py"]
    assert (await settle(sandbox.fs.search_files(folder, "*.rs"))).files == []


async def test_text_is_replaced_file_by_file(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"red and red.", f"{folder}/a.txt"))
    await settle(sandbox.fs.upload_file(b"blue", f"{folder}/b.txt"))
    files = [f"{folder}/a.txt", f"{folder}/missing.txt", f"{folder}/b.txt"]
    results = await settle(sandbox.fs.replace_in_files(files, "red", "green"))
    assert [result.file for result in results] == files
    assert [bool(result.success) for result in results] == [True, False, True]
    assert results[1].error
    assert await settle(sandbox.fs.download_file(f"{folder}/a.txt")) == b"green and green."
    assert await settle(sandbox.fs.download_file(f"{folder}/b.txt")) == b"blue"
