"""A desktop to look at and to click on."""

from era import settle


async def test_a_desktop_is_started_and_looked_at(sandbox):
    desktop = sandbox.raw.computer_use
    await settle(desktop.start())
    picture = await settle(desktop.screenshot.take_full_screen())
    assert picture.screenshot
    await settle(desktop.stop())
