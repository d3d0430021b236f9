"""Running commands and code."""

import asyncio

import pytest
from conftest import require, settle, unique
from daytona import (
    AsyncDaytona,
    CodeRunParams,
    CreateSandboxFromSnapshotParams,
    DaytonaError,
    DaytonaProcessExecutionTimeoutError,
    DaytonaTimeoutError,
)


async def test_a_command_returns_its_output_and_exit_code(sandbox):
    response = await settle(sandbox.process.exec("echo hello; exit 3"))
    assert response.result == "hello\n"
    assert response.exit_code == 3
    assert response.artifacts.stdout == "hello\n"
    assert response.artifacts.charts == []


async def test_errors_and_output_come_in_the_order_they_were_written(sandbox):
    response = await settle(sandbox.process.exec("echo one; echo two >&2; echo three"))
    assert response.result == "one\ntwo\nthree\n"
    assert response.exit_code == 0


async def test_a_command_is_shell_text_of_any_number_of_lines(sandbox):
    command = "\n".join(["total=0", "for n in 1 2 3; do", "  total=$((total + n))", "done", "echo \"sum $total\" | tr a-z A-Z"])
    response = await settle(sandbox.process.exec(command))
    assert (response.result, response.exit_code) == ("SUM 6\n", 0)


async def test_output_of_any_size_and_alphabet_arrives_whole(sandbox):
    response = await settle(sandbox.process.exec("seq 1 200000"))
    assert response.result == "".join(f"{number}\n" for number in range(1, 200001))
    response = await settle(sandbox.process.exec("printf 'grüße 文件 🙂'"))
    assert response.result == "grüße 文件 🙂"


async def test_an_unknown_command_exits_with_127(sandbox):
    response = await settle(sandbox.process.exec("no-such-command-anywhere"))
    assert response.exit_code == 127
    assert "not found" in response.result


async def test_a_command_killed_by_a_signal_says_so_in_its_exit_code(sandbox):
    response = await settle(sandbox.process.exec("sh -c 'kill -TERM $$'"))
    assert response.exit_code == 128 + 15


async def test_a_command_runs_where_it_is_told_to(sandbox, folder):
    work = await settle(sandbox.get_work_dir())
    for cwd in (folder, f"{work}/{folder}"):
        response = await settle(sandbox.process.exec("basename \"$PWD\"", cwd=cwd))
        assert response.result == f"{folder}\n"


async def test_a_command_in_a_missing_directory_fails_with_minus_one(sandbox):
    response = await settle(sandbox.process.exec("echo not reached", cwd="/no/such/directory"))
    assert response.exit_code == -1
    assert "no such file or directory" in response.result


async def test_a_command_sees_the_variables_given_to_it_and_the_next_one_does_not(sandbox):
    response = await settle(sandbox.process.exec('printf "%s" "$COLOUR"', env={"COLOUR": "dark 'red' $HOME"}))
    assert response.result == "dark 'red' $HOME"
    response = await settle(sandbox.process.exec('printf "%s" "${COLOUR-unset}"'))
    assert response.result == "unset"


async def test_a_command_past_its_time_is_killed_and_reported_as_a_timeout(sandbox, folder):
    with pytest.raises(DaytonaTimeoutError) as caught:
        await settle(sandbox.process.exec("echo $$ > process-id; exec sleep 600", cwd=folder, timeout=1))
    assert isinstance(caught.value, DaytonaProcessExecutionTimeoutError)
    assert caught.value.status_code == 408
    assert caught.value.code == "PROCESS_EXECUTION_TIMEOUT"
    assert "timeout" in str(caught.value)
    response = await settle(sandbox.process.exec("kill -0 $(cat process-id)", cwd=folder))
    assert response.exit_code != 0


async def test_a_background_process_outlives_its_command(sandbox):
    response = await settle(sandbox.process.exec("sleep 600 >/dev/null 2>&1 & echo $!"))
    process_id = response.result.strip()
    assert (await settle(sandbox.process.exec(f"kill -0 {process_id}"))).exit_code == 0
    assert (await settle(sandbox.process.exec(f"kill {process_id}"))).exit_code == 0


