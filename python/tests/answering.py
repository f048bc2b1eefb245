"""Groups with seven answerers, whose parties can be made again: a test's way to a liar."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from world import group, ids

from wattsum import dcnet, link, shamir

SEVEN = link.Threshold(7, 5, 2)
METERS = tuple(ids(5))
ANSWERERS = (3, 1, 2, 4, 99, 7, 6)  # number a is the a-th of them
LAST = 900
BEACON, BEACON_TIME = bytes(range(32)), 1_700_000_000
READINGS = (230, -45, 1180, 0, 7)
TOTAL = sum(READINGS)


def checksum(body: bytes | bytearray) -> bytes:
    """Whoever can write a record can make its checksum too: it shows damage, and no lie."""
    return sha256(b"wattsum v1 record" + bytes(body)).digest()[:4]


def identity(party: int) -> link.Identity:
    return link.Identity.from_bytes(b"\1" + party.to_bytes(4, "little") + bytes(27))


def secret(party: int) -> link.LinkSecret:
    return link.LinkSecret.from_bytes(b"\2" + party.to_bytes(4, "little") + bytes(27))


def view(
    params: shamir.Params | dcnet.Params,
    role: link.Role,
    meters: Sequence[int] = METERS,
    answerers: Sequence[int] = ANSWERERS,
) -> link.EpochView:
    forming = link.Forming(params, 5, 0)
    builder = link.RosterBuilder(forming)
    for party in (0, *meters, *answerers):
        own: link.Role = "utility" if party == 0 else "meter" if party in meters else role
        announcement = link.announce(forming, party, own, identity(party), secret(party).public)
        builder.add(party, own, identity(party).public, announcement)
    roster = builder.build()
    root = roster.sign_root(identity(0), LAST, BEACON_TIME)
    stored = link.StoredRoot.accept(root, forming, identity(0).public, BEACON_TIME - 1).stored()
    return roster.view(params, stored, BEACON, BEACON_TIME)


def with_another_key(state: bytes, answerers: int = 7) -> bytes:
    """An answerer's state with another key for the first meter: it tells wrong sums in right frames."""
    bad = bytearray(state)
    bad[1 + 32 + 4 + 4 + 32 + 32 * (answerers - 1)] ^= 1
    bad[-4:] = checksum(bad[:-4])
    return bytes(bad)


class Shamir:
    """A group of shamir-agg."""

    def __init__(self, params: shamir.Params | None = None, meters: Sequence[int] = METERS) -> None:
        self.params = params or shamir.Params(group(), SEVEN)
        self.view = view(self.params, "aggregator", meters)
        self.utility = shamir.Utility(self.params, self.view, identity(0), secret(0))
        self.answerers = [self.answerer(party) for party in ANSWERERS]
        self.meters = [shamir.Meter(self.params, self.view, party, secret(party)) for party in meters]
        self.marks = [link.HighWater() for _ in meters]
        self.opened = (0, b"")

    def answerer(self, party: int) -> shamir.Aggregator:
        return shamir.Aggregator(self.params, self.view, party, identity(party), secret(party))

    def liar(self, number: int) -> shamir.Aggregator:
        party = ANSWERERS[number - 1]
        state = with_another_key(self.answerers[number - 1].to_bytes())
        liar = shamir.Aggregator.from_bytes(self.params, self.view, party, identity(party), state)
        if self.opened[1]:
            liar.open(*self.opened)
        return liar

    def corrupt(self, number: int) -> None:
        self.answerers[number - 1] = self.liar(number)

    def collected(
        self, round: int, readings: Sequence[int] = READINGS, deaf: Sequence[int] = ()
    ) -> shamir.Collecting:
        collecting = self.utility.open(round, round)
        self.opened = (round, collecting.frame)
        for number, answerer in enumerate(self.answerers, 1):
            if number not in deaf:
                answerer.open(round, collecting.frame)
        for meter, mark, reading in zip(self.meters, self.marks, readings, strict=True):
            collecting.accept(meter.contribute(mark, round, round, reading).stored())
        return collecting

    def certified(self, round: int, asked: Sequence[int] | None = None) -> shamir.Certified:
        return self.utility.certify(self.collected(round), asked)

    def record(self, certified: shamir.Certified | dcnet.Certified) -> link.CheckedSum:
        assert isinstance(certified, shamir.Certified)
        return self.utility.record_certified(certified)


class Dcnet:
    """A group of dcnet-core."""

    def __init__(self) -> None:
        self.params = dcnet.Params.complete(group(), SEVEN)
        self.view = view(self.params, "holder")
        self.utility = dcnet.Utility(self.params, self.view, identity(0), secret(0))
        self.answerers = [self.answerer(party) for party in ANSWERERS]
        self.meters = [dcnet.Meter(self.params, self.view, party, secret(party)) for party in METERS]
        self.marks = [link.HighWater() for _ in METERS]
        self.opened = (0, b"")

    def answerer(self, party: int) -> dcnet.Holder:
        return dcnet.Holder(self.params, self.view, party, secret(party), identity(party))

    def liar(self, number: int) -> dcnet.Holder:
        party = ANSWERERS[number - 1]
        state = with_another_key(self.answerers[number - 1].to_bytes())
        liar = dcnet.Holder.from_bytes(self.params, self.view, party, state, identity(party))
        liar.open(*self.opened)
        return liar

    def corrupt(self, number: int) -> None:
        self.answerers[number - 1] = self.liar(number)

    def closed(self, round: int) -> dcnet.Closed:
        collecting = self.utility.open(round, round)
        self.opened = (round, collecting.frame)
        for answerer in self.answerers:
            answerer.open(round, collecting.frame)
        for meter, mark, reading in zip(self.meters, self.marks, READINGS, strict=True):
            meter.open(round, collecting.frame)
            collecting.accept(meter.contribute(mark, round, round, reading).stored())
        closed = self.utility.close(collecting)
        assert isinstance(closed, dcnet.Closed)
        return closed

    def certified(self, round: int, asked: Sequence[int] | None = None) -> dcnet.Certified:
        return self.utility.certify(self.closed(round), asked)

    def record(self, certified: shamir.Certified | dcnet.Certified) -> link.CheckedSum:
        assert isinstance(certified, dcnet.Certified)
        return self.utility.record_certified(certified)


Group = Shamir | Dcnet


def stated(
    own: Group, certified: shamir.Certified | dcnet.Certified, round: int, who: Sequence[int]
) -> list[bytes]:
    """The certificate that the statements of these make."""
    for number in who:
        statement = own.answerers[number - 1].agree(round, certified.frame).stored()
        assert certified.accept_statement(statement) == ANSWERERS[number - 1]
    return certified.certificate()
