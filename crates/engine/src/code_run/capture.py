"""Runs a program that draws with matplotlib, and describes each figure it shows in a line of its output.

The program's text replaces the placeholder at the end. It runs as a fresh `__main__` with nothing of this file in
sight; only `pyplot.show` is another one, and `Axes.bxp` keeps the numbers it is given. See toolbox-processes.md 3.3.
"""

import base64
import contextlib
import functools
import hashlib
import importlib.util
import io
import json
import linecache
import math
import sys
import traceback
import types
import weakref

MARKER = "dtn_artifact_k39fd2:"
NAME = "<target_code>"


class PyplotFinder:
    """Waits for the import of pyplot, and changes the module once it has run."""

    asking = False

    def find_spec(self, name, path=None, target=None):
        if name != "matplotlib.pyplot" or self.asking:
            return None
        # The other finders are asked, without this one in their way.
        self.asking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.asking = False
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_hook(module):
            execute(module)
            Capture(module)

        spec.loader.exec_module = execute_and_hook
        return spec


class Capture:
    """Stands between a program and pyplot's `show`."""

    def __init__(self, pyplot):
        from matplotlib.axes import Axes

        self.pyplot = pyplot
        self.shown = set()
        # The numbers behind box plots, by the axes they were drawn on: they cannot be read off the drawing.
        self.boxes = weakref.WeakKeyDictionary()
        pyplot.show = self.hook_show(pyplot.show)
        Axes.bxp = self.hook_boxes(Axes.bxp)

    def hook_show(self, show):
        @functools.wraps(show)
        def show_and_tell(*args, **kwargs):
            for number in self.pyplot.get_fignums():
                self.tell(self.pyplot.figure(number))
            result = show(*args, **kwargs)
            self.pyplot.close("all")
            return result

        return show_and_tell

    def hook_boxes(self, draw):
        @functools.wraps(draw)
        def draw_and_remember(axes, bxpstats, *args, **kwargs):
            statistics = list(bxpstats)
            artists = draw(axes, statistics, *args, **kwargs)
            self.boxes.setdefault(axes, []).extend(zip(statistics, artists["medians"]))
            return artists

        return draw_and_remember

    def tell(self, figure):
        """Prints the line of a figure, unless one that looks the same has been shown."""
        digest = hashlib.sha256(picture(figure, dpi=50)).digest()
        if digest in self.shown:
            return
        self.shown.add(digest)
        chart = self.describe(figure)
        chart["png"] = base64.b64encode(small_picture(figure)).decode()
        line = json.dumps({"type": "chart", "value": chart}, separators=(",", ":"))
        # In one piece and past whatever the program has put in the place of its output.
        stream = sys.__stdout__
        stream.write(MARKER + line + "\n")
        stream.flush()

    def describe(self, figure):
        parts = [self.describe_axes(axes) for axes in figure.axes if counts(axes)]
        if not parts:
            return {"type": "unknown"}
        if len(parts) == 1:
            return parts[0]
        title = figure.texts[0].get_text() if figure.texts else None
        return {"type": "composite_chart", "title": title, "elements": parts}

    def describe_axes(self, axes):
        # Whatever a program draws, that it cannot be described is no reason to end it.
        try:
            kind, elements, swapped = self.elements(axes)
        except Exception:
            kind, elements, swapped = "unknown", [], False
        chart = {"type": kind, "title": axes.get_title(), "elements": elements}
        if kind != "pie":
            with contextlib.suppress(Exception):
                chart.update(frame(axes, swapped))
        return chart

    def elements(self, axes):
        """The kind of chart, its parts, and whether the axes have changed roles, as in horizontal bars."""
        from matplotlib.collections import PathCollection
        from matplotlib.lines import Line2D
        from matplotlib.patches import PathPatch, Rectangle, Shadow, Wedge

        artists = [*axes.lines, *axes.patches, *axes.collections, *axes.images, *axes.tables, *axes.artists]
        artists = [artist for artist in artists if not isinstance(artist, Shadow)]

        def only(*kinds):
            return all(isinstance(artist, kinds) for artist in artists)

        boxes = [pair for pair in self.boxes.get(axes, []) if pair[1].axes is axes]
        if boxes and only(PathPatch, Line2D):
            return "box_and_whisker", [box(axes, *pair) for pair in boxes], False
        if only(Line2D):
            return "line", [line(artist) for artist in artists if not is_guide(artist)], False
        artists = [artist for artist in artists if not (isinstance(artist, Line2D) and is_guide(artist))]
        if only(PathCollection):
            return "scatter", [cloud(artist) for artist in artists], False
        if only(Rectangle):
            return ("bar", *bars(axes))
        if only(Wedge):
            return "pie", slices(axes, artists), False
        return "unknown", [], False


