"""Computer use: a desktop with a terminal on it, which is clicked on, typed into, looked at and filmed."""

import asyncio
import base64
import re
import struct

import pytest
from conftest import settle, unique
from daytona import (
    DaytonaBadRequestError,
    DaytonaConflictError,
    DaytonaNotFoundError,
    ScreenshotOptions,
    ScreenshotRegion,
)

PROGRAMS = "Xvfb x11vnc websockify xterm ffmpeg"
SOON = 30


@pytest.fixture(scope="session")
async def desktop(daytona):
    """A sandbox with a started desktop, where the machine has the programs for one."""
    sandbox = await settle(daytona.create())
    found = await settle(sandbox.process.exec(f"command -v {PROGRAMS} | wc -l"))
    if found.result.strip() != str(len(PROGRAMS.split())):
        await settle(daytona.delete(sandbox))
        pytest.skip("no desktop on this machine")
    started = await settle(sandbox.computer_use.start())
    assert started.message == "Computer use processes started successfully"
    assert started.status["xvfb"].running and started.status["xvfb"].pid > 0
    assert [started.status[name].priority for name in ("xvfb", "xfce4", "x11vnc", "novnc")] == [100, 200, 300, 400]
    assert started.status["xfce4"].auto_restart is True
    yield sandbox
    await settle(daytona.delete(sandbox))


async def eventually(look, holds):
    """What `look` gives once it `holds`."""
    for _ in range(SOON * 10):
        seen = await settle(look())
        if holds(seen):
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError(f"in vain: {seen}")


async def opened(desktop, command, title):
    """A terminal that runs a command, once its window is active."""
    start = f"LC_ALL=C.UTF-8 xterm -u8 -geometry 60x12 -T {title} -e sh -c '{command}' >/dev/null 2>&1 &"
    assert (await settle(desktop.process.exec(start))).exit_code == 0
    # A window that is still being framed has no size worth speaking of.
    ready = lambda window: window.title == title and window.is_active and window.width > 100
    look = desktop.computer_use.display.get_windows
    listed = await eventually(look, lambda answer: any(map(ready, answer.windows)))
    return next(filter(ready, listed.windows))


def size(picture):
    """Width and height of a PNG."""
    data = base64.b64decode(picture, validate=True)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


async def test_states_of_the_whole_and_of_each_process(desktop):
    use = desktop.computer_use
    assert (await settle(use.get_status())).status == "active"
    assert (await settle(use.get_process_status("xvfb"))).running is True
    assert "PORT=" in (await settle(use.get_process_logs("x11vnc"))).logs
    assert (await settle(use.get_process_errors("x11vnc"))).errors
    restarted = await settle(use.restart_process("novnc"))
    assert (restarted.process_name, restarted.message) == ("novnc", "Process novnc restarted successfully")
    assert (await settle(use.get_process_status("novnc"))).running is True
    with pytest.raises(DaytonaBadRequestError, match="process nonsense not found"):
        await settle(use.restart_process("nonsense"))


async def test_a_stopped_desktop_starts_again(desktop, new_sandbox):
    sandbox = await new_sandbox()
    use = sandbox.computer_use
    assert (await settle(use.get_status())).status == "inactive"
    await settle(use.start())
    # Sandboxes have displays of their own, whatever they share.
    await settle(use.mouse.move(12, 13))
    await settle(desktop.computer_use.mouse.move(700, 500))
    position = await settle(use.mouse.get_position())
    assert (position.x, position.y) == (12, 13)
    stopped = await settle(use.stop())
    assert stopped.message == "Computer use processes stopped successfully"
    assert not any(process.running for process in stopped.status.values())
    assert (await settle(use.get_status())).status == "inactive"
    await settle(use.start())
    assert (await settle(use.get_status())).status == "active"


async def test_what_is_typed_reaches_the_program(desktop):
    path = unique("typed")
    await opened(desktop, f"cat > {path}", path)
    keyboard = desktop.computer_use.keyboard
    text = "Hello, World! {} ~^` Příliš žluťoučký kůň, Привет, 漢字 😀"
    await settle(keyboard.type(text))
    await settle(keyboard.press("Return"))
    await settle(keyboard.type("slow", 5))
    await settle(keyboard.press("x", ["shift"]))
    await settle(keyboard.down("shift"))
    await settle(keyboard.press("y"))
    await settle(keyboard.up("shift"))
    await settle(keyboard.press("enter"))
    await settle(keyboard.hotkey("ctrl+d"))
    look = lambda: desktop.process.exec(f"cat {path}; pgrep -f 'T [{path[0]}]{path[1:]}' >/dev/null || echo ended")
    seen = await eventually(look, lambda answer: answer.result.endswith("ended\n"))
    assert seen.result == f"{text}\nslowXY\nended\n"


