"""What this run is about: the release under test, what it can do, and which parts must fail and why.

The runner writes it; PITLANE_SCENARIO names the file.
"""

import json
import os
import pathlib

_SCENARIO = json.loads(pathlib.Path(os.environ["PITLANE_SCENARIO"]).read_text())


def numbers(version):
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in version.split("."))


PACKAGE = _SCENARIO["package"]
VERSION = numbers(_SCENARIO["version"])
CAPABILITIES = _SCENARIO["capabilities"]
FACES = ["sync", "async"] if _SCENARIO["asynchronous"] else ["sync"]
RESULTS = pathlib.Path(_SCENARIO["results"])


def since(version):
    """Whether the release under test is this one or a later one."""
    return VERSION >= numbers(version)


def expected_failure(capability, test):
    """The entry of the matrix that says this test must fail, if there is one."""
    for entry in _SCENARIO["expected"]:
        if entry["capability"] == capability and entry["test"] in (None, test):
            return entry
    return None
