"""What a meter of threshold-elgamal sends, in plain Python: sections 2.8, 3.1 and 6 of meter-link's wire.md and section 4
of threshold-elgamal's protocol.md, nonces included.
"""
import hashlib
import struct
from collections.abc import Callable

import primitives

Q = primitives.Q
GROUP, ID, EPOCH, FIRST, LAST, ROUND, READING = 7, 1000, 3, 100, 400, 200, -1234
ELGAMAL, VERSION, CONTRIBUTION, TRANSMISSION = 3, 1, 5, 1


def sha512_scalar(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % Q


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def scalar(value: int) -> bytes:
    return (value % Q).to_bytes(32, "little")


def times(factor: int, point: tuple[int, int, int, int] = primitives.BASE) -> tuple[int, int, int, int]:
    return primitives.point_mul(factor % Q, point)


def context(proofs: bool) -> bytes:
    """Section 6: one channel of at most 10^9 in quarter hours, at most 1000 meters; 4 trustees, 3 open, 1 may collude."""
    group = struct.pack("<QIHQIIIHI", 0, 900, 1, 10**9, 1000, 3, 0, 100, 96)
    session = hashlib.sha256(b"wattsum v1 session" + struct.pack("<BBI", ELGAMAL, VERSION, GROUP) + group
                             + bytes([4, 3, 1, proofs])).digest()
    return hashlib.sha256(b"wattsum v1 epoch" + session + struct.pack("<IQQ", EPOCH, FIRST, LAST)
                          + b"\1" * 32 + b"\2" * 32 + b"\3" * 32).digest()


def prove(scope: bytes, key: bytes, key_set: bytes, pair: bytes, witness: tuple[int, int], nonces: tuple[int, int]) -> bytes:
    """e, z_r, z_m: section 2.8."""
    (blinding, reading), (k_r, k_m) = witness, nonces
    first = times(k_r)
    second = primitives.point_add(times(k_m), times(k_r, primitives.decode(key)))
    e = sha512_scalar(b"wattsum v1 elgamal knowledge", scope, key_set, struct.pack("<QIH", ROUND, ID, 0), key, pair,
                      primitives.encode(first), primitives.encode(second))
    return scalar(e) + scalar(k_r + e * blinding) + scalar(k_m + e * reading)


def encrypt(key: bytes, reading: int, blinding: int) -> bytes:
    masked = primitives.point_add(times(reading), times(blinding, primitives.decode(key)))
    return primitives.encode(times(blinding)) + primitives.encode(masked)


Sign = Callable[[bytes, bytes], tuple[bytes, bytes]]


def contribution(data: bytes, proofs: bool, prepared: bool, ed25519: Sign) -> bytes:
    seed, random, key, key_set = data[:32], data[32:64], data[64:96], data[96:128]
    scope = context(proofs)

    def signed(body: bytes) -> bytes:
        return ed25519(seed, b"wattsum v1 sig\0" + bytes([CONTRIBUTION]) + scope + body)[1]

    device = signed(b"wattsum v1 elgamal device secret")
    fields = struct.pack("<IQH", ID, ROUND, 0) + (b"" if prepared else struct.pack("<q", READING))
    label = b"wattsum v1 elgamal " + (b"prepared " if prepared else b"")
    blinding, k_r, k_m = (sha512_scalar(label + use, device, random, scope, key_set, fields)
                          for use in (b"blinding", b"nonce r", b"nonce m"))
    header = struct.pack("<BBBBIII", ELGAMAL, VERSION, CONTRIBUTION, TRANSMISSION, GROUP, ID, ROUND)
    frame = header + encrypt(key, READING, blinding)
    if proofs:
        frame += prove(scope, key, key_set, frame[16:80], (blinding, READING), (k_r, k_m))
    return frame + signed(frame)


def outputs(data: bytes, ed25519: Sign) -> dict[str, tuple[bytes, bytes]]:
    """By function: its input and its output."""
    key = primitives.encode(times(0x1234567890ABCDEF))
    given = data[:64] + key + data[:32]
    below_q = [number(part) & ~(15 << 252) for part in (data[:32], data[32:64])]
    other = b"\x09" * 32
    return {
        "elgamal_setup": (given, context(True)),
        "elgamal_contribute": (given, contribution(given, True, False, ed25519)),
        "elgamal_contribute_without_proof": (given, contribution(given, False, False, ed25519)),
        "elgamal_prepare": (given, context(True)),
        "elgamal_contribute_with": (given, contribution(given, True, True, ed25519)),
        "elgamal_group_key": (given, key),
        "elgamal_encrypt": (given, encrypt(key, READING, below_q[0])),
        "elgamal_prove": (given, prove(other, key, given[96:], given[64:], (below_q[0], READING), (below_q[0], below_q[1]))),
        "elgamal_identity": (given, ed25519(given[:32], b"")[0]),
        "elgamal_sign": (given, ed25519(given[:32], b"wattsum v1 sig\0" + bytes([CONTRIBUTION]) + other + given + bytes(48))[1]),
    }
