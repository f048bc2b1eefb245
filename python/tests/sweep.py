"""Puts hostile arguments into every public callable of one module: `python sweep.py wattsum.shamir LOG`.

Prints a line for each rule that was broken. `LOG` holds the call under way, for whoever finds this process
dead.
"""

import contextlib
import faulthandler
import importlib
import inspect
import itertools
import math
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import cases
import hostile
import surface
from hostile import Evil, Value

import wattsum

ROOM = 1 << 30
"""By how much the process may grow: what asks for more gets a MemoryError, or dies."""
PATIENCE = 10.0
"""Seconds that a call may take."""
LONGEST = 240.0
"""Seconds after which the calls with one parameter are called hung, and the process ends."""


def bounded(room: int = ROOM) -> None:
    """This process may not take much more memory than it has, and no call may hang."""
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize() + room
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Sweep:
    """Every callable of a module, with all that can be passed."""

    def __init__(self, log: str) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.calls = 0
        # Made once: a hostile caller may pass whatever it has, spent or not.
        others = [(f"another {name}", make) for name, make in cases.OBJECTS.items()]
        others += [(f"a spent {name}", make) for name, make in cases.SPENT.items()]
        self.others = [Value(label, partial(_same, make())) for label, make in others]

    def run(self, offered: surface.Offered) -> Iterator[str]:
        if offered.kind == "property":
            yield from self.property(offered)
            return
        case = cases.CASES[offered.name]()
        if extra := set(offered.parameters) ^ set(case.arguments):
            yield f"{offered.name}: the case and the signature differ in {sorted(extra)}"
            return
        yield from self.counts(offered)
        for place, parameter in enumerate(offered.parameters):
            yield from self.parameter(offered, place, parameter)
        if offered.kind == "method":
            yield from self.spent(offered)
            yield from self.selves(offered)

    def parameter(self, offered: surface.Offered, place: int, parameter: str) -> Iterator[str]:
        """One parameter after the other; what was refused must have changed nothing."""
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        case = cases.CASES[offered.name]()
        own = [
            Value("itself", lambda: getattr(case.call, "__self__", None)),
            Value("a circle", lambda: Again(case), changes=True),
        ]
        refused: list[Value] = []
        battery = itertools.chain(hostile.BATTERY, hostile.near(case.arguments[parameter]), self.others, own)
        for value in battery:
            outcome = self.call(case, parameter, place, value, offered)
            if isinstance(outcome, str):
                yield outcome
            elif outcome and not value.changes:
                refused.append(value)
                continue
            # It was taken, which may have changed something.
            case = cases.CASES[offered.name]()
        for value in refused:
            self.call(case, parameter, place, value, offered)
        yield from self.afterwards(offered, parameter, case)

    def afterwards(self, offered: surface.Offered, parameter: str, case: cases.Case) -> Iterator[str]:
        """What was refused has changed nothing."""
        error = self.guarded(f"{offered.name} afterwards", lambda: case.call(**case.arguments))
        if error is not None:
            yield f"{offered.name}({parameter}=...): after the refusals the valid call: {error!r}"

    def call(
        self, case: cases.Case, parameter: str, place: int, value: Value, offered: surface.Offered
    ) -> bool | str:
        """Whether it was refused, or what is wrong with the answer."""
        made = value.make()
        arguments = case.arguments | {parameter: made}
        what = f"{offered.name}({parameter}={value.label})"
        positional = [arguments.pop(name) for name in offered.positional if place % 2]
        error = self.guarded(what, lambda: case.call(*positional, **arguments))
        if error is None:
            valid = case.arguments[parameter]
            if parameter in case.anything or parameter in case.floats and _finite(made):
                return False
            if value.never and not (isinstance(valid, str) and isinstance(made, str)):
                return f"{what}: taken"
            return False
        if isinstance(error, str):
            return error
        if isinstance(error, Evil):
            return True
        if not isinstance(
            error, (TypeError, wattsum.Error, MemoryError, OverflowError, *case.raises, *value.raises)
        ):
            return f"{what}: {type(error).__name__}: {error}"
        text = "\n".join([str(error), *getattr(error, "__notes__", [])])
        # Where one argument must fit another, either may be named.
        names = [parameter] if isinstance(error, TypeError) else [""]
        if value.never and isinstance(error, wattsum.Error) and parameter not in case.floats:
            names = [*case.arguments]
        if not any(re.search(rf"\b{name}\b", text) for name in names):
            return f"{what}: not named: {type(error).__name__}: {error}"
        return True

    def guarded(self, what: str, act: Any) -> BaseException | str | None:
        """What the call raised; text if it must not."""
        self.calls += 1
        os.pwrite(self.log, what.encode("utf-8", "replace")[:500].ljust(500), 0)
        start = time.perf_counter()
        try:
            act()
        except Exception as error:
            with contextlib.suppress(Exception):
                if isinstance(error, SystemError):
                    return f"{what}: {error!r}"
            return error
        except BaseException as error:  # PanicException, above all
            return f"{what}: {type(error).__name__}: {error}"
        finally:
            if time.perf_counter() - start > PATIENCE:
                print(f"{what}: took {time.perf_counter() - start:.1f} s")
        return None

    def counts(self, offered: surface.Offered) -> Iterator[str]:
        """Arguments that are too many, unknown or missing."""
        case = cases.CASES[offered.name]()
        extra = [object()] * (len(case.arguments) + 1)
        calls = {
            "too many arguments": lambda: case.call(*extra),
            "an unknown keyword": lambda: case.call(**case.arguments, no_such_argument=1),
        }
        needed = [p.default is p.empty for p in inspect.signature(case.call).parameters.values()]
        if any(needed):
            calls["no arguments"] = lambda: case.call()
        for label, act in calls.items():
            error = self.guarded(f"{offered.name}: {label}", act)
            if not isinstance(error, TypeError):
                yield f"{offered.name}: {label}: {error!r}"
        yield from self.afterwards(offered, "", case)

    def spent(self, offered: surface.Offered) -> Iterator[str]:
        """The method of an object that is used up."""
        assert offered.owner is not None
        name = f"{offered.owner.__module__}.{offered.owner.__name__}"
        if name not in cases.SPENT:
            return
        own, case = cases.SPENT[name](), cases.CASES[offered.name]()
        method = getattr(own, offered.name.rpartition(".")[2])
        error = self.guarded(f"{offered.name}: used up", lambda: method(**case.arguments))
        if not (isinstance(error, wattsum.MisuseError) and "used up" in str(error)):
            yield f"{offered.name}: of a used-up object: {error!r}"

    def selves(self, offered: surface.Offered) -> Iterator[str]:
        """The method of an object that is no such object."""
        assert offered.owner is not None
        method, case = getattr(offered.owner, offered.name.rpartition(".")[2]), cases.CASES[offered.name]()
        if not inspect.isfunction(method):
            for value in (*hostile.SINGLE, *self.others):
                made = value.make()
                if isinstance(made, offered.owner):
                    continue
                error = self.guarded(
                    f"{offered.name} of {value.label}",
                    partial(lambda made: method(made, **case.arguments), made),
                )
                if not isinstance(error, TypeError):
                    yield f"{offered.name} of {value.label}: {error!r}"

    def property(self, offered: surface.Offered) -> Iterator[str]:
        """Reads it, and cannot write it."""
        assert offered.owner is not None
        name, attribute = (
            f"{offered.owner.__module__}.{offered.owner.__name__}",
            offered.name.rpartition(".")[2],
        )
        own = cases.OBJECTS[name]()
        if isinstance(
            error := self.guarded(offered.name, lambda: getattr(own, attribute)), BaseException | str
        ):
            yield f"{offered.name}: {error!r}"
        for act in (lambda: setattr(own, attribute, 1), lambda: delattr(own, attribute)):
            if not isinstance(error := self.guarded(f"{offered.name} written", act), AttributeError):
                yield f"{offered.name}: written: {error!r}"
        if name in cases.SPENT:
            spent = cases.SPENT[name]()
            error = self.guarded(f"{offered.name}: used up", lambda: getattr(spent, attribute))
            if error is not None and not isinstance(error, wattsum.MisuseError):
                yield f"{offered.name}: of a used-up object: {error!r}"

    def whole(self, cls: type) -> Iterator[str]:
        """What every class does, and every special method of it."""
        name = f"{cls.__module__}.{cls.__name__}"
        own = cases.OBJECTS[name]()
        tries: dict[str, tuple[Any, tuple[type[BaseException], ...]]] = {
            "an attribute of it is set": (lambda: setattr(own, "anything", 1), (AttributeError,)),
            "object.__new__": (lambda: object.__new__(cls), (TypeError,)),
        }
        if cls.__module__ != type(own).__module__:
            yield f"{name}: its factory made {type(own)}"
        if not inspect.isfunction(getattr(cls, "__init__", None)):
            tries["a class of it"] = (lambda: type("Own", (cls,), {}), (TypeError,))
        else:
            del tries["object.__new__"]
        if not surface.constructible(cls):
            tries["a constructor"] = (lambda: cls(), (TypeError,))
        for label, (act, allowed) in tries.items():
            if not isinstance(error := self.guarded(f"{name}: {label}", act), allowed):
                yield f"{name}: {label}: {error!r}"
        for act in (lambda: repr(own), lambda: str(own), lambda: own == own, lambda: own != own):
            if (error := self.guarded(f"{name}: shown", act)) is not None:
                yield f"{name}: shown or compared: {error!r}"
        special = [n for n in vars(cls) if n.startswith("__") and callable(vars(cls)[n])]
        for method in special:
            if method in ("__init__", "__new__", "__init_subclass__", "__subclasshook__"):
                continue
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            act = getattr(cases.OBJECTS[name](), method)
            for value in (*hostile.BATTERY, *self.others, Value("itself", lambda: own)):
                error = self.guarded(f"{name}.{method}({value.label})", lambda: act(value.make()))
                # Another class of error is an answer too; what must not be is a panic or a crash.
                if isinstance(error, str):
                    yield error


