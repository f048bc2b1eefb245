"""What is drawn from keys: the keystream of RFC 8439, written from its section 2.3, and the samples made of it."""

import struct

SECRET, PUBLIC, PUBLIC_ERROR, ENCRYPTION_V, ENCRYPTION_E0, ENCRYPTION_E1 = 1, 2, 3, 4, 5, 6
SEEDED, SWITCHING, SWITCHING_ERROR, FLOOD, SHARING, COMMON, JOINT_ERROR, PAD = 7, 8, 9, 10, 11, 12, 13, 14

WORD = 2**32 - 1


def quarter(state, a, b, c, d):
    for first, second, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[first] = state[first] + state[second] & WORD
        mixed = state[third] ^ state[first]
        state[third] = (mixed << by | mixed >> 32 - by) & WORD


def block(key, counter, nonce):
    """ChaCha20 block function: 64 bytes."""
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *struct.unpack("<8I", key), counter,
             *struct.unpack("<3I", nonce)]
    state = list(start)
    for _ in range(10):
        for column in range(4):
            quarter(state, column, column + 4, column + 8, column + 12)
        for place in range(4):
            quarter(state, place, (place + 1) % 4 + 4, (place + 2) % 4 + 8, (place + 3) % 4 + 12)
    return struct.pack("<16I", *((a + b) & WORD for a, b in zip(start, state)))


def stream(key, label, index):
    """S(key, label, index): bytes without end."""
    nonce = struct.pack("<QI", label, index)
    counter = 0
    while True:
        yield from block(key, counter, nonce)
        counter += 1


def words(key, label, index, size):
    """The same as little-endian words of `size` bytes."""
    source = stream(key, label, index)
    while True:
        yield int.from_bytes(bytes(next(source) for _ in range(size)), "little")


def uniform(key, label, index, q, n):
    """Residues in the order of the transform."""
    mask, out = 2 ** q.bit_length() - 1, []
    source = words(key, label, index, 4 if q < 2**32 else 8)
    while len(out) < n:
        word = next(source) & mask
        if word < q:
            out.append(word)
    return out


def ternary(key, label, index, n):
    out = []
    for byte in stream(key, label, index):
        for field in (byte & 3, byte >> 2 & 3, byte >> 4 & 3, byte >> 6):
            if field != 3:
                out.append(field - 1)
        if len(out) >= n:
            return out[:n]


def centred(key, label, index, n):
    """CBD(21)."""
    source, low = words(key, label, index, 8), 2**21 - 1
    return [(w & low).bit_count() - (w >> 21 & low).bit_count() for w in (next(source) for _ in range(n))]


if __name__ == "__main__":  # RFC 8439, section 2.3.2
    got = block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))
    assert got.hex() == ("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
                         "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
