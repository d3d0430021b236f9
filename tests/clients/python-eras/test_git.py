"""Repositories."""

import pytest
from era import settle

IDENTITY = "export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b"


@pytest.fixture
async def clone(sandbox, folder, shell):
    """The path of a clone, made by the client, of a repository with one commit on `main`."""
    await shell(
        f"{IDENTITY} && git init -q --bare -b main origin.git && git init -q -b main work && cd work && echo one > a.txt"
        f" && git add . && git commit -q -m first && git push -q {folder}/origin.git main"
    )
    await settle(sandbox.git.clone(f"file://{folder}/origin.git", f"{folder}/clone"))
    return f"{folder}/clone"


async def test_a_clone_has_its_files_and_its_branch(sandbox, clone):
    assert await sandbox.fs.read(f"{clone}/a.txt") == b"one\n"
    assert (await settle(sandbox.git.branches(clone))).branches == ["main"]


async def test_the_status_names_what_has_changed(sandbox, clone):
    await sandbox.fs.write(f"{clone}/a.txt", b"two\n")
    await sandbox.fs.write(f"{clone}/b.txt", b"new\n")
    status = await settle(sandbox.git.status(clone))
    assert status.current_branch == "main"
    changed = {file.name: getattr(file.worktree, "value", file.worktree) for file in status.file_status}
    assert changed == {"a.txt": "Modified", "b.txt": "Untracked"}


async def test_a_change_is_committed_and_pushed(sandbox, folder, clone, shell):
    await sandbox.fs.write(f"{clone}/b.txt", b"new\n")
    await settle(sandbox.git.add(clone, ["b.txt"]))
    await settle(sandbox.git.commit(clone, "second", "Ann", "ann@example.com"))
    await settle(sandbox.git.push(clone))
    log = await shell("git -C origin.git log --format=%s:%an main")
    assert log.split("\n")[:2] == ["second:Ann", "first:Ann"]


async def test_a_change_of_others_is_pulled(sandbox, folder, clone, shell):
    await shell(f"{IDENTITY} && cd work && echo three > c.txt && git add . && git commit -q -m third && "
                f"git push -q {folder}/origin.git main")
    await settle(sandbox.git.pull(clone))
    assert await sandbox.fs.read(f"{clone}/c.txt") == b"three\n"


@pytest.mark.since("0.21.0")
async def test_branches_are_made_left_and_deleted(sandbox, clone):
    await settle(sandbox.git.create_branch(clone, "dev"))
    await settle(sandbox.git.checkout_branch(clone, "dev"))
    assert (await settle(sandbox.git.status(clone))).current_branch == "dev"
    await settle(sandbox.git.checkout_branch(clone, "main"))
    await settle(sandbox.git.delete_branch(clone, "dev"))
    assert (await settle(sandbox.git.branches(clone))).branches == ["main"]
