"""How large a group has to be, measured; how many neighbours and answerers it needs, counted.

`measure` plays games on readings: an observer of a group's sums has to say whether one household is in it,
uses nothing, or has switched an appliance on. `recommend` gives the least size at which no game is won by
more than a limit. The figures are those of the program `wattsum sizing` for the same readings and seed; the
games, the observer, and what they do not say stand in dcnet-core's docs/sizing.md.

`parameters`, `assess` and `committee` are the bounds of dcnet-core's module `parameters`.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wattsum._native import SizingDays as Days
from wattsum._native import (
    sizing_assess,
    sizing_committee,
    sizing_committee_fails,
    sizing_parameters,
)
from wattsum._table import DAY, Table, Values, results, table, whole, wholes
from wattsum.errors import MisuseError
from wattsum.link import Threshold

__all__ = [
    "SIZES",
    "Advantage",
    "Assessment",
    "Days",
    "Event",
    "Neighbourhood",
    "Span",
    "Test",
    "assess",
    "committee",
    "committee_fails",
    "days",
    "measure",
    "parameters",
    "recommend",
]

Event: TypeAlias = Literal["presence", "absence", "switch"]
"""What happens or not: the household is in the group; it uses nothing; it switches an appliance on."""
Span: TypeAlias = Literal["interval", "hours", "day"]
"""What is looked at: an interval; an interval in the eighth of the day that suits best; a whole day."""
Test: TypeAlias = Literal[
    "yesterday",
    "mean",
    "step",
    "step-from-mean",
    "scaled-mean",
    "scaled-step",
    "day-yesterday",
    "day-mean",
    "quiet-mean",
    "quiet-yesterday",
    "lowest",
    "weighted",
    "own-mean",
    "own-step",
    "own-day-mean",
    "own-weighted",
    "likelihood",
    "own-likelihood",
]
"""A member of the observer's family: docs/sizing.md of dcnet-core, section 2."""

SIZES: tuple[int, ...] = (2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)
"""Sizes that `measure` looks at unless told otherwise: evenly over a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Neighbours that the meters of a group need."""

    degree: int
    """Degree of the key graph; 0 for at most 256 meters, where everybody is everybody's neighbour."""
    distinct: int
    """Distinct neighbours counted on."""
    most_colluding: int
    """Most colluders among as many."""
    honest: int
    """Honest neighbours that a meter needs."""
    local_threshold: int
    """Neighbours that must be left to a meter with `distinct` ones."""
    min_neighbours: int
    """Neighbours that must be left to a meter with `degree` distinct ones: what `dcnet.Params` takes."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a graph is worth."""

    security: float
    """It is bad with a probability of at most 2^-this; 0 where nothing can be said, inf where it cannot be.
    """
    liveness: float
    """Some meter has too few neighbours left in a round with a probability of at most 2^-this."""


@dataclass(frozen=True, slots=True)
class Advantage:
    """What the observer's best test reaches in one game, on days and households that it was not chosen by."""

    event: Event
    span: Span
    size: int
    """Meters of the group."""
    tests: tuple[Test, Test]
    """The tests that were best where they were learnt, on the first half of the days and on the second."""
    hours: tuple[tuple[int, int] | None, tuple[int, int] | None]
    """The intervals of the day, first and one past the last, chosen there where `span` is "hours"."""
    advantage: float
    """P(says so | it is so) - P(says so | it is not): 0 is guessing, 1 certainty. By chance it may be below
    0."""
    low: float
    """Lower end of the confidence interval."""
    high: float
    """Upper end of it."""
    trials: int
    """Pairs of trials, one with the event and one without."""
    resampled: bool
    """The group is larger than a quarter of the households: it holds some of them on several days at once."""


def parameters(
    meters: int, colluding: float = 1 / 3, absent: float = 0.05, security: int = 40
) -> Neighbourhood:
    """The smallest degree for a group of `meters`, of whom a share `colluding` colludes with the utility and
    a share `absent`, of its choice, is away, such that the graph is bad with a probability of at most
    2^-`security`. A bound on what a bad beacon can do, not on what a stolen key or a meter that lies can.

    `MisuseError` for shares from one half on (together above nine tenths), for levels outside 1 ... 128, and
    where no degree will do. Bell et al., Secure single-server aggregation with (poly)logarithmic overhead
    (CCS 2020), section 3, with the deviations that dcnet-core's module `parameters` states.
    """
    return Neighbourhood(*sizing_parameters(meters, colluding, absent, security))