async def test_keys_that_are_none_are_refused_with_advice(desktop):
    keyboard = desktop.computer_use.keyboard
    for call, words in [
        (lambda: keyboard.type("a\tb"), r"does not translate '\\t' to Tab"),
        (lambda: keyboard.press("nonsense"), 'unsupported key "nonsense"'),
        (lambda: keyboard.press("a", ["hyper"]), "supported modifiers: ctrl, alt, shift, cmd"),
        (lambda: keyboard.hotkey("ctrl+"), r'invalid hotkey "ctrl\+": empty key token'),
        (lambda: keyboard.down("é"), r'use type\("é"\) for text input'),
    ]:
        with pytest.raises(DaytonaBadRequestError, match=words):
            await settle(call())


async def test_the_mouse_goes_where_it_is_sent(desktop):
    mouse = desktop.computer_use.mouse
    moved = await settle(mouse.move(100, 200))
    assert (moved.x, moved.y) == (100, 200)
    position = await settle(mouse.get_position())
    assert (position.x, position.y) == (100, 200)
    clicked = await settle(mouse.click(900, 700, "middle"))
    assert (clicked.x, clicked.y) == (900, 700)
    dragged = await settle(mouse.drag(900, 600, 950, 650))
    assert (dragged.x, dragged.y) == (950, 650)
    assert await settle(mouse.scroll(900, 700, "down", 3)) is True
    held = await settle(mouse.down(910, 710))
    assert (held.x, held.y) == (910, 710)
    let_go = await settle(mouse.up())
    assert (let_go.x, let_go.y) == (910, 710)
    with pytest.raises(DaytonaBadRequestError, match="expected one of left, right, middle"):
        await settle(mouse.click(1, 1, "fourth"))
    with pytest.raises(DaytonaBadRequestError, match="expected up or down"):
        await settle(mouse.scroll(1, 1, "sideways"))


async def test_clicks_reach_the_program_under_the_pointer(desktop):
    path = unique("clicks")
    # The terminal reports clicks to its program: button, column and row.
    report = f'printf "\\033[?1000h\\033[?1006h"; stty -echo -icanon; exec timeout 60 dd bs=1 of={path}'
    window = await opened(desktop, report, path)
    mouse = desktop.computer_use.mouse
    at = (window.x + window.width // 2, window.y + window.height // 2)

    async def clicked():
        seen = await settle(desktop.process.exec(f"cat {path}"))
        return re.findall(r"\x1b\[<(\d+);(\d+);(\d+)M", seen.result)

    async def click_right():
        await settle(mouse.click(*at, "right"))
        return await clicked()

    # Until the terminal has begun to report.
    before = await eventually(click_right, lambda clicks: clicks)
    assert {button for button, _, _ in before} == {"2"}
    column, row = (int(number) for number in before[0][1:])
    assert 25 <= column <= 36 and 5 <= row <= 8
    await settle(mouse.click(*at, double=True))
    await settle(mouse.click(*at, "middle", clicks=3))
    clicks = await eventually(clicked, lambda clicks: [button for button, _, _ in clicks].count("1") == 3)
    assert [button for button, _, _ in clicks][-5:] == ["0", "0", "1", "1", "1"]


async def test_pictures_of_the_whole_and_of_parts(desktop):
    use = desktop.computer_use
    info = await settle(use.display.get_info())
    assert len(info.displays) == 1
    display = info.displays[0]
    await settle(use.mouse.move(40, 50))
    whole = await settle(use.screenshot.take_full_screen())
    assert size(whole.screenshot) == (display.width, display.height)
    assert (whole.cursor_position.x, whole.cursor_position.y) == (0, 0)
    shown = await settle(use.screenshot.take_full_screen(show_cursor=True))
    assert (shown.cursor_position.x, shown.cursor_position.y) == (40, 50)
    assert shown.screenshot != whole.screenshot
    region = ScreenshotRegion(x=20, y=30, width=200, height=100)
    assert size((await settle(use.screenshot.take_region(region))).screenshot) == (200, 100)
    half = await settle(use.screenshot.take_compressed_region(region, ScreenshotOptions(scale=0.5, fmt="png")))
    assert size(half.screenshot) == (100, 50)
    sizes = []
    for quality in (95, 10):
        options = ScreenshotOptions(fmt="jpeg", quality=quality)
        picture = await settle(use.screenshot.take_compressed(options))
        data = base64.b64decode(picture.screenshot, validate=True)
        assert data.startswith(b"\xff\xd8\xff") and len(data) == picture.size_bytes
        sizes.append(len(data))
    with pytest.raises(DaytonaBadRequestError, match="width: must be greater than zero"):
        await settle(use.screenshot.take_region(ScreenshotRegion(x=0, y=0, width=0, height=1)))


async def test_a_recording_from_start_to_download(desktop, tmp_path):
    recording = desktop.computer_use.recording
    with pytest.raises(DaytonaBadRequestError, match="invalid label"):
        await settle(recording.start("../up"))
    begun = await settle(recording.start("take one"))
    assert begun.status == "recording" and "_take one_" in begun.file_name
    listed = await settle(recording.list())
    assert begun.id in [one.id for one in listed.recordings]
    with pytest.raises(DaytonaConflictError, match="stop it first"):
        await settle(recording.delete(begun.id))
    done = await settle(recording.stop(begun.id))
    assert (done.status, done.id) == ("completed", begun.id)
    assert done.duration_seconds > 0 and done.size_bytes > 100
    assert (await settle(recording.get(begun.id))).size_bytes == done.size_bytes
    await settle(recording.download(begun.id, str(tmp_path / "film.mp4")))
    film = (tmp_path / "film.mp4").read_bytes()
    assert len(film) == done.size_bytes and film[4:8] == b"ftyp"
    await settle(recording.delete(begun.id))
    with pytest.raises(DaytonaNotFoundError, match="recording not found"):
        await settle(recording.get(begun.id))


async def test_the_page_for_browsers_is_behind_its_usual_port(desktop):
    import urllib.request

    link = await settle(desktop.create_signed_preview_url(6080))
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(f"{link.url.rstrip('/')}/vnc.html").read())
    assert b"noVNC" in page
    films = await settle(desktop.create_signed_preview_url(33333))
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(films.url).read())
    assert b"Recordings" in page


