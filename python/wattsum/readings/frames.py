"""Tables in memory, and parquet: everything that pyarrow can take over."""

from datetime import datetime, timedelta, tzinfo
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattsum.readings.cells import FLOATS, Bad, Cells, scaled_floats, scaled_integers
from wattsum.readings.grid import Records, Values
from wattsum.readings.source import Columns, Source, excerpt, is_long, quoted, wide_meters
from wattsum.readings.stamps import Stamp, Stamps, instants, of_local


def arrow() -> Any:
    """pyarrow, which only these readers need."""
    try:
        import_module("pyarrow.compute")
        return import_module("pyarrow")
    except ImportError as error:
        raise ImportError(
            "parquet and data frames are read by pyarrow: pip install wattsum[readings]"
        ) from error


def parquet(path: str, columns: Columns, cells: Cells, tz: tzinfo | None) -> Records:
    pa = arrow()
    source = Source(path, lambda record: record)
    with open(path, "rb") as file:
        try:
            table = import_module("pyarrow.parquet").read_table(file)
        except pa.ArrowException as error:
            source.refuse(f"not a parquet file: {error}")
    return read(table, source, columns, cells, tz)


def frame(value: Any, columns: Columns, cells: Cells, tz: tzinfo | None) -> Records:
    """A pandas or polars DataFrame, a pyarrow Table or RecordBatch, or what else exports Arrow's C stream."""
    kind = f"{type(value).__module__.partition('.')[0]} {type(value).__name__}"
    source = Source(kind, lambda record: record)
    pa = arrow()
    try:
        if isinstance(value, pa.Table):
            table = value
        elif isinstance(value, pa.RecordBatch):
            table = pa.table(value)
        elif kind == "pandas DataFrame":
            table = _from_pandas(value, columns.start)
        elif kind == "polars DataFrame":
            table = value.to_arrow()
        elif hasattr(value, "__arrow_c_stream__"):
            table = pa.table(value)
        else:
            raise TypeError(
                f"source: expected a path, a data frame or an Arrow table, got {type(value).__name__}"
            )
    except (pa.ArrowException, ValueError) as error:
        raise TypeError(f"{kind}: {error}") from None
    return read(table, source, columns, cells, tz)


def _from_pandas(value: Any, start: str) -> Any:
    pandas = import_module("pandas")
    by_index = start not in value.columns and isinstance(value.index, pandas.DatetimeIndex)
    if by_index:
        value = value.rename_axis(index=start)
    return arrow().Table.from_pandas(value.rename(columns=str), preserve_index=by_index)


def read(table: Any, source: Source, columns: Columns, cells: Cells, tz: tzinfo | None) -> Records:
    header = [str(name).strip() for name in table.column_names]
    long = is_long(source, header, columns)
    if not table.num_rows:
        source.refuse("there is no row")
    if not long:
        picked = wide_meters(source, header, columns)
        stamps, which = _starts(source, table.column(header.index(columns.start)), columns.start, tz)
        times = instants(source, columns.start, stamps, which, None)
        values = np.empty((table.num_rows, len(picked)), dtype=cells.dtype)
        present = np.empty(values.shape, dtype=np.bool_)
        for place, (index, name) in enumerate(picked):
            values[:, place], present[:, place] = _readings(source, table.column(index), name, cells)
        meters = tuple(name for _, name in picked)
        return Records(source, times, meters, None, values, present, (columns.start, None))
    for name in (columns.meter, columns.start, columns.value):
        if header.count(name) > 1:
            source.refuse(f"column {quoted(name)}: there are two columns of this name")
    meters, meter = _meters(source, table.column(header.index(columns.meter)), columns.meter)
    stamps, which = _starts(source, table.column(header.index(columns.start)), columns.start, tz)
    times = instants(source, columns.start, stamps, which, meter)
    flat, given = _readings(source, table.column(header.index(columns.value)), columns.value, cells)
    return Records(source, times, meters, meter, flat, given, (columns.start, columns.value))


def _texts(column: Any) -> tuple[list[Any], NDArray[np.intp]] | None:
    """Distinct texts of a column of them, and the number of each row's; None for another type."""
    pa = arrow()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        return None
    coded = pa.compute.dictionary_encode(column.cast(pa.large_string()), null_encoding="encode")
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.intp)


def _first(which: NDArray[np.intp], number: int) -> int:
    return int(np.argmax(which == number))


