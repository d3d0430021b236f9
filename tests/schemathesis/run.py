"""Has schemathesis ask a server what the contract documents promise, within a budget and with a fixed seed.

    pitlane exec -- python run.py FOLDER

FOLDER holds `control.json` and `toolbox.json`, each with a merged contract document and the operations that are left to
later, and gets a JUnit report for each. The server is found by the environment.

The documents say errors in `x-errors`: they become answers, so that a status nobody documented is found. An error of the
server's own is a finding unless the operation itself documents it: that any operation may fail is no promise to keep.
What is checked besides: content types, and the schemas of answers. Whether bad input is refused is not: real servers are
lenient, and the conformance suite looks at that.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

CHECKS = "status_code_conformance,content_type_conformance,response_schema_conformance"
METHODS = ("get", "head", "post", "put", "patch", "delete")
# Seconds for each document; what is not reached by then is left out.
BUDGET = {"control": 60, "toolbox": 60}
# Spoken between the platform's own servers only, or with a signature in place of a key.
FOREIGN = {"service", "signature"}
# Whatever the sandbox of the run shares with this machine, these touch only a folder of its own.
HARMLESS = {
    "path": ["fuzz", "fuzz/a.txt", "fuzz/missing"],
    "source": ["fuzz/a.txt"],
    "destination": ["fuzz/b.txt"],
    "command": ["true", "exit 3", "echo fuzz"],
    "code": ["print(1)", "raise SystemExit(3)"],
    "cwd": ["fuzz"],
    "pathToProject": ["fuzz"],
    "url": ["http://127.0.0.1:9/nothing.git"],
    "timeout": [1, 2],
    "pid": [999999999],
}


def call(method, url, body=None):
    """The JSON a request is answered with."""
    request = urllib.request.Request(url, method=method, data=body and json.dumps(body).encode())
    request.add_header("authorization", f"Bearer {os.environ['DAYTONA_API_KEY']}")
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def is_wanted(operation, planned):
    """Whether the server serves it, for users, and ends its answer."""
    if operation["operationId"] in planned or "x-websocket" in operation:
        return False
    if operation.get("x-auth") in FOREIGN:
        return False
    return not any("x-stream" in answer for answer in operation["responses"].values())


def complete(document, operation):
    """Adds the documented errors to the answers, in the shape the document gives to errors."""
    schema = {"$ref": f"#/components/schemas/{document['x-error-schema']}"}
    everywhere = [entry for entry in document.get("x-errors-everywhere", []) if entry["status"] < 500]
    refused = {"description": "Refused.", "content": {"application/json": {"schema": schema}}}
    for status in {entry["status"] for entry in operation.get("x-errors", []) + everywhere}:
        operation["responses"].setdefault(str(status), refused)
    for status, answer in operation["responses"].items():
        if answer.get("x-raw-text"):
            answer.pop("content", None)
        if int(status) >= 400:
            answer.setdefault("content", refused["content"])


def tame(schema, name=None):
    """Keeps values that would reach outside of the run's own folder to harmless ones."""
    if name in HARMLESS and schema.get("type") in ("string", "integer"):
        schema["enum"] = HARMLESS[name]
    for member, inner in schema.get("properties", {}).items():
        tame(inner, member)
    if name in ("paths", "files") and schema.get("items", {}).get("type") == "string":
        schema["items"]["enum"] = HARMLESS["path"]
    elif isinstance(schema.get("items"), dict):
        tame(schema["items"], name)


def fix(document, operation, values, harmless):
    """Gives path parameters the values of things that are there."""
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
        if parameter["in"] == "path" and parameter["name"] in values:
            parameter["schema"] = {"type": "string", "enum": [values[parameter["name"]]]}
        elif harmless and "$ref" not in parameter.get("schema", {"$ref": ""}):
            tame(parameter["schema"], parameter["name"])


def openapi(source, base, values, harmless):
    """The document as schemathesis wants it."""
    held = json.loads(source.read_text(encoding="utf-8"))
    document, planned = held["document"], set(held["planned"])
    document["servers"] = [{"url": base}]
    for path, item in list(document["paths"].items()):
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            if not is_wanted(operation, planned):
                del item[method]
                continue
            complete(document, operation)
            fix(document, operation, values, harmless)
        if not any(method in item for method in METHODS):
            del document["paths"][path]
    if harmless:
        for name in sent(document):
            tame(document["components"]["schemas"][name])
    return document


def sent(document):
    """Names of the schemas that bodies of requests are made of."""
    schemas, found = document["components"]["schemas"], set()
    bodies = (
        item[method].get("requestBody", {}) for item in document["paths"].values() for method in METHODS if method in item
    )
    waiting = list(bodies)
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            name = value.get("$ref", "").rsplit("/", 1)[-1]
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += value.values()
    return found


def run(name, document, base, folder):
    """One run of schemathesis; its exit code."""
    source = folder / f"{name}.openapi.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    # An unexpected method is answered as an unknown path, which is no finding.
    settings = folder / "schemathesis.toml"
    settings.write_text("[phases.coverage]\nunexpected-methods = []\n", encoding="utf-8")
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", settings, "run", source]
    command += ["--url", base, "--header", f"authorization: Bearer {os.environ['DAYTONA_API_KEY']}"]
    command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--mode", "all"]
    # Threads of its own race in Python 3.11.
    command += ["--max-examples", "5", "--max-time", str(BUDGET[name]), "--seed", "1", "--workers", "1"]
    command += ["--generation-database", "none", "--continue-on-failure", "--no-color"]
    command += ["--request-timeout", "30", "--report-junit-path", folder / f"{name}.xml"]
    return subprocess.run(command, check=False).returncode


def main(folder):
    api = os.environ["DAYTONA_API_URL"]
    organization = call("GET", f"{api}/organizations")[0]["id"]
    sandbox = call("POST", f"{api}/sandbox", {"name": "fuzzed"})
    toolbox = f"{sandbox['toolboxProxyUrl']}/{sandbox['id']}"
    call("POST", f"{toolbox}/process/execute", {"command": "mkdir -p fuzz && echo text > fuzz/a.txt"})
    failed = 0
    for name, base, harmless in [("toolbox", toolbox, True), ("control", api, False)]:
        # A sandbox of the run's own is changed and deleted; the toolbox is asked first.
        values = {"organizationId": organization, "sandboxIdOrName": sandbox["id"], "sandboxId": sandbox["id"]}
        document = openapi(folder / f"{name}.json", base, values, harmless)
        failed |= run(name, document, base, folder)
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
