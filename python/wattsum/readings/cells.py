"""One reading as text or as a float, in whole units, exactly."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattsum.readings.source import excerpt

FLOATS = (
    "floats are refused, since sums are exact, over whole numbers of the smallest billed unit: give whole "
    "numbers, or say by scaler= which decimals there are (3 for kWh with three decimals where unit is Wh)"
)
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMERAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?")
_LONGEST = 64


class Bad(ValueError):
    """What is wrong with a cell."""


class Cells(dict[str, int]):
    """What each text stands for, in units, read once a text; `blank` are those that stand for no reading."""

    MOST = 1 << 20

    def __init__(self, scaler: int | None, register: bool) -> None:
        super().__init__()
        self.scaler = scaler
        self.dtype = np.dtype(np.uint64 if register else np.int64)
        self.least, self.most = (0, 2**64 - 1) if register else (-(2**63) + 1, 2**63 - 1)
        self.blank: set[str] = set()

    def __missing__(self, text: str) -> int:
        value = self.read(text.strip())
        if value is None:
            self.blank.add(text)
            value = 0
        if len(self) < self.MOST:
            self[text] = value
        return value

    def read(self, text: str) -> int | None:
        """A decimal numeral times 10^scaler, whole; None for blank text."""
        if not text:
            return None
        parts = _NUMERAL.fullmatch(text)
        if parts is None or len(text) > _LONGEST or not (parts[2] or parts[3]):
            if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
                raise Bad(f"{excerpt(text)} has a decimal comma; a point is expected")
            raise Bad(f"{excerpt(text)} is no number; leave the cell of a silent meter empty")
        if _WHOLE.fullmatch(text):
            return self.bounded(self.scaled(int(text), 0, text), text)
        if self.scaler is None:
            raise Bad(f"{excerpt(text)} is not a whole number: {FLOATS}")
        sign, whole, part, exponent = parts[1], parts[2] or "", parts[3] or "", int(parts[4] or 0)
        return self.bounded(self.scaled(int(sign + whole + part), exponent - len(part), text), text)

    def scaled(self, value: int, exponent: int, text: str) -> int:
        exponent += self.scaler or 0
        if value == 0:
            return 0
        # Beyond that nothing fits, or nothing is whole, and the power would only be large.
        power: int = 10 ** min(abs(exponent), 2 * _LONGEST)
        if exponent >= 0:
            return value * power
        units, rest = divmod(value, power)
        if rest:
            raise Bad(f"{excerpt(text)} times 10^{self.scaler} is not whole: nothing is rounded")
        return units

    def bounded(self, value: int, text: str) -> int:
        if self.least <= value <= self.most:
            return value
        raise Bad(
            f"{excerpt(text)} is beyond {self.dtype}"
            if value > 0
            else f"{excerpt(text)} is below {self.least}"
        )

    def columns(self, texts: list[str]) -> tuple[NDArray[np.integer[Any]], NDArray[np.bool_]]:
        """Values and presence of these texts; `Bad` for the first that is none."""
        values = np.array(list(map(self.__getitem__, texts)), dtype=self.dtype)
        if not self.blank:
            return values, np.ones(len(texts), dtype=np.bool_)
        return values, ~np.fromiter(map(self.blank.__contains__, texts), np.bool_, len(texts))


def scaled_integers(
    values: NDArray[np.integer[Any]], scaler: int
) -> tuple[NDArray[np.integer[Any]], NDArray[np.bool_]]:
    """Integers times 10^scaler in their own type, and which of them do not come out whole and in range."""
    limits = np.iinfo(values.dtype)
    ten = 10 ** abs(scaler)
    if scaler >= 0:
        # No power of ten divides a limit: what is within comes out in range, and -2^63 never does.
        return values * values.dtype.type(ten), (values > limits.max // ten) | (values < -(limits.max // ten))
    power = values.dtype.type(ten)
    return values // power, values % power != 0


def scaled_floats(
    values: NDArray[np.floating[Any]], scaler: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The decimals that the floats were made of, times 10^scaler, and which floats are of no such decimal.

    n is taken only if the float is the one nearest to n / 10^scaler, so that nothing was rounded but what
    making a float of that decimal rounds; and only up to the digits within which no two decimals share a
    float (15 of 64 bits, 6 of 32 bits).
    """
    wide = values.astype(np.float64)
    most = 10.0**6 if values.dtype == np.float32 else 10.0**15
    ten = 10.0 ** abs(scaler)
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(wide * ten if scaler >= 0 else wide / ten)
        nearest = (units / ten if scaler >= 0 else units * ten).astype(values.dtype)
        good = (np.abs(units) <= most) & (nearest == values)
        return np.where(good, units, 0).astype(np.int64), ~good
