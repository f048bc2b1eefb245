"""Keys, encryption, switching, rescaling and bytes, from docs/format.md."""

import hashlib
import hmac
import struct
from dataclasses import dataclass, field

import bounds
import ring
import streams as s

INTEGERS, REALS, PAIRS = 1, 2, 3
SEED, PAIR, TRIPLE = 1, 2, 3


@dataclass(frozen=True)
class Preset:
    number: int
    n: int
    primes: tuple
    special: int = 0

    def chain(self, level):
        """Modulus of a level."""
        return ring.product(self.primes[:level + 1])

    @property
    def whole(self):
        """Modulus of all primes."""
        return ring.product(self.primes) * (self.special or 1)

    @property
    def top(self):
        return len(self.primes) - 1


FIFTY = [ring.largest(50, 2**14, place) for place in (0, 1)]
FORTY_FIVE = [ring.largest(45, 2**14, place) for place in (0, 1)]
PRESETS = {
    "Small": Preset(1, 2048, (ring.largest(27, 2**12), ring.largest(26, 2**12))),
    "Sum": Preset(2, 4096, (FIFTY[0],), FIFTY[1]),
    "Variance": Preset(3, 8192, (FIFTY[0], ring.largest(40, 2**14)), FIFTY[1]),
    "Depth2": Preset(4, 8192, (FIFTY[0], *FORTY_FIVE), FIFTY[1]),
    "Shared": Preset(5, 4096, tuple(FIFTY)),
}


def uniform(key, label, base, preset, special=False):
    """A polynomial that is uniform modulo all primes of ciphertexts, and the special one where asked for."""
    primes = preset.primes + ((preset.special,) if special else ())
    rows = [s.uniform(key, label, base + place, q, preset.n) for place, q in enumerate(primes)]
    return ring.of_residues(rows, primes)


def secret_key(preset, seed):
    return s.ternary(seed, s.SECRET, 0, preset.n)


@dataclass
class PublicKey:
    """(a, b) modulo all primes of ciphertexts."""

    preset: Preset
    seed: bytes
    b: list
    parties: int = 0  # of a joint key

    @property
    def a(self):
        return uniform(self.seed, s.COMMON if self.parties else s.PUBLIC, 0, self.preset)

    def packed(self):
        return self.seed + ring.packed(self.b, self.preset.primes)

    def to_bytes(self):
        number = self.preset.number
        head = struct.pack("<BBH", 2, number, self.parties) if self.parties else bytes([1, number])
        return head + self.packed()

    def id(self):
        said = b"wattsum v1 ckks key" + bytes([self.preset.number]) + self.packed()
        return hashlib.sha256(said).digest()[:16]


def public_key(preset, seed, public_seed):
    q = preset.chain(preset.top)
    a = uniform(public_seed, s.PUBLIC, 0, preset)
    e = s.centred(seed, s.PUBLIC_ERROR, 0, preset.n)
    secret = secret_key(preset, seed)
    return PublicKey(preset, public_seed, ring.plus(q, e, ring.scaled(ring.times(a, secret, q), -1, q)))


@dataclass
class Ciphertext:
    """Components modulo the chain of a level; `seed` where the second one is made from it."""

    preset: Preset
    parts: list
    level: int
    key_id: bytes
    packing: int = INTEGERS
    scale: tuple = (0, (0, 0, 0), 1)  # log₂, exponents of the primes, odd factor
    bounds: tuple = (0.0, 0.0, 0.0)
    seed: bytes = field(default=None)

    @property
    def modulus(self):
        return self.preset.chain(self.level)

    def header(self):
        form = SEED if self.seed else len(self.parts)
        log2, exponents, times = self.scale
        start = bytes([1, self.preset.number, form, self.level, self.packing])
        return start + struct.pack("<h3bI", log2, *exponents, times) + self.key_id + struct.pack("<3d", *self.bounds)

    def body(self):
        primes = self.preset.primes[:self.level + 1]
        parts = [ring.packed(part, primes) for part in (self.parts[:1] if self.seed else self.parts)]
        return (self.seed or b"") + b"".join(parts)

    def to_bytes(self):
        return self.header() + self.body()

    def like(self, parts, **changed):
        kept = dict(preset=self.preset, level=self.level, key_id=self.key_id, packing=self.packing, scale=self.scale,
                    bounds=self.bounds)
        return Ciphertext(parts=parts, **{**kept, **changed})



def encrypt_seeded(preset, seed, key_id, m, message, noise_key, public_seed, **rest):
    """`message` is what is declared: no coefficient, or slot, of m is beyond it."""
    q = preset.chain(preset.top)
    a = uniform(public_seed, s.SEEDED, 0, preset)
    e = s.centred(noise_key, s.ENCRYPTION_E0, 0, preset.n)
    c0 = ring.plus(q, m, e, ring.scaled(ring.times(a, secret_key(preset, seed), q), -1, q))
    bound = (float(message), *bounds.fresh_seeded(preset.n))
    return Ciphertext(preset, [c0, a], preset.top, key_id, bounds=bound, seed=public_seed, **rest)


