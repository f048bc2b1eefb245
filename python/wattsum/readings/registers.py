"""Readings from the values that registers show."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wattsum._native import Register, register_consumed
from wattsum.errors import Error
from wattsum.readings.source import misuse, one_of, unmasked

Implausible = Literal["refuse", "absent"]


def consumed(
    values: NDArray[Any],
    register: Register,
    present: NDArray[np.bool_] | None = None,
    *,
    plausible: int | None = None,
    implausible: Implausible = "refuse",
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """What each interval has brought: (t) or (t, n) values that n registers showed, (t-1) or (t-1, n)
    readings.

    A column is one meter's way through `meter_link::register`: at most one roll-over between two values;
    with a negative scaler what is below a unit goes into the next interval; where a value is missing the
    intervals up to the next one are absent, and the interval that ends with it brings them all. So the
    readings of a column add up to what it has gone up by from its first value to its last, but for less
    than a unit.

    `plausible` is the most that one interval can bring, in units; k intervals together may bring k times
    as much. More raises MisuseError with row and column; with implausible="absent" the interval is absent
    instead and the next one begins at the new value, as after the exchange of a meter. A value that the
    register cannot show is always refused.
    """
    readings, shown, refused = checked(values, register, present, plausible, implausible)
    if refused is not None:
        row, column, error = refused
        raise misuse("values", f"row {row}, column {column}: {str(error).removeprefix('misuse: ')}")
    return readings, shown


def checked(
    values: NDArray[Any],
    register: Register,
    present: NDArray[np.bool_] | None,
    plausible: int | None,
    implausible: Implausible,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[int, int, Error] | None]:
    """`consumed`, with the first value that was refused as a result."""
    cells = _values(values)
    if not isinstance(register, Register):
        raise TypeError(f"register: expected a Register, got {type(register).__name__}")
    shown = np.ones(cells.shape, dtype=np.bool_) if present is None else unmasked("present", present)
    if shown.dtype != np.bool_:
        raise TypeError(f"present: expected an array of bool, got {shown.dtype}")
    if shown.shape != cells.shape:
        raise misuse("present", f"shape {shown.shape}, expected {cells.shape}")
    one_of("implausible", implausible, "refuse", "absent")
    bound = 2**64 - 1 if plausible is None else plausible
    if isinstance(bound, bool) or not isinstance(bound, int):
        raise TypeError(f"plausible: expected an int, got {type(bound).__name__}")
    if not 0 <= bound < 2**64:
        raise misuse("plausible", "out of range")
    shape = (len(cells), 1) if cells.ndim == 1 else cells.shape
    # Copies, as the work is done while other threads may write into the caller's arrays.
    readings, ended, refused = register_consumed(
        np.array(cells, dtype=np.uint64, order="C").reshape(shape),
        np.array(shown, dtype=np.uint8, order="C").reshape(shape),
        register,
        bound,
        implausible == "absent",
    )
    out = (max(len(cells) - 1, 0), *cells.shape[1:])
    return readings.reshape(out), ended.reshape(out), refused


def _values(values: NDArray[Any]) -> NDArray[Any]:
    values = unmasked("values", values)
    if values.dtype.kind == "f":
        raise TypeError("values: a float is no register value: it holds 53 bits, and a register up to 64")
    if values.dtype.kind not in "iu":
        raise TypeError(f"values: expected an array of uint64, got {values.dtype}")
    if values.ndim not in (1, 2):
        raise misuse("values", f"shape {values.shape}, expected (t,) or (t, n)")
    if values.dtype.kind == "i" and (values < 0).any():
        raise misuse("values", "a register shows no value below 0")
    return values
