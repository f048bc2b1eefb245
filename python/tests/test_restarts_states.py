"""Whole states of roles: what goes on from them, and what does not."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from forming import ANSWERERS, BEACON, BEACON_TIME, METERS, Dcnet, Shamir, identity, secret, stored_root
from world import DcnetWorld, ShamirWorld, group

from wattsum import Error, FaultError, MalformedError, MisuseError, dcnet, link, shamir


def dcnet_round(
    utility: dcnet.Utility,
    holders: Sequence[dcnet.Holder],
    meters: Sequence[dcnet.Meter],
    marks: Sequence[link.HighWater],
    round: int,
    restart: Callable[[Sequence[dcnet.Meter]], Sequence[dcnet.Meter]] = lambda meters: meters,
) -> link.Sum:
    collecting = utility.open(round, round)
    for holder in holders:
        holder.open(round, collecting.frame)
    for meter in meters:
        meter.open(round, collecting.frame)
    meters = restart(meters)
    for meter, mark in zip(meters[1:], marks[1:], strict=True):
        collecting.accept(meter.contribute(mark, round, round, 7).stored())
    meters = restart(meters)
    closing = utility.close(utility.reopen(collecting.to_bytes()))
    while isinstance(closing, dcnet.Repairing):
        for meter in meters[1:]:
            repair = meter.close(round, closing.frame).stored()
            assert repair is not None
            closing.accept(repair)
        closing = utility.close_again(closing)
        meters = restart(meters)
    for number in closing.missing():
        closing.accept(holders[number - 1].answer(round, closing.frame).stored())
    return utility.record(closing)


def test_all_of_a_dcnet_group_goes_on_from_states_in_the_middle_of_a_round() -> None:
    """Meters between Open, contribution and repair; the utility between contributions and Close."""
    epoch = Dcnet.form()
    params, view = epoch.params, epoch.view

    def again(meters: Sequence[dcnet.Meter]) -> list[dcnet.Meter]:
        return [dcnet.Meter.from_bytes(params, view, meter.to_bytes()) for meter in meters]

    marks = [link.HighWater() for _ in METERS]
    utility, holders = epoch.utility(), [epoch.holder(party) for party in ANSWERERS]
    meters: Sequence[dcnet.Meter] = [epoch.meter(party) for party in METERS]
    for round in (100, 101, 110, 199):  # over ratchet steps of 96 rounds
        assert dcnet_round(utility, holders, meters, marks, round, again) == link.Sum(round, [28], 4)
        utility = dcnet.Utility.from_bytes(params, view, identity(0), utility.to_bytes())
        holders = [
            dcnet.Holder.from_bytes(params, view, party, holder.to_bytes())
            for party, holder in zip(ANSWERERS, holders, strict=True)
        ]
        assert [holder.number for holder in holders] == [1, 2, 3, 4]
        meters = again(meters)
        assert [meter.id for meter in meters] == list(METERS)


def test_a_state_of_before_a_close_repairs_once_more_unless_its_record_is_replayed() -> None:
    """That is why the record is stored first: two repairs over two sets subtract to pads."""
    epoch = Dcnet.form()
    utility, meter = epoch.utility(), epoch.meter(METERS[1])
    others = [epoch.meter(party) for party in METERS[2:]]
    collecting = utility.open(100, 100)
    for each in (meter, *others):
        each.open(100, collecting.frame)
        collecting.accept(each.contribute(link.HighWater(), 100, 100, 7).stored())
    before = meter.to_bytes()
    repairing = utility.close(collecting)
    record = meter.close(100, repairing.frame).record
    careless = dcnet.Meter.from_bytes(epoch.params, epoch.view, before)
    assert careless.close(100, repairing.frame).stored() is not None
    careful = dcnet.Meter.from_bytes(epoch.params, epoch.view, before)
    careful.replay(record)
    assert careful.close(100, repairing.frame).stored() is None


def test_a_state_of_before_a_contribution_does_not_unlock_the_interval() -> None:
    """The device's mark is stored by itself, and guards it: one pad over two readings gives both away."""
    world = Shamir.form()
    meter, mark = world.meter(METERS[0]), link.HighWater()
    before = meter.to_bytes()
    prepared = meter.contribute(mark, 100, 100, 1)
    again = shamir.Meter.from_bytes(world.params, world.view, before)
    with pytest.raises(MisuseError, match="contributed already"):
        again.contribute(mark, 100, 100, 2)
    replayed = link.HighWater()
    replayed.replay(prepared.record)
    with pytest.raises(MisuseError, match="contributed already"):
        again.contribute(replayed, 100, 100, 2)
    later = shamir.Meter.from_bytes(world.params, world.view, meter.to_bytes())
    with pytest.raises(MisuseError):
        later.contribute(link.HighWater(), 100, 100, 2)  # the state knows too
    assert later.contribute(replayed, 101, 101, 2).stored()


