"""The module under Python's own checks, and where it may not be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = os.environ.get("WATTSUM_FULL") == "1"
TESTS = Path(__file__).parent
CORE = [
    "test_shamir.py",
    "test_dcnet.py",
    "test_epoch.py",
    "test_restarts.py",
    "test_secrets.py",
    "test_headers.py",
]
MORE = [
    "test_arguments.py",
    "test_properties.py",
    "test_elgamal.py",
    "test_cmt.py",
    "test_merge.py",
    "test_bills.py",
]
HEAVY = [
    "dask",
    "matplotlib",
    "nbclient",
    "pandas",
    "polars",
    "pyarrow",
    "pyspark",
    "ray",
    "scipy",
    "sklearn",
]


def python(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options], capture_output=True, text=True, check=False, env=os.environ | environment
    )


def test_the_core_passes_in_development_mode(tmp_path: Path) -> None:
    """Warnings are errors, and so is memory that is written beyond its end or used when it is free."""
    files = [str(TESTS / name) for name in CORE + MORE * FULL]
    tests = ["-m", "pytest", "-q", "-o", f"cache_dir={tmp_path}", *files]
    done = python("-P", "-X", "dev", "-W", "error", *tests, PYTHONMALLOC="debug")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "passed" in done.stdout.splitlines()[-1]


def test_the_import_is_light(tmp_path: Path) -> None:
    """What is heavy is imported when it is needed: here it cannot be imported at all."""
    for name in HEAVY:
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('{name}')\n", encoding="utf-8")
    done = python("-P", "-X", "importtime", "-c", "import wattsum", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    imported = {
        line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")
    }
    assert {"wattsum", "wattsum._native", "wattsum.shamir"} <= imported
    assert imported.isdisjoint(HEAVY)
    # The same folder keeps one of them from being imported, so the test would have seen it.
    assert python("-P", "-c", "import pandas", PYTHONPATH=str(tmp_path)).returncode == 1


def test_a_second_interpreter_of_a_process_refuses() -> None:
    """State of the module belongs to one interpreter: numpy and pyo3 cannot share it. Nothing crashes."""
    script = """
import sys
if sys.version_info < (3, 12):
    import _xxsubinterpreters as interpreters
elif sys.version_info < (3, 13):
    import _xxsubinterpreters as interpreters
else:
    import _interpreters as interpreters
from wattsum import link
other = interpreters.create()
answer = '''
try:
    import wattsum
except ImportError:
    print("refused")
else:
    from wattsum import link
    print("works" if link.Group(7).group == 7 else "wrong")
'''
interpreters.run_string(other, answer) if sys.version_info < (3, 13) else interpreters.exec(other, answer)
interpreters.destroy(other)
assert link.Group(7).group == 7
print("goes on")
"""
    done = python("-P", "-c", script)
    assert done.returncode == 0, done.stderr[-2000:]
    answer, end = done.stdout.split("\n", 1)
    assert answer in ("refused", "works")
    assert end.strip() == "goes on"


def test_without_an_interpreter_lock(tmp_path: Path) -> None:
    """`WATTSUM_FREE_THREADED` is a python3.14t that has the module, numpy, pytest and hypothesis."""
    other = os.environ.get("WATTSUM_FREE_THREADED")
    if other is None:
        pytest.skip("no free-threaded interpreter is named (WATTSUM_FREE_THREADED)")
    check = "import sys, wattsum; assert not sys._is_gil_enabled()"
    subprocess.run([other, "-P", "-W", "error", "-c", check], check=True)
    files = [str(TESTS / name) for name in [*CORE, "test_threads.py"]]
    tests = ["-P", "-m", "pytest", "-q", "-o", f"cache_dir={tmp_path}", *files]
    done = subprocess.run([other, *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
