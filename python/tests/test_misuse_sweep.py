"""Every public callable with every kind of wrong argument: an exception, and never the interpreter's end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cases
import pytest
import surface
from in_flow import is_result

FULL = os.environ.get("WATTSUM_FULL") == "1"
MODULES = [module.__name__ for module in surface.modules() if module.__name__ != "wattsum.errors"]
SWEPT = sorted({".".join(name.split(".")[:2]) for name in cases.load()})
TESTS = Path(__file__).parent
# Tests of the machine, of what runs for long, or in processes of its own.
OTHERS = """all_readings arguments development dlms examples fork leaks misuse_sweep notebooks scale_out
    spark threads wheel visible"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    python = [sys.executable, "-P", "-X", "dev", "-W", "error"]
    return subprocess.run(
        [*python, *command], capture_output=True, text=True, check=False, env=os.environ | environment
    )


def under_way(log: Path) -> str:
    return log.read_text(encoding="utf-8").strip() if log.exists() else "nothing"


def test_the_cases_are_valid() -> None:
    for name, make in cases.CASES.items():
        case = make()
        try:
            case.call(**case.arguments)
        except Exception as error:
            raise AssertionError(name) from error
    assert cases.SPENT.keys() | cases.VALUES | cases.PUBLIC <= cases.OBJECTS.keys()


@linux
@pytest.mark.parametrize("module", SWEPT)
def test_hostile_arguments_are_refused(module: str, tmp_path: Path) -> None:
    """All of them, in a process of its own that may grow by 1 GiB."""
    done = run(TESTS / "sweep.py", module, tmp_path / "log", PYTHONPATH=str(TESTS))
    assert done.returncode == 0, f"the process died in {under_way(tmp_path / 'log')}\n{done.stderr[-4000:]}"
    assert done.stdout == ""
    assert "panicked" not in done.stderr, done.stderr[-4000:]


@linux
@pytest.mark.skipif(not FULL, reason="WATTSUM_FULL=1 runs it: every call of all other tests")
def test_hostile_arguments_are_refused_in_every_flow(tmp_path: Path) -> None:
    """What no parameter takes, before the calls of all other tests: every callable is tried here or above."""
    report = tmp_path / "report"
    files = [
        path for path in TESTS.glob("test_*.py") if path.stem.removeprefix("test_") not in OTHERS.split()
    ]
    tests: list[str | Path] = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "in_flow",
        "-o",
        f"cache_dir={tmp_path / 'cache'}",
        *sorted(files),
    ]
    done = run(*tests, WATTSUM_IN_FLOW=str(report), WATTSUM_IN_FLOW_TIMES="3" if FULL else "1")
    death = f"the process died in {under_way(tmp_path / 'report.log')}\n"
    assert report.exists(), death + done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    print(found["tried"], "hostile calls")
    assert found["wrong"] == []
    assert done.returncode == 0, done.stdout[-4000:]
    offered = {
        own.name
        for name in MODULES
        for own in surface.offered(sys.modules[name])
        if own.kind != "property" and not (own.kind == "constructor" and is_result(own.owner))
    }
    assert offered - cases.CASES.keys() - set(found["called"]) == UNTRIED


UNTRIED = {
    "wattsum.cmt.Claim.contradicts",
    "wattsum.cmt.Forming.accept_many",
    "wattsum.cmt.Forming.missing",
    "wattsum.cmt.Meters.wipe_links",
    "wattsum.elgamal.Agreed.judge",
    "wattsum.elgamal.Confirming.disputes",
    "wattsum.elgamal.Confirming.judge",
    "wattsum.elgamal.Confirming.shares",
    "wattsum.readings.Readings",  # tests take the class itself
    "wattsum.spark.aggregate",  # needs Java
    "wattsum.spark.contradictions",
}
"""What no other test calls through `from wattsum import ...`: to become fewer."""
