"""A plugin of pytest: before a test's call reaches `wattsum`, what no parameter takes is put into its place.

All of it must be refused with the argument named, and must change nothing: the test goes on, and has to pass.
So every callable that any test calls is tried, with the objects and in the state of a real round. The report
goes to `WATTSUM_IN_FLOW`, as JSON.
"""

import copy
import dataclasses
import faulthandler
import functools
import inspect
import json
import os
import pickle
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import hostile
import hypothesis
import pytest
import surface
from hostile import Evil
from sweep import bounded

import wattsum

TIMES = int(os.environ.get("WATTSUM_IN_FLOW_TIMES", "2"))
"""How many calls of each callable are preceded by hostile ones."""
PATIENCE = 10.0
LONGEST = 120.0
FLOATS = {
    "colluding",
    "absent",
    "security",
    "confidence",
    "limit",
    "hours",
    "advantage",
    "low",
    "high",
    "pseudocount",
}
"""Parameters that take numbers with a fraction."""
WIDE = {"values", "value", "modulus", "sums", "constants", "keys", "links"}
"""Parameters that take whole numbers of any size."""

HUGE = {value.label for value in hostile.BATTERY if value.label.startswith("broadcast")} | {
    "range(2^40)",
    "range(2^70)",
}

TAKES = {
    "by": {"an array of doubles", "a NUL"},
    "end": {"a date of numpy"},
    "meters": {"['a']"},
    "original": {"an array of doubles"},
    "readings": {value.label for value in hostile.BATTERY if value.label.startswith("broadcast")},
    "start": {"a date of numpy"},
    "visible": {"an array of doubles"},
}
"""What is an argument like any other for these parameters: a figure looks at a day of however many."""
ALSO = {"size": ("sizes",)} | {
    name: ("sizes",) for name in ("confidence", "groups", "moments", "resamples", "seed", "switch")
}
"""Names that stand for a parameter in a text."""

PROCESS = os.getpid()
busy = threading.local()
called: Counter[str] = Counter()
tried = 0
log: int | None = None
wrong: list[str] = []
slowest: list[tuple[float, str]] = []
seen: set[type] = set()
pickled: set[str] = set()


def install() -> None:
    """Functions and methods are replaced where they are. A class cannot be: what tests get by
    `from wattsum import x` is a copy of the module, whose classes are attacked when they are called; pickle
    finds the real one."""
    for module in surface.modules():
        short = module.__name__.rpartition(".")[2]
        shown = ModuleType(module.__name__, module.__doc__)
        vars(shown).update(vars(module))
        for own in surface.offered(module):
            name = own.name.rpartition(".")[2]
            if own.kind == "function":
                setattr(module, name, _function(own.name, getattr(module, name)))
                setattr(shown, name, getattr(module, name))
            elif own.kind == "constructor" and not is_result(own.owner):
                setattr(shown, name, Constructor(own.name, getattr(module, name)))
            elif own.kind in ("method", "static"):
                assert own.owner is not None
                replaced = _function(own.name, getattr(own.owner, name))
                setattr(own.owner, name, staticmethod(replaced) if own.kind == "static" else replaced)
        setattr(wattsum, short, shown)


def is_result(owner: type | None) -> bool:
    """A plain record of results, which holds whatever it is given."""
    plain = dataclasses.is_dataclass(owner) and not hasattr(owner, "__post_init__")
    return plain or issubclass(owner or object, tuple)


