"""Charts that code draws."""

import os

import pytest

DRAW = """import matplotlib.pyplot as plt
plt.title('Squares')
plt.plot([1, 2, 3], [1, 4, 9], label='squares')
plt.show()
"""


async def test_a_drawn_line_comes_back_as_a_chart(sandbox):
    # The fonts are looked up by the first use in a home; where that takes long, matplotlib says so in the output.
    code, _ = await sandbox.exec("python3 -c 'import matplotlib.font_manager'")
    if code != 0 and not os.environ.get("PITLANE_TEST_COMPLETE"):
        pytest.skip("matplotlib is not installed on this machine")
    response = await sandbox.code_response(DRAW)
    assert response.exit_code == 0, response.result
    (chart,) = response.artifacts.charts
    assert (getattr(chart.type, "value", chart.type), chart.title) == ("line", "Squares")
    (line,) = chart.elements
    assert (line.label, [list(point) for point in line.points]) == ("squares", [[1, 1], [2, 4], [3, 9]])
    assert chart.png
