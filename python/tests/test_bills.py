"""Bills of windows from Python: whose, from how many answers, and what the rules keep together."""

from collections.abc import Sequence

import numpy as np
import pytest
from answering import ANSWERERS, SEVEN, Shamir, identity
from world import group, ids

from wattsum import FaultError, MisuseError, QuorumError, link, shamir

WINDOW = 6
METERS = tuple(ids(9))
RNG = np.random.default_rng(8)


def billed(channels: int = 1, window: int = WINDOW) -> Shamir:
    own = link.Group(7, channels=channels, max_meters=256, min_honest=4, max_missing_permille=400)
    params = shamir.Params(own, SEVEN, window=window, min_rounds=4)
    return Shamir(params, METERS)


def rounds(
    own: Shamir, first: int, count: int = WINDOW, deaf: Sequence[int] = ()
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.int64]], list[tuple[bytes, bytes]]]:
    """Rounds of all meters; every aggregator that hears agrees to each set."""
    readings = RNG.integers(-500, 5000, (count, len(METERS)))
    frames = []
    for round, row in enumerate(readings, first):
        collecting = own.collected(round, row.tolist(), deaf)
        closed = own.utility.close(collecting, own.utility.quorum([n for n in range(1, 8) if n not in deaf]))
        assert closed.members.all()
        assert closed.round == round
        frames.append((collecting.frame, closed.frame))
        for number, aggregator in enumerate(own.answerers, 1):
            if number in deaf:
                continue
            if number in closed.missing():
                closed.accept(aggregator.answer(round, closed.frame).stored())
            else:
                assert aggregator.follow(round, closed.frame).stored() is None
        assert own.utility.record(closed) == link.Sum(round, [int(row.sum())], len(METERS))
    return readings, frames


def test_a_bill_is_the_sum_of_the_rounds_that_have_the_meter() -> None:
    own = billed()
    assert (own.params.window, own.params.kappa) == (WINDOW, 4)
    readings, _ = rounds(own, 0)
    assert own.utility.billable(0) == list(METERS)
    billing = own.utility.bill(0)
    assert link.Header.from_bytes(billing.frame).kind == "window query"
    with pytest.raises(QuorumError) as early:
        billing.bills()
    assert (early.value.have, early.value.need) == (0, 5)
    assert billing.missing() == [1, 2, 3, 4, 5]
    for number in billing.missing():
        prepared = own.answerers[number - 1].bill(WINDOW, billing.frame)
        entry = link.LogEntry.from_bytes(prepared.record)
        assert (entry.form, entry.kind, entry.round) == ("bound", "shamir window", WINDOW - 1)
        assert billing.accept(prepared.stored()) == number
    bills = billing.bills()
    assert bills.meters.tolist() == list(METERS)
    assert bills.rounds.tolist() == [WINDOW] * len(METERS)
    assert (bills.values == readings.sum(axis=0)[:, None]).all()
    assert bills.values.dtype == np.int64
    assert (len(bills), bills.spoilt, bills.wrong, bills.check, bills.names) == (9, [], {}, "unchecked", 0)
    first = bills.bills[0]
    assert first == link.Bill(METERS[0], WINDOW, [int(readings[:, 0].sum())])


def test_answers_that_t_have_signed_for_give_bills_as_well() -> None:
    own = billed(channels=1)
    readings, _ = rounds(own, 0)
    billing = own.utility.certify_bill(0)
    assert billing.missing() == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(QuorumError):
        billing.certificate()
    for number, aggregator in enumerate(own.answerers, 1):
        statement = aggregator.agree_bill(WINDOW, billing.frame).stored()
        assert link.Header.from_bytes(statement).kind == "window statement"
        assert billing.accept_statement(statement) == ANSWERERS[number - 1]
    certificate = billing.certificate()
    for number, aggregator in enumerate(own.answerers[:6], 1):
        assert billing.accept(aggregator.answer_certified(certificate).stored()) == ANSWERERS[number - 1]
    bills = billing.bills()
    assert billing.missing() == [7]
    assert (bills.check, bills.wrong, bills.faults(), bills.spoilt) == ("detects", {}, [], [])
    assert (bills.values == readings.sum(axis=0)[:, None]).all()


