"""Rounds of shamir-agg from Python, on bytes, and sharing of arrays."""

import numpy as np
import pytest
from world import ShamirWorld, group, ids

from wattsum import FaultError, MisuseError, QuorumError, link, shamir

P = 2**64 - 2**32 + 1


def test_single_meters_sum_their_readings() -> None:
    params = shamir.Params(group())
    cohort = link.Cohort(params, ids(4), 95)
    view, own = cohort.view, cohort.utility
    utility = shamir.Utility(params, view, own.identity, own.link)
    aggregators = [shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers]
    meters = [shamir.Meter(params, view, party.id, party.link) for party in cohort.meters]
    readings = [230, -45, 1180, 0]

    collecting = utility.open(12, 12)
    for aggregator in aggregators:
        aggregator.open(12, collecting.frame)
    for meter, reading in zip(meters, readings, strict=True):
        frame = meter.contribute(link.HighWater(), 12, 12, reading).stored()
        assert len(frame) == params.contribution_len
        assert collecting.accept(frame) == meter.id
    closed = utility.close(collecting)
    with pytest.raises(QuorumError) as refused:
        utility.record(closed)
    assert (refused.value.have, refused.value.need) == (0, 3)
    for number in closed.missing():
        closed.accept(aggregators[number - 1].answer(12, closed.frame).stored())
    assert utility.record(closed) == link.Sum(12, [sum(readings)], 4)


def test_batches_sum_channels_without_the_silent() -> None:
    world = ShamirWorld.form(meters=9, channels=3)
    rng = np.random.default_rng(2)
    for round in range(5):
        readings = rng.integers(-1000, 10_000, (9, 3))
        which = rng.permutation(9) >= round % 3
        total = world.sum(round, readings, which, quorum=(1, 3, 4))
        assert total == link.Sum(round, readings[which].sum(axis=0).tolist(), int(which.sum()))


def test_a_utility_may_collect_for_several_rounds() -> None:
    world = ShamirWorld.form()
    rounds = [world.utility.open(round, round) for round in (0, 1)]
    for round, collecting in enumerate(rounds):
        assert collecting.accept_many(world.contribute(round, np.arange(6) + round)) == []
    for round, collecting in enumerate(rounds):
        for aggregator in world.aggregators:
            aggregator.open(round, collecting.frame)
        closed = world.utility.close(collecting)
        assert world.answer(round, closed, closed.missing()).values == (15 + 6 * round,)


def test_another_quorum_can_be_asked_for_the_same_set() -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    closed = world.utility.close(collecting, (1, 2, 3))
    closed.accept(world.aggregators[0].answer(0, closed.frame).stored())
    world.utility.ask(closed, world.utility.quorum(reachable=[1, 2, 4]))
    assert world.answer(0, closed, [1, 2, 4]).values == (15,)


def test_a_tampered_answer_names_its_aggregator() -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    closed = world.utility.close(collecting)
    frame = bytearray(world.aggregators[1].answer(0, closed.frame).stored())
    frame[-20] ^= 1
    with pytest.raises(FaultError) as refused:
        closed.accept(frame)
    assert refused.value.culprit == world.cohort.answerers[1].id
    assert closed.missing() == [1, 2, 3]


def test_any_threshold_of_shares_gives_an_array_back() -> None:
    secrets = np.array([[1, -2, 3], [2**40, -(2**62), 0]])
    shares = shamir.split(secrets, parties=5, threshold=3)
    assert shares.shape == (5, 2, 3)
    assert shares.dtype == np.uint64
    for numbers in ([1, 2, 3], [2, 4, 5], [1, 2, 3, 4, 5], [5, 1, 3]):
        rows = shares[[number - 1 for number in numbers]]
        assert (shamir.combine(rows, numbers) == secrets).all()
        unsigned = shamir.combine(rows, numbers, signed=False)
        assert unsigned.tolist() == [[value % P for value in row] for row in secrets.tolist()]
    assert (shamir.combine(shares[:2]) != secrets).all()


def test_shares_of_sums_are_sums_of_shares() -> None:
    readings = np.random.default_rng(3).integers(-1000, 10_000, (50, 4))
    shares = [shamir.split(row, 4, 3) for row in readings]
    sums = np.zeros((4, 4), dtype=np.uint64)
    for share in shares:
        sums = ((sums.astype(object) + share) % P).astype(np.uint64)
    assert (shamir.combine(sums[1:], [2, 3, 4]) == readings.sum(axis=0)).all()


@pytest.mark.parametrize(("parties", "threshold"), [(0, 0), (3, 0), (3, 4), (0, 2), (256, 3), (-1, 2)])
def test_a_threshold_that_cannot_be_is_refused(parties: int, threshold: int) -> None:
    with pytest.raises(MisuseError):
        shamir.split(np.arange(3), parties, threshold)


@pytest.mark.parametrize("numbers", [[1, 1, 2], [0, 1, 2], [1, 2], [1, 2, 3, 4], [1, 2, 256], []])
def test_numbers_that_do_not_fit_the_shares_are_refused(numbers: list[int]) -> None:
    shares = shamir.split(np.arange(3), 3, 3)
    with pytest.raises(MisuseError):
        shamir.combine(shares, numbers)
