"""Holders that the beacon draws from the meters: nobody knew who when the roster was pinned."""

import numpy as np
import pytest
from answering import BEACON, BEACON_TIME, identity, secret
from world import DcnetWorld, group, ids

from wattsum import MisuseError, dcnet, link

SEATS = link.Threshold(4, 3, 1)


def drawn() -> dcnet.Params:
    return dcnet.Params.complete(group(), SEATS, holders="drawn")


def test_drawn_meters_open_the_sums() -> None:
    params = drawn()
    world = DcnetWorld.form(meters=9, channels=1, params=params)
    roster, view = world.cohort.view.roster, world.cohort.view
    seats = dcnet.committee(view.context, 9, 4)
    assert len(set(seats)) == 4
    assert roster.answerers == [roster.meters[seat] for seat in seats]
    assert [party.id for party in world.cohort.answerers] == roster.answerers
    assert {party.role for party in world.cohort.answerers} == {"meter"}
    readings = np.arange(9) * 100
    assert world.sum(0, readings) == link.Sum(0, [3600], 9)
    which = np.arange(9) != 4
    assert world.sum(1, readings, which, quorum=(2, 3, 4)) == link.Sum(1, [3200], 8)


def test_an_epoch_with_a_committee_is_formed_step_by_step() -> None:
    params, meters = drawn(), tuple(ids(6))
    forming = link.Forming(params, 5, 0)
    builder = link.RosterBuilder(forming)
    for party in (0, *meters):
        role: link.Role = "meter" if party else "utility"
        announcement = link.announce(forming, party, role, identity(party), secret(party).public)
        builder.add(party, role, identity(party).public, announcement)
    roster = builder.build()
    assert roster.answerers == []
    root = roster.sign_root(identity(0), 900, BEACON_TIME)
    stored = link.StoredRoot.accept(root, forming, identity(0).public, BEACON_TIME - 1).stored()
    view = roster.view(params, stored, BEACON, BEACON_TIME)
    other = roster.view(params, stored, bytes(32), BEACON_TIME)
    assert roster.answerers == []
    assert view.roster.answerers == [meters[seat] for seat in dcnet.committee(view.context, 6, 4)]
    assert view.roster.answerers != other.roster.answerers
    assert view.roster.roster_root == roster.roster_root
    # A device that is both takes its link secret twice.
    first = view.roster.answerers[0]
    own = secret(first)
    holder = dcnet.Holder(params, view, first, own.twin(), identity(first))
    meter = dcnet.Meter(params, view, first, own)
    assert (holder.number, meter.id) == (1, first)
    again = dcnet.Meter.from_bytes(params, view, meter.to_bytes())
    assert again.to_bytes() == meter.to_bytes()
    kept = dcnet.Holder.from_bytes(params, view, first, holder.to_bytes())
    assert kept.to_bytes() == holder.to_bytes()
    with pytest.raises(MisuseError, match="this link secret is used up"):
        own.twin()


def test_a_meter_that_was_not_drawn_holds_nothing() -> None:
    world = DcnetWorld.form(meters=9, params=drawn())
    view, params = world.cohort.view, world.params
    other = next(party for party in view.roster.meters if party not in view.roster.answerers)
    again = link.Cohort(params, ids(9), 900)
    stranger = next(p for p in again.meters if p.id not in again.view.roster.answerers)
    with pytest.raises(MisuseError, match="not in the roster"):
        dcnet.Holder(params, again.view, stranger.id, stranger.link)
    assert other in ids(9)


def test_the_committee_is_nobodys_choice() -> None:
    with pytest.raises(MisuseError, match="answerers: the beacon draws them"):
        link.Cohort(drawn(), ids(9), 900, answerers=[101, 104, 107, 110])
    with pytest.raises(MisuseError):
        link.Cohort(drawn(), ids(3), 900)  # fewer meters than seats
    context = bytes(range(32))
    assert dcnet.committee(context, 50, 7) == dcnet.committee(context, 50, 9)[:7]
    assert sorted(dcnet.committee(context, 50, 50)) == list(range(50))
    with pytest.raises(MisuseError):
        dcnet.committee(context, 3, 4)
    for holders in (-1, 256):
        with pytest.raises(MisuseError, match="holders: out of range"):
            dcnet.committee(context, 500, holders)
    with pytest.raises(MisuseError, match="context: expected 32 bytes"):
        dcnet.committee(b"", 5, 4)


def test_as_many_are_drawn_as_the_risk_asks_for() -> None:
    thousand = group(max_meters=1000)
    params = dcnet.Params.secure(thousand, colluding=0.1, holders="drawn")
    assert params.holders == "drawn"
    threshold = params.threshold
    assert threshold is not None
    f = threshold.colluding
    assert f is not None
    assert (threshold.answerers, threshold.threshold) == (3 * f + 1, 2 * f + 1)
    more = dcnet.Params.secure(thousand, colluding=0.1, security=60, holders="drawn").threshold
    assert more is not None
    assert more.answerers > threshold.answerers
    assert dcnet.Params.secure(thousand, threshold, colluding=0.1, holders="drawn") == params
    with pytest.raises(MisuseError):
        dcnet.Params.secure(thousand, SEATS, colluding=0.1, holders="drawn")  # far too few
    with pytest.raises(MisuseError):
        dcnet.Params.secure(thousand, holders="drawn")  # a third of all meters collude: no committee does
    again = dcnet.Params.drawn(
        thousand, params.degree, params.min_neighbours, threshold, colluding=0.1, holders="drawn"
    )
    assert again == params
    with pytest.raises(MisuseError, match="threshold: say how many are drawn"):
        dcnet.Params.complete(group(), holders="drawn")
    with pytest.raises(MisuseError, match="holders: expected one of named, drawn"):
        dcnet.Params.complete(group(), SEATS, holders="chosen")  # type: ignore[arg-type]
    assert drawn() != dcnet.Params.complete(group(), SEATS)
    assert drawn().session != dcnet.Params.complete(group(), SEATS).session


def test_without_holders_the_rule_is_named_unsafe() -> None:
    """The thesis' rule, for comparison with the ones that hold."""
    params = dcnet.Params.unsafe_without_holders(group())
    assert (params.threshold, params.holders) == (None, None)
    world = DcnetWorld.form(meters=6, params=params)
    assert (world.holders, world.cohort.answerers) == ([], [])
    readings = np.arange(6) * 10
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, readings))
    closed = world.utility.close(collecting)
    assert isinstance(closed, dcnet.Closed)
    assert closed.missing() == []
    assert world.utility.record(closed) == link.Sum(0, [150], 6)
    with pytest.raises(MisuseError, match="asked: this group has no holders"):
        world.utility.certify(closed)
    with pytest.raises(MisuseError, match="quorum: this group has no holders"):
        world.utility.ask(closed, [1, 2, 3])
    with pytest.raises(MisuseError, match="this protocol has none"):
        link.Cohort(params, ids(6), 900, answerers=[1])
    for degree in (1, -2, 2**32):
        with pytest.raises(MisuseError):
            dcnet.Params.unsafe_without_holders(group(max_meters=1000), degree)


def test_the_seconds_of_a_round() -> None:
    hours = link.Group(1, origin=1_700_000_000, period=3600)
    assert hours.interval(0) == (1_700_000_000, 1_700_003_600)
    assert hours.interval(24) == (1_700_086_400, 1_700_090_000)
    with pytest.raises(MisuseError):
        hours.interval(2**32)
    with pytest.raises(MisuseError):
        link.Group(1, origin=2**64 - 1, period=3600).interval(2**32 - 1)
