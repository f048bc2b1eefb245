"""Meters that are absent for long leave by one Open, and return by one; those that come and go stay out."""

import numpy as np
import pytest
from world import DcnetWorld, ids

from wattsum import FaultError, MalformedError, MisuseError, dcnet, link


def sum_of(world: DcnetWorld, presence: dcnet.Presence, round: int, off: list[int]) -> tuple[link.Sum, int]:
    """A round of those who are named present, in which some are off; and how many repairs it took."""
    present = presence.present()
    on = ~np.isin(np.arange(len(present)), off)
    collecting = world.utility.open(round, round, present)
    assert collecting.present.tolist() == present.tolist()
    for holder in world.holders:
        holder.open(round, collecting.frame)
    world.meters.open(round, collecting.frame, on)
    frames = world.contribute(round, np.arange(len(present)), on & present)
    assert collecting.accept_many(frames) == []
    closed = world.close(round, collecting, on & present)
    world.meters.close(round, closed.frame, on)
    assert closed.members.tolist() == (on & present).tolist()
    assert closed.present.tolist() == present.tolist()
    presence.closed(closed)
    return world.answer(round, closed, (1, 2, 3)), world.repairs[-1]


def test_a_silent_meter_costs_repairs_until_it_is_named_absent() -> None:
    world = DcnetWorld.form(meters=8)
    presence = dcnet.Presence(world.utility)
    costs = [sum_of(world, presence, round, off=[2]) for round in range(4)]
    assert [total.meters for total, _ in costs] == [7, 7, 7, 7]
    assert [repairs for _, repairs in costs] == [7, 7, 0, 0]
    assert presence.absent() == [ids(8)[2]]
    assert presence.present().tolist() == [place != 2 for place in range(8)]


def test_a_meter_that_reports_returns() -> None:
    world = DcnetWorld.form(meters=8)
    presence = dcnet.Presence(world.utility, patience=1)
    sum_of(world, presence, 0, off=[2, 5])
    assert presence.absent() == [ids(8)[2], ids(8)[5]]
    sum_of(world, presence, 1, off=[5])  # it hears that it is absent
    which = np.arange(8) == 2
    [report] = world.meters.report(1, which)
    assert len(report) == 32
    assert link.Header.from_bytes(bytes(report)).kind == "entered"
    assert presence.accept(1, bytes(report)) == ids(8)[2]
    assert presence.absent() == [ids(8)[5]]
    total, _ = sum_of(world, presence, 2, off=[5])
    assert total.meters == 7


def test_reports_that_are_old_or_forged_name_their_sender() -> None:
    world = DcnetWorld.form(meters=8)
    presence = dcnet.Presence(world.utility, patience=1)
    absent = np.arange(8) == 2
    with pytest.raises(MisuseError) as early:
        sum_of(world, presence, 0, off=[])
        world.meters.report(0, absent)  # it is present
    assert early.value.__notes__ == ["row 2, meter 107"]
    late = DcnetWorld.form(meters=8)
    kept = late.meters.report(1, absent)  # one that has heard no Open does not know
    stranger = dcnet.Presence(late.utility, patience=1)
    assert stranger.accept(1, bytes(kept[0])) == 107
    sum_of(late, stranger, 1, off=[2])
    with pytest.raises(FaultError) as old:
        stranger.accept(1, bytes(kept[0]))  # of a round that it was missed in: the network has kept it
    assert old.value.culprit == 107
    assert stranger.absent() == [107]
    forged = kept[0].copy()
    forged[-1] ^= 1
    for bad in (bytes(forged), bytes(world.meters.report(1, np.arange(8) > 8).tobytes())):
        with pytest.raises((FaultError, MalformedError)):
            stranger.accept(1, bad)
    with pytest.raises(FaultError):
        presence.accept(1, bytes(kept[0]))  # another group's
    with pytest.raises(FaultError):
        stranger.accept(9, bytes(kept[0]))  # far from now


def test_a_list_survives_a_restart() -> None:
    world = DcnetWorld.form(meters=8)
    presence = dcnet.Presence(world.utility, patience=1)
    sum_of(world, presence, 0, off=[3])
    state = presence.to_bytes()
    again = dcnet.Presence.from_bytes(world.utility, state)
    assert again.to_bytes() == state
    assert again.absent() == presence.absent() == [ids(8)[3]]
    for length in range(0, len(state), 5):
        with pytest.raises(MalformedError, match="stored record"):
            dcnet.Presence.from_bytes(world.utility, state[:length])
    with pytest.raises(MalformedError, match="stored record"):
        dcnet.Presence.from_bytes(DcnetWorld.form(meters=8).utility, state)


@pytest.mark.parametrize("patience", [0, -1, 256])
def test_a_patience_that_cannot_be(patience: int) -> None:
    with pytest.raises(MisuseError, match="patience: "):
        dcnet.Presence(DcnetWorld.form().utility, patience)


def test_a_meter_that_was_named_absent_while_it_sent_stays_away() -> None:
    """Sums over sets that differ in one meter estimate its household: it takes no part in that."""
    world = DcnetWorld.form(meters=8)
    presence = dcnet.Presence(world.utility)
    sum_of(world, presence, 0, off=[])
    sum_of(world, presence, 1, off=[])
    cheating = np.arange(8) != 4
    collecting = world.utility.open(2, 2, cheating)
    world.meters.open(2, collecting.frame)
    collecting.accept_many(world.contribute(2, np.arange(8), cheating))
    assert world.utility.close(collecting)
    away = np.arange(8) == 4
    with pytest.raises(FaultError) as refused:
        world.meters.report(3, away)
    assert refused.value.culprit == 0
    back = world.utility.open(3, 3)
    world.meters.open(3, back.frame)
    with pytest.raises(FaultError) as silent:
        world.contribute(3, np.arange(8), away)
    assert silent.value.culprit == 0
    later = world.utility.open(98, 98)
    world.meters.open(98, later.frame)
    assert len(world.contribute(98, np.arange(8), away)) == 1


def test_a_meter_that_comes_and_goes_is_left_out() -> None:
    """Sixteen changes in 672 rounds are allowed; the utility stops one before the holders do."""
    world = DcnetWorld.form(meters=8)
    assert world.utility.left_out(0) == []
    for round in range(16):
        off = [2] if round % 2 else []
        present = ~np.isin(np.arange(8), off)
        collecting = world.utility.open(round, round)
        world.meters.open(round, collecting.frame)
        for holder in world.holders:
            holder.open(round, collecting.frame)
        collecting.accept_many(world.contribute(round, np.arange(8), present))
        closed = world.close(round, collecting, present)
        for holder in world.holders:
            assert holder.follow(round, closed.frame).stored() is None
    assert world.utility.left_out(16) == [107]
    state = world.utility.to_bytes()
    own = world.cohort.view
    assert len(state) > 8 * 32
    assert own.epoch == 0
    collecting = world.utility.open(16, 16)
    assert collecting.present.tolist() == [place != 2 for place in range(8)]
    assert world.utility.left_out(672) == []
