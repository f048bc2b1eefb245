"""The reference vectors, through Python. Keys stay inside: they are compared by the pads they make."""

import hashlib
from typing import Any

import numpy as np
import pytest
from data import vectors

from wattsum import dcnet, link, shamir

P = 2**64 - 2**32 + 1
STREAMS: tuple[link.Stream, ...] = ("mask", "share", "delta", "zero")
LABELS: tuple[link.Label, ...] = ("dcnet pair", "dcnet holder", "answer", "shamir", "cmt", "frame")


def bytes_of(row: Any, *names: str) -> list[bytes]:
    return [bytes.fromhex(row[name]) for name in names]


def context(row: Any) -> bytes:
    session, roster, answerers, beacon = bytes_of(row, "session", "roster_root", "answerers_root", "beacon")
    numbers = (row["epoch"], row["first_round"], row["last_round"])
    return link.epoch_context(session, *numbers, roster, answerers, beacon)


def pad(key: link.PairKey, row: Any, stream: link.Stream, channels: int) -> list[int]:
    return [int(value) for value in key.pad(row["round"], stream, channels)]


def derived(seed: str, a: int, b: int) -> link.PairKey:
    """Rows list no keys, but seeds of them."""
    parts = bytes.fromhex(seed) + a.to_bytes(4, "little") + b.to_bytes(4, "little")
    return link.PairKey.from_bytes(hashlib.sha256(parts).digest())


def interpolated(points: dict[int, list[int]], at: int) -> list[int]:
    total = [0] * len(next(iter(points.values())))
    for own, values in points.items():
        coefficient = 1
        for other in points:
            if other != own:
                coefficient = coefficient * (at - other) * pow(own - other, -1, P) % P
        total = [(sum_ + coefficient * value) % P for sum_, value in zip(total, values, strict=True)]
    return total


@pytest.mark.parametrize("section", ["link", "shamir", "dcnet"])
def test_contexts_and_set_digests(section: str) -> None:
    for row in vectors(section):
        assert context(row).hex() == row["context"]
        members = {"link": "set_ids", "shamir": "readings", "dcnet": "ids"}[section]
        ids = [int(id) for id in row[members] if int(id) not in row.get("missing", [])]
        [root] = bytes_of(row, "roster_root")
        assert link.set_digest(root, ids).hex() == row["set_digest"]


def test_link_keys_pair_keys_pads_and_the_ratchet() -> None:
    for row in vectors("link"):
        secrets = {int(id): bytes.fromhex(secret) for id, secret in row["secrets"].items()}
        publics = {int(id): bytes.fromhex(public) for id, public in row["publics"].items()}
        for id, secret in secrets.items():
            assert link.LinkSecret.from_bytes(secret).public == publics[id]
        lower, higher = row["ids"]
        for me, peer in ((lower, higher), (higher, lower)):
            own = link.LinkSecret.from_bytes(secrets[me])
            for label in LABELS:
                key = own.pair_key(label, context(row), me, peer, publics[peer])
                expected = link.PairKey.from_bytes(bytes.fromhex(row["keys"][label]))
                for stream in STREAMS:
                    assert pad(key, row, stream, 9) == pad(expected, row, stream, 9)
            key = own.pair_key("dcnet pair", context(row), me, peer, publics[peer])
            for stream in STREAMS:
                assert pad(key, row, stream, len(row["pads"][stream])) == row["pads"][stream]
            key.ratchet()
            ratcheted = link.PairKey.from_bytes(bytes.fromhex(row["ratcheted"]))
            assert pad(key, row, "mask", 3) == pad(ratcheted, row, "mask", 3) != row["pads"]["mask"][:3]


def test_classical_sharing() -> None:
    for row in vectors("shamir"):
        secret = np.array(row["readings"]["1"])
        coefficients = np.array(row["split_coefficients"], np.uint64)
        shares = shamir.split_with(secret, coefficients, row["aggregators"])
        assert shares.tolist() == row["split_of_first"]
        chosen = shares[[number - 1 for number in row["quorum"]]]
        assert (shamir.combine(chosen, row["quorum"]) == secret).all()


def test_compressed_corrections() -> None:
    for row in vectors("shamir"):
        t, m = row["threshold"], row["aggregators"]
        for meter, expected in row["corrections"].items():
            reading = row["readings"][meter]
            pads = {
                a: pad(derived(row["key_seed"], a, int(meter)), row, "share", len(reading))
                for a in range(1, m + 1)
            }
            points = {0: [value % P for value in reading]} | {a: pads[a] for a in range(1, t)}
            corrections = {
                str(a): [(f - own) % P for f, own in zip(interpolated(points, a), pads[a], strict=True)]
                for a in range(t, m + 1)
            }
            assert corrections == expected


def test_masked_values() -> None:
    for row in vectors("dcnet"):
        [seed] = bytes_of(row, "graph_seed")
        assert dcnet.graph_seed(context(row)) == seed
        ids = row["ids"]
        for position, me in enumerate(ids):
            around = [ids[p] for p in dcnet.neighbours(position, len(ids), row["degree"], seed)]
            if row["neighbours"] == "complete":
                assert around == [id for id in ids if id != me]
            else:
                assert around == row["neighbours"][str(me)]
            value = row["readings"][str(me)]
            shares = {
                h: pad(derived(row["holder_seed"], h, me), row, "share", len(value))
                for h in range(1, row["threshold"] + 1)
            }
            value = [(a + b) % P for a, b in zip(value, interpolated(shares, 0), strict=True)]
            for other in around:
                mask = pad(derived(row["pair_seed"], min(me, other), max(me, other)), row, "mask", len(value))
                sign = 1 if me < other else -1
                value = [(a + sign * b) % P for a, b in zip(value, mask, strict=True)]
            assert value == row["masked"][str(me)]


def test_shuffles() -> None:
    for row in vectors("shuffle"):
        [seed] = bytes_of(row, "seed")
        places = [dcnet.shuffled(index, row["count"], seed) for index in range(row["count"])]
        assert places == row["mapping"]
