"""The three measures of the load-hiding literature: how alike a household and what is visible of it are.

G. Kalogridis, C. Efthymiou, S. Denic, T. Lewis, R. Cepeda, Privacy for smart meters: towards undetectable
appliance load signatures (SmartGridComm 2010) proposes them for a battery that changes one household's load:
relative entropy, cluster classification, correlation and regression. Details follow the R package `bpriv` of
V. Arzamasov and others (e-Energy 2020). V. Arzamasov and K. Böhm (Evaluating privacy measures for load
hiding, arXiv:2408.06460) find 20 of 25 such measures ineffective: they compare two series, and bound nobody
who looks in another way. Where we deviate, the function says so. python/docs/analysis.md has figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattsum._table import whole
from wattsum.errors import MisuseError
from wattsum.plots import kmeans

Series: TypeAlias = NDArray[np.number[Any]] | Sequence[int] | Sequence[float]
"""Numbers, one an interval; they may be fractions, as means of groups are."""

MOST_INTERVALS = 10_000_000

CLUSTERS = range(3, 11)
"""Among these a number of clusters is chosen."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What clusters tell."""

    similarity: float
    """Share of the intervals above the household's lowest cluster that are in the same one as seen."""
    chance: float
    """What `similarity` would be on average if what is visible came in random order."""
    clusters: int
    """How many were compared: fewer than asked for where a series has not as many distinct values."""


@dataclass(frozen=True, slots=True)
class Regression:
    """original ~ slope * visible + intercept, where what is visible comes `shift` intervals late."""

    r2: float
    """Share of the household's variance that the line explains: the coefficient of determination."""
    correlation: float
    shift: int
    slope: float
    intercept: float


def relative_entropy(
    original: Series,
    visible: Series,
    *,
    bins: SupportsIndex = 20,
    scale: Literal["common", "own"] = "common",
    pseudocount: float = 0.5,
) -> float:
    """D(P || Q) in bits, P and Q the histograms of a household's readings and of what is visible, over `bins`
    of equal width: 0 if the same values are as frequent. *When* they come does not count: a shuffled series
    has 0.

    `scale`: bins from the lowest to the highest of both series ("common"), or each series by its own lowest
    and highest ("own": our addition, since sums and masked values lie elsewhere than readings). `pseudocount`
    is added to each bin of both (Krichevsky and Trofimov 1981), so that a value that is never visible does
    not make the measure infinite; 0 gives the plain measure.
    """
    first, second = _pair(original, visible)
    bins = whole("bins", bins)
    if not 2 <= bins <= 1_000_000:
        raise MisuseError("misuse: bins: is not from 2 to 1000000")
    if scale not in ("common", "own"):
        raise MisuseError(f'misuse: scale: {scale!r} is neither "common" nor "own"')
    if not (isinstance(pseudocount, (int, float)) and 0 <= pseudocount < float("inf")):
        raise MisuseError("misuse: pseudocount: is no number from 0 on")
    together = (first, second)
    p, q = (
        np.bincount(_bins(one, together if scale == "common" else (one,), bins), minlength=bins) + pseudocount
        for one in together
    )
    p, q = p / p.sum(), q / q.sum()
    some = p > 0
    if bool((q[some] == 0).any()):
        return float("inf")
    # By the laws of logarithms; rounding may leave it a little below 0.
    return max(0.0, float(np.sum(p[some] * np.log2(p[some] / q[some]))))


def cluster_classification(
    original: Series, visible: Series, *, clusters: SupportsIndex | None = None
) -> Classification:
    """Both series' values are put into clusters, which are numbered from the lowest level up. How often is an
    interval above the household's lowest cluster, its base load, in the cluster of the same number? 1 if
    always: who sees levels sees appliances. A constant is in the lowest cluster throughout: 0.

    Without `clusters` their number is the one of 3 ... 10 with the largest mean silhouette of the household
    (P. Rousseeuw 1987). Deviations: the k-means of numbers is found exactly (H. Wang and M. Song,
    Ckmeans.1d.dp, R Journal 3(2), 2011), not by a search from random medoids, so there is no seed; and
    `chance` stands beside the share, which is not 0 for unrelated series.
    """
    first, second = _pair(original, visible)
    _varies(first)
    most = min(len(np.unique(first)), len(np.unique(second)))
    if clusters is None:
        count = kmeans.best_count(first, CLUSTERS)
    else:
        count = whole("clusters", clusters)
        if not 2 <= count <= 100:
            raise MisuseError("misuse: clusters: is not from 2 to 100")
    count = min(count, most)
    if count == 1:
        return Classification(0.0, 0.0, 1)
    mine, seen = kmeans.labels(first, count), kmeans.labels(second, count)
    above = mine > 0
    busy = int(above.sum())
    sizes = [np.bincount(one, minlength=count)[1:] for one in (mine, seen)]
    chance = float((sizes[0] * (sizes[1] / len(mine))).sum()) / busy
    return Classification(int((above & (mine == seen)).sum()) / busy, chance, count)