def assess(
    meters: int, degree: int, min_neighbours: int, colluding: float = 1 / 3, absent: float = 0.05
) -> Assessment:
    """What given numbers are worth, for degrees and thresholds that do not come from `parameters`."""
    return Assessment(*sizing_assess(meters, degree, min_neighbours, colluding, absent))


def committee(colluding: float, security: int = 40) -> Threshold:
    """The smallest committee of 3f + 1 answerers drawn from a roster of which a share `colluding` (up to
    0.15) colludes, of whom 2f + 1 open a sum, with more than f colluding in at most 2^-`security` of the
    epochs. Hoeffding, On the distribution of the number of successes in independent trials (1956)."""
    return sizing_committee(colluding, security)


def committee_fails(answerers: int, most: int, colluding: float) -> float:
    """Share of epochs in which more than `most` of `answerers` drawn ones collude: a bound for every roster."""
    return sizing_committee_fails(answerers, most, colluding)


def days(readings: Table | Values, *, per_day: int | None = None) -> Days:
    """Readings as `measure` plays on them: whole days of equal intervals, from the first row on.

    Households with silent intervals are left out, and so is what is left of the last day. It takes 4
    households and 8 days. An array (a row an interval, a column a household) needs `per_day`, intervals of a
    day.
    """
    given = table("readings", readings)
    given.without_gaps("readings")
    if given.period is not None:
        if DAY % given.period:
            raise MisuseError(f"misuse: readings: intervals of {given.period} s are no whole part of a day")
        if per_day is not None and per_day * given.period != DAY:
            raise MisuseError(f"misuse: per_day: the readings have {DAY // given.period} intervals a day")
        per_day = DAY // given.period
    if per_day is None:
        raise MisuseError("misuse: per_day: an array does not say how many of its rows are a day")
    return Days(given.whole(), per_day)


def measure(
    readings: Table | Values | Days,
    sizes: Iterable[int] = SIZES,
    *,
    per_day: int | None = None,
    switch: int | None = None,
    groups: int = 200,
    moments: int = 64,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 1,
    threads: int = 1,
) -> list[Advantage]:
    """Plays all games for groups of each of `sizes` (2 ... 100,000): up to eight results a size, in order.

    `readings` are `wattsum.readings.Readings`, an int64 array with `per_day`, or `days` of them. `switch` is
    what a switched appliance adds to an interval, in the unit of the readings; without it they are Wh, and
    the appliance takes 2 kW. `groups` are drawn from each half of the days to learn from, and again to test
    on, with up to eight targets each, looked at at `moments`; `resamples` and `confidence` are those of the
    interval (pigeonhole bootstrap, A. Owen 2007). Sizes are played independently, `threads` at once; figures
    depend on neither.
    """
    if switch is None and not isinstance(readings, Days):
        unit = table("readings", readings).unit
        if unit is not None and unit != "Wh":
            raise MisuseError(f"misuse: switch: how much an appliance adds, in {unit}, has no default")
    played = readings if isinstance(readings, Days) else days(readings, per_day=per_day)
    if isinstance(readings, Days) and per_day is not None and per_day != readings.per_day:
        raise MisuseError(f"misuse: per_day: the readings have {readings.per_day} intervals a day")
    adds = 2000 * 24 // played.per_day if switch is None else switch

    def play(size: int) -> list[Advantage]:
        rows = played.measure(
            size,
            switch=adds,
            groups=groups,
            moments=moments,
            resamples=resamples,
            confidence=confidence,
            seed=seed,
        )
        return [Advantage(*row) for row in rows]

    ordered = sorted(set(wholes("sizes", sizes)))
    workers = whole("threads", threads)
    if not 1 <= workers <= 1024:
        raise MisuseError("misuse: threads: is not from 1 to 1024")
    with ThreadPoolExecutor(min(workers, max(1, len(ordered)))) as pool:
        return [one for size in pool.map(play, ordered) for one in size]


def recommend(measured: Sequence[Advantage], limit: float = 0.1) -> int | None:
    """The least of the sizes from which on, in all sizes that were measured, the upper end of every game's
    interval stays at `limit` or below; None if not even the largest does. 0.1 is right 55 times in 100."""
    if not isinstance(limit, (int, float)):
        raise TypeError("limit: expected a number")
    if not 0 < limit < 1:
        raise MisuseError(f"misuse: limit: {limit} is not between 0 and 1")
    measured = results("measured", measured, Advantage)
    bad = max((one.size for one in measured if one.high > limit), default=0)
    return min((one.size for one in measured if one.size > bad), default=None)
