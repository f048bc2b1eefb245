"""Real readings through every protocol from Python; `WATTSUM_FULL=1` takes all three weeks."""

import os
import re
from pathlib import Path

import pytest
from data import real
from test_examples import run

FULL = os.environ.get("WATTSUM_FULL") == "1"
LINE = re.compile(
    r"(\w+): (\d+) of (\d+) rounds equal; [\d.]+ s, formed in [\d.]+ s; "
    r"CPU seconds per million readings: contribute [\d.]+, accept [\d.]+, close [\d.]+"
)


@pytest.mark.parametrize("protocol", ["dcnet", "shamir", "elgamal", "cmt"])
def test_every_interval_of_real_readings(protocol: str) -> None:
    readings, sums = real("ch2018_dev_wh_15min.csv"), real("ch2018_dev_sums.csv")
    days = 21 if FULL else 1
    options = ("--days", str(days), "--protocol", protocol, "--threads", "2")
    done = run("all_readings.py", readings, "--sums", sums, *options)
    print(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    [line] = LINE.findall(done.stdout)
    assert line == (protocol, str(96 * days), str(96 * days))


def test_sums_that_differ_are_told(tmp_path: Path) -> None:
    file, sums = tmp_path / "f.csv", tmp_path / "sums.csv"
    file.write_text("interval_start,a,b,c,d\n2026-01-01T00:00Z,1,2,,4\n2026-01-01T00:15Z,1,2,3,\n")
    sums.write_text("interval_start,sum_wh\n2026-01-01T00:00Z,7\n2026-01-01T00:15Z,6\n2026-01-01T00:30Z,9\n")
    done = run("all_readings.py", file, "--sums", sums, "--protocol", "shamir")
    assert (done.returncode, done.stderr) == (0, "")
    assert "shamir: 2 of 2 rounds equal" in done.stdout
    sums.write_text("interval_start,sum_wh\n2026-01-01T00:00Z,8\n2026-01-01T00:15Z,6\n")
    done = run("all_readings.py", file, "--sums", sums, "--protocol", "shamir")
    assert done.returncode == 1
    assert done.stderr == f"{sums} and the sums of {file} differ\n"
