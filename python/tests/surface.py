"""All that `wattsum` offers: what the sweep must have a case for."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Literal

import wattsum

Kind = Literal["function", "constructor", "static", "method", "property"]


@dataclass(frozen=True)
class Offered:
    """A name that can be called, or read."""

    name: str  # wattsum.shamir.Meter.contribute
    kind: Kind
    parameters: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    owner: type | None = None


def modules() -> Iterator[ModuleType]:
    """Public modules; what is inside a package, it offers itself."""
    for found in pkgutil.iter_modules(wattsum.__path__, "wattsum."):
        if not found.name.startswith("wattsum._"):
            yield importlib.import_module(found.name)


def classes(module: ModuleType) -> Iterator[type]:
    for name in module.__all__:
        thing = getattr(module, name)
        if isinstance(thing, type) and not issubclass(thing, BaseException):
            yield thing


def offered(module: ModuleType) -> Iterator[Offered]:
    """Functions, constructors, methods and properties, in this order for each name; no exceptions, which hold
    whatever they are given, and no special methods."""
    for name in module.__all__:
        thing, full = getattr(module, name), f"{module.__name__}.{name}"
        if isinstance(thing, type):
            if not issubclass(thing, BaseException):
                yield from _class(thing, full)
        elif callable(thing) and (inspect.isbuiltin(thing) or isinstance(thing, FunctionType)):
            yield Offered(full, "function", *_parameters(thing))


def _class(cls: type, full: str) -> Iterator[Offered]:
    if constructible(cls):
        yield Offered(full, "constructor", *_parameters(cls), cls)
    for base in cls.__mro__:
        if not base.__module__.startswith("wattsum"):
            continue
        for name, member in vars(base).items():
            if name.startswith("_"):
                continue
            if isinstance(member, staticmethod | classmethod):
                yield Offered(f"{full}.{name}", "static", *_parameters(getattr(cls, name)), cls)
            elif callable(member):
                yield Offered(f"{full}.{name}", "method", *_parameters(member, bound=1), cls)
            else:
                yield Offered(f"{full}.{name}", "property", owner=cls)


def constructible(cls: type) -> bool:
    """A class of the native module without a constructor inherits `object.__new__`, and refuses it."""
    return "__new__" in vars(cls) or "__init__" in vars(cls)


def _parameters(thing: Callable[..., Any], bound: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of all, and of those that may be given by position."""
    found = list(inspect.signature(thing).parameters.values())[bound:]
    positional = [own.name for own in found if own.kind in (own.POSITIONAL_ONLY, own.POSITIONAL_OR_KEYWORD)]
    return tuple(own.name for own in found), tuple(positional)
