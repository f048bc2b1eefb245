"""Arrow columns as numpy arrays and back, without a copy of the states."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattsum import _native
from wattsum.errors import MisuseError

Table: TypeAlias = Any
"""A `pyarrow.Table`; pyarrow has no types."""
Batch: TypeAlias = Any
"""A `pyarrow.RecordBatch`."""
Column: TypeAlias = Any
"""A `pyarrow.ChunkedArray`."""

PROTOCOLS = ("dcnet", "shamir", "elgamal", "cmt", "partial")
"""Whose states there are: `wattsum.merge.Protocol`."""

_MOST = 2**31 - 1
"""Bytes in one chunk of a binary column, whose offsets are int32."""


def arrow() -> Any:
    """pyarrow, which only tables need."""
    try:
        return import_module("pyarrow")
    except ImportError as error:
        raise ImportError(
            "tables of states are pyarrow's: pip install wattsum[spark], wattsum[dask] or wattsum[ray]"
        ) from error


def names(columns: Sequence[str], argument: str) -> list[str]:
    """Column names, each once."""
    if isinstance(columns, str) or not isinstance(columns, Sequence):
        raise TypeError(f"{argument}: expected a list of column names, not {type(columns).__name__}")
    for item in columns:
        name(item, argument)
    if not columns:
        raise MisuseError(f"{argument}: no column is named")
    if len(set(columns)) < len(columns):
        raise MisuseError(f"{argument}: a column is named twice in {list(columns)}")
    return list(columns)


def name(column: str, argument: str) -> str:
    if not isinstance(column, str):
        raise TypeError(f"{argument}: expected the name of a column, not {type(column).__name__}")
    return column


def column(table: Table, wanted: str, argument: str) -> Column:
    """The one column of this name, without nulls."""
    found = table.schema.get_all_field_indices(wanted)
    if len(found) != 1:
        how = "no column" if not found else f"{len(found)} columns"
        raise MisuseError(f"{argument}: the table has {how} {wanted!r}")
    values = table.column(found[0])
    if values.null_count:
        row = int(np.flatnonzero(values.is_null().to_numpy())[0])
        raise MisuseError(f"{wanted}: row {row} is null")
    return values


def numbers(columns: dict[str, Column]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers the rows that are equal in all `columns` alike, from 0 in order of first appearance.

    Gives each row's number, and of each number the first row.
    """
    pa, pc = arrow(), import_module("pyarrow.compute")

    codes: NDArray[np.int64] | None = None
    for title, values in columns.items():
        more, size = _codes(_hashable(title, values))
        if codes is None:
            codes = more
        else:
            # Both are below the number of rows, and rows are indexed by int32: no product is beyond int64.
            codes, _ = _codes(pc.add(pc.multiply(pa.array(codes), size), pa.array(more)))
    if codes is None:
        raise MisuseError("keys: no column is named")
    before = np.concatenate([np.array([-1]), np.maximum.accumulate(codes)[:-1]])[: len(codes)]
    return codes, np.flatnonzero(codes > before)


def _codes(values: Any) -> tuple[NDArray[np.int64], int]:
    encoded = values.dictionary_encode()
    chunks = encoded.chunks if hasattr(encoded, "chunks") else [encoded]
    if not chunks:
        return np.empty(0, np.int64), 0
    indices = [chunk.indices.to_numpy() for chunk in chunks]
    return np.concatenate(indices, dtype=np.int64), len(chunks[-1].dictionary)


def _hashable(title: str, values: Column) -> Column:
    pa = arrow()

    kind = values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        values = values.cast(kind)
        if values.null_count:
            raise MisuseError(f"{title}: row {int(np.flatnonzero(values.is_null().to_numpy())[0])} is null")
    if pa.types.is_string_view(kind):
        values = values.cast(pa.large_string())
    elif pa.types.is_binary_view(kind):
        values = values.cast(pa.large_binary())
    elif not any(fits(kind) for fits in _key_kinds()):
        why = " (two floats that print alike may differ)" if pa.types.is_floating(kind) else ""
        raise TypeError(f"{title}: a column of {kind} is no key{why}")
    return values


def taken(values: Column, rows: NDArray[np.int64]) -> Column:
    """The given rows of a column, in its type."""
    pa = arrow()

    kind = values.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        # pyarrow does not take from views.
        long = pa.large_string() if pa.types.is_string_view(kind) else pa.large_binary()
        return values.cast(long).take(pa.array(rows)).cast(kind)
    return values.take(pa.array(rows))


def _key_kinds() -> list[Any]:
    types = arrow().types

    return [
        types.is_integer,
        types.is_boolean,
        types.is_string,
        types.is_large_string,
        types.is_temporal,
        types.is_decimal,
        types.is_binary,
        types.is_large_binary,
        types.is_fixed_size_binary,
    ]


def states(title: str, values: Column) -> NDArray[np.uint8]:
    """A binary column of one width, as (rows, width); a single chunk is read where it lies."""
    parts = [_rows(title, start, chunk) for start, chunk in binary_chunks(title, values)]
    if not parts:
        return np.empty((0, 0), np.uint8)
    row, width = 0, parts[0].shape[1]
    for part in parts:
        if part.shape[1] != width:
            raise _uneven(title, row, part.shape[1], width)
        row += len(part)
    if width == 0:
        raise MisuseError(f"{title}: the states are empty")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def widths(values: Column) -> NDArray[np.int64]:
    """How many bytes each row of a binary column has."""
    pc = import_module("pyarrow.compute")

    parts = [chunk.to_numpy() for chunk in pc.binary_length(values).chunks]
    return np.concatenate([np.empty(0, np.int64), *parts], dtype=np.int64)


