"""Arguments that no honest caller passes."""

import array
import ctypes
import datetime
import decimal
import fractions
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np


class Evil(Exception):
    """Raised by hostile objects: it may come back to the caller, who sent it."""


@dataclass(frozen=True)
class Value:
    """What to pass."""

    label: str
    make: Callable[[], Any]
    never: bool = False
    """No parameter takes it, unless its case says so."""
    raises: tuple[type[Exception], ...] = ()
    """Its own errors, which come back to whoever passed it."""
    changes: bool = False
    """It may have done more than to be refused."""


def _raise(*_: Any, **__: Any) -> Any:
    raise Evil


SPECIAL = (
    "__index__", "__int__", "__float__", "__bool__", "__len__", "__iter__", "__getitem__", "__bytes__",
    "__eq__", "__hash__", "__array__", "__buffer__", "__getattr__", "__getattribute__", "__contains__",
    "__fspath__",
    "__str__", "__repr__", "__arrow_c_stream__", "__dataframe__",
)  # fmt: skip


def _object(**members: Any) -> Any:
    return type("Hostile", (), members)()


def _index(value: Any) -> Any:
    return _object(__index__=lambda _: value)


def _sequence(length: Any, item: Any) -> Any:
    return _object(__len__=lambda _: length, __getitem__=lambda _, place: item)


def _endless(self: Any) -> Iterator[int]:
    while True:
        yield 1


def _circle() -> list[Any]:
    own: list[Any] = []
    own.append(own)
    return own


def _released() -> memoryview:
    view = memoryview(bytearray(32))
    view.release()
    return view


class Lying(np.ndarray):
    """An array whose methods answer anything."""

    answer: Any = None

    def astype(self, *_: Any, **__: Any) -> Any:
        return self.answer() if callable(self.answer) else self.answer


def _lying(answer: Any, shape: Any = (5, 1), dtype: Any = np.int64) -> Any:
    lying = np.ones(shape, dtype).view(Lying)
    lying.answer = answer
    return lying


class Masking(np.ndarray):
    """An array that fails when it is asked for its mask."""

    mask = property(_raise)


def _ctypes() -> Any:
    return (ctypes.c_double * 4)()


def _structured() -> Any:
    return np.zeros(5, [("a", "i8"), ("b", "f8")])


NUMBERS = [
    *[Value(str(n), partial(lambda n: n, n)) for n in (0, 1, 2, -1, 255, 256, 1024, 2**16)],
    *[Value(f"2^{k}", partial(lambda k: 2**k, k)) for k in (20, 31, 32, 40, 62, 63, 64, 127, 128, 200)],
    *[Value(f"2^{k} - 1", partial(lambda k: 2**k - 1, k)) for k in (31, 32, 62, 63, 64, 128)],
    *[Value(f"-2^{k}", partial(lambda k: -(2**k), k)) for k in (31, 63, 64, 127, 128, 200)],
    Value("an int of 3,000 digits", lambda: 10**3000),
    Value("True", lambda: True),
    Value("numpy int", lambda: np.int64(-7)),
    Value("numpy uint64", lambda: np.uint64(2**64 - 1)),
    *[
        Value(repr(x), partial(lambda x: x, x), never=True)
        for x in (
            0.0,
            1.0,
            1.5,
            float("nan"),
            float("inf"),
            -1e300,
            1j,
            decimal.Decimal(1),
            fractions.Fraction(1, 2),
        )
    ],
    Value("numpy float", lambda: np.float64(2), never=True),
    Value("numpy half", lambda: np.float16("nan"), never=True),
]

SINGLE = [
    Value("None", lambda: None),
    Value("text", lambda: "text", never=True),
    Value("no text", lambda: ""),
    Value("a surrogate", lambda: "\ud800", never=True),
    Value("a NUL", lambda: "a\0b", never=True),
    Value("much text", lambda: "x" * 2**20, never=True),
    Value("an object", object, never=True),
    Value("a class", lambda: int, never=True),
    Value("a function", lambda: len, never=True),
    Value("a module", lambda: np, never=True),
    Value("Ellipsis", lambda: ..., never=True),
    Value("NotImplemented", lambda: NotImplemented, never=True, raises=(DeprecationWarning,)),
    Value("a date", lambda: datetime.datetime(2026, 1, 1), never=True),
    Value("a time difference", lambda: np.timedelta64(1, "s"), never=True),
    Value("a date of numpy", lambda: np.datetime64("2026-01-01"), never=True),
    Value("an error", lambda: Evil(), never=True),
]

