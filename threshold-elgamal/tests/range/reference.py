#!/usr/bin/env python3
"""Writes tests/vectors/range-v1.json: range proofs, and bad ones with the fault that each must give.

    python3 threshold-elgamal/tests/range/reference.py --reference ../shared/reference

Deterministic. Built on the reference's plain-Python arithmetic and docs/range.md only.
"""
import argparse
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="folder of primitives.py")
    parser.add_argument("--out", default=HERE.parent / "vectors" / "range-v1.json")
    return parser.parse_args()


if __name__ == "__main__":
    ARGUMENTS = arguments()
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(HERE), ARGUMENTS.reference]

import bulletproofs_plus as range_proof  # noqa: E402
import primitives as c  # noqa: E402

drawn = lambda name: int.from_bytes(hashlib.sha512(b"wattsum range vectors " + name.encode()).digest(), "little") % c.Q
le = range_proof.le


def statement(secret, bits, round_, id_, channel, reading, blinding, bounds=None):
    least, most = bounds or (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    key = c.point_mul(secret, c.BASE)
    r, masked = c.point_mul(blinding, c.BASE), range_proof.combine((reading, c.BASE), (blinding, key))
    return {"context": hashlib.sha256(b"context").digest(), "key_set": hashlib.sha256(b"key set").digest(),
            "key": c.encode(key), "round": round_, "id": id_, "channel": channel,
            "least": least, "most": most, "ciphertext": c.encode(r) + c.encode(masked)}


def good(secret):
    for bits in (8, 16, 32, 64):
        half = 2 ** (bits - 1)
        ranges = [(-half, half - 1), (-100, 100), (-half + 1, half - 1)] + [(0, 0)] * (bits == 8)
        for number, (least, most) in enumerate(ranges):
            inside = least + drawn(f"reading {bits} {number}") % (most - least + 1)
            for reading in sorted({least, most, inside, *([0, -1] if not number else [])}):
                name = f"{bits} {number} {reading}"
                blinding, seed = drawn("blinding " + name), drawn("seed " + name)
                said = statement(secret, bits, 2**32 - 1 - number, 1000 + bits, number, reading, blinding, (least, most))
                proof = range_proof.prove(said, bits, reading, blinding, seed)
                assert range_proof.holds(said, bits, proof)
                yield {"bits": bits, "reading": reading, "blinding": le(blinding, 32), "seed": le(seed, 32), "proof": proof,
                       **{k: said[k] for k in ("round", "id", "channel", "least", "most", "ciphertext")}}


def forged(secret, bits):
    """Each holds where the hash leaves something out, which is then chosen last; and never where it does not."""
    reading, blinding, seed = 2**(bits + 3), drawn("forger"), drawn("forger's seed")
    said = statement(secret, bits, 7, 1000, 0, reading, blinding)
    digits = [7] + [0] * (bits - 1)
    for omitted in ("C", "A", "LR", "AB"):
        # Reading and digits do not fit; the omitted point takes the difference in.
        weak, known = (omitted,), dict(said)
        proof = range_proof.prove(known, bits, reading, blinding, seed, digits, weak)
        assert not range_proof.holds(known, bits, proof, weak)
        off, y, halvings, e = range_proof.error(known, bits, proof, weak)
        place, factor = {"C": (None, e * e * pow(y, bits + 1, c.Q)), "A": (0, e * e),
                         "LR": (1, e * e * halvings[0] ** 2), "AB": (len(proof) // 32 - 4, 1)}[omitted]
        take = lambda point: c.encode(range_proof.combine((1, c.decode(point)), (-pow(factor, -1, c.Q), off)))
        if place is None:
            known["ciphertext"] = known["ciphertext"][:32] + take(known["ciphertext"][32:])
        else:
            proof = proof[:32 * place] + take(proof[32 * place:32 * place + 32]) + proof[32 * place + 32:]
        assert range_proof.holds(known, bits, proof, weak) and not range_proof.holds(known, bits, proof)
        yield f"frozen heart, {omitted} not hashed", known, proof, "BadRange"


def bad(secret):
    bits, reading, blinding, seed = 8, -77, drawn("bad"), drawn("bad seed")
    said = statement(secret, bits, 7, 1000, 0, reading, blinding)
    proof = range_proof.prove(said, bits, reading, blinding, seed)
    assert range_proof.holds(said, bits, proof)
    put = lambda place, part: proof[:32 * place] + part + proof[32 * place + 32:]
    last = len(proof) // 32 - 1

    for beyond in (128, -129, 2**20):
        of = statement(secret, bits, 7, 1000, 0, beyond, blinding)
        low = [beyond + 128 >> i & 1 for i in range(bits)]
        yield f"reading {beyond}, its low bits", of, range_proof.prove(of, bits, beyond, blinding, seed, low), "BadRange"
        digits = [beyond + 128] + [0] * 7
        yield f"reading {beyond}, one digit", of, range_proof.prove(of, bits, beyond, blinding, seed, digits), "BadRange"
    for name, value in (("round", 8), ("id", 1001), ("channel", 1), ("context", bytes(32)), ("key_set", bytes(32)),
                        ("key", c.encode(c.point_mul(5, c.BASE)))):
        yield f"of another {name}", {**said, name: value}, proof, "BadRange"
    narrow = lambda reading: statement(secret, bits, 7, 1000, 0, reading, blinding, (-100, 100))
    for beyond in (101, -101, 127, -128):
        low = [beyond + 100 >> i & 1 for i in range(bits)]
        proof_of = lambda of: range_proof.prove(of, bits, beyond, blinding, seed, low)
        yield f"reading {beyond} beyond 100, binary digits", narrow(beyond), proof_of(narrow(beyond)), "BadRange"
        whole = statement(secret, bits, 7, 1000, 0, beyond, blinding)
        good_there = range_proof.prove(whole, bits, beyond, blinding, seed)
        assert range_proof.holds(whole, bits, good_there)
        yield f"reading {beyond} beyond 100, proof of the whole width", narrow(beyond), good_there, "BadRange"
    other = statement(secret, bits, 7, 1000, 0, reading, blinding + 1)
    yield "of another ciphertext", other, proof, "BadRange"
    yield "of another R", {**said, "ciphertext": other["ciphertext"][:32] + said["ciphertext"][32:]}, proof, "BadRange"
    yield "the identity as A", said, put(0, bytes(32)), "BadRange"
    yield "the identity as L", said, put(1, bytes(32)), "BadRange"
    yield "the identity as B'", said, put(last - 3, bytes(32)), "BadRange"
    yield "no encoding as R", said, put(2, b"\xff" * 32), "NotAPoint"
    yield "a negative encoding as A'", said, put(last - 4, b"\1" + bytes(31)), "NotAPoint"
    for place, name in enumerate(("r'", "s'", "delta'"), last - 2):
        more = int.from_bytes(proof[32 * place:32 * place + 32], "little") + c.Q
        yield f"{name} + q", said, put(place, le(more, 32)), "NotAScalar"
        yield f"{name} + 1", said, put(place, le((more + 1) % c.Q, 32)), "BadRange"
    yield "L and R exchanged", said, put(1, proof[64:96])[:64] + proof[32:64] + proof[96:], "BadRange"
    yield "empty", said, b"", "BadRange"
    yield "a part short", said, proof[:-32], "BadRange"
    yield "a byte short", said, proof[:-1], "BadRange"
    yield "a part long", said, proof + bytes(32), "BadRange"
    yield "of 16 bits", said, range_proof.prove(said, 16, reading, blinding, seed), "BadRange"
    yield from forged(secret, bits)


def main():
    range_proof.selftest()
    secret = drawn("secret")
    common = statement(secret, 8, 0, 0, 0, 0, 1)
    g, h = range_proof.generators(64)
    vectors = {
        "context": common["context"], "key_set": common["key_set"], "key": common["key"],
        "generators": {"g": [c.encode(p) for p in g], "h": [c.encode(p) for p in h]},
        "good": list(good(secret)),
        "bad": [{"name": name, "bits": 8, **said, "proof": proof, "fault": fault} for name, said, proof, fault in bad(secret)],
    }
    with open(ARGUMENTS.out, "w", encoding="ascii") as out:
        json.dump(vectors, out, indent=0, sort_keys=True, default=bytes.hex)
        out.write("\n")
    print({name: len(vectors[name]) for name in ("good", "bad")})


if __name__ == "__main__":
    main()
