"""The examples and the README do what they say."""

import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from data import PYTHON, real

HEADER = "interval_start,sum_wh,meters\n"


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", PYTHON / "examples" / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def blocks(language: str) -> list[str]:
    readme = (PYTHON / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def test_the_readme_shows_the_quickstart_and_what_it_prints() -> None:
    code = (PYTHON / "examples/quickstart.py").read_text(encoding="utf-8")
    assert code in blocks("python")
    done = run("quickstart.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in blocks("text")


@pytest.mark.parametrize("protocol", ["shamir", "dcnet"])
def test_the_back_end_sums_a_day_of_real_readings(protocol: str) -> None:
    readings, sums = real("ch2018_dev_wh_15min.csv"), real("ch2018_dev_sums.csv")
    done = run("back_end.py", readings, "--protocol", protocol)
    assert (done.returncode, done.stderr) == (0, "")
    with sums.open(encoding="utf-8") as file:
        truth = "".join(f"{line.strip()},240\n" for line in islice(file, 1, 97))
    assert done.stdout == HEADER + truth


@pytest.mark.parametrize("protocol", ["shamir", "dcnet"])
def test_the_back_end_sums_without_the_silent_and_refuses_too_few(protocol: str, tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(
        "interval_start,a,b,c,d,e\n"
        "2024-01-01T00:00:00+01:00,1,2,3,4,5\n"
        "2024-01-01T00:15:00+01:00,1,,3,4,\n"
        "2024-01-01T00:30:00+01:00,1,,,4,\n"
        "2024-01-01T00:45:00+01:00,-1,10,3,4,\n"
    )
    done = run("back_end.py", file, "--protocol", protocol)
    assert done.stdout == HEADER + (
        "2024-01-01T00:00:00+01:00,15,5\n"
        "2024-01-01T00:15:00+01:00,8,3\n"
        "2024-01-01T00:30:00+01:00,,2\n"
        "2024-01-01T00:45:00+01:00,16,4\n"
    )
    assert done.stderr == "2024-01-01T00:30:00+01:00: 2 parties where 3 are needed\n"
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected interval_start"),
        ("interval_start,a,b,c\n", "no intervals"),
        ("interval_start,a,b,c\n2024-01-01T00:00:00+01:00,1,2\n", "line 2: 3 fields, expected 4"),
        ("interval_start,a,b,c\n2024-01-01T00:00:00+01:00,1,2.5,3\n", "line 2, b: no whole Wh: '2.5'"),
        (f"interval_start,a,b,c\n2024-01-01T00:00:00+01:00,1,{2**64},3\n", "line 2, b: no whole Wh"),
    ],
)
def test_the_back_end_names_what_it_cannot_read(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(text)
    done = run("back_end.py", file)
    assert done.returncode == 1
    assert f"{file}: {message}" in done.stderr
    assert "Traceback" not in done.stderr
