"""Readings as the analysis takes them: `wattsum.readings.Readings`, or a plain array."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, Protocol, SupportsIndex, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from wattsum.errors import MisuseError

_T = TypeVar("_T")

DAY = 86_400
"""Seconds."""

Values: TypeAlias = NDArray[np.signedinteger[Any]] | NDArray[np.unsignedinteger[Any]]


class Table(Protocol):
    """What `wattsum.readings.Readings` has."""

    @property
    def values(self) -> NDArray[np.int64]: ...
    @property
    def present(self) -> NDArray[np.bool_]: ...
    @property
    def meters(self) -> tuple[str, ...]: ...
    @property
    def starts(self) -> NDArray[np.datetime64]: ...
    @property
    def period(self) -> int: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Given:
    """Readings, a row an interval and a column a meter, with what is known of them."""

    values: NDArray[np.int64]
    present: NDArray[np.bool_] | None = None
    meters: tuple[str, ...] | None = None
    starts: NDArray[np.datetime64] | None = None
    period: int | None = None
    unit: str | None = None

    def without_gaps(self, name: str) -> None:
        """Refuses intervals that do not follow each other."""
        if self.starts is None or self.period is None:
            return
        steps = np.diff(self.starts) != np.timedelta64(self.period, "s")
        if steps.any():
            after = self.starts[int(steps.argmax())]
            raise MisuseError(
                f"misuse: {name}: the interval after {after} is of another length, or one is missing"
            )

    def whole(self) -> NDArray[np.int64]:
        """The meters without silent intervals."""
        if self.present is None or bool(self.present.all()):
            return self.values
        return np.ascontiguousarray(self.values[:, self.present.all(axis=0)])


def table(name: str, readings: Table | Values) -> Given:
    """Checks what was given as `name`."""
    if isinstance(readings, np.ndarray):
        return Given(whole_numbers(name, readings, 2))
    try:
        values, present, meters = readings.values, readings.present, tuple(readings.meters)
        starts, period, unit = readings.starts, int(readings.period), str(readings.unit)
    except AttributeError:
        kind = type(readings).__name__
        raise TypeError(f"{name}: expected wattsum.readings.Readings or a numpy array, got {kind}") from None
    values = whole_numbers(name, values, 2)
    if period < 0 or present.shape != values.shape or (len(starts), len(meters)) != values.shape:
        raise MisuseError(f"misuse: {name}: its fields do not fit together")
    if not period:  # a single interval: nothing tells its length
        return Given(values, present, meters, unit=unit)
    return Given(values, present, meters, starts, period, unit)


def whole_numbers(name: str, values: Any, dimensions: int) -> NDArray[np.int64]:
    """An int64 array of so many dimensions."""
    if not isinstance(values, np.ndarray):
        raise TypeError(f"{name}: expected a numpy array, got {type(values).__name__}")
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name}: a masked array would be taken with its masked values")
    if values.dtype.kind in "fc":
        raise TypeError(
            f"{name}: a float is no reading: sums are exact, over whole numbers of the smallest billed unit "
            "(Wh, not kWh); round where you can see what is lost"
        )
    if values.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected an array of int64, got {values.dtype}")
    if values.ndim != dimensions:
        raise MisuseError(f"misuse: {name}: {values.ndim} dimensions, expected {dimensions}")
    if values.dtype == np.uint64 and bool((values > np.iinfo(np.int64).max).any()):
        raise MisuseError(f"misuse: {name}: a value beyond int64")
    return values.astype(np.int64, copy=False)


def whole(name: str, value: SupportsIndex) -> int:
    """An integer that was given as `name`."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}")
    try:
        return index(value)
    except TypeError:  # such as an array, or a class
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}") from None


MOST_INTS = 1 << 20


def wholes(name: str, values: Iterable[SupportsIndex]) -> list[int]:
    """Integers that were given as `name`."""
    if not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected some ints, got {type(values).__name__}")
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise MisuseError(f"misuse: {name}: {values.ndim} dimensions, expected 1")
    if isinstance(values, (range, np.ndarray)) and len(values[: MOST_INTS + 1]) > MOST_INTS:
        raise MisuseError(f"misuse: {name}: more than {MOST_INTS}")
    return [whole(name, value) for value in values]


def results(name: str, values: Sequence[_T], kind: type[_T]) -> list[_T]:
    """Results of one class that were given as `name`."""
    if not isinstance(values, Sequence) or isinstance(values, (str, bytes, range)):
        raise TypeError(f"{name}: expected a list of {kind.__name__}, got {type(values).__name__}")
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name}: expected {kind.__module__}.{kind.__name__}, got {type(value).__name__}")
    return list(values)
