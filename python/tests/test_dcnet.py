"""Rounds of dcnet-core from Python, on bytes."""

import numpy as np
import pytest
from world import DcnetWorld, group, ids

from wattsum import FaultError, MisuseError, QuorumError, dcnet, link


def test_single_meters_sum_their_readings() -> None:
    params = dcnet.Params.complete(group())
    cohort = link.Cohort(params, ids(4), 95, first_round=10, epoch=3)
    view, own = cohort.view, cohort.utility
    assert (view.epoch, view.first_round, view.last_round) == (3, 10, 95)
    utility = dcnet.Utility(params, view, own.identity, own.link)
    holders = [dcnet.Holder(params, view, party.id, party.link) for party in cohort.answerers]
    assert [holder.number for holder in holders] == [1, 2, 3, 4]
    meters = [dcnet.Meter(params, view, party.id, party.link) for party in cohort.meters]
    marks = [link.HighWater() for _ in meters]
    readings = [230, -45, 1180, 0]

    collecting = utility.open(12, 12)
    for holder in holders:
        holder.open(12, collecting.frame)
    for meter in meters:
        meter.open(12, collecting.frame)
    for meter, mark, reading in zip(meters, marks, readings, strict=True):
        prepared = meter.contribute(mark, 12, 12, reading)
        frame = prepared.stored()
        assert len(frame) == params.contribution_len
        assert collecting.accept(frame) == meter.id
        assert collecting.accept(frame) == meter.id  # the same frame again changes nothing
    assert collecting.missing() == []

    closed = utility.close(collecting)
    assert isinstance(closed, dcnet.Closed)
    for meter in meters:
        assert meter.close(12, closed.frame).stored() is None
    assert closed.missing() == [1, 2, 3]
    with pytest.raises(QuorumError) as refused:
        utility.record(closed)
    assert (refused.value.have, refused.value.need) == (0, 3)
    for number in closed.missing():
        closed.accept(holders[number - 1].answer(12, closed.frame).stored())
    assert utility.record(closed) == link.Sum(12, [sum(readings)], 4)


def test_batches_sum_channels_without_the_silent() -> None:
    world = DcnetWorld.form(meters=9, channels=3)
    rng = np.random.default_rng(1)
    for round in range(5):
        readings = rng.integers(-1000, 10_000, (9, 3))
        which = rng.permutation(9) >= round % 3
        total = world.sum(round, readings, which, quorum=(1, 3, 4))
        assert total.values == tuple(readings[which].sum(axis=0).tolist())
        assert (total.round, total.meters) == (round, int(which.sum()))
    assert world.repairs == [0, 8, 7, 0, 8]


def test_a_drawn_graph_sums_a_large_group() -> None:
    params = dcnet.Params.secure(group(max_meters=1000))
    world = DcnetWorld.form(meters=300, params=params)
    readings = np.arange(300)
    which = readings % 20 != 7
    total = world.sum(0, readings, which)
    assert total == link.Sum(0, [int(readings[which].sum())], 285)
    assert world.repairs[0] > 0


def test_weak_graphs_are_refused_unless_the_risk_is_named() -> None:
    thousand = group(max_meters=1000)
    params = dcnet.Params.secure(thousand)
    assert (params.degree, params.min_neighbours) == (92, 68)
    assert dcnet.Params.drawn(thousand, degree=92, min_neighbours=68) == params
    with pytest.raises(MisuseError):
        dcnet.Params.drawn(thousand, degree=92, min_neighbours=62)
    weak = dcnet.Params.drawn(thousand, degree=92, min_neighbours=62, relying_on_the_holders=True)
    assert weak.min_neighbours == 62
    tenth = dcnet.Params.secure(thousand, colluding=0.1)
    assert tenth.degree == 46
    assert dcnet.Params.secure(thousand, colluding=0.1, security=60).degree > 46
    for wrong in (0.5, -0.1, float("nan"), float("inf")):
        with pytest.raises(MisuseError):
            dcnet.Params.secure(thousand, colluding=wrong)


def test_a_meter_whose_repair_does_not_come_leaves_the_set() -> None:
    world = DcnetWorld.form(meters=8)
    readings = np.arange(8) * 100
    sent, repaired = np.arange(8) != 2, np.arange(8) > 2
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, readings, sent))
    repairing = world.utility.close(collecting)
    assert isinstance(repairing, dcnet.Repairing)
    assert len(repairing.missing()) == 7
    prepared = world.meters.close(0, repairing.frame, repaired)
    assert len(prepared.records) == 5
    assert repairing.accept_many(prepared.stored()) == []
    assert repairing.missing() == [101, 104]
    again = world.utility.close_again(repairing)
    assert isinstance(again, dcnet.Repairing)
    assert again.accept_many(world.meters.close(0, again.frame, repaired).stored()) == []
    closed = world.utility.close_again(again)
    assert isinstance(closed, dcnet.Closed)
    assert world.answer(0, closed, [1, 2, 3]) == link.Sum(0, [int(readings[repaired].sum())], 5)


def test_another_quorum_can_be_asked_for_the_same_set() -> None:
    world = DcnetWorld.form()
    readings = np.arange(6)
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, readings))
    closed = world.close(0, collecting, quorum=(1, 2, 3))
    closed.accept(world.holders[0].answer(0, closed.frame).stored())
    world.utility.ask(closed, world.utility.quorum(reachable=[1, 2, 4]))
    assert world.answer(0, closed, [1, 2, 4]).values == (15,)


def test_a_tampered_frame_names_its_sender_and_the_rest_is_taken() -> None:
    world = DcnetWorld.form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    frames[3, -20] ^= 1
    [(row, error)] = collecting.accept_many(frames)
    assert (row, collecting.missing()) == (3, [ids(6)[3]])
    assert isinstance(error, FaultError)
    assert error.culprit == ids(6)[3]
    frames[3, -20] ^= 1
    assert collecting.accept(bytes(frames[3])) == ids(6)[3]


def test_a_device_contributes_once_a_round() -> None:
    world = DcnetWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    with pytest.raises(MisuseError, match="contributed already") as refused:
        world.contribute(0, np.arange(6) + 1)
    assert refused.value.__notes__ == ["row 0, meter 101"]


def test_records_keep_a_device_silent_after_a_restart() -> None:
    world = DcnetWorld.form()
    world.open(0)
    prepared = world.meters.contribute(world.marks, 0, 0, np.arange(6))
    marks = link.HighWaters(6)
    marks.replay(range(6), prepared.records)
    with pytest.raises(MisuseError, match="contributed already"):
        world.meters.contribute(marks, 0, 0, np.arange(6))
    one = link.HighWater()
    one.replay(prepared.records[0])
