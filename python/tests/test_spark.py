"""Sums on Spark, two local cores: equal to the plain ones, and errors that say whose row it was."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sparking

from wattsum import MisuseError, merge, spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.filterwarnings("default")  # pyspark's own
P = 2**64 - 2**32 + 1
KEYS = ["group", "round"]


@pytest.fixture(scope="module")
def session() -> "Iterator[SparkSession]":
    with sparking.session() as made:
        yield made


def state(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


def frame(session: "SparkSession", rows: list[tuple[Any, ...]], schema: str = "") -> "DataFrame":
    return session.createDataFrame(rows, schema or "group long, round long, meter long, state binary")


def found(sums: "DataFrame") -> dict[tuple[Any, ...], list[Any]]:
    """What stands beside each key, in the order of the columns."""
    rows = sums.collect()
    result = {tuple(row)[:-4]: list(row)[-4:] for row in rows}
    assert len(result) == len(rows)
    return result


def test_sums_are_those_of_the_plain_way_with_rows_twice_and_contradictions(session: "SparkSession") -> None:
    rng = np.random.default_rng(3)
    rows = [
        (meter % 3, meter // 3 % 11, meter, state(*rng.integers(0, P, 2, np.uint64).tolist()))
        for meter in range(2000)
    ]
    twice = rows[100:300] + rows[100:150]
    contradictions = [(group, round, meter, state(5, 6)) for group, round, meter, _ in rows[140:160]]
    truth: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for place, (group, round, _, sent) in enumerate(rows):
        total = truth[group, round]
        if 140 <= place < 160:
            total[4] += 1
        else:
            total[0] = (total[0] + int.from_bytes(sent[:8], "little")) % P
            total[1] = (total[1] + int.from_bytes(sent[8:], "little")) % P
            total[2] += 1
        total[3] += (100 <= place < 300) + (100 <= place < 150)
    everything = rows + twice + contradictions
    df = frame(session, [everything[place] for place in rng.permutation(len(everything))])
    sums = spark.aggregate(df, KEYS, "state", "shamir")
    assert sums.dtypes == [
        ("group", "bigint"),
        ("round", "bigint"),
        ("state", "binary"),
        ("members", "bigint"),
        ("duplicates", "bigint"),
        ("contradictions", "bigint"),
    ]
    assert found(sums) == {key: [state(*total[:2]), *total[2:]] for key, total in truth.items()}
    assert sum(total[3] for total in truth.values()) == 250
    named = spark.contradictions(df, KEYS, "state").collect()
    assert {tuple(row) for row in named} == {
        (*row[:3], 2, 2 + (place < 150) + 1) for place, row in enumerate(rows) if 140 <= place < 160
    }


def test_a_key_whose_only_meters_contradict_has_no_state(session: "SparkSession") -> None:
    df = frame(session, [(1, 1, 7, state(1)), (1, 1, 7, state(2)), (1, 2, 7, state(3))])
    sums = found(spark.aggregate(df, KEYS, "state", "cmt"))
    assert sums == {(1, 1): [None, 0, 0, 1], (1, 2): [state(3), 1, 0, 0]}


@pytest.mark.parametrize("large", ["false", "true"])
def test_keys_of_any_exact_type_and_columns_of_any_name(session: "SparkSession", large: str) -> None:
    key = ("n°1", date(2026, 1, 1), datetime(2026, 1, 1, 0, 15), Decimal("1.50"), True, b"\xff\0", 7)
    other = ("n°2", *key[1:])
    schema = (
        "`a.b` string, day date, `at` timestamp, `c``d` decimal(9,2), flag boolean, raw binary, "
        "short smallint, "
        "`members` string, `wert in kWh` binary"
    )
    rows = [(*key, "m1", state(2**63)), (*key, "m2", state(2**63 + 1)), (*other, "m1", state(5))]
    session.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    try:
        df = frame(session, rows, schema)
        keys = ["a.b", "day", "at", "c`d", "flag", "raw", "short"]
        sums = spark.aggregate(df, keys, "wert in kWh", "cmt", meter="members")
        assert sums.dtypes[:7] == df.dtypes[:7]
        assert found(sums) == {key: [state(1), 2, 0, 0], other: [state(5), 1, 0, 0]}
        assert spark.contradictions(df, keys, "wert in kWh", meter="members").collect() == []
    finally:
        session.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")


def test_no_rows_give_no_rows(session: "SparkSession") -> None:
    assert found(spark.aggregate(frame(session, []), KEYS, "state", "dcnet")) == {}


def test_no_table_is_grouped_by_spark(session: "SparkSession", capsys: pytest.CaptureFixture[str]) -> None:
    spark.aggregate(frame(session, [(1, 1, 1, state(1))]), KEYS, "state", "dcnet").explain()
    plan = capsys.readouterr().out
    assert plan.count("MapInArrow") == 2
    assert plan.count("Exchange hashpartitioning") == 2
    assert "FlatMapGroups" not in plan


BAD = {
    "null meter": (
        (1, 5, None, state(1)),
        "wattsum.errors.MisuseError: group 1, round 5, meter None: meter is null",
    ),
    "null state": ((1, 5, 17, None), "wattsum.errors.MisuseError: group 1, round 5, meter 17: state is null"),
    "no element": ((1, 5, 17, state(P)), "wattsum.errors.MalformedError: group 1, round 5, meter 17: "),
    "width": ((1, 5, 17, b"12345"), "wattsum.errors.MisuseError: group 1, round 5"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_error_of_a_task_names_class_key_and_meter(session: "SparkSession", case: str) -> None:
    from pyspark.errors import PythonException

    row, text = BAD[case]
    df = frame(session, [(1, 5, meter, state(meter)) for meter in range(500) if meter != 17] + [row])
    with pytest.raises(PythonException) as raised:
        spark.aggregate(df, KEYS, "state", "dcnet").collect()
    assert text in str(raised.value)


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no frame": ({"df": [1]}, TypeError, "df: expected a Spark DataFrame, not list"),
    "protocol": ({"protocol": "sum"}, MisuseError, "protocol: 'sum' is none of dcnet, "),
    "no meter": ({"meter": None}, MisuseError, "meter: states of 'dcnet' do not say whose they are"),
    "keys as text": ({"keys": "group"}, TypeError, "keys: expected a list of column names, not str"),
    "no keys": ({"keys": []}, MisuseError, "keys: no column is named"),
    "unknown": ({"keys": ["group", "epoch"]}, MisuseError, "keys: the frame has no column 'epoch'"),
    "unknown meter": ({"meter": "mpan"}, MisuseError, "meter: the frame has no column 'mpan'"),
    "state is no name": ({"state": 1}, TypeError, "state: expected the name of a column, not int"),
    "state is a number": ({"state": "round"}, TypeError, "state: 'round' is bigint, states are binary"),
    "float key": ({"keys": ["weight"]}, TypeError, "keys: 'weight' is double, expected whole numbers, text"),
    "list meter": ({"meter": "list"}, TypeError, "meter: 'list' is array<int>, expected whole numbers, text"),
    "key of the result": ({"keys": ["members"]}, MisuseError, "keys: 'members' is a column of the result"),
    "meter is a key": ({"meter": "group"}, MisuseError, "keys, state and meter: a column is named twice"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_refused_before_a_job_runs(session: "SparkSession", case: str) -> None:
    changed, error, text = WRONG[case]
    schema = "group long, round long, meter long, state binary, weight double, list array<int>, members long"
    arguments = {"df": frame(session, [], schema), "keys": KEYS, "state": "state", "protocol": "dcnet"}
    with pytest.raises(error) as raised:
        spark.aggregate(**{**arguments, **changed})
    assert text in str(raised.value)


def test_what_spark_adds_up_is_merged_on(session: "SparkSession") -> None:
    df = frame(session, [(1, round, meter, state(meter)) for round in range(4) for meter in range(30)])
    sums = spark.aggregate(df, KEYS, "state", "cmt").toArrow()
    day = merge.merge(sums, ["group"], "state", "cmt", "members")
    assert day.to_pylist() == [{"group": 1, "state": state(4 * 435), "members": 120}]
