"""Files and folders."""

import pytest
from era import settle

BYTES = bytes(range(256)) * 64


async def test_a_file_is_written_and_read_whole(sandbox, folder):
    await sandbox.fs.write(f"{folder}/bytes.bin", BYTES)
    assert await sandbox.fs.read(f"{folder}/bytes.bin") == BYTES


async def test_a_relative_path_belongs_to_the_root_directory(sandbox):
    await sandbox.fs.write("relative.txt", b"here")
    assert await sandbox.fs.read(f"{await sandbox.root()}/relative.txt") == b"here"


async def test_a_file_has_details(sandbox, folder):
    await sandbox.fs.write(f"{folder}/five.txt", b"five\n")
    info = await sandbox.fs.info(f"{folder}/five.txt")
    assert (info.name, info.size, info.is_dir) == ("five.txt", 5, False)
    assert info.mod_time and info.mode and info.permissions and info.owner and info.group
    assert (await sandbox.fs.info(folder)).is_dir


async def test_a_folder_lists_what_is_in_it(sandbox, folder):
    await sandbox.fs.create_folder(f"{folder}/inner", "755")
    await sandbox.fs.write(f"{folder}/b.txt", b"b")
    assert await sandbox.fs.names(folder) == ["b.txt", "inner"]


async def test_files_are_moved_and_deleted(sandbox, folder):
    await sandbox.fs.write(f"{folder}/old.txt", b"moved")
    await settle(sandbox.fs.raw.move_files(f"{folder}/old.txt", f"{folder}/new.txt"))
    assert await sandbox.fs.read(f"{folder}/new.txt") == b"moved"
    await settle(sandbox.fs.raw.delete_file(f"{folder}/new.txt"))
    assert await sandbox.fs.names(folder) == []


async def test_permissions_are_changed(sandbox, folder):
    await sandbox.fs.write(f"{folder}/tool.sh", b"#!/bin/sh\necho ran\n")
    await settle(sandbox.fs.raw.set_file_permissions(f"{folder}/tool.sh", mode="755"))
    assert (await sandbox.exec(f"{folder}/tool.sh"))[1].strip() == "ran"


async def test_text_is_found_and_replaced(sandbox, folder):
    await sandbox.fs.write(f"{folder}/a.txt", b"one\ntwo needles\n")
    (match,) = await settle(sandbox.fs.raw.find_files(folder, "needles"))
    assert (match.file, match.line, match.content.strip()) == (f"{folder}/a.txt", 2, "two needles")
    (replaced,) = await settle(sandbox.fs.raw.replace_in_files([f"{folder}/a.txt"], "needles", "pins"))
    assert replaced.file == f"{folder}/a.txt"
    assert await sandbox.fs.read(f"{folder}/a.txt") == b"one\ntwo pins\n"


async def test_files_are_found_by_name(sandbox, folder):
    await sandbox.fs.write(f"{folder}/a.py", b"")
    await sandbox.fs.write(f"{folder}/b.txt", b"")
    found = await settle(sandbox.fs.raw.search_files(folder, "*.py"))
    assert found.files == [f"{folder}/a.py"]


async def test_a_file_that_is_not_there_is_an_error(sandbox, folder):
    with pytest.raises(Exception):
        await sandbox.fs.info(f"{folder}/nothing")
