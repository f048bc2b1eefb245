"""A household, its masked frames, the sum: each over the intervals of a day."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wattsum._table import DAY, Given, Table, Values, table, whole
from wattsum.errors import MisuseError
from wattsum.link import Sum
from wattsum.plots.canvas import BLUE, GREEN, VERMILION, Clock, axes, clock_at, clock_of, figure, tidy
from wattsum.plots.measures import MOST_INTERVALS
from wattsum.plots.remains import masked_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def household(
    readings: Table | Values,
    meter: str | int,
    *,
    day: int = 0,
    per_day: int | None = None,
    zone: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """A household's readings of a day, counted from the first row.

    `meter` is a name or a column; `zone` (as Europe/Zurich) is for the labels of `wattsum.readings.Readings`,
    which know UTC. Of an array the first row is taken for midnight; without `per_day` all of it is shown, by
    interval. Silent intervals are left empty.
    """
    given = table("readings", readings)
    column = _column(given, meter)
    rows, clock = _day(given, day, per_day, zone)
    values = given.values[rows, column].astype(np.float64)
    if given.present is not None:
        values[~given.present[rows, column]] = np.nan
    name = given.meters[column] if given.meters is not None else str(column)
    ax = axes(ax)
    ax.stairs(values, clock.edges(len(values)), baseline=None, color=BLUE, linewidth=1.5)
    _finish(ax, clock, len(values), f"household {name}", f"{_unit(given)} per interval", values)
    return ax


def masked(
    frames: NDArray[np.uint8] | NDArray[np.uint64],
    *,
    channel: int = 0,
    per_day: int | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """The masked values of a meter's frames, a row an interval (or of `masked_values`, uint64), over the
    whole range of 64-bit numbers. Frames of cmt, dcnet and shamir-agg."""
    values, clock = _masked(frames, channel), clock_of(per_day)
    return _draw_masked(values, clock, axes(ax))


def total(
    sums: "Sequence[Sum] | Sequence[int] | Values",
    *,
    channel: int = 0,
    meters: int | None = None,
    unit: str = "Wh",
    per_day: int | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """The sums of a group, one an interval: `link.Sum`s, Python ints of any size, or an array of whole
    numbers."""
    values, counted = _sums(sums, channel)
    return _draw_total(values, meters if meters is not None else counted, unit, clock_of(per_day), axes(ax))


def overview(
    readings: Table | Values,
    meter: str | int,
    frames: NDArray[np.uint8] | NDArray[np.uint64],
    sums: "Sequence[Sum] | Sequence[int] | Values",
    *,
    channel: int = 0,
    meters: int | None = None,
    day: int = 0,
    per_day: int | None = None,
    zone: str | None = None,
) -> "Figure":
    """One figure of a day: a household, its masked frames, and the sum of its group. `frames` and `sums` are
    those of the day's intervals."""
    given = table("readings", readings)
    column = _column(given, meter)
    rows, clock = _day(given, day, per_day, zone)
    count = len(given.values[rows])
    values, (added, counted) = _masked(frames, channel), _sums(sums, channel)
    for name, length in (("frames", len(values)), ("sums", len(added))):
        if length != count:
            raise MisuseError(f"misuse: {name}: {length} intervals, the day has {count}")
    made = figure(7.2, 7.2)
    top, middle, bottom = made.subplots(3, 1)
    household(readings, column, day=day, per_day=per_day, zone=zone, ax=top)
    _draw_masked(values, clock, middle)
    _draw_total(added, meters if meters is not None else counted, _unit(given), clock, bottom)
    for ax in (top, middle):
        ax.set_xlabel("")
    made.align_ylabels([top, middle, bottom])
    return made


def _draw_masked(values: NDArray[np.uint64], clock: Clock, ax: "Axes") -> "Axes":
    edges = clock.edges(len(values))
    ax.plot((edges[:-1] + edges[1:]) / 2, values / 2.0**64, ".", color=VERMILION, markersize=4)
    _finish(ax, clock, len(values), "masked frames", "value / 2$^{64}$", None)
    ax.set_ylim(-0.03, 1.03)
    return ax


