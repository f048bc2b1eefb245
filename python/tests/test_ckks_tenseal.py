"""The same arrays through TenSEAL and through ours: both are what numpy computes, ours within the error that each ciphertext
states of itself, and so they are of each other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wattsum import ckks

ts = pytest.importorskip("tenseal", reason="tenseal is not installed: requirements-tenseal.txt")

READINGS = 4096
MOST = 5.0
PEER = 2e-5
"""What TenSEAL is off by at most at scale 2^40, which does not say so of itself: measured 4e-6."""

RNG = np.random.default_rng(11)
RING = ckks.Ring("depth2")
KEY = ckks.SecretKey.generate(RING)
EVALUATOR = ckks.Evaluator(KEY.public_key, KEY.switching_keys(relinearisation=True, slot_sum=READINGS))


@pytest.fixture(scope="module")
def context() -> Any:
    context = ts.context(ts.SCHEME_TYPE.CKKS, 8192, coeff_mod_bit_sizes=[60, 40, 40, 60])
    context.global_scale = 2**40
    context.generate_galois_keys()
    return context


def readings(count: int) -> NDArray[np.float64]:
    """Kilowatts as meters send them: to the watt, and some negative."""
    return RNG.integers(-2000, 5000, (count, READINGS)) / 1000


def encrypted(values: NDArray[np.float64], seeded: bool = False, scale_bits: int = 45) -> list[ckks.Ciphertext]:
    own = KEY if seeded else KEY.public_key
    return own.encrypt_many(values, max_reading=MOST, scale_bits=scale_bits)


def both(own: ckks.Ciphertext, peer: Any, truth: NDArray[np.float64], most: float = PEER) -> None:
    mine = KEY.decrypt_private(own, truth.size)
    theirs = np.array(peer.decrypt())[: truth.size]
    assert own.error < 1e-2, own.error  # else the next line says nothing
    assert np.abs(mine - truth).max() <= own.error
    assert np.abs(theirs - truth).max() <= most
    assert np.abs(mine - theirs).max() <= own.error + most


@pytest.mark.parametrize("seeded", [False, True])
def test_fresh(context: Any, seeded: bool) -> None:
    values = readings(1)
    both(encrypted(values, seeded)[0], ts.ckks_vector(context, values[0].tolist()), values[0])


def test_sums_and_means(context: Any) -> None:
    values = readings(20)
    mine = encrypted(values)
    theirs = [ts.ckks_vector(context, row.tolist()) for row in values]
    total = theirs[0].copy()
    for vector in theirs[1:]:
        total += vector
    both(EVALUATOR.sum(mine), total, values.sum(axis=0))
    both(EVALUATOR.mean(mine), total * (1 / 20), values.mean(axis=0))
    both(mine[0] - mine[1], theirs[0] - theirs[1], values[0] - values[1])
    both(-3 * mine[0], theirs[0] * -3, -3 * values[0])


Step = tuple[str, Callable[[Any], Any], Callable[[Any], Any], NDArray[np.float64]]


def steps(values: NDArray[np.float64]) -> list[Step]:
    weights = RNG.uniform(-1, 1, READINGS)
    e, rescaled = EVALUATOR, EVALUATOR.rescale
    return [
        ("a number", lambda c: e.times(c, 0.37), lambda v: v * 0.37, values * 0.37),
        ("numbers", lambda c: e.times(c, weights), lambda v: v * weights.tolist(), values * weights),
        ("plus numbers", lambda c: e.add_plain(c, weights), lambda v: v + weights.tolist(), values + weights),
        ("square", lambda c: rescaled(e.square(c)), lambda v: v.square(), values**2),
        ("product", lambda c: rescaled(e.multiply(c, c)), lambda v: v * v, values**2),
        ("fourth power", lambda c: rescaled(e.square(rescaled(e.square(c)))), lambda v: v.square().square(), values**4),
        ("slot sum", lambda c: e.slot_sum(c, READINGS), lambda v: v.sum(), values.sum(keepdims=True)),
    ]


@pytest.mark.parametrize("number", range(7))
def test_each_operation(context: Any, number: int) -> None:
    values = readings(1)[0]
    name, own, peer, truth = steps(values)[number]
    # Two products deep, values have to leave room: 5⁴ and the scale twice below two primes.
    scale_bits = 42 if name == "fourth power" else 45
    # Errors of a product are those of its factors times the other one: of a sum over all slots, as many.
    most = PEER * max(1.0, float(np.abs(truth).max()))
    mine, theirs = encrypted(values[None], scale_bits=scale_bits)[0], ts.ckks_vector(context, values.tolist())
    both(own(mine), peer(theirs), truth, most)


def test_variances(context: Any) -> None:
    values = readings(8)
    mine = encrypted(values)
    squares = EVALUATOR.sum([EVALUATOR.rescale(EVALUATOR.square(own)) for own in mine])
    theirs = [ts.ckks_vector(context, row.tolist()) for row in values]
    total, peer_squares = theirs[0].copy(), theirs[0].square()
    for vector in theirs[1:]:
        total += vector
        peer_squares += vector.square()
    sums = KEY.decrypt_private(EVALUATOR.sum(mine), READINGS)
    own = ckks.variance(8, sums, KEY.decrypt_private(squares, READINGS))
    peer = np.array(peer_squares.decrypt()) / 8 - (np.array(total.decrypt()) / 8) ** 2
    assert np.abs(own - values.var(axis=0)).max() < 1e-6
    assert np.abs(own - peer).max() < 1e-4
