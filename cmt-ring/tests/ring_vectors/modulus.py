#!/usr/bin/env python3
"""Writes tests/vectors/modulus-v1.json: rings modulo other numbers than 2^64, and the arithmetic beyond it.

    python3 cmt-ring/tests/ring_vectors/modulus.py --reference ../shared/reference

From docs/protocol.md, docs/modulus.md and meter-link/docs/wire.md alone, in plain Python's integers; rings by
make_ring_vectors.py. Everything is drawn from --seed.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE / ".."), str(HERE / ".." / ".." / ".." / "meter-link" / "tests" / "wire_vectors")]
if "--reference" in sys.argv[:-1]:
    sys.path.insert(0, sys.argv[sys.argv.index("--reference") + 1])

import make_ring_vectors as rings  # noqa: E402
import format_v1 as w  # noqa: E402
import primitives as c  # noqa: E402

MODULI = (2 * 10**9 * 100 + 2, 10**15 + 37, 2**63 + 29, 2**64 - 1)
WIDE = (2, 2**64, 2**64 + 1, 10**20, 2**75, 2**127 - 1, 2**128, 2**192 - 237, 3**200)


def centred(residue, modulus):
    return residue - modulus if 2 * residue >= modulus else residue


def small(rng, modulus):
    """Operations on residues, at their ends and anywhere."""
    some = sorted({0, 1, modulus // 2 - 1, modulus // 2, modulus - 1, rng.below(modulus), rng.below(modulus)})
    pairs = [(a, b) for a in some for b in some]
    uniform = [bytes(16), b"\xff" * 16, b"\xff" * 8 + bytes(8), bytes(8) + b"\xff" * 8] + [rng.bytes(16) for _ in range(4)]
    return dict(modulus=str(modulus), a=[str(a) for a, _ in pairs], b=[str(b) for _, b in pairs],
                sums=[str((a + b) % modulus) for a, b in pairs], differences=[str((a - b) % modulus) for a, b in pairs],
                residues=[str(a) for a in some], centred=[str(centred(a, modulus)) for a in some], uniform=uniform,
                scaled=[str(rings.scale(u, modulus)) for u in uniform])


def scale(uniform, modulus):
    """Words of eight bytes, the first one the highest: uniform below 2^(8·len), scaled to the modulus."""
    x = 0
    for n in range(0, len(uniform), 8):
        x = (x << 64) + int.from_bytes(uniform[n:n + 8], "little")
    return x * modulus >> 8 * len(uniform)


def wide(rng, modulus, members):
    words = ((modulus - 1).bit_length() + 63) // 64
    uniform_len, elements = 8 * words + 8, (8 * words + 8 + 15) // 16
    link, round_, channels = rng.bytes(), 1 + rng.below(2**32 - 1), 3
    nonce = w.le(round_, 8) + w.le(rings.DELTA_STREAM, 4)
    stream = b"".join(c.chacha20_block(link, n, nonce) for n in range(channels * elements // 4 + 1))
    derived = [scale(stream[16 * elements * n:][:uniform_len], modulus) for n in range(channels)]

    first, deltas = ([rng.bytes(uniform_len) for _ in range(members)] for _ in range(2))
    k, d = ([scale(u, modulus) for u in rows] for rows in (first, deltas))
    # Of either sign, so that the sum is the least in size of its class: |m| < M / (2 · members).
    most = (modulus - 1) // 2 // members
    readings = [rng.below(2 * most + 1) - most for _ in range(members)]
    keys = [(k[i] - d[i] + d[i - 1]) % modulus for i in range(members)]
    ciphertexts = [(m + key) % modulus for m, key in zip(readings, keys)]
    group_key = sum(k) % modulus
    assert centred((sum(ciphertexts) - group_key) % modulus, modulus) == sum(readings)
    text = lambda values: [str(v) for v in values]
    return dict(modulus=str(modulus), key_len=8 * words, link_key=link, round=round_, derived=text(derived), first=first,
                deltas=deltas, first_keys=text(k), delta_values=text(d), readings=text(readings), keys=text(keys),
                ciphertexts=text(ciphertexts), group_key=str(group_key), sum=str(sum(readings)))


def main():
    arguments = rings.arguments(__doc__, "modulus", HERE / ".." / "vectors" / "modulus-v1.json")
    w.selftest()
    rng = rings.Stream(arguments.seed)
    shapes = ((rings.DRAWN, 5, [], 2, 1), (rings.DERIVED, 7, [2], 3, 3), (rings.DRAWN, 6, [0], 1, 2), (rings.DERIVED, 5, [], 1, 9))
    made = [rings.Ring(rng, *shape, modulus=modulus).json(rng) for shape, modulus in zip(shapes, MODULI)]
    out = dict(rings=made, small=[small(rng, m) for m in (2, 3, 10, *MODULI, 2**64)], wide=[wide(rng, m, 6) for m in WIDE])
    with open(arguments.out, "w") as file:
        json.dump(rings.jsonable(out), file, indent=1, sort_keys=True)
        file.write("\n")
    print(arguments.out, [len(ring["members"]) for ring in made], len(out["small"]), len(out["wide"]))


if __name__ == "__main__":
    main()
