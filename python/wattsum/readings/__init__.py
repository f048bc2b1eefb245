"""Readings of many meters from CSV, parquet, data frames and registers: whole numbers, exactly, or an
error that names file, row and column.

CSV needs nothing but numpy; parquet, pandas, polars and pyarrow need `pip install wattsum[readings]`.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattsum._native import Kept, Register
from wattsum._table import whole
from wattsum.readings import csvfile, frames
from wattsum.readings.cells import Cells
from wattsum.readings.grid import Grid, Records, grid
from wattsum.readings.registers import Implausible, checked, consumed
from wattsum.readings.source import Columns, Shape, meter_names, misuse, one_of
from wattsum.readings.stamps import Zone, zone
from wattsum.readings.table import Moment, Readings, Row, instant

__all__ = ["Kept", "Readings", "Register", "Row", "consumed", "from_register", "load"]

for _class in (Readings, Row):
    _class.__module__ = __name__


def load(
    source: Any,
    *,
    shape: Shape = "auto",
    meter: str = "meter",
    start: str = "interval_start",
    value: str = "wh",
    meters: Sequence[str] | None = None,
    unit: str = "Wh",
    scaler: int | None = None,
    period: int | None = None,
    tz: Zone = None,
    register: Register | None = None,
    plausible: int | None = None,
    implausible: Implausible = "refuse",
) -> Readings:
    """Reads a path (.csv, .parquet), a pandas or polars DataFrame, or a pyarrow Table.

    Two forms are told apart by their columns: *wide*, `start` and a column for each meter, one row an
    interval; and *long*, `meter`, `start` and `value` and, unless shape="long" says it, nothing else, one
    row a reading. `meters` asks for these meters only, in this order.

    Rows come in any order. Time stamps carry an offset, or are local times of `tz` (an IANA name, +01:00,
    or a tzinfo); in the hour that clocks repeat in autumn the order of a meter's rows tells the first
    passage from the second, as in the program `wattsum`. Intervals without a row between the first and the
    last are absent, as empty cells, nulls and NaN are. `period` is the length of an interval in seconds,
    by default the smallest step. The same value twice is dropped and counted (`duplicates`); two different
    values of one interval are refused.

    A number n in the source is n * 10^scaler units, and must come out whole: 3 for kWh with three decimals
    in Wh. Without `scaler` only whole numbers are taken, and float columns are a TypeError; with it
    decimals are read from text and decimal columns exactly, and a float stands for the decimal that it is
    nearest to (15 digits; 6 of 32 bits; half floats are refused).

    With `register` the values are what registers showed at `start`: see `consumed` for `plausible` and
    `implausible`. The last row then only ends an interval.

    MalformedError names file, row (of a file of text as editors count, header row 1; else from 0) and
    column; MisuseError and TypeError an argument or a column's type; OSError a file.
    """
    columns, cells = _asked(shape, (meter, start, value), meters, scaler, register, period)
    local = zone(tz)
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        suffix = os.path.splitext(path)[1].lower()
        readers = {
            ".csv": csvfile.read,
            ".txt": csvfile.read,
            ".parquet": frames.parquet,
            ".pq": frames.parquet,
        }
        if suffix not in readers:
            raise misuse("source", f"{path}: expected a file .csv or .parquet")
        records = readers[suffix](path, columns, cells, local)
    else:
        records = frames.frame(source, columns, cells, local)
    if meters is not None and records.meter is not None:
        records = _picked(records, meters)
    table = grid(records, period)
    if register is not None:
        return _consumed(records, table, register, plausible, implausible, unit)
    starts = _starts(table.first, len(table.values), table.period)
    return Readings(table.values, table.present, records.meters, starts, table.period, unit, table.duplicates)


def from_register(
    values: NDArray[Any],
    present: NDArray[np.bool_] | None,
    register: Register,
    *,
    meters: Sequence[str],
    start: Moment,
    period: int,
    unit: str = "Wh",
    plausible: int | None = None,
    implausible: Implausible = "refuse",
) -> Readings:
    """Readings from (t, n) register values, the first row of them shown at `start` (UTC): see `consumed`."""
    if isinstance(values, np.ndarray) and values.ndim != 2:
        raise misuse("values", f"shape {values.shape}, expected (t, n)")
    called, seconds = meter_names("meters", meters), whole("period", period)
    if not 1 <= seconds <= 2**32:
        raise misuse("period", "expected 1 ... 2^32")
    brought, shown = consumed(values, register, present, plausible=plausible, implausible=implausible)
    first = int(instant("start", start).astype(np.int64))
    return Readings(brought, shown, called, _starts(first, len(brought), seconds), seconds, unit)


def _asked(
    shape: Shape,
    names: tuple[str, str, str],
    meters: Sequence[str] | None,
    scaler: int | None,
    register: Register | None,
    period: int | None,
) -> tuple[Columns, Cells]:
    one_of("shape", shape, "auto", "wide", "long")
    for argument, number, least, most in (("scaler", scaler, -9, 9), ("period", period, 1, 2**32)):
        if number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"{argument}: expected an int, got {type(number).__name__}")
        if not least <= number <= most:
            raise misuse(argument, f"expected {least} ... {most}")
    if register is not None:
        if not isinstance(register, Register):
            raise TypeError(f"register: expected a Register, got {type(register).__name__}")
        if scaler is not None:
            raise misuse("scaler", "the scaler of a register is its own")
    if isinstance(meters, str):
        raise TypeError("meters: expected names, got one str")
    asked = None if meters is None else tuple(meters)
    if asked is not None and (not asked or len(set(asked)) != len(asked)):
        raise misuse("meters", "expected one or more, each once")
    return Columns(shape, *names, asked), Cells(scaler, register is not None)


def _picked(records: Records, meters: Sequence[str]) -> Records:
    """Of a long table, the records of these meters."""
    assert records.meter is not None
    numbers = {name: number for number, name in enumerate(records.meters)}
    place = np.full(len(numbers), -1, dtype=np.intp)
    for column, name in enumerate(meters):
        if name not in numbers:
            records.source.refuse(f"there is no reading of meter {name}")
        place[numbers[name]] = column
    kept = np.flatnonzero(place[records.meter] >= 0)
    row = records.source.row
    return Records(
        type(records.source)(records.source.name, lambda record: row(int(kept[record]))),
        records.times[kept],
        tuple(meters),
        place[records.meter[kept]],
        records.values[kept],
        records.present[kept],
        records.columns,
    )


def _starts(first: int, count: int, period: int) -> NDArray[np.datetime64]:
    return (first + period * np.arange(count, dtype=np.int64)).astype("datetime64[s]")


def _consumed(
    records: Records,
    table: Grid,
    register: Register,
    plausible: int | None,
    implausible: Implausible,
    unit: str,
) -> Readings:
    if len(table.values) < 2:
        records.source.refuse("values of a register need a second row: an interval is what lies between two")
    values, present, refused = checked(table.values, register, table.present, plausible, implausible)
    if refused is not None:
        row, column, error = refused
        here = records.times == table.first + row * table.period
        if records.meter is not None:
            here &= records.meter == column
        record = int(np.argmax(here))
        name = records.meters[column] if records.meter is None else records.columns[1]
        what = str(error).removeprefix("misuse: ")
        records.source.refuse(f"meter {records.meters[column]}: {what}", record, name)
    starts = _starts(table.first, len(values), table.period)
    return Readings(values, present, records.meters, starts, table.period, unit, table.duplicates)