def _meters(source: Source, column: Any, name: str) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    pa = arrow()
    coded = _texts(column.cast(pa.string()) if pa.types.is_integer(column.type) else column)
    if coded is None:
        raise TypeError(f"{source.name}: column {quoted(name)}: expected names of meters, got {column.type}")
    texts, which = coded
    numbers: dict[str, int] = {}
    place = np.empty(len(texts), dtype=np.intp)
    for number, text in enumerate(texts):
        meter = (text or "").strip()
        if not meter:
            source.refuse("the meter has no name", _first(which, number), name)
        place[number] = numbers.setdefault(meter, len(numbers))
    return tuple(numbers), place[which]


def _starts(
    source: Source, column: Any, name: str, tz: tzinfo | None
) -> tuple[list[Stamp], NDArray[np.intp]]:
    pa = arrow()
    coded = _texts(column)
    if coded is not None:
        return _start_texts(source, coded, name, tz)
    kind = column.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise TypeError(f"{source.name}: column {quoted(name)}: expected time stamps, got {kind}")
    if column.null_count:
        missing = column.is_null().to_numpy(zero_copy_only=False)
        source.refuse("the time stamp is missing", int(np.argmax(missing)), name)
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("s")), pa.timestamp("s")
    ticks = column.cast(pa.int64()).to_numpy()
    seconds, rest = np.divmod(ticks, {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit])
    if rest.any():
        source.refuse("the time stamp is not of whole seconds", int(np.argmax(rest != 0)), name)
    distinct, which = np.unique(seconds, return_inverse=True)
    if kind.tz is not None:
        return [Stamp(second) for second in distinct.tolist()], which
    stamps: list[Stamp] = []
    for number, second in enumerate(distinct.tolist()):
        try:
            local = datetime(1970, 1, 1) + timedelta(seconds=second)
            stamps.append(of_local(local, tz, local.isoformat()))
        except OverflowError:
            source.refuse("the time stamp is out of range", _first(which, number), name)
        except Bad as bad:
            source.refuse(str(bad), _first(which, number), name)
    return stamps, which


def _start_texts(
    source: Source, coded: tuple[list[Any], NDArray[np.intp]], name: str, tz: tzinfo | None
) -> tuple[list[Stamp], NDArray[np.intp]]:
    stamps = Stamps(tz)
    texts, which = coded
    place = np.empty(len(texts), dtype=np.intp)
    for number, text in enumerate(texts):
        try:
            place[number] = stamps.number(text or "")
        except Bad as bad:
            source.refuse(str(bad), _first(which, number), name)
    return stamps.stamps, place[which]


def _readings(source: Source, column: Any, name: str, cells: Cells) -> tuple[Values, NDArray[np.bool_]]:
    """Values in units and presence; nulls and NaN are absent."""
    pa = arrow()
    kind = column.type
    if pa.types.is_null(kind):
        return np.zeros(len(column), dtype=cells.dtype), np.zeros(len(column), dtype=np.bool_)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.string())
    coded = _texts(column)
    if coded is not None:
        return _reading_texts(source, coded, name, cells)
    present = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_integer(kind):
        wide = pa.uint64() if pa.types.is_unsigned_integer(kind) else pa.int64()
        values = column.cast(wide).fill_null(0).to_numpy()
        units, bad = scaled_integers(values, cells.scaler or 0)
        bad |= (units < cells.least) | (units > cells.most)
    elif pa.types.is_floating(kind):
        if cells.scaler is None:
            raise TypeError(f"{source.name}: column {quoted(name)}: {kind}: {FLOATS}")
        if pa.types.is_float16(kind):
            raise TypeError(
                f"{source.name}: column {quoted(name)}: {kind}: half floats hold three digits, too few for "
                "readings: give the numbers that they were made of"
            )
        values = column.fill_null(float("nan")).to_numpy()
        present = ~np.isnan(values)
        units, bad = scaled_floats(values, cells.scaler)
        bad |= units < cells.least
    else:
        raise TypeError(f"{source.name}: column {quoted(name)}: expected whole numbers, got {kind}")
    bad &= present
    if bad.any():
        record = int(np.argmax(bad))
        number = f"{excerpt(str(values[record]))} times 10^{cells.scaler or 0}"
        source.refuse(f"{number} is no whole number within {cells.dtype}", record, name)
    return np.where(present, units, 0).astype(cells.dtype), present


def _reading_texts(
    source: Source, coded: tuple[list[Any], NDArray[np.intp]], name: str, cells: Cells
) -> tuple[Values, NDArray[np.bool_]]:
    texts, which = coded
    texts = [text or "" for text in texts]
    try:
        values, present = cells.columns(texts)
    except Bad:
        for number, text in enumerate(texts):
            try:
                cells[text]
            except Bad as bad:
                source.refuse(str(bad), _first(which, number), name)
        raise
    return values[which], present[which]
