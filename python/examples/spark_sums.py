"""A day of masked readings added up on Spark: 96 sums over 1,000 meters, equal to the truth."""

import os
import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from wattsum import cmt, spark

rng = np.random.default_rng(1)
readings = rng.integers(-500, 5000, (96, 1000))  # Wh, a row a round
keys = rng.integers(
    0, 2**64, (96, 1000), np.uint64
)  # what each meter's link to the supplier gives for the round
ciphertexts = cmt.encrypt(readings.ravel(), keys.ravel()).astype("<u8")
states = pa.Array.from_buffers(pa.binary(8), ciphertexts.size, [None, pa.py_buffer(ciphertexts)])
round, meter = np.divmod(np.arange(96_000), 1000)
table = pa.table({"round": round, "meter": meter, "state": states.cast(pa.binary())})

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
session = (
    builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "4").getOrCreate()
)
df = session.createDataFrame(pa.concat_tables([table, table.slice(500, 20)]))  # 20 rows came twice
sums = spark.aggregate(df, ["round"], "state", "cmt").toArrow().sort_by("round")
session.stop()

added = np.frombuffer(b"".join(sums["state"].to_pylist()), "<u8")
opened = cmt.decrypt_sums(added, keys.sum(axis=1, dtype=np.uint64))
assert sums["members"].to_pylist() == [1000] * 96
print(f"{sum(sums['duplicates'].to_pylist())} rows left out that came twice")
print(f"{len(opened)} sums, equal to the truth: {np.array_equal(opened, readings.sum(axis=1))}")
