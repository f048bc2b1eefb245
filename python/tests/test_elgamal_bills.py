"""Sums over windows."""

import pickle

import numpy as np
import pytest
from elgamal_world import QUORUM, TABLE, World, group

from wattsum import FaultError, MisuseError, QuorumError, elgamal, link

PARAMS = elgamal.Params(
    link.Group(7, max_meters=256, max_reading=1_000_000, min_honest=4, max_missing_permille=400)
)
ROUNDS = 8


def world() -> World:
    return World.form(meters=8, params=PARAMS.with_windows(ROUNDS, 4))


def test_bills_are_each_meters_sum_over_a_window() -> None:
    """Two meters are silent in a round each; trustee 4 only follows, and can still be asked for the bills."""
    group_ = world()
    assert (group_.params.windows, PARAMS.windows) == ((ROUNDS, 4), None)
    assert group_.params.session != PARAMS.session
    readings = np.random.default_rng(4).integers(-1000, 10_000, (ROUNDS, 8))
    present = np.ones((ROUNDS, 8), bool)
    for round in range(ROUNDS):
        collecting = group_.open(round)
        which = present[round]
        assert collecting.accept_many(group_.contribute(round, readings[round], which)) == []
        closed = group_.utility.close(collecting, QUORUM)
        group_.trustees[3].follow(round, closed.frame, closed.contributions, closed.hints).stored()
        total = group_.answer(round, closed, QUORUM)
        assert total.values == (int(readings[round, which].sum()),)
        if round + 1 < ROUNDS:
            with pytest.raises(MisuseError):
                group_.utility.bill(0)

    books = group_.utility.books()
    assert [round for round, _ in books[0]] == list(range(ROUNDS))
    assert [trustee.books() for trustee in group_.trustees] == [books] * 4
    assert [trustee.entries for trustee in group_.trustees] == [2 * ROUNDS] * 3 + [ROUNDS]

    meters = group_.utility.billable(0)
    assert meters == group_.meters.ids
    billing = group_.utility.bill(0, meters, [1, 2, 4])
    now = ROUNDS
    for number in (1, 2, 4):
        agreed = group_.trustees[number - 1].agree_bill(now, billing.frame)
        assert billing.accept_statement(agreed.stored()) == number
    with pytest.raises(QuorumError):
        billing.bills(TABLE)
    for number in billing.missing():
        billing.accept(group_.trustees[number - 1].answer(billing.statements).stored())
    bills, spoilt = billing.bills(TABLE)
    assert spoilt == []
    sums = readings.sum(axis=0).tolist()
    assert bills == [link.Bill(id, ROUNDS, [total]) for id, total in zip(meters, sums, strict=True)]
    assert pickle.loads(pickle.dumps(bills)) == bills
    assert eval(repr(bills[0]), {"Bill": link.Bill}) == bills[0]

    with pytest.raises(MisuseError):
        group_.utility.bill(0, meters[:-1])
    again = group_.utility.bill(0)
    group_.utility.ask_bill(again, [1, 3, 4])
    assert again.missing() == [1, 3, 4]
    with pytest.raises(MisuseError, match="quorum: "):
        group_.utility.ask_bill(again, [1, 3])


def test_a_trustee_that_missed_a_round_catches_up() -> None:
    group_ = world()
    readings = np.arange(8)
    missed: tuple[bytes, elgamal.Closed] | None = None
    for round in range(2):
        collecting = group_.utility.open(round, round)
        for trustee in group_.trustees if round else group_.trustees[:3]:
            trustee.open(round, collecting.frame)
        assert collecting.accept_many(group_.contribute(round, readings)) == []
        if round:
            away = group_.trustees[3]
            assert away.missed() == 0
            assert group_.trustees[0].missed() is None
            assert missed is not None
            open_, closed = missed
            with pytest.raises(FaultError):
                away.catch_up(round, open_, closed.frame, closed.contributions[1:])
            assert away.catch_up(round, open_, closed.frame, closed.contributions).stored() is None
            assert away.missed() is None
        open_ = collecting.frame
        closed = group_.utility.close(collecting, QUORUM)
        group_.answer(round, closed, QUORUM)
        missed = open_, closed


def test_a_group_without_windows_has_no_bills() -> None:
    group_ = World.form()
    for act in (lambda: group_.utility.billable(0), lambda: group_.utility.bill(0)):
        with pytest.raises(MisuseError, match="window"):
            act()
    for rounds, least in ((8, 3), (3, 4), (0, 0), (2**32 - 1, 4)):
        with pytest.raises(MisuseError):
            PARAMS.with_windows(rounds, least)
    assert elgamal.Params(group()).bound(3) == 3_000_000
