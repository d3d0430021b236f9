"""Commands."""

import pytest


async def test_a_command_has_an_output_and_an_exit_code(sandbox):
    code, output = await sandbox.exec("echo hello")
    # The client drops the last line's end from 0.113 to 0.155.
    assert (code, output.strip()) == (0, "hello")
    code, output = await sandbox.exec("sh -c 'echo before; exit 3'")
    assert (code, output.strip()) == (3, "before")


async def test_output_is_text_of_any_alphabet(sandbox):
    # The client adds an end of line from 0.12 to 0.112.
    assert (await sandbox.exec("printf 'grüße 文件 🙂'"))[1].strip() == "grüße 文件 🙂"


async def test_a_command_may_be_a_line_of_shell(sandbox):
    code, output = await sandbox.exec("sh -c 'for i in 1 2 3; do echo $((i * 2)); done | tail -1'")
    assert (code, output.strip()) == (0, "6")


async def test_a_command_that_is_not_there_fails(sandbox):
    assert (await sandbox.exec("no-such-command-anywhere"))[0] != 0


@pytest.mark.since("0.7.0")
async def test_a_command_runs_in_its_directory(sandbox):
    assert (await sandbox.exec("pwd", cwd="/tmp"))[1].strip() == "/tmp"


@pytest.mark.since("0.7.0")
async def test_a_command_that_takes_too_long_is_stopped(sandbox):
    with pytest.raises(Exception):
        await sandbox.exec("sleep 600", timeout=1)


@pytest.mark.since("0.14.0")
async def test_a_command_has_variables_of_its_own(sandbox):
    assert (await sandbox.exec("printenv COLOUR", env={"COLOUR": "red"}))[1].strip() == "red"
