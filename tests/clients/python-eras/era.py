"""The Python client of any generation, behind the names of none of them.

Each method here calls the one method of the release under test that does this, by its name of that time, and answers in
one form. Nothing of the client is changed, and where it cannot do something, nothing is made up for it.

    connected() ──▶ Client ──▶ Sandbox ──┬▶ Process    commands, code
                                         ├▶ Sessions
                                         ├▶ Files
                                         └▶ .git, .raw: the same names at all times, or too few to be worth it
"""

import contextlib
import importlib
import inspect
import json
import os
import shlex
import uuid

from briefing import PACKAGE, since

sdk = importlib.import_module(PACKAGE.replace("-", "_"))
quoted = shlex.quote


def part(*names):
    """A module of the client, by the first of these names that exists."""
    for name in names:
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.import_module(f"{sdk.__name__}.{name}")
    raise ModuleNotFoundError(names)


async def settle(value):
    """The result of a call of either client."""
    return await value if inspect.isawaitable(value) else value


def unique(prefix):
    """A name no other test uses: many generations speak to the server at once."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@contextlib.asynccontextmanager
async def connected(face):
    """A client that knows nothing but its environment."""
    if face == "async":
        # The asynchronous client could be closed from 0.21 on.
        raw = sdk.AsyncDaytona()
        async with raw if hasattr(raw, "__aenter__") else contextlib.nullcontext(raw):
            yield Client(raw)
        return
    yield Client(sdk.Daytona(_config()))


def _config():
    """None from the time on that the environment alone will do: 0.10.4 and 0.10.5 could not be built without one."""
    if since("0.11.0") or not since("0.10.4"):
        return None
    environment = os.environ
    return sdk.DaytonaConfig(api_key=environment["DAYTONA_API_KEY"], server_url=environment["DAYTONA_SERVER_URL"])


def _creation(params):
    """The parameters of a creation in the class of their time."""
    if since("0.21.0"):
        return sdk.CreateSandboxFromSnapshotParams(**params)
    if since("0.10.4"):
        return sdk.CreateSandboxParams(**params)
    return sdk.CreateWorkspaceParams(**{"language": "python", **params})


class Client:
    """`Daytona` or `AsyncDaytona`."""

    def __init__(self, raw):
        self.raw = raw

    async def create(self, **params):
        return Sandbox(self, await settle(self.raw.create(_creation(params))))

    async def get(self, sandbox_id):
        for name in ("get", "get_current_sandbox", "get_current_workspace"):
            if hasattr(self.raw, name):
                return Sandbox(self, await settle(getattr(self.raw, name)(sandbox_id)))
        raise NotImplementedError("nothing reads a sandbox in this release")

    async def list(self, labels=None):
        """The ids of all sandboxes, or of those that have the labels, page by page."""
        if since("0.180.0"):
            found = self.raw.list(sdk.ListSandboxesQuery(labels=labels, limit=2) if labels else None)
            found = [one async for one in found] if hasattr(found, "__aiter__") else list(await settle(found))
        elif since("0.108.0"):
            found, page, pages = [], 1, 1
            while page <= pages:
                answer = await settle(self.raw.list(labels, page=page, limit=2))
                found, page, pages = found + answer.items, page + 1, answer.total_pages
        elif since("0.16.0"):
            found = await settle(self.raw.list(labels))
        else:
            found = await settle(self.raw.list())
        return [one.id for one in found]


class Sandbox:
    """A sandbox, or a workspace as it was called at first."""

    def __init__(self, client, raw):
        self.client, self.raw, self.id = client, raw, raw.id
        self.process, self.sessions, self.fs = raw.process, Sessions(raw.process), Files(raw.fs)
        self.git = raw.git

    async def delete(self):
        if hasattr(self.raw, "delete"):
            return await settle(self.raw.delete())
        return await settle(self.client.raw.remove(self.raw))

    async def stop(self):
        await settle(self.raw.stop() if hasattr(self.raw, "stop") else self.client.raw.stop(self.raw))

    async def start(self):
        await settle(self.raw.start() if hasattr(self.raw, "start") else self.client.raw.start(self.raw))

    async def details(self):
        """An object with `state` and `labels`, newly read."""
        if since("0.21.0"):
            await settle(self.raw.refresh_data())
            return self.raw
        # The first releases show what they were told when the object was made.
        found = (await self.client.get(self.id)).raw
        return await settle(found.info()) if hasattr(found, "info") else found.instance

    async def state(self):
        details = await self.details()
        if hasattr(details, "state"):
            return getattr(details.state, "value", details.state)
        info = details.info if since("0.7.0") else details.projects[0].info
        return json.loads(info.provider_metadata)["state"]

    async def root(self):
        """The directory that relative paths belong to, without a slash at its end."""
        for name in ("get_work_dir", "get_user_root_dir", "get_workspace_root_dir"):
            if hasattr(self.raw, name):
                return (await settle(getattr(self.raw, name)())).rstrip("/")
        raise NotImplementedError("nothing tells the root directory in this release")

    async def exec(self, command, **options):
        """Exit code and output of a command."""
        return _result(await settle(self.process.exec(command, **options)))

    async def code(self, code, argv=None, env=None):
        """Exit code and output of code."""
        return _result(await self.code_response(code, argv, env))

    async def code_response(self, code, argv=None, env=None):
        if argv is None and env is None:
            return await settle(self.process.code_run(code))
        module = part("common.process", "common.code_run_params")
        return await settle(self.process.code_run(code, module.CodeRunParams(argv=argv, env=env)))


def _result(response):
    return getattr(response, "exit_code", None) if since("0.7.0") else response.code, response.result


class Sessions:
    """Shell sessions."""

    def __init__(self, process):
        self.process = process

    async def create(self):
        session = unique("session")
        await settle(self.process.create_session(session))
        return session

    async def delete(self, session):
        await settle(self.process.delete_session(session))

    async def list(self):
        return [session.session_id for session in await settle(self.process.list_sessions())]

    async def run(self, session, command):
        """The answer to a command that is waited for."""
        return await self._execute(session, sdk.SessionExecuteRequest(command=command))

    async def begin(self, session, command):
        """The id of a command that is not waited for."""
        flag = "run_async" if since("0.16.1") else "var_async"
        answer = await self._execute(session, sdk.SessionExecuteRequest(command=command, **{flag: True}))
        # Clients before 0.11 do not know the 202 of such commands and give nothing back, so one looks for the command.
        if answer:
            return answer.cmd_id
        if since("0.9.0"):
            return (await self.commands(session))[-1]
        # There, sessions can be listed only while nothing runs in them.
        await self.run(session, "true")
        return (await self.commands(session))[-2]

    async def _execute(self, session, request):
        name = "execute_session_command" if since("0.9.0") else "execute_session"
        return await settle(getattr(self.process, name)(session, request))

    async def commands(self, session):
        """The ids of a session's commands."""
        if since("0.9.0"):
            found = await settle(self.process.get_session(session))
        else:
            sessions = await settle(self.process.list_sessions())
            found = next(one for one in sessions if one.session_id == session)
        return [getattr(command, "id", None) or command.cmd_id for command in found.commands]

    async def exit_code(self, session, command):
        return (await settle(self.process.get_session_command(session, command))).exit_code

    async def logs(self, session, command):
        """Output and errors; all as output where they were not told apart yet."""
        name = "get_session_command_logs" if since("0.9.0") else "get_execute_session_command_logs"
        found = await settle(getattr(self.process, name)(session, command))
        return (found.stdout, found.stderr) if since("0.27.0") else (found, "")

    async def follow(self, session, command, on_output, on_errors=None):
        listeners = [on_output, on_errors or on_output] if since("0.27.0") else [on_output]
        await self.process.get_session_command_logs_async(session, command, *listeners)


class Files:
    """The files of a sandbox."""

    def __init__(self, raw):
        self.raw = raw

    async def create_folder(self, path, mode):
        await settle(self.raw.create_folder(path, mode))

    async def write(self, path, content):
        # The order of the arguments changed with their names.
        arguments = (content, path) if since("0.18.0") else (path, content)
        await settle(self.raw.upload_file(*arguments))

    async def read(self, path):
        return bytes(await settle(self.raw.download_file(path)))

    async def info(self, path):
        name = "get_file_info" if since("0.7.0") else "get_file_details"
        return await settle(getattr(self.raw, name)(path))

    async def names(self, path):
        return sorted(file.name for file in await settle(self.raw.list_files(path)))
