#!/usr/bin/env python3
"""What batches cost beside what users would write or install instead: ratios of one run on one machine.

    pip install ./python && pip install --no-deps -r python/benches/requirements.txt
    python python/benches/ratios.py [--repeat 5] [--meters 2000] [--only sums]

Both sides of a row do the same work on the same data, in turn, in one thread, whose processor time counts: the
least of several repetitions. Not all peers prove or protect the same:

* phe (Paillier, 3072 bits) and `elgamal.encrypt` encrypt a reading each, without a proof of anything.
* Flower's SecAgg+ client masks one value with ten neighbours by the functions that it calls itself, once with
  its shared keys at hand, as meters of wattsum have them, and once with the key agreement that it repeats in
  each round. `dcnet.masks` is the mask alone; `Meters.contribute` makes the whole frame, with checks, pads for
  holders, header, tag and record, after the utility's Open was verified (one signature a meter and round, which
  is not in the figure; Flower's client verifies none). Flower's seeds have 32 bits and are expanded by the Mersenne Twister: its
  masks hide nothing from who tries all seeds. Those here are ChaCha20 under 256-bit keys.
* Shamir in Python: coefficients of the operating system's generator, Horner modulo p.
* numpy's sums wrap around without notice; those here are exact, or reduced and checked.
"""

import argparse
import platform
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattsum import dcnet, elgamal, link, shamir

P = 2**64 - 2**32 + 1
DEGREE = 10
Work = Callable[[], object]


@dataclass
class Row:
    """Seconds per item of both, and the goal: how many times faster, or at most how many times slower."""

    name: str
    own: float
    peer: float
    goal: float
    sum: bool = False

    @property
    def ratio(self) -> float:
        return self.own / self.peer if self.sum else self.peer / self.own

    @property
    def met(self) -> bool:
        return self.ratio <= self.goal if self.sum else self.ratio >= self.goal


def fastest(
    repeat: int, own: tuple[Work, int], peer: tuple[Work, int], before: Work = lambda: None
) -> tuple[float, float]:
    """Processor seconds per item of each, `before` not counted. In turn, so that what else the machine does
    meets both."""
    best = [float("inf"), float("inf")]
    for _ in range(repeat):
        before()
        for place, (work, items) in enumerate((own, peer)):
            start = time.thread_time()
            work()
            best[place] = min(best[place], (time.thread_time() - start) / items)
    return best[0], best[1]


def encryption(repeat: int, meters: int) -> Iterator[Row]:
    from phe import paillier, util

    public, private = paillier.generate_paillier_keypair(n_length=3072)
    keys, shares = elgamal.deal()
    readings = np.arange(meters, dtype=np.int64) * 37 % 3000
    few = [int(reading) for reading in readings[:3]]
    assert private.decrypt(public.encrypt(few[2])) == few[2]

    def own() -> NDArray[np.uint8]:
        return elgamal.encrypt(keys.group_key, readings)

    some = own()[:3].reshape(3, 64)
    points = elgamal.combine({share.number: share.decrypt(some) for share in shares}, some)
    assert elgamal.DlogTable.build(16).solve(points, (0, 3000)).tolist() == few
    for with_gmp in (True, False):
        if with_gmp and not util.HAVE_GMP:
            continue
        util.HAVE_GMP = with_gmp
        name = "phe " + ("with gmpy2" if with_gmp else "alone")
        times = fastest(repeat, (own, meters), (lambda: [public.encrypt(one) for one in few], len(few)))
        yield Row(f"elgamal.encrypt / {name}", *times, 1000)


def flower() -> tuple[Work, Work]:
    """One client's mask part, without and with the key agreement (flwr's `_collect_masked_vectors`)."""
    from flwr.common.secure_aggregation.crypto.symmetric_encryption import generate_shared_key
    from flwr.common.secure_aggregation.ndarrays_arithmetic import (
        factor_combine,
        parameters_addition,
        parameters_mod,
        parameters_subtraction,
    )
    from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen
    from flwr.supercore.primitives import asymmetric

    mod_range, own_id = 2**32, 5
    pairs = [asymmetric.generate_key_pairs() for _ in range(DEGREE + 1)]
    own = asymmetric.private_key_to_bytes(pairs[0][0])
    others = [asymmetric.public_key_to_bytes(public) for _, public in pairs[1:]]

    def agree(other: bytes) -> bytes:
        key: bytes = generate_shared_key(
            asymmetric.bytes_to_private_key(own), asymmetric.bytes_to_public_key(other)
        )
        return key

    held = [agree(other) for other in others]
    seed = secrets.token_bytes(32)

    def masked(key: Callable[[int], bytes]) -> Any:
        vectors = factor_combine(1, [np.array([1877])])
        shapes = [vector.shape for vector in vectors]
        vectors = parameters_addition(vectors, pseudo_rand_gen(seed, mod_range, shapes))
        for node in range(DEGREE):
            mask = pseudo_rand_gen(key(node), mod_range, shapes)
            combine = parameters_addition if own_id > node else parameters_subtraction
            vectors = combine(vectors, mask)
        return parameters_mod(vectors, mod_range)

    assert all((a == b).all() for a, b in zip(masked(held.__getitem__), masked(lambda n: agree(others[n])), strict=True))
    return lambda: masked(held.__getitem__), lambda: masked(lambda n: agree(others[n]))


