"""Slots by the definition of the canonical embedding, in whole numbers of `FRACTION` binary places made by mpmath."""

import functools

import mpmath

FRACTION = 160


@functools.cache
def circle(n):
    """cos(πk/N)·2^FRACTION for k in 0..2N; the sine is N/2 places further back."""
    with mpmath.workprec(FRACTION + 40):
        return [int(mpmath.nint(mpmath.ldexp(mpmath.cospi(mpmath.mpf(k) / n), FRACTION))) for k in range(2 * n)]


def fixed(x):
    """A float as a whole number of 2^−FRACTION; exact."""
    top, bottom = float(x).as_integer_ratio()
    assert 2**FRACTION % bottom == 0
    return top * (2**FRACTION // bottom)


def orbit(n):
    """5^j mod 2N for each slot."""
    out = [1]
    while len(out) < n // 2:
        out.append(out[-1] * 5 % (2 * n))
    return out


def coefficient(k, parts, powers, n):
    """Re Σ_j z_j ζ^(−k·5^j)·2^(2·FRACTION)."""
    cos = circle(n)
    out = 0
    for (re, im), power in zip(parts, powers):
        angle = k * power % (2 * n)
        out += re * cos[angle]
        if im:
            out += im * cos[angle - n // 2]  # sin a = cos(a − π/2)
    return out


def round_even(top, bits):
    """top/2^bits to the nearest whole number, ties to even."""
    whole, rest = top >> bits, top & 2**bits - 1
    half = 2 ** (bits - 1)
    return whole + (rest > half or rest == half and whole % 2)


def slots(values, pairs, n):
    """Real and imaginary part of each slot, fixed."""
    numbers = [fixed(v) for v in values] + [0] * ((n if pairs else n // 2) - len(values))
    return list(zip(numbers[::2], numbers[1::2])) if pairs else [(v, 0) for v in numbers]


def encode(values, pairs, log_scale, n, places=None):
    """(coefficients at `places`, or all; distance of the nearest of them to a tie)."""
    parts, powers = slots(values, pairs, n), orbit(n)
    places = range(n) if places is None else places
    shift = 2 * FRACTION - log_scale + n.bit_length() - 2  # 2/N = 2^−(log₂N − 1)
    exact = [coefficient(k, parts, powers, n) for k in places]
    tie = min(abs((c & 2**shift - 1) - 2 ** (shift - 1)) for c in exact) / 2**shift
    return [round_even(c, shift) for c in exact], tie


def slot(j, coefficients, n):
    """m(ζ^(5^j)) as two mpmath numbers."""
    cos, angle, re, im = circle(n), 0, 0, 0
    step = pow(5, j, 2 * n)
    for c in coefficients:
        re += c * cos[angle]
        im += c * cos[angle - n // 2]
        angle = (angle + step) % (2 * n)
    return mpmath.ldexp(re, -FRACTION), mpmath.ldexp(im, -FRACTION)


def integers(values, log_scale, n):
    return [v << log_scale for v in values] + [0] * (n - len(values))
