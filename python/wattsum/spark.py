"""Sums of states on Spark (PySpark 4, `pip install wattsum[spark]`): `aggregate`, and `contradictions`.

Only arithmetic leaves the roles: who may be summed with whom, and whether a frame is genuine, is decided
before (docs/scale_out.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wattsum import _columns
from wattsum._tasks import MADE, Tasks
from wattsum.errors import MisuseError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from wattsum.merge import Protocol

__all__ = ["aggregate", "contradictions"]


def aggregate(
    df: DataFrame, keys: Sequence[str], state: str, protocol: Protocol, *, meter: str | None = "meter"
) -> DataFrame:
    """Adds up the states of each key: a row a key, in no order, once an action of the result runs.

    `state` is a binary column of states (`wattsum.merge`), of one width within a key; `keys` say which belong
    together (group and round), `meter` whose each is. With "partial", states are the bytes of partial sums,
    and `meter` names who sent them (a gateway), or is None: then any two that differ are added.

    Columns of the result: `keys` as they were; `state`: binary, the sum; `members`: long, how many meters are
    in it; `duplicates`: long, rows that were left out because the same meter's same state is in;
    `contradictions`: long, meters of which the frame holds two different states for the key. Neither of them
    is in the sum, as nothing here tells which is right (`contradictions` lists those meters). Where nobody is
    left `state` is null and `members` 0.

    Raises MisuseError or TypeError for columns that are missing or of the wrong type. What is wrong with a
    row comes as pyspark's PythonException when an action runs; its text ends in the error of this package,
    which names key and meter: a null; a state that is none (MalformedError); states of different widths in a
    key; with "partial", a meter that is in two sums of one key.
    """
    _columns.protocol(protocol)
    if meter is None and protocol != "partial":
        raise MisuseError(f"meter: states of {protocol!r} do not say whose they are")
    tasks, rows = _checked(df, keys, state, protocol, meter)
    from pyspark.sql import functions as f
    from pyspark.sql.types import BinaryType, LongType, StructField, StructType

    inner = [f"key{place}" for place in range(len(tasks.keys))]
    fields = [StructField(name, rows.schema[name].dataType) for name in inner]
    made = [StructField(name, BinaryType() if name == "state" else LongType()) for name in MADE]
    schema = StructType(fields + made)
    # All rows of a meter come to one task, one after the other; and those of a large key to many tasks.
    whose = [*inner, "state" if meter is None else "meter"]
    once = rows.repartition(*whose).sortWithinPartitions(*whose).mapInArrow(tasks.distinct, schema)
    sums = once.repartition(*inner).mapInArrow(tasks.added, schema)
    renamed = [f.col(name).alias(key) for name, key in zip(inner, tasks.keys, strict=True)]
    return sums.select(*renamed, *MADE)


def contradictions(df: DataFrame, keys: Sequence[str], state: str, *, meter: str = "meter") -> DataFrame:
    """The meters of which `df` holds different states for one key, for whoever has to clear it up.

    Columns: `keys`, `meter`, `states`: long, how many different ones, `rows`: long.
    """
    tasks, rows = _checked(df, keys, state, "dcnet", meter)
    from pyspark.sql import functions as f

    inner = [f"key{place}" for place in range(len(tasks.keys))]
    counted = rows.groupBy(*inner, "meter").agg(
        f.count_distinct("state").alias("states"), f.count("*").alias("rows")
    )
    renamed = [f.col(name).alias(key) for name, key in zip(inner, tasks.keys, strict=True)]
    return counted.where("states > 1").select(*renamed, f.col("meter").alias(meter), "states", "rows")


def _checked(
    df: DataFrame, keys: Sequence[str], state: str, protocol: Protocol, meter: str | None
) -> tuple[Tasks, DataFrame]:
    """What tasks need to know; and the columns that they need, by names that cannot clash."""
    try:
        from pyspark.sql import DataFrame as Frame
    except ImportError as error:
        raise ImportError("wattsum.spark needs PySpark 4: pip install wattsum[spark]") from error
    if not isinstance(df, Frame):
        raise TypeError(f"df: expected a Spark DataFrame, not {type(df).__name__}")
    names = _columns.names(keys, "keys")
    columns = [_column(df, key, "keys").alias(f"key{place}") for place, key in enumerate(names)]
    if meter is not None:
        columns.append(_column(df, _columns.name(meter, "meter"), "meter").alias("meter"))
    columns.append(_column(df, _columns.name(state, "state"), "state").alias("state"))
    for name in names:
        if name in MADE:
            raise MisuseError(f"keys: {name!r} is a column of the result")
    if len({*names, meter, state}) < len(names) + 2:
        raise MisuseError("keys, state and meter: a column is named twice")
    return Tasks(tuple(names), meter, state, protocol), df.select(*columns)


def _column(df: DataFrame, name: str, argument: str) -> Column:
    from pyspark.sql import types

    found = [field for field in df.schema.fields if field.name == name]
    if len(found) != 1:
        how = "no column" if not found else f"{len(found)} columns"
        raise MisuseError(f"{argument}: the frame has {how} {name!r}")
    kind = found[0].dataType
    if argument == "state" and not isinstance(kind, types.BinaryType):
        raise TypeError(f"state: {name!r} is {kind.simpleString()}, states are binary")
    exact = ("tinyint smallint int bigint string boolean date timestamp timestamp_ntz binary").split()
    if kind.simpleString() not in exact and not isinstance(kind, types.DecimalType):
        raise TypeError(
            f"{argument}: {name!r} is {kind.simpleString()}, expected whole numbers, text, dates or bytes"
        )
    return df["`" + name.replace("`", "``") + "`"]
