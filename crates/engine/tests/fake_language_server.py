#!/usr/bin/env python3
"""A language server that keeps to the letter of the protocol and does what its documents and queries tell it to.

Every line of a document is the name of a symbol. Instead of a name, a query may say how to fail.
"""

import json
import os
import sys
import time

documents = {}


def read():
    length = None
    while line := sys.stdin.buffer.readline().strip():
        name, value = line.split(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length is None:
        sys.exit(0 if "shutdown" in seen else 1)
    return json.loads(sys.stdin.buffer.read(length))


def write(message):
    content = json.dumps({"jsonrpc": "2.0", **message}).encode()
    # A head of two fields, in two pieces: readers must not count on either.
    sys.stdout.buffer.write(b"Content-Type: application/vscode-jsonrpc\r\n")
    sys.stdout.buffer.flush()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
    sys.stdout.buffer.flush()


def text_of(uri):
    if uri in documents:
        return documents[uri]["text"]
    with open(uri.removeprefix("file://")) as file:
        return file.read()


def symbols(uri):
    for number, name in enumerate(text_of(uri).splitlines()):
        place = {"line": number, "character": 0}
        yield {"name": name, "kind": 13, "location": {"uri": uri, "range": {"start": place, "end": place}}}


def answer(method, params):
    if method == "initialize":
        if os.path.exists("refuse"):
            raise RuntimeError("not today")
        # A question of its own before the answer, as real servers ask.
        write({"id": "mine", "method": "workspace/configuration", "params": {"items": [{}, {}]}})
        reply = read()
        assert reply["id"] == "mine" and reply["result"] == [None, None], reply
        write({"id": 1_000, "method": "no/such/method", "params": {}})
        assert read()["error"]["code"] == -32601
        return {"capabilities": {"workspaceSymbolProvider": os.path.exists("finds-symbols")}}
    if method == "textDocument/documentSymbol":
        return list(symbols(params["textDocument"]["uri"]))
    if method == "textDocument/completion":
        place, context = params["position"], params.get("context")
        uri = params["textDocument"]["uri"]
        version = documents.get(uri, {}).get("version")
        return [{"label": f"{place['line']}:{place['character']} v{version} {json.dumps(context, sort_keys=True)}"}]
    if method == "workspace/symbol":
        query = params["query"]
        if query == "crash":
            os._exit(3)
        if query == "hang":
            time.sleep(3600)
        if query == "babble":
            sys.stdout.buffer.write(b"Content-Length: many\r\n\r\n")
            sys.stdout.buffer.flush()
            time.sleep(3600)
        if query == "unsupported":
            raise LookupError
        if query == "fail":
            raise RuntimeError("as told")
        return [symbol for uri in documents for symbol in symbols(uri) if query in symbol["name"]]
    if method == "shutdown":
        if os.path.exists("stay"):
            time.sleep(3600)
        return None
    raise LookupError


seen = set()
with open("server.pid", "a") as file:
    file.write(f"{os.getpid()}\n")
while True:
    message = read()
    method, params = message["method"], message.get("params")
    seen.add(method)
    if method == "exit":
        sys.exit(0 if "shutdown" in seen else 1)
    if method == "textDocument/didOpen":
        document = params["textDocument"]
        assert document["uri"] not in documents, "opened twice"
        documents[document["uri"]] = document
    elif method == "textDocument/didChange":
        document = documents[params["textDocument"]["uri"]]
        document.update(version=params["textDocument"]["version"], text=params["contentChanges"][0]["text"])
    elif method == "textDocument/didClose":
        del documents[params["textDocument"]["uri"]]
    elif "id" in message:
        try:
            write({"id": message["id"], "result": answer(method, params)})
        except LookupError:
            write({"id": message["id"], "error": {"code": -32601, "message": f"Method Not Found: {method}"}})
        except (RuntimeError, OSError) as error:
            write({"id": message["id"], "error": {"code": -32000, "message": str(error)}})
