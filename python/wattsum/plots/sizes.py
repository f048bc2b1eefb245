"""What is learnt by size of the group: the observer's advantage, and the three measures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wattsum._table import results
from wattsum.errors import MisuseError
from wattsum.plots.canvas import BLUE, GREEN, GREY, PURPLE, VERMILION, axes, figure, tidy
from wattsum.plots.remains import Remains, Spread
from wattsum.sizing import Advantage, Event, Span, recommend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: dict[Event, str] = {"presence": BLUE, "absence": VERMILION, "switch": GREEN}
STYLES: dict[Span, str] = {"day": "-", "hours": "--", "interval": ":"}
MARKERS: dict[Event, str] = {"presence": "o", "absence": "s", "switch": "^"}

MOST: tuple[tuple[Event, Span], ...] = (("absence", "day"), ("presence", "day"), ("switch", "hours"))
"""Of each event the game that tells most."""


def advantage(
    measured: Sequence[Advantage],
    *,
    games: Sequence[tuple[Event, Span]] = MOST,
    limit: float | None = 0.1,
    ax: "Axes | None" = None,
) -> "Axes":
    """The observer's advantage by group size, with the bands of its confidence intervals: `measured` by
    `sizing.measure`. A line a game, on logarithmic axes; the `limit`, and the least size from which on none
    of *all* the games that were measured exceeds it."""
    measured = results("measured", measured, Advantage)
    if not measured:
        raise MisuseError("misuse: measured: there is nothing")
    games = results("games", games, tuple)
    least = None if limit is None else recommend(measured, limit)
    lines = []
    for game in games:
        points = sorted((one for one in measured if (one.event, one.span) == game), key=lambda one: one.size)
        if not points:
            raise MisuseError(f"misuse: games: {game} was not measured")
        lines.append((game, points))
    ax = axes(ax)
    floor = 1e-3
    for (event, span), points in lines:
        sizes = [one.size for one in points]
        colour = COLOURS[event]
        ax.fill_between(
            sizes,
            [max(one.low, floor) for one in points],
            [max(one.high, floor) for one in points],
            alpha=0.18,
            linewidth=0,
            color=colour,
        )
        ax.plot(
            sizes,
            [max(one.advantage, floor) for one in points],
            linestyle=STYLES[span],
            marker=MARKERS[event],
            markersize=4,
            linewidth=1.5,
            label=f"{event}, {span}",
            color=colour,
        )
    if limit is not None:
        text = f"limit {limit:g}" if least is None else f"limit {limit:g}: from {least} meters on"
        ax.axhline(limit, color=GREY, linewidth=1, linestyle=(0, (6, 3)), label=text)
    ax.set_xscale("log")
    ax.set_yscale("log")
    sizes = sorted({one.size for _, points in lines for one in points})
    _sizes(ax, sizes)
    _decimals(ax)
    ax.set_xlabel("meters in the group")
    ax.set_ylabel("observer's advantage")
    ax.set_title("what a sum tells of one household", loc="left", fontsize="medium")
    tidy(ax)
    if len(lines) <= 4:
        ax.legend(frameon=False, fontsize="small", loc="upper right")
    else:
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def visible(compared: Sequence[Remains]) -> "Figure":
    """The three measures by group size: `compared` by `plots.compare`. Means over households, and a band from
    the lower to the upper quartile. Between "with it" and "without it" lies what a sum shows of the
    household."""
    compared = results("compared", compared, Remains)
    if not compared:
        raise MisuseError("misuse: compared: there is nothing")
    made = figure(10.5, 3.6)
    panels = made.subplots(1, 3)
    _panel(panels[0], compared, "relative_entropy", "relative entropy", "bits")
    _panel(panels[1], compared, "similarity", "cluster classification", "intervals in the right cluster")
    _panel(panels[2], compared, "r2", "regression", "share of variance explained, R$^2$")
    for ax in panels[1:]:
        ax.set_ylim(-0.03, 1.03)
    panels[0].set_ylim(bottom=-0.1)
    lines, names = panels[0].get_legend_handles_labels()
    made.legend(lines, names, loc="outside lower center", ncols=4, frameon=False)
    return made


def _panel(ax: "Axes", compared: Sequence[Remains], measure: str, title: str, label: str) -> None:
    def spread(one: Remains) -> Spread:
        found: Spread = getattr(one, measure)
        return found

    looks = (
        ("readings", "the readings themselves", GREY, "-", ""),
        ("sum", "sum of a group with it", BLUE, "-", "o"),
        ("others", "sum of as many others", PURPLE, "--", "s"),
        ("frames", "its masked frames", VERMILION, ":", ""),
    )
    sizes = sorted({one.size for one in compared if one.seen in ("sum", "others")}) or [1]
    for seen, name, colour, style, marker in looks:
        points = sorted((one for one in compared if one.seen == seen), key=lambda one: one.size)
        if not points:
            continue
        x, spreads = [one.size for one in points], [spread(one) for one in points]
        if seen in ("readings", "frames"):
            x, spreads = [sizes[0], sizes[-1]], spreads * 2
        ax.fill_between(
            x,
            [one.low for one in spreads],
            [one.high for one in spreads],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        ax.plot(
            x,
            [one.mean for one in spreads],
            color=colour,
            linestyle=style,
            marker=marker,
            markersize=4,
            linewidth=1.6,
            label=name,
        )
    ax.set_xscale("log")
    _sizes(ax, sizes)
    ax.set_xlabel("meters in the group")
    ax.set_ylabel(label)
    ax.set_title(title, loc="left", fontsize="medium")
    tidy(ax)


def _sizes(ax: "Axes", sizes: Sequence[int]) -> None:
    """Ticks where something was measured, as far as their labels have room."""
    from matplotlib.ticker import NullFormatter, NullLocator

    shown: list[int] = []
    for size in sizes:
        if not shown or size >= 1.55 * shown[-1]:
            shown.append(size)
    ax.set_xticks(shown, [f"{size:,}" for size in shown])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def _decimals(ax: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
