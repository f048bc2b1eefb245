"""A Spark session on two local cores, for tests."""

import importlib.util
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENVIRONMENT = {
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
    "PYTHONSAFEPATH": "1",  # workers import the installed wheel, not the folder that the tests are started in
}


def needed() -> None:
    """What Spark needs; without it the test says so, and is not counted."""
    for package in ("pyspark", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if (
        shutil.which("java", path=os.environ.get("JAVA_HOME", "") + "/bin") is None
        and shutil.which("java") is None
    ):
        pytest.skip("there is no Java")


@contextmanager
def session() -> "Iterator[SparkSession]":
    needed()
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark's own
        from pyspark.sql import SparkSession

        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "3",
            "spark.sql.adaptive.coalescePartitions.enabled": "false",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "64",
            "spark.log.level": "OFF",  # what fails here fails on purpose
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        made = builder.getOrCreate()
    try:
        yield made
    finally:
        made.stop()
        os.environ.clear()
        os.environ.update(before)