async def test_a_blank_command_is_refused(sandbox):
    with pytest.raises(DaytonaError) as caught:
        await settle(sandbox.process.exec("   "))
    assert caught.value.status_code == 400


async def test_commands_run_side_by_side():
    """Two commands that can only end if both run: each waits for the other at a named pipe."""
    async with AsyncDaytona() as daytona:
        sandbox = await daytona.create()
        try:
            await sandbox.process.exec("mkfifo meeting")
            _, reader = await asyncio.gather(
                sandbox.process.exec("echo met > meeting", timeout=20),
                sandbox.process.exec("cat meeting", timeout=20),
            )
            assert reader.result == "met\n"
        finally:
            await sandbox.delete()


async def test_python_code_runs_with_arguments_and_variables(sandbox):
    code = "import os, sys\nprint(sys.argv[1:], os.environ['SHADE'])\nprint('oops', file=sys.stderr)"
    response = await settle(sandbox.process.code_run(code, CodeRunParams(argv=["one", "two"], env={"SHADE": "dark"})))
    assert response.exit_code == 0
    assert "['one', 'two'] dark\n" in response.result
    assert "oops\n" in response.result
    assert response.artifacts.stdout == response.result


async def test_python_code_may_span_lines_and_quotes(sandbox):
    code = 'def shout(text):\n    return text.upper() + "!"\n\n\nprint(shout(\'it\\\'s "quoted" $HOME `id` ü\'))\n'
    response = await settle(sandbox.process.code_run(code))
    assert (response.result, response.exit_code) == ("IT'S \"QUOTED\" $HOME `ID` Ü!\n", 0)


async def test_python_code_reports_its_exit_code_and_its_traceback(sandbox):
    response = await settle(sandbox.process.code_run("import sys\nsys.exit(4)"))
    assert response.exit_code == 4
    response = await settle(sandbox.process.code_run("raise ValueError('broken on purpose')"))
    assert response.exit_code == 1
    assert "Traceback" in response.result
    assert "ValueError: broken on purpose" in response.result


async def test_code_past_its_time_is_reported_as_a_timeout(sandbox):
    # The client passes the error of the client generated below it on, which has no class of its own.
    with pytest.raises(Exception, match="PROCESS_EXECUTION_TIMEOUT") as caught:
        await settle(sandbox.process.code_run("while True: pass", timeout=1))
    assert caught.value.status == 408


async def test_code_works_in_the_work_directory(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"readable", f"{folder}/input.txt"))
    response = await settle(sandbox.process.code_run(f"print(open('{folder}/input.txt').read())"))
    assert response.result == "readable\n"


@pytest.mark.parametrize("language", ["javascript", "typescript"])
async def test_node_code_runs_with_arguments_and_variables(new_sandbox, language):
    sandbox = await new_sandbox(language=language)
    await require(sandbox, "ts-node" if language == "typescript" else "node")
    # As on the real service, the program is not among the arguments: they follow the interpreter at once.
    annotation = ": string[]" if language == "typescript" else ""
    code = f"const args{annotation} = process.argv.slice(1)\nconsole.log(args.join('+'), process.env.SHADE)"
    response = await settle(sandbox.process.code_run(code, CodeRunParams(argv=["one", "two"], env={"SHADE": "dark"})))
    assert (response.result, response.exit_code) == ("one+two dark\n", 0)
    response = await settle(sandbox.process.code_run("process.exit(4)"))
    assert response.exit_code == 4
    response = await settle(sandbox.process.code_run("throw new Error('broken on purpose')"))
    assert response.exit_code == 1
    assert "broken on purpose" in response.result


async def test_a_sandbox_found_again_still_knows_its_language(new_sandbox, daytona):
    created = await new_sandbox(name=unique("language"), language="javascript")
    await require(created, "node")
    found = await settle(daytona.get(created.name))
    response = await settle(found.process.code_run("console.log([1, 2, 3].map((n) => n * 2))"))
    assert response.result == "[ 2, 4, 6 ]\n"
