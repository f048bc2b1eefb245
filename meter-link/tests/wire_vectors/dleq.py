"""Equality proofs in the form of RFC 9497 (GenerateProof with ristretto255-SHA512), naively."""
import hashlib

import primitives as c

sha512 = lambda *parts: hashlib.sha512(b"".join(parts)).digest()
framed = lambda data: len(data).to_bytes(2, "big") + data


def hash_to_scalar(domain, message):
    """RFC 9380's expand_message_xmd to 64 bytes, little-endian."""
    tag = b"HashToScalar-" + domain
    tag += bytes([len(tag)])
    first = sha512(bytes(128), message, (64).to_bytes(2, "big"), b"\0", tag)
    return int.from_bytes(sha512(first, b"\1", tag), "little") % c.Q


def weighted(weights, points):
    total = None
    for weight, point in zip(weights, points):
        term = c.point_mul(weight, c.decode(point))
        total = term if total is None else c.point_add(total, term)
    return total


def prove(domain, secret, nonce, inputs, outputs):
    """c ‖ s for D_j = secret·C_j; inputs and outputs are encodings."""
    public = c.encode(c.point_mul(secret, c.BASE))
    seed = sha512(framed(public), framed(b"Seed-" + domain))
    weights = [hash_to_scalar(domain, framed(seed) + number.to_bytes(2, "big") + framed(given) + framed(made) + b"Composite")
               for number, (given, made) in enumerate(zip(inputs, outputs))]
    m, z = weighted(weights, inputs), weighted(weights, outputs)
    points = [m, z, c.point_mul(nonce, c.BASE), c.point_mul(nonce, m)]
    challenge = hash_to_scalar(domain, framed(public) + b"".join(framed(c.encode(p)) for p in points) + b"Challenge")
    return b"".join(x.to_bytes(32, "little") for x in (challenge, (nonce - challenge * secret) % c.Q))


def possession(domain, secret, nonce):
    """The same over no points: Schnorr's proof that the secret of secret·B is known."""
    public, zero = c.encode(c.point_mul(secret, c.BASE)), bytes(32)  # the identity, of an empty sum
    points = [zero, zero, c.encode(c.point_mul(nonce, c.BASE)), zero]
    challenge = hash_to_scalar(domain, framed(public) + b"".join(map(framed, points)) + b"Challenge")
    return b"".join(x.to_bytes(32, "little") for x in (challenge, (nonce - challenge * secret) % c.Q))
