"""For each public callable a call that succeeds, made anew each time: what hostile arguments are put into.

The cases of an area stand in `cases_<area>.py`. A callable without one must be called by a test, where
`in_flow.py` tries it; else `test_misuse_sweep.py` fails.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Case:
    """A bound callable, and a valid value for every parameter of it."""

    call: Callable[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    floats: tuple[str, ...] = ()
    """Parameters that take a float."""
    anything: tuple[str, ...] = ()
    """Parameters that take any object, or any text."""
    raises: tuple[type[Exception], ...] = ()
    """What it may raise beside the exceptions of all: a file that is not there."""


CASES: dict[str, Callable[[], Case]] = {}
"""By full name; a method's case binds a fresh object."""
OBJECTS: dict[str, Callable[[], Any]] = {}
"""A fresh object of each class, by full name."""
SPENT: dict[str, Callable[[], Any]] = {}
"""One that an earlier step has used up."""
VALUES: set[str] = set()
"""Classes whose objects are public values: they compare by content, pickle and copy. No others do."""
PUBLIC: set[str] = set()
"""Classes without a secret that are no values: rosters and views, which a forked process may use."""


def case(name: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    def register(make: Callable[[], Case]) -> Callable[[], Case]:
        assert name not in CASES, name
        CASES[name] = make
        return make

    return register


def load() -> set[str]:
    """Reads the cases of all areas, and gives their names."""
    for path in sorted(Path(__file__).parent.glob("cases_*.py")):
        importlib.import_module(path.stem)
    return set(CASES)
