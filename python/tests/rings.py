"""Rings in one process: of the reference's vectors, and of a roster's meters step by step. What passes
between parties is bytes."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from data import ROOT

from wattsum import cmt, link

T = TypeVar("T")


def vectors(name: str) -> Any:
    """A file of the crate's vectors, made by plain Python."""
    return json.loads((ROOT / f"cmt-ring/tests/vectors/{name}-v1.json").read_text(encoding="utf-8"))


def group(channels: int = 1, **other: int) -> link.Group:
    return link.Group(7, channels=channels, max_meters=1000, **({"min_honest": 5} | other))


def ids(meters: int) -> range:
    """Ascending and not from 1, so that ids, positions and rows cannot be mixed up unnoticed."""
    return range(101, 101 + 3 * meters, 3)


@dataclass
class Device:
    """A meter with all that outlives a loss of power."""

    params: cmt.Params
    view: link.EpochView
    id: int
    identity: link.Identity
    secret: bytes
    """Its link secret of the epoch."""
    meter: cmt.Meter
    mark: link.HighWater
    generations: list[bytes] = field(default_factory=list)
    """Its log of generations and claims."""
    marks: list[bytes] = field(default_factory=list)
    """The device's log of rounds."""
    state: bytes | None = None

    @classmethod
    def of(cls, params: cmt.Params, view: link.EpochView, id: int, secret: bytes) -> Self:
        meter = cmt.Meter(params, view, id, link.LinkSecret.from_bytes(secret))
        mark = link.HighWater(params.group.channels)
        return cls(params, view, id, link.Identity.from_bytes(secret), secret, meter, mark)

    def keep(self, prepared: link.Prepared[T]) -> T:
        """Stores the record of a generation or a claim, and what may be stored."""
        self.generations.append(prepared.record)
        self.state = self.meter.to_bytes()
        return prepared.stored()

    def spend(self, prepared: link.Prepared[T]) -> T:
        self.marks.append(prepared.record)
        return prepared.stored()

    def restart(self, state: bytes | None = None) -> None:
        """Power fails: what is left is what was stored."""
        state = state or self.state
        own = (self.params, self.view, self.id, link.LinkSecret.from_bytes(self.secret))
        self.meter = cmt.Meter(*own) if state is None else cmt.Meter.from_bytes(*own, state)
        self.mark = link.HighWater(self.params.group.channels)
        for record in reversed(self.generations):
            self.meter.replay(record)
        for record in reversed(self.marks):
            self.mark.replay(record)


@dataclass
class Town:
    """A roster whose meters act one by one."""

    params: cmt.Params
    view: link.EpochView
    supplier: cmt.Supplier
    devices: dict[int, Device]
    records: list[bytes] = field(default_factory=list)
    """The supplier's log."""
    book: cmt.Book | None = None

    @classmethod
    def found(cls, params: cmt.Params, meters: int = 7, last_round: int = 95) -> Self:
        forming = link.Forming(params, epoch=5, first_round=0)
        builder = link.RosterBuilder(forming)
        seeds = {id: os.urandom(32) for id in (0, *ids(meters))}
        seeds[0] = bytes(32)  # the same supplier in each town
        for id, seed in seeds.items():
            role: link.Role = "meter" if id else "utility"
            identity, own = link.Identity.from_bytes(seed), link.LinkSecret.from_bytes(seed)
            builder.add(id, role, identity.public, link.announce(forming, id, role, identity, own.public))
        roster, supplier = builder.build(), link.Identity.from_bytes(seeds[0])
        root = roster.sign_root(supplier, last_round, beacon_time=10)
        stored = link.StoredRoot.accept(root, forming, supplier.public, 9).stored()
        view = roster.view(params, stored, os.urandom(32), 10)
        devices = {id: Device.of(params, view, id, seed) for id, seed in seeds.items() if id}
        return cls(params, view, cmt.Supplier(params, view, *cls.secrets()), devices)

    @staticmethod
    def secrets() -> tuple[link.Identity, link.LinkSecret]:
        """The supplier's."""
        return link.Identity.from_bytes(bytes(32)), link.LinkSecret.from_bytes(bytes(32))

    def restart(self, state: bytes) -> None:
        """The supplier's power fails."""
        self.supplier = cmt.Supplier.from_bytes(self.params, self.view, *self.secrets(), state)
        for record in reversed(self.records):
            self.supplier.replay(record)

    def form(self, now: int, generation: int, members: Sequence[int] | None = None) -> cmt.Formed:
        """Tokens, first keys, places, group key; in groups with terms after the claims."""
        members = list(self.devices) if members is None else list(members)
        lead = self.devices[cmt.drawn(self.view, generation, members)]
        formed = self.gather(now, generation, lead, members)
        for id, seat in formed.seats:
            self.devices[id].meter.seat(seat)
            self.devices[id].state = self.devices[id].meter.to_bytes()
        assert self.supplier.register(now, lead.id, formed.group_key) == generation
        return formed

    def gather(self, now: int, generation: int, lead: Device, members: Sequence[int]) -> cmt.Formed:
        """Tokens and first keys."""
        forming = lead.keep(cmt.Forming.open(lead.meter, now, now, generation, members))
        for id, token in forming.tokens():
            device = self.devices[id]
            assert forming.accept(device.keep(device.meter.join(now, lead.id, token))) == id
        formed = forming.close()
        self.book = formed.book
        lead.state = lead.meter.to_bytes()
        return formed

    def open(self, round: int) -> cmt.Collecting:
        collecting = self.supplier.open(round, round)
        self.records.append(self.supplier.progress())
        return collecting

    def derived(
        self, round: int, readings: dict[int, Any], members: Sequence[int] | None = None
    ) -> cmt.Collecting:
        """A round of derived delta, of those who are there."""
        collecting = self.open(round)
        for id in readings if members is None else members:
            device = self.devices[id]
            frame = device.spend(device.meter.contribute(device.mark, round, round, readings[id]))
            collecting.accept(frame)
        return collecting

    def drawn(self, round: int, readings: dict[int, Any], order: Sequence[int]) -> cmt.Collecting:
        """A round of drawn delta around the ring."""
        collecting = self.open(round)
        assert collecting.start is not None
        lead, *others = (self.devices[id] for id in order)
        delta = lead.spend(lead.meter.start(lead.mark, round, round, readings[lead.id], collecting.start))
        for device in others:
            prepared = device.meter.relay(device.mark, round, round, readings[device.id], delta)
            sent = device.spend(prepared)
            collecting.accept(sent.contribution)
            delta = sent.delta
        collecting.accept(lead.meter.close(round, delta))
        return collecting


