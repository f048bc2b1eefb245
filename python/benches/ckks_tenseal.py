#!/usr/bin/env python3
"""What encrypted arrays cost beside TenSEAL, function by function: ratios of one run on one machine.

    pip install ./python && pip install tenseal==0.3.18
    python python/benches/ckks_tenseal.py [--repeat 10]

4,096 readings. TenSEAL as it is used for them: polynomials of degree 8192, primes of 60, 40, 40 and 60 bits, scale 2^40, one
thread. Ours of the same degree: the ring `depth2`, primes of 50, 45 and 45 bits and one of 50 for keys, scale 2^45, and for the
last rows `sum`, which is made for sums and nothing else. Both sides do the same work on the same numbers, in turn, first the one
and then the other; processor time of all threads counts, and the least of several repetitions. Errors are the largest of all
values, of both.

Where they differ: TenSEAL takes lists and gives lists; its slot sum is at the level at which it comes in, since it has no
function to drop primes; its ciphertexts do not know their error; its `decrypt` is what is called `decrypt_private` here.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import tenseal as ts
from numpy.typing import NDArray

from wattsum import ckks

READINGS, MOST, CIPHERTEXTS = 4096, 5.0, 100
LEAST = 5e-3  # seconds that a side works before it is the other one's turn: neither is measured on the other's cache
Work = Callable[[], object]
Floats = NDArray[np.float64]


@dataclass
class Row:
    """Milliseconds, or bytes; and how many times better than the peer it is to be with AVX-512, and with AVX2."""

    name: str
    own: Work | int
    peer: Work | int
    goals: tuple[float, float]
    best: list[float] = field(default_factory=lambda: [float("inf"), float("inf")])

    def measure(self, own_first: bool) -> None:
        sides = (self.own, self.peer)
        for place in (0, 1) if own_first else (1, 0):
            work = sides[place]
            if isinstance(work, int):
                self.best[place] = work
                continue
            times, start, spent = 0, time.process_time(), 0.0
            while spent < LEAST:
                work()
                times, spent = times + 1, time.process_time() - start
            self.best[place] = min(self.best[place], 1e3 * spent / times)

    @property
    def ratio(self) -> float:
        return self.best[1] / self.best[0]


@dataclass
class Error:
    """Largest error of both, of which ours is to be no worse."""

    name: str
    own: float
    peer: float


class Peer:
    """TenSEAL, with a public key and without one."""

    def __init__(self) -> None:
        self.public, self.secret = (self.context(kind) for kind in ("ASYMMETRIC", "SYMMETRIC"))
        self.public.generate_galois_keys()

    @staticmethod
    def context(kind: str) -> Any:
        context = ts.context(
            ts.SCHEME_TYPE.CKKS,
            8192,
            coeff_mod_bit_sizes=[60, 40, 40, 60],
            encryption_type=ts.ENCRYPTION_TYPE[kind],
            n_threads=1,
        )
        context.global_scale = 2**40
        return context

    @staticmethod
    def total_of_copies(vectors: list[Any]) -> Any:
        total = vectors[0] + vectors[1]
        for vector in vectors[2:]:
            total = total + vector
        return total

    @staticmethod
    def total(vectors: list[Any]) -> Any:
        total = vectors[0] + vectors[1]  # their copy() takes the keys along, for 25 ms and more
        for vector in vectors[2:]:
            total += vector
        return total


def largest(got: Any, truth: Floats) -> float:
    return float(np.abs(np.asarray(got)[: truth.size] - truth).max())


def rows_and_errors() -> tuple[list[Row], list[Error]]:
    peer, ring = Peer(), ckks.Ring("depth2")
    key = ckks.SecretKey.generate(ring)
    public = key.public_key
    evaluator = ckks.Evaluator(public, key.switching_keys(relinearisation=True, slot_sum=READINGS))
    encryption: dict[str, Any] = {"packing": "reals", "max_reading": MOST}
    tables = np.random.default_rng(1).uniform(0, MOST, (CIPHERTEXTS, READINGS))
    values, listed = tables[0], tables[0].tolist()

    mine = public.encrypt_many(tables, **encryption)
    theirs = [ts.ckks_vector(peer.public, row.tolist()) for row in tables]
    one, other = mine[0], theirs[0]
    # A sum over all slots has 12 bits more than values, and the last prime 50.
    last = evaluator.drop_to(public.encrypt(values, scale_bits=32, **encryption), 0)
    seeded = key.encrypt(values, **encryption)

    small = ckks.SecretKey.generate(ckks.Ring("sum"))
    packed: dict[str, Any] = {"packing": "pairs", "max_reading": MOST}
    few = small.encrypt(values, **packed)

    secret_of_peer = ts.ckks_vector(peer.secret, listed)
    rows = [
        Row("encode, encrypt, public key", lambda: public.encrypt(values, **encryption),
            lambda: ts.ckks_vector(peer.public, listed), (8, 4)),
        Row("encode, encrypt, secret key", lambda: key.encrypt(values, **encryption),
            lambda: ts.ckks_vector(peer.secret, listed), (5.5, 3.5)),
        Row("sum of 100 ciphertexts", lambda: evaluator.sum(mine), lambda: peer.total_of_copies(theirs), (5, 3)),
        Row("the same, TenSEAL in place", lambda: evaluator.sum(mine), lambda: peer.total(theirs), (0, 0)),
        Row("slot sum (12 rotations)", lambda: evaluator.slot_sum(one, READINGS), other.sum, (3.5, 1.5)),
        Row("slot sum at the last prime", lambda: evaluator.slot_sum(last, READINGS), other.sum, (14, 0)),
        Row("square, relinearise, rescale", lambda: evaluator.rescale(evaluator.square(one)), other.square, (3.5, 1.5)),
        Row("decrypt, decode", lambda: key.decrypt_private(one, READINGS), other.decrypt, (6, 3)),
        Row("bytes, fresh", seeded.size, len(secret_of_peer.serialize()), (1 / 0.44, 1 / 0.44)),
        Row("ring `sum`: secret key", lambda: small.encrypt(values, **packed),
            lambda: ts.ckks_vector(peer.secret, listed), (20, 0)),
        Row("ring `sum`: public key", lambda: small.public_key.encrypt(values, **packed),
            lambda: ts.ckks_vector(peer.public, listed), (20, 0)),
        Row("ring `sum`: bytes, fresh", few.size, len(secret_of_peer.serialize()), (12, 12)),
    ]  # fmt: skip

    truth, squares = tables.sum(axis=0), values * values
    total = np.full(READINGS, values.sum())
    sums = ckks.Evaluator(small.public_key).sum(small.encrypt_many(tables, **packed))
    errors = [
        Error("fresh", largest(key.decrypt_private(one), values), largest(other.decrypt(), values)),
        Error("sum of 100", largest(key.decrypt_private(evaluator.sum(mine)), truth),
              largest(peer.total(theirs).decrypt(), truth)),
        Error("square", largest(key.decrypt_private(evaluator.rescale(evaluator.square(one))), squares),
              largest(other.square().decrypt(), squares)),
        Error("slot sum", largest(key.decrypt_private(evaluator.slot_sum(one, READINGS)), total),
              largest(other.sum().decrypt()[:1], total[:1])),
        Error("slot sum at the last prime", largest(key.decrypt_private(evaluator.slot_sum(last, READINGS)), total),
              largest(other.sum().decrypt()[:1], total[:1])),
        Error("ring `sum`, sum of 100", largest(small.decrypt_private(sums), truth),
              largest(peer.total(theirs).decrypt(), truth)),
    ]  # fmt: skip
    return rows, errors


def lanes() -> int:
    """Which goals are those of this machine: 0 for AVX-512 IFMA, 1 for less."""
    try:
        with open("/proc/cpuinfo") as text:
            return 0 if "avx512ifma" in text.read() else 1
    except OSError:
        return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=10)
    arguments = parser.parse_args()
    packages = ", ".join(f"{package} {version(package)}" for package in ("wattsum", "numpy", "tenseal"))
    print(f"Python {platform.python_version()}, {packages}, {'AVX-512 IFMA' if lanes() == 0 else 'no AVX-512 IFMA'}")
    rows, errors = rows_and_errors()
    for number in range(arguments.repeat):
        for row in rows:
            row.measure(own_first=number % 2 == 0)
    print(f"{'4,096 readings; ms, or bytes':32} {'own':>10} {'TenSEAL':>10} {'ratio':>7} {'goal':>8}")
    met = True
    for row in rows:
        goal = row.goals[lanes()]
        digits = ",.0f" if isinstance(row.own, int) else ".3f"
        met &= row.ratio >= goal
        said = f">= {goal:.3g}" if goal else "-"
        verdict = "" if not goal else "met" if row.ratio >= goal else "NOT MET"
        print(f"{row.name:32} {row.best[0]:>10{digits}} {row.best[1]:>10{digits}} {row.ratio:>7.2f} {said:>8}  {verdict}")
    print(f"\n{'largest error':32} {'own':>10} {'TenSEAL':>10}")
    for error in errors:
        # One prime of 50 bits has room for a scale of 2^30 or so: cheap, and less exact.
        compared = error.name in ("sum of 100", "square")
        met &= error.own <= error.peer or not compared
        verdict = "" if not compared else "no worse" if error.own <= error.peer else "WORSE"
        print(f"{error.name:32} {error.own:>10.1e} {error.peer:>10.1e} {'':7} {'':8}  {verdict}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
