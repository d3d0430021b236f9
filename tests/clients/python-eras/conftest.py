"""Runs the scenario with one release of the published Python client.

A module `test_exec.py` holds the capability `exec`; modules of capabilities the release does not have are not even
loaded. A test is written once, as a coroutine, against the names of `era`, and runs with the asynchronous client too
where the run asks for it. What must fail, fails the run when it passes.

By hand, after `cargo xtask clients --only python-0.17.0` has written the scenario:

    PITLANE_SCENARIO=…/runs/python-0.17.0/scenario.json pitlane exec -- python -m pytest -c tests/clients/python-eras/pytest.ini
"""

import json
import os
import re

import briefing
import era
import pytest

_NOT_SERVED = re.compile(r"\b501\b|not implemented|does not \w+ \w+ yet", re.IGNORECASE)


def _capability(path):
    return path.stem.removeprefix("test_")


def pytest_ignore_collect(collection_path):
    if collection_path.name.startswith("test_") and _capability(collection_path) not in briefing.CAPABILITIES:
        return True
    return None


def pytest_collection_modifyitems(config, items):
    def fits(item):
        since, until = item.get_closest_marker("since"), item.get_closest_marker("until")
        if since and not briefing.since(since.args[0]):
            return False
        return not until or briefing.VERSION <= briefing.numbers(until.args[0])

    config.hook.pytest_deselected(items=[item for item in items if not fits(item)])
    items[:] = [item for item in items if fits(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    capability, test = _capability(item.path), item.originalname
    expected = briefing.expected_failure(capability, test)
    ending, reason = {"passed": "passed", "failed": "failed", "skipped": "skipped"}[report.outcome], ""
    if expected and call.when == "call" and report.outcome == "passed":
        ending, report.outcome = "failed", "failed"
        report.longrepr = f"This works after all: take it out of matrix.toml ({expected['reason']})."
    elif expected and report.outcome == "failed" and call.when != "teardown" and _is_as_expected(expected, call):
        ending, reason, report.outcome = expected["kind"], expected["reason"], "skipped"
        report.longrepr = (str(item.path), item.location[1], f"{expected['kind']}: {reason}")
    if call.when == "call" or ending != "passed":
        _note(capability=capability, test=test, ending=ending, reason=reason)
    return report


def _is_as_expected(expected, call):
    if expected["kind"] != "planned":
        return True
    error, seen = call.excinfo.value, []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return any(_NOT_SERVED.search(f"{getattr(error, 'status_code', '')} {error}") for error in seen)


def _note(**line):
    with briefing.RESULTS.open("a") as results:
        results.write(json.dumps(line) + "\n")


@pytest.fixture(scope="session", params=briefing.FACES)
async def client(request):
    """A client that knows nothing but its environment."""
    async with era.connected(request.param) as connected:
        yield connected


@pytest.fixture(scope="session")
async def sandbox(client):
    """One sandbox for all tests that leave it as they found it: running, and with files of their own only."""
    created = await client.create()
    yield created
    await created.delete()


@pytest.fixture
async def new_sandbox(client):
    """Creates sandboxes that are deleted after the test, also when it fails."""
    created = []

    async def create(**params):
        sandbox = await client.create(**params)
        created.append(sandbox)
        return sandbox

    yield create
    for sandbox in created:
        try:
            await sandbox.delete()
        except Exception:  # Tests of deletion have deleted theirs.
            pass


@pytest.fixture
async def folder(sandbox):
    """The absolute path of a folder in the sandbox that only this test uses."""
    path = era.unique("folder")
    await sandbox.fs.create_folder(path, "755")
    return f"{await sandbox.root()}/{path}"


@pytest.fixture
async def shell(sandbox, folder):
    """Runs a script in the test's own folder; what it printed."""

    async def run(script):
        code, output = await sandbox.exec(f"sh -c {era.quoted(f'cd {folder} && {script}')}")
        assert code == 0, output
        return output

    return run


async def require(sandbox, program):
    """Skips a test whose program the sandbox lacks, unless the run has promised that nothing is missing."""
    code, _ = await sandbox.exec(f"which {program}")
    if code != 0 and not os.environ.get("PITLANE_TEST_COMPLETE"):
        pytest.skip(f"{program} is not installed on this machine")
