"""Bounds on errors, from docs/bounds.md: whole numbers rounded up where something is random, doubles in the order written there."""

import functools
import math

OVER_PI = 0.3184
MOST = -129 * math.log(2)


def least(start, holds):
    return next(n for n in range(start, 1000) if holds(n))


@functools.cache
def constants(n):
    """L, Y, Z: where tails are cut."""
    four = lambda y: 1.0 if y < 2 else math.exp(2 - y) * (y / 2) ** 2
    two = lambda y: 1.0 if y < 1 else y * math.exp(1 - y)
    both = lambda z: sum(four(i) * two(z * z / (i + 1)) for i in range(400))
    return (least(1, lambda l: math.log(2 * n) - l <= MOST),
            least(2, lambda y: math.log(n / 2) + 1 + math.log(y) - y <= MOST),
            least(2, lambda z: math.log(n / 2) + math.log(both(z)) <= MOST))


def root(square):
    """Rounded up."""
    down = math.isqrt(square)
    return float(down + (down * down < square))


def up(top, bottom):
    return -(-top // bottom)


def error(n, parties):
    """Slots of a sum of errors, squared."""
    return up(21 * parties * n * constants(n)[1], 2)


def secret(n, parties):
    return root(up(2 * parties * n * constants(n)[1], 3))


def fresh_seeded(n):
    """(noise, coefficient)."""
    return root(error(n, 1)), 21.0


def fresh_public(n, parties=1):
    bits, _, products = constants(n)
    noise = root(error(n, 1) + 7 * parties * n * n * products * products)
    return noise, min(noise, root(21 * bits * (up(21 * parties * n, 10) + 1)))


def plus(*bounds):
    """Of (message, noise, coefficient) each, one after the other."""
    return functools.reduce(lambda a, b: tuple(x + y for x, y in zip(a, b)), bounds)


def times(a, b):
    noise = a[0] * b[1] + b[0] * a[1] + a[1] * b[1]
    return a[0] * b[0], noise, noise


def rounding(n, parties):
    """ρ, and the same in coefficients."""
    return OVER_PI * n * (1.0 + secret(n, parties)), 0.5 * (1.0 + n * parties)


def rescaled(bound, n, q, parties=1):
    noise, coefficient = rounding(n, parties)
    return bound[0] / q, bound[1] / q + noise, bound[2] / q + coefficient


def switched(bound, n, primes, special, parties=1):
    """`primes` of the level."""
    digits = sum(q / special for q in primes)
    noise = digits * (2.0 * OVER_PI * n) * root(error(n, parties)) + rounding(n, parties)[0]
    return bound[0], bound[1] + noise, bound[2] + noise


if __name__ == "__main__":
    assert [constants(n) for n in (2048, 4096, 8192)] == [(98, 102, 57), (99, 103, 58), (100, 104, 58)]
