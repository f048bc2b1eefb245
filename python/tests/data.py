"""Files from outside this folder: vectors of the independent reference, and real readings."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

PYTHON = Path(__file__).parents[1]
ROOT = PYTHON.parent


def vectors(section: str) -> list[Any]:
    """A section of the reference vectors: the copy of the crate it concerns, or `WATTSUM_VECTORS`."""
    crates = {
        "link": ("meter-link", "link"),
        "shamir": ("shamir-agg", "shamir"),
        "dcnet": ("dcnet-core", "dcnet"),
        "shuffle": ("dcnet-core", "dcnet"),
        "elgamal": ("threshold-elgamal", "elgamal"),
    }
    crate, name = crates[section]
    own = ROOT / crate / f"tests/vectors/{name}-v1.json"
    given = os.environ.get("WATTSUM_VECTORS")
    path = ROOT / given if given else own
    rows = json.loads(path.read_text(encoding="utf-8"))[section]
    assert isinstance(rows, list)
    assert rows
    return rows


def real(name: str) -> Path:
    """A file of real readings; without it the test says so, and is not counted."""
    path = ROOT / os.environ.get("WATTSUM_DATA", "../shared/data") / "readings" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there (set WATTSUM_DATA)")
    return path