def counts(axes):
    """Whether axes are a chart: no colour bar, and no place of a grid that was left empty."""
    if axes.get_label() == "<colorbar>" or hasattr(axes, "_colorbar"):
        return False
    return axes.has_data() or axes.get_subplotspec() is None


def picture(figure, **options):
    data = io.BytesIO()
    figure.savefig(data, format="png", **options)
    return data.getvalue()


def small_picture(figure):
    from PIL import Image

    data = io.BytesIO()
    with Image.open(io.BytesIO(picture(figure, bbox_inches="tight", dpi=100))) as image:
        image.save(data, format="PNG", optimize=True, compress_level=9)
    return data.getvalue()


def frame(axes, swapped):
    """What is written along the axes."""
    labels = [axes.get_xlabel(), axes.get_ylabel()]
    if swapped:
        labels.reverse()
    described = {"x_label": labels[0], "y_label": labels[1]}
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        places, texts = ticks(axis)
        described[name + "_ticks"] = places
        described[name + "_tick_labels"] = texts
        described[name + "_scale"] = scale(axis, places, texts)
    return described


def ticks(axis):
    """Places and texts. A place in time is the number matplotlib has for it, as in the points: days since 1970."""
    return numbers(axis.get_ticklocs()), [label.get_text() for label in axis.get_ticklabels()]


def scale(axis, places, texts):
    from matplotlib import dates

    keepers = (axis.get_major_locator(), axis.get_major_formatter())
    if isinstance(keepers[0], dates.DateLocator) or isinstance(
        keepers[1], (dates.DateFormatter, dates.AutoDateFormatter, dates.ConciseDateFormatter)
    ):
        return "datetime"
    if axis.get_scale() != "linear":
        return axis.get_scale()
    named = all(place == index and text != str(index) for index, (place, text) in enumerate(zip(places, texts)))
    return "categorical" if places and named else "linear"


def number(value):
    """A number of any library as Python's own; one that is not finite has no place in JSON."""
    value = float(value)
    return value if math.isfinite(value) else None


def numbers(values):
    import numpy

    return [number(value) for value in numpy.ma.filled(numpy.ma.asarray(values, dtype=float), numpy.nan)]


def points(*coordinates):
    return [list(point) for point in zip(*map(numbers, coordinates))]


def is_guide(artist):
    """Whether a line is one of two points along an axis, as `axhline` and `axvline` draw them."""
    x, y = artist.get_data(orig=False)
    return len(x) == 2 and (x[0] == x[1] or y[0] == y[1])


def line(artist):
    return {"label": str(artist.get_label()), "points": points(*artist.get_data(orig=False))}


def cloud(artist):
    offsets = artist.get_offsets()
    return {"label": str(artist.get_label()), "points": points(offsets[:, 0], offsets[:, 1])}


def box(axes, statistics, median):
    x, y = median.get_data(orig=False)
    axis, place = (axes.xaxis, sum(x) / len(x)) if x[0] != x[-1] else (axes.yaxis, sum(y) / len(y))
    label = name_at(axis, place, 1e-6) or str(statistics.get("label", "")) or name_at(axis, place, 0.5)
    return {
        "label": label or format(place, "g"),
        "min": number(statistics["whislo"]),
        "first_quartile": number(statistics["q1"]),
        "median": number(statistics["med"]),
        "third_quartile": number(statistics["q3"]),
        "max": number(statistics["whishi"]),
        "outliers": numbers(statistics.get("fliers", [])),
    }


