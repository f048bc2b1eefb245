"""The examples on Spark, Dask and Ray, and `spark/`: a million rows, and an executor that is killed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sparking
from data import PYTHON

FULL = os.environ.get("WATTSUM_FULL") == "1"
EQUAL = "96 sums, equal to the truth: True\n"
ENGINES = ("dask", "ray", "spark")
ONLY_FULL = pytest.mark.skipif(not FULL, reason="WATTSUM_FULL=1 is not set")


def run(script: Path, elsewhere: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script outside of this folder: Ray's workers import from where their driver was started."""
    command, environment = [sys.executable, str(script)], {**os.environ, **environment}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=1500, check=False, cwd=elsewhere, env=environment
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_an_example_sums_equal_to_the_truth(engine: str, tmp_path: Path) -> None:
    if engine == "spark":
        sparking.needed()
    elif importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    done = run(
        PYTHON / f"examples/{engine}_sums.py", tmp_path, **sparking.ENVIRONMENT, RAY_USAGE_STATS_ENABLED="0"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(EQUAL)
    if engine == "spark":
        assert done.stdout.startswith("20 rows left out that came twice\n")


@ONLY_FULL
@pytest.mark.parametrize("script", ["million.py", "killed_executor.py"])
def test_spark_is_equal_to_numpy(script: str, tmp_path: Path) -> None:
    sparking.needed()
    done = run(PYTHON / "spark" / script, tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\nequal to numpy\n")
