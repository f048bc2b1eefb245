"""The best clusters of numbers: exact, so that nothing has to be drawn.

Clusters of numbers are runs of the ordered numbers, and the best runs are found by dynamic programming (H.
Wang and M. Song, Ckmeans.1d.dp, R Journal 3(2), 2011), in n log n steps a cluster since the last run's start
never moves back (A. Grønlund and others, Fast exact k-means in 1D, arXiv:1701.07204).
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
_Cost: TypeAlias = Callable[[Places, Places], Numbers]


def labels(values: Numbers, count: int) -> Places:
    """Which of `count` clusters each value is in, from the lowest up, such that the squares of distances to
    the clusters' means are least in sum. There are at least `count` distinct values."""
    distinct, place, weight = np.unique(values, return_inverse=True, return_counts=True)
    starts = _runs(distinct, weight, count)[-1]
    return np.searchsorted(starts, place, side="right") - 1


def best_count(values: Numbers, counts: Iterable[int]) -> int:
    """The one of `counts` (ascending) with the largest mean silhouette; the most that there can be, if that
    is fewer than the first."""
    distinct, weight = np.unique(values, return_counts=True)
    possible = [count for count in counts if count <= len(distinct)]
    if not possible:
        return len(distinct)
    runs = _runs(distinct, weight, possible[-1])
    return max(possible, key=lambda count: _silhouette(distinct, weight, runs[count - 1]))


def _runs(distinct: Numbers, weight: Places, most: int) -> list[Places]:
    """The starts of the runs for 1, 2, ... `most` clusters."""
    n = len(distinct)
    # By the middle and the spread, so that sums of squares keep their digits.
    spread = distinct[-1] - distinct[0]
    x = (distinct - distinct[0]) / (spread if spread > 0 else 1.0) - 0.5
    w, s, q = (np.concatenate([[0.0], np.cumsum(weight * power)]) for power in (x**0, x, x**2))

    def cost(first: Places, last: Places) -> Numbers:
        sums = s[last + 1] - s[first]
        return np.asarray(q[last + 1] - q[first] - sums**2 / (w[last + 1] - w[first]))

    ends = np.arange(n)
    least, begun = cost(np.zeros(n, np.intp), ends), [np.zeros(n, np.intp)]
    for _ in range(1, most):
        # A run that starts at 0 leaves nothing for the clusters before it.
        before = np.concatenate([[np.inf], least[:-1]])
        least, starts = _least(before, cost, n)
        begun.append(starts)

    runs = []
    for count in range(1, most + 1):
        path, last = [], n - 1
        for layer in reversed(begun[:count]):
            path.append(int(layer[last]))
            last = path[-1] - 1
        runs.append(np.array(path[::-1], np.intp))
    return runs


def _least(before: Numbers, cost: _Cost, n: int) -> tuple[Numbers, Places]:
    """min over i <= j of before[i] + cost(i, j) for each j, and where: middles of ever smaller parts, all of
    one level at once, each within what its neighbours found."""
    least, starts = np.full(n, np.inf), np.zeros(n, np.intp)
    step = 1 << max(0, n - 1).bit_length()
    while step >= 1:
        middles = np.arange(step - 1, n, 2 * step)
        if len(middles):
            low = np.where(middles >= step, starts[np.maximum(middles - step, 0)], 0)
            high = np.where(middles + step < n, starts[np.minimum(middles + step, n - 1)], n - 1)
            high = np.minimum(np.maximum(high, low), middles)
            length = high - low + 1
            at = np.concatenate([[0], np.cumsum(length)[:-1]])
            first = np.arange(length.sum()) - np.repeat(at - low, length)
            tried = before[first] + cost(first, np.repeat(middles, length))
            found = np.minimum.reduceat(tried, at)
            hits = np.flatnonzero(tried == np.repeat(found, length))
            least[middles] = found
            starts[middles] = first[hits[np.searchsorted(hits, at)]]
        step //= 2
    return least, starts


def _silhouette(distinct: Numbers, weight: Places, starts: Places) -> float:
    """The mean of (b - a) / max(a, b), a the mean distance to the others of the own cluster, b that to the
    next cluster (P. Rousseeuw, Silhouettes, 1987). The next one is beside it, as the values are ordered."""
    bounds = np.append(starts, len(distinct))
    w = np.concatenate([[0.0], np.cumsum(weight)])
    s = np.concatenate([[0.0], np.cumsum(weight * (distinct - distinct[0]))])
    total = 0.0
    for cluster, (low, high) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        x, size = distinct[low:high] - distinct[0], w[high] - w[low]
        if size == 1:
            continue  # 0 by definition
        below, above = w[low:high] - w[low], w[high] - w[low:high]
        apart = x * below - (s[low:high] - s[low]) + (s[high] - s[low:high]) - x * above
        own = apart / (size - 1)
        next_ = np.full(len(x), np.inf)
        for other in (cluster - 1, cluster + 1):
            if 0 <= other < len(starts):
                a, b = bounds[other], bounds[other + 1]
                next_ = np.minimum(next_, np.abs(x - (s[b] - s[a]) / (w[b] - w[a])))
        larger = np.maximum(own, next_)
        shape = np.divide(next_ - own, larger, out=np.zeros_like(x), where=larger > 0)
        total += float(weight[low:high] @ shape)
    return total / float(w[-1])
