"""Long work leaves the interpreter to others, and threads that share an object take turns."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from world import DcnetWorld, ShamirWorld

from wattsum import Error, dcnet, shamir


SECRETS = np.arange(200_000)


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this interpreter has no lock to release"
)
@pytest.mark.parametrize(
    "step",
    [
        lambda: [shamir.split(SECRETS, 10, 7) for _ in range(5)],
        lambda: dcnet.neighbours(5, 2**32 - 1, 2000, bytes(32)),
    ],
)
def test_long_work_releases_the_interpreter(step: Callable[[], object]) -> None:
    done = threading.Event()

    def work() -> None:
        step()
        done.set()

    # So rarely does the interpreter switch by itself that a call which keeps it would be seen.
    switch, turns = sys.getswitchinterval(), 0
    sys.setswitchinterval(30)
    try:
        thread = threading.Thread(target=work)
        start = time.perf_counter()
        thread.start()
        while not done.is_set():
            turns += 1
            time.sleep(0)
        elapsed = time.perf_counter() - start
    finally:
        sys.setswitchinterval(switch)
    thread.join()
    assert turns > 100, f"{turns} turns in {elapsed:.3f} s"


def test_threads_share_a_round() -> None:
    world = ShamirWorld.form(meters=64)
    readings = np.arange(64)
    for round in range(3):
        collecting = world.open(round)
        frames = world.contribute(round, readings)
        with ThreadPoolExecutor(8) as pool:
            senders = list(pool.map(collecting.accept, [bytes(frame) for frame in frames]))
        assert senders == world.meters.ids
        assert world.answer(round, world.utility.close(collecting), [1, 2, 3]).values == (2016,)


THREADS = 8


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """All at once: nobody starts before the last thread is there."""
    ready = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        ready.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def taken(act: Callable[[], Any]) -> Callable[[], Any]:
    """What it gives, or the error."""

    def acting() -> Any:
        try:
            return act()
        except Error as error:
            return error

    return acting


def test_one_of_many_threads_contributes() -> None:
    """Two frames of one round would tell the difference of their readings."""
    for form in (ShamirWorld.form, DcnetWorld.form):
        world = form(16)
        for round in range(4):
            world.open(round)
            readings = [np.full(16, 100 * thread) for thread in range(THREADS)]
            found = together(
                [taken(partial(lambda row: world.contribute(round, row), row)) for row in readings]
            )
            frames = [frames for frames in found if isinstance(frames, np.ndarray)]
            assert len(frames) == 1
            assert all("contributed already" in str(error) for error in found if isinstance(error, Error))


def test_one_of_many_threads_takes_a_step() -> None:
    """An object that a step uses up is used once, whoever comes first."""
    for _ in range(5):
        world = ShamirWorld.form(6)
        prepared = world.meters.contribute(world.marks, 0, 0, np.arange(6))
        collecting = world.open(0)
        frames = [own for own in together([taken(prepared.stored)] * THREADS) if not isinstance(own, Error)]
        assert len(frames) == 1
        assert collecting.accept_many(frames[0]) == []
        found = together([taken(lambda: world.utility.close(collecting, [1, 2, 3]))] * THREADS)
        closed = [own for own in found if isinstance(own, shamir.Closed)]
        assert len(closed) == 1
        assert world.answer(0, closed[0], [1, 2, 3]).values == (15,)


def test_many_threads_accept_every_frame() -> None:
    """Each thread all frames, one by one and as batches: each meter counts once."""
    worlds: list[Any] = [ShamirWorld.form(40), DcnetWorld.form(40)]
    for world in worlds:
        for round in range(3):
            collecting = world.open(round)
            frames = world.contribute(round, np.arange(40))
            singly = [lambda: [collecting.accept(bytes(frame)) for frame in frames]] * (THREADS // 2)
            batches = [lambda: collecting.accept_many(frames)] * (THREADS // 2)
            assert together([*singly, *batches]) == [world.meters.ids] * (THREADS // 2) + [[]] * (
                THREADS // 2
            )
            assert collecting.missing() == []
            closing: Any = world.utility.close(collecting)
            assert world.answer(round, closing, [1, 2, 3]).values == (780,)


def test_arrays_that_others_write_into_are_no_crash() -> None:
    """Whoever writes into an array while a call reads it may get a sum of either values, but no crash."""
    values = np.arange(400_000)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            values[:] = values[::-1].copy()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found = together([lambda: shamir.combine(shamir.split(values, 3, 2)[:2])] * 4)
    finally:
        stop.set()
        thread.join()
    for own in found:
        assert own.shape == values.shape
        assert ((own >= 0) & (own < len(values))).all()