def _function(name: str, target: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(target)

    @functools.wraps(target)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return attacked(name, target, signature, args, kwargs)

    return wrapper


class Constructor:
    """A class that is attacked before it is called."""

    def __init__(self, name: str, target: Any) -> None:
        self.name, self.target, self.signature = name, target, inspect.signature(target)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return attacked(self.name, self.target, self.signature, args, kwargs)

    def __instancecheck__(self, own: object) -> bool:
        return isinstance(own, self.target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)

    def __or__(self, other: Any) -> Any:
        return self.target | getattr(other, "target", other)

    def __ror__(self, other: Any) -> Any:
        return other | self.target

    def __getitem__(self, item: Any) -> Any:
        return self.target[item]

    def __eq__(self, other: object) -> bool:
        return self.target is getattr(other, "target", other)

    def __hash__(self) -> int:
        return hash(self.target)


def attacked(name: str, target: Any, signature: inspect.Signature, args: Any, kwargs: Any) -> Any:
    found = attack(name, target, signature, args, kwargs)
    try:
        result = target(*args, **kwargs)
    except Exception:
        # Another argument is wrong as well, and may have been named first.
        wrong.extend(text for text in found if "not named" not in text)
        raise
    wrong.extend(found)
    return result


def attack(name: str, target: Any, signature: inspect.Signature, args: Any, kwargs: Any) -> list[str]:
    found: list[str] = []
    # A forked process has no watchdog, and is not looked at.
    if getattr(busy, "now", False) or os.getpid() != PROCESS:
        return found
    called[name] += 1
    if called[name] > TIMES:
        return found
    busy.now = True
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return found  # the test itself calls wrongly
    else:
        own = (
            given.pop("self", None)
            if isinstance(target, FunctionType) or "method" in type(target).__name__
            else None
        )
        if own is not None:
            _object(own)
        for parameter, valid in given.items():
            for value in values(parameter, valid):
                call = functools.partial(target, own) if own is not None else target
                _one(name, call, given, parameter, value, found)
    finally:
        faulthandler.cancel_dump_traceback_later()
        busy.now = False
    return found


def values(parameter: str, valid: Any) -> list[hostile.Value]:
    own = [value for value in hostile.BATTERY if value.never or value.label in HUGE]
    if parameter not in WIDE:
        own += [value for value in hostile.NUMBERS if value.label in ("2^200", "-2^200")]
    own += [value for value in hostile.near(valid) if value.never]
    own = [value for value in own if value.label not in TAKES.get(parameter, ())]
    if isinstance(valid, str):
        own = [value for value in own if not isinstance(value.make(), str)]
    return own


def _one(
    name: str, call: Any, given: dict[str, Any], parameter: str, value: hostile.Value, found: list[str]
) -> None:
    global tried
    tried += 1
    made = value.make()
    if parameter in FLOATS and hasattr(made, "__float__"):
        return
    what, start = f"{name}({parameter}={value.label})", time.perf_counter()
    if log is not None:
        os.pwrite(log, what.encode("utf-8", "replace")[:500].ljust(500), 0)
    try:
        call(**(given | {parameter: made}))
    except (TypeError, wattsum.Error) as error:
        text = "\n".join([str(error), *getattr(error, "__notes__", [])])
        names = [*given] if isinstance(error, wattsum.Error) else [parameter]
        names += ALSO.get(parameter, ())
        if not any(re.search(rf"\b{own}\b", text) for own in names):
            found.append(f"{what}: not named: {error!r}")
    except BaseException as error:
        if isinstance(error, (Evil, MemoryError, OverflowError, *value.raises)):
            return
        found.append(f"{what}: {type(error).__name__}: {error}")
    else:
        found.append(f"{what}: taken")
    spent = time.perf_counter() - start
    slowest.append((round(spent, 3), what))
    if spent > PATIENCE:
        found.append(f"{what}: took {spent:.1f} s")


def _object(own: Any) -> None:
    """What holds for all objects: no attributes, no pickles but of values, no long prints of bytes."""
    if type(own) in seen or not type(own).__module__.startswith("wattsum"):
        return
    seen.add(type(own))
    name = f"{type(own).__module__}.{type(own).__name__}"
    try:
        own.anything = 1
    except AttributeError:
        pass
    else:  # a class of plain Python does
        if not hasattr(own, "__dict__"):
            wrong.append(f"{name}: takes attributes")
    copies: list[Callable[[], Any]] = [lambda: pickle.loads(pickle.dumps(own)), lambda: copy.deepcopy(own)]
    for act in copies:
        try:
            again = act()
        except TypeError as error:
            if "cannot pickle" not in str(error):
                wrong.append(f"{name}: {error}")
        else:
            pickled.add(name)
            if again != own:
                wrong.append(f"{name}: its copy is another")
    assert str(own) == repr(own)


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.register_profile("in flow", deadline=None, max_examples=5, database=None)
    hypothesis.settings.load_profile("in flow")
    install()


def pytest_collection_finish(session: pytest.Session) -> None:
    global log
    # The call under way, for whoever finds this process dead.
    log = os.open(os.environ["WATTSUM_IN_FLOW"] + ".log", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    # pyarrow, polars and matplotlib, which tests import later, take address space of their own.
    bounded(1 << 33)


def pytest_sessionfinish(session: pytest.Session) -> None:
    report = {
        "called": sorted(called),
        "tried": tried,
        "wrong": wrong,
        "pickled": sorted(pickled),
        "slowest": sorted(slowest)[-10:],
    }
    with open(os.environ["WATTSUM_IN_FLOW"], "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