def bars(axes):
    from matplotlib.container import BarContainer

    groups = [container for container in axes.containers if isinstance(container, BarContainer)]
    horizontal = bool(groups) and all(group.orientation == "horizontal" for group in groups)
    axis = axes.yaxis if horizontal else axes.xaxis
    described = []
    for group in groups:
        spans = [
            (bar.get_y(), bar.get_height()) if horizontal else (bar.get_x(), bar.get_width()) for bar in group
        ]
        values = [bar.get_width() if horizontal else bar.get_height() for bar in group]
        for name, value in zip(names(axis, spans), values):
            described.append({"label": name, "group": str(group.get_label()), "value": number(value)})
    return described, horizontal


def names(axis, spans):
    """A name for each of the bars, given by where they begin and how wide they are."""
    from matplotlib.category import StrCategoryLocator
    from matplotlib.ticker import FixedLocator

    middles = [begin + width / 2 for begin, width in spans]
    if isinstance(axis.get_major_locator(), (FixedLocator, StrCategoryLocator)):
        texts = [text for _, text in sorted(zip(*ticks(axis)))]
        if len(texts) == len(spans):
            # Bars side by side share a tick that is under none of them; their order tells whose it is.
            order = sorted(range(len(spans)), key=middles.__getitem__)
            by_bar = dict(zip(order, texts))
            return [by_bar[bar] or format(middles[bar], "g") for bar in range(len(spans))]
    reaches = [abs(width) / 2 for _, width in spans]
    return [name_at(axis, *pair) or format(pair[0], "g") for pair in zip(middles, reaches)]


def name_at(axis, place, reach):
    """The text of the tick that is nearest to a place, if there is one within reach."""
    near = [(abs(tick - place), text) for tick, text in zip(*ticks(axis)) if abs(tick - place) <= reach]
    return min(near)[1] if near else ""


def slices(axes, wedges):
    texts = [text.get_text() for text in axes.texts]
    # With percentages there are two texts to a slice, taking turns.
    both = len(texts) == 2 * len(wedges)
    labels, shares = (texts[::2], texts[1::2]) if both else (texts, [])
    described = []
    for index, wedge in enumerate(wedges):
        described.append(
            {
                "label": labels[index] if index < len(labels) else "",
                "angle": number(wedge.theta2 - wedge.theta1),
                "radius": number(wedge.r),
                "autopct": shares[index] if both else None,
            }
        )
    return described


def innermost(trace):
    """The last step of a trace that is in the program's own text, alone; the whole trace if there is none."""
    found = None
    step = trace
    while step is not None:
        if step.tb_frame.f_code.co_filename == NAME:
            found = step
        step = step.tb_next
    return types.TracebackType(None, found.tb_frame, found.tb_lasti, found.tb_lineno) if found else trace


def report(error):
    """Says how a program failed, in the way it has chosen or else in Python's, without the steps outside its text."""
    seen = set()
    part = error
    while part is not None and id(part) not in seen:
        seen.add(id(part))
        part.__traceback__ = innermost(part.__traceback__)
        part = part.__cause__ or part.__context__
    hook = traceback.print_exception if sys.excepthook is sys.__excepthook__ else sys.excepthook
    hook(type(error), error, error.__traceback__)


def run(program, main):
    sys.modules["__main__"] = main
    try:
        exec(program, main.__dict__)
    except Exception as error:
        report(error)
        sys.exit(1)


text = base64.b64decode("{code}").decode()
linecache.cache[NAME] = (len(text), None, text.splitlines(True), NAME)
sys.meta_path.insert(0, PyplotFinder())
# Held, as the functions above would lose their names with it.
own = sys.modules["__main__"]
fresh = types.ModuleType("__main__")
fresh.__file__ = NAME
run(compile(text, NAME, "exec", dont_inherit=True), fresh)
