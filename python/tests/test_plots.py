"""Figures have the lines, labels and data that they say."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from data import real
from households import Table, made_up, made_up_table, three_frames
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from numpy.typing import NDArray

from wattsum import MisuseError, link, plots, sizing

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def steps(ax: Axes) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values and edges of the one step line."""
    (patch,) = [patch for patch in ax.patches if isinstance(patch, StepPatch)]
    values, edges, _ = patch.get_data()
    return np.asarray(values), np.asarray(edges)


def labels(ax: Axes) -> list[str]:
    ax.figure.canvas.draw()
    return [label.get_text() for label in ax.get_xticklabels()]


def nothing_overlaps(figure: Figure) -> None:
    """Texts of the figure's axes stand beside each other, and inside of it."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = []
    for ax in figure.axes:
        texts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        for text, place, (first, last) in (
            *((text, None, (0, 0)) for text in texts[:3]),
            *((text, text.get_position()[0], (left, right)) for text in ax.get_xticklabels()),
            *((text, text.get_position()[1], (low, high)) for text in ax.get_yticklabels()),
        ):
            drawn = text.get_text() and text.get_visible() and (place is None or first <= place <= last)
            if drawn:
                boxes.append((text.get_text(), text.get_window_extent(renderer)))
    for name, box in boxes:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, name
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, name
    for n, (name, box) in enumerate(boxes):
        for other, beside in boxes[:n]:
            assert not box.overlaps(beside), (name, other)


def masked() -> NDArray[np.uint64]:
    return np.random.default_rng(3).integers(0, 2**64 - 1, 24, dtype=np.uint64)


def test_a_household_is_drawn_interval_by_interval() -> None:
    ax = plots.household(made_up(), 3, day=2, per_day=24)
    values, edges = steps(ax)
    assert values.tolist() == made_up()[48:72, 3].tolist()
    assert edges.tolist() == list(range(25))
    assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == (
        "household 3",
        "time of day",
        "Wh per interval",
    )
    assert labels(ax)[:2] == ["00:00", "03:00"]
    assert ax.get_ylim()[0] == 0
    nothing_overlaps(plt.gcf())


def test_readings_know_their_names_units_and_times() -> None:
    table = made_up_table()
    table.unit = "varh"
    table.starts += np.timedelta64(23 * 60 + 30, "m")
    table.present[30, 4] = False
    ax = plots.household(table, "m4", day=1)
    values, edges = steps(ax)
    assert np.isnan(values).tolist() == [n == 6 for n in range(24)]
    assert (ax.get_title(loc="left"), ax.get_ylabel()) == ("household m4", "varh per interval")
    assert ax.get_xlabel() == "time of day (UTC)"
    # The day begins at half past eleven in the evening.
    assert labels(ax)[:2] == ["00:00", "03:00"]
    assert ax.get_xticks()[0] == 0.5
    ax = plots.household(table, "m4", zone="Europe/Zurich")
    assert (ax.get_xlabel(), ax.get_xticks()[0]) == ("time of day (Europe/Zurich)", 2.5)


def test_what_feeds_in_is_drawn_below_zero() -> None:
    ax = plots.household(made_up() - 1000, 0, per_day=24)
    assert ax.get_ylim()[0] < -300


def test_masked_frames_are_drawn_over_the_whole_range() -> None:
    ax = plots.masked(masked(), per_day=24)
    (line,) = ax.lines
    assert np.allclose(np.asarray(line.get_ydata(), float), masked() / 2.0**64)
    assert np.asarray(line.get_xdata()).tolist() == [n + 0.5 for n in range(24)]
    assert ax.get_ylabel() == "value / 2$^{64}$"
    (line,) = plots.masked(three_frames()).lines
    assert np.allclose(np.asarray(line.get_ydata(), float), [2**-64, 0.5, 258 / 2**64])
    nothing_overlaps(plt.gcf())


def test_sums_of_any_kind_are_drawn() -> None:
    wanted = [5, -3, 10**12]
    for sums in (
        [link.Sum(n, [9, value], 7) for n, value in enumerate(wanted)],
        wanted,
        np.array(wanted),
    ):
        values, _ = steps(plots.total(sums, channel=1))
        assert values.tolist() == wanted
    assert plots.total([link.Sum(0, [5], 7)]).get_title(loc="left") == "the sum of 7 meters"
    assert plots.total([link.Sum(0, [5], 7), link.Sum(1, [5], 6)]).get_title(loc="left") == "the sum"
    ax = plots.total([2**70, 2**71], meters=9, unit="varh")
    assert steps(ax)[0].tolist() == [2.0**70, 2.0**71]
    assert (ax.get_title(loc="left"), ax.get_ylabel()) == ("the sum of 9 meters", "varh per interval")


def test_axes_that_are_given_are_drawn_on_and_given_back() -> None:
    _, both = plt.subplots(1, 2)
    assert plots.household(made_up(), 0, ax=both[1]) is both[1]
    assert not both[0].patches
    assert plots.masked(masked(), ax=both[0]) is both[0]
    assert plots.total([1, 2], ax=both[1]) is both[1]
    assert len(plt.get_fignums()) == 1


def test_the_overview_has_all_three() -> None:
    table = made_up_table()
    sums = [link.Sum(n, [int(row.sum())], 12) for n, row in enumerate(made_up()[24:48])]
    figure = plots.overview(table, "m2", masked(), sums, day=1)
    top, middle, bottom = figure.axes
    assert steps(top)[0].tolist() == made_up()[24:48, 2].tolist()
    assert np.allclose(np.asarray(middle.lines[0].get_ydata(), float), masked() / 2.0**64)
    assert steps(bottom)[0].tolist() == made_up()[24:48].sum(axis=1).tolist()
    assert bottom.get_title(loc="left") == "the sum of 12 meters"
    assert top.get_xlim() == middle.get_xlim() == bottom.get_xlim()
    nothing_overlaps(figure)
    with pytest.raises(MisuseError, match="sums: 23 intervals, the day has 24"):
        plots.overview(table, "m2", masked(), sums[1:], day=1)
    with pytest.raises(MisuseError, match="frames: 23 intervals, the day has 24"):
        plots.overview(table, "m2", masked()[1:], sums, day=1)


def point(size: int, advantage: float) -> sizing.Advantage:
    game: tuple[sizing.Event, sizing.Span] = ("switch", "day")
    return sizing.Advantage(
        *game, size, ("step", "step"), (None, None), advantage, advantage, advantage, 1, False
    )


def measured() -> list[sizing.Advantage]:
    return sizing.measure(made_up(), (2, 3, 5, 8, 12), per_day=24, groups=10)


def test_the_advantage_is_drawn_with_its_band_and_limit() -> None:
    found = measured()
    ax = plots.advantage(found, games=[("switch", "interval"), ("absence", "day")], limit=0.999)
    one, other, limit = ax.lines
    switch = [point for point in found if (point.event, point.span) == ("switch", "interval")]
    assert np.asarray(one.get_xdata()).tolist() == [2, 3, 5, 8, 12]
    assert np.asarray(one.get_ydata()).tolist() == [point.advantage for point in switch]
    band = ax.collections[0].get_paths()[0].vertices
    for point in switch:
        for end in (point.low, point.high):
            assert np.isclose(band, [point.size, end]).all(axis=1).any()
    least = sizing.recommend(found, 0.999)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "switch, interval",
        "absence, day",
        f"limit 0.999: from {least} meters on" if least else "limit 0.999",
    ]
    assert np.asarray(limit.get_ydata()).tolist() == [0.999, 0.999]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert len({one.get_color(), other.get_color()}) == 2
    assert labels(ax) == ["2", "5", "8"]
    nothing_overlaps(plt.gcf())
    everything = [(point.event, point.span) for point in found[:8]]
    figure = plots.advantage(found, games=everything, limit=None).figure
    assert isinstance(figure, Figure)
    assert len(figure.axes[0].lines) == 8
    nothing_overlaps(figure)


def test_an_advantage_of_nothing_stays_on_the_axis() -> None:
    ax = plots.advantage([point(2, -0.1), point(5, 0.2)], games=[("switch", "day")])
    assert np.isfinite(ax.get_ylim()).all() and ax.get_ylim()[0] > 0


def test_what_remains_is_drawn_by_group_size() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2**63, made_up().shape, dtype=np.uint64)
    found = plots.compare(made_up(), (2, 4, 8), masked=values, households=5)
    figure = plots.visible(found)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "relative entropy",
        "cluster classification",
        "regression",
    ]
    sums = [one for one in found if one.seen == "sum"]
    for ax, wanted in zip(
        figure.axes,
        (
            [one.relative_entropy.mean for one in sums],
            [one.similarity.mean for one in sums],
            [one.r2.mean for one in sums],
        ),
        strict=True,
    ):
        lines = {str(line.get_label()): line for line in ax.lines}
        assert list(lines) == [
            "the readings themselves",
            "sum of a group with it",
            "sum of as many others",
            "its masked frames",
        ]
        assert np.asarray(lines["sum of a group with it"].get_ydata()).tolist() == wanted
        assert np.asarray(lines["sum of a group with it"].get_xdata()).tolist() == [2, 4, 8]
        assert ax.get_xlabel() == "meters in the group"
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 4
    nothing_overlaps(figure)
    assert len(plots.visible([one for one in found if one.seen == "frames"]).axes[0].lines) == 1


def any_(value: Any) -> Any:
    """What no type checker would let pass."""
    return value


GAPS: Table = made_up_table()
GAPS.starts[50:] += np.timedelta64(1, "h")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: plots.household(made_up().astype(float), 0), TypeError, "readings: a float is no reading"),
        (
            lambda: plots.household(any_([[1]]), 0),
            TypeError,
            "readings: expected wattsum.readings.Readings or",
        ),
        (lambda: plots.household(made_up()[0], 0), MisuseError, "readings: 1 dimensions"),
        (lambda: plots.household(made_up()[:0], 0), MisuseError, "day: there is no day 0"),
        (lambda: plots.household(made_up(), 12), MisuseError, "meter: there is no column 12"),
        (lambda: plots.household(made_up(), -1), MisuseError, "meter: there is no column -1"),
        (lambda: plots.household(made_up(), "m1"), MisuseError, "meter: an array has no names"),
        (lambda: plots.household(made_up(), any_(1.0)), TypeError, "meter: expected an int"),
        (lambda: plots.household(made_up_table(), "x"), MisuseError, "meter: 'x' is not among the readings"),
        (lambda: plots.household(made_up(), 0, day=10, per_day=24), MisuseError, "day: there is no day 10"),
        (lambda: plots.household(made_up(), 0, day=-1, per_day=24), MisuseError, "day: there is no day -1"),
        (lambda: plots.household(made_up(), 0, per_day=0), MisuseError, "per_day: is not from 1"),
        (lambda: plots.household(made_up(), 0, zone="UTC"), MisuseError, "zone: an array does not say"),
        (lambda: plots.household(made_up_table(), 0, zone="Mars"), MisuseError, "zone: 'Mars' is not known"),
        (lambda: plots.household(GAPS, 0), MisuseError, "readings: the interval after"),
        (
            lambda: plots.household(made_up(), 0, ax=any_(3)),
            TypeError,
            "ax: expected matplotlib's Axes, got int",
        ),
        (lambda: plots.masked(masked().astype(float)), TypeError, "frames: expected an array of uint8"),
        (lambda: plots.masked(masked()[None]), MisuseError, "frames: 2 dimensions, expected 1"),
        (lambda: plots.masked(masked()[:0]), MisuseError, "frames: there are none"),
        (lambda: plots.masked(three_frames(3)), MisuseError, "frames: row 0 is no contribution"),
        (lambda: plots.total(np.array([1.5])), TypeError, "sums: expected whole numbers"),
        (lambda: plots.total(any_([1.5])), TypeError, "sums: expected an int, got float"),
        (lambda: plots.total([]), MisuseError, "sums: there are none"),
        (lambda: plots.total(np.zeros((2, 2), int)), MisuseError, "sums: 2 dimensions"),
        (lambda: plots.total([10**400]), MisuseError, "sums: a value is too large"),
        (lambda: plots.total(any_("12")), TypeError, "sums: expected sums"),
        (lambda: plots.total([link.Sum(4, [5], 7)], channel=1), MisuseError, "channel: the sum of round 4"),
        (lambda: plots.advantage([]), MisuseError, "measured: there is nothing"),
        (
            lambda: plots.advantage(any_([1])),
            TypeError,
            "measured: expected wattsum.sizing.Advantage, got int",
        ),
        (lambda: plots.advantage([point(2, 0.1)]), MisuseError, "games: .* was not measured"),
        (lambda: plots.advantage([point(2, 0.1)], limit=2), MisuseError, "limit: 2 is not between"),
        (lambda: plots.visible([]), MisuseError, "compared: there is nothing"),
        (lambda: plots.visible(any_([1])), TypeError, "compared: expected wattsum.plots.Remains, got int"),
    ],
)
def test_what_cannot_be_drawn_is_named_and_leaves_no_figure(
    call: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        call()
    assert plt.get_fignums() == []


def test_real_readings_are_drawn(tmp_path: Path) -> None:
    with real("ch2018_dev_wh_15min.csv").open(encoding="utf-8") as file:
        readings = np.loadtxt(file, np.int64, delimiter=",", skiprows=1, usecols=range(1, 241), max_rows=192)
    values = np.random.default_rng(3).integers(0, 2**64 - 1, 96, dtype=np.uint64)
    figure = plots.overview(readings, 17, values, readings[96:].sum(axis=1), day=1, per_day=96, meters=240)
    nothing_overlaps(figure)
    figure.savefig(tmp_path / "day.png")
    assert (tmp_path / "day.png").stat().st_size > 10_000


WITHOUT = """
import sys
sys.modules["matplotlib"] = None
from wattsum import plots
assert plots.relative_entropy([1, 2, 3], [1, 2, 3]) == 0
try:
    plots.total([1, 2])
except ImportError as error:
    print(error)
"""


def test_without_matplotlib_there_are_measures_and_the_name_of_the_extra() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout == "wattsum.plots draws with matplotlib: pip install wattsum[plots]\n"


def test_importing_draws_in_no_matplotlib() -> None:
    code = "import sys, wattsum.plots; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