FORM = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window, box = Gtk.Window(title="Form"), Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
entry, label, button = Gtk.Entry(text="before"), Gtk.Label(label="Greeting"), Gtk.Button(label="Press me")
button.connect("clicked", lambda _: label.set_text("Hello " + entry.get_text()))
window.add(box)
for widget in (entry, label, button):
    box.add(widget)
window.show_all()
Gtk.main()
"""


async def test_a_form_is_worked_by_its_elements(desktop):
    toolkit = "/usr/bin/python3 -c 'import gi; gi.require_version(\"Gtk\", \"3.0\"); from gi.repository import Gtk'"
    if (await settle(desktop.process.exec(toolkit))).exit_code != 0:
        pytest.skip("no accessible programs on this machine")
    path = f"{unique('form')}.py"
    await settle(desktop.fs.upload_file(FORM.encode(), path))
    pid = int((await settle(desktop.process.exec(f"/usr/bin/python3 {path} >/dev/null 2>&1 & echo $!"))).result)
    elements = desktop.computer_use.accessibility

    async def find(**wanted):
        look = lambda: elements.find_nodes(scope="pid", pid=pid, **wanted)
        for _ in range(SOON * 10):
            try:
                found = await settle(look())
                if found.matches:
                    return found.matches
            except DaytonaNotFoundError:  # The program has not begun to tell.
                pass
            await asyncio.sleep(0.1)
        raise AssertionError(f"in vain: {wanted}")

    (button,) = await find(role="push button", name="Press me", name_match="exact", states=["showing"])
    (text,) = await find(role="text")
    assert button.bounds.width > 10 and "showing" in button.states
    await settle(elements.focus_node(text.id))
    await settle(elements.set_node_value(text.id, "after"))
    await settle(elements.invoke_node(button.id))
    await find(name="^Hello after$", name_match="regex")
    tree = await settle(elements.get_tree(scope="pid", pid=pid))
    assert tree.root.role == "application" and tree.root.children[0].name == "Form"
    assert (await settle(elements.get_tree(scope="all", max_depth=0))).root.children is None
    with pytest.raises(DaytonaBadRequestError, match="action not supported by node"):
        await settle(elements.invoke_node(button.id, "fly"))
    with pytest.raises(DaytonaBadRequestError, match="expected focused|pid|all"):
        await settle(elements.get_tree(scope="nowhere"))
    await settle(desktop.process.exec(f"kill {pid}"))
    with pytest.raises(DaytonaNotFoundError):
        await settle(elements.focus_node(text.id))
