"""The reference's vectors of the ring, through Python: what is deterministic of it, byte for byte."""

from typing import Any

import numpy as np
import pytest
from rings import Scene, vectors

from wattsum import Error, FaultError, MalformedError, cmt, dcnet, link


def hexed(value: str) -> bytes:
    return bytes.fromhex(value)


def test_the_arithmetic() -> None:
    for row in vectors("cmt")["cmt"]:
        first, deltas, keys, ciphertexts = (
            np.array(row[name], np.uint64) for name in ("first_keys", "deltas", "keys", "ciphertexts")
        )
        assert (first - deltas + np.roll(deltas, 1) == keys).all()
        assert cmt.encrypt(np.array(row["readings"], np.int64), keys).tolist() == ciphertexts.tolist()
        group_key = cmt.sums(first)
        assert group_key == row["group_key"]
        assert cmt.decrypt_sums(cmt.sums(ciphertexts), group_key) == row["sum"]
        link_key = np.frombuffer(hexed(row["link_key"]), np.uint8)[None]
        assert cmt.deltas(link_key, row["round"]).tolist() == [[row["derived_delta"]]]


def test_the_shuffle() -> None:
    for row in vectors("cmt")["shuffle"]:
        seed = hexed(row["seed"])
        for rank, place in enumerate(row["mapping"]):
            assert dcnet.shuffled(rank, row["count"], seed) == place


def test_small_moduli() -> None:
    for row in vectors("modulus")["small"]:
        modulus = int(row["modulus"])
        a, b, sums, differences = (
            np.array([int(value) for value in row[name]], np.uint64)
            for name in ("a", "b", "sums", "differences")
        )
        assert (cmt.sums(np.stack([a, b]), modulus=modulus) == sums).all()
        residues = np.array([int(value) for value in row["residues"]], np.uint64)
        opened = cmt.decrypt_sums(residues, np.zeros_like(residues), modulus=modulus)
        assert opened.tolist() == [int(value) for value in row["centred"]]
        centred = cmt.decrypt_sums(a, b, modulus=modulus)
        assert (cmt.encrypt(centred, np.zeros_like(a), modulus=modulus) == differences).all()
        # The lists of ints say the same.
        pairs = zip(a.tolist(), b.tolist(), strict=True)
        assert [cmt.sums(pair, modulus=modulus) for pair in pairs] == sums.tolist()
        assert cmt.decrypt_sums(residues.tolist(), [0] * len(residues), modulus=modulus) == opened.tolist()


def test_wide_moduli() -> None:
    for row in vectors("modulus")["wide"]:
        modulus = int(row["modulus"])
        numbers = {
            name: [int(value) for value in row[name]]
            for name in ("first_keys", "delta_values", "keys", "readings", "ciphertexts", "derived")
        }
        link_key = np.frombuffer(hexed(row["link_key"]), np.uint8)[None]
        channels = len(numbers["derived"])
        assert cmt.wide_deltas(link_key, row["round"], channels, modulus=modulus) == [numbers["derived"]]
        deltas = numbers["delta_values"]
        before = [deltas[-1], *deltas[:-1]]
        rows = zip(numbers["first_keys"], deltas, before, strict=True)
        assert [(first - own + other) % modulus for first, own, other in rows] == numbers["keys"]
        assert cmt.encrypt(numbers["readings"], numbers["keys"], modulus=modulus) == numbers["ciphertexts"]
        group_key = cmt.sums(numbers["first_keys"], modulus=modulus)
        assert group_key == int(row["group_key"])
        total = cmt.sums(numbers["ciphertexts"], modulus=modulus)
        assert cmt.decrypt_sums([total], [group_key], modulus=modulus) == [int(row["sum"])]


def rings() -> list[Any]:
    return [*vectors("ring")["rings"], *vectors("modulus")["rings"], *vectors("heal")["rings"]]


@pytest.mark.parametrize("number", range(len(rings())))
def test_a_supplier_reads_the_rings(number: int) -> None:
    row = rings()[number]
    scene = Scene.of(row)
    supplier, lead = scene.supplier(), row["members"][row["order"][0]]["id"]
    members = [member["id"] for member in row["members"]]
    generation = row["generation"]
    assert cmt.set_digest(scene.view, members).hex() == row["set_digest"]
    assert cmt.arrange(scene.view, generation, members) == [members[rank] for rank in row["order"]]
    assert cmt.drawn(scene.view, generation, members) == lead
    now = row["from_round"]
    assert supplier.register(now, lead, hexed(row["group_key_frame"])) == generation

    def read(rounds: Any) -> None:
        for round in rounds:
            collecting = supplier.open(round["round"], round["round"])
            if scene.params.mode == "drawn":
                assert collecting.start is not None
                assert collecting.start.hex() == round["start"]
            frames = [hexed(frame) for frame in round["contributions"]]
            array = np.array([list(frame) for frame in frames], np.uint8)
            assert collecting.accept_many(array) == []
            assert collecting.close() == link.Sum(round["round"], round["sum"], len(frames))

    read(row["rounds"])
    for healing in row.get("healings", []):
        assert supplier.heal(healing["from_round"], hexed(healing["healed"])) == healing["generation"]
        read(healing["rounds"])


