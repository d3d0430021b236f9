"""Many files with one call."""

import pytest
from era import sdk, settle


async def test_many_files_are_written_at_once(sandbox, folder):
    contents = {f"{folder}/{n}/file.txt": f"number {n}".encode() for n in range(3)}
    await settle(
        sandbox.fs.raw.upload_files([sdk.FileUpload(source=data, destination=path) for path, data in contents.items()])
    )
    for path, data in contents.items():
        assert await sandbox.fs.read(path) == data


@pytest.mark.since("0.105.0")
async def test_many_files_are_read_at_once(sandbox, folder):
    await sandbox.fs.write(f"{folder}/a", b"a")
    await sandbox.fs.write(f"{folder}/b", b"\r\n--b")
    paths = [f"{folder}/a", f"{folder}/b", f"{folder}/none"]
    found = await settle(sandbox.fs.raw.download_files([sdk.FileDownloadRequest(source=path) for path in paths]))
    assert [one.source for one in found] == paths
    assert [one.result for one in found] == [b"a", b"\r\n--b", None]
    assert [bool(one.error) for one in found] == [False, False, True]
