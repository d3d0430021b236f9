"""A desktop to look at and to click on."""

import base64
import json

import pytest
from era import settle

PROGRAMS = "Xvfb x11vnc websockify"


@pytest.fixture
async def desktop(sandbox):
    """A started desktop, where the machine has the programs for one."""
    code, _ = await sandbox.exec(f"which {PROGRAMS}")
    if code != 0:
        pytest.skip("no desktop on this machine")
    use = sandbox.raw.computer_use
    await settle(use.start())
    yield use
    await settle(use.stop())


def told(answer):
    """The answer as JSON, whatever class carries it."""
    text = answer.to_json() if hasattr(answer, "to_json") else answer.model_dump_json(by_alias=True)
    return json.loads(text)


async def test_a_desktop_is_started_and_looked_at(desktop):
    assert told(await settle(desktop.get_status()))["status"] == "active"
    picture = await settle(desktop.screenshot.take_full_screen())
    assert base64.b64decode(picture.screenshot, validate=True).startswith(b"\x89PNG")
    assert len(told(await settle(desktop.display.get_info()))["displays"]) == 1


async def test_the_pointer_is_moved_and_clicks(desktop):
    await settle(desktop.mouse.move(30, 40))
    position = told(await settle(desktop.mouse.get_position()))
    assert (position["x"], position["y"]) == (30, 40)
    await settle(desktop.mouse.click(50, 60))
    assert told(await settle(desktop.mouse.get_position()))["x"] == 50


async def test_keys_are_typed(desktop):
    await settle(desktop.keyboard.type("hello"))
    await settle(desktop.keyboard.press("Return"))
    await settle(desktop.keyboard.hotkey("ctrl+c"))
