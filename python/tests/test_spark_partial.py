"""Gateways verify frames, Spark puts their partial sums together, the utility closes the round over them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sparking
from world import ShamirWorld, ids

from wattsum import MisuseError, link, merge, shamir, spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.filterwarnings("default")  # pyspark's own
KEYS = ["group", "round"]
SCHEMA = "group long, round long, gateway string, partial binary"
METERS, SILENT = 30, 4
QUORUM = (1, 2, 3)
Row = tuple[int, int, str, bytes]


@pytest.fixture(scope="module")
def session() -> "Iterator[SparkSession]":
    with sparking.session() as made:
        yield made


def heard(world: ShamirWorld, state: bytes, frames: Any, meters: range) -> bytes:
    """What a gateway sends on: it goes on from the utility's open round, and has verified these frames."""
    gateway = world.utility.reopen(state)
    assert gateway.accept_many(frames[list(meters)]) == []
    return gateway.partial().to_bytes()


def gathered(world: ShamirWorld, rounds: dict[int, Any]) -> tuple[dict[int, shamir.Collecting], list[Row]]:
    """Open rounds, and a row for each gateway and round; the frames of one meter have not come."""
    opened, rows = {}, []
    for round, readings in rounds.items():
        collecting = opened[round] = world.utility.open(round, round)
        frames = world.contribute(round, readings)
        for number, meters in enumerate((range(SILENT), range(SILENT + 1, 11), range(11, METERS))):
            partial = heard(world, collecting.to_bytes(), frames, meters)
            rows.append((7, round, f"gateway {number}", partial))
    return opened, rows


def summed(df: "DataFrame", meter: str | None) -> dict[int, Any]:
    return {
        row["round"]: row for row in spark.aggregate(df, KEYS, "partial", "partial", meter=meter).collect()
    }


@pytest.mark.parametrize("meter", ["gateway", None])
def test_what_gateways_verified_is_summed_and_opened(session: "SparkSession", meter: str | None) -> None:
    world, rng = ShamirWorld.form(METERS), np.random.default_rng(2)
    rounds = {round: rng.integers(-500, 5000, METERS) for round in (40, 41, 42)}
    opened, rows = gathered(world, rounds)
    sums = summed(session.createDataFrame([*rows, rows[4]], SCHEMA), meter)
    for round, readings in rounds.items():
        row = sums[round]
        assert (row["members"], row["duplicates"], row["contradictions"]) == (METERS - 1, round == 41, 0)
        collecting = opened[round]
        for aggregator in world.aggregators:
            aggregator.open(round, collecting.frame)
        partial = link.PartialSum.from_bytes(row["state"])
        assert np.flatnonzero(~partial.members).tolist() == [SILENT]
        collecting.add(partial)
        assert collecting.missing() == [ids(METERS)[SILENT]]
        total = world.answer(round, world.utility.close(collecting, QUORUM), QUORUM)
        assert total.values == (int(readings.sum() - readings[SILENT]),)
        assert total.meters == METERS - 1


def test_a_meter_that_two_gateways_heard_is_not_added_twice(session: "SparkSession") -> None:
    from pyspark.errors import PythonException

    world = ShamirWorld.form(METERS)
    collecting = world.utility.open(40, 40)
    frames = world.contribute(40, np.arange(METERS))
    parts = [heard(world, collecting.to_bytes(), frames, meters) for meters in (range(12), range(10, METERS))]
    rows = [(7, 40, f"gateway {number}", part) for number, part in enumerate(parts)]
    for meter in ("gateway", None):
        with pytest.raises(PythonException) as raised:
            summed(session.createDataFrame(rows, SCHEMA), meter)
        assert "wattsum.errors.MisuseError: group 7, round 40: " in str(raised.value)
    # Two sums of one gateway contradict each other: neither is in.
    rows = [(7, 40, "gateway 0", part) for part in parts]
    [row] = summed(session.createDataFrame(rows, SCHEMA), "gateway").values()
    assert (row["state"], row["members"], row["contradictions"]) == (None, 0, 1)


def test_bytes_that_are_no_partial_sum_are_named(session: "SparkSession") -> None:
    from pyspark.errors import PythonException

    world = ShamirWorld.form(METERS)
    _, rows = gathered(world, {40: np.arange(METERS)})
    damaged = bytearray(rows[1][3])
    damaged[-9] ^= 1
    rows[1] = (*rows[1][:3], bytes(damaged))
    with pytest.raises(PythonException) as raised:
        summed(session.createDataFrame(rows, SCHEMA), "gateway")
    assert "wattsum.errors.MalformedError: group 7, round 40, gateway 'gateway 1': " in str(raised.value)


def test_partial_sums_are_merged_without_spark() -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    world = ShamirWorld.form(METERS)
    _, rows = gathered(world, {40: np.arange(METERS), 41: np.arange(METERS)})
    table = pa.table(
        dict(zip(("group", "round", "gateway", "partial"), zip(*rows, strict=True), strict=True))
    )
    for order in (list(range(6)), [5, 0, 4, 1, 3, 2]):
        once = merge.merge(table.take(order).slice(0, 4), KEYS, "partial", "partial")
        rest = merge.merge(table.take(order).slice(4), KEYS, "partial", "partial")
        whole = merge.merge(pa.concat_tables([once, rest]), KEYS, "state", "partial").sort_by("round")
        assert whole["members"].to_pylist() == [METERS - 1] * 2
        assert [link.PartialSum.from_bytes(state).round for state in whole["state"].to_pylist()] == [40, 41]
    with pytest.raises(MisuseError, match="row"):
        merge.merge(pa.concat_tables([table, table.slice(2, 1)]), KEYS, "partial", "partial")