@pytest.mark.parametrize("number", range(len(vectors("states")["rings"])))
def test_meters_go_on_from_stored_states(number: int) -> None:
    """Forming, rounds and healings from the states of the file: every step's state is the file's next one."""
    row = vectors("states")["rings"][number]
    scene = Scene.of(row)
    members = [member["id"] for member in row["members"]]
    ring = [members[rank] for rank in row["order"]]
    for id, state in row["joining"].items():
        meter = scene.meter(int(id), state)
        assert meter.to_bytes().hex() == state
        assert meter.generation is None
        seat = hexed(row["forming"][id]["seat"])
        place = ring.index(int(id))
        assert meter.neighbours(seat)[:2] == [ring[place - 1], ring[(place + 1) % len(ring)]]
        meter.seat(seat)
        assert meter.to_bytes().hex() == row["states"][place]
        assert meter.generation == row["generation"]

    def play(states: list[str], rounds: Any) -> list[str]:
        for round in rounds:
            for place, (id, state) in enumerate(zip(ring, states, strict=True)):
                meter, mark = scene.meter(id, state), link.HighWater(scene.params.group.channels)
                assert meter.to_bytes().hex() == state
                assert meter.is_concentrator == (place == 0)
                if scene.params.mode == "derived":
                    now, reading = round["round"], round["readings"][place]
                    frame = meter.contribute(mark, now, now, reading).stored()
                    assert frame.hex() == round["contributions"][place]
                    assert meter.to_bytes().hex() == round["states"][place]
            states = round["states"]
        return states

    book = cmt.Book.from_bytes(scene.params, scene.view, hexed(row["book"]))
    assert book.to_bytes().hex() == row["book"]
    assert [listed.id for listed in book.members()] == sorted(ring[1:])
    states = play(row["states"], row["rounds"])
    for healing in row["healings"]:
        before = dict(zip(ring, states, strict=True))
        ring = [members[rank] for rank in healing["order"]]
        for place, id in enumerate(ring[1:], 1):
            frame = hexed(healing["heal"][str(id)])
            meter = scene.meter(id, before[id])
            assert meter.healed_neighbours(frame)[:2] == [ring[place - 1], ring[(place + 1) % len(ring)]]
            prepared = meter.heal(healing["from_round"], frame)
            assert prepared.record.hex() == healing["record"]
            assert prepared.stored() is None
            assert meter.to_bytes().hex() == healing["states"][place]
        book = cmt.Book.from_bytes(scene.params, scene.view, hexed(healing["book"]))
        assert (book.generation, book.to_bytes().hex()) == (healing["generation"], healing["book"])
        states = play(healing["states"], healing["rounds"])


def error(text: str) -> type[Error]:
    """The class of an error as the vectors write it."""
    return MalformedError if text.startswith("Malformed") else FaultError


def test_licences() -> None:
    row = vectors("licences")
    scene = Scene.of(row, terms=row["mean_term"])
    terms = [cmt.term(scene.params, scene.view, generation) for generation in range(1, len(row["terms"]) + 1)]
    assert terms == row["terms"]
    good = row["received"]
    id = row["meters"][good["meter"]]["id"]
    meter = scene.meter(id)
    licence = meter.licensed(good["now"], hexed(good["good"]))
    assert licence.to_bytes().hex() == good["kept"]
    assert cmt.Licence.from_bytes(hexed(good["kept"])) == licence == meter.licence
    assert licence.to_frame(scene.view).hex() == good["good"]
    licence.verify(scene.view, id)
    with pytest.raises(FaultError, match="licence"):
        licence.verify(scene.view, row["meters"][0]["id"])
    asked = row["requests"]
    for bad in asked["rows"]:
        with pytest.raises(error(bad["error"])):
            scene.supplier().licence(asked["now"], hexed(bad["frame"]))
    answer = scene.supplier().licence(asked["now"], hexed(asked["good"]))
    assert len(answer.record) == 17
    notices = row["notices"]
    lost = cmt.Lost.verify(scene.view, notices["now"], hexed(notices["good"]))
    assert (lost.generation, lost.names) == (notices["generation"], notices["names"])
    for bad in notices["rows"]:
        with pytest.raises(error(bad["error"])):
            cmt.Lost.verify(scene.view, notices["now"], hexed(bad["frame"]))


def test_claims() -> None:
    row = vectors("claims")
    scene = Scene.of(row, terms=row["mean_term"])
    ids = [meter["id"] for meter in row["meters"]]
    claims = []
    for good in row["claims"]["rows"]:
        claim, members = cmt.Claim.verify(scene.params, scene.view, hexed(good["frame"]))
        assert members == [id for place, id in enumerate(ids) if place not in good["absent"]]
        assert (claim.id, claim.count, claim.draw) == (ids[good["claimant"]], good["count"], good["draw"])
        assert (claim.generation, claim.first_round) == (good["generation"], good["from_round"])
        assert (claim.until, claim.set.hex()) == (good["until"], good["set"])
        assert cmt.set_digest(scene.view, members) == claim.set
        claims.append(claim)
    for name, relation in (("beats", cmt.Claim.beats), ("precedes", cmt.Claim.precedes)):
        found = [
            [a, b] for a, one in enumerate(claims) for b, other in enumerate(claims) if relation(one, other)
        ]
        assert sorted(found) == sorted(row["claims"][name])
    for bad in row["bad_claims"]:
        if bad["error"].startswith("Misuse"):
            continue  # the entry is looked up by the frame's sender: there is no other one to give
        with pytest.raises(error(bad["error"])):
            cmt.Claim.verify(scene.params, scene.view, hexed(bad["frame"]))
