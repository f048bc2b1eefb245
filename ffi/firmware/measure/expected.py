"""Writes expected.h: an input for each measured primitive and its output, in plain Python.

Nothing here shares code with the measured crates. Run from anywhere: python3 ffi/firmware/measure/expected.py
"""
import hashlib
import hmac
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "shared" / "reference"))
import cmt  # noqa: E402
import elgamal  # noqa: E402
import primitives  # noqa: E402

MASK = 0xFFFFFFFF


def rotr(x: int, n: int) -> int:
    return (x >> n | x << (32 - n)) & MASK


# --- SHA-256, one compression (FIPS 180-4) ---------------------------------------------------
def primes(count: int) -> list[int]:
    found: list[int] = []
    n = 2
    while len(found) < count:
        if all(n % p for p in found):
            found.append(n)
        n += 1
    return found


def root_bits(n: int, k: int) -> int:
    """The first 32 bits of the fraction of n^(1/k)."""
    x, target = 0, n << 32 * k
    for bit in reversed(range(40)):
        if (x | 1 << bit) ** k <= target:
            x |= 1 << bit
    return x & MASK


SHA256_IV = [root_bits(p, 2) for p in primes(8)]


def sha256_compression(state: list[int], block: bytes) -> list[int]:
    k = [root_bits(p, 3) for p in primes(64)]
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & MASK)
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (e & f ^ ~e & MASK & g) + k[i] + w[i]
        t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return [(x + y) & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h))]


# --- ChaCha20-Poly1305 without text (RFC 8439) -------------------------------------------------
def poly1305(one_time: bytes, data: bytes) -> bytes:
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    h = 0
    for i in range(0, len(data), 16):
        h = (h + int.from_bytes(data[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((h + int.from_bytes(one_time[16:32], "little")) % 2**128).to_bytes(16, "little")


def aead_tag(key: bytes, nonce: bytes, data: bytes) -> bytes:
    one_time = primitives.chacha20_block(key, 0, nonce)[:32]
    return poly1305(one_time, data + bytes(-len(data) % 16) + struct.pack("<QQ", len(data), 0))


# --- keyed BLAKE3 of at most one block ----------------------------------------------------------
def blake3_keyed(key: bytes, block: bytes) -> bytes:
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    cv = struct.unpack("<8I", key)
    start, end, root, keyed = 1, 2, 8, 16
    v = [*cv, *SHA256_IV[:4], 0, 0, len(block), start | end | root | keyed]

    def g(a: int, b: int, c: int, d: int, x: int, y: int) -> None:
        for m, (r1, r2) in ((x, (16, 12)), (y, (8, 7))):
            v[a] = (v[a] + v[b] + m) & MASK
            v[d] = rotr(v[d] ^ v[a], r1)
            v[c] = (v[c] + v[d]) & MASK
            v[b] = rotr(v[b] ^ v[c], r2)

    for _ in range(7):
        for i, q in enumerate(((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                               (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))):
            g(*q, words[2 * i], words[2 * i + 1])
        words = [words[i] for i in (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)]
    return struct.pack("<8I", *(v[i] ^ v[i + 8] for i in range(8)))


# --- Ed25519 signature (RFC 8032), affine and slow ----------------------------------------------
D = -121665 * pow(121666, -1, primitives.P) % primitives.P


def ed_add(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    t = D * p[0] * q[0] * p[1] * q[1] % primitives.P
    x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + t, -1, primitives.P)
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - t, -1, primitives.P)
    return x % primitives.P, y % primitives.P


def ed_base() -> tuple[int, int]:
    p = primitives.P
    y = 4 * pow(5, -1, p) % p
    xx = (y * y - 1) * pow(D * y * y + 1, -1, p) % p
    x = pow(xx, (p + 3) // 8, p)
    if (x * x - xx) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    return (x if x % 2 == 0 else p - x), y


def ed_mul(k: int) -> bytes:
    sum_, point = (0, 1), ed_base()
    while k:
        if k & 1:
            sum_ = ed_add(sum_, point)
        point, k = ed_add(point, point), k >> 1
    return (sum_[1] | (sum_[0] & 1) << 255).to_bytes(32, "little")


def ed25519(secret: bytes, message: bytes) -> tuple[bytes, bytes]:
    def number(*parts: bytes) -> int:
        return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")

    digest = hashlib.sha512(secret).digest()
    s = int.from_bytes(digest[:32], "little") & ~7 & ~(1 << 255) | 1 << 254
    public = ed_mul(s)
    r = number(digest[32:], message) % primitives.Q
    point = ed_mul(r)
    challenge = number(point, public, message)
    return public, point + ((r + challenge * s) % primitives.Q).to_bytes(32, "little")


# --- compressed shares, t = 3 of m = 5 (protocols.md, section 3), by Lagrange ----------------------
FIELD = 2**64 - 2**32 + 1


def compressed_shares(data: bytes) -> bytes:
    zero, *pads = struct.unpack("<6Q", data[:48])
    fixed = {0: zero, 1: pads[0], 2: pads[1]}

    def at(x: int) -> int:
        total = 0
        for i, value in fixed.items():
            over = under = 1
            for j in fixed:
                if j != i:
                    over, under = over * (x - j), under * (i - j)
            total += value * over * pow(under, -1, FIELD)
        return total % FIELD

    return struct.pack("<3Q", *((at(a) - pads[a - 1]) % FIELD for a in (3, 4, 5)))


def selftest() -> None:
    primitives.selftest()
    padded = b"abc\x80" + bytes(52) + (24).to_bytes(8, "big")
    assert struct.pack(">8I", *sha256_compression(SHA256_IV, padded)) == hashlib.sha256(b"abc").digest()
    one_time = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    assert poly1305(one_time, b"Cryptographic Forum Research Group").hex() == "a8061dc1305136c6c22b8baf0c0127a9"
    # The official keyed vector of length 0.
    empty = blake3_keyed(b"whats the Elvish word for friend", b"")
    assert empty.hex() == "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert ed25519(secret, b"")[0].hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def rows(name: str, data: bytes) -> str:
    lines = (", ".join(f"0x{b:02x}" for b in data[i : i + 16]) for i in range(0, len(data), 16))
    return f"__attribute__((unused)) static const uint8_t {name}[] = {{\n" + "".join(f"    {x},\n" for x in lines) + "};\n"


def main() -> None:
    selftest()
    data = bytes(range(128))
    key, nonce, frame, tail = data[:32], data[32:44], data[44:76], data[64:96]
    public, signature = ed25519(key, frame)
    outputs = {
        "nothing": (data, b"\0"),
        "chacha20_block": (data, primitives.chacha20_block(key, 0, nonce)),
        "sha256_compression": (data, struct.pack(">8I", *sha256_compression(SHA256_IV, data[:64]))),
        "hkdf_sha256": (data, primitives.hkdf(tail, key, frame, 32)),
        "hmac_sha256_tag": (data, hmac.digest(key, frame, "sha256")),
        "chacha20poly1305_tag": (data, aead_tag(key, nonce, frame)),
        "blake3_tag": (data, blake3_keyed(key, frame)),
        "compressed_shares": (data, compressed_shares(data)),
        "x25519": (data, primitives.x25519(key, tail)),
        "ed25519_verify": (public + frame + signature, b"\1"),
        **elgamal.outputs(data, ed25519),
        **cmt.outputs(),
    }
    text = "/* Written by expected.py: do not edit. */\n#include <stdint.h>\n\n"
    for name, (given, output) in outputs.items():
        text += rows(f"input_{name}", given) + rows(f"expected_{name}", output) + "\n"
    (HERE / "expected.h").write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
