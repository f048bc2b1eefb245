"""Bulletproofs+ (Chung, Han, Ju, Kim, Seo 2020) for one signed range, naively: figures 1 and 3 of the paper step by
step, generators folded, every sum of points multiplied out; the last digit weighs what makes the bounds exact.
Transcript and layout: docs/range.md.

`weak` names what a careless transcript leaves out of its hashes ("C", "A", "LR", "AB"), for the attacks on it.
"""
import hashlib

import primitives as c

Q = c.Q
sha512 = lambda *parts: hashlib.sha512(b"".join(parts)).digest()
scalar = lambda data: int.from_bytes(data, "little") % Q
le = lambda n, size: n.to_bytes(size, "little")

# --- the one-way map of RFC 9496, section 4.3.4 -------------------------------------------------------------------
ONE_MINUS_D_SQ, D_MINUS_ONE_SQ = (1 - c.D**2) % c.P, (c.D - 1) ** 2 % c.P
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
assert SQRT_AD_MINUS_ONE**2 % c.P == (-c.D - 1) % c.P


def one_half(data):
    t = int.from_bytes(data, "little") % 2**255
    r = c.SQRT_M1 * t * t % c.P
    u, v = (r + 1) * ONE_MINUS_D_SQ % c.P, (-1 - r * c.D) * (r + c.D) % c.P
    square, s = c._sqrt_ratio(u, v)
    if not square:
        s = -c._abs(s * t % c.P) % c.P
    n = ((-1 if square else r) * (r - 1) * D_MINUS_ONE_SQ - v) % c.P
    w0, w1, w2, w3 = 2 * s * v % c.P, n * SQRT_AD_MINUS_ONE % c.P, (1 - s * s) % c.P, (1 + s * s) % c.P
    return w0 * w3 % c.P, w2 * w1 % c.P, w1 * w3 % c.P, w0 * w2 % c.P


def one_way_map(wide):
    return c.point_add(one_half(wide[:32]), one_half(wide[32:]))


def selftest():
    c.selftest()
    # RFC 9496, appendix A.3
    made = one_way_map(sha512(b"Ristretto is traditionally a short shot of espresso coffee"))
    assert c.encode(made).hex() == "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"


def generators(bits):
    make = lambda side, i: one_way_map(sha512(b"wattsum v1 elgamal range generator", bytes([side, i])))
    return [make(0, i) for i in range(bits)], [make(1, i) for i in range(bits)]


# --- points as sums -----------------------------------------------------------------------------------------------
def combine(*terms):
    """Σ factor · point."""
    total = c.IDENTITY
    for factor, point in terms:
        total = c.point_add(total, c.point_mul(factor, point))
    return total


def weights(bits, span):
    """Of the digits of 0 … span."""
    number = span.bit_length() - 1
    return ([2**i for i in range(number)] + [span - 2**number + 1] * (span > 0) + [0] * bits)[:bits]


def digits_of(value, bits, span):
    """The last digit is 1 from 2^(n-1) on, though it may weigh less."""
    last = max(span.bit_length() - 1, 0)
    top = value >> last & 1
    value -= top * weights(bits, span)[last]
    digits = [value >> i & 1 for i in range(bits)]
    digits[last] |= top
    assert sum(digit * weight for digit, weight in zip(digits, weights(bits, span))) == value + top * weights(bits, span)[last]
    return digits


def weighted(a, b, y):
    """a ⊙_y b = Σ y^i a_i b_i from i = 1."""
    return sum(pow(y, i + 1, Q) * s * t for i, (s, t) in enumerate(zip(a, b))) % Q


class Transcript:
    def __init__(self, statement, bits, weak=()):
        said = dict(statement)
        if "C" in weak:
            said["ciphertext"] = said["ciphertext"][:32] + bytes(32)
        self.state = sha512(b"wattsum v1 elgamal range", said["context"], said["key_set"], le(said["round"], 8),
                            le(said["id"], 4), le(said["channel"], 2), said["key"], said["ciphertext"], bytes([bits]),
                            said["least"].to_bytes(8, "little", signed=True), said["most"].to_bytes(8, "little", signed=True))
        self.step, self.weak = 0, weak

    def challenge(self, kind, *points):
        self.step += 1
        points = [bytes(32) if kind in self.weak else point for point in points]
        self.state = sha512(b"wattsum v1 elgamal range challenge", bytes([self.step]), self.state,
                            bytes([len(points)]), *points)
        return scalar(self.state)

    def nonces(self, seed):
        return [scalar(sha512(b"wattsum v1 elgamal range nonce", le(seed, 32), self.state, bytes([index]))) for index in range(17)]


def split(values):
    half = len(values) // 2
    return values[:half], values[half:]