def regression(original: Series, visible: Series, *, shifts: SupportsIndex | None = None) -> Regression:
    """How well a line through what is visible gives the household, at the best alignment of -`shifts` ...
    `shifts` intervals: 10, or an eighth of a short series. A constant explains nothing: 0.

    Deviations: the alignment is the one with the largest *squared* correlation, as an observer who sees the
    opposite sees as much; and the household is regressed on what is visible, which is what an observer can
    do. The coefficient of determination of a line is the same both ways.
    """
    first, second = _pair(original, visible)
    _varies(first)
    shifts = min(10, len(first) // 8) if shifts is None else whole("shifts", shifts)
    if not 0 <= shifts <= len(first) - 3:
        raise MisuseError(f"misuse: shifts: is not from 0 to {len(first) - 3}, so that 3 intervals are left")
    fits = [_line(first, second, shift) for shift in sorted(range(-shifts, shifts + 1), key=abs)]
    return max(fits, key=lambda fit: fit.r2)


def _line(original: NDArray[np.float64], visible: NDArray[np.float64], shift: int) -> Regression:
    n = len(original) - abs(shift)
    y = original[max(0, -shift) :][:n]
    x = visible[max(0, shift) :][:n]
    # In units of the spread, so that squares neither overflow nor vanish.
    (y, y_mean, y_unit), (x, x_mean, x_unit) = _centred(y), _centred(x)
    xx, yy, xy = float(x @ x), float(y @ y), float(x @ y)
    if xx == 0 or yy == 0:
        return Regression(0.0, 0.0, shift, 0.0, y_mean)
    correlation = min(1.0, max(-1.0, xy / (xx**0.5 * yy**0.5)))
    slope = xy / xx * (y_unit / x_unit)
    return Regression(correlation**2, correlation, shift, slope, y_mean - slope * x_mean)


def _centred(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
    if values.min() == values.max():
        return np.zeros_like(values), float(values[0]), 1.0
    mean = float(values.mean())
    unit = float(np.abs(values - mean).max())
    return (values - mean) / unit, mean, unit


def _bins(values: NDArray[np.float64], over: Sequence[NDArray[np.float64]], bins: int) -> NDArray[np.intp]:
    low, high = min(float(one.min()) for one in over), max(float(one.max()) for one in over)
    if low == high:
        return np.zeros(len(values), np.intp)
    places = (values - low) / (high - low) * bins
    return np.minimum(places.astype(np.intp), bins - 1)


def _pair(original: Series, visible: Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = series("original", original), series("visible", visible)
    if len(first) != len(second):
        raise MisuseError(f"misuse: visible: {len(second)} intervals, original has {len(first)}")
    return first, second


def _varies(original: NDArray[np.float64]) -> None:
    if original.min() == original.max():
        raise MisuseError("misuse: original: is constant, so there is nothing to be seen")


def series(name: str, values: Series) -> NDArray[np.float64]:
    """Finite numbers, one an interval, that were given as `name`."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name}: a masked array would be taken with its masked values")
    if not isinstance(values, np.ndarray):
        if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
            raise TypeError(
                f"{name}: expected a numpy array or a list of numbers, got {type(values).__name__}"
            )
        if not 3 <= len(values) <= MOST_INTERVALS:
            raise MisuseError(f"misuse: {name}: {len(values)} intervals, expected 3 to {MOST_INTERVALS}")
        if any(isinstance(value, bool) or not isinstance(value, (int, float, np.number)) for value in values):
            raise TypeError(f"{name}: expected numbers")
        try:  # sums beyond 64 bits are Python ints
            values = np.array([float(value) for value in values])
        except OverflowError:
            raise MisuseError(f"misuse: {name}: a value is too large") from None
    if values.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected numbers, got an array of {values.dtype}")
    if values.ndim != 1:
        raise MisuseError(f"misuse: {name}: {values.ndim} dimensions, expected 1")
    if not 3 <= len(values) <= MOST_INTERVALS:
        raise MisuseError(f"misuse: {name}: {len(values)} intervals, expected 3 to {MOST_INTERVALS}")
    numbers = values.astype(np.float64)
    # Beyond it squares and differences would not be finite.
    if not bool((np.abs(numbers) <= 1e150).all()):
        raise MisuseError(f"misuse: {name}: a value is not finite, or beyond 10^150")
    return numbers
