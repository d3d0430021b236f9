"""What a sandbox says of itself, and the environment it gives to what it starts."""

from datetime import datetime, timedelta, timezone

from conftest import settle


async def test_home_and_work_directory_are_where_files_and_commands_are(sandbox):
    home, work = await settle(sandbox.get_user_home_dir()), await settle(sandbox.get_work_dir())
    assert home.startswith("/") and work.startswith("/")
    assert (await settle(sandbox.process.exec("cd; pwd"))).result.strip() == home
    assert (await settle(sandbox.process.exec("pwd"))).result.strip() == work
    assert (await settle(sandbox.fs.get_file_info(home))).is_dir


async def test_changed_variables_are_seen_by_what_starts_later(new_sandbox):
    sandbox = await new_sandbox(env_vars={"GIVEN": "at first"})
    await settle(sandbox.process.create_session("before"))
    await settle(sandbox.update_env({"HERON": "grey", "STORK": "white = black"}, unset=["GIVEN"]))
    seen = await settle(sandbox.process.exec('echo "$HERON,$STORK,${GIVEN-gone}"'))
    assert seen.result == "grey,white = black,gone\n"
    await settle(sandbox.update_env({"STORK": "red"}, unset=["HERON", "STORK"]))
    assert (await settle(sandbox.process.exec('echo "${HERON-gone},$STORK"'))).result == "gone,red\n"


async def test_metrics_are_of_this_moment_and_within_their_bounds(sandbox):
    metrics = await settle(sandbox.get_metrics_latest())
    assert abs(datetime.now(timezone.utc) - metrics.timestamp) < timedelta(minutes=1)
    assert metrics.cpu_count >= 1 and 0 <= metrics.cpu_used_pct <= 100
    assert 0 < metrics.mem_used <= metrics.mem_total
    assert 0 <= metrics.disk_used <= metrics.disk_total


async def test_the_history_of_metrics_can_be_asked_for(sandbox):
    assert isinstance(await settle(sandbox.get_metrics()), list)