def _draw_total(
    values: NDArray[np.float64], meters: int | None, unit: str, clock: Clock, ax: "Axes"
) -> "Axes":
    ax.stairs(values, clock.edges(len(values)), baseline=None, color=GREEN, linewidth=1.5)
    of = "the sum" if meters is None else f"the sum of {meters} meters"
    _finish(ax, clock, len(values), of, f"{unit} per interval", values)
    return ax


def _finish(
    ax: "Axes", clock: Clock, count: int, title: str, label: str, values: NDArray[np.float64] | None
) -> None:
    tidy(ax)
    clock.mark(ax, count)
    ax.set_title(title, loc="left", fontsize="medium")
    ax.set_ylabel(label)
    if values is not None and not bool((values < 0).any()):
        ax.set_ylim(bottom=0)
    if values is not None:
        from matplotlib.ticker import FuncFormatter

        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _column(given: Given, meter: str | int) -> int:
    if isinstance(meter, str):
        if given.meters is None:
            raise MisuseError("misuse: meter: an array has no names, give a column")
        if meter not in given.meters:
            raise MisuseError(f"misuse: meter: {meter!r} is not among the readings")
        return given.meters.index(meter)
    column = whole("meter", meter)
    if not 0 <= column < given.values.shape[1]:
        raise MisuseError(f"misuse: meter: there is no column {column}")
    return column


def _day(given: Given, day: int, per_day: int | None, zone: str | None) -> tuple[slice, Clock]:
    given.without_gaps("readings")
    day = whole("day", day)
    rows = len(given.values)
    if given.starts is None:
        if zone is not None:
            raise MisuseError("misuse: zone: an array does not say when its intervals start")
        clock, count = clock_of(per_day), rows if per_day is None else whole("per_day", per_day)
    else:
        count = max(1, DAY // (given.period or DAY))
        clock = None
    if day < 0 or day * count >= rows:
        raise MisuseError(f"misuse: day: there is no day {day}")
    start = day * count
    return slice(start, min(rows, start + count)), clock or clock_at(given, start, zone)


def _masked(frames: NDArray[Any], channel: int) -> NDArray[np.uint64]:
    if isinstance(frames, np.ndarray) and frames.dtype == np.uint64:
        if frames.ndim != 1:
            raise MisuseError(f"misuse: frames: {frames.ndim} dimensions, expected 1 of masked values")
        values = frames
    else:
        values = masked_values(frames, channel)
    if not len(values):
        raise MisuseError("misuse: frames: there are none")
    return values


def _sums(
    sums: "Sequence[Sum] | Sequence[int] | Values", channel: int
) -> tuple[NDArray[np.float64], int | None]:
    if isinstance(sums, (str, bytes)) or not isinstance(sums, (Sequence, np.ndarray)):
        raise TypeError(f"sums: expected sums, one an interval, got {type(sums).__name__}")
    if isinstance(sums, np.ndarray):
        if sums.dtype.kind not in "iu":
            raise TypeError(f"sums: expected whole numbers, got an array of {sums.dtype}")
        if sums.ndim != 1:
            raise MisuseError(f"misuse: sums: {sums.ndim} dimensions, expected 1")
    if not len(sums):
        raise MisuseError("misuse: sums: there are none")
    if len(sums) > MOST_INTERVALS:
        raise MisuseError(f"misuse: sums: {len(sums)} intervals, expected {MOST_INTERVALS} at most")
    channel = whole("channel", channel)
    values, counts = [], set()
    for one in sums:
        if isinstance(one, Sum):
            if not 0 <= channel < len(one.values):
                raise MisuseError(f"misuse: channel: the sum of round {one.round} has no channel {channel}")
            values.append(float(one.values[channel]))
            counts.add(one.meters)
        else:
            values.append(_float(whole("sums", one)))
    return np.array(values), counts.pop() if len(counts) == 1 else None


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise MisuseError("misuse: sums: a value is too large") from None


def _unit(given: Given) -> str:
    return given.unit or "Wh"
