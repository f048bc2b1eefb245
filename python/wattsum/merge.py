"""Sums of many states at once, for Spark, Dask, Ray or a loop: whatever carries bytes can add up.

A **state** is what sums of one protocol are made of, as bytes: `"dcnet"` and `"shamir"` elements of Field64,
`"cmt"` numbers modulo 2^64 (8 bytes each, little-endian), `"elgamal"` ciphertexts (R 32 ‖ C 32 each), one a
channel. They are bare numbers: `sums` adds up what it is given, and that no frame is in twice and that only
frames of one round meet is the caller's care. A `"partial"` state is the bytes of a `link.PartialSum` or an
`elgamal.PartialSum`, which knows its round and who is in; merging refuses a meter that is in twice.
"""

import typing
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattsum import _columns, _native
from wattsum._columns import Batch, Table, arrow
from wattsum.errors import MisuseError

__all__ = ["Protocol", "counts", "merge", "partials", "sums"]

Protocol: TypeAlias = Literal["dcnet", "shamir", "elgamal", "cmt", "partial"]
"""Whose states."""


@typing.runtime_checkable
class Binary(typing.Protocol):
    """A `pyarrow.BinaryArray` or `LargeBinaryArray`."""

    def to_pylist(self) -> list[Any]:
        """Its values, as bytes."""


def sums(
    states: NDArray[np.uint8],
    protocol: Protocol,
    groups: NDArray[np.int64] | None = None,
    count: int = 1,
    *,
    threads: int = 1,
) -> NDArray[np.uint8]:
    """Sums the states of each group.

    Row i of `states` (n, width) belongs to group `groups[i]` of 0 … count - 1, or all to group 0. Gives
    (count, width): row g is the sum of group g, zeros where it is empty. Not for `"partial"`.

    A row that is no state is a `MalformedError`, a group that does not exist a `MisuseError`; both name the row.
    """
    return _native.merge_sums(states, protocol, groups, count, threads=threads)


def partials(
    states: Sequence[bytes] | Binary,
    groups: NDArray[np.int64] | None = None,
    count: int = 1,
) -> list[bytes]:
    """Merges the partial sums of each group, which must have one at least; `groups` and `count` as in `sums`.

    A meter that is in twice, different epochs or rounds, and a group without states are a `MisuseError`; bytes
    that are no partial sum are a `MalformedError`. Both name the row.
    """
    return _native.merge_partials(_listed(states), groups, count)


def counts(states: Sequence[bytes] | Binary) -> NDArray[np.int64]:
    """How many meters are in each partial sum."""
    return _native.merge_counts(_listed(states))


def merge(
    table: Table | Batch,
    keys: Sequence[str],
    state: str,
    protocol: Protocol,
    members: str | None = None,
) -> Table:
    """Sums the states of rows with equal keys: the one step that Spark, Dask and Ray repeat in any order.

    Gives a row a key, in the order in which keys first appear: the columns `keys` as they were, `state`:
    binary, `members`: int64, how many meters are in. A row counts as one, or as its `members` column says: so
    what was merged is merged again, `merge(..., "state", protocol, "members")`. A `"partial"` state counts
    itself, and takes no `members`.

    A missing column, a null, states of different widths and a meter that is in two partial sums of one key
    are a `MisuseError`; a column of the wrong type is a `TypeError`; a row that is no state is a
    `MalformedError`.
    """
    pa = arrow()
    _columns.protocol(protocol)
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if not isinstance(table, pa.Table):
        raise TypeError(f"table: expected a pyarrow Table or RecordBatch, not {type(table).__name__}")
    keys = _columns.names(keys, "keys")
    for taken in {"state", "members"} & set(keys):
        raise MisuseError(f"keys: {taken!r} is a column of the result")
    if members is not None and protocol == "partial":
        raise MisuseError("members: a partial sum says itself who is in")
    grouped = {key: _columns.column(table, key, "keys") for key in keys}
    values = _columns.column(table, _columns.name(state, "state"), "state")
    rows = None
    if members is not None:
        column = _columns.column(table, _columns.name(members, "members"), "members")
        rows = _columns.counts(members, column, 1)
    number, first = _columns.numbers(grouped)
    added, count = _columns.summed(state, values, protocol, number, len(first), rows)
    columns = {key: _columns.taken(column, first) for key, column in grouped.items()}
    return pa.table({**columns, "state": added, "members": count})


def _listed(states: Sequence[bytes] | Binary) -> Sequence[bytes]:
    """An Arrow array yields objects of its own instead of bytes; what else is no sequence is refused later."""
    return states.to_pylist() if isinstance(states, Binary) else states
