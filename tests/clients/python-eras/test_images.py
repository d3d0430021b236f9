"""Images described in code."""

import asyncio

import pytest
from briefing import since
from era import sdk, settle, unique

BASE = "debian:12"


async def _made(client, image, said):
    """A sandbox of an image; what the builder says is collected."""
    params = sdk.CreateSandboxFromImageParams if since("0.21.0") else sdk.CreateSandboxParams
    logs = {"on_snapshot_create_logs" if since("0.21.0") else "on_image_build_logs": said.append}
    create = client.raw.create
    if asyncio.iscoroutinefunction(create) or hasattr(client.raw, "__aenter__") or "Async" in type(client.raw).__name__:
        return await settle(create(params(image=image), timeout=120, **logs))
    # The synchronous client follows the log in an event loop of its own, and there is one here already.
    return await settle(await asyncio.to_thread(create, params(image=image), timeout=120, **logs))


async def test_a_sandbox_is_made_of_an_image_described_in_code(client):
    word, said = unique("word"), []
    image = sdk.Image.base(BASE).env({"GREETING": f"hello {word}"}).workdir("/home/daytona/work")
    image = image.run_commands(f"echo said {word}", "echo built > /home/daytona/work/built.txt")
    created = await _made(client, image, said)
    try:
        answer = await settle(created.process.exec("cat /home/daytona/work/built.txt; echo $GREETING"))
        assert answer.result.split("\n")[:2] == ["built", f"hello {word}"]
        assert f"said {word}" in "".join(said), said
    finally:
        await settle(created.delete() if hasattr(created, "delete") else client.raw.remove(created))


async def test_an_image_is_built_for_later(client):
    name, word, said = unique("image") + ":1", unique("word"), []
    image = sdk.Image.base(BASE).env({"WORD": word}).run_commands(f"echo said {word}")
    if since("0.21.0"):
        params = sdk.CreateSnapshotParams(name=name, image=image)
        await settle(client.raw.snapshot.create(params, on_logs=said.append))
        creation = sdk.CreateSandboxFromSnapshotParams(snapshot=name)
    else:
        await settle(client.raw.create_image(name, image, on_logs=said.append))
        creation = sdk.CreateSandboxParams(image=name)
    assert any(f"said {word}" in chunk for chunk in said), said
    created = await settle(client.raw.create(creation))
    try:
        assert (await settle(created.process.exec("echo $WORD"))).result.strip() == word
    finally:
        await settle(created.delete() if hasattr(created, "delete") else client.raw.remove(created))


async def test_a_step_that_fails_fails_the_build(client):
    image = sdk.Image.base(BASE).run_commands(f"echo {unique('last')} && exit 7")
    with pytest.raises(Exception, match="(?i)exit code: 7|build_failed|error"):
        await _made(client, image, [])
