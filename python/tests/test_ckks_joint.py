"""Trustees who make a key together, and open sums that no fewer than t of them agree on."""

import copy
import pickle
from itertools import combinations

import numpy as np
import pytest
from ckks_world import RNG

from wattsum import FaultError, MalformedError, MisuseError, QuorumError, ckks, link

GROUP = link.Group(group=1, max_reading=10_000, max_meters=1000, max_missing_permille=200)
THREE_OF_FIVE = link.Threshold.trusting_the_utility_not_to_equivocate(5, 3)
PARAMS = ckks.Params(GROUP, THREE_OF_FIVE)
COHORT = link.Cohort(PARAMS, meters=range(1, 7), last_round=95)
SEATS = COHORT.answerers
PUBLIC, SECRETS = ckks.hold(PARAMS, COHORT.view, SEATS)
RING = PARAMS.ring


def opened(total: ckks.Ciphertext, quorum: tuple[int, ...], flood: ckks.Flood | None = None) -> list[bytes]:
    return [
        SECRETS[number - 1].decryption_share(ckks.Ledger(), total, quorum, flood=flood).stored()
        for number in quorum
    ]


def test_any_three_of_five_open_the_exact_sum() -> None:
    readings = RNG.integers(-10_000, 10_000, (6, 96))
    rows = PUBLIC.encrypt_rows(readings, scale_bits=PARAMS.scale_bits, max_reading=10_000)
    assert (PUBLIC.parties, PARAMS.threshold) == (5, THREE_OF_FIVE)
    for quorum in combinations(range(1, 6), 3):
        # Floods of several answers would give the error away: each time another sum.
        total = ckks.Evaluator(PUBLIC).sum(rows)
        shares = opened(total, quorum)
        exact = ckks.combine_exact(total, shares[::-1], 96)
        assert (exact == readings.sum(axis=0)).all()
        near = ckks.combine(total, shares, 96)
        assert np.abs(near - readings.sum(axis=0)).max() < 0.5


def test_floats_are_opened_within_the_flood() -> None:
    values = RNG.uniform(-5, 5, (6, RING.slots))
    rows = PUBLIC.encrypt_many(values, max_reading=5, scale_bits=84)
    total = ckks.Evaluator(PUBLIC).sum(rows)
    flood = ckks.Flood(40, 1000)
    got = ckks.combine(total, opened(total, (1, 2, 4), flood), flood=flood)
    error = np.abs(got - values.sum(axis=0)).max()
    assert 0 < error <= 3 * flood.error(total) < 1e-3


def test_fewer_or_others_open_nothing() -> None:
    total = ckks.Evaluator(PUBLIC).sum(
        PUBLIC.encrypt_rows(np.ones((6, 5), int), scale_bits=PARAMS.scale_bits)
    )
    shares = opened(total, (1, 2, 3))
    for wrong in (shares[:2], [*shares, shares[0]], shares[:1]):
        with pytest.raises((MisuseError, MalformedError)):
            assert not (ckks.combine_exact(total, wrong, 5) == 6).all()
            raise MisuseError("what two shares open to is nothing")
    mixed = [*shares[:2], *opened(total, (1, 2, 4))[2:]]
    with pytest.raises((MisuseError, AssertionError)):
        assert (np.abs(ckks.combine(total, mixed, 5) - 6) < 1000).all()
    other = PUBLIC.encrypt(np.ones(5, int), scale_bits=PARAMS.scale_bits)
    with pytest.raises(MisuseError, match="not a party of this key"):
        ckks.combine_exact(other, shares, 5)
    for quorum in ((1, 2), (1, 2, 3, 4), (2, 3, 4), (1, 2, 6)):
        with pytest.raises(MisuseError, match="not a party of this key"):
            SECRETS[0].decryption_share(ckks.Ledger(), total, quorum)
    for order in ((3, 2, 1), (1, 1, 2), (0, 1, 2)):
        with pytest.raises(MisuseError, match="quorum"):
            SECRETS[0].decryption_share(ckks.Ledger(), total, order)


def test_a_polynomial_is_answered_once_also_after_a_restart() -> None:
    rows = PUBLIC.encrypt_many(np.ones((6, 5), int), scale_bits=PARAMS.scale_bits)
    evaluator, ledger = ckks.Evaluator(PUBLIC), ckks.Ledger()
    total = evaluator.sum(rows)
    prepared = SECRETS[0].decryption_share(ledger, total, (1, 2, 3))
    for quorum in ((1, 2, 3), (1, 4, 5)):
        with pytest.raises(MisuseError, match="this polynomial has been answered"):
            SECRETS[0].decryption_share(ledger, total, quorum)
    assert ledger.answers == 1
    again = ckks.Ledger()
    again.replay(prepared.record)
    with pytest.raises(MisuseError, match="this polynomial has been answered"):
        SECRETS[0].decryption_share(again, total, (1, 2, 3))
    SECRETS[0].decryption_share(again, evaluator.sum(rows[:5]), (1, 2, 3))
    assert again.answers == 2
    with pytest.raises(MalformedError):
        ckks.Ledger().replay(prepared.record[:-1] + b"\0")
    few = ckks.Flood(40, 1)
    with pytest.raises(MisuseError, match="too many answers"):
        SECRETS[0].decryption_share(ledger, evaluator.sum(rows[:4]), (1, 2, 3), flood=few)


