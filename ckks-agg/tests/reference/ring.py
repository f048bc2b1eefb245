"""ℤ[X]/(Xᴺ + 1) with whole integers modulo the product of all primes: no residues but where bytes are made.

Products are schoolbook products of big integers (Kronecker: a polynomial is one number in a large base).
"""

import functools
import hashlib
import random


def is_prime(n):
    """Miller and Rabin; these bases decide below 3.3·10²⁴ (Sorenson, Webster 2015)."""
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
    if n < 2 or any(n % p == 0 for p in bases):
        return n in bases
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(any(pow(a, odd << i, n) == n - 1 for i in range(twos)) or pow(a, odd, n) == 1 for a in bases)


@functools.cache
def largest(bits, step, place=0):
    """The prime at `place` among those of `bits` bits that are 1 modulo `step`, from the largest on."""
    q = (2**bits - 1) // step * step + 1
    while True:
        if q < 2**bits and is_prime(q):
            if place == 0:
                return q
            place -= 1
        q -= step


@functools.cache
def root(q, n):
    """ψ with ψᴺ = −1, from the smallest x that gives one."""
    for x in range(2, q):
        psi = pow(x, (q - 1) // (2 * n), q)
        if pow(psi, n, q) == q - 1:
            return psi


def reversed_bits(i, n):
    return int(format(i, f"0{n.bit_length() - 1}b")[::-1], 2) if n > 1 else 0


def value_at(a, x, q):
    """Horner's rule."""
    out = 0
    for c in reversed(a):
        out = (out * x + c) % q
    return out


@functools.cache
def halves(q, n, depth):
    """Square roots that the remainders are taken by: Xⁿ + 1 = Xⁿ − ψⁿ = (Xⁿᐟ² − ψⁿᐟ²)(Xⁿᐟ² + ψⁿᐟ²), and so on."""
    if depth == 0:
        return [n]
    return [e for half in (v // 2 for v in halves(q, n, depth - 1)) for e in (half, half + n)]


def transform(a, q):
    """â[i] = a(ψ^(2·brv(i)+1)): remainders of smaller and smaller divisors, until they are values."""
    n, psi = len(a), root(q, len(a))
    parts, depth = [[c % q for c in a]], 0
    while len(parts) < n:
        after = []
        depth += 1
        for part, exponent in zip(parts, halves(q, n, depth)[::2]):
            half, r = len(part) // 2, pow(psi, exponent, q)
            low, high = part[:half], [c * r % q for c in part[half:]]
            after += [[(a + b) % q for a, b in zip(low, high)], [(a - b) % q for a, b in zip(low, high)]]
        parts = after
    return [value for (value,) in parts]


def interpolate(values, q):
    """The polynomial that [`transform`] makes these values of."""
    n, psi = len(values), root(q, len(values))
    parts, depth, two = [[v] for v in values], n.bit_length() - 1, pow(2, -1, q)
    while len(parts) > 1:
        after = []
        for first, second, exponent in zip(parts[::2], parts[1::2], halves(q, n, depth)[::2]):
            r = pow(psi, -exponent, q)
            after.append([(a + b) * two % q for a, b in zip(first, second)]
                         + [(a - b) * two * r % q for a, b in zip(first, second)])
        parts, depth = after, depth - 1
    return parts[0]


def check_transform(q, n):
    """Against the definition, at some places, and both ways."""
    draw = random.Random(q)
    a = [draw.randrange(q) for _ in range(n)]
    values, psi = transform(a, q), root(q, n)
    for i in [0, 1, 2, n - 1, *(draw.randrange(n) for _ in range(8))]:
        assert values[i] == value_at(a, pow(psi, 2 * reversed_bits(i, n) + 1, q), q)
    assert interpolate(values, q) == a
    return a, values


def times(a, b, q):
    """Schoolbook product modulo Xᴺ + 1 and q."""
    n, size = len(a), (2 * q.bit_length() + len(a).bit_length() + 8) // 8
    number = lambda poly: int.from_bytes(b"".join((c % q).to_bytes(size, "little") for c in poly), "little")
    product = (number(a) * number(b)).to_bytes(2 * n * size, "little")
    parts = [int.from_bytes(product[i * size:(i + 1) * size], "little") for i in range(2 * n)]
    return [(low - high) % q for low, high in zip(parts[:n], parts[n:])]


def plus(q, *polys):
    return [sum(cs) % q for cs in zip(*polys)]


def scaled(a, factor, q):
    return [c * factor % q for c in a]


def substitute(a, g):
    """a(X^g)."""
    n, out = len(a), [0] * len(a)
    for k, c in enumerate(a):
        turns, place = divmod(k * g, n)
        out[place] = -c if turns % 2 else c
    return out


def centre(a, q):
    """Coefficients in (−q/2, q/2)."""
    return [c - q if c > q // 2 else c for c in (c % q for c in a)]


def product(primes):
    out = 1
    for q in primes:
        out *= q
    return out


def of_residues(rows, primes):
    """The polynomial modulo the product, from one row of transformed residues for each prime."""
    return of_coefficients([interpolate(row, q) for row, q in zip(rows, primes)], primes)


def of_coefficients(rows, primes):
    """The same from residues of its coefficients: the Chinese remainder theorem."""
    whole = product(primes)
    out = [0] * len(rows[0])
    for row, q in zip(rows, primes):
        part = whole // q
        unit = part * pow(part, -1, q)
        out = [(c + unit * d) % whole for c, d in zip(out, row)]
    return out


def packed(a, primes, as_values=True):
    """Bytes of a component: residues in the order of the transform, each of the length of its prime, lowest bit first.

    Or of the coefficients instead."""
    out = b""
    for q in primes:
        bits, residues = q.bit_length(), transform(a, q) if as_values else [c % q for c in a]
        number = int("".join(format(r, f"0{bits}b") for r in reversed(residues)), 2)
        out += number.to_bytes(len(a) * bits // 8, "little")
    return out


def digest(data):
    return hashlib.sha256(data).hexdigest()
