"""Groups of threshold-elgamal: all roles in one process, and epochs whose parties can be made again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from forming import ANSWERERS, BEACON, BEACON_TIME, FIRST, LAST, METERS, gathered, identity, secret
from numpy.typing import NDArray
from world import Present, Readings, ids

from wattsum import elgamal, link

TABLE = elgamal.DlogTable.build(12)
QUORUM = (1, 2, 3)


def group(channels: int = 1, max_reading: int = 1_000_000, max_missing_permille: int = 400) -> link.Group:
    return link.Group(
        7,
        channels=channels,
        max_meters=256,
        max_reading=max_reading,
        max_missing_permille=max_missing_permille,
    )


@dataclass
class World:
    """A group, formed by a cohort, with keys of a ceremony."""

    params: elgamal.Params
    cohort: link.Cohort
    keys: elgamal.KeySet
    utility: elgamal.Utility
    trustees: list[elgamal.Trustee]
    meters: elgamal.Meters
    marks: link.HighWaters

    @classmethod
    def form(cls, meters: int = 6, channels: int = 1, params: elgamal.Params | None = None) -> "World":
        params = params or elgamal.Params(group(channels))
        cohort = link.Cohort(params, ids(meters), 1000)
        view, own = cohort.view, cohort.utility
        keys, shares = elgamal.hold(params, cohort.answerers)
        return cls(
            params,
            cohort,
            keys,
            elgamal.Utility(params, view, own.identity, own.link, keys),
            [
                elgamal.Trustee(params, view, party.id, party.identity, party.link, share, keys)
                for party, share in zip(cohort.answerers, shares, strict=True)
            ],
            elgamal.Meters(params, view, cohort.meters, keys.group_key),
            link.HighWaters(meters, channels),
        )

    def open(self, round: int) -> elgamal.Collecting:
        collecting = self.utility.open(round, round)
        for trustee in self.trustees:
            trustee.open(round, collecting.frame)
        return collecting

    def contribute(self, round: int, readings: Readings, which: Present | None = None) -> NDArray[np.uint8]:
        return self.meters.contribute(self.marks, round, round, readings, which).stored()

    def agree(self, round: int, closed: elgamal.Closed, quorum: Sequence[int]) -> None:
        for number in quorum:
            prepared = self.trustees[number - 1].agree(round, closed.frame, closed.contributions)
            assert closed.accept_statement(prepared.stored()) == number

    def answer(self, round: int, closed: elgamal.Closed, quorum: Sequence[int]) -> link.Sum:
        self.agree(round, closed, quorum)
        for number in quorum:
            assert closed.accept(self.trustees[number - 1].answer(closed.statements).stored()) == number
        return self.utility.record(closed, TABLE)

    def sum(
        self,
        round: int,
        readings: Readings,
        which: Present | None = None,
        quorum: Sequence[int] = QUORUM,
    ) -> link.Sum:
        collecting = self.open(round)
        assert collecting.accept_many(self.contribute(round, readings, which)) == []
        return self.answer(round, self.utility.close(collecting, quorum), quorum)


@dataclass
class Epoch:
    """An epoch formed step by step, with dealt keys: a test's way to a cheating utility or a restart."""

    params: elgamal.Params
    view: link.EpochView
    keys: elgamal.KeySet
    secrets: list[bytes]

    @classmethod
    def form(cls, params: elgamal.Params | None = None) -> "Epoch":
        params = params or elgamal.Params(group())
        forming = link.Forming(params, epoch=5, first_round=FIRST)
        roster = gathered(forming, "trustee").build()
        root = roster.sign_root(identity(0), last_round=LAST, beacon_time=BEACON_TIME)
        stored = link.StoredRoot.accept(root, forming, identity(0).public, BEACON_TIME - 1).stored()
        keys, shares = elgamal.deal(params.threshold)
        view = roster.view(params, stored, BEACON, BEACON_TIME)
        return cls(params, view, keys, [share.to_bytes() for share in shares])

    def share(self, number: int) -> elgamal.SecretShare:
        return elgamal.SecretShare.from_bytes(number, self.secrets[number - 1])

    def utility(self) -> elgamal.Utility:
        return elgamal.Utility(self.params, self.view, identity(0), secret(0), self.keys)

    def trustee(self, number: int) -> elgamal.Trustee:
        party = ANSWERERS[number - 1]
        share = self.share(number)
        return elgamal.Trustee(
            self.params, self.view, party, identity(party), secret(party), share, self.keys
        )

    def trustees(self) -> list[elgamal.Trustee]:
        return [self.trustee(number) for number in range(1, len(ANSWERERS) + 1)]

    def meter(self, party: int) -> elgamal.Meter:
        return elgamal.Meter(self.params, self.view, party, identity(party), self.keys.group_key)

    def frames(self, round: int, reading: int = 1000) -> list[bytes]:
        """Of all meters, each with a device of its own that contributes once."""
        made = [
            self.meter(party).contribute(link.HighWater(), round, round, reading + party) for party in METERS
        ]
        return [prepared.stored() for prepared in made]


def opened(utility: elgamal.Utility, trustees: list[elgamal.Trustee], round: int) -> elgamal.Collecting:
    collecting = utility.open(round, round)
    for trustee in trustees:
        trustee.open(round, collecting.frame)
    return collecting
