"""URLs that carry their own permission: for any HTTP client, without a key."""

import urllib.error
import urllib.request

from conftest import settle


def fetch(url, method="GET", body=None, headers=None):
    """Status and body of a plain request that shows no credentials."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


async def test_a_download_url_gives_exactly_the_file(sandbox, folder):
    content = bytes(range(256)) * 1000
    path = f"{folder}/naïve file & more.bin"
    await settle(sandbox.fs.upload_file(content, path))
    url = await settle(sandbox.download_url(path))
    assert "signature=" in url and "expires=" in url
    assert fetch(url) == (200, content)
    assert fetch(url, headers={"Range": "bytes=1-3"}) == (206, content[1:4])
    status, body = fetch(url, method="HEAD")
    assert (status, body) == (200, b"")


async def test_an_upload_url_takes_a_form(sandbox, folder):
    url = await settle(sandbox.upload_url(f"{folder}/new/uploaded.txt"))
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n'
        b"Content-Type: text/plain\r\n\r\nuploaded\r\n--b--\r\n"
    )
    status, _ = fetch(url, "POST", form, {"Content-Type": "multipart/form-data; boundary=b"})
    assert status == 200
    assert await settle(sandbox.fs.download_file(f"{folder}/new/uploaded.txt")) == b"uploaded"


async def test_what_was_signed_for_one_thing_opens_nothing_else(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"mine", f"{folder}/mine.txt"))
    url = await settle(sandbox.download_url(f"{folder}/mine.txt"))
    assert fetch(url)[0] == 200
    for forged in (
        url.replace("mine.txt", "other.txt"),
        url.replace("/files/download", "/files/upload-v2"),
        url.replace("expires=", "expires=9"),
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        url.replace("signature=v1_", "signature=v2_"),
        url.replace("/files/download", "/files/info"),
    ):
        status, body = fetch(forged)
        assert status in (401, 404), forged
        assert b"mine" not in body
    status, body = fetch(url.replace("/files/download", "/files/upload-v2"), "POST", b"changed")
    assert status == 401
    assert await settle(sandbox.fs.download_file(f"{folder}/mine.txt")) == b"mine"


async def test_a_url_lives_as_long_as_was_asked(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"x", f"{folder}/x"))
    assert "expires=0" in await settle(sandbox.download_url(f"{folder}/x", 0))
    assert fetch(await settle(sandbox.download_url(f"{folder}/x", 0)))[0] == 200
    assert fetch(await settle(sandbox.download_url(f"{folder}/x", 60)))[0] == 200


async def test_rotating_the_key_ends_every_url_made_before(sandbox, folder):
    await settle(sandbox.fs.upload_file(b"x", f"{folder}/x"))
    before = await settle(sandbox.download_url(f"{folder}/x"))
    assert fetch(before)[0] == 200
    await settle(sandbox.rotate_signing_key())
    assert fetch(before)[0] == 401
    assert fetch(await settle(sandbox.download_url(f"{folder}/x"))) == (200, b"x")


async def test_a_url_outlives_a_restart(new_sandbox):
    sandbox = await new_sandbox()
    await settle(sandbox.fs.upload_file(b"kept", "kept.txt"))
    url = await settle(sandbox.download_url("kept.txt"))
    await settle(sandbox.stop())
    assert fetch(url)[0] == 400
    await settle(sandbox.start())
    assert fetch(url) == (200, b"kept")
