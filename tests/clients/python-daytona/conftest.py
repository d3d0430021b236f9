"""Runs every test with both faces of the published `daytona` package.

The server is found by the environment alone, as a user's program finds it: run these tests under
`pitlane exec -- python -m pytest`.

A test is written once, as a coroutine. `settle` awaits what the asynchronous client returns and passes on what
the synchronous one has already computed, so both faces are held to the same assertions.
"""

import inspect
import os
import uuid

import pytest
from daytona import AsyncDaytona, CreateSandboxFromSnapshotParams, Daytona


async def settle(value):
    """The result of a call of either client."""
    return await value if inspect.isawaitable(value) else value


async def collect(iterator):
    """Everything an iterator of either client yields, as a list."""
    iterator = await settle(iterator)
    if hasattr(iterator, "__aiter__"):
        return [item async for item in iterator]
    return list(iterator)


def unique(prefix):
    """A name no other test uses, so that tests may run against a server that already has sandboxes."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session", params=["sync", "async"])
async def daytona(request):
    """A client that knows nothing but its environment."""
    if request.param == "sync":
        yield Daytona()
        return
    async with AsyncDaytona() as client:
        yield client


@pytest.fixture(scope="session")
async def sandbox(daytona):
    """One sandbox for all tests that leave it as they found it: running, and with files of their own only."""
    created = await settle(daytona.create())
    yield created
    await settle(daytona.delete(created))


@pytest.fixture
async def new_sandbox(daytona):
    """Creates sandboxes that are deleted after the test, also when it fails."""
    created = []

    async def create(**params):
        sandbox = await settle(daytona.create(CreateSandboxFromSnapshotParams(**params) if params else None))
        created.append(sandbox)
        return sandbox

    yield create
    for sandbox in created:
        try:
            await settle(daytona.delete(sandbox))
        except Exception:  # Most of these tests delete the sandbox themselves.
            pass


@pytest.fixture
async def folder(sandbox):
    """The relative path of a folder in the sandbox that only this test uses."""
    path = unique("folder")
    await settle(sandbox.fs.create_folder(path, "755"))
    return path


async def require(sandbox, program):
    """Skips a test whose program the sandbox lacks, unless the run has promised that nothing is missing."""
    found = await settle(sandbox.process.exec(f"command -v {program}"))
    if found.exit_code != 0 and not os.environ.get("PITLANE_TEST_COMPLETE"):
        pytest.skip(f"{program} is not installed on this machine")