def _same(own: Any) -> Any:
    return own


class Again:
    """Asks for the same once more, in the middle of the call."""

    def __init__(self, case: cases.Case) -> None:
        self.case = case

    def again(self, *_: Any) -> int:
        with contextlib.suppress(Exception):
            self.case.call(**self.case.arguments)
        raise Evil

    __index__ = __len__ = __getitem__ = __iter__ = __array__ = __buffer__ = __float__ = __fspath__ = again


def _finite(value: Any) -> bool:
    return hasattr(value, "__float__") and math.isfinite(value)


def main(module: str, log: str) -> None:
    cases.load()
    sweep = Sweep(log)
    bounded()
    found = importlib.import_module(module)
    start, broken = time.perf_counter(), 0
    for offered in surface.offered(found):
        owner = offered.name.rpartition(".")[0]
        if offered.name not in cases.CASES and not (offered.kind == "property" and owner in cases.OBJECTS):
            continue
        for text in sweep.run(offered):
            broken += 1
            print(text.encode("ascii", "backslashreplace").decode()[:400])
    for cls in surface.classes(found):
        if f"{cls.__module__}.{cls.__name__}" not in cases.OBJECTS:
            continue
        for text in sweep.whole(cls):
            broken += 1
            print(text.encode("ascii", "backslashreplace").decode()[:400])
    print(f"{sweep.calls} calls, {broken} wrong, {time.perf_counter() - start:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
