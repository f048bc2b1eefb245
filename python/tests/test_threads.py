"""Long work leaves the interpreter to others, and threads that share an object take turns."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from world import ShamirWorld

from wattsum import dcnet, shamir


SECRETS = np.arange(200_000)


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