def test_a_liar_among_seven_spoils_no_bill() -> None:
    own = billed()
    own.answerers[2] = own.liar(3)  # from before the first round: all its pads of the first meter are others
    readings = RNG.integers(0, 5000, (WINDOW, len(METERS)))
    for round, row in enumerate(readings):
        certified = own.utility.certify(own.collected(round, row.tolist()))
        for aggregator in own.answerers:
            certified.accept_statement(aggregator.agree(round, certified.frame).stored())
        certificate = certified.certificate()
        for aggregator in own.answerers:
            certified.accept(aggregator.answer_certified(certificate).stored())
        checked = own.utility.record_certified(certified)
        assert checked.sum.values == (int(row.sum()),)
        assert checked.wrong == (ANSWERERS[2],)
    billing = own.utility.certify_bill(0)
    for aggregator in own.answerers:
        billing.accept_statement(aggregator.agree_bill(WINDOW, billing.frame).stored())
    certificate = billing.certificate()
    for aggregator in own.answerers:
        billing.accept(aggregator.answer_certified(certificate).stored())
    bills = billing.bills()
    assert (bills.values == readings.sum(axis=0)[:, None]).all()
    assert (bills.check, bills.names, bills.spoilt) == ("names", 1, [])
    assert bills.wrong == {ANSWERERS[2]: 1}
    assert [fault.culprit for fault in bills.faults()] == [ANSWERERS[2]]


def test_a_window_is_asked_for_once() -> None:
    """Two bills that differ in a meter's rounds, or two lists of meters, subtract to readings."""
    own = billed()
    rounds(own, 0)
    billing = own.utility.bill(0)
    aggregator = own.answerers[0]
    aggregator.bill(WINDOW, billing.frame)
    for fewer in (METERS[:8], METERS[1:]):
        with pytest.raises(MisuseError):
            own.utility.bill(0, fewer)
    own.utility.bill(0, METERS, [3, 4, 5, 6, 7])  # another quorum for the same meters
    cheating = own.utility.to_bytes()
    again = shamir.Utility.from_bytes(own.params, own.view, identity(0), cheating)
    with pytest.raises(MisuseError):
        again.bill(0, METERS[:8])
    assert again.bill(0).frame == billing.frame


def test_bills_that_the_rules_do_not_allow() -> None:
    own = billed(window=7)
    rounds(own, 0, 6)
    with pytest.raises(MisuseError, match="present state"):
        own.utility.bill(0, METERS)  # the window is not over
    rounds(own, 6, 1)
    lists: tuple[Sequence[int], ...] = (METERS[:7], METERS[:1], [])
    for meters in lists:
        with pytest.raises(MisuseError):
            own.utility.bill(0, meters)
    with pytest.raises(MisuseError, match="not in the roster"):
        own.utility.bill(0, [*METERS[:8], 5])
    for first in (1, 7, 500):
        with pytest.raises(MisuseError):
            own.utility.billable(first)
        with pytest.raises(MisuseError):
            own.utility.bill(first)
    with pytest.raises(TypeError, match="meters: expected a sequence"):
        own.utility.bill(0, 101)  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="quorum"):
        own.utility.bill(0, METERS, [1, 2, 3])
    with pytest.raises(MisuseError, match="asked"):
        own.utility.certify_bill(0, METERS, [1, 2, 3])
    with pytest.raises(MisuseError, match="first"):
        own.utility.bill(2**32)
    assert own.utility.bill(0).missing() == [1, 2, 3, 4, 5]


def test_a_group_without_windows_has_no_bills() -> None:
    own = Shamir()
    assert (own.params.window, own.params.kappa) == (None, None)
    own.utility.close(own.collected(0))
    for act in (own.utility.books, own.answerers[0].books, lambda: own.utility.billable(0)):
        with pytest.raises(MisuseError):
            act()
    with pytest.raises(MisuseError):
        own.utility.bill(0, METERS)


def test_windows_that_cannot_be() -> None:
    four = link.Group(7, min_honest=4)
    for window, least in ((3, 4), (6, 3), (5, 4), (0, 0), (-1, 4), (2**32, 4), (2**40, 4)):
        with pytest.raises(MisuseError):
            shamir.Params(four, window=window, min_rounds=least)
    with pytest.raises(MisuseError, match="min_rounds: window goes with it"):
        shamir.Params(group(), window=6)
    with pytest.raises(MisuseError, match="window: min_rounds goes with it"):
        shamir.Params(group(), min_rounds=4)
    with pytest.raises(TypeError, match="window: expected an int, got float"):
        shamir.Params(group(), window=6.0, min_rounds=4)  # type: ignore[arg-type]
    four = link.Group(7, min_honest=4)
    with_windows = shamir.Params(four, window=6, min_rounds=4)
    assert with_windows != shamir.Params(four)
    assert with_windows.session != shamir.Params(four).session


