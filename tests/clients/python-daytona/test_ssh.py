"""SSH access: the token a client gets opens the sandbox to the SSH libraries people use."""

import asyncio
import io
import shlex

import asyncssh
import paramiko
import pytest
from conftest import settle


def address(access):
    """Host, port and user of the command a client is given."""
    words = shlex.split(access.ssh_command)
    assert words[0] == "ssh"
    port = int(words[words.index("-p") + 1]) if "-p" in words else 22
    user, host = words[-1].split("@")
    return host, port, user


def connect_paramiko(access, user=None):
    """A connection by paramiko, which shows nothing but the token."""
    host, port, token = address(access)
    transport = paramiko.Transport((host, port))
    transport.start_client(timeout=30)
    transport.auth_none(user or token)
    return transport


def run(transport, command, text=b""):
    """Output, errors and status of a command over paramiko."""
    channel = transport.open_session()
    channel.exec_command(command)
    channel.sendall(text)
    channel.shutdown_write()
    output, errors = channel.makefile("rb").read(), channel.makefile_stderr("rb").read()
    return output, errors, channel.recv_exit_status()


def asyncssh_to(access, **options):
    host, port, token = address(access)
    return asyncssh.connect(host, port, username=token, known_hosts=None, client_keys=None, config=None, **options)


@pytest.fixture(scope="module")
async def access(sandbox):
    access = await settle(sandbox.create_ssh_access())
    yield access
    await settle(sandbox.revoke_ssh_access(access.token))


async def test_a_token_is_a_user_name_that_is_valid_until_it_is_revoked(new_sandbox):
    sandbox = await new_sandbox()
    access = await settle(sandbox.create_ssh_access(expires_in_minutes=5))
    assert len(access.token) == 32 and access.token.isalnum()
    assert access.sandbox_id == sandbox.id and access.ssh_command.endswith(f"{access.token}@{address(access)[0]}")
    assert 299 <= (access.expires_at - access.created_at).total_seconds() <= 301
    validation = await settle(sandbox.validate_ssh_access(access.token))
    assert validation.valid and validation.sandbox_id == sandbox.id
    await settle(sandbox.revoke_ssh_access(access.token))
    assert not (await settle(sandbox.validate_ssh_access(access.token))).valid
    with pytest.raises(paramiko.AuthenticationException):
        await asyncio.to_thread(connect_paramiko, access)


async def test_a_new_token_voids_the_one_before(new_sandbox):
    sandbox = await new_sandbox()
    first = await settle(sandbox.create_ssh_access())
    second = await settle(sandbox.create_ssh_access())
    assert not (await settle(sandbox.validate_ssh_access(first.token))).valid
    assert (await settle(sandbox.validate_ssh_access(second.token))).valid


async def test_paramiko_runs_commands_with_their_streams_apart(sandbox, access):
    transport = await asyncio.to_thread(connect_paramiko, access)
    try:
        ran = await asyncio.to_thread(run, transport, "tr a-z A-Z; echo apart >&2; exit 3", b"heron")
        assert ran == (b"HERON", b"apart\n", 3)
        ran = await asyncio.to_thread(run, transport, "pwd; echo $HOME")
        home = await settle(sandbox.get_user_home_dir())
        assert ran[0].decode().split() == [await settle(sandbox.get_work_dir()), home]
    finally:
        transport.close()


async def test_paramiko_has_a_terminal_of_its_size(access):
    def shell():
        transport = connect_paramiko(access)
        try:
            channel = transport.open_session()
            channel.settimeout(30)
            channel.get_pty(term="vt100", width=77, height=22)
            channel.invoke_shell()
            channel.sendall(b'echo "[$TERM $(stty size)]"; exit 4\n')
            seen = b""
            while chunk := channel.recv(4096):
                seen += chunk
            return seen, channel.recv_exit_status()
        finally:
            transport.close()

    seen, status = await asyncio.to_thread(shell)
    assert b"[vt100 22 77]" in seen and status == 4


