"""Charts that code draws with matplotlib, as the SDK's own models hold them."""

import base64
import os
import struct
import zlib

import pytest
from conftest import settle
from daytona import (
    BarChart,
    BoxAndWhiskerChart,
    Chart,
    CompositeChart,
    LineChart,
    PieChart,
    ScatterChart,
)

DRAW = "import matplotlib.pyplot as plt\n"


@pytest.fixture
async def run(sandbox):
    """Runs code that must succeed."""
    # The fonts are looked up by the first use in a home; where that takes long, matplotlib says so in the output.
    found = await settle(sandbox.process.exec("python3 -c 'import matplotlib.font_manager'"))
    if found.exit_code != 0 and not os.environ.get("PITLANE_TEST_COMPLETE"):
        pytest.skip("matplotlib is not installed on this machine")

    async def run(code):
        response = await settle(sandbox.process.code_run(code))
        assert response.exit_code == 0, response.result
        return response

    return run


@pytest.fixture
async def draw(run):
    """The one chart that code draws after loading pyplot."""

    async def draw(code):
        response = await run(DRAW + code)
        assert response.result == ""
        (chart,) = response.artifacts.charts
        width, height = decoded(chart.png)
        assert width > 50 and height > 50
        return chart

    return draw


def decoded(png):
    """Width and height of a PNG picture in base64, whose every chunk is checked and whose pixels are unpacked."""
    data = base64.b64decode(png, validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        at += 12 + length
    assert chunks[-1] == (b"IEND", b"")
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(pixels) == height * (1 + (width * samples * depth + 7) // 8)
    return width, height


def members(element, *names):
    return tuple(getattr(element, name) for name in names)


async def test_a_line_chart_has_points_labels_ticks_and_scales(draw):
    chart = await draw(
        "plt.plot([0, 1, 2], [0, 10.5, 20], label='first')\n"
        "plt.plot([0, 1, 2], [5, 4, 3], label='second')\n"
        "plt.axhline(7, linestyle=':')\n"
        "plt.title('Lines'); plt.xlabel('time'); plt.ylabel('height')\n"
        "plt.xticks([0, 1, 2], ['start', 'middle', 'end']); plt.yticks([0, 10, 20]); plt.grid(True); plt.legend()\n"
        "plt.show()\n"
    )
    assert type(chart) is LineChart
    assert members(chart, "type", "title", "x_label", "y_label") == ("line", "Lines", "time", "height")
    assert members(chart, "x_ticks", "x_tick_labels", "x_scale") == ([0, 1, 2], ["start", "middle", "end"], "categorical")
    assert members(chart, "y_ticks", "y_tick_labels", "y_scale") == ([0, 10, 20], ["0", "10", "20"], "linear")
    assert [members(line, "label", "points") for line in chart.elements] == [
        ("first", [[0, 0], [1, 10.5], [2, 20]]),
        ("second", [[0, 5], [1, 4], [2, 3]]),
    ]


async def test_a_scatter_chart_has_the_points_of_each_cloud(draw):
    chart = await draw(
        "import numpy as np\n"
        "plt.scatter(np.array([1, 10]), np.array([2.5, 3]), label='few')\n"
        "plt.scatter([100], [4], label='one')\n"
        "plt.axvline(5)\n"
        "plt.xscale('log'); plt.show()\n"
    )
    assert type(chart) is ScatterChart
    assert members(chart, "type", "x_scale", "y_scale") == ("scatter", "log", "linear")
    assert [members(cloud, "label", "points") for cloud in chart.elements] == [
        ("few", [[1, 2.5], [10, 3]]),
        ("one", [[100, 4]]),
    ]


async def test_a_bar_chart_has_labels_groups_and_values_as_text(draw):
    chart = await draw(
        "plt.bar([-0.2, 0.8], [3, 4.5], 0.4, label='old'); plt.bar([0.2, 1.2], [5, 5], 0.4, label='new')\n"
        "plt.xticks([0, 1], ['cats', 'dogs']); plt.xlabel('pet'); plt.ylabel('count'); plt.show()\n"
    )
    assert type(chart) is BarChart
    assert members(chart, "type", "x_label", "y_label") == ("bar", "pet", "count")
    assert [members(bar, "label", "group", "value") for bar in chart.elements] == [
        ("cats", "old", "3"),
        ("dogs", "old", "4.5"),
        ("cats", "new", "5"),
        ("dogs", "new", "5"),
    ]


async def test_a_horizontal_bar_chart_is_turned_upright(draw):
    chart = await draw("plt.barh(['a', 'b'], [2, 7]); plt.xlabel('count'); plt.ylabel('name'); plt.show()")
    assert members(chart, "type", "x_label", "y_label") == ("bar", "name", "count")
    assert [members(bar, "label", "value") for bar in chart.elements] == [("a", "2"), ("b", "7")]


async def test_a_histogram_is_a_bar_chart(draw):
    chart = await draw("plt.hist([1, 1, 2, 5], bins=[0, 2, 4, 6]); plt.xticks([1, 3, 5]); plt.show()")
    assert type(chart) is BarChart
    assert [members(bar, "label", "value") for bar in chart.elements] == [("1", "2"), ("3", "1"), ("5", "1")]


async def test_a_pie_chart_has_angles_and_labels(draw):
    chart = await draw(
        "plt.pie([1, 2, 1], labels=['a', 'b', 'c'], autopct='%1.1f%%', shadow=True); plt.title('Pie'); plt.show()"
    )
    assert type(chart) is PieChart
    assert members(chart, "type", "title") == ("pie", "Pie")
    assert [members(part, "label", "angle", "radius") for part in chart.elements] == [
        ("a", pytest.approx(90), 1),
        ("b", pytest.approx(180), 1),
        ("c", pytest.approx(90), 1),
    ]


@pytest.mark.parametrize("filled", [True, False])
async def test_a_box_chart_has_quartiles_and_outliers(draw, filled):
    chart = await draw(
        f"plt.boxplot([[1, 2, 3, 4, 50], [2, 3, 4]], patch_artist={filled})\n"
        "plt.xticks([1, 2], ['wide', 'narrow']); plt.ylabel('size'); plt.show()\n"
    )
    assert type(chart) is BoxAndWhiskerChart
    assert members(chart, "type", "y_label") == ("box_and_whisker", "size")
    names = ("label", "min", "first_quartile", "median", "third_quartile", "max", "outliers")
    assert [members(box, *names) for box in chart.elements] == [
        ("wide", 1, 2, 3, 4, 4, [50]),
        ("narrow", 2, 2.5, 3, 3.5, 4, None),
    ]


async def test_a_composite_chart_keeps_its_parts_whole(draw):
    chart = await draw(
        "figure, (left, right) = plt.subplots(1, 2); figure.suptitle('Both')\n"
        "left.plot([1, 2, 3], [4, 5, 7], label='l'); left.set_title('Left'); left.set_xlabel('x')\n"
        "right.bar(['a', 'b'], [1, 2]); right.set_title('Right')\n"
        "plt.show()\n"
    )
    assert type(chart) is CompositeChart
    assert members(chart, "type", "title") == ("composite_chart", "Both")
    left, right = chart.elements
    assert members(left, "type", "title", "x_label") == ("line", "Left", "x")
    assert members(right, "type", "title") == ("bar", "Right")
    # The generated model of a part has no place for the part's own elements but keeps what it does not know.
    assert left.additional_properties["elements"] == [{"label": "l", "points": [[1, 4], [2, 5], [3, 7]]}]
    bars = right.additional_properties["elements"]
    assert [(bar["label"], bar["value"]) for bar in bars] == [("a", "1"), ("b", "2")]
    # A part is a chart, and can be read as one.
    assert type(Chart.model_validate(Chart.from_dict(right.to_dict()).model_dump(exclude_none=True))) is BarChart


async def test_empty_places_of_a_grid_and_colour_bars_are_no_parts(draw):
    chart = await draw(
        "figure, axes = plt.subplots(2, 2)\n"
        "axes[0, 0].scatter([1], [2]); figure.colorbar(axes[0, 0].collections[0]); plt.show()\n"
    )
    assert type(chart) is ScatterChart


async def test_a_picture_is_a_chart_of_unknown_type(draw):
    chart = await draw("plt.imshow([[1, 2], [3, 4]]); plt.title('Heat'); plt.show()")
    assert type(chart) is Chart
    assert members(chart, "type", "title", "elements") == ("unknown", "Heat", [])


async def test_dates_and_categories_are_places_on_an_axis(draw):
    chart = await draw(
        "from datetime import date\n"
        "plt.plot([date(1970, 1, 2), date(1970, 1, 4)], ['low', 'high']); plt.xticks([date(1970, 1, 3)]); plt.show()\n"
    )
    assert members(chart, "type", "x_scale", "y_scale") == ("line", "datetime", "categorical")
    assert members(chart, "x_ticks", "y_tick_labels") == ([2], ["low", "high"])
    assert chart.elements[0].points == [[1, 0], [3, 1]]


async def test_values_that_are_no_numbers_leave_the_rest_in_place(draw):
    chart = await draw("nan, inf = float('nan'), float('inf')\nplt.plot([1, 2, 3, 4], [5, nan, inf, 6]); plt.show()")
    assert type(chart) is LineChart
    assert chart.elements[0].points == [[1, 5], [4, 6]]


async def test_every_figure_shown_is_one_chart_and_none_that_is_not(run):
    response = await run(
        DRAW
        + "print('before')\nplt.figure(); plt.plot([1, 2], [3, 4]); plt.figure(); plt.scatter([1], [2]); plt.show()\n"
        "print('between')\nplt.plot([1, 2], [3, 4]); plt.show()\nplt.pie([1]); print('after')\n"
    )
    assert response.result == "before\nbetween\nafter\n"
    # The third looks like the first and is not told again; the fourth is never shown.
    assert [chart.type for chart in response.artifacts.charts] == ["line", "scatter"]


async def test_a_failure_after_a_chart_names_the_program_alone(run, sandbox):
    code = DRAW + "plt.plot([1, 2], [3, 4]); plt.show()\ndef fail():\n    plt.plot([1], [2, 3])\nfail()\n"
    response = await settle(sandbox.process.code_run(code))
    assert response.exit_code == 1
    assert response.result.startswith(
        'Traceback (most recent call last):\n  File "<target_code>", line 4, in fail\n    plt.plot([1], [2, 3])\nValueError: '
    )
    assert [chart.type for chart in response.artifacts.charts] == ["line"]
