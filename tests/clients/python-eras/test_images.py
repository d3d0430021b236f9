"""Images described in code."""

from briefing import since
from era import sdk, settle


async def test_a_sandbox_is_made_of_an_image_described_in_code(client):
    image = sdk.Image.base("debian:12").env({"GREETING": "hello"}).run_commands("echo built > /built.txt")
    params = sdk.CreateSandboxFromImageParams if since("0.21.0") else sdk.CreateSandboxParams
    created = await settle(client.raw.create(params(image=image), timeout=60))
    try:
        answer = await settle(created.process.exec("cat /built.txt"))
        assert answer.result.strip() == "built"
    finally:
        await settle(created.delete())
