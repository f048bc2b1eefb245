"""Prints vectors.h: the reference's vectors, and others', from the vector files of the crates' tests, as inputs and results
of src/vectors.rs. With a path the section of the same name is read from that file: the reference's own has them all.
"""
import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("context public pair_key pads ratchet set_digest accepts product graph_seed shuffle neighbours masked repair "
         "corrections split combine coefficients bound opened order ciphertext derived cmt_opened group_key "
         "elgamal_ciphertext knowledge share elgamal_opened decoded").split()
DCNET, SHAMIR = 1, 2
FIELD64 = 2**64 - 2**32 + 1
Vector = tuple[str, bytes, bytes]


def file(path: str) -> dict:
    return json.loads((ROOT / path).read_text())


def section(name: str, path: str) -> list[dict]:
    rows = (json.loads(Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else file(path))[name]
    assert rows
    return rows


def u8(*values: int) -> bytes:
    return bytes(values)


def u16(value: int) -> bytes:
    return struct.pack("<H", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(*values: int) -> bytes:
    return b"".join(struct.pack("<Q", value % 2**64) for value in values)


def listed(values: list[bytes]) -> bytes:
    return u32(len(values)) + b"".join(values)


def ids(values: list) -> bytes:
    return listed([u32(int(value)) for value in values])


def elements(values: list[int]) -> bytes:
    return listed([u64(value) for value in values])


def hexed(row: dict, *names: str) -> bytes:
    return b"".join(bytes.fromhex(row[name]) for name in names)


def context(row: dict) -> Vector:
    given = hexed(row, "session") + u32(row["epoch"]) + u64(row["first_round"], row["last_round"])
    return "context", given + hexed(row, "roster_root", "answerers_root", "beacon"), hexed(row, "context")


def digest(row: dict, members: list) -> Vector:
    return "set_digest", hexed(row, "roster_root") + ids(members), hexed(row, "set_digest")


def link() -> Iterator[Vector]:
    labels = ["dcnet pair", "dcnet holder", "answer", "shamir", "cmt", "frame"]
    streams = ["mask", "share", "delta", "zero"]
    for row in section("link", "meter-link/tests/vectors/link-v1.json"):
        yield context(row)
        first, second = row["ids"]
        for me, other in ((first, second), (second, first)):
            secret, public = (bytes.fromhex(row["secrets"][str(me)]), bytes.fromhex(row["publics"][str(other)]))
            yield "public", secret, bytes.fromhex(row["publics"][str(me)])
            for number, label in enumerate(labels):
                given = u8(number) + hexed(row, "context") + u32(me) + secret + u32(other) + public
                yield "pair_key", given, bytes.fromhex(row["keys"][label])
        key = bytes.fromhex(row["keys"]["dcnet pair"])
        assert sorted(row["pads"]) == sorted(streams) and sorted(row["keys"]) == sorted(labels)
        for number, stream in enumerate(streams):
            values = row["pads"][stream]
            yield "pads", key + u64(row["round"]) + u8(number) + u16(len(values)), u64(*values)
        yield "ratchet", key, hexed(row, "ratcheted")
        yield digest(row, row["set_ids"])


def others() -> Iterator[Vector]:
    for case in file("meter-link/tests/vectors/speccheck.json"):
        assert len(case["message"]) == 64
        yield "accepts", hexed(case, "key", "message", "signature"), u8(case["holds"])
    for case in file("meter-link/tests/vectors/field64-vdaf.json")["cases"]:
        wires = case["wires"]
        for report in case["reports"]:
            shares = [struct.unpack(f"<{len(share) // 16}Q", bytes.fromhex(share)) for share in report["verifier_shares"]]
            for at in range(1, len(shares[0]), wires + 2):
                given = listed([elements(list(share[at:at + wires])) for share in shares])
                gadget = sum(share[at + wires] for share in shares) % FIELD64
                yield "product", given, u64(gadget)
    rfc = file("threshold-elgamal/tests/vectors/rfc9496.json")
    good = bytes.fromhex(rfc["multiples_of_the_generator"][1])
    for number, encoding in enumerate(rfc["multiples_of_the_generator"]):
        yield "decoded", bytes.fromhex(encoding) + good, u8(number != 0, 1)
    for encoding in rfc["invalid_encodings"]:
        yield "decoded", bytes.fromhex(encoding) + good, u8(0, 0)


def shuffle() -> Iterator[Vector]:
    for path in ("dcnet-core/tests/vectors/dcnet-v1.json", "cmt-ring/tests/vectors/cmt-v1.json"):
        for row in section("shuffle", path):
            result = b"".join(map(u32, row["mapping"])) + b"".join(map(u32, range(row["count"])))
            given = u32(row["count"]) + hexed(row, "seed")
            yield "shuffle" if "dcnet" in path else "order", given, result


def answers(row: dict, kind: int, seed: str, members: list) -> Iterator[Vector]:
    """What answerers compute, and what is opened."""
    quorum, channels = listed([u8(number) for number in row["quorum"]]), len(row["sum"])
    for number, expected in row["answers"].items():
        yield "bound", (u8(kind) + hexed(row, "context") + u64(row["round"]) + hexed(row, "set_digest") + quorum
                        + u8(int(number)) + hexed(row, seed, "zero_seed") + ids(members) + u16(channels)), u64(*expected)
    plus, minus = list(row["answers"].values()), []
    if kind == DCNET:
        plus, minus = [row["masked"][str(id_)] for id_ in members], [*plus, *row["repairs"].values()]
    corrections = [u8(int(number)) + elements(values) for id_ in members
                   for number, values in row["corrections"][str(id_)].items()]
    given = quorum + u8(kind == SHAMIR) + u16(channels)
    given += listed([elements(v) for v in plus]) + listed([elements(v) for v in minus]) + listed(corrections)
    yield "opened", given, u64(*row["sum"])


def dcnet() -> Iterator[Vector]:
    for row in section("dcnet", "dcnet-core/tests/vectors/dcnet-v1.json"):
        assert row["kind"] == DCNET
        yield context(row)
        yield "graph_seed", hexed(row, "context"), hexed(row, "graph_seed")
        all_, missing, channels = row["ids"], row["missing"], len(row["sum"])
        closed = [id_ for id_ in all_ if id_ not in missing]
        yield digest(row, closed)
        for position, id_ in enumerate(all_):
            if row["neighbours"] == "complete":
                around = [other for other in all_ if other != id_]
            else:
                around = row["neighbours"][str(id_)]
            places = b"".join(u32(all_.index(other)) for other in around)
            given = u32(position) + u32(len(all_)) + u32(row["degree"]) + hexed(row, "context")
            yield "neighbours", given, places
            corrections = row["corrections"][str(id_)]
            own = u64(row["round"]) + u8(row["holders"], row["threshold"]) + hexed(row, "pair_seed", "holder_seed") + u32(id_)
            result = row["masked"][str(id_)] + [v for number in sorted(corrections, key=int) for v in corrections[number]]
            yield "masked", own + ids(around) + elements(row["readings"][str(id_)]), u64(*result)
            if str(id_) in row["repairs"]:
                gone = [other for other in around if other in missing]
                given = u64(row["round"]) + hexed(row, "pair_seed") + u32(id_) + ids(gone) + u16(channels)
                yield "repair", given, u64(*row["repairs"][str(id_)])
        yield from answers(row, DCNET, "holder_seed", closed)


def shamir() -> Iterator[Vector]:
    for row in section("shamir", "shamir-agg/tests/vectors/shamir-v1.json"):
        assert row["kind"] == SHAMIR
        yield context(row)
        meters = sorted(row["readings"], key=int)
        yield digest(row, meters)
        for meter in meters:
            corrections = row["corrections"][meter]
            given = u64(row["round"]) + u8(row["aggregators"], row["threshold"]) + hexed(row, "key_seed") + u32(int(meter))
            result = [v for number in sorted(corrections, key=int) for v in corrections[number]]
            yield "corrections", given + elements(row["readings"][meter]), u64(*result)
        secret = [v % FIELD64 for v in row["readings"]["1"]]
        given = u8(row["aggregators"], row["threshold"]) + elements(secret)
        shares = row["split_of_first"]
        given += listed([elements(values) for values in row["split_coefficients"]])
        yield "split", given, u64(*(v for share in shares for v in share))
        chosen = [u8(number) + elements(shares[number - 1]) for number in row["quorum"]]
        yield "combine", listed(chosen), u64(*secret)
        yield "coefficients", listed([u8(number) for number in row["quorum"]]), u64(*row["lagrange"])
        yield from answers(row, SHAMIR, "key_seed", meters)


def cmt() -> Iterator[Vector]:
    for row in section("cmt", "cmt-ring/tests/vectors/cmt-v1.json"):
        for at, first in enumerate(row["first_keys"]):
            given = u64(first, row["deltas"][at], row["deltas"][at - 1], row["readings"][at])
            yield "ciphertext", given, u64(row["keys"][at], row["ciphertexts"][at])
        yield "derived", hexed(row, "link_key") + u64(row["round"]), u64(row["derived_delta"])
        yield "cmt_opened", u64(row["group_key"]) + elements(row["ciphertexts"]), u64(row["sum"])


def elgamal() -> Iterator[Vector]:
    for row in section("elgamal", "threshold-elgamal/tests/vectors/elgamal-v1.json"):
        joined = [bytes.fromhex("".join(halves)) for halves in row["ciphertexts"]]
        secrets = row["secret_shares"]
        trustees = u8(row["threshold"]) + listed([hexed(secrets, number) for number in sorted(secrets, key=int)])
        yield "group_key", trustees, hexed(row, "group_key")
        key = hexed(row, "group_key", "key_set")
        for at, id_ in enumerate(row["ids"]):
            reading, blinding = u64(row["readings"][at]), bytes.fromhex(row["blinds"][at])
            yield "elgamal_ciphertext", key + reading + blinding, joined[at]
            place = hexed(row, "context") + u64(row["round"]) + u32(id_)
            nonces = bytes.fromhex("".join(row["nonces"][at]))
            yield "knowledge", key + place + reading + blinding + joined[at] + nonces, bytes.fromhex(row["knowledge"][at])
        total = bytes.fromhex("".join(row["sum_ciphertext"]))
        for number, share in row["decryption_shares"].items():
            given = u8(int(number)) + hexed(secrets, number) + listed(joined)
            yield "share", given, total + bytes.fromhex(share)
        quorum = listed([u8(int(number)) for number in row["decryption_shares"]])
        yield "elgamal_opened", trustees + quorum + listed(joined) + u64(250 * len(joined)), u64(row["sum"])


def text(vectors: list[Vector]) -> str:
    """As one text each, since a compiler takes them faster than lists."""
    def escaped(data: bytes) -> str:
        return '"' + "".join(f"\\{byte:03o}" for byte in data) + '"'

    lines = ["/* Printed by vectors.py. */", "static const struct vector vectors[] = {"]
    for name, given, result in vectors:
        place = f'{{"{name}", {NAMES.index(name)}, {len(given)}, {len(result)}'
        lines.append(f"    {place}, {escaped(given + result)}}},")
    return "\n".join([*lines, "};\n"])


if __name__ == "__main__":
    found = [vector for part in (link, others, shuffle, dcnet, shamir, cmt, elgamal) for vector in part()]
    assert {name for name, _, _ in found} == set(NAMES)
    sys.stdout.write(text(found))
