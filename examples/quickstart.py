"""A first tour with the official Daytona SDK: pip install daytona.

Nothing here knows of Pitlane. The SDK reads DAYTONA_API_KEY and DAYTONA_API_URL from the environment, which
`pitlane exec -- python examples/quickstart.py` sets, and the same program runs against the hosted service.
"""

import time
from contextlib import contextmanager

from daytona import CreateSandboxFromSnapshotParams, Daytona, DaytonaNotFoundError, ListSandboxesQuery


@contextmanager
def step(text):
    """Prints what is done and how many milliseconds it took."""
    start = time.perf_counter()
    yield
    print(f"{(time.perf_counter() - start) * 1000:8.1f} ms  {text}")


daytona = Daytona()

with step("create a sandbox"):
    sandbox = daytona.create(
        CreateSandboxFromSnapshotParams(name="first-tour", env_vars={"GREETING": "Hello"}, labels={"tour": "first"})
    )

with step("run a command"):
    response = sandbox.process.exec('echo "$GREETING from a shell"; exit 3')
assert (response.result, response.exit_code) == ("Hello from a shell\n", 3)

with step("run Python code"):
    response = sandbox.process.code_run("import platform\nprint('Python', platform.python_version())")
assert response.exit_code == 0, response.result
print(f"{'':13}{response.result.strip()}")

with step("upload a file"):
    sandbox.fs.upload_file(b"city,people\nLisbon,545000\nPorto,232000\n", "data/cities.csv")

with step("work on it with code"):
    response = sandbox.process.code_run(
        "import csv\n"
        "rows = csv.DictReader(open('data/cities.csv'))\n"
        "open('data/total.txt', 'w').write(str(sum(int(row['people']) for row in rows)))"
    )
assert response.exit_code == 0, response.result

with step("download the result"):
    total = sandbox.fs.download_file("data/total.txt").decode()
assert total == "777000"

with step("list the folder"):
    names = [entry.name for entry in sandbox.fs.list_files("data")]
assert names == ["cities.csv", "total.txt"]

with step("stop the sandbox"):
    sandbox.stop()

with step("start it again; its files are still there"):
    sandbox.start()
    assert sandbox.fs.download_file("data/total.txt").decode() == "777000"

with step("find it by its label"):
    found = [item.id for item in daytona.list(ListSandboxesQuery(labels={"tour": "first"}))]
assert found == [sandbox.id]

with step("delete it"):
    daytona.delete(sandbox)

with step("see that it is gone"):
    try:
        daytona.get("first-tour")
        raise SystemExit("the sandbox is still there")
    except DaytonaNotFoundError:
        pass
