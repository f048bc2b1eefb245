"""Joint keys, Shamir shares of them, and decryption shares, from docs/format.md."""

import hashlib
import hmac

import ring
import scheme
import streams as s


def common_seed(context):
    return hashlib.sha256(b"wattsum v1 ckks crs" + context).digest()


def public_share(preset, seed, crs):
    """b_i modulo all primes of ciphertexts."""
    q = preset.chain(preset.top)
    a = scheme.uniform(crs, s.COMMON, 0, preset)
    e = s.centred(seed, s.JOINT_ERROR, 0, preset.n)
    return ring.plus(q, e, ring.scaled(ring.times(a, scheme.secret_key(preset, seed), q), -1, q))


def public_key(preset, crs, shares):
    return scheme.PublicKey(preset, crs, ring.plus(preset.chain(preset.top), *shares), parties=len(shares))


def key_share(preset, seed, threshold, x):
    """f(x) modulo all primes of ciphertexts."""
    q = preset.chain(preset.top)
    out = scheme.secret_key(preset, seed)
    for r in range(1, threshold):
        out = ring.plus(q, out, ring.scaled(scheme.uniform(seed, s.SHARING, 16 * r, preset), x**r, q))
    return [c % q for c in out]


def lagrange(x, active, q):
    """λ_x at 0."""
    top = bottom = 1
    for other in active:
        if other != x:
            top, bottom = top * other, bottom * (other - x)
    return top * pow(bottom, -1, q) % q


def polynomial_digest(ciphertext):
    said = b"wattsum v1 ckks polynomial" + ciphertext.key_id + bytes([ciphertext.level])
    for q in ciphertext.preset.primes[:ciphertext.level + 1]:
        said += b"".join(r.to_bytes(8, "little") for r in ring.transform(ciphertext.parts[1], q))
    return hashlib.sha256(said).digest()


def pad(ciphertext, context, round_, active, pair_key):
    """What one of two parties adds and the other one subtracts: residues of coefficients."""
    said = b"wattsum v1 ckks answer" + context + round_.to_bytes(8, "little") + polynomial_digest(ciphertext)
    key = hmac.digest(pair_key, said + bytes([len(active), *active]), "sha256")
    primes = ciphertext.preset.primes[:ciphertext.level + 1]
    rows = [s.uniform(key, s.PAD, place, q, ciphertext.preset.n) for place, q in enumerate(primes)]
    return ring.of_coefficients(rows, primes)


def decryption_share(ciphertext, x, active, parties, share, flood, pads):
    """`pads` by the number of the other party."""
    q = ciphertext.modulus
    weight = lagrange(x, active, q) if len(active) < parties else 1
    signed = [ring.scaled(p, 1 if other > x else -1, q) for other, p in pads.items()]
    return ring.plus(q, ring.times(ciphertext.parts[1], ring.scaled(share, weight, q), q), flood, *signed)


def combine(ciphertext, shares):
    q = ciphertext.modulus
    return ring.centre(ring.plus(q, ciphertext.parts[0], *shares), q)
