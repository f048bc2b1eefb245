"""Forming an epoch step by step, and what answerers refuse to a utility that tells two stories."""

from dataclasses import dataclass

import numpy as np
import pytest
from forming import ANSWERERS, BEACON, BEACON_TIME, METERS, Dcnet, gathered, identity, secret
from world import group

from wattsum import FaultError, MalformedError, MisuseError, dcnet, link

def test_a_roster_lists_meters_by_id_and_answerers_by_number() -> None:
    epoch = Dcnet.form()
    roster = epoch.view.roster
    assert (roster.meters, roster.answerers, len(roster)) == (list(METERS), list(ANSWERERS), 5)
    assert (roster.position(13), roster.position(3)) == (2, None)
    assert (epoch.view.epoch, epoch.view.first_round, epoch.view.last_round) == (5, 100, 200)


def test_the_context_follows_from_what_was_signed() -> None:
    epoch = Dcnet.form()
    roster = epoch.view.roster
    roots = (roster.roster_root, roster.answerers_root)
    context = link.epoch_context(epoch.params.session, 5, 100, 200, *roots, BEACON)
    assert epoch.view.context == context
    other = link.epoch_context(epoch.params.session, 5, 100, 201, *roots, BEACON)
    assert epoch.view.context != other


def test_a_whole_round_in_a_formed_epoch() -> None:
    epoch = Dcnet.form()
    utility, holders = epoch.utility(), [epoch.holder(party) for party in ANSWERERS]
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
    def to(cls, epoch: Dcnet, utility: dcnet.Utility) -> "Sent":
        sent = cls(utility.open(100, 100), [epoch.meter(party) for party in METERS], [])
        for meter in sent.meters:
            meter.open(100, sent.collecting.frame)
            sent.frames.append(meter.contribute(link.HighWater(), 100, 100, meter.id).stored())
        return sent


def test_a_holder_answers_one_set_a_round_also_after_a_restart() -> None:
    """Two sums that differ in one meter are that meter's reading."""
    epoch = Dcnet.form()
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

    holder = epoch.holder(ANSWERERS[0])
    holder.open(100, sent.collecting.frame)
    prepared = holder.answer(100, closed.frame)
    record, answer = prepared.record, prepared.stored()
    assert holder.answer(100, closed.frame).stored() == answer  # the same set may be asked for again
    restarted = epoch.holder(ANSWERERS[0])
    restarted.replay(record)
    restarted.open(100, sent.collecting.frame)
    for role in (holder, restarted):
        with pytest.raises(FaultError) as refused:
            role.answer(100, smaller.frame)
        assert refused.value.culprit == 0


def test_a_meter_repairs_once_also_after_a_restart() -> None:
    epoch = Dcnet.form()
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
    builder = gathered(forming, "holder")
    root = builder.build().sign_root(identity(0), 95, BEACON_TIME)
    utility = identity(0).public
    for now in (BEACON_TIME, BEACON_TIME + 1):
        with pytest.raises(FaultError) as late:
            link.StoredRoot.accept(root, forming, utility, now)
        assert late.value.culprit == 0
    with pytest.raises(FaultError):
        link.StoredRoot.accept(root, forming, identity(11).public, 0)
    with pytest.raises(MalformedError):
        link.StoredRoot.accept(root[:63], forming, utility, 0)
    with pytest.raises(MisuseError, match="used up"):
        builder.build()


def test_a_later_epoch_is_held_against_the_last_pinned_root() -> None:
    epoch = Dcnet.form()
    pinned = epoch.stored.stored()
    for number, first, fits in ((6, 201, True), (6, 200, False), (4, 201, False), (5, 201, False)):
        forming = link.Forming(epoch.params, number, first)
        root = gathered(forming, "holder").build().sign_root(identity(0), 300, BEACON_TIME + 9)
        accepted = (root, forming, identity(0).public, BEACON_TIME)
        link.StoredRoot.accept(*accepted)  # nothing is pinned
        if fits:
            link.StoredRoot.accept(*accepted, pinned)
            continue
        with pytest.raises(FaultError) as refused:
            link.StoredRoot.accept(*accepted, pinned)
        assert refused.value.culprit == 0


def test_another_rosters_view_is_refused() -> None:
    epoch = Dcnet.form()
    stranger = link.Cohort(epoch.params, METERS, 200).view.roster
    with pytest.raises(FaultError) as refused:
        stranger.view(epoch.params, epoch.stored.stored(), BEACON, BEACON_TIME)
    assert refused.value.culprit == 0


def test_announcements_that_do_not_fit_are_refused_and_change_nothing() -> None:
    forming = link.Forming(dcnet.Params.complete(group()), 0, 0)
    builder = link.RosterBuilder(forming)
    own, key = link.Identity.generate(), link.LinkSecret.generate()
    announcement = link.announce(forming, 11, "meter", own, key.public)
    with pytest.raises(FaultError) as wrong:
        builder.add(11, "meter", link.Identity.generate().public, announcement)
    assert wrong.value.culprit == 11
    with pytest.raises(MalformedError):
        builder.add(11, "meter", own.public, announcement[:63])
    builder.add(11, "meter", own.public, announcement)
    with pytest.raises(FaultError) as twice:
        builder.add(11, "meter", own.public, announcement)
    assert twice.value.culprit == 11
    with pytest.raises(MisuseError, match="role: expected one of"):
        builder.add(12, "king", own.public, announcement)  # type: ignore[arg-type]


def test_a_role_needs_the_secrets_that_were_announced_and_takes_no_others() -> None:
    epoch, params = Dcnet.form(), dcnet.Params.complete(group(max_missing_permille=399))
    of_meter, of_holder, of_utility = secret(METERS[1]), secret(ANSWERERS[1]), secret(0)
    for party in (METERS[0], ANSWERERS[1], 99):
        with pytest.raises(MisuseError, match="not in the roster"):
            dcnet.Meter(epoch.params, epoch.view, party, of_meter)
    for party in (ANSWERERS[0], METERS[1], 99):
        with pytest.raises(MisuseError, match="not in the roster"):
            dcnet.Holder(epoch.params, epoch.view, party, of_holder)
    own = identity(0)
    for other, key in ((identity(METERS[0]), of_utility), (own, secret(METERS[0]))):
        with pytest.raises(MisuseError, match="belongs to another role"):
            dcnet.Utility(epoch.params, epoch.view, other, key)
    for make in (
        lambda: dcnet.Meter(params, epoch.view, METERS[1], of_meter),
        lambda: dcnet.Holder(params, epoch.view, ANSWERERS[1], of_holder),
        lambda: dcnet.Utility(params, epoch.view, own, of_utility),
    ):
        with pytest.raises(MisuseError, match="not one of these parameters"):
            make()
    dcnet.Meter(epoch.params, epoch.view, METERS[1], of_meter)
    dcnet.Holder(epoch.params, epoch.view, ANSWERERS[1], of_holder)
    dcnet.Utility(epoch.params, epoch.view, own, of_utility)
    kept = secret(0)
    with pytest.raises(MisuseError, match="identity is used up"):
        dcnet.Utility(epoch.params, epoch.view, own, kept)
    dcnet.Utility(epoch.params, epoch.view, identity(0), kept)
    frames = np.zeros((1, epoch.params.contribution_len), np.uint8)
    [(row, error)] = epoch.utility().open(100, 100).accept_many(frames)
    assert row == 0
    assert isinstance(error, MalformedError)
