"""Repositories: every method of `sandbox.git`, and the classes of its errors."""

import pytest
from conftest import settle, unique
from daytona import (
    DaytonaConflictError,
    DaytonaGitAuthFailedError,
    DaytonaGitBranchExistsError,
    DaytonaGitBranchNotFoundError,
    DaytonaGitDirtyWorktreeError,
    DaytonaGitMergeConflictError,
    DaytonaGitPushRejectedError,
    DaytonaGitRemoteRejectedError,
    DaytonaGitRepoNotFoundError,
    DaytonaGitTransportFailedError,
    DaytonaNotFoundError,
)

IDENTITY = "export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b"


@pytest.fixture
async def shell(sandbox, folder):
    """Runs a script in the test's own folder; what it printed."""

    async def run(script):
        response = await settle(sandbox.process.exec(f"{IDENTITY}\n{script}", cwd=folder))
        assert response.exit_code == 0, response.result
        return response.result

    return run


@pytest.fixture
async def remote(shell):
    """The absolute path of a bare repository with one commit on `main`, which `work` follows."""
    path = await shell(
        "git init -q --bare -b main origin.git && git init -q -b main work && cd work && echo one > a.txt && git add . &&"
        " git commit -q -m first && cd ../origin.git && printf %s \"$PWD\" && cd ../work &&"
        " git remote add origin \"$(cd ../origin.git && pwd)\" && git push -q -u origin main"
    )
    return path


async def test_a_repository_is_made_filled_and_read(sandbox, folder):
    git, path = sandbox.git, f"{folder}/new"
    await settle(git.init(path, initial_branch="trunk"))
    await settle(sandbox.fs.upload_file(b"one\n", f"{path}/a.txt"))
    await settle(git.add(path, ["a.txt"]))
    made = await settle(git.commit(path, "first", "Ann", "ann@example.com"))
    assert len(made.sha) == 40
    await settle(sandbox.fs.upload_file(b"new\n", f"{path}/dir/untracked ü"))
    status = await settle(git.status(path))
    assert (status.current_branch, status.branch_published, status.ahead, status.behind) == ("trunk", False, 0, 0)
    assert [(file.name, file.staging, file.worktree) for file in status.file_status] == [
        ("dir/untracked ü", "Untracked", "Untracked")
    ]
    with pytest.raises(DaytonaConflictError):
        await settle(git.init(path))


async def test_branches_are_made_left_and_deleted(sandbox, folder, remote):
    git, path = sandbox.git, f"{folder}/work"
    await settle(git.create_branch(path, "dev"))
    await settle(git.checkout_branch(path, "dev"))
    assert (await settle(git.branches(path))).branches == ["dev", "main"]
    with pytest.raises(DaytonaGitBranchExistsError):
        await settle(git.create_branch(path, "main"))
    with pytest.raises(DaytonaGitBranchNotFoundError):
        await settle(git.checkout_branch(path, "nope"))
    await settle(git.checkout_branch(path, "main"))
    await settle(git.delete_branch(path, "dev"))
    assert (await settle(git.branches(path))).branches == ["main"]
    await settle(sandbox.fs.upload_file(b"dirty\n", f"{path}/a.txt"))
    with pytest.raises(DaytonaGitDirtyWorktreeError):
        await settle(git.checkout_branch(path, "main"))


async def test_a_clone_is_pushed_and_pulled(sandbox, folder, shell, remote):
    git, path = sandbox.git, f"{folder}/clone"
    await settle(git.clone(remote, path, branch="main", depth=1))
    await settle(git.commit(path, "second", "Bob", "b@c", allow_empty=True))
    assert (await settle(git.status(path))).ahead == 1
    await settle(git.push(path))
    assert (await settle(git.status(path))).ahead == 0
    await settle(git.pull(f"{folder}/work"))
    assert await shell("cd work && git log -1 --format=%s") == "second\n"
    await settle(git.commit(path, "mine", "Bob", "b@c", allow_empty=True))
    await settle(git.commit(f"{folder}/work", "theirs", "Ann", "a@b", allow_empty=True))
    await settle(git.push(f"{folder}/work", remote="origin", branch="main", set_upstream=True))
    for operation in (git.push, git.pull):
        with pytest.raises(DaytonaGitPushRejectedError):
            await settle(operation(path))