async def test_paramiko_carries_files(sandbox, access, folder):
    content = bytes(range(256)) * 8000

    def carry():
        transport = connect_paramiko(access)
        try:
            sftp = paramiko.SFTPClient.from_transport(transport)
            sftp.chdir(folder)
            sftp.putfo(io.BytesIO(content), "up.bin")
            sftp.rename("up.bin", "there.bin")
            sftp.symlink("there.bin", "link")
            sftp.chmod("there.bin", 0o640)
            sftp.truncate("there.bin", len(content))
            back = io.BytesIO()
            sftp.getfo("link", back)
            return back.getvalue(), sorted(sftp.listdir()), sftp.readlink("link"), sftp.stat("link").st_mode & 0o777
        finally:
            transport.close()

    assert await asyncio.to_thread(carry) == (content, ["link", "there.bin"], "there.bin", 0o640)
    assert await settle(sandbox.fs.download_file(f"{folder}/there.bin")) == content


async def test_asyncssh_runs_signals_and_sends_variables(access):
    async with asyncssh_to(access) as connection:
        ran = await connection.run("cat; echo $LC_HERON", input="in ", env={"LC_HERON": "grey"})
        assert (ran.stdout, ran.exit_status) == ("in grey\n", 0)
        process = await connection.create_process("echo ready; exec sleep 1000")
        assert await process.stdout.readline() == "ready\n"
        process.send_signal("TERM")
        ended = await process.wait()
        assert ended.exit_signal[0] == "TERM"
        many = await asyncio.gather(*(connection.run(f"echo {number}") for number in range(30)))
        assert [int(ran.stdout) for ran in many] == list(range(30))


async def test_asyncssh_carries_files_links_and_large_folders(sandbox, access, folder, tmp_path):
    content = b"0123456789abcdef" * 500_000
    (tmp_path / "big").write_bytes(content)
    async with asyncssh_to(access) as connection, connection.start_sftp_client() as sftp:
        await sftp.put(str(tmp_path / "big"), f"{folder}/big")
        await sftp.symlink("big", f"{folder}/link")
        assert await sftp.readlink(f"{folder}/link") == "big"
        await sftp.get(f"{folder}/link", str(tmp_path / "back"))
        await connection.run(f"cd {folder} && seq 2000 | xargs touch")
        assert len([name for name in await sftp.listdir(folder) if name.isdigit()]) == 2000
    assert (tmp_path / "back").read_bytes() == content
    await asyncssh.scp((await asyncssh_to(access), f"{folder}/big"), str(tmp_path / "copied"))
    assert (tmp_path / "copied").read_bytes() == content


async def test_asyncssh_forwards_ports_both_ways(access):
    async with asyncssh_to(access) as connection:
        greet = lambda reader, writer: (writer.write(b"from here\n"), writer.write_eof())
        ours = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = ours.sockets[0].getsockname()[1]
        theirs = await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", port)
        read = f"import socket; print(socket.create_connection(('127.0.0.1', {theirs.get_port()})).makefile().read())"
        ran = await connection.run(f'python3 -c "{read}"')
        assert ran.stdout.strip() == "from here", ran.stderr
        # And from the sandbox's loopback, where that server is reached by the forward.
        reader, writer = await connection.open_connection("127.0.0.1", theirs.get_port())
        assert await asyncio.wait_for(reader.read(), 30) == b"from here\n"
        writer.close()
        theirs.close()
        ours.close()


async def test_a_stopped_sandbox_says_so_and_is_reached_again_after_its_start(new_sandbox):
    sandbox = await new_sandbox()
    access = await settle(sandbox.create_ssh_access())
    await settle(sandbox.stop())
    transport = await asyncio.to_thread(connect_paramiko, access)
    try:
        _, errors, status = await asyncio.to_thread(run, transport, "true")
    finally:
        transport.close()
    assert b"Sandbox is not started (state: stopped)." in errors and status == 1
    await settle(sandbox.start())
    async with asyncssh_to(access) as connection:
        assert (await connection.run("echo again")).stdout == "again\n"
