"""Where a value stood, for the errors that name it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from wattsum.errors import MalformedError, MisuseError

Shape = Literal["auto", "wide", "long"]


@dataclass(frozen=True)
class Columns:
    """How the caller says the columns are called, and which meters are asked for."""

    shape: Shape
    meter: str
    start: str
    value: str
    meters: tuple[str, ...] | None


@dataclass(frozen=True)
class Source:
    """A file or a frame: its name, and how its records are numbered."""

    name: str
    row: Callable[[int], int]

    def refuse(self, what: str, record: int | None = None, column: str | None = None) -> NoReturn:
        place = [self.name]
        if record is not None:
            place.append(self.place(record, column))
        elif column is not None:
            place.append(f"column {quoted(column)}")
        raise MalformedError(": ".join([*place, what]))

    def place(self, record: int, column: str | None = None) -> str:
        row = f"row {self.row(record)}"
        return row if column is None else f"{row}, column {quoted(column)}"


def is_long(source: Source, header: Sequence[str], columns: Columns, place: str = "") -> bool:
    """Tells the two forms apart; refuses a header that is neither."""
    names = (columns.meter, columns.start, columns.value)
    three = set(names) <= set(header)
    if columns.shape == "auto":
        if three and len(header) == 3:
            return True
        # In text, as in the program `wattsum`, the time stamps come first; frames put their index anywhere.
        if not three and columns.start in (header[:1] if place else header):
            return False
    elif three if columns.shape == "long" else columns.start in header:
        return columns.shape == "long"
    wide, long = f"`{columns.start},METER,METER,…`", f"`{','.join(names)}`"
    forms = {"auto": f"neither {wide} nor {long}", "wide": f"not {wide}", "long": f"not {long}"}
    source.refuse(f"{place}the header is {forms[columns.shape]}")


def wide_meters(
    source: Source, header: Sequence[str], columns: Columns, place: str = ""
) -> list[tuple[int, str]]:
    """Place and name of each meter's column."""

    def refuse(column: str, what: str) -> NoReturn:
        source.refuse(f"{place}column {quoted(column)}: {what}")

    found: dict[str, int] = {}
    for index, name in enumerate(header):
        if not name:
            refuse(str(index + 1), "the meter has no name")
        if name in found:
            refuse(name, f"there are two columns of this name, the {found[name] + 1}. and the {index + 1}.")
        found[name] = index
    del found[columns.start]
    if columns.meters is None:
        picked = [(index, name) for name, index in found.items()]
    else:
        for name in columns.meters:
            if name not in found:
                refuse(name, "there is no column of this meter")
        picked = [(found[name], name) for name in columns.meters]
    if not picked:
        source.refuse(f"{place}there is no meter beside {columns.start}")
    return picked


def misuse(argument: str, what: str) -> MisuseError:
    return MisuseError(f"misuse: {argument}: {what}")


def unmasked(argument: str, value: Any) -> NDArray[Any]:
    """A numpy array that hides nothing: numpy drops a mask without a word."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{argument}: expected a numpy array, got {type(value).__name__}")
    if hasattr(value, "mask"):
        raise TypeError(
            f"{argument}: a masked array would be read with its masked values; give present instead"
        )
    return value


def meter_names(argument: str, value: Any) -> tuple[str, ...]:
    """Names of meters."""
    if isinstance(value, (str, bytes)) or not isinstance(value, (Sequence, np.ndarray)):
        raise TypeError(f"{argument}: expected names, got {type(value).__name__}")
    if len(value) > 1 << 26:
        raise misuse(argument, "too long")
    if not all(isinstance(name, str) for name in value):
        raise TypeError(f"{argument}: expected names")
    return tuple(value)


def one_of(argument: str, value: Any, *choices: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{argument}: expected a str, got {type(value).__name__}")
    if value not in choices:
        raise misuse(argument, f"expected {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}, got {value!r}")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def excerpt(text: str) -> str:
    """Text for a message: quoted, and cut where it is long."""
    return quoted(text if len(text) <= 40 else text[:40] + "…")