@dataclass
class Scene:
    """The epoch of a vector. Secrets can be made again as often as needed."""

    row: Any
    params: cmt.Params
    view: link.EpochView

    @classmethod
    def of(cls, row: Any, **options: Any) -> Self:
        given = row["params"]
        mode = row["mode"]
        params = cmt.Params(
            link.Group(
                row["group"],
                origin=given["origin"],
                period=given["period"],
                channels=given["channels"],
                max_reading=given["max_reading"],
                max_meters=given["max_meters"],
                min_honest=given["min_honest"],
                max_colluding=given["max_colluding"],
                max_missing_permille=given["max_missing"],
                rounds_per_step=given["rounds_per_step"],
            ),
            "derived" if mode & 1 else "drawn",
            second_ring=bool(mode & 2),
            modulus=int(row.get("modulus", 2**64)),
            **options,
        )
        assert params.session.hex() == row["session"]
        forming = link.Forming(params, row["epoch"], row["first_round"])
        builder = link.RosterBuilder(forming)
        for party in (row["utility"], *row["meters"]):
            role: link.Role = "utility" if party["id"] == 0 else "meter"
            identity, secret = cls.identity(party), cls.secret(party)
            announcement = link.announce(forming, party["id"], role, identity, secret.public)
            builder.add(party["id"], role, identity.public, announcement)
        roster = builder.build()
        root = roster.sign_root(cls.identity(row["utility"]), row["last_round"], 10)
        stored = link.StoredRoot.accept(root, forming, cls.identity(row["utility"]).public, 9).stored()
        view = roster.view(params, stored, bytes.fromhex(row["beacon"]), 10)
        assert view.context.hex() == row["context"]
        return cls(row, params, view)

    @staticmethod
    def identity(party: Any) -> link.Identity:
        return link.Identity.from_bytes(bytes.fromhex(party["seed"]))

    @staticmethod
    def secret(party: Any) -> link.LinkSecret:
        return link.LinkSecret.from_bytes(bytes.fromhex(party["secret"]))

    def supplier(self, state: bytes | None = None) -> cmt.Supplier:
        own = self.row["utility"]
        if state is None:
            return cmt.Supplier(self.params, self.view, self.identity(own), self.secret(own))
        identity, secret = self.identity(own), self.secret(own)
        return cmt.Supplier.from_bytes(self.params, self.view, identity, secret, state)

    def party(self, id: int) -> Any:
        return next(party for party in self.row["meters"] if party["id"] == id)

    def meter(self, id: int, state: str | None = None) -> cmt.Meter:
        secret = self.secret(self.party(id))
        if state is None:
            return cmt.Meter(self.params, self.view, id, secret)
        return cmt.Meter.from_bytes(self.params, self.view, id, secret, bytes.fromhex(state))