def test_a_shamir_group_goes_on_from_states() -> None:
    epoch = Shamir.form()
    params, view = epoch.params, epoch.view
    utility, aggregators = epoch.utility(), epoch.aggregators()
    meters, marks = [epoch.meter(party) for party in METERS], [link.HighWater() for _ in METERS]
    for round in (100, 101, 197):
        collecting = utility.open(round, round)
        for meter, mark in zip(meters, marks, strict=True):
            collecting.accept(meter.contribute(mark, round, round, meter.id).stored())
        state, opened = utility.to_bytes(), collecting.to_bytes()
        utility = shamir.Utility.from_bytes(params, view, identity(0), state)
        collecting = utility.reopen(opened)
        for aggregator in aggregators:
            aggregator.open(round, collecting.frame)
        aggregators = [
            shamir.Aggregator.from_bytes(params, view, party, identity(party), aggregator.to_bytes())
            for party, aggregator in zip(ANSWERERS, aggregators, strict=True)
        ]
        for aggregator in aggregators:
            aggregator.open(round, collecting.frame)  # the round that is open is not in the state
        closed = utility.close(collecting)
        for number in closed.missing():
            closed.accept(aggregators[number - 1].answer(round, closed.frame).stored())
        assert utility.record(closed) == link.Sum(round, [sum(METERS)], 5)
        meters = [shamir.Meter.from_bytes(params, view, meter.to_bytes()) for meter in meters]


def test_a_utility_from_its_state_opens_no_round_twice() -> None:
    for form in (Shamir.form, Dcnet.form):
        epoch = form()
        utility = epoch.utility()
        collecting = utility.open(100, 100)
        state, stored = utility.to_bytes(), collecting.to_bytes()
        kind: Any = type(utility)
        again = kind.from_bytes(epoch.params, epoch.view, identity(0), state)
        with pytest.raises(MisuseError, match="present state"):
            again.open(100, 100, [True, True, True, True, False])
        assert again.reopen(stored).frame == collecting.frame
        assert again.progress() == utility.progress()
        older = epoch.utility()  # its progress was not stored
        assert older.reopen(stored).frame == collecting.frame
        with pytest.raises(MisuseError, match="present state"):
            older.open(100, 100)


def test_many_meters_go_on_from_their_states() -> None:
    for world in (DcnetWorld.form(), ShamirWorld.form()):
        assert world.sum(0, np.arange(6)).values == (15,)
        states = world.meters.to_bytes()
        assert len(states) == 6
        kind: Any = type(world.meters)
        order = [3, 1, 0]
        epoch: Any = world.params, world.cohort.view
        some = kind.from_bytes(*epoch, [states[row] for row in order])
        assert some.ids == [world.meters.ids[row] for row in order]
        with pytest.raises(MisuseError, match="states: a meter stands twice"):
            kind.from_bytes(*epoch, [states[0], states[1], states[0]])
        with pytest.raises(MalformedError) as refused:
            kind.from_bytes(*epoch, [states[0], states[1][:-1]])
        assert refused.value.__notes__ == ["states: row 1"]
        with pytest.raises(TypeError, match="states: expected"):
            kind.from_bytes(*epoch, 7)
        world.meters = kind.from_bytes(*epoch, states)
        assert world.sum(1, np.arange(6)).values == (15,)


def test_many_meters_replay_their_closes() -> None:
    world = DcnetWorld.form()
    collecting = world.open(0)
    states = world.meters.to_bytes()
    collecting.accept_many(world.contribute(0, np.arange(6), np.arange(6) > 0))
    repairing = world.utility.close(collecting)
    records = world.meters.close(0, repairing.frame, np.arange(6) > 0).records
    again = dcnet.Meters.from_bytes(world.params, world.cohort.view, states)
    again.replay([1, 2, 3, 4, 5], records)
    for row in range(1, 6):
        assert len(again.close(0, repairing.frame, np.arange(6) == row).stored()) == 0
    with pytest.raises(MisuseError, match="records: expected a row for each of rows"):
        again.replay([1, 2], records)
    with pytest.raises(MisuseError, match="rows: out of range"):
        again.replay([6], records[:1])


Restore = Callable[[bytes | bytearray], object]


