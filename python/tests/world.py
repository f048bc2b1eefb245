"""Groups with all their roles in one process; what passes between the roles is bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattsum import dcnet, link, shamir

Readings = NDArray[np.int64]
Present = NDArray[np.bool_]

LAST_ROUND = 1000


def group(channels: int = 1, max_meters: int = 256, max_missing_permille: int = 400) -> link.Group:
    return link.Group(
        7, channels=channels, max_meters=max_meters, max_missing_permille=max_missing_permille
    )


def ids(meters: int) -> range:
    """Ascending and not from 1, so that ids, positions and rows cannot be mixed up unnoticed."""
    return range(101, 101 + 3 * meters, 3)


@dataclass
class ShamirWorld:
    """A group of shamir-agg."""

    params: shamir.Params
    cohort: link.Cohort
    utility: shamir.Utility
    aggregators: list[shamir.Aggregator]
    meters: shamir.Meters
    marks: link.HighWaters

    @classmethod
    def form(
        cls, meters: int = 6, channels: int = 1, threshold: link.Threshold | None = None
    ) -> "ShamirWorld":
        params = shamir.Params(group(channels), threshold)
        cohort = link.Cohort(params, ids(meters), LAST_ROUND)
        view, own = cohort.view, cohort.utility
        return cls(
            params,
            cohort,
            shamir.Utility(params, view, own.identity, own.link),
            [shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers],
            shamir.Meters(params, view, cohort.meters),
            link.HighWaters(meters, channels),
        )

    def open(self, round: int) -> shamir.Collecting:
        collecting = self.utility.open(round, round)
        for aggregator in self.aggregators:
            aggregator.open(round, collecting.frame)
        return collecting

    def contribute(self, round: int, readings: Readings, which: Present | None = None) -> NDArray[np.uint8]:
        return self.meters.contribute(self.marks, round, round, readings, which).stored()

    def answer(self, round: int, closed: shamir.Closed, quorum: Sequence[int]) -> link.Sum:
        for number in quorum:
            assert closed.accept(self.aggregators[number - 1].answer(round, closed.frame).stored()) == number
        return self.utility.record(closed)

    def sum(
        self,
        round: int,
        readings: Readings,
        which: Present | None = None,
        quorum: Sequence[int] = (1, 2, 3),
    ) -> link.Sum:
        collecting = self.open(round)
        assert collecting.accept_many(self.contribute(round, readings, which)) == []
        return self.answer(round, self.utility.close(collecting, quorum), quorum)


@dataclass
class DcnetWorld:
    """A group of dcnet-core."""

    params: dcnet.Params
    cohort: link.Cohort
    utility: dcnet.Utility
    holders: list[dcnet.Holder]
    meters: dcnet.Meters
    marks: link.HighWaters
    repairs: list[int] = field(default_factory=list)
    """How many repairs each round took."""

    @classmethod
    def form(
        cls, meters: int = 6, channels: int = 1, params: dcnet.Params | None = None
    ) -> "DcnetWorld":
        params = params or dcnet.Params.complete(group(channels))
        cohort = link.Cohort(params, ids(meters), LAST_ROUND)
        view, own = cohort.view, cohort.utility
        return cls(
            params,
            cohort,
            dcnet.Utility(params, view, own.identity, own.link),
            [dcnet.Holder(params, view, party.id, party.link) for party in cohort.answerers],
            dcnet.Meters(params, view, cohort.meters),
            link.HighWaters(meters, channels),
        )

    def open(self, round: int) -> dcnet.Collecting:
        collecting = self.utility.open(round, round)
        for holder in self.holders:
            holder.open(round, collecting.frame)
        self.meters.open(round, collecting.frame)
        return collecting

    def contribute(self, round: int, readings: Readings, which: Present | None = None) -> NDArray[np.uint8]:
        return self.meters.contribute(self.marks, round, round, readings, which).stored()

    def close(
        self,
        round: int,
        collecting: dcnet.Collecting,
        which: Present | None = None,
        quorum: Sequence[int] = (1, 2, 3),
    ) -> dcnet.Closed:
        closing = self.utility.close(collecting, quorum)
        taken = 0
        while isinstance(closing, dcnet.Repairing):
            repairs = self.meters.close(round, closing.frame, which).stored()
            assert closing.accept_many(repairs) == []
            taken += len(repairs)
            closing = self.utility.close_again(closing, quorum)
        self.repairs.append(taken)
        return closing

    def answer(self, round: int, closed: dcnet.Closed, quorum: Sequence[int]) -> link.Sum:
        for number in quorum:
            assert closed.accept(self.holders[number - 1].answer(round, closed.frame).stored()) == number
        return self.utility.record(closed)

    def sum(
        self,
        round: int,
        readings: Readings,
        which: Present | None = None,
        quorum: Sequence[int] = (1, 2, 3),
    ) -> link.Sum:
        collecting = self.open(round)
        assert collecting.accept_many(self.contribute(round, readings, which)) == []
        return self.answer(round, self.close(round, collecting, which, quorum), quorum)