BYTES = [
    *[Value(f"{n} bytes", partial(lambda n: bytes(n), n)) for n in (0, 1, 20, 31, 32, 33, 64, 2**20)],
    Value("bytes of ones", lambda: b"\xff" * 64),
    Value("bytearray", lambda: bytearray(32)),
    Value("a strided view", lambda: memoryview(bytes(64))[::2]),
    Value(
        "a view of two dimensions",
        lambda: memoryview(bytes(64)).cast("B", (8, 8)),
        raises=(NotImplementedError,),
    ),
    Value("a view of doubles", lambda: memoryview(bytes(64)).cast("d")),
    Value("a view of bools", lambda: memoryview(bytes(64)).cast("?")),
    Value("a view of chars", lambda: memoryview(bytes(64)).cast("c")),
    Value("a released view", _released, never=True, raises=(ValueError,)),
    Value("an array of ints", lambda: array.array("i", [1, 2, 3])),
    Value("an array of doubles", lambda: array.array("d", [1, 2, 3]), never=True),
    Value("a ctypes array", _ctypes, never=True),
    Value("2^33 bytes", lambda: np.broadcast_to(np.uint8(1), 2**33)),
]

SEQUENCES = [
    *[
        Value(repr(x), partial(lambda x: x, x))
        for x in ([], (), [0], [1, 2, 3], [3, 2, 1], [1, 1], [-1], [2**32], [2**200])
    ],
    *[
        Value(repr(x), partial(lambda x: x, x), never=True)
        for x in ([None], [1.5], ["a"], [[1]], [object], {1: 2}, {1})
    ],
    Value("{}", dict),
    Value("nested lists", lambda: [[1, 2], [3]], never=True),
    Value("a list in itself", _circle, never=True),
    Value("bools", lambda: [True, False]),
    Value("bytes in a list", lambda: [b"", b"\0" * 32]),
    Value("range(2^40)", lambda: range(2**40)),
    Value("range(2^70)", lambda: range(2**70)),
    Value("range(2^21)", lambda: range(2**21)),
    Value("a generator", lambda: (n for n in range(3)), never=True),
    Value("a lie of 2^62", lambda: _sequence(2**62, 1)),
    Value(
        "a lie of 2^25",
        lambda: _object(__len__=lambda _: 2**25, __getitem__=_raise, __iter__=_raise),
        never=True,
    ),
    Value("a lie of -1", lambda: _sequence(-1, 1), never=True, raises=(ValueError,)),
    Value("a lie of text", lambda: _sequence("x", 1), never=True),
    Value("endless", lambda: _object(__len__=lambda _: 3, __getitem__=_raise, __iter__=_endless)),
    Value(
        "shorter than it says",
        lambda: _object(__len__=lambda _: 3, __getitem__=_raise, __iter__=lambda _: iter([])),
    ),
    Value("items of bytes", lambda: _sequence(3, b"")),
]

ARRAYS = [
    *[
        Value(f"{dtype} {shape}", partial(lambda shape, dtype: np.ones(shape, dtype), shape, dtype))
        for dtype in ("i8", "u8", "u1", "?")
        for shape in ((), (0,), (5,), (5, 1), (1, 5), (5, 0), (2, 3, 4), (1,) * 32)
    ],
    *[
        Value(
            f"broadcast {dtype} {shape}",
            partial(lambda shape, dtype: np.broadcast_to(np.ones((), dtype), shape), shape, dtype),
        )
        for dtype in ("i8", "u8", "u1", "?")
        for shape in ((2**40,), (2**20, 2**20), (5, 2**40), (2**40, 1))
    ],
    Value("2^40 rows of nothing", lambda: np.zeros((2**40, 0), "u1")),
    Value("nothing 2^40 wide", lambda: np.zeros((0, 2**40), "u1")),
    *[
        Value(f"array of {dtype}", partial(lambda dtype: np.ones((5, 1), dtype), dtype), never=True)
        for dtype in ("f8", "f4", "f2", "g", "c16", "S3", "U3", "V8")
    ],
    Value("array of NaN", lambda: np.full((5, 1), np.nan), never=True),
    Value("array of objects", lambda: np.full((5, 1), None), never=True),
    Value("array of ints as objects", lambda: np.full((5, 1), 1, object), never=True),
    Value("array of dates", lambda: np.zeros((5, 1), "M8[s]"), never=True),
    Value("array of time differences", lambda: np.zeros((5, 1), "m8[s]"), never=True),
    Value("structured array", _structured, never=True),
    Value("masked array", lambda: np.ma.masked_array(np.ones((5, 1), "i8"), True), never=True),
    Value("record array", lambda: _structured().view(np.recarray), never=True),
    Value("Fortran order", lambda: np.ones((5, 3), "i8", order="F")),
    Value("every second", lambda: np.ones((10, 1), "i8")[::2]),
    Value("backwards", lambda: np.ones((5, 1), "u1")[::-1]),
    Value("big end first", lambda: np.ones((5, 1), ">i8")),
    Value("unaligned", lambda: np.zeros(41, "u1")[1:].view("i8").reshape(5, 1)),
    Value("read-only", lambda: np.frombuffer(bytes(40), "i8").reshape(5, 1)),
    Value("extremes", lambda: np.full((5, 1), -(2**63))),
    Value("uint64 beyond int64", lambda: np.full((5, 1), 2**64 - 1, "u8")),
    *[
        Value(f"a lying array: {label}", partial(lambda answer: _lying(answer), answer))
        for label, answer in (
            ("None", None),
            ("raises", _raise),
            ("floats", np.ones((5, 1))),
            ("another shape", np.ones((7, 9), "i8")),
            ("not contiguous", np.ones((10, 1), "i8")[::2]),
            ("huge", np.broadcast_to(np.int64(1), 2**40)),
        )
    ],
    Value("an array with a mask that fails", lambda: np.ones((5, 1), "i8").view(Masking), never=True),
]


