"""10^6 rows over 96,000 keys on two local cores: equal to numpy, and what it costs.

python spark/million.py [--rows 1000000]
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from states import Frame, cpu_seconds, write

from wattsum import spark
from wattsum.merge import Protocol, merge

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GROUPS = 1000
REPEATED, CONTRADICTED = 1000, 100


def session() -> "SparkSession":
    from pyspark.sql import SparkSession

    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, PYTHONSAFEPATH="1")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = (
        builder.config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.showConsoleProgress", "false")
    )
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    started = session()
    wrong = 0
    protocols: list[tuple[Protocol, int]] = [("dcnet", 1), ("shamir", 2)]
    with tempfile.TemporaryDirectory() as scratch:
        for protocol, words in protocols:
            frame = Frame(rows, GROUPS, words, seed=words)
            clean = write(Path(scratch, protocol), frame.table(), 4)
            for run in ("first job", "second job", "third job"):
                wall, cpu = time.perf_counter(), cpu_seconds()
                result = spark.aggregate(
                    started.read.parquet(str(clean)), ["group", "round"], "state", protocol
                )
                table = result.toArrow()
                wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
                wrong += frame.wrong(table)
                print(
                    f"{protocol}, {words} elements, {run}: {rows} rows, {table.num_rows} keys, "
                    f"{frame.wrong(table)} wrong; "
                    f"{cpu * 1e6 / rows:.1f} CPU-s per 10^6 rows, {wall:.1f} s"
                )
            wall, cpu = time.perf_counter(), time.process_time()
            alone = merge(frame.table(), ["group", "round"], "state", protocol)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            wrong += frame.wrong(alone)
            print(
                f"{protocol}, merge() alone in one process: {cpu * 1e6 / rows:.2f} CPU-s per 10^6 rows, "
                f"{wall:.2f} s"
            )

            # Rows that come again, and meters with two states beside those of the truth.
            extra = Frame(CONTRADICTED, GROUPS, words, seed=99)
            twice = [extra.table(), extra.table(np.arange(CONTRADICTED), plus=1)]
            twice = [table.set_column(2, "meter", pa.array(rows + extra.meter)) for table in twice]
            again = frame.table(np.arange(REPEATED))
            dirty = write(
                Path(scratch, protocol + "-dirty"), pa.concat_tables([frame.table(), again, *twice]), 4
            )
            read = started.read.parquet(str(dirty))
            table = spark.aggregate(read, ["group", "round"], "state", protocol).toArrow()
            wrong += frame.wrong(table)
            counted = [int(table[name].to_numpy().sum()) for name in ("duplicates", "contradictions")]
            listed = spark.contradictions(read, ["group", "round"], "state").toArrow()
            named = set(listed["meter"].to_pylist()) == set((rows + extra.meter).tolist())
            wrong += counted != [REPEATED, CONTRADICTED] or not named
            print(
                f"{protocol}, with {REPEATED} rows twice and {CONTRADICTED} contradictory meters: "
                f"{frame.wrong(table)} wrong, "
                f"{counted[0]} duplicates, {counted[1]} contradictions, all named: {named}"
            )
    started.stop()
    print("equal to numpy" if not wrong else "DIFFERENT FROM NUMPY")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
