"""Sandboxes: made, listed, looked at, put to sleep, removed."""

import pytest
from conftest import VERSION, call, settle, unique
from voidrun.api_client.exceptions import ApiException, NotFoundException, UnauthorizedException


async def test_a_sandbox_is_made_with_what_it_was_asked_to_be(new_sandbox):
    name = unique("made")
    sandbox = await new_sandbox(name=name, image="code", cpu=2, mem=2048, env_vars={"SHADE": "deep red"})
    assert (sandbox.name, sandbox.cpu, sandbox.mem) == (name, 2, 2048)
    assert len(sandbox.id) == 24 and int(sandbox.id, 16)
    assert len(sandbox.org_id) == 24 and len(sandbox.created_by) == 24
    assert sandbox.status == "running"
    assert sandbox.created_at.tzinfo is not None
    assert sandbox.image.startswith("code")
    assert not sandbox.node_id, "it would become part of the host's name"
    assert sandbox.exec('echo "$SHADE"').data.stdout == "deep red\n"


async def test_a_sandbox_made_without_a_wish_has_the_defaults(new_sandbox):
    sandbox = await new_sandbox()
    assert sandbox.name.startswith("sdbx-")
    assert (sandbox.cpu, sandbox.mem, sandbox.auto_sleep) == (1, 1024, True)


async def test_names_need_not_be_unique(new_sandbox):
    name = unique("twin")
    first, second = await new_sandbox(name=name), await new_sandbox(name=name)
    assert first.id != second.id


async def test_a_sandbox_is_found_by_its_id(client, sandbox):
    found = await settle(client.get_sandbox(sandbox.id))
    assert (found.id, found.name, found.status) == (sandbox.id, sandbox.name, "running")
    through_the_facade = await settle(client.sandboxes.get(sandbox.id))
    assert through_the_facade.data.id == sandbox.id


async def test_lists_come_in_pages_with_their_sums(client, new_sandbox):
    made = [await new_sandbox(name=unique(f"page-{number}")) for number in range(3)]
    page = await settle(client.list_sandboxes(page=1, limit=2))
    assert len(page.sandboxes) == 2
    assert (page.meta.page, page.meta.limit) == (1, 2)
    assert page.meta.total >= 3
    assert page.meta.total_pages == -(-page.meta.total // 2)
    assert page.sandboxes[0].id == made[-1].id, "newest first"
    everything = await settle(client.sandboxes.list())
    assert {sandbox.id for sandbox in made} <= {sandbox.id for sandbox in everything.data}


@pytest.mark.skipif(VERSION < (0, 2, 0), reason="labels came with 0.2")
async def test_lists_are_chosen_by_all_labels_given(client, new_sandbox):
    mark = unique("m")[:20]
    red = await new_sandbox(labels={"mark": mark, "shade": "red"})
    await new_sandbox(labels={"mark": mark, "shade": "blue"})
    found = await settle(client.list_sandboxes(labels={"mark": mark, "shade": "red"}))
    assert [sandbox.id for sandbox in found.sandboxes] == [red.id]
    assert found.sandboxes[0].labels == {"mark": mark, "shade": "red"}


async def test_what_a_sandbox_cannot_be_is_refused(client):
    for wishes in [{"name": "Not A Name"}, {"cpu": 99}, {"mem": 12}]:
        with pytest.raises((ApiException, ValueError)) as refused:
            await settle(client.create_sandbox(**wishes))
        assert getattr(refused.value, "status", 400) == 400, wishes


async def test_sleep_keeps_files_and_processes_and_wake_brings_them_back(new_sandbox):
    sandbox = await new_sandbox()
    sandbox.exec("echo kept > /root/kept")
    run = await call(sandbox.commands, "run", "sleep 300")
    await call(sandbox, "stop")
    await call(sandbox, "resume")
    assert sandbox.exec("cat /root/kept").data.stdout == "kept\n"
    listed = await call(sandbox.commands, "list")
    assert [process.pid for process in listed.data] == [run.data.pid]


@pytest.mark.skipif(VERSION < (0, 2, 0), reason="these words came with 0.2")
async def test_a_sleeping_sandbox_says_so_and_wakes_when_it_is_used(client, new_sandbox):
    sandbox = await new_sandbox()
    await call(sandbox, "sleep")
    assert (await settle(client.get_sandbox(sandbox.id))).status == "snapshotted"
    assert sandbox.exec("echo awake").data.stdout == "awake\n"
    assert (await settle(client.get_sandbox(sandbox.id))).status == "running"
    await call(sandbox, "pause")
    await call(sandbox, "wake")
    assert (await settle(client.get_sandbox(sandbox.id))).status == "running"


@pytest.mark.skipif(VERSION < (0, 3, 0), reason="came with 0.3")
async def test_automatic_sleep_is_switched(client, new_sandbox):
    sandbox = await new_sandbox()
    await call(sandbox, "update", auto_sleep=False)
    assert sandbox.auto_sleep is False
    assert (await settle(client.get_sandbox(sandbox.id))).auto_sleep is False


async def test_a_removed_sandbox_is_gone(client, new_sandbox):
    sandbox = await new_sandbox()
    await settle(client.remove_sandbox(sandbox.id))
    with pytest.raises(NotFoundException):
        await settle(client.get_sandbox(sandbox.id))
    with pytest.raises(NotFoundException):
        sandbox.exec("true")


async def test_an_id_nobody_has_is_not_found(client):
    with pytest.raises(NotFoundException) as missing:
        await settle(client.get_sandbox("0123456789abcdef01234567"))
    assert "Sandbox not found" in missing.value.body


async def test_public_urls_are_a_list(sandbox):
    assert await call(sandbox, "get_public_urls") == []
    assert await call(sandbox, "get_public_url", 8080) is None


async def test_a_published_port_has_an_address_that_answers(new_sandbox):
    import httpx

    port = 18411
    if VERSION >= (0, 4, 0):
        wishes = {"ports": [{"protocol": "http", "port": port}]}
    elif VERSION >= (0, 2, 0):
        wishes = {"publish_ports": [port]}
    else:
        pytest.skip("ports came with 0.2")
    sandbox = await new_sandbox(**wishes)
    sandbox.exec("mkdir /root/site && echo hello > /root/site/index.html")
    server = f"cd /root/site && exec python3 -u -m http.server {port} --bind 127.0.0.1"
    run = await call(sandbox.commands, "run", server)
    sandbox.exec(f"until (echo > /dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done")
    address = await call(sandbox, "get_public_url", port)
    with httpx.Client(trust_env=False) as web:
        assert web.get(f"{address.url}/").text == "hello\n"
    await call(sandbox.commands, "kill", run.data.pid)


def test_a_client_without_a_key_does_not_begin(monkeypatch):
    from voidrun import VoidRun

    monkeypatch.delenv("VR_API_KEY", raising=False)
    monkeypatch.delenv("API_KEY", raising=False)
    with pytest.raises(ValueError):
        VoidRun()


def test_a_key_that_cannot_be_is_refused():
    from voidrun import VoidRun

    blank = VoidRun(api_key=" ")
    with pytest.raises(UnauthorizedException):
        blank.list_sandboxes()