def restores() -> list[tuple[str, bytes, Restore]]:
    """Every state, and what makes a role of it again."""
    d, s = Dcnet.form(), Shamir.form()
    holder, aggregator = ANSWERERS[0], ANSWERERS[0]
    return [
        ("dcnet.Meter", d.meter(METERS[0]).to_bytes(), lambda b: dcnet.Meter.from_bytes(d.params, d.view, b)),
        (
            "dcnet.Holder",
            d.holder(holder).to_bytes(),
            lambda b: dcnet.Holder.from_bytes(d.params, d.view, holder, b),
        ),
        (
            "dcnet.Utility",
            d.utility().to_bytes(),
            lambda b: dcnet.Utility.from_bytes(d.params, d.view, identity(0), b),
        ),
        (
            "shamir.Meter",
            s.meter(METERS[0]).to_bytes(),
            lambda b: shamir.Meter.from_bytes(s.params, s.view, b),
        ),
        (
            "shamir.Aggregator",
            s.aggregators()[0].to_bytes(),
            lambda b: shamir.Aggregator.from_bytes(s.params, s.view, aggregator, identity(aggregator), b),
        ),
        (
            "shamir.Utility",
            s.utility().to_bytes(),
            lambda b: shamir.Utility.from_bytes(s.params, s.view, identity(0), b),
        ),
    ]


@pytest.mark.parametrize("which", range(6))
def test_a_damaged_or_foreign_state_is_malformed(which: int) -> None:
    all_states = restores()
    name, state, restore = all_states[which]
    assert restore(state) is not None
    for length in {*range(0, len(state), 37), len(state) - 1}:
        with pytest.raises(MalformedError, match="stored record"):
            restore(state[:length])
    for place in range(0, len(state), 23):
        bad = bytearray(state)
        bad[place] ^= 1
        with pytest.raises(MalformedError, match="stored record"):
            restore(bad)
    with pytest.raises(MalformedError, match="stored record"):
        restore(state + b"\0")
    for other, foreign, _ in all_states:
        if other != name:
            with pytest.raises(MalformedError, match="stored record"):
                restore(foreign)
    with pytest.raises(TypeError, match="state: expected bytes"):
        restore("state")  # type: ignore[arg-type]


def test_a_state_with_a_right_checksum_and_wrong_contents_is_refused() -> None:
    """Nobody but the owner writes states; still nothing crashes."""
    from answering import checksum

    rng = np.random.default_rng(3)
    for _, state, restore in restores():
        for _ in range(60):
            bad = bytearray(state)
            for place in rng.integers(33, len(state) - 4, rng.integers(1, 4)):
                bad[place] = rng.integers(0, 256)
            bad[-4:] = checksum(bytes(bad[:-4]))
            try:
                restore(bytes(bad))
            except Error:
                continue


def test_a_refused_state_uses_up_no_identity() -> None:
    epoch = Shamir.form()
    state, own = epoch.utility().to_bytes(), identity(0)
    party = ANSWERERS[0]
    with pytest.raises(MalformedError):
        shamir.Utility.from_bytes(epoch.params, epoch.view, own, state[:-1])
    other = shamir.Params(group(max_missing_permille=399))
    with pytest.raises(MisuseError, match="not one of these parameters"):
        shamir.Utility.from_bytes(other, epoch.view, own, state)
    with pytest.raises(MisuseError, match="belongs to another role"):
        shamir.Utility.from_bytes(epoch.params, epoch.view, identity(party), state)
    shamir.Utility.from_bytes(epoch.params, epoch.view, own, state)
    with pytest.raises(MisuseError, match="this identity is used up"):
        shamir.Utility.from_bytes(epoch.params, epoch.view, own, state)
    state, own = epoch.aggregators()[0].to_bytes(), identity(party)
    with pytest.raises(MisuseError, match="not in the roster"):
        shamir.Aggregator.from_bytes(epoch.params, epoch.view, party, identity(ANSWERERS[1]), state)
    with pytest.raises(MalformedError):
        shamir.Aggregator.from_bytes(epoch.params, epoch.view, ANSWERERS[1], identity(ANSWERERS[1]), state)
    shamir.Aggregator.from_bytes(epoch.params, epoch.view, party, own, state)


def test_states_hold_the_secrets_that_links_did() -> None:
    """They are as good as the link secret for the rest of the epoch, so nothing else shows them."""
    epoch = Dcnet.form()
    for role in (epoch.meter(METERS[0]), epoch.holder(ANSWERERS[0]), epoch.utility()):
        state = role.to_bytes()
        assert isinstance(state, bytes)
        assert len(repr(role)) < 60
        assert bytes(secret(METERS[0]).public) not in state


def test_another_epochs_view_takes_no_state() -> None:
    epoch = Dcnet.form()
    state = epoch.meter(METERS[0]).to_bytes()
    roster, stored = stored_root(epoch.params, "holder")
    other = roster.view(epoch.params, stored.stored(), bytes(32), BEACON_TIME)
    assert other.context != epoch.view.context
    assert BEACON != bytes(32)
    with pytest.raises(MalformedError, match="stored record"):
        dcnet.Meter.from_bytes(epoch.params, other, state)
