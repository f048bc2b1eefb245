"""What a process holds, and whether that grows."""

import ctypes
import gc
import os
import sys
import tracemalloc
from array import array
from collections.abc import Callable


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )
    ]  # fmt: skip


def _native() -> Callable[[], int] | None:
    """Bytes that `malloc` has given out, so those of Rust; None where the C library does not tell."""
    if sys.platform != "linux":
        return None
    try:
        mallinfo = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return None
    mallinfo.restype = _Mallinfo

    def used() -> int:
        info = mallinfo()
        return int(info.uordblks + info.hblkhd)

    return used


def _resident() -> Callable[[], int] | None:
    """Bytes of memory that the process has."""
    if sys.platform != "linux":
        return None
    # Opened once: a `Path` that is made and read leaves a string behind.
    file, page = os.open("/proc/self/statm", os.O_RDONLY), os.sysconf("SC_PAGE_SIZE")
    return lambda: int(os.pread(file, 100, 0).split()[1]) * page


MEASURES: dict[str, Callable[[], int]] = {"tracemalloc": lambda: tracemalloc.get_traced_memory()[0]}
for name, measure in (("malloc", _native()), ("resident", _resident())):
    if measure is not None:
        MEASURES[name] = measure

ALLOWED = {"tracemalloc": 16.0, "malloc": 16.0, "resident": 64.0}
"""Bytes a part of a step. An object of Python has 28 or more, a block of malloc 32; resident memory comes in
pages."""


def growth(step: Callable[[int], None], steps: int, each: int = 1, samples: int = 40) -> dict[str, float]:
    """Bytes that each of `each` parts of a step leaves behind, after a quarter for caches to fill: the median
    of the slopes between all pairs of samples (Theil 1950, Sen 1968), which a few jumps of an allocator do
    not move."""
    found: dict[str, float] = {}
    # Tracing takes memory itself, so what it traces is looked at in a second run.
    for traced in (False, True):
        names = [name for name in MEASURES if (name == "tracemalloc") is traced]
        if traced:
            tracemalloc.start(1)
        try:
            found |= _growth(step, steps, each, samples, names)
        finally:
            tracemalloc.stop()
    return found


def _growth(
    step: Callable[[int], None], steps: int, each: int, samples: int, names: list[str]
) -> dict[str, float]:
    every = max(1, steps // samples)
    # Made before, as what is noted must not grow either.
    rows = {name: array("q", bytes(8 * (steps // every + 1))) for name in names}
    count = 0
    for number in range(steps):
        step(number)
        if number >= steps // 4 and number % every == 0:
            gc.collect()
            for name in names:
                rows[name][count] = MEASURES[name]()
            count += 1
    assert count > 8, "too few samples"
    slopes = {}
    for name, row in rows.items():
        slopes[name] = _slope([(place * every * each, row[place]) for place in range(count)])
    return slopes


def _slope(points: list[tuple[int, int]]) -> float:
    slopes = sorted((y - b) / (x - a) for i, (x, y) in enumerate(points) for a, b in points[:i])
    return slopes[len(slopes) // 2]


def leaks(found: dict[str, float]) -> dict[str, float]:
    """Those that are too much."""
    return {name: slope for name, slope in found.items() if slope > ALLOWED[name]}
