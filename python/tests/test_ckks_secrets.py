"""The secret key is not shown, copied, compared or pickled, and long work lets other threads on."""

import copy
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from ckks_world import EVALUATOR, KEY, PUBLIC, RING, RNG

from wattsum import MisuseError, ckks


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickles_and_no_copies(act: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        act(KEY)


def test_no_comparison_no_attributes_and_nothing_shown() -> None:
    stored: Any = KEY.to_bytes()
    assert ckks.SecretKey.from_bytes(RING, stored) != KEY
    for text in (repr(KEY), str(KEY), f"{KEY}"):
        assert text == '<wattsum.ckks.SecretKey, "variance">'
    own: Any = KEY
    with pytest.raises(AttributeError):
        own.anything = 1
    for name in ("ring", "public_key", "key_id"):
        with pytest.raises(AttributeError):
            setattr(own, name, getattr(own, name))
    shown = [repr(PUBLIC), repr(PUBLIC.encrypt(np.arange(3))), repr(EVALUATOR), repr(ckks.Total(RING))]
    assert all(stored[2:6].hex() not in text and len(text) < 120 for text in shown)


def test_nothing_of_the_values_is_public() -> None:
    """Whatever the readings are, all but the polynomials is the same: scale, bound, error, size."""
    few, many = PUBLIC.encrypt(np.zeros(RING.slots)), PUBLIC.encrypt(np.full(3, 1000.0))
    for name in ("size", "level", "exact_scale", "packing", "form", "bound", "error"):
        assert getattr(few, name) == getattr(many, name)
    for first, second in ((few, many), (KEY.encrypt(np.zeros(9, int)), KEY.encrypt(np.full(9, -1000)))):
        assert bytes(first)[:54] == bytes(second)[:54]


def test_the_same_values_never_give_the_same_bytes() -> None:
    for own in (KEY, PUBLIC):
        rows = own.encrypt_rows(np.ones((50, 4), int), meter=3, round=5, threads=4)
        assert len({bytes(row[54:]) for row in rows}) == 50
        again = own.encrypt_rows(np.ones((50, 4), int), meter=3, round=5)
        assert not (rows == again).all(axis=1).any()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_can_use_public_keys_and_no_secret_one() -> None:
    own = PUBLIC.encrypt(np.arange(5))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            EVALUATOR.sum([own, PUBLIC.encrypt(np.arange(5))])
            refused = 0
            for act in (
                lambda: KEY.decrypt_exact(own),
                lambda: KEY.encrypt(np.arange(5)),
                lambda: KEY.to_bytes(),
                lambda: KEY.switching_keys(relinearisation=True),
            ):
                try:
                    act()
                except MisuseError as error:
                    refused += "another process" in str(error)
            code = 7 if refused == 4 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert KEY.decrypt_exact(own, 5).tolist() == [0, 1, 2, 3, 4]


VALUES = RNG.uniform(0, 5, (64, RING.slots))
ROWS = PUBLIC.encrypt_rows(VALUES, threads=2)
MANY = np.concatenate([ROWS] * 8)
OBJECTS = [ckks.Ciphertext.from_bytes(RING, row) for row in ROWS[:32]]


@pytest.mark.parametrize(
    "step",
    [
        lambda: PUBLIC.encrypt_rows(VALUES),
        lambda: KEY.encrypt_many(VALUES),
        lambda: EVALUATOR.sum(MANY, threads=16),
        lambda: KEY.switching_keys(slot_sum=RING.slots),
    ],
)
@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this interpreter has no lock to release"
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
    assert turns > 10, f"{turns} turns in {elapsed:.3f} s"


def test_threads_share_keys_evaluators_and_totals() -> None:
    total = ckks.Total(RING)
    whole = RNG.integers(0, 1000, (64, 50))

    def one(row: int) -> np.ndarray[Any, Any]:
        own = (KEY if row % 2 else PUBLIC).encrypt(whole[row], counter=row)
        total.accept(own)
        return KEY.decrypt_exact(EVALUATOR.add(own, own), 50)

    with ThreadPoolExecutor(8) as pool:
        doubled = list(pool.map(one, range(64)))
    assert (np.array(doubled) == 2 * whole).all()
    assert total.count == 64
    assert (KEY.decrypt_exact(total.finish(), 50) == whole.sum(axis=0)).all()
    for act in (total.finish, lambda: total.count, lambda: total.accept(OBJECTS[0])):
        with pytest.raises(MisuseError, match="used up"):
            act()