def fold_points(g, h, e, y):
    n = len(g) // 2
    (g1, g2), (h1, h2), inverse = split(g), split(h), pow(e, -1, Q)
    shift = e * pow(y, -n, Q)
    return ([combine((inverse, one), (shift, other)) for one, other in zip(g1, g2)],
            [combine((e, one), (inverse, other)) for one, other in zip(h1, h2)])


def zeta(bits, span, y, z):
    powers = sum(pow(y, i, Q) for i in range(1, bits + 1))
    return ((z - z * z) * powers - z * pow(y, bits + 1, Q) * span) % Q


def prove(statement, bits, reading, blinding, seed, digits=None, weak=()):
    """Bytes of the proof. `digits`: in place of the bits, what a prover without scruples takes."""
    g, h = generators(bits)
    key, base = c.decode(statement["key"]), c.BASE
    transcript = Transcript(statement, bits, weak)
    nonces = iter(transcript.nonces(seed))
    span = statement["most"] - statement["least"]
    left = digits or digits_of(reading - statement["least"], bits, span)
    right = [d - 1 for d in left]
    alpha = next(nonces)
    first = c.encode(combine(*zip(left, g), *zip(right, h), (alpha, key)))
    y, z = transcript.challenge("A", first), transcript.challenge("")
    a = [(d - z) % Q for d in left]
    b = [(d + w * pow(y, bits - i, Q) + z) % Q for i, (d, w) in enumerate(zip(right, weights(bits, span)))]
    alpha += blinding * pow(y, bits + 1, Q)
    said = [first]
    while len(a) > 1:
        (a1, a2), (b1, b2), (g1, g2), (h1, h2), n = split(a), split(b), split(g), split(h), len(a) // 2
        d_l, d_r = next(nonces), next(nonces)
        up, down = pow(y, n, Q), pow(y, -n, Q)
        l = combine(*((down * s, p) for s, p in zip(a1, g2)), *zip(b2, h1), (weighted(a1, b2, y), base), (d_l, key))
        r = combine(*((up * s, p) for s, p in zip(a2, g1)), *zip(b1, h2), (up * weighted(a2, b1, y), base), (d_r, key))
        said += [c.encode(l), c.encode(r)]
        e = transcript.challenge("LR", *said[-2:])
        inverse = pow(e, -1, Q)
        g, h = fold_points(g, h, e, y)
        a = [(s * e + t * up * inverse) % Q for s, t in zip(a1, a2)]
        b = [(s * inverse + t * e) % Q for s, t in zip(b1, b2)]
        alpha += d_l * e * e + d_r * inverse * inverse
    r, s, delta, eta = (next(nonces) for _ in range(4))
    [a], [b], [g], [h] = a, b, g, h
    said += [c.encode(combine((r, g), (s, h), ((r * b + s * a) * y, base), (delta, key))),
             c.encode(combine((r * s * y, base), (eta, key)))]
    e = transcript.challenge("AB", *said[-2:])
    scalars = r + a * e, s + b * e, eta + delta * e + alpha * e * e
    return b"".join(said) + b"".join(le(x % Q, 32) for x in scalars)


def error(statement, bits, proof, weak=()):
    """(left side − right side of the last equation, challenges): the identity if the proof holds."""
    g, h = generators(bits)
    key, base = c.decode(statement["key"]), c.BASE
    parts = [proof[i:i + 32] for i in range(0, len(proof), 32)]
    points, (r, s, delta) = parts[:-3], (int.from_bytes(x, "little") for x in parts[-3:])
    transcript = Transcript(statement, bits, weak)
    y, z = transcript.challenge("A", points[0]), transcript.challenge("")
    span = statement["most"] - statement["least"]
    shifted = combine((1, c.decode(statement["ciphertext"][32:])), (-statement["least"], base))
    p = combine((1, c.decode(points[0])), *((-z, point) for point in g),
                *((w * pow(y, bits - i, Q) + z, point) for i, (w, point) in enumerate(zip(weights(bits, span), h))),
                (pow(y, bits + 1, Q), shifted), (zeta(bits, span, y, z), base))
    halvings = []
    for l, r_ in zip(points[1:-2:2], points[2:-2:2]):
        e = transcript.challenge("LR", l, r_)
        halvings.append(e)
        g, h = fold_points(g, h, e, y)
        p = combine((e * e, c.decode(l)), (1, p), (pow(e, -2, Q), c.decode(r_)))
    e = transcript.challenge("AB", *points[-2:])
    [g], [h] = g, h
    left = combine((e * e, p), (e, c.decode(points[-2])), (1, c.decode(points[-1])))
    right = combine((r * e, g), (s * e, h), (r * s * y, base), (delta, key))
    return c.point_add(left, c.point_neg(right)), y, halvings, e


def holds(statement, bits, proof, weak=()):
    return c.encode(error(statement, bits, proof, weak)[0]) == bytes(32)
