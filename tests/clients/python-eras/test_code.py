"""Code in the sandbox's language."""

import pytest
from conftest import require


async def test_python_is_run(sandbox):
    code, output = await sandbox.code("import sys\nfor n in range(3):\n    print('line', n, sep=' \"')\n")
    assert (code, output.strip()) == (0, 'line "0\nline "1\nline "2')


async def test_python_that_raises_fails_with_its_traceback(sandbox):
    code, output = await sandbox.code("raise ValueError('grüße')")
    assert code == 1
    assert "ValueError: grüße" in output


@pytest.mark.since("0.10.0")
async def test_code_has_arguments_and_variables(sandbox):
    code, output = await sandbox.code(
        "import os, sys\nprint(sys.argv[1:], os.environ['COLOUR'])", argv=["one", "two"], env={"COLOUR": "red"}
    )
    assert (code, output.strip()) == (0, "['one', 'two'] red")


async def test_typescript_is_run(new_sandbox):
    sandbox = await new_sandbox(language="typescript")
    await require(sandbox, "ts-node")
    code, output = await sandbox.code("const n: number = 6;\nconsole.log(`answer ${n * 7}`);")
    assert (code, output.strip()) == (0, "answer 42")


async def test_javascript_is_run(new_sandbox):
    sandbox = await new_sandbox(language="javascript")
    await require(sandbox, "ts-node")
    code, output = await sandbox.code("const n = 6;\nconsole.log(`answer ${n * 7}`);")
    assert (code, output.strip()) == (0, "answer 42")
