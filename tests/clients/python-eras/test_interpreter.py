"""Python that keeps its state."""

from era import settle


async def test_variables_are_kept_from_run_to_run(sandbox):
    interpreter, heard = sandbox.raw.code_interpreter, []
    await settle(interpreter.run_code("x = 20"))
    result = await settle(interpreter.run_code("print(x + 1)", on_stdout=lambda message: heard.append(message.output)))
    assert (result.stdout.strip(), result.error) == ("21", None)
    assert "".join(heard).strip() == "21"


async def test_an_error_is_named(sandbox):
    result = await settle(sandbox.raw.code_interpreter.run_code("1 / 0"))
    assert result.error.name == "ZeroDivisionError"
    assert "division" in result.error.value


async def test_contexts_do_not_share_variables(sandbox):
    interpreter = sandbox.raw.code_interpreter
    context = await settle(interpreter.create_context(cwd="/tmp"))
    assert context.id in [one.id for one in await settle(interpreter.list_contexts())]
    await settle(interpreter.run_code("here = 1", context=context))
    assert (await settle(interpreter.run_code("import os; print(os.getcwd(), here)", context=context))).stdout.strip() == "/tmp 1"
    assert (await settle(interpreter.run_code("here"))).error.name == "NameError"
    await settle(interpreter.delete_context(context))
    assert context.id not in [one.id for one in await settle(interpreter.list_contexts())]
