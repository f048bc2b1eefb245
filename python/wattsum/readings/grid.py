"""Records in rows of one interval each, in order of time, one column a meter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattsum.readings.source import Source

Values = NDArray[np.integer[Any]]
"""int64, or uint64 of registers."""


@dataclass(frozen=True)
class Records:
    """What a source holds: instants of its records, and for each either all meters (wide) or one (long)."""

    source: Source
    times: NDArray[np.int64]
    meters: tuple[str, ...]
    meter: NDArray[np.intp] | None
    values: Values
    present: NDArray[np.bool_]
    columns: tuple[str, str | None]
    """Names of the columns of time stamps and, in the long form, of values."""

    def place(self, row: int, column: int) -> tuple[int, str | None]:
        """Record and column of a cell that was flattened row by row."""
        if self.meter is None:
            return row, self.meters[column]
        return row, self.columns[1]


@dataclass(frozen=True)
class Grid:
    """All intervals from the first to the last, those without a record too."""

    first: int
    period: int
    values: Any
    present: NDArray[np.bool_]
    duplicates: int


def grid(records: Records, period: int | None) -> Grid:
    """Every record at its place; the same value twice is counted, two different values are refused."""
    times = records.times
    first, last = int(times.min()), int(times.max())
    period = _period(records, period)
    count = (last - first) // period + 1 if period else 1
    width = len(records.meters)
    # A single wrong stamp would fill memory with silent intervals.
    if count * width > 64 * records.values.size + (1 << 20):
        order = np.argsort(times, kind="stable")
        gap = int(np.argmax(np.diff(times[order])))
        records.source.refuse(
            f"there are {count} intervals of {period} s from the first to the last time stamp, most of them "
            "without any reading; is this time stamp right?",
            int(order[gap + 1]),
            records.columns[0],
        )
    rows = (times - first) // max(period, 1)
    if records.meter is None:
        if len(rows) == count and bool((rows == np.arange(count)).all()):
            return Grid(first, period, records.values, records.present, 0)
        if len(np.unique(rows)) == len(rows):
            values = np.zeros((count, width), dtype=records.values.dtype)
            present = np.zeros((count, width), dtype=np.bool_)
            values[rows], present[rows] = records.values, records.present
            return Grid(first, period, values, present, 0)
        cells = (rows[:, None] * width + np.arange(width)).ravel()
    else:
        cells = rows * width + records.meter
    return _scattered(records, cells, (count, width), first, period)


def _period(records: Records, period: int | None) -> int:
    times = records.times
    steps = np.diff(np.unique(times))
    if period is None:
        period = int(steps.min()) if len(steps) else 0
    if len(steps) and (off := (times - times.min()) % period != 0).any():
        record = int(np.argmax(off))
        records.source.refuse(
            f"the interval begins {int(times[record] - times.min())} s after the first one, which is no "
            f"multiple of the period of {period} s",
            record,
            records.columns[0],
        )
    return period


def _scattered(
    records: Records, cells: NDArray[np.int64], shape: tuple[int, int], first: int, period: int
) -> Grid:
    given = np.flatnonzero(records.present.ravel())
    flat = records.values.ravel()[given]
    cells = cells[given]
    size = shape[0] * shape[1]
    # Where an index is there more than once the last assignment stays: backwards, the first.
    holder = np.full(size, -1, dtype=np.int64)
    holder[cells[::-1]] = np.arange(len(cells) - 1, -1, -1)
    holders = holder[cells]
    again = holders != np.arange(len(cells))
    differs = again & (flat[holders] != flat)
    if differs.any():
        here = int(np.argmax(differs))
        _contradiction(records, int(given[here]), int(given[holders[here]]), int(cells[here]) % shape[1])
    values = np.zeros(size, dtype=records.values.dtype)
    present = np.zeros(size, dtype=np.bool_)
    values[cells], present[cells] = flat, True
    return Grid(first, period, values.reshape(shape), present.reshape(shape), int(again.sum()))


def _contradiction(records: Records, here: int, there: int, meter: int) -> None:
    width = 1 if records.meter is not None else len(records.meters)
    record, column = records.place(here // width, here % width)
    values = records.values.ravel()
    records.source.refuse(
        f"meter {records.meters[meter]} has {values[there]} of this interval already, in row "
        f"{records.source.row(there // width)}, and here {values[here]}",
        record,
        column,
    )
