"""What a restart needs: every record of a log, and how far the rounds have come."""

from collections.abc import Callable, Sequence

import pytest
from forming import ANSWERERS, METERS, Dcnet, Shamir

from wattsum import FaultError, MalformedError, MisuseError, dcnet, link, shamir

Logs = list[list[bytes]]


def sum_of(
    utility: shamir.Utility,
    aggregators: list[shamir.Aggregator],
    round: int,
    frames: Sequence[bytes],
    logs: Logs | None = None,
) -> link.Sum:
    """A round over the frames that the utility chooses to count."""
    collecting = utility.open(round, round)
    for aggregator in aggregators:
        aggregator.open(round, collecting.frame)
    for frame in frames:
        collecting.accept(frame)
    closed = utility.close(collecting)
    for number in closed.missing():
        prepared = aggregators[number - 1].answer(round, closed.frame)
        if logs is not None:
            logs[number - 1].append(prepared.record)
        closed.accept(prepared.stored())
    return utility.record(closed)


def last_alone(log: list[bytes]) -> list[bytes]:
    return log[-1:]


def all_of_it(log: list[bytes]) -> list[bytes]:
    return log


def backwards(log: list[bytes]) -> list[bytes]:
    return log[::-1]


@pytest.mark.parametrize("part", [last_alone, all_of_it, backwards])
def test_an_aggregator_replays_every_record(part: Callable[[list[bytes]], list[bytes]]) -> None:
    """Without the record of round 100 it answers that round again, over one meter less: that meter's reading."""
    epoch = Shamir.form()
    meters, marks = [epoch.meter(party) for party in METERS], [link.HighWater() for _ in METERS]
    frames = {
        round: [
            meter.contribute(mark, round, round, 1000 + meter.id).stored()
            for meter, mark in zip(meters, marks, strict=True)
        ]
        for round in (100, 101)
    }
    logs: Logs = [[] for _ in ANSWERERS]
    utility, aggregators = epoch.utility(), epoch.aggregators()
    whole = sum_of(utility, aggregators, 100, frames[100], logs)
    sum_of(utility, aggregators, 101, frames[101], logs)
    assert [len(log) for log in logs] == [2, 2, 2, 0]

    restarted = epoch.aggregators()
    for aggregator, log in zip(restarted, logs, strict=True):
        for record in part(log):
            aggregator.replay(record)
    cheating = epoch.utility()
    if part is last_alone:
        smaller = sum_of(cheating, restarted, 100, frames[100][1:])
        assert whole.values[0] - smaller.values[0] == 1000 + METERS[0]
    else:
        with pytest.raises(FaultError, match="two different messages") as refused:
            sum_of(cheating, restarted, 100, frames[100][1:])
        assert refused.value.culprit == 0
        assert sum_of(epoch.utility(), restarted, 100, frames[100]) == whole  # what was said may be said again


def test_a_mark_replays_every_record() -> None:
    """Two sessions read a channel each of one device, whose log the last record alone does not stand for."""
    epoch = Shamir.form()
    log, mark = [], link.HighWater(2)
    for channel in (0, 1):
        log.append(epoch.meter(METERS[0], channel).contribute(mark, 100, 100, 1).record)
    forgetful, careful = link.HighWater(2), link.HighWater(2)
    forgetful.replay(log[-1])
    for record in log:
        careful.replay(record)
    for channel in (0, 1):
        with pytest.raises(MisuseError, match="contributed already"):
            epoch.meter(METERS[0], channel).contribute(careful, 100, 100, 2)
    assert epoch.meter(METERS[0]).contribute(forgetful, 100, 100, 2).stored()


def test_a_torn_record_is_found() -> None:
    epoch = Shamir.form()
    record = epoch.meter(METERS[0]).contribute(link.HighWater(), 100, 100, 1).record
    aggregator, utility = epoch.aggregators()[0], epoch.utility()
    progress = utility.progress()
    for length in range(len(record)):
        with pytest.raises(MalformedError, match="stored record"):
            link.HighWater().replay(record[:length])
        with pytest.raises(MalformedError, match="stored record"):
            aggregator.replay(record[:length])
    for torn in (progress[:-1], progress[:-1] + b"\0\0", bytes(46), b"", progress + progress):
        with pytest.raises(MalformedError, match="stored record"):
            utility.resume(torn)
    utility.resume(progress)


def dcnet_round(
    utility: dcnet.Utility, holders: list[dcnet.Holder], meters: list[dcnet.Meter], round: int
) -> link.Sum:
    collecting = utility.open(round, round)
    for holder in holders:
        holder.open(round, collecting.frame)
    for meter in meters:
        meter.open(round, collecting.frame)
    for meter in meters:
        collecting.accept(meter.contribute(link.HighWater(), round, round, 7).stored())
    closed = utility.close(collecting)
    assert isinstance(closed, dcnet.Closed)
    for meter in meters:
        assert meter.close(round, closed.frame).stored() is None
    for number in closed.missing():
        closed.accept(holders[number - 1].answer(round, closed.frame).stored())
    return utility.record(closed)


def test_a_dcnet_utility_goes_on_from_its_progress_alone() -> None:
    epoch = Dcnet.form()
    holders = [epoch.holder(party) for party in ANSWERERS]
    meters = [epoch.meter(party) for party in METERS]
    utility = epoch.utility()
    assert dcnet_round(utility, holders, meters, 100).values == (35,)
    progress = utility.progress()
    assert len(progress) == 46

    with pytest.raises(FaultError) as refused:
        dcnet_round(epoch.utility(), holders, meters, 101)
    assert refused.value.culprit == 0
    restarted = epoch.utility()
    restarted.resume(progress)
    assert dcnet_round(restarted, holders, meters, 102).values == (35,)
    with pytest.raises(MisuseError, match="present state"):
        restarted.resume(progress)


def test_progress_keeps_a_utility_from_opening_a_round_twice() -> None:
    shamir_epoch, dcnet_epoch = Shamir.form(), Dcnet.form()
    for make in (shamir_epoch.utility, dcnet_epoch.utility):
        utility = make()
        utility.open(100, 100)
        restarted = make()
        restarted.resume(utility.progress())
        with pytest.raises(MisuseError, match="present state"):
            restarted.open(100, 100, [True, True, True, True, False])
        assert restarted.progress() == utility.progress()
        restarted.open(101, 101)
        assert restarted.progress() != utility.progress()


def test_the_next_open_ends_the_round_before_it() -> None:
    epoch = Shamir.form()
    utility, aggregators = epoch.utility(), epoch.aggregators()
    meters, marks = [epoch.meter(party) for party in METERS], [link.HighWater() for _ in METERS]
    first, second = utility.open(100, 100), utility.open(101, 101)
    for aggregator in aggregators:
        aggregator.open(100, first.frame)
        aggregator.open(101, second.frame)
    for meter, mark in zip(meters, marks, strict=True):
        first.accept(meter.contribute(mark, 100, 100, 1).stored())
    closed = utility.close(first)
    with pytest.raises((FaultError, MisuseError)):
        aggregators[0].answer(100, closed.frame)
