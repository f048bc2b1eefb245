"""Forming an epoch step by step, and what answerers refuse to a utility that tells two stories."""

from dataclasses import dataclass

import numpy as np
import pytest
from world import group

from wattsum import FaultError, MalformedError, MisuseError, dcnet, link

METERS = (11, 12, 13, 14, 15)
HOLDERS = (3, 1, 2, 4)  # number a is the a-th of them
BEACON_TIME = 1_700_000_000
BEACON = bytes(range(32))


def seed(party: int, purpose: int) -> bytes:
    return bytes([purpose]) + party.to_bytes(4, "little") + bytes(27)


@dataclass
class Formed:
    """An epoch whose parties can be made again: a test's way to a cheating utility or a restart."""

    params: dcnet.Params
    view: link.EpochView
    stored: link.Prepared[link.StoredRoot]

    @staticmethod
    def identity(party: int) -> link.Identity:
        return link.Identity.from_bytes(seed(party, 1))

    @staticmethod
    def link(party: int) -> link.LinkSecret:
        return link.LinkSecret.from_bytes(seed(party, 2))

    def utility(self) -> dcnet.Utility:
        return dcnet.Utility(self.params, self.view, self.identity(0), self.link(0))

    def holder(self, party: int) -> dcnet.Holder:
        return dcnet.Holder(self.params, self.view, party, self.link(party))

    def meter(self, party: int) -> dcnet.Meter:
        return dcnet.Meter(self.params, self.view, party, self.link(party))


def gathered(forming: link.Forming) -> link.RosterBuilder:
    builder = link.RosterBuilder(forming)
    for party in (0, *reversed(METERS), *HOLDERS):
        role: link.Role = "utility" if party == 0 else "meter" if party in METERS else "holder"
        identity, public = Formed.identity(party), Formed.link(party).public
        announcement = link.announce(forming, party, role, identity, public)
        builder.add(party, role, identity.public, announcement)
    return builder


def formed() -> Formed:
    params = dcnet.Params.complete(group())
    forming = link.Forming(params, epoch=5, first_round=100)
    roster = gathered(forming).build()
    assert (roster.meters, roster.answerers, len(roster)) == (list(METERS), list(HOLDERS), 5)
    assert (roster.position(13), roster.position(3)) == (2, None)
    root = roster.sign_root(Formed.identity(0), last_round=200, beacon_time=BEACON_TIME)
    stored = link.StoredRoot.accept(root, forming, Formed.identity(0).public, BEACON_TIME - 1)
    again = link.StoredRoot.from_bytes(stored.record)
    view = roster.view(params, again, BEACON, BEACON_TIME)
    assert (view.epoch, view.first_round, view.last_round) == (5, 100, 200)
    return Formed(params, view, stored)


def test_the_context_follows_from_what_was_signed() -> None:
    epoch = formed()
    roster = epoch.view.roster
    roots = (roster.roster_root, roster.answerers_root)
    context = link.epoch_context(epoch.params.session, 5, 100, 200, *roots, BEACON)
    assert epoch.view.context == context
    other = link.epoch_context(epoch.params.session, 5, 100, 201, *roots, BEACON)
    assert epoch.view.context != other


def test_a_whole_round_in_a_formed_epoch() -> None:
    epoch = formed()
    utility, holders = epoch.utility(), [epoch.holder(party) for party in HOLDERS]
    collecting = utility.open(100, 100)
    for holder in holders:
        holder.open(100, collecting.frame)
    for party in METERS:
        meter = epoch.meter(party)
        meter.open(100, collecting.frame)
        collecting.accept(meter.contribute(link.HighWater(), 100, 100, party).stored())
    closed = utility.close(collecting)
    assert isinstance(closed, dcnet.Closed)
    for number in closed.missing():
        closed.accept(holders[number - 1].answer(100, closed.frame).stored())
    assert utility.record(closed).values == (sum(METERS),)


@dataclass
class Sent:
    """A round in which every meter has sent."""

    collecting: dcnet.Collecting
    meters: list[dcnet.Meter]
    frames: list[bytes]

    @classmethod
    def to(cls, epoch: Formed, utility: dcnet.Utility) -> "Sent":
        sent = cls(utility.open(100, 100), [epoch.meter(party) for party in METERS], [])
        for meter in sent.meters:
            meter.open(100, sent.collecting.frame)
            sent.frames.append(meter.contribute(link.HighWater(), 100, 100, meter.id).stored())
        return sent


