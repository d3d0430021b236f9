"""Files that fit no buffer: streamed there and back, and given up half way."""

import hashlib
import io
import random

import pytest
from conftest import settle
from daytona import DaytonaError, DaytonaFileNotFoundError

MEBIBYTE = 1024 * 1024
SIZE = 256 * MEBIBYTE


class Noise(io.RawIOBase):
    """A file that is made while it is read, so that no test holds it whole. May break off on the way."""

    def __init__(self, size, breaks_at=None):
        super().__init__()
        self.block = random.Random(7).randbytes(MEBIBYTE)
        self.left = size
        self.breaks_at = breaks_at
        self.given = 0
        self.digest = hashlib.sha256()

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.breaks_at is not None and self.given >= self.breaks_at:
            raise OSError("the source is gone")
        start = self.given % MEBIBYTE
        piece = self.block[start : start + min(len(buffer), self.left)]
        buffer[: len(piece)] = piece
        self.digest.update(piece)
        self.left -= len(piece)
        self.given += len(piece)
        return len(piece)


async def each(iterator):
    """The items of an iterator of either client, one by one."""
    iterator = await settle(iterator)
    if hasattr(iterator, "__aiter__"):
        async for item in iterator:
            yield item
        return
    for item in iterator:
        yield item


async def test_256_mib_are_streamed_there_and_back(sandbox, folder):
    path, source = f"{folder}/large.bin", Noise(SIZE)
    await settle(sandbox.fs.upload_file_stream(source, path))
    assert (await settle(sandbox.fs.get_file_info(path))).size == SIZE
    summed = await settle(sandbox.process.exec("sha256sum < large.bin", cwd=folder))
    assert summed.result.split()[0] == source.digest.hexdigest()
    received, digest = 0, hashlib.sha256()
    async for piece in each(sandbox.fs.download_file_stream(path)):
        received += len(piece)
        digest.update(piece)
    assert (received, digest.hexdigest()) == (SIZE, source.digest.hexdigest())
    await settle(sandbox.fs.delete_file(path))


async def test_an_upload_given_up_half_way_leaves_nothing_behind(sandbox, folder):
    for before in (None, b"what was there"):
        path = f"{folder}/half.bin"
        if before is not None:
            await settle(sandbox.fs.upload_file(before, path))
        with pytest.raises((DaytonaError, OSError)):
            await settle(sandbox.fs.upload_file_stream(Noise(64 * MEBIBYTE, breaks_at=8 * MEBIBYTE), path))
        if before is None:
            with pytest.raises(DaytonaFileNotFoundError):
                await settle(sandbox.fs.get_file_info(path))
            assert await settle(sandbox.fs.list_files(folder)) == []
        else:
            assert await settle(sandbox.fs.download_file(path)) == before


async def test_a_download_given_up_half_way_leaves_the_sandbox_well(sandbox, folder):
    path = f"{folder}/large.bin"
    await settle(sandbox.process.exec(f"head -c {64 * MEBIBYTE} /dev/zero > large.bin", cwd=folder))
    async for piece in each(sandbox.fs.download_file_stream(path)):
        assert piece
        break
    assert (await settle(sandbox.fs.get_file_info(path))).size == 64 * MEBIBYTE
    assert (await settle(sandbox.process.exec("echo well"))).result == "well\n"


async def test_folders_with_very_many_files_are_listed_whole(sandbox, folder):
    made = await settle(sandbox.process.exec("seq -f 'file-%06g' 100000 | xargs touch && ls | wc -l", cwd=folder))
    assert made.result.strip() == "100000"
    names = [entry.name for entry in await settle(sandbox.fs.list_files(folder))]
    assert names == [f"file-{number:06}" for number in range(1, 100_001)]
    found = await settle(sandbox.fs.search_files(folder, "file-0999?9"))
    assert found.files == [f"{folder}/file-0999{digit}9" for digit in range(10)]
    await settle(sandbox.fs.delete_file(folder, recursive=True))