def contributions(repeat: int, meters: int) -> Iterator[Row]:
    held, agreeing = flower()
    some = 10
    peer = (lambda: [held() for _ in range(some)], some)

    generator = np.random.default_rng(1)
    keys = generator.integers(0, 256, (10 * meters, DEGREE, 32), np.uint8)
    signs = generator.choice(np.array([1, -1], np.int8), keys.shape[:2])
    times = fastest(repeat, (lambda: dcnet.masks(keys, signs, 7), len(keys)), peer)
    yield Row("dcnet.masks / flwr, keys at hand", *times, 1000)

    params = dcnet.Params.drawn(link.Group(1), DEGREE, 2, relying_on_the_holders=True)
    cohort = link.Cohort(params, range(1, meters + 1), 10**4)
    utility = dcnet.Utility(params, cohort.view, cohort.utility.identity, cohort.utility.link)
    role = dcnet.Meters(params, cohort.view, cohort.meters)
    marks = link.HighWaters(meters)
    readings = np.arange(meters, dtype=np.int64)
    now = -1

    def open_round() -> None:
        nonlocal now
        now += 1  # a round is contributed to once
        role.open(now, utility.open(now, now).frame)

    def contribute() -> None:
        role.contribute(marks, now, now, readings).stored()

    times = fastest(repeat, (contribute, meters), peer, open_round)
    yield Row("dcnet.Meters.contribute / flwr, keys at hand", *times, 1000)
    times = fastest(repeat, (contribute, meters), (agreeing, 1), open_round)
    yield Row("dcnet.Meters.contribute / flwr, as it runs", *times, 1000)


def plain_split(values: list[int], parties: int, threshold: int) -> list[list[int]]:
    """Shamir's sharing as it is written without a library."""
    shares: list[list[int]] = [[] for _ in range(parties)]
    for value in values:
        coefficients = [secrets.randbelow(P) for _ in range(threshold - 1)]
        for party in range(1, parties + 1):
            share = 0
            for coefficient in coefficients:
                share = (share + coefficient) * party % P
            shares[party - 1].append((share + value) % P)
    return shares


def splits(repeat: int, _meters: int) -> Iterator[Row]:
    values = np.random.default_rng(2).integers(-(10**9), 10**9, 10**5)
    few = values[:5000].tolist()
    plain = np.array(plain_split([value % P for value in few], 5, 3), np.uint64)
    for shares in (plain, shamir.split(values[:5000], 5, 3)):
        assert shamir.combine(shares[[4, 1, 2]], [5, 2, 3]).tolist() == few
    peer = (lambda: plain_split(few, 5, 3), len(few))
    times = fastest(repeat, (lambda: shamir.split(values, 5, 3), len(values)), peer)
    yield Row("shamir.split, t=3 m=5 / Python", *times, 75)


def sums(repeat: int, _meters: int) -> Iterator[Row]:
    for shape in ((10**6, 1), (10**6, 4), (10**4, 96), (240, 2016)):
        elements = np.random.default_rng(3).integers(0, P, shape, np.uint64)
        readings = elements.view(np.int64) >> 24
        assert np.array_equal(link.total(readings), readings.sum(axis=0))
        short = elements >> np.uint64(24)
        assert np.array_equal(shamir.sums(short), short.sum(axis=0))
        for name, own, values in (
            ("shamir.sums, dcnet.sums", shamir.sums, elements),
            ("link.total", link.total, readings),
        ):
            times = fastest(
                10 * repeat,
                (lambda own=own, values=values: own(values), values.size),  # type: ignore[misc]
                (lambda values=values: np.sum(values, axis=0), values.size),  # type: ignore[misc]
            )
            yield Row(f"{name} / numpy.sum, {shape[0]} x {shape[1]}", *times, 1.5, sum=True)


def shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def main() -> int:
    parts = {"encryption": encryption, "contributions": contributions, "splits": splits, "sums": sums}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--meters", type=int, default=2000)
    parser.add_argument("--only", choices=parts, action="append")
    arguments = parser.parse_args()
    packages = ["wattsum", "numpy", *([] if arguments.only == ["sums"] else ["phe", "gmpy2", "flwr", "cryptography"])]
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except ModuleNotFoundError:
            found.append(f"no {package}")
    print(f"Python {platform.python_version()}, {', '.join(found)}")
    print(f"{'own / peer':62} {'own':>9} {'peer':>9} {'ratio':>9} {'goal':>8}")
    rows = [row for part in arguments.only or parts for row in parts[part](arguments.repeat, arguments.meters)]
    for row in rows:
        goal = f"{'<=' if row.sum else '>='} {row.goal:g}"
        ratio = f"{row.ratio:.2f}" if row.sum else f"{row.ratio:.0f}"
        met = "met" if row.met else "NOT MET"
        print(f"{row.name:62} {shown(row.own):>9} {shown(row.peer):>9} {ratio:>9} {goal:>8}  {met}")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
