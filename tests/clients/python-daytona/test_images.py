"""Images described in code: every method of `Image`, built for snapshots and for sandboxes.

Nothing is fetched from outside: what `pip` installs is a wheel made here, and no step asks a registry.
"""

import asyncio
import base64
import hashlib
import zipfile

import pytest
from conftest import settle, unique
from daytona import CreateSandboxFromImageParams, CreateSnapshotParams, DaytonaError, Image, Resources

BASE = "python:3.12-slim-bookworm"
PATIENCE = 240


@pytest.fixture
async def built(daytona):
    """Makes sandboxes of images, with what the builder said."""
    made = []

    async def create(image, **params):
        said = []
        params = CreateSandboxFromImageParams(image=image, **params)
        options = {"timeout": PATIENCE, "on_snapshot_create_logs": said.append}
        if hasattr(daytona, "__aenter__"):
            created = await daytona.create(params, **options)
        else:
            # The synchronous client follows the log in an event loop of its own, and there is one here already.
            created = await asyncio.to_thread(daytona.create, params, **options)
        made.append(created)
        return created, "\n".join(said)

    yield create
    for sandbox in made:
        await settle(daytona.delete(sandbox))


async def output(sandbox, command, **options):
    answer = await settle(sandbox.process.exec(command, **options))
    assert answer.exit_code == 0, answer.result
    return answer.result.strip()


