"""Runs every test with both faces of the published `voidrun` package, whatever its version.

The server is found by the environment alone, as a user's program finds it: run these tests under
`pitlane exec -- python -m pytest`.

A test is written once, as a coroutine. Where the asynchronous client has a method of its own (`name_async`), it is
that one which is called and awaited.
"""

import inspect
import os
import uuid
from importlib.metadata import version

import pytest
from voidrun import AsyncVoidRun, VoidRun

# Sockets and the clients of streams would go through a proxy otherwise, to a server on this machine.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

VERSION = tuple(int(part) for part in version("voidrun").split("."))


async def settle(value):
    """The result of a call of either client."""
    return await value if inspect.isawaitable(value) else value


async def call(target, name, *arguments, **named):
    """Calls a method by the face the target's client has."""
    is_async = isinstance(getattr(target, "_client", target), AsyncVoidRun)
    method = getattr(target, f"{name}_async", None) if is_async else None
    return await settle((method or getattr(target, name))(*arguments, **named))


def unique(prefix):
    """A name no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def generated(sandbox, name):
    """A class of the generated layer, which has operations the methods do not."""
    from voidrun.api_client import api

    return getattr(api, name)(sandbox._exec_api.api_client)


@pytest.fixture(scope="session", params=["sync", "async"])
async def client(request):
    """A client that knows nothing but its environment."""
    if request.param == "sync":
        yield VoidRun()
        return
    async with AsyncVoidRun() as made:
        yield made


@pytest.fixture(scope="session")
async def sandbox(client):
    """One sandbox for all tests that leave it as they found it."""
    made = await settle(client.create_sandbox(name=unique("shared")))
    yield made
    await call(made, "remove")


@pytest.fixture
async def new_sandbox(client):
    """Creates sandboxes that are removed after the test, also when it fails."""
    made = []

    async def create(**wishes):
        sandbox = await settle(client.create_sandbox(**wishes))
        made.append(sandbox)
        return sandbox

    yield create
    for sandbox in made:
        try:
            await call(sandbox, "remove")
        except Exception:  # Some of these tests remove the sandbox themselves.
            pass
