"""Rounds, refusals and conversions leave nothing behind: `WATTSUM_FULL=1` for 10^5 rounds."""

import ctypes
import gc
import os
import sys
import weakref
from collections.abc import Callable
from typing import Any

import cases
import numpy as np
import pytest
from hostile import flipped
from measured import MEASURES, growth, leaks
from world import DcnetWorld, ShamirWorld, ids

from wattsum import Error, dcnet, link, shamir

FULL = os.environ.get("WATTSUM_FULL") == "1"
ROUNDS = 100_000 if FULL else 4_000
EACH = 10  # rounds of an epoch: caches take some hundred epochs to fill, and then nothing is left behind
REFUSALS = 100_000 if FULL else 10_000
cases.load()


def epoch(form: Callable[[], Any], number: int) -> None:
    """All its rounds; in every eighth a meter is silent."""
    world, rng = form(), np.random.default_rng(number)
    for round in range(EACH):
        readings, which = rng.integers(-1000, 100_000, 5), np.ones(5, bool)
        if round % 8 == 0:
            which[round // 8 % 5] = False
        assert world.sum(round, readings, which).values == (int(readings[which].sum()),)


PROTOCOLS: dict[str, Callable[[], Any]] = {
    "shamir": lambda: ShamirWorld.form(5),
    "dcnet": lambda: DcnetWorld.form(5),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rounds_leave_nothing_behind(protocol: str) -> None:
    found = growth(lambda number: epoch(PROTOCOLS[protocol], number), ROUNDS // EACH, EACH)
    print(protocol, found)
    assert leaks(found) == {}


def test_leaks_are_seen() -> None:
    """The measure itself: one small object a round, of Python or of malloc."""
    kept: list[object] = []

    def python(number: int) -> None:
        epoch(PROTOCOLS["shamir"], number)
        kept.extend(str(number * EACH + round) * 3 for round in range(EACH))

    assert "tracemalloc" in leaks(growth(python, 20, EACH))
    if "malloc" in MEASURES:
        malloc = ctypes.CDLL(None).malloc

        def native(number: int) -> None:
            epoch(PROTOCOLS["shamir"], number)
            for _ in range(EACH):
                malloc(1)

        assert "malloc" in leaks(growth(native, 20, EACH))


def test_refusals_leave_nothing_behind() -> None:
    """Bytes that are wrong, values that are wrong, objects that are used up."""
    world = ShamirWorld.form(5)
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(5))
    frame = bytes(frames[0])
    spent = [make() for make in cases.SPENT.values()]
    wrong: list[Callable[[int], object]] = [
        lambda n: collecting.accept(flipped(frame, n % (8 * len(frame)))),
        lambda n: collecting.accept(frame[: n % len(frame)]),
        lambda n: collecting.accept(1.5),  # type: ignore[arg-type]
        lambda n: world.meters.contribute(world.marks, 0, 0, np.full(5, 2**62)),
        lambda n: world.meters.contribute(world.marks, 0, 0, np.ones(5)),  # type: ignore[arg-type]
        lambda n: world.meters.contribute(world.marks, 0, 0, np.arange(5), [1, 2]),  # type: ignore[list-item]
        lambda n: world.utility.open(n + 1000, 0),
        lambda n: world.utility.close(spent[-1], [1, 2]),
        lambda n: link.Cohort(world.params, [1, 1], 95),
        lambda n: shamir.combine(np.ones((3, 3)), [1, 2]),  # type: ignore[arg-type]
        lambda n: dcnet.neighbours(0, 3, 2, bytes(31)),
        lambda n: link.HighWaters(2**62),
    ]

    def step(number: int) -> None:
        for act in wrong:
            try:
                act(number)
            except (Error, TypeError):
                continue
            raise AssertionError(number)
        assert len(collecting.accept_many(rows)) == 7

    rows = np.zeros((7, 48), np.uint8)
    found = growth(step, REFUSALS // len(wrong), len(wrong))
    print(found)
    assert leaks(found) == {}


def test_every_call_leaves_nothing_behind() -> None:
    """All that the sweep calls, called validly again and again, with the objects made anew."""
    if not FULL:
        pytest.skip("WATTSUM_FULL=1 runs it: the first hundred steps fill caches")
    makers = list(cases.CASES.values())

    def step(_: int) -> None:
        for make in makers:
            own = make()
            own.call(**own.arguments)

    found = growth(step, 400)
    print(found, len(makers))
    # What one of the calls leaves behind is seldom less than 100 bytes a step; memory comes back in pages.
    assert {name: slope for name, slope in found.items() if name != "resident" and slope > 100} == {}


def test_arrays_are_given_back() -> None:
    """No reference to an argument or a result stays behind a call."""
    world = ShamirWorld.form(5)
    readings, which = np.arange(5), np.ones(5, bool)
    before = sys.getrefcount(readings), sys.getrefcount(which)
    collecting = world.open(0)
    prepared = world.meters.contribute(world.marks, 0, 0, readings, which)
    assert (sys.getrefcount(readings), sys.getrefcount(which)) == before
    frames = prepared.stored()
    held = sys.getrefcount(frames)
    assert collecting.accept_many(frames) == []
    for frame in frames:
        collecting.accept(frame)
    assert sys.getrefcount(frames) == held
    with pytest.raises(TypeError):
        world.meters.contribute(world.marks, 1, 1, readings.astype(float), which)
    with pytest.raises(Error):
        world.meters.contribute(world.marks, 1, 1, readings, which[:2])
    assert (sys.getrefcount(readings), sys.getrefcount(which)) == before
    shares = shamir.split(readings, 5, 3)
    gone = weakref.ref(shares)
    shamir.combine(shares[:3])
    del shares, prepared
    gc.collect()
    assert gone() is None
    whole, records = weakref.ref(frames), frames.copy()
    del frames, frame
    gc.collect()
    assert whole() is None
    assert len(records) == len(ids(5))
