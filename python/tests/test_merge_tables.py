"""`wattsum.merge.merge` over Arrow tables: sums of states by key, in any order and layout."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattsum import MalformedError, MisuseError, _columns
from wattsum.merge import Protocol, merge, sums

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

P = 2**64 - 2**32 + 1
MODULI: dict[Protocol, int] = {"dcnet": P, "shamir": P, "cmt": 2**64}
KEYS = ["group", "round"]


def state(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


def table(**columns: Any) -> Any:
    return pa.table(columns)


def small(states: Sequence[bytes | str | None], kind: Any = None, **columns: Any) -> Any:
    rows = len(states)
    columns = {"group": [1] * rows, "round": [7] * rows, **columns}
    return pa.table({**columns, "state": pa.array(states, kind or pa.binary())})


def test_rows_of_one_key_are_added_and_keys_stay_in_order() -> None:
    rows = table(
        group=["b", "a", "b", "a", "c"],
        round=[2, 1, 2, 1, 2],
        state=[state(P - 1, 1), state(5, 2), state(3, 3), state(6, P - 2), state(9, 9)],
    )
    assert merge(rows, KEYS, "state", "shamir").to_pydict() == {
        "group": ["b", "a", "c"],
        "round": [2, 1, 2],
        "state": [state(2, 4), state(11, 0), state(9, 9)],
        "members": [2, 2, 1],
    }


Row = tuple[int, str, int, int]
rows_of = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.sampled_from(["", "a", "ä\0"]),
        st.one_of(st.integers(0, P - 1), st.just(P - 1)),
        st.integers(1, 2**40),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=rows_of,
    protocol=st.sampled_from(sorted(MODULI)),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    offset=st.integers(0, 3),
    kind=st.sampled_from(["binary", "large_binary", "fixed", "binary_view"]),
    data=st.data(),
)
def test_any_split_merged_in_any_order_gives_the_sums(
    rows: list[Row], protocol: Protocol, cuts: list[int], offset: int, kind: str, data: st.DataObject
) -> None:
    truth: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for group, round, value, count in rows:
        total = truth[group, round]
        total[0], total[1] = (total[0] + value) % MODULI[protocol], total[1] + count
    types = {
        "binary": pa.binary(),
        "large_binary": pa.large_binary(),
        "fixed": pa.binary(8),
        "binary_view": pa.binary_view(),
    }
    padded = [rows[0]] * offset + rows
    whole = table(
        group=[row[0] for row in padded],
        round=[row[1] for row in padded],
        wide=pa.array([state(row[2]) for row in padded], types[kind]),
        many=[row[3] for row in padded],
    ).slice(offset)
    edges = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    parts = [
        merge(whole.slice(start, end - start), KEYS, "wide", protocol, "many")
        for start, end in zip(edges, edges[1:], strict=False)
    ]
    parts = data.draw(st.permutations(parts))
    merged = merge(pa.concat_tables(parts), KEYS, "state", protocol, "members")
    found = {(row["group"], row["round"]): [row["state"], row["members"]] for row in merged.to_pylist()}
    assert merged.num_rows == len(truth)
    assert found == {key: [state(value), count] for key, (value, count) in truth.items()}
    assert merged.schema.field("state").type == pa.binary()
    assert merged.schema.field("members").type == pa.int64()


@pytest.mark.parametrize("kind", ["binary", "large_binary", "fixed"])
def test_states_are_read_where_they_lie(kind: str) -> None:
    types = {"binary": pa.binary(), "large_binary": pa.large_binary(), "fixed": pa.binary(16)}
    array = pa.array([state(row, ~row % 2**64) for row in range(100)], types[kind]).slice(10, 50)
    rows = _columns.states("state", pa.chunked_array([array]))
    start = array.buffers()[-1].address + 10 * 16
    assert rows.shape == (50, 16)
    assert rows.__array_interface__["data"][0] == start
    assert rows[7].tobytes() == array[7].as_py()
    back = _columns.binary(rows)
    assert back.cast(types[kind]).to_pylist() == array.to_pylist()
    assert back.chunk(0).buffers()[-1].address == start


def test_a_result_too_long_for_one_chunk_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_columns, "_MOST", 33)
    rows = table(group=range(7), state=[state(value, 0) for value in range(7)])
    merged = merge(rows, ["group"], "state", "cmt")
    assert merged["state"].num_chunks == 4
    assert merged["state"].to_pylist() == rows["state"].to_pylist()


KINDS = {
    "bool": [True, False, True],
    "uint64": pa.array([2**64 - 1, 0, 2**64 - 1], pa.uint64()),
    "date": [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 1)],
    "timestamp": pa.array([5, 6, 5], pa.timestamp("us", "Europe/Zurich")),
    "decimal": [Decimal("1.10"), Decimal("1.11"), Decimal("1.10")],
    "binary": [b"", b"\0", b""],
    "fixed": pa.array([b"ab", b"cd", b"ab"], pa.binary(2)),
    "large": pa.array(["x", "y", "x"], pa.large_string()),
    "view": pa.array(["x", "y", "x"], pa.string_view()),
    "dictionary": pa.array(["x", "y", "x"]).dictionary_encode(),
    "equal in a dictionary": pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["x", "y", "x"])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_any_exact_type_come_back_as_they_were(kind: str) -> None:
    rows = small([state(1), state(2), state(3)], group=KINDS[kind])
    merged = merge(rows, KEYS, "state", "cmt")
    assert merged["group"].to_pylist() == rows["group"].to_pylist()[:2]
    assert merged.schema.field("group") == rows.schema.field("group")
    assert merged["state"].to_pylist() == [state(4), state(2)]


def test_a_batch_is_a_table_and_none_gives_none() -> None:
    rows = small([state(1), state(2)])
    assert merge(rows.to_batches()[0], KEYS, "state", "cmt")["members"].to_pylist() == [2]
    for protocol in get_args(Protocol):
        nothing = merge(rows.slice(0, 0), KEYS, "state", protocol)
        assert (nothing.num_rows, nothing.schema) == (0, merge(rows, KEYS, "state", "cmt").schema)
        assert merge(pa.table(rows.schema.empty_table()), KEYS, "state", protocol).num_rows == 0
    assert get_args(Protocol) == _columns.PROTOCOLS


def test_equal_to_the_sums_of_the_array_function() -> None:
    rng = np.random.default_rng(8)
    values: NDArray[np.uint8] = rng.integers(0, P, (5000, 3), np.uint64).view(np.uint8)
    group = rng.integers(0, 70, 5000)
    rows = table(group=group, state=[row.tobytes() for row in values])
    merged = merge(rows, ["group"], "state", "dcnet")
    order = merged["group"].to_numpy()
    expected = sums(values, "dcnet", group, 70)[order]
    assert b"".join(merged["state"].to_pylist()) == expected.tobytes()
    assert merged["members"].to_pylist() == np.bincount(group)[order].tolist()


WRONG: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "no table": ([1], {}, TypeError, "table: expected a pyarrow Table or RecordBatch, not list"),
    "keys as text": (None, {"keys": "group"}, TypeError, "keys: expected a list of column names, not str"),
    "keys as numbers": (None, {"keys": [0]}, TypeError, "keys: expected the name of a column, not int"),
    "no keys": (None, {"keys": []}, MisuseError, "keys: no column is named"),
    "one key twice": (None, {"keys": ["group", "group"]}, MisuseError, "keys: a column is named twice"),
    "key of the result": (None, {"keys": ["state"]}, MisuseError, "keys: 'state' is a column of the result"),
    "unknown key": (None, {"keys": ["meter"]}, MisuseError, "keys: the table has no column 'meter'"),
    "unknown state": (None, {"state": "sum"}, MisuseError, "state: the table has no column 'sum'"),
    "unknown members": (None, {"members": "n"}, MisuseError, "members: the table has no column 'n'"),
    "state is no name": (None, {"state": 3}, TypeError, "state: expected the name of a column, not int"),
    "protocol": (None, {"protocol": "paillier"}, MisuseError, "protocol: 'paillier' is none of dcnet, "),
    "partial with members": (
        None,
        {"protocol": "partial", "members": "round"},
        MisuseError,
        "members: a partial sum says itself",
    ),
    "float key": (small([state(1)], group=[1.0]), {}, TypeError, "group: a column of double is no key"),
    "list key": (small([state(1)], group=[[1]]), {}, TypeError, "group: a column of list"),
    "null key": (
        small([state(1)] * 3, round=pa.chunked_array([[1], [2, None]])),
        {},
        MisuseError,
        "round: row 2 is null",
    ),
    "null in a dictionary": (
        small([state(1)] * 2, group=pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["x", None]))),
        {},
        MisuseError,
        "group: row 1 is null",
    ),
    "null state": (small([state(1), None]), {}, MisuseError, "state: row 1 is null"),
    "null members": (
        small([state(1)] * 2, n=pa.array([1, None])),
        {"members": "n"},
        MisuseError,
        "n: row 1 is null",
    ),
    "text as states": (
        small(["abcdefgh"], pa.string()),
        {},
        TypeError,
        "state: states are a binary column, not string",
    ),
    "widths": (
        small([state(1), state(1), state(1, 2)]),
        {},
        MisuseError,
        "state: row 2 has 16 bytes, the rows",
    ),
    "empty states": (small([b"", b""]), {}, MisuseError, "state: the states are empty"),
    "no state": (small([state(1), state(P)]), {}, MalformedError, "row 1"),
    "no whole element": (small([b"1234567"]), {}, MisuseError, "states: "),
    "no partial sum": (small([state(1)]), {"protocol": "partial"}, MalformedError, "row 0"),
    "zero members": (
        small([state(1)] * 2, n=[1, 0]),
        {"members": "n"},
        MisuseError,
        "n: row 1 is 0, the least is 1",
    ),
    "float members": (
        small([state(1)], n=[1.0]),
        {"members": "n"},
        TypeError,
        "n: counts are a column of whole",
    ),
    "members beyond int64": (
        small([state(1)], n=pa.array([2**63], pa.uint64())),
        {"members": "n"},
        MisuseError,
        "n: a count is beyond",
    ),
    "sum of members beyond int64": (
        small([state(1)] * 2, n=[2**62, 2**62]),
        {"members": "n"},
        MisuseError,
        "n: the counts add up to more",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_tables_are_refused_by_name_and_row(case: str) -> None:
    rows, changed, error, text = WRONG[case]
    arguments = {"keys": KEYS, "state": "state", "protocol": "dcnet", **changed}
    with pytest.raises(error) as raised:
        merge(small([state(1)]) if rows is None else rows, **arguments)
    assert text in str(raised.value)


def test_widths_that_differ_between_batches_are_refused() -> None:
    both = pa.concat_tables([small([state(1)] * 2), small([state(1, 2)] * 2)])
    with pytest.raises(MisuseError, match="state: row 2 has 16 bytes, the rows before it have 8"):
        merge(both, KEYS, "state", "cmt")


def test_a_column_that_is_there_twice_is_refused() -> None:
    rows = pa.Table.from_arrays(
        [pa.array([1]), pa.array([1]), pa.array([state(1)])], ["group", "group", "state"]
    )
    with pytest.raises(MisuseError, match="keys: the table has 2 columns 'group'"):
        merge(rows, ["group"], "state", "cmt")


@pytest.mark.parametrize("offsets", [[0, 8, 24], [-8, 0, 8], [0, 8, 0], [8, 0, -8], [8, 16, 24]])
def test_offsets_outside_of_their_buffer_are_refused(offsets: list[int]) -> None:
    stored = np.array([0, 8, 16], np.int32)
    buffers = [None, pa.py_buffer(stored), pa.py_buffer(state(1, 2))]
    rows = table(group=[1, 1], state=pa.Array.from_buffers(pa.binary(), 2, buffers))
    stored[:] = offsets  # pyarrow looks at the ends alone, and only when the array is made
    with pytest.raises(MisuseError, match="state: row"):
        merge(rows, ["group"], "state", "cmt")