def wheel(folder, name="greeter", version="1.0"):
    """A wheel of one module, as a build tool would write it."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"def greet():\n    return 'hello from {name} {version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }

    def line(name, text):
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(text.encode())}"

    record = "\n".join([line(*file) for file in files.items()] + [f"{info}/RECORD,,"])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return path


async def test_steps_variables_and_places_are_in_the_sandbox(built):
    word = unique("word")
    image = (
        Image.base(BASE)
        .env({"GREETING": f"hello {word}", "QUOTED": "it's \"so\""})
        .workdir("/home/daytona/work")
        .run_commands(f"echo said {word}", "pwd > where && echo $GREETING > heard", ["sh", "-c", "echo two words > list"])
        .dockerfile_commands(["RUN echo from a command > command"])
    )
    sandbox, said = await built(image, resources=Resources(cpu=2, memory=2))
    assert f"said {word}" in said
    assert (sandbox.cpu, sandbox.memory, sandbox.disk, sandbox.snapshot) == (2, 2, 3, None)
    assert sandbox.build_info.dockerfile_content == image.dockerfile()
    place = "/home/daytona/work"
    assert await settle(sandbox.get_work_dir()) == place
    assert await output(sandbox, "cat where heard list command") == "\n".join(
        ["/home/daytona/work", f"hello {word}", "two words", "from a command"]
    )
    assert await output(sandbox, 'echo "$GREETING, $QUOTED"') == f"hello {word}, it's \"so\""


async def test_what_was_built_once_is_there_at_once(built):
    image = Image.base(BASE).run_commands(f"echo {unique('once')} > /tmp/once")
    first, said = await built(image)
    assert said
    second, nothing = await built(image)
    assert second.build_info.snapshot_ref == first.build_info.snapshot_ref
    assert nothing == "", "nothing is built, so nothing is said"


async def test_files_and_directories_are_copied(built, tmp_path):
    (tmp_path / "app/empty").mkdir(parents=True)
    (tmp_path / "app/main.py").write_text(f"print('{unique('main')}')\n")
    (tmp_path / "note.txt").write_text(unique("note"))
    image = (
        Image.base(BASE)
        .add_local_file(str(tmp_path / "note.txt"), "/home/daytona/note.txt")
        .add_local_dir(str(tmp_path / "app"), "/home/daytona/app")
    )
    sandbox, _said = await built(image)
    assert await settle(sandbox.fs.download_file("note.txt")) == (tmp_path / "note.txt").read_bytes()
    assert await settle(sandbox.fs.download_file("app/main.py")) == (tmp_path / "app/main.py").read_bytes()
    assert (await settle(sandbox.fs.get_file_info("app/empty"))).is_dir


async def test_packages_are_installed_by_every_way_there_is(built, tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("greeter", "helper", "sender"):
        wheel(folder, name)
    (tmp_path / "requirements.txt").write_text("helper==1.0\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\ndependencies = ["sender==1.0"]\n')
    wheels = "/home/daytona/wheels"
    places = {"find_links": [wheels], "extra_options": "--no-index"}
    image = (
        Image.base(BASE)
        .add_local_dir(str(folder), "/home/daytona/wheels")
        .pip_install("greeter", **places)
        .pip_install_from_requirements(str(tmp_path / "requirements.txt"), **places)
        .pip_install_from_pyproject(str(tmp_path / "pyproject.toml"), [], find_links=wheels, extra_options="--no-index")
    )
    sandbox, _said = await built(image)
    modules = "import greeter, helper, sender; print(greeter.greet(), helper.greet(), sender.greet(), sep='; ')"
    expected = "hello from greeter 1.0; hello from helper 1.0; hello from sender 1.0"
    assert await output(sandbox, f'python3 -c "{modules}"') == expected
    answer = await settle(sandbox.process.code_run(modules))
    assert (answer.exit_code, answer.result.strip()) == (0, expected)


async def test_a_dockerfile_of_ones_own_is_built_with_what_lies_beside_it(built, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/note.txt").write_text(unique("beside"))
    (tmp_path / "Dockerfile").write_text(
        f"ARG WHO=world\nFROM {BASE} AS maker\nARG WHO\nRUN echo \"hello $WHO\" > /tmp/made\n"
        f"FROM {BASE}\nCOPY --from=maker /tmp/made /home/daytona/made\nCOPY data /home/daytona/data\n"
    )
    sandbox, _said = await built(Image.from_dockerfile(str(tmp_path / "Dockerfile")))
    assert await output(sandbox, "cat made") == "hello world"
    assert await settle(sandbox.fs.download_file("data/note.txt")) == (tmp_path / "data/note.txt").read_bytes()


async def test_entrypoint_and_command_run_in_the_sandbox(built):
    image = Image.base(BASE).entrypoint(["sh", "-c", "echo begun $0; exec sleep 60"]).cmd([unique("with")])
    sandbox, _said = await built(image)
    logs = await settle(sandbox.process.get_entrypoint_logs())
    assert "begun with-" in (logs.output or logs.stdout or "")


async def test_a_name_alone_is_an_image(built):
    sandbox, said = await built(BASE)
    assert sandbox.build_info.dockerfile_content == f"FROM {BASE}\n"
    assert BASE in said or said == ""


async def test_a_snapshot_is_built_told_of_and_made_sandboxes_from(daytona, new_sandbox, built):
    name, word = f"built/{unique('snapshot')}:1", unique("word")
    image = Image.base(BASE).env({"WORD": word}).run_commands(f"echo said {word}").cmd(["sleep", "60"])
    said = []
    params = CreateSnapshotParams(name=name, image=image, resources=Resources(cpu=2), entrypoint=["env"])
    made = await settle(daytona.snapshot.create(params, on_logs=said.append, timeout=PATIENCE))
    try:
        assert (made.state, made.cpu, made.error_reason, made.entrypoint) == ("active", 2, None, ["env"])
        assert any(f"said {word}" in chunk for chunk in said), said
        assert (said[0], said[-1]) == (f"Creating snapshot {name} (SnapshotState.BUILDING)", said[-1])
        sandbox = await new_sandbox(snapshot=name)
        assert await output(sandbox, "echo $WORD") == word
        further, _said = await built(Image.base(name).run_commands("echo $WORD > /home/daytona/further"))
        assert await output(further, "cat /home/daytona/further") == word
    finally:
        await settle(daytona.snapshot.delete(made))


async def test_a_step_that_fails_is_told_with_its_reason(daytona):
    image = Image.base(BASE).run_commands(f"echo {unique('last')} && exit 7")
    name = unique("snapshot")
    with pytest.raises(DaytonaError, match=f"Failed to create snapshot {name}, reason: .*exit code: 7"):
        await settle(daytona.snapshot.create(CreateSnapshotParams(name=name, image=image), timeout=PATIENCE))
    await settle(daytona.snapshot.delete(name))
    # The client looks for the reason before it has read it.
    with pytest.raises(DaytonaError, match="BUILD_FAILED"):
        await settle(daytona.create(CreateSandboxFromImageParams(image=image), timeout=PATIENCE))


async def test_the_slim_image_is_the_one_python_is_built_on():
    text = Image.debian_slim("3.12").dockerfile()
    assert text.startswith("FROM python:3.12") and "RUN apt-get update" in text