def encrypt_public(key, m, message, noise_key, **rest):
    preset = key.preset
    q = preset.chain(preset.top)
    v = s.ternary(noise_key, s.ENCRYPTION_V, 0, preset.n)
    e0, e1 = (s.centred(noise_key, label, 0, preset.n) for label in (s.ENCRYPTION_E0, s.ENCRYPTION_E1))
    parts = [ring.plus(q, ring.times(key.b, v, q), e0, m), ring.plus(q, ring.times(key.a, v, q), e1)]
    bound = (float(message), *bounds.fresh_public(preset.n, key.parties or 1))
    return Ciphertext(preset, parts, preset.top, key.id(), bounds=bound, **rest)


GOLDILOCKS = 2**64 - 2**32 + 1


def noise_key(hmac_key, key_id, use, r, m):
    said = key_id + struct.pack("<IQI", *use) + r
    point = hmac.digest(hmac_key, b"wattsum v1 ckks digest" + said, "sha256")
    point, value = int.from_bytes(point[:8], "little") % GOLDILOCKS, 0
    for c in m:
        value = (value + c) * point % GOLDILOCKS
    return hmac.digest(hmac_key, b"wattsum v1 ckks noise" + said + value.to_bytes(8, "little"), "sha256")


def public_seed(key_id, use, r):
    return hashlib.sha256(b"wattsum v1 ckks seed" + key_id + struct.pack("<IQI", *use) + r).digest()


def decrypt(ciphertext, secret):
    """Coefficients of message and error, around 0."""
    q = ciphertext.modulus
    out, power = ciphertext.parts[0], secret
    for part in ciphertext.parts[1:]:
        out = ring.plus(q, out, ring.times(part, power, q))
        power = ring.times(power, secret, q)
    return ring.centre(out, q)


def add(*ciphertexts):
    first = ciphertexts[0]
    parts = [ring.plus(first.modulus, *parts) for parts in zip(*(c.parts for c in ciphertexts))]
    return first.like(parts, bounds=bounds.plus(*(c.bounds for c in ciphertexts)))


def divided(a, q, by):
    """The nearest whole numbers to a/by, of a modulo q·by: a half goes up, which for an odd `by` there is not."""
    return [(c + by // 2) // by % q for c in a]


def rescale(ciphertext):
    last = ciphertext.preset.primes[ciphertext.level]
    below = ciphertext.level - 1
    q = ciphertext.preset.chain(below)
    log2, exponents, times = ciphertext.scale
    exponents = tuple(e - (place == below + 1) for place, e in enumerate(exponents))
    return ciphertext.like([divided(part, q, last) for part in ciphertext.parts], level=below,
                           scale=(log2, exponents, times), bounds=bounds.rescaled(ciphertext.bounds, ciphertext.preset.n, last))


def drop(ciphertext, level):
    q = ciphertext.preset.chain(level)
    return ciphertext.like([[c % q for c in part] for part in ciphertext.parts], level=level)


def switching_key(preset, seed, public_seed, number, target):
    """A pair (b, a) modulo all primes for each prime of ciphertexts."""
    base, whole, secret, out = number * 256, preset.whole, secret_key(preset, seed), []
    for j, prime in enumerate(preset.primes):
        a = uniform(public_seed, s.SWITCHING, base + 16 * j, preset, special=True)
        e = s.centred(seed, s.SWITCHING_ERROR, number * 16 + j, preset.n)
        others = whole // prime
        unit = others * pow(others, -1, prime)  # 1 modulo this prime, 0 modulo all others
        b = ring.plus(whole, e, ring.scaled(ring.times(a, secret, whole), -1, whole),
                      ring.scaled(target, preset.special * unit, whole))
        out.append((b, a))
    return out


def switched(preset, level, c, key):
    """Two polynomials with u0 + u1·s ≈ c·target."""
    q, sums = preset.chain(level), []
    wide = q * preset.special
    digits = [[k % prime for k in c] for prime in preset.primes[:level + 1]]
    for which in (0, 1):
        total = [0] * preset.n
        for digit, pair in zip(digits, key):
            total = ring.plus(wide, total, ring.times(digit, [k % wide for k in pair[which]], wide))
        sums.append(divided(total, q, preset.special))
    return sums


def square(ciphertext):
    """Three parts."""
    q = ciphertext.modulus
    c0, c1 = ciphertext.parts
    log2, exponents, times = ciphertext.scale
    return ciphertext.like([ring.times(c0, c0, q), ring.scaled(ring.times(c0, c1, q), 2, q), ring.times(c1, c1, q)],
                           scale=(2 * log2, tuple(2 * e for e in exponents), times**2),
                           bounds=bounds.times(ciphertext.bounds, ciphertext.bounds))


def switched_bounds(ciphertext):
    preset = ciphertext.preset
    return bounds.switched(ciphertext.bounds, preset.n, preset.primes[:ciphertext.level + 1], preset.special)


def relinearise(triple, key):
    c0, c1, c2 = triple.parts
    u0, u1 = switched(triple.preset, triple.level, c2, key)
    q = triple.modulus
    return triple.like([ring.plus(q, c0, u0), ring.plus(q, c1, u1)], bounds=switched_bounds(triple))


def automorphism(ciphertext, g, key):
    """The second part is substituted first, and then taken apart into digits."""
    q = ciphertext.modulus
    c0, c1 = ([c % q for c in ring.substitute(part, g)] for part in ciphertext.parts)
    u0, u1 = switched(ciphertext.preset, ciphertext.level, c1, key)
    return ciphertext.like([ring.plus(q, c0, u0), u1], bounds=switched_bounds(ciphertext))
