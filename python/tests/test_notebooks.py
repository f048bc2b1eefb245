"""Notebooks run in a fresh kernel, and come out as they are committed: `WATTSUM_FULL=1` for all of them."""

# mypy: disable-error-code="no-untyped-call"

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
from data import real
from notebook import FOLDER, run, shape, wrong

FULL = os.environ.get("WATTSUM_FULL") == "1"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
QUICK = ("first_sum", "which_protocol")
NEEDS = {"benchmark": ("phe", "flwr", "tenseal")}


def test_all_are_here() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["benchmark", "first_sum", "sizing", "which_protocol"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed_is_whole(path: Path) -> None:
    """Outputs of one run from top to bottom, without errors, small, and without paths of a machine."""
    assert wrong(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_fresh_run_gives_the_same_outputs(path: Path) -> None:
    """In kind and number; figures and times differ."""
    if path.stem not in QUICK and not FULL:
        pytest.skip("WATTSUM_FULL=1 runs it")
    if path.stem == "sizing":
        real("ch2018_dev_wh_15min.parquet")
    for name in NEEDS.get(path.stem, ()):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    assert shape(run(path, timeout=3600)) == shape(nbformat.read(path, as_version=4))


def test_the_checks_find_what_is_wrong(tmp_path: Path) -> None:
    whole = nbformat.read(FOLDER / "first_sum.ipynb", as_version=4)
    code = [place for place, cell in enumerate(whole.cells) if cell.get("outputs")]

    def changed(change: Any) -> Any:
        other = nbformat.from_dict(whole)
        change(other.cells[code[0]])
        nbformat.write(other, tmp_path / "other.ipynb")
        again = nbformat.read(tmp_path / "other.ipynb", as_version=4)
        return wrong(tmp_path / "other.ipynb"), shape(again) == shape(whole)

    error = nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    path = nbformat.v4.new_output("stream", name="stdout", text="/home/somebody/readings.csv\n")
    assert changed(lambda cell: None) == ([], True)
    assert changed(lambda cell: cell.outputs.clear())[1] is False
    assert changed(lambda cell: cell.outputs.append(error)) == (["cell 1: ValueError"], False)
    assert changed(lambda cell: cell.outputs.append(path)) == (["cell 1: a path of a machine: /home/"], False)
    assert changed(lambda cell: setattr(cell, "execution_count", 7))[0] != []
    assert changed(lambda cell: setattr(cell, "source", "1"))[1] is False
    assert changed(lambda cell: setattr(cell.outputs[0], "text", "x" * 300_000))[0] != []