def test_a_part_that_only_claims_a_sum_cannot_be_billed() -> None:
    """Bills need each meter's own frame: a round with sums of others is not closed, and the next ones are."""
    own = billed()
    collecting = own.collected(0, [1] * 9)
    whole = collecting.partial()
    again = billed()
    opened = again.utility.open(0, 0)
    assert opened.frame == collecting.frame  # the same parties, made again
    opened.add(whole)
    assert opened.missing() == []
    with pytest.raises(MisuseError):
        again.utility.close(opened)
    rounds(again, 1, 1)


def test_an_aggregator_that_missed_rounds_catches_up() -> None:
    own = billed()
    _, frames = rounds(own, 0, 4)
    _, missed = rounds(own, 4, 1, deaf=[7])
    late = own.answerers[6]
    assert late.missed is None
    collecting = own.collected(5, [3] * 9)
    assert late.missed == 4
    opened, closed = missed[0]
    prepared = late.catch_up(5, opened, closed)
    assert link.LogEntry.from_bytes(prepared.record).form == "agreed"
    assert prepared.stored() is None
    assert late.missed is None
    close = own.utility.close(collecting, [1, 2, 3, 4, 7])
    for number, aggregator in enumerate(own.answerers, 1):
        if number in (1, 2, 3, 4, 7):
            close.accept(aggregator.answer(5, close.frame).stored())
        else:
            aggregator.follow(5, close.frame)
    assert late.books() == own.utility.books() == own.answerers[0].books()
    [(first, book)] = late.books().items()
    assert (first, [round for round, _ in book]) == (0, list(range(6)))
    assert {len(digest) for _, digest in book} == {32}
    with pytest.raises(FaultError):
        late.catch_up(5, opened, closed[:-1] + b"\0")
    billing = own.utility.bill(0, quorum=[1, 2, 3, 4, 7])
    for number in billing.missing():
        billing.accept(own.answerers[number - 1].bill(6, billing.frame).stored())
    assert len(billing.bills()) == 9
    assert len(frames) == 4


def test_an_aggregator_whose_sets_are_others_bills_nothing() -> None:
    own = billed()
    rounds(own, 0, 4)
    rounds(own, 4, 1, deaf=[7])
    collecting = own.collected(5, [3] * 9, deaf=[7])
    close = own.utility.close(collecting)
    for aggregator in own.answerers[:6]:
        aggregator.follow(5, close.frame)
    billing = own.utility.bill(0, quorum=[1, 2, 3, 4, 7])
    with pytest.raises(FaultError) as refused:
        own.answerers[6].bill(6, billing.frame)
    assert refused.value.culprit == 0
    assert own.answerers[0].bill(6, billing.frame).stored()


def test_a_restart_in_the_middle_of_a_window_costs_no_bill() -> None:
    """Utility and aggregators go on from their states; the sums over time are in them."""
    own = billed()
    first, _ = rounds(own, 0, 3)
    states = [aggregator.to_bytes() for aggregator in own.answerers]
    own.answerers = [
        shamir.Aggregator.from_bytes(own.params, own.view, party, identity(party), state)
        for party, state in zip(ANSWERERS, states, strict=True)
    ]
    own.utility = shamir.Utility.from_bytes(own.params, own.view, identity(0), own.utility.to_bytes())
    own.meters = [shamir.Meter.from_bytes(own.params, own.view, meter.to_bytes()) for meter in own.meters]
    second, _ = rounds(own, 3, 3)
    billing = own.utility.bill(0)
    for number in billing.missing():
        billing.accept(own.answerers[number - 1].bill(6, billing.frame).stored())
    assert (billing.bills().values == (first.sum(axis=0) + second.sum(axis=0))[:, None]).all()


def test_tampered_answers_to_a_query_name_their_aggregator() -> None:
    own = billed()
    rounds(own, 0)
    billing = own.utility.bill(0)
    answer = bytearray(own.answerers[1].bill(6, billing.frame).stored())
    answer[-30] ^= 1
    with pytest.raises(FaultError) as refused:
        billing.accept(answer)
    assert refused.value.culprit == ANSWERERS[1]
    assert billing.missing() == [1, 2, 3, 4, 5]
    answer[-30] ^= 1
    assert billing.accept(answer) == 2
    with pytest.raises(FaultError):
        own.answerers[0].bill(6, bytes(billing.frame[:-1]) + b"\0")