def _deep() -> Any:
    own: Any = 1
    for _ in range(20_000):
        own = [own]
    return own


DEEP = _deep()
OBJECTS = [
    *[Value(f"{name} raises", partial(lambda name: _object(**{name: _raise}), name)) for name in SPECIAL],
    Value("everything raises", lambda: _object(**{name: _raise for name in SPECIAL})),
    *[Value(f"__index__ gives {x!r}"[:40], partial(lambda x: _index(x), x)) for x in (-1, 2**200, 0)],
    *[Value(f"__index__ gives {x!r}", partial(lambda x: _index(x), x), never=True) for x in (None, "1", 1.5)],
    Value("an int that is also a float", lambda: _object(__index__=lambda _: 1, __float__=lambda _: 1.5)),
    Value("an interface to nothing", lambda: _object(__array_interface__={"shape": (5,), "typestr": "|b1"})),
    Value("an array that is none", lambda: _object(__array__=lambda *_, **__: [1, 2])),
    Value("an array that is floats", lambda: _object(__array__=lambda *_, **__: np.ones(5)), never=True),
    Value("says it is an array", lambda: _object(__class__=np.ndarray)),
    Value("says it is an int", lambda: _object(__class__=int)),
    Value("says it is bytes", lambda: _object(__class__=bytes)),
    Value("deep", lambda: DEEP, never=True),
]


BATTERY = [*NUMBERS, *SINGLE, *BYTES, *SEQUENCES, *ARRAYS, *OBJECTS]


def near(valid: Any) -> Iterator[Value]:
    """Almost the valid value."""
    if isinstance(valid, bytes) and valid:
        size = len(valid)
        for cut in sorted({0, 1, size // 2, size - 1}):
            yield Value(f"cut to {cut} bytes", partial(lambda cut: valid[:cut], cut))
        yield Value("a byte more", lambda: valid + b"\0")
        yield Value("twice", lambda: valid + valid)
        for bit in sorted({*range(0, min(8 * size, 192), 5), *range(0, 8 * size, max(1, 8 * size // 24))}):
            yield Value(f"bit {bit} flipped", partial(lambda bit: flipped(valid, bit), bit))
    elif isinstance(valid, bool):
        return
    elif isinstance(valid, int):
        for value in (valid - 1, valid + 1, valid + 2**32, -valid):
            yield Value(str(value), partial(lambda value: value, value))
    elif isinstance(valid, np.ndarray):
        yield Value("its rows backwards", lambda: valid[::-1])
        yield Value("its transpose", lambda: valid.T)
        yield Value("its first row", lambda: valid[:1])
        yield Value("twice", lambda: np.concatenate([valid, valid]))
        yield Value("one axis more", lambda: valid[None])
        yield Value("one axis less", lambda: valid[..., 0] if valid.ndim else valid)
        yield Value("as floats", lambda: valid.astype(float), never=True)
        if valid.dtype == np.uint8 and valid.size:
            for bit in range(0, 8 * valid.size, max(1, 8 * valid.size // 24)):
                yield Value(f"bit {bit} flipped", partial(lambda bit: _flipped_in(valid, bit), bit))
            yield Value("one row again and again", lambda: np.repeat(valid[:1], len(valid), axis=0))
            yield Value("without its last column", lambda: valid[..., :-1])
    elif isinstance(valid, list | tuple | range):
        items = list(valid)
        yield Value("its items backwards", lambda: items[::-1])
        yield Value("its items twice", lambda: items + items)
        yield Value("its first item", lambda: items[:1])
        yield Value("None among them", lambda: [*items, None], never=True)
        yield Value("an object among them", lambda: [*items[:-1], object()], never=True)
    elif isinstance(valid, str):
        yield Value("in capitals", lambda: valid.upper())
        yield Value("with a blank", lambda: valid + " ")


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _flipped_in(rows: Any, bit: int) -> Any:
    changed = rows.copy()
    changed.reshape(-1)[bit // 8] ^= 1 << bit % 8
    return changed