def binary_chunks(title: str, values: Column) -> list[tuple[int, Any]]:
    """The chunks with rows, each with the number of its first, of a type that has one buffer of bytes."""
    pa = arrow()

    kind = values.type
    if pa.types.is_binary_view(kind):
        values = values.cast(pa.large_binary())
    elif not (
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    ):
        raise TypeError(f"{title}: states are a binary column, not {kind}")
    chunks = [chunk for chunk in values.chunks if len(chunk)]
    starts = np.cumsum([0, *(len(chunk) for chunk in chunks)])
    return list(zip(starts.tolist(), chunks, strict=False))


def _rows(title: str, start: int, chunk: Any) -> NDArray[np.uint8]:
    pa = arrow()

    count, offset, kind = len(chunk), chunk.offset, chunk.type
    buffers = chunk.buffers()
    data = np.empty(0, np.uint8) if buffers[-1] is None else np.frombuffer(buffers[-1], np.uint8)
    if pa.types.is_fixed_size_binary(kind):
        width, first, last = kind.byte_width, offset * kind.byte_width, (offset + count) * kind.byte_width
    else:
        whole = np.frombuffer(buffers[1], np.int64 if pa.types.is_large_binary(kind) else np.int32)
        offsets = whole[offset : offset + count + 1]
        widths = np.diff(offsets)
        width, first, last = int(widths[0]), int(offsets[0]), int(offsets[-1])
        other = np.flatnonzero(widths != width)
        if len(other):
            raise _uneven(title, start + int(other[0]), int(widths[other[0]]), width)
    if first < 0 or width < 0 or last > len(data):
        raise MisuseError(f"{title}: rows {start} … {start + count - 1} lie outside of their buffer")
    return data[first:last].reshape(count, width)


def _uneven(title: str, row: int, width: int, before: int) -> MisuseError:
    return MisuseError(f"{title}: row {row} has {width} bytes, the rows before it have {before}")


def binary(rows: NDArray[np.uint8]) -> Column:
    """The rows of an array (rows, width) as a binary column."""
    pa = arrow()

    count, width = rows.shape
    most = max(_MOST // max(width, 1), 1)
    chunks = []
    for start in range(0, count, most):
        part = np.ascontiguousarray(rows[start : start + most])
        offsets = np.arange(len(part) + 1, dtype=np.int32) * np.int32(width)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(part)]
        chunks.append(pa.Array.from_buffers(pa.binary(), len(part), buffers))
    return pa.chunked_array(chunks, pa.binary())


def counts(title: str, values: Column, least: int) -> NDArray[np.int64]:
    """A column of whole numbers ≥ `least` as int64, whose sum is within int64 too."""
    pa = arrow()

    if not pa.types.is_integer(values.type):
        raise TypeError(f"{title}: counts are a column of whole numbers, not {values.type}")
    try:
        parts = [chunk.to_numpy() for chunk in values.cast(pa.int64()).chunks]
    except pa.ArrowInvalid:
        raise MisuseError(f"{title}: a count is beyond int64") from None
    array = np.concatenate([np.empty(0, np.int64), *parts])
    small = np.flatnonzero(array < least)
    if len(small):
        raise MisuseError(f"{title}: row {int(small[0])} is {int(array[small[0]])}, the least is {least}")
    if (int((array >> 32).sum()) << 32) + int((array & 0xFFFF_FFFF).sum()) >= 2**63:
        raise MisuseError(f"{title}: the counts add up to more than int64 holds")
    return array


def added(codes: NDArray[np.int64], count: int, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of `values` by number."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, codes, values)
    return sums


def protocol(value: str) -> None:
    """Refuses what is none."""
    if not isinstance(value, str):
        raise TypeError(f"protocol: expected a str, not {type(value).__name__}")
    if value not in PROTOCOLS:
        raise MisuseError(f"protocol: {value!r} is none of {', '.join(PROTOCOLS)}")


def summed(
    title: str,
    values: Column,
    protocol: str,
    number: NDArray[np.int64],
    count: int,
    members: NDArray[np.int64] | None = None,
) -> tuple[Column, NDArray[np.int64]]:
    """Sums of the states in the column `title` by number, and how many meters are in each.

    Each of the `count` numbers has a row. `members`: how many a row has, 1 if left out; a partial sum
    counts itself.
    """
    pa = arrow()

    if not len(number):
        return pa.chunked_array([], pa.binary()), np.empty(0, np.int64)
    if protocol == "partial":
        parts = [part for _, chunk in binary_chunks(title, values) for part in chunk.to_pylist()]
        merged = _native.merge_partials(parts, number, count)
        return pa.chunked_array([pa.array(merged, pa.binary())]), _native.merge_counts(merged)
    sums = _native.merge_sums(states(title, values), protocol, number, count)
    members = np.ones(len(number), np.int64) if members is None else members
    return binary(sums), added(number, count, members)
