"""The published client, judged by the suite: what it asks for, and which servers it works with.

Servers of their own are started for this; the one all other tests use has no part in it.
"""

import json
import os
import subprocess
import sys

import pytest

CLIENT = """
from daytona import CreateSandboxFromSnapshotParams, Daytona

sandbox = Daytona().create(CreateSandboxFromSnapshotParams(labels={"made": "here"}))
assert sandbox.labels["made"] == "here"
assert sandbox.process.exec("echo hello").result == "hello\\n"
sandbox.fs.upload_file(b"content", "file.txt")
assert sandbox.fs.download_file("file.txt") == b"content"
terminal = sandbox.process.create_pty_session("terminal")
terminal.wait_for_connection()
terminal.send_input("echo he''llo; exit 3\\n")
assert b"hello" in b"".join(terminal) and terminal.exit_code == 3
assert sandbox.code_interpreter.run_code("print(1 + 1)").stdout.strip() == "2"
sandbox.delete()
"""

# What it does not come back from: it never asks again.
GIVES_UP = {"busy-with-advice", "busy-without-advice"}


@pytest.mark.skipif("PITLANE_PROGRAM" not in os.environ, reason="nobody says which program starts servers")
def test_the_client_keeps_to_the_contract_and_works_with_servers_that_do(tmp_path):
    client, report = tmp_path / "client.py", tmp_path / "trial.json"
    client.write_text(CLIENT)
    command = [os.environ["PITLANE_PROGRAM"], "conformance", "client", "--scenarios", "--json", report, "--"]
    run = subprocess.run([*command, sys.executable, client], capture_output=True, text=True, timeout=240)
    assert run.returncode == 1, run.stderr
    trial = json.loads(report.read_text())["trial"]
    assert trial["findings"] == [] and trial["serverFaults"] == [], trial
    failed = {run["scenario"]: run["words"] for run in trial["tried"] if run["code"] != 0}
    assert failed.keys() == GIVES_UP, failed
    assert all("DaytonaRateLimitError" in words[-1] for words in failed.values()), failed
