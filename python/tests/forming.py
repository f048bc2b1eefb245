"""Epochs formed step by step, whose parties can be made again: a test's way to a cheating utility or a restart."""

from dataclasses import dataclass
from typing import Self

from world import group

from wattsum import dcnet, link, shamir

METERS = (11, 12, 13, 14, 15)
ANSWERERS = (3, 1, 2, 4)  # number a is the a-th of them
FIRST, LAST = 100, 200
BEACON_TIME = 1_700_000_000
BEACON = bytes(range(32))


def _seed(party: int, purpose: int) -> bytes:
    return bytes([purpose]) + party.to_bytes(4, "little") + bytes(27)


def identity(party: int) -> link.Identity:
    return link.Identity.from_bytes(_seed(party, 1))


def secret(party: int) -> link.LinkSecret:
    return link.LinkSecret.from_bytes(_seed(party, 2))


def gathered(forming: link.Forming, answerer: link.Role) -> link.RosterBuilder:
    builder = link.RosterBuilder(forming)
    for party in (0, *reversed(METERS), *ANSWERERS):
        role: link.Role = "utility" if party == 0 else "meter" if party in METERS else answerer
        announcement = link.announce(forming, party, role, identity(party), secret(party).public)
        builder.add(party, role, identity(party).public, announcement)
    return builder


def stored_root(
    params: shamir.Params | dcnet.Params, answerer: link.Role
) -> tuple[link.Roster, link.Prepared[link.StoredRoot]]:
    forming = link.Forming(params, epoch=5, first_round=FIRST)
    roster = gathered(forming, answerer).build()
    root = roster.sign_root(identity(0), last_round=LAST, beacon_time=BEACON_TIME)
    return roster, link.StoredRoot.accept(root, forming, identity(0).public, BEACON_TIME - 1)


@dataclass
class Dcnet:
    """An epoch of dcnet-core."""

    params: dcnet.Params
    view: link.EpochView
    stored: link.Prepared[link.StoredRoot]

    @classmethod
    def form(cls) -> Self:
        params = dcnet.Params.complete(group())
        roster, stored = stored_root(params, "holder")
        again = link.StoredRoot.from_bytes(stored.record)
        return cls(params, roster.view(params, again, BEACON, BEACON_TIME), stored)

    def utility(self) -> dcnet.Utility:
        return dcnet.Utility(self.params, self.view, identity(0), secret(0))

    def holder(self, party: int) -> dcnet.Holder:
        return dcnet.Holder(self.params, self.view, party, secret(party))

    def meter(self, party: int) -> dcnet.Meter:
        return dcnet.Meter(self.params, self.view, party, secret(party))


@dataclass
class Shamir:
    """An epoch of shamir-agg."""

    params: shamir.Params
    view: link.EpochView

    @classmethod
    def form(cls) -> Self:
        params = shamir.Params(group())
        roster, stored = stored_root(params, "aggregator")
        return cls(params, roster.view(params, stored.stored(), BEACON, BEACON_TIME))

    def utility(self) -> shamir.Utility:
        return shamir.Utility(self.params, self.view, identity(0), secret(0))

    def aggregators(self) -> list[shamir.Aggregator]:
        return [
            shamir.Aggregator(self.params, self.view, party, identity(party), secret(party)) for party in ANSWERERS
        ]

    def meter(self, party: int, first_channel: int = 0) -> shamir.Meter:
        return shamir.Meter(self.params, self.view, party, secret(party), first_channel)