def test_secrets_are_stored_and_nothing_else_shows_them() -> None:
    secret = ckks.JointSecret.from_bytes(RING, SECRETS[1].to_bytes())
    assert (secret.number, secret.threshold, secret.parties) == (2, 3, 5)
    assert secret.key_id == PUBLIC.key_id == SECRETS[4].key_id
    assert repr(secret) == "<wattsum.ckks.JointSecret 2 of 5>"
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle"):
            act(secret)
    total = ckks.Evaluator(PUBLIC).sum(PUBLIC.encrypt_rows(np.full((6, 5), 7), scale_bits=PARAMS.scale_bits))
    shares = opened(total, (1, 2, 3))
    with pytest.raises(MalformedError, match="bytes|frame|truncated|short|long"):
        ckks.combine_exact(total, [shares[0][:-1], *shares[1:]])
    whole = [
        s.decryption_share(ckks.Ledger(), total, (1, 2, 3)).stored() for s in (SECRETS[0], secret, SECRETS[2])
    ]
    assert ckks.combine_exact(total, whole, 5).tolist() == [42] * 5
    damaged = bytearray(SECRETS[1].to_bytes())
    damaged[70] ^= 1
    with pytest.raises(MalformedError):
        ckks.JointSecret.from_bytes(RING, damaged)


def ceremony() -> tuple[link.Cohort, list[ckks.Joining], list[bytes]]:
    cohort = link.Cohort(PARAMS, meters=range(1, 7), last_round=95)
    begun = [ckks.Joining.begin(PARAMS, cohort.view, p.id, p.identity, p.link) for p in cohort.answerers]
    records = [step.record for step in begun]
    return cohort, [step.stored() for step in begun], records


def test_a_ceremony_names_who_changes_its_mind_and_goes_on_after_a_restart() -> None:
    cohort, joining, records = ceremony()
    seats = cohort.answerers
    with pytest.raises(QuorumError) as few:
        joining[0].close(seats[0].identity)
    assert (few.value.have, few.value.need) == (1, 5)
    seat = seats[1]
    resumed = ckks.Joining.resume(PARAMS, cohort.view, seat.id, seat.identity, seat.link, records[1])
    assert resumed.frame == joining[1].frame
    with pytest.raises(MalformedError):
        ckks.Joining.resume(PARAMS, cohort.view, seat.id, seat.identity, seat.link, records[1][:-1] + b"\0")
    joining[1] = resumed
    for step in joining:
        for other, sender in zip(joining, seats, strict=True):
            if other is not step:
                assert step.accept(other.frame) == sender.id
        assert step.missing() == []
    revealing = [step.close(seat.identity) for step, seat in zip(joining, seats, strict=True)]
    with pytest.raises(MisuseError, match="used up"):
        joining[0].close(seats[0].identity)
    shown = revealing[1].frame
    changed = shown[:-100] + bytes([shown[-100] ^ 1]) + shown[-99:]
    with pytest.raises(FaultError) as lie:
        revealing[0].accept(changed)
    assert lie.value.culprit == seats[1].id
    for second in revealing:
        for told in revealing:
            if told is not second:
                second.accept(told.frame)
    sharing = {seat.id: step.close() for seat, step in zip(seats, revealing, strict=True)}
    key = sharing[seats[0].id].public_key.to_bytes()
    statements = [sharing[seat.id].statement(seat.identity) for seat in seats]
    public = ckks.PublicKey.certified(PARAMS, cohort.view, key, [b"noise", *statements[2:]])
    assert public.to_bytes() == key
    with pytest.raises(QuorumError):
        ckks.PublicKey.certified(PARAMS, cohort.view, key, statements[:2])
    with pytest.raises(MalformedError, match="key: not the one that was stated"):
        ckks.PublicKey.certified(PARAMS, cohort.view, PUBLIC.to_bytes(), statements)
    receiver, frame = sharing[seats[0].id].frames[0]
    with pytest.raises(FaultError):
        sharing[receiver].accept(frame[:-1] + bytes([frame[-1] ^ 1]))
    assert sharing[receiver].accept(frame) == seats[0].id
    with pytest.raises(QuorumError):
        sharing[receiver].close()


def test_parameters_say_what_fits() -> None:
    assert (PARAMS.values, PARAMS.squares, PARAMS.ring) == ("integers", False, ckks.Ring("shared"))
    assert PARAMS.flood == ckks.Flood()
    other = PARAMS.with_flood(ckks.Flood(50, 100))
    assert other.flood == ckks.Flood(50, 100)
    assert len({PARAMS.session, other.session, ckks.Params(GROUP).session}) == 3
    assert other != PARAMS == ckks.Params(GROUP, THREE_OF_FIVE)
    assert ckks.Params(GROUP, ring=ckks.Ring("depth2")).with_squares().squares
    with pytest.raises(MisuseError, match=r"bits"):
        ckks.Params(GROUP, ring=ckks.Ring("sum"))
    with pytest.raises(MisuseError, match='values: expected "integers" or "reals"'):
        ckks.Params(GROUP, values="floats")  # type: ignore[arg-type]
