"""The example that prints what remains visible, on real readings."""

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from data import PYTHON, real


def test_the_example_prints_what_remains_visible(tmp_path: Path) -> None:
    # Two days of 30 meters are enough to see that it runs on real frames; docs/analysis.md has all of them.
    pytest.importorskip("matplotlib")
    readings = tmp_path / "readings.csv"
    with real("ch2018_dev_wh_15min.csv").open(encoding="utf-8") as file:
        lines = [",".join(line.rstrip("\n").split(",")[:31]) for line in islice(file, 193)]
    lines[7] = lines[7].rsplit(",", 1)[0] + ","  # the last meter is silent once
    readings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = str(PYTHON / "examples/visible.py")
    command = [sys.executable, "-P", script, str(readings), "--sizes", "2,20"]
    done = subprocess.run(
        [*command, "--households", "10", "--figures", str(tmp_path / "figures")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MPLBACKEND": "Agg"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["seen", "meters", "entropy/bit", "clusters", "by", "chance", "R2"]
    table = [row.split() for row in rows[:6]]
    assert [(seen, int(size)) for seen, size, *_ in table] == [
        ("readings", 1),
        ("frames", 1),
        ("sum", 2),
        ("others", 2),
        ("sum", 20),
        ("others", 20),
    ]
    assert [float(cell) for cell in table[0][2:]] == [0, 1, pytest.approx(float(table[0][4])), 1]
    assert float(table[1][5]) < 0.1  # the largest of 21 squared correlations of 192 unrelated numbers
    assert float(table[2][5]) > 2 * float(table[4][5])
    for name in ("day.png", "visible.png"):
        assert (tmp_path / "figures" / name).read_bytes().startswith(b"\x89PNG")
