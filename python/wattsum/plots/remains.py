"""What remains visible of households: in plain readings, in masked frames, in sums of groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattsum._table import Table, Values, table, whole, wholes
from wattsum.errors import MisuseError
from wattsum.plots import kmeans
from wattsum.plots.measures import CLUSTERS, cluster_classification, regression, relative_entropy

Seen: TypeAlias = Literal["readings", "frames", "sum", "others"]
"""The plain readings; the masked values; the sum of a group with the household; that of as many others."""

HEADER = 16
"""Bytes before a frame's payload (docs/wire.md of meter-link, section 1)."""
CONTRIBUTION = 5


@dataclass(frozen=True, slots=True)
class Spread:
    """Over the households that were drawn."""

    mean: float
    low: float
    """The lower quartile."""
    high: float
    """The upper quartile."""


@dataclass(frozen=True, slots=True)
class Remains:
    """The three measures between households and what is seen instead."""

    seen: Seen
    size: int
    """Meters of the group; 1 for "readings" and "frames"."""
    relative_entropy: Spread
    """Bits, each series by its own scale."""
    similarity: Spread
    """Share of intervals in the right cluster."""
    chance: Spread
    """What `similarity` would be in random order."""
    r2: Spread
    """Share of the household's variance that a line explains."""
    households: int


def masked_values(frames: NDArray[np.uint8], channel: SupportsIndex = 0) -> NDArray[np.uint64]:
    """The masked value of `channel` in each contribution of dcnet or cmt, in shamir the first corrected
    share: the number that stands where a plain meter would send its reading. `frames` has a frame a row.
    """
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8:
        raise TypeError("frames: expected an array of uint8, a frame a row")
    if frames.ndim != 2:
        raise MisuseError(f"misuse: frames: {frames.ndim} dimensions, expected 2")
    start = HEADER + 8 * whole("channel", channel)
    if not HEADER <= start <= frames.shape[1] - 8 - 16:
        raise MisuseError("misuse: channel: the frames have no such channel")
    wrong = ~np.isin(frames[:, 0], (1, 2, 4)) | (frames[:, 2] != CONTRIBUTION)
    if bool(wrong.any()):
        raise MisuseError(
            f"misuse: frames: row {int(wrong.argmax())} is no contribution of dcnet, shamir or cmt"
        )
    words = np.ascontiguousarray(frames[:, start : start + 8])
    return words.view("<u8").reshape(-1).astype(np.uint64, copy=False)


def compare(
    readings: Table | Values,
    sizes: Iterable[SupportsIndex] = (2, 5, 10, 20, 50, 100),
    *,
    masked: NDArray[np.uint64] | None = None,
    households: SupportsIndex = 30,
    seed: SupportsIndex = 1,
    bins: SupportsIndex = 20,
    clusters: SupportsIndex | None = None,
    shifts: SupportsIndex | None = None,
) -> list[Remains]:
    """The three measures for `households` that are drawn, each with a group of every size: between it and its
    own readings, its `masked` values (of the readings' shape, if given), the sum of a group that it is in,
    and the sum of as many others. What the last shows is not the household's: everybody sleeps at night. The
    same `seed` gives the same figures.

    Meters with silent intervals are left out, and constant ones are not drawn: nothing of them can be seen.
    """
    given = table("readings", readings)
    values = given.whole()
    frames = None
    if masked is not None:
        if not isinstance(masked, np.ndarray) or masked.dtype != np.uint64:
            raise TypeError("masked: expected an array of uint64, as masked_values gives them")
        if masked.shape != given.values.shape:
            raise MisuseError(f"misuse: masked: shape {masked.shape}, the readings have {given.values.shape}")
        frames = masked if given.present is None else masked[:, given.present.all(axis=0)]
    if len(values) < 3:
        raise MisuseError(f"misuse: readings: {len(values)} intervals, expected 3 or more")
    meters = values.shape[1]
    targets = np.flatnonzero((values != values[:1]).any(axis=0)) if meters else np.zeros(0, np.intp)
    if not len(targets):
        raise MisuseError("misuse: readings: no meter without silent intervals whose readings vary")
    ordered = sorted(set(wholes("sizes", sizes)))
    if ordered and not 2 <= ordered[0] <= ordered[-1] < meters:
        raise MisuseError(f"misuse: sizes: are not from 2 to {meters - 1}: one meter fewer than there are")
    draws = whole("households", households)
    if not 1 <= draws <= 1_000_000:
        raise MisuseError("misuse: households: is not from 1 to 1000000")
    start = whole("seed", seed)
    if start < 0:
        raise MisuseError("misuse: seed: is below 0")

    rng = np.random.default_rng(start)
    found: dict[tuple[Seen, int], list[tuple[float, float, float, float]]] = {}
    for target in rng.permutation(np.resize(rng.permutation(targets), draws)):
        own = values[:, target].astype(np.float64)
        count = kmeans.best_count(own, CLUSTERS) if clusters is None else clusters

        def note(
            seen: Seen,
            size: int,
            series: NDArray[np.number[Any]],
            own: NDArray[np.float64] = own,
            count: SupportsIndex = count,
        ) -> None:
            entropy = relative_entropy(own, series, bins=bins, scale="own")
            classes = cluster_classification(own, series, clusters=count)
            line = regression(own, series, shifts=shifts)
            found.setdefault((seen, size), []).append((entropy, classes.similarity, classes.chance, line.r2))

        note("readings", 1, own)
        if frames is not None:
            note("frames", 1, frames[:, target])
        others = rng.permutation(np.delete(np.arange(meters), target))
        for size in ordered:
            # As fractions: sums of many large readings may pass 64 bits.
            rest = values[:, others[: size - 1]].sum(axis=1, dtype=np.float64)
            note("sum", size, rest + own)
            note("others", size, rest + values[:, others[size - 1]])
    return [_remains(seen, size, rows) for (seen, size), rows in found.items()]


def _remains(seen: Seen, size: int, rows: Sequence[tuple[float, float, float, float]]) -> Remains:
    def spread(column: Sequence[float]) -> Spread:
        low, high = np.percentile(column, [25, 75])
        return Spread(float(np.mean(column)), float(low), float(high))

    entropy, similarity, chance, r2 = (spread(column) for column in zip(*rows, strict=True))
    return Remains(seen, size, entropy, similarity, chance, r2, len(rows))
