"""Commands that are waited for, as a whole and as a stream, and code."""

import pytest
from voidrun.api_client.exceptions import ApiException, BadRequestException

SCRIPT = """for word in a b; do
  echo "$word"
done
cat <<'END'
don't
END
"""


def streamed(sandbox, command, **named):
    """What the stream of a command called back with."""
    told = {"stdout": [], "stderr": [], "exit": [], "error": []}
    handlers = {f"on_{name}": found.append for name, found in told.items()}
    sandbox.exec_stream(command, **handlers, **named)
    return told


def test_streams_and_exit_code_come_apart(sandbox):
    done = sandbox.exec("echo out; echo err >&2; exit 3").data
    assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 3)


def test_a_shell_runs_what_is_given(sandbox):
    assert sandbox.exec(SCRIPT).data.stdout == "a\nb\ndon't\n"
    assert sandbox.exec("echo -e 'a\\tb' | tr a-z A-Z && echo ok || echo no").data.stdout == "A\tB\nok\n"


def test_directory_and_variables_are_of_the_call(sandbox):
    done = sandbox.exec("pwd; echo $A", cwd="/var", env={"A": "grün"}).data
    assert done.stdout == "/var\ngrün\n"
    assert sandbox.exec("pwd").data.stdout == "/root\n"


def test_time_that_is_up_ends_the_command(sandbox):
    done = sandbox.exec("echo before; sleep 60", timeout=1).data
    assert (done.stdout, done.exit_code) == ("before\n", 124)


def test_much_output_comes_whole(sandbox):
    done = sandbox.exec("head -c 3000000 /dev/zero | tr '\\0' x").data
    assert done.stdout == "x" * 3_000_000


def test_nothing_to_run_is_refused(sandbox):
    with pytest.raises(BadRequestException) as refused:
        sandbox.exec("   ")
    assert "Command is required" in refused.value.body


def test_a_stream_calls_back_with_both_streams_and_the_end(sandbox):
    told = streamed(sandbox, "echo one; echo two; echo err >&2; exit 4")
    assert ("".join(told["stdout"]), "".join(told["stderr"])) == ("one\ntwo\n", "err\n")
    assert (told["exit"], told["error"]) == ([{"exitCode": 4}], [])


def test_a_stream_comes_while_the_command_runs(sandbox):
    seen = []

    def go_on(text):
        seen.append(text)
        if text.startswith("ready"):
            sandbox.exec("echo gone > /tmp/stream-pipe")

    sandbox.exec("rm -f /tmp/stream-pipe; mkfifo /tmp/stream-pipe")
    sandbox.exec_stream("echo ready; cat /tmp/stream-pipe", on_stdout=go_on)
    assert "".join(seen) == "ready\ngone\n"


def test_a_stream_that_is_refused_says_so(sandbox):
    told = streamed(sandbox, "  ")
    assert told["exit"] == []
    assert told["error"][0].response.status_code == 400


def test_python_keeps_its_result(sandbox):
    done = sandbox.run_code("import json\nprint(json.dumps({'sum': 1 + 2}))")
    assert (done.success, done.results, done.exit_code) == (True, {"sum": 3}, 0)


def test_long_python_goes_through_a_file(sandbox):
    code = "total = 0\n\n" + "total += 1\n" * 500 + "\nprint(total, \"it's\")\n"
    assert sandbox.run_code(code).stdout == "500 it's\n"


def test_code_that_fails_is_no_success(sandbox):
    done = sandbox.run_code("1 / 0")
    assert not done.success and "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("language, code", [("javascript", "console.log(1 + 2)"), ("bash", "echo $((1 + 2))")])
def test_other_languages_run(sandbox, language, code):
    assert sandbox.run_code(code, language=language).results == 3


async def test_code_runs_by_the_asynchronous_client(client, sandbox):
    if not hasattr(client, "_run_async"):
        with pytest.raises(TypeError):
            await sandbox.run_code_async("print(1)")
        return
    assert (await sandbox.run_code_async("print(1)")).results == 1


def test_errors_carry_what_the_server_said(sandbox):
    with pytest.raises(ApiException) as refused:
        sandbox.exec("x" * 100_001)
    assert (refused.value.status, "Command exceeds maximum length" in refused.value.body) == (400, True)
