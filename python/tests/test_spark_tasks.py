"""What the tasks of `wattsum.spark` do with a partition, without Spark: batches of any size, sorted."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattsum import Error, MalformedError, MisuseError, _tasks
from wattsum._tasks import MADE, Tasks

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

P = 2**64 - 2**32 + 1
TASKS = Tasks(("group", "round"), "meter", "wert", "shamir")
Row = tuple[int, int, int, int]
"""Group, round, meter, the element of its state."""

rows_of = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 9), st.sampled_from([0, 1, 7, P - 1])),
    max_size=80,
)


def state(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


def batch(rows: Iterable[tuple[Any, ...]]) -> Any:
    columns = list(zip(*rows, strict=True))
    states = [state(value) if isinstance(value, int) else value for value in columns[3]]
    arrays = [*(pa.array(column, pa.int64()) for column in columns[:3]), pa.array(states, pa.binary())]
    return pa.RecordBatch.from_arrays(arrays, ["key0", "key1", "meter", "state"])


def cut(rows: list[Row], size: int) -> list[Any]:
    return [batch(rows[start : start + size]) for start in range(0, len(rows), size)]


def truth(rows: list[Row]) -> dict[tuple[int, int], list[Any]]:
    """State, members, duplicates and contradictions by key, the plain way."""
    sent: dict[tuple[int, int], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    count: dict[tuple[int, int], int] = defaultdict(int)
    for group, round, meter, value in rows:
        sent[group, round][meter].add(value)
        count[group, round] += 1
    found = {}
    for key, meters in sent.items():
        good = [next(iter(values)) for values in meters.values() if len(values) == 1]
        different = sum(len(values) for values in meters.values())
        sums = state(sum(good) % P) if good else None
        found[key] = [sums, len(good), count[key] - different, len(meters) - len(good)]
    return found


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=rows_of,
    partitions=st.integers(1, 3),
    sizes=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    chunk=st.integers(1, 20),
    data=st.data(),
)
def test_any_partitions_and_batches_give_the_sums(
    monkeypatch: pytest.MonkeyPatch,
    rows: list[Row],
    partitions: int,
    sizes: tuple[int, int],
    chunk: int,
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(_tasks, "_CHUNK", chunk)
    monkeypatch.setattr(_tasks, "_BATCH", 1 + chunk // 2)
    once = []
    for partition in range(partitions):
        here = [row for row in rows if hash(row[:3]) % partitions == partition]
        # Sorted by key and meter; rows of one meter in any order.
        order = data.draw(st.permutations(here))
        once += list(TASKS.distinct(iter(cut(sorted(order, key=lambda row: row[:3]), sizes[0]))))
    once = data.draw(st.permutations(once))
    found = list(TASKS.added(iter(once)))
    assert all(part.num_rows <= 1 + chunk // 2 for part in found)
    result = {}
    for row in (row for part in found for row in part.to_pylist()):
        assert (row["group"], row["round"]) not in result
        result[row["group"], row["round"]] = [row[name] for name in MADE]
    assert result == truth(rows)


def test_a_task_that_runs_again_gives_the_same() -> None:
    rows = sorted((row % 3, row % 7, row // 2, row // 2) for row in range(300))
    first = [part.to_pylist() for part in TASKS.distinct(iter(cut(rows, 17)))]
    assert first == [part.to_pylist() for part in TASKS.distinct(iter(cut(rows, 17)))]


def test_an_empty_partition_gives_nothing() -> None:
    empty = batch([(1, 1, 1, 1)]).slice(0, 0)
    for batches in ([], [empty], [empty, empty]):
        assert list(TASKS.distinct(iter(batches))) == []
        assert list(TASKS.added(iter([]))) == []


GOOD = [(1, 5, meter, meter) for meter in range(40)]
WRONG: dict[str, tuple[tuple[Any, ...], type[Error], str]] = {
    "null key": ((1, None, 17, 3), MisuseError, "group 1, round None, meter 17: round is null"),
    "null meter": ((1, 5, None, 3), MisuseError, "group 1, round 5, meter None: meter is null"),
    "null state": ((1, 5, 99, None), MisuseError, "group 1, round 5, meter 99: wert is null"),
    "no element": ((1, 5, 99, state(P)), MalformedError, "group 1, round 5, meter 99: "),
    "no whole element": ((1, 5, 99, b"abcdefg"), MisuseError, "group 1, round 5, meter 99: "),
    "no element at all": (
        (1, 5, 99, b""),
        MisuseError,
        "group 1, round 5, meter 99: wert: the states are empty",
    ),
    "another width": ((1, 5, 40, state(1, 2)), MisuseError, ": a state of 16 bytes beside one of 8"),
}


def test_groups_may_have_other_channels_but_a_key_may_not() -> None:
    rows = [(group, 5, meter, state(*range(group))) for group in (1, 2, 3) for meter in range(4)]
    once = list(TASKS.distinct(iter([batch(rows)])))
    sums = {row["group"]: row["state"] for row in pa.Table.from_batches(once).to_pylist()}
    assert sums == {1: state(0), 2: state(0, 4), 3: state(0, 4, 8)}
    more = list(TASKS.distinct(iter([batch([(2, 5, 9, state(1, 2, 3))])])))
    with pytest.raises(MisuseError, match="group 2, round 5: a state of 24 bytes beside one of 16"):
        list(TASKS.added(iter([*once, *more])))


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("chunk", [8, 1000])
def test_an_error_names_key_and_meter(case: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tasks, "_CHUNK", chunk)
    row, error, text = WRONG[case]
    with pytest.raises(error) as raised:
        # States of different lengths may only meet in the second step.
        list(TASKS.added(TASKS.distinct(iter([batch([*GOOD, row])]))))
    assert text in str(raised.value)
    assert str(raised.value).startswith("group 1, round ")