def test_a_holder_answers_one_set_a_round_also_after_a_restart() -> None:
    """Two sums that differ in one meter are that meter's reading."""
    epoch = formed()
    honest, cheating = epoch.utility(), epoch.utility()
    sent = Sent.to(epoch, honest)
    second = cheating.open(100, 100)
    assert second.frame == sent.collecting.frame
    for frame in sent.frames:
        sent.collecting.accept(frame)
    for frame in sent.frames[1:]:
        second.accept(frame)
    closed, repairing = honest.close(sent.collecting), cheating.close(second)
    assert isinstance(closed, dcnet.Closed)
    assert isinstance(repairing, dcnet.Repairing)
    for meter in sent.meters[1:]:
        repairing.accept(meter.close(100, repairing.frame).stored() or b"no repair")
    smaller = cheating.close_again(repairing)
    assert isinstance(smaller, dcnet.Closed)

    holder = epoch.holder(HOLDERS[0])
    holder.open(100, sent.collecting.frame)
    prepared = holder.answer(100, closed.frame)
    record, answer = prepared.record, prepared.stored()
    assert holder.answer(100, closed.frame).stored() == answer  # the same set may be asked for again
    restarted = epoch.holder(HOLDERS[0])
    restarted.replay(record)
    restarted.open(100, sent.collecting.frame)
    for role in (holder, restarted):
        with pytest.raises(FaultError) as refused:
            role.answer(100, smaller.frame)
        assert refused.value.culprit == 0


def test_a_meter_repairs_once_also_after_a_restart() -> None:
    epoch = formed()
    utility = epoch.utility()
    sent = Sent.to(epoch, utility)
    for frame in sent.frames[1:]:
        sent.collecting.accept(frame)
    repairing = utility.close(sent.collecting)
    prepared = sent.meters[1].close(100, repairing.frame)
    restarted = epoch.meter(METERS[1])
    restarted.replay(prepared.record)
    with pytest.raises(MisuseError, match="present state"):
        restarted.contribute(link.HighWater(), 100, 100, 1)
    with pytest.raises(FaultError, match="closed"):
        restarted.open(100, sent.collecting.frame)


def test_a_root_must_come_before_its_beacon_and_be_the_utilitys() -> None:
    forming = link.Forming(dcnet.Params.complete(group()), 0, 0)
    builder = gathered(forming)
    root = builder.build().sign_root(Formed.identity(0), 95, BEACON_TIME)
    utility = Formed.identity(0).public
    for now in (BEACON_TIME, BEACON_TIME + 1):
        with pytest.raises(FaultError) as late:
            link.StoredRoot.accept(root, forming, utility, now)
        assert late.value.culprit == 0
    with pytest.raises(FaultError):
        link.StoredRoot.accept(root, forming, Formed.identity(11).public, 0)
    with pytest.raises(MalformedError):
        link.StoredRoot.accept(root[:63], forming, utility, 0)
    with pytest.raises(MisuseError, match="used up"):
        builder.build()


def test_another_rosters_view_is_refused() -> None:
    epoch = formed()
    stranger = link.Cohort(epoch.params, METERS, 200).view.roster
    with pytest.raises(FaultError) as refused:
        stranger.view(epoch.params, epoch.stored.stored(), BEACON, BEACON_TIME)
    assert refused.value.culprit == 0


def test_announcements_that_do_not_fit_are_refused_and_change_nothing() -> None:
    forming = link.Forming(dcnet.Params.complete(group()), 0, 0)
    builder = link.RosterBuilder(forming)
    identity, secret = link.Identity.generate(), link.LinkSecret.generate()
    announcement = link.announce(forming, 11, "meter", identity, secret.public)
    with pytest.raises(FaultError) as wrong:
        builder.add(11, "meter", link.Identity.generate().public, announcement)
    assert wrong.value.culprit == 11
    with pytest.raises(MalformedError):
        builder.add(11, "meter", identity.public, announcement[:63])
    builder.add(11, "meter", identity.public, announcement)
    with pytest.raises(FaultError) as twice:
        builder.add(11, "meter", identity.public, announcement)
    assert twice.value.culprit == 11
    with pytest.raises(MisuseError, match="role: expected one of"):
        builder.add(12, "king", identity.public, announcement)  # type: ignore[arg-type]


def test_a_role_needs_the_link_secret_that_was_announced() -> None:
    epoch = formed()
    with pytest.raises(MisuseError, match="not in the roster"):
        dcnet.Meter(epoch.params, epoch.view, METERS[0], epoch.link(METERS[1]))
    with pytest.raises(MisuseError, match="not in the roster"):
        dcnet.Meter(epoch.params, epoch.view, 99, epoch.link(METERS[1]))
    frames = np.zeros((1, epoch.params.contribution_len), np.uint8)
    [(row, error)] = epoch.utility().open(100, 100).accept_many(frames)
    assert row == 0
    assert isinstance(error, MalformedError)
