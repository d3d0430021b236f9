"""Language servers."""

import pytest
from briefing import since
from conftest import require
from era import part, sdk, settle

GREETER = b"""class Greeter:
    def greet(self, name):
        return f"hi {name}"

greeter = Greeter()
greeter.
"""


@pytest.fixture
async def greeter(sandbox, folder):
    """A started server with the sample opened, and the sample's path."""
    await require(sandbox, "pylsp")
    path = f"{folder}/sample.py"
    await sandbox.fs.write(path, GREETER)
    language = sdk.LspLanguageId.PYTHON if since("0.10.0") else "python"
    server = await settle(sandbox.raw.create_lsp_server(language, folder))
    await settle(server.start())
    await settle(server.did_open(path))
    yield server, path
    await settle(server.stop())


async def test_a_document_has_symbols(greeter):
    server, path = greeter
    symbols = await settle(server.document_symbols(path))
    assert [symbol.name for symbol in symbols][:2] == ["Greeter", "greet"]
    assert symbols[0].location.range.start.line == 0
    await settle(server.did_close(path))


async def test_a_project_has_symbols(greeter):
    server, _ = greeter
    search = server.sandbox_symbols if since("0.10.4") else server.workspace_symbols
    assert "Greeter" in [symbol.name for symbol in await settle(search("Greeter"))]


async def test_completions_know_the_type(greeter):
    server, path = greeter
    module = part("common.lsp_server", "lsp_server")
    position = getattr(module, "LspCompletionPosition", None) or module.Position
    completions = await settle(server.completions(path, position(line=5, character=8)))
    # Servers insert what they complete, or show it as a label only.
    assert "greet" in {(item.insert_text or item.label).split("(")[0] for item in completions.items}
