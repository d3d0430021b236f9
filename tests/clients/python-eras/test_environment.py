"""Variables given at the creation of a sandbox."""


async def test_commands_see_the_variables_of_the_creation(new_sandbox):
    sandbox = await new_sandbox(env_vars={"GREETING": "hello", "WITH_SPACE": "a b"})
    assert (await sandbox.exec("printenv GREETING WITH_SPACE"))[1].strip() == "hello\na b"