async def test_a_clone_of_a_commit_is_detached(sandbox, folder, shell, remote):
    commit = (await shell("cd work && git rev-parse HEAD")).strip()
    await settle(sandbox.git.clone(remote, f"{folder}/at", commit_id=commit))
    assert (await settle(sandbox.git.status(f"{folder}/at"))).current_branch == "HEAD"


async def test_remotes_that_fail_have_classes_of_their_own(sandbox, folder, shell, remote):
    git = sandbox.git
    with pytest.raises(DaytonaGitRepoNotFoundError):
        await settle(git.clone(f"{remote}.nowhere", f"{folder}/x"))
    with pytest.raises(DaytonaGitAuthFailedError):
        await settle(git.clone("git@example.com:a/b.git", f"{folder}/x"))
    with pytest.raises(DaytonaGitTransportFailedError):
        await settle(git.clone("http://127.0.0.1:9/x.git", f"{folder}/x"))
    await shell("printf '#!/bin/sh\\nexit 1\\n' > origin.git/hooks/update && chmod +x origin.git/hooks/update")
    await settle(git.commit(f"{folder}/work", "refused", "Ann", "a@b", allow_empty=True))
    with pytest.raises(DaytonaGitRemoteRejectedError):
        await settle(git.push(f"{folder}/work"))
    with pytest.raises(DaytonaGitRepoNotFoundError):
        await settle(git.status(folder))
    with pytest.raises(DaytonaNotFoundError):
        await settle(git.pull(f"{folder}/work", remote="nope"))


async def test_conflicts_cannot_be_committed(sandbox, folder, shell, remote):
    await shell(
        "cd work && git checkout -q -b o && echo o > a.txt && git commit -qam o && git checkout -q main &&"
        " echo m > a.txt && git commit -qam m && (git merge -q o >/dev/null || true)"
    )
    with pytest.raises(DaytonaGitMergeConflictError):
        await settle(sandbox.git.commit(f"{folder}/work", "m", "Ann", "a@b"))


async def test_changes_are_reset_and_restored(sandbox, folder, shell, remote):
    git, path = sandbox.git, f"{folder}/work"
    await shell("cd work && echo two > a.txt && git add a.txt && echo three > a.txt")
    await settle(git.restore(path, ["a.txt"]))
    assert await shell("cat work/a.txt") == "two\n"
    await settle(git.restore(path, ["a.txt"], staged=True))
    await settle(git.reset(path, mode="hard", target="HEAD"))
    assert (await settle(git.status(path))).file_status == []


async def test_remotes_are_added_and_found(sandbox, folder, remote):
    git, path = sandbox.git, f"{folder}/work"
    await settle(git.remote_add(path, "far", "https://u:secret@example.com/x"))
    with pytest.raises(DaytonaConflictError):
        await settle(git.remote_add(path, "far", "https://example.com/y"))
    assert await settle(git.remote_get(path, "far")) == "https://u@example.com/x"
    await settle(git.remote_add(path, "far", remote, fetch=True, overwrite=True))
    assert [item.name for item in (await settle(git.remotes(path))).remotes] == ["far", "origin"]
    assert await settle(git.remote_get(path, "nope")) is None


async def test_settings_are_kept_where_they_belong(sandbox, folder, remote):
    git, path, key = sandbox.git, f"{folder}/work", f"{unique('section')}.name"
    assert await settle(git.get_config(key)) is None
    await settle(git.set_config(key, "value"))
    assert await settle(git.get_config(key)) == "value"
    assert await settle(git.get_config(key, scope="local", path=path)) is None
    await settle(git.configure_user("Eve", "eve@example.com", scope="local", path=path))
    assert await settle(git.get_config("user.email", scope="local", path=path)) == "eve@example.com"


async def test_credentials_are_put_where_git_finds_them(new_sandbox):
    sandbox = await new_sandbox()
    await settle(sandbox.git.dangerously_authenticate("ann", "secret", host="git.example"))
    response = await settle(sandbox.process.exec("cat ~/.git-credentials"))
    assert response.result == "https://ann:secret@git.example\n"
