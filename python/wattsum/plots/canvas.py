"""What all figures share: matplotlib, colours, axes of time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from wattsum._table import DAY, Given, whole
from wattsum.errors import MisuseError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# M. Okabe and K. Ito's palette, told apart by the colour-blind.
BLUE, VERMILION, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#555555"


def pyplot() -> Any:
    """matplotlib, from the first figure on."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("wattsum.plots draws with matplotlib: pip install wattsum[plots]") from error
    return plt


def axes(ax: "Axes | None") -> "Axes":
    """The given axes, or those of a new figure."""
    if ax is None:
        made: "Axes" = pyplot().subplots(figsize=(7.2, 3.2), layout="constrained")[1]
        return made
    if not hasattr(ax, "stairs"):
        raise TypeError(f"ax: expected matplotlib's Axes, got {type(ax).__name__}")
    return ax


def figure(width: float, height: float) -> "Figure":
    made: "Figure" = pyplot().figure(figsize=(width, height), layout="constrained")
    return made


def tidy(ax: "Axes") -> None:
    """No frame where nothing is, and a grid that does not shout."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(True, color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where intervals lie on an axis of hours, from the first one shown."""

    hours: float
    """Of an interval; 0 where it is not known."""
    begins: float
    """Time of day of the first one."""
    name: str

    def edges(self, count: int) -> NDArray[np.float64]:
        return np.arange(count + 1, dtype=np.float64) * np.float64(self.hours or 1.0)

    def mark(self, ax: "Axes", count: int) -> None:
        """Ticks and label of an axis of `count` intervals."""
        end = float(self.edges(count)[-1])
        ax.set_xlim(0, end)
        ax.set_xlabel(self.name)
        if not self.hours:
            return
        step = next(
            (step for step in (1, 2, 3, 6, 12, 24, 48) if end / step <= 9), 24 * (1 + int(end) // 200)
        )
        first = -self.begins % step
        ticks = np.arange(first, end + 1e-9, step)
        ax.set_xticks(ticks, [_time(self.begins + tick) for tick in ticks])


def clock_of(per_day: int | None) -> Clock:
    """Of an array whose first row is at midnight."""
    if per_day is None:
        return Clock(0.0, 0.0, "interval")
    per_day = whole("per_day", per_day)
    if not 1 <= per_day <= DAY:
        raise MisuseError(f"misuse: per_day: is not from 1 to {DAY}")
    return Clock(24 / per_day, 0.0, "time of day")


def clock_at(given: Given, row: int, zone: str | None) -> Clock:
    """Of readings that know when their intervals start."""
    if given.starts is None or given.period is None:
        raise MisuseError("misuse: zone: an array does not say when its intervals start")
    start = given.starts[row].astype("datetime64[s]").item()
    name = "time of day (UTC)"
    if zone is not None:
        try:
            offset = ZoneInfo(zone).fromutc(start.replace(tzinfo=ZoneInfo(zone))).utcoffset() or timedelta()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise MisuseError(f"misuse: zone: {zone!r} is not known") from None
        start, name = start + offset, f"time of day ({zone})"
    return Clock(given.period / 3600, start.hour + start.minute / 60 + start.second / 3600, name)


def _time(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
