"""Language servers: symbols of documents and projects, and what may be typed where."""

import pytest
from conftest import require, settle, unique
from daytona import (
    DaytonaBadRequestError,
    DaytonaInternalServerError,
    DaytonaLspServerNotInitializedError,
    LspLanguageId,
)
from daytona.common.lsp_server import LspCompletionPosition

# The file of the official end-to-end suites, the mistake at its end included.
GREETER = b"""class Greeter:
    def greet(self, name):
        return f"hi {name}"

greeter = Greeter()
greeter.
"""
TYPED = b"""export class Greeter {
  greet(name: string) { return `hi ${name}`; }
}
const greeter = new Greeter();
greeter.
"""


@pytest.fixture
async def python(sandbox, folder):
    """A started server with the sample opened, and the sample's path."""
    await require(sandbox, "pylsp")
    path = f"{folder}/sample.py"
    await settle(sandbox.fs.upload_file(GREETER, path))
    server = sandbox.create_lsp_server(LspLanguageId.PYTHON, folder)
    await settle(server.start())
    await settle(server.did_open(path))
    yield server, path
    await settle(server.stop())


def names(symbols):
    return [symbol.name for symbol in symbols]


async def test_a_broken_python_file_has_its_symbols(python):
    server, path = python
    symbols = await settle(server.document_symbols(path))
    assert names(symbols)[:2] == ["Greeter", "greet"]
    assert symbols[0].location.uri == f"file://{path}"
    assert symbols[0].location.range.start.line == 0
    await settle(server.did_close(path))


async def test_symbols_of_a_python_project_are_found_by_name(sandbox, python, folder):
    server, path = python
    await settle(sandbox.fs.upload_file(b"class GreeterOfAnotherFile: pass\n", f"{folder}/deep/other.py"))
    found = await settle(server.sandbox_symbols("Greeter"))
    assert {"Greeter", "GreeterOfAnotherFile"} <= set(names(found))
    assert await settle(server.sandbox_symbols("NothingIsCalledThis")) == []
    assert names(await settle(server.workspace_symbols("GreeterOf"))) == ["GreeterOfAnotherFile"]


async def test_python_completions_know_the_type(python):
    server, path = python
    completions = await settle(server.completions(path, LspCompletionPosition(line=5, character=8)))
    assert "greet" in [item.insert_text for item in completions.items]
    assert completions.is_incomplete is False


async def test_the_first_position_of_a_document_is_a_position(python):
    server, path = python
    completions = await settle(server.completions(path, LspCompletionPosition(line=0, character=0)))
    assert isinstance(completions.items, list)


async def test_typescript_and_javascript_have_a_server_too(sandbox, folder):
    await require(sandbox, "typescript-language-server")
    for language, ending, text in [
        (LspLanguageId.TYPESCRIPT, "ts", TYPED),
        (LspLanguageId.JAVASCRIPT, "js", TYPED.replace(b": string", b"")),
    ]:
        project = f"{folder}/{ending}"
        path = f"{project}/sample.{ending}"
        await settle(sandbox.fs.upload_file(text, path))
        server = sandbox.create_lsp_server(language, project)
        await settle(server.start())
        await settle(server.did_open(path))
        assert "Greeter" in names(await settle(server.document_symbols(path)))
        assert "Greeter" in names(await settle(server.sandbox_symbols("Greeter")))
        completions = await settle(server.completions(path, LspCompletionPosition(line=4, character=8)))
        assert "greet" in [item.label for item in completions.items]
        await settle(server.did_close(path))
        await settle(server.stop())


async def test_absolute_paths_are_as_good_as_relative_ones(sandbox, python, folder):
    _, path = python
    work_dir = await settle(sandbox.get_work_dir())
    server = sandbox.create_lsp_server(LspLanguageId.PYTHON, f"{work_dir}/{folder}")
    await settle(server.start())
    await settle(server.did_open(f"{work_dir}/{path}"))
    symbols = await settle(server.document_symbols(f"{work_dir}/{path}"))
    assert symbols[0].location.uri == f"file://{work_dir}/{path}"
    await settle(server.stop())


async def test_a_server_that_was_not_started_is_a_bad_request(sandbox, folder):
    server = sandbox.create_lsp_server(LspLanguageId.PYTHON, unique("project"))
    for call in [
        lambda: server.did_open("a.py"),
        lambda: server.did_close("a.py"),
        lambda: server.document_symbols("a.py"),
        lambda: server.sandbox_symbols("a"),
        lambda: server.completions("a.py", LspCompletionPosition(line=1, character=1)),
    ]:
        with pytest.raises(DaytonaLspServerNotInitializedError, match="server not initialized") as caught:
            await settle(call())
        assert caught.value.status_code == 400
    with pytest.raises(DaytonaInternalServerError, match="error stopping LSP server") as caught:
        await settle(server.stop())
    assert caught.value.status_code == 500


async def test_a_stopped_server_can_be_started_again(sandbox, python, folder):
    server, path = python
    await settle(server.stop())
    with pytest.raises(DaytonaLspServerNotInitializedError, match="server not initialized"):
        await settle(server.document_symbols(path))
    await settle(server.start())
    assert "Greeter" in names(await settle(server.document_symbols(path)))


async def test_a_document_that_is_not_there_cannot_be_opened(python):
    server, path = python
    with pytest.raises(DaytonaBadRequestError, match="failed to read file: open .*: no such file or directory"):
        await settle(server.did_open(f"{path}.missing"))
