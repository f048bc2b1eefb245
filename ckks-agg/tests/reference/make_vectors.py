#!/usr/bin/env python3
"""Writes ../vectors/{streams,transform,encode,encrypt,evaluate,joint}-v1.json and bad_ciphertexts.json.

    python3 -m pip install mpmath==1.4.1
    python3 ckks-agg/tests/reference/make_vectors.py [--only encode]

Deterministic. Written from docs/format.md and not from the Rust code: whole integers modulo the product of the primes, where
that has residues; mpmath for the encoder. Long values stand as SHA-256 with their first numbers:

* residues of one prime: words of 8 bytes, little-endian, in the order of the transform;
* coefficients: words of 16 bytes, little-endian, two's complement;
* samples from −21 to 21: bytes, two's complement;
* what has a wire form: its bytes.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import sys

sys.dont_write_bytecode = True

import encoding  # noqa: E402
import joint  # noqa: E402
import ring  # noqa: E402
import scheme  # noqa: E402
import streams as s  # noqa: E402

VECTORS = pathlib.Path(__file__).parent.parent / "vectors"
FIRST = 4


def drawn(name):
    return hashlib.sha256(b"wattsum ckks vectors " + name.encode()).digest()


def numbers(name, count, most):
    """Whole numbers from −most to most."""
    wide = hashlib.shake_256(b"wattsum ckks vectors " + name.encode()).digest(count * 16)
    return [int.from_bytes(wide[16 * i:16 * i + 16], "little") % (2 * most + 1) - most for i in range(count)]


def long(values, size):
    return {"sha256": ring.digest(b"".join(v.to_bytes(size, "little", signed=size != 8) for v in values)),
            "first": values[:FIRST]}


def coefficients(values):
    return {**long(values, 16), "first": [str(v) for v in values[:FIRST]]}


def whole(data):
    return {"length": len(data), "sha256": ring.digest(data), "first": data[:96].hex(), "last": data[-16:].hex()}


def repeated(values, n):
    return [values[i % len(values)] for i in range(n)]


# What is drawn, and the transform.

def stream_vectors():
    key = drawn("stream")
    rows = {"keystream": [], "uniform": [], "ternary": [], "centred": []}
    for label, index in ((1, 0), (7, 2), (8, 2**32 - 1), (2**64 - 1, 256)):
        source = s.stream(key, label, index)
        data = bytes(next(source) for _ in range(64 * 40))
        rows["keystream"].append({"label": str(label), "index": index, **whole(data)})
    for preset in scheme.PRESETS.values():
        for place, q in enumerate((*preset.primes, *([preset.special] if preset.special else []))):
            values = s.uniform(key, s.SWITCHING, 256 + place, q, preset.n)
            rows["uniform"].append({"preset": preset.number, "place": place, "label": s.SWITCHING, "index": 256 + place,
                                    **long(values, 8)})
    for n in (2048, 4096, 8192):
        rows["ternary"].append({"n": n, "label": s.SECRET, "index": 0, **long(s.ternary(key, s.SECRET, 0, n), 1)})
        values = s.centred(key, s.ENCRYPTION_E1, 3, n)
        rows["centred"].append({"n": n, "label": s.ENCRYPTION_E1, "index": 3, **long(values, 1)})
    return {"key": key.hex(), **rows}


def transform_vectors():
    rows = []
    for name, preset in scheme.PRESETS.items():
        for place, q in enumerate((*preset.primes, *([preset.special] if preset.special else []))):
            ring.check_transform(q, preset.n)
            a = [c % q for c in repeated(numbers(f"transform {name} {place}", 31, q), preset.n)]
            values = ring.transform(a, q)
            squared = ring.times(a, a, q)
            assert ring.transform(squared, q) == [v * v % q for v in values]
            rows.append({"preset": preset.number, "n": preset.n, "place": place, "q": q, "psi": ring.root(q, preset.n),
                         "repeated": a[:31], "transform": long(values, 8), "square": long(squared, 8)})
    return rows


# The encoder.

def encode_vectors():
    rows = []
    for name, log_scale, pairs, least_tie in (("Small", 24, False, 2e-6), ("Sum", 30, False, 2e-5), ("Sum", 30, True, 2e-5),
                                              ("Variance", 40, True, None), ("Shared", 60, False, None),
                                              ("Depth2", 90, True, None)):
        preset = scheme.PRESETS[name]
        room = preset.n if pairs else preset.n // 2
        for attempt in range(100):
            # On a grid of 1/1024, and at last a few that no short binary number is.
            values = [v / 1024 for v in numbers(f"encode {name} {pairs} {attempt}", 61, 3000)] + [0.1, -1 / 3, 1e-9]
            values = repeated(values, room)
            places = None if least_tie else [0, 1, 2, 3, preset.n // 2, preset.n - 1,
                                             *(c % preset.n for c in numbers(f"places {name}", 40, 2**40))]
            out, tie = encoding.encode(values, pairs, log_scale, preset.n, places)
            if least_tie is None or tie > least_tie:
                break
        row = {"preset": preset.number, "packing": scheme.PAIRS if pairs else scheme.REALS, "log_scale": log_scale,
               "repeated": values[:64]}
        if least_tie:
            row |= {"coefficients": coefficients(out), "nearest_tie": tie}
            for j in (0, 1, preset.n // 2 - 1):
                re, im = (float(part) / 2**log_scale for part in encoding.slot(j, out, preset.n))
                wanted = values[2 * j:2 * j + 2] if pairs else [values[j], 0]
                assert abs(re - wanted[0]) + abs(im - wanted[1]) < preset.n * 2**-log_scale
        else:
            row["sampled"] = [[place, str(c)] for place, c in zip(places, out)]
        rows.append(row)
    rows += [decode_vector(name, log_scale) for name, log_scale in (("Sum", 30), ("Variance", 40), ("Shared", 60))]
    return rows


def decode_vector(name, log_scale):
    """Slots of a polynomial that no encoder made."""
    preset = scheme.PRESETS[name]
    repeated_part = numbers(f"decode {name}", 29, 2**(log_scale + 8))
    poly, places = repeated(repeated_part, preset.n), [0, 1, 2, 77, preset.n // 4, preset.n // 2 - 1]
    values = [[place, *(float(part / 2**log_scale) for part in encoding.slot(place, poly, preset.n))] for place in places]
    return {"preset": preset.number, "log_scale": log_scale, "polynomial": [str(c) for c in repeated_part], "slots": values}


# Keys, ciphertexts, sums.

def plain(preset, name, log_scale, most):
    values = numbers(name, 16, most)
    return values, encoding.integers(repeated(values, preset.n), log_scale, preset.n)


def of_ciphertext(ciphertext, secret, m=None, most=2**12):
    """Its bytes, and what it decrypts to: `m`, but for less than `most`."""
    out = scheme.decrypt(ciphertext, secret)
    assert m is None or max(abs(a - b) for a, b in zip(out, m)) < most
    return {"bytes": whole(ciphertext.to_bytes()), "body": whole(ciphertext.body()), "decrypted": coefficients(out)}


LOG_SCALES = {"Small": 20, "Sum": 24, "Variance": 40, "Depth2": 60, "Shared": 50}


def encrypt_vectors():
    rows = []
    for name, preset in scheme.PRESETS.items():
        seed, public_seed, log_scale = drawn(f"{name} seed"), drawn(f"{name} public seed"), LOG_SCALES[name]
        secret = scheme.secret_key(preset, seed)
        key = scheme.public_key(preset, seed, public_seed)
        rest = dict(packing=scheme.INTEGERS, scale=(log_scale, (0, 0, 0), 1))
        ciphertexts, made = [], []
        most = 2**24 if name == "Shared" else 2**17
        for number in range(4):
            values, m = plain(preset, f"{name} values {number}", log_scale, most)
            noise_key, fresh = drawn(f"{name} noise {number}"), drawn(f"{name} fresh {number}")
            row = {"repeated": values, "noise_key": noise_key.hex()}
            if number < 2:
                row["public_seed"] = fresh.hex()
                made.append(scheme.encrypt_seeded(preset, seed, key.id(), m, most << log_scale, noise_key, fresh, **rest))
            else:
                made.append(scheme.encrypt_public(key, m, most << log_scale, noise_key, **rest))
            ciphertexts.append({**row, **of_ciphertext(made[-1], secret, m)})
        rows.append({"preset": preset.number, "name": name, "seed": seed.hex(), "public_seed": public_seed.hex(),
                     "secret": long(secret, 1), "public_key": whole(key.to_bytes()), "key_id": key.id().hex(),
                     "log_scale": log_scale, "bounds": list(made[-1].bounds), "ciphertexts": ciphertexts,
                     "sum": of_ciphertext(scheme.add(*made), secret), "derived": derived(key, seed, m)})
    return rows


def derived(key, seed, m):
    """What encryption makes its keys from."""
    use, r, more, device = (7, 2**40 + 5, 3), drawn("r"), drawn("r'"), drawn("device")
    return {"meter": use[0], "round": use[1], "counter": use[2], "r": r.hex(), "more": more.hex(), "device": device.hex(),
            "noise_key": scheme.noise_key(device, key.id(), use, r, m).hex(),
            "noise_key_of_the_secret": scheme.noise_key(seed, key.id(), use, r, m).hex(),
            "noise_key_without_device": scheme.noise_key(r, key.id(), use, more, m).hex(),
            "public_seed": scheme.public_seed(key.id(), use, more).hex()}


# Products, rotations, rescaling.

def evaluate_vectors():
    rows = []
    for name in ("Sum", "Variance", "Depth2"):
        preset = scheme.PRESETS[name]
        seed, public_seed, switching = (drawn(f"{name} {what}") for what in ("seed", "public seed", "switching seed"))
        log_scale = 20 if name == "Sum" else 30
        secret, key = scheme.secret_key(preset, seed), scheme.public_key(preset, seed, public_seed)
        # Whole numbers as coefficients, which the header then calls reals: those have no products.
        values = numbers(f"{name} evaluated", 16, 2**8)
        m = encoding.integers(values, log_scale, preset.n)
        noise_key = drawn(f"{name} evaluated noise")
        start = scheme.encrypt_public(key, m, 2 ** (log_scale + 8), noise_key, packing=scheme.REALS,
                                      scale=(log_scale, (0, 0, 0), 1))
        row = {"preset": preset.number, "name": name, "seed": seed.hex(), "public_seed": public_seed.hex(),
               "switching_seed": switching.hex(), "log_scale": log_scale, "values": values,
               "noise_key": noise_key.hex(), "start": of_ciphertext(start, secret, m)}
        whole_of = lambda pair: {part: whole(ring.packed(poly, (*preset.primes, preset.special)))
                                 for part, poly in zip("ba", pair)}
        if preset.top > 0:
            target = ring.times(secret, secret, preset.whole)
            relinearisation = scheme.switching_key(preset, seed, switching, 0, target)
            row["relinearisation_key"] = [whole_of(pair) for pair in relinearisation]
            # Of message times error there are 2·16 products, of 2^(30 + 8) and of less than 2^12.
            squared, noise = ring.centre(ring.times(m, m, preset.whole), preset.whole), 2 ** (log_scale + 8 + 12 + 5)
            triple = scheme.square(start)
            relinearised = scheme.relinearise(triple, relinearisation)
            rescaled = scheme.rescale(relinearised)
            row |= {"square": of_ciphertext(triple, secret, squared, noise),
                    "relinearised": of_ciphertext(relinearised, secret, squared, noise),
                    "rescaled": {"level": rescaled.level, "scale": rescaled.scale, **of_ciphertext(rescaled, secret)},
                    "rescaled_fresh": of_ciphertext(scheme.rescale(start), secret)}
            if rescaled.level:
                again = scheme.rescale(scheme.relinearise(scheme.square(rescaled), relinearisation))
                row["fourth_power"] = {"level": again.level, "scale": again.scale, **of_ciphertext(again, secret)}
        row["rotations"] = []
        for number, steps in enumerate((1, 5, None), 1):
            g = 2 * preset.n - 1 if steps is None else pow(5, steps, 2 * preset.n)
            galois = scheme.switching_key(preset, seed, switching, number, ring.substitute(secret, g))
            turned, made = ring.substitute(m, g), scheme.automorphism(start, g, galois)
            one = {"steps": steps, "g": g, "key_number": number, "top": of_ciphertext(made, secret, turned)}
            if preset.top > 0:
                one["last_prime"] = of_ciphertext(scheme.automorphism(scheme.drop(start, 0), g, galois), secret, turned)
            row["rotations"].append(one)
        rows.append(row)
    return rows


# Joint keys.

def given_flood(seed, bits, n):
    """No Gaussian: a flood that tests take as it is."""
    source = s.words(seed, s.FLOOD, 0, 8)
    return [next(source) % 2**bits - 2 ** (bits - 1) for _ in range(n)]


def joint_vectors():
    rows = []
    for name, parties, active in (("Shared", 5, (1, 3, 5)), ("Small", 3, (2, 3)), ("Sum", 3, (1, 2, 3))):
        preset, log_scale, threshold, round_ = scheme.PRESETS[name], LOG_SCALES[name], len(active), 2**32 - 7
        context, q = drawn(f"{name} context"), preset.chain(preset.top)
        seeds = [drawn(f"{name} party {i}") for i in range(parties)]
        crs = joint.common_seed(context)
        shares = [joint.public_share(preset, seed, crs) for seed in seeds]
        key = joint.public_key(preset, crs, shares)
        secret = ring.centre(ring.plus(q, *(scheme.secret_key(preset, seed) for seed in seeds)), q)
        row = {"preset": preset.number, "name": name, "threshold": threshold, "context": context.hex(), "round": round_,
               "crs": crs.hex(), "seeds": [seed.hex() for seed in seeds],
               "public_shares": [whole(ring.packed(b, preset.primes)) for b in shares],
               "public_key": whole(key.to_bytes()), "key_id": key.id().hex()}
        if threshold == parties:
            mine = {x: scheme.secret_key(preset, seed) for x, seed in enumerate(seeds, 1)}
        else:
            mine = {x: ring.plus(q, *(joint.key_share(preset, seed, threshold, x) for seed in seeds))
                    for x in range(1, parties + 1)}
            of_first = [joint.key_share(preset, seeds[0], threshold, x) for x in range(1, parties + 1)]
            row["first_partys_shares"] = [whole(ring.packed(share, preset.primes)) for share in of_first]
            row["key_shares"] = [whole(ring.packed(mine[x], preset.primes)) for x in mine]

        values, m = plain(preset, f"{name} joint", log_scale, 2**17)
        noise_key, flood_bits = drawn(f"{name} joint noise"), 16 if name == "Small" else 40
        ciphertext = scheme.encrypt_public(key, m, 2 ** (log_scale + 17), noise_key, scale=(log_scale, (0, 0, 0), 1))
        row |= {"log_scale": log_scale, "repeated": values, "noise_key": noise_key.hex(),
                "ciphertext": of_ciphertext(ciphertext, secret, m, 2**13 * parties),
                "polynomial_digest": joint.polynomial_digest(ciphertext).hex(), "active": list(active),
                "flood_bits": flood_bits}
        answers, floods = [], []
        for x in active:
            flood_seed = drawn(f"{name} flood {x}")
            flood = given_flood(flood_seed, flood_bits, preset.n)
            keys = {other: drawn(f"{name} pair {min(x, other)} {max(x, other)}") for other in active if other != x}
            pads = {other: joint.pad(ciphertext, context, round_, active, pair) for other, pair in keys.items()}
            share = joint.decryption_share(ciphertext, x, active, parties, mine[x], flood, pads)
            answers.append(share)
            floods.append({"party": x, "pair_keys": [[other, pair.hex()] for other, pair in keys.items()],
                           "flood_seed": flood_seed.hex(), "flood": coefficients(flood),
                           "share": whole(ring.packed(share, preset.primes, as_values=False))})
        out = joint.combine(ciphertext, answers)
        assert all(abs(o - c) < 2 ** (flood_bits + 4) for o, c in zip(out, m))
        rows.append({**row, "decryption_shares": floods, "combined": coefficients(out)})
    return rows


# Bytes that are none.

def bad_vectors():
    """Changes of the first ciphertext of a preset in encrypt-v1.json, and the fault that each must give."""
    header, rows = 54, []

    def bad(name, preset, ciphertext, fault, at=None, put=b"", keep=None, more=b""):
        rows.append({"name": name, "preset": preset, "ciphertext": ciphertext, "fault": fault}
                    | ({"at": at, "put": put.hex()} if put else {}) | ({"keep": keep} if keep is not None else {})
                    | ({"more": more.hex()} if more else {}))

    for name, preset in scheme.PRESETS.items():
        sizes = [preset.n * q.bit_length() // 8 for q in preset.primes]
        length = [header + 32 + sum(sizes), header + 2 * sum(sizes)]
        for kind, start in ((0, header + 32), (2, header)):
            say = lambda text: f"{name}, {'a pair' if kind else 'seeded'}: {text}"
            for version in (0, 2, 255):
                bad(say(f"version {version}"), name, kind, "BadHeader", 0, bytes([version]))
            for other in (0, 6, 255):
                bad(say(f"preset {other}"), name, kind, "UnknownPreset", 1, bytes([other]))
            for form in (0, 4):
                bad(say(f"form {form}"), name, kind, "BadHeader", 2, bytes([form]))
            bad(say("a level too high"), name, kind, "BadHeader", 3, bytes([preset.top + 1]))
            for packing in (0, 4):
                bad(say(f"packing {packing}"), name, kind, "BadHeader", 4, bytes([packing]))
            bad(say("an even factor"), name, kind, "BadHeader", 10, struct.pack("<I", 6))
            bad(say("a factor of 0"), name, kind, "BadHeader", 10, bytes(4))
            for log2 in (-400, 400, -2**15, 2**15 - 1):
                bad(say(f"a scale of 2^{log2}"), name, kind, "BadHeader", 5, struct.pack("<h", log2))
            for place in range(3):
                absent = place >= len(preset.primes)
                bad(say(f"prime {place} to the {1 if absent else 127}"), name, kind, "BadHeader", 7 + place,
                    bytes([1 if absent else 127]))
            for place, of in ((30, "message"), (38, "noise"), (46, "coefficients")):
                for value in (float("nan"), float("inf"), -1.0, -0.0):
                    bad(say(f"{value} as bound of {of}"), name, kind, "BadBound", place, struct.pack("<d", value))
            bad(say("an empty text"), name, kind, "Truncated", keep=0)
            bad(say("the header alone"), name, kind, "Truncated", keep=header)
            bad(say("half a header"), name, kind, "Truncated", keep=header - 1)
            bad(say("the last byte missing"), name, kind, "Truncated", keep=length[kind // 2] - 1)
            bad(say("a byte more"), name, kind, "TrailingBytes", more=b"\0")
            place = start
            for number, (size, q) in enumerate(zip(sizes, preset.primes)):
                whole_bytes = q.bit_length() // 8
                bad(say(f"a first residue beyond prime {number}"), name, kind, f"NotReduced {number}", place,
                    b"\xff" * (whole_bytes + 1))
                bad(say(f"a last residue beyond prime {number}"), name, kind, f"NotReduced {number}",
                    place + size - whole_bytes - 1, b"\xff" * (whole_bytes + 1))
                place += size
    return rows


MAKERS = {"streams-v1": stream_vectors, "transform-v1": transform_vectors, "encode-v1": encode_vectors,
          "encrypt-v1": encrypt_vectors, "evaluate-v1": evaluate_vectors, "joint-v1": joint_vectors,
          "bad_ciphertexts": bad_vectors}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="part of a file's name")
    parser.add_argument("--out", type=pathlib.Path, default=VECTORS)
    arguments = parser.parse_args()
    for name, make in MAKERS.items():
        if arguments.only in (None, *(name[:k] for k in range(len(name) + 1))):
            text = json.dumps(make(), indent=1)
            (arguments.out / f"{name}.json").write_text(text + "\n")
            print(name, len(text), flush=True)


if __name__ == "__main__":
    main()
