"""Readings of many meters over many intervals."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from wattsum._table import whole
from wattsum.readings.cells import Bad
from wattsum.readings.frames import arrow
from wattsum.readings.source import meter_names, misuse, one_of, unmasked
from wattsum.readings.stamps import read

_G = TypeVar("_G", bound=Hashable)
Moment = np.datetime64 | datetime | str


class Row(NamedTuple):
    """One interval: its start (UTC), and reading and presence of each meter."""

    start: np.datetime64
    values: NDArray[np.int64]
    present: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class Readings:
    """Whole numbers of `unit`, a row an interval and a column a meter; 0 where `present` is false.

    Interval i begins at `starts[i]` (datetime64[s], UTC), `period` seconds after the one before; a period
    of 0 is that of a single interval, where nothing tells it. The arrays are read-only. MisuseError for
    shapes that do not fit together, TypeError for floats and masked arrays.
    """

    values: NDArray[np.int64]
    present: NDArray[np.bool_]
    meters: tuple[str, ...]
    starts: NDArray[np.datetime64]
    period: int
    unit: str = "Wh"
    duplicates: int = 0
    """Readings that the source held more than once, with the same value."""

    def __post_init__(self) -> None:
        values = np.asarray(unmasked("values", self.values))
        present = np.asarray(unmasked("present", self.present))
        if values.dtype.kind == "f":
            raise TypeError(
                "values: a float is no reading: sums are exact, over whole numbers of the billed unit"
            )
        if values.dtype != np.int64 or present.dtype != np.bool_:
            raise TypeError(
                f"values, present: expected int64 and bool, got {values.dtype} and {present.dtype}"
            )
        shape = (len(self.starts), len(self.meters))
        if values.shape != shape or present.shape != shape:
            raise misuse("values, present", f"shapes {values.shape} and {present.shape}, expected {shape}")
        if len(set(self.meters)) != len(self.meters):
            raise misuse("meters", "a meter is there twice")
        starts = np.asarray(unmasked("starts", np.asanyarray(self.starts))).astype("datetime64[s]")
        if len(starts) > 1 and (self.period <= 0 or (np.diff(starts).astype(np.int64) != self.period).any()):
            raise misuse("starts", f"not {self.period} s apart")
        if values[~present].any():
            values = np.where(present, values, 0)
        for name, array in (("values", values), ("present", present), ("starts", starts)):
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        object.__setattr__(self, "meters", tuple(self.meters))

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Readings):
            return NotImplemented
        mine, others = (self.meters, self.period, self.unit), (other.meters, other.period, other.unit)
        arrays = ((self.starts, other.starts), (self.values, other.values), (self.present, other.present))
        return mine == others and all(np.array_equal(a, b) for a, b in arrays)

    def __repr__(self) -> str:
        first = f"from {self.starts[0]}Z " if len(self) else ""
        size = f"{len(self)} intervals of {self.period} s {first}by {len(self.meters)} meters"
        return f"Readings({size} in {self.unit}, {int((~self.present).sum())} absent)"

    def row(self, interval: int) -> Row:
        """The readings of one interval."""
        interval = whole("interval", interval)
        if not -len(self) <= interval < len(self):
            raise misuse("interval", f"there are {len(self)}")
        return Row(self.starts[interval], self.values[interval], self.present[interval])

    def sums(self) -> NDArray[np.int64] | list[int]:
        """The sum of each interval's present readings: int64 where all fit, exact Python ints where not."""
        if not self.values.size:
            return np.zeros(len(self), dtype=np.int64)
        # Halves cannot overflow below 2^31 meters.
        high = (self.values >> 32).sum(axis=1)
        low = (self.values & 0xFFFF_FFFF).sum(axis=1)
        exact = [(h << 32) + v for h, v in zip(high.tolist(), low.tolist(), strict=True)]
        if all(-(2**63) <= total < 2**63 for total in exact):
            return np.array(exact, dtype=np.int64)
        return exact

    def between(self, start: Moment, end: Moment) -> "Readings":
        """The intervals that begin at `start` or later and before `end` (datetime64 in UTC, or with an
        offset)."""
        first, last = np.searchsorted(self.starts, [instant("start", start), instant("end", end)])
        rows = slice(int(first), max(int(first), int(last)))
        starts = self.starts[rows]
        return Readings(self.values[rows], self.present[rows], self.meters, starts, self.period, self.unit)

    def of(self, meters: Sequence[str]) -> "Readings":
        """These meters only, in this order."""
        meters = meter_names("meters", meters)
        places = {meter: place for place, meter in enumerate(self.meters)}
        try:
            picked = [places[meter] for meter in meters]
        except KeyError as error:
            raise misuse("meters", f"there is no meter {error}") from None
        cells = np.ascontiguousarray(self.values[:, picked]), np.ascontiguousarray(self.present[:, picked])
        return Readings(*cells, meters, self.starts, self.period, self.unit)

    def groups(self, by: Mapping[str, _G] | Sequence[_G]) -> dict[_G, "Readings"]:
        """The readings of each group: `by` gives every meter its group, by name or in the order of the
        meters."""
        members: dict[_G, list[str]] = {}
        if not isinstance(by, (Mapping, Sequence, np.ndarray)) or isinstance(by, (str, bytes)):
            raise TypeError(f"by: expected a mapping or a sequence, got {type(by).__name__}")
        if not isinstance(by, Mapping) and len(by) != len(self.meters):
            raise misuse("by", f"{len(by)} groups for {len(self.meters)} meters")
        for place, meter in enumerate(self.meters):
            if isinstance(by, Mapping) and meter not in by:
                raise misuse("by", f"there is no group for meter {meter}")
            members.setdefault(by[meter] if isinstance(by, Mapping) else by[place], []).append(meter)
        return {group: self.of(meters) for group, meters in members.items()}

    def to_arrow(self, shape: Literal["wide", "long"] = "wide") -> Any:
        """A pyarrow Table that `load` reads again: in the wide form absent readings are null, in the long
        left out."""
        one_of("shape", shape, "wide", "long")
        pa = arrow()
        utc = pa.timestamp("s", "UTC")
        if shape == "wide":
            if "interval_start" in self.meters:
                raise misuse("meters", "a meter is called interval_start")
            cells = zip(self.values.T, self.present.T, strict=True)
            columns = [pa.array(values, mask=~present) for values, present in cells]
            return pa.table([pa.array(self.starts).cast(utc), *columns], ["interval_start", *self.meters])
        meters, rows = np.nonzero(self.present.T)
        names = pa.DictionaryArray.from_arrays(
            pa.array(meters.astype(np.int32)), pa.array(self.meters, pa.string())
        )
        starts = pa.array(self.starts[rows]).cast(utc)
        return pa.table(
            [names, starts, pa.array(self.values[rows, meters])], ["meter", "interval_start", "wh"]
        )


def instant(name: str, moment: Moment) -> np.datetime64:
    """A moment in UTC."""
    if isinstance(moment, np.datetime64):
        return np.datetime64(int(moment.astype("datetime64[s]").astype(np.int64)), "s")
    if isinstance(moment, datetime):
        moment = moment.isoformat()
    if not isinstance(moment, str):
        raise TypeError(f"{name}: expected a datetime64, a datetime or text, got {type(moment).__name__}")
    try:
        return np.datetime64(read(moment, None).first, "s")
    except Bad as bad:
        raise misuse(name, str(bad)) from None
