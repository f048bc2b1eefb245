#!/usr/bin/env python3
"""Writes vectors/ring-v1.json: whole generations and rounds of a ring, every frame of them.

    python3 cmt-ring/tests/make_ring_vectors.py --reference ../shared/reference

Deterministic in --seed. Plain Python, written from docs/protocol.md and meter-link/docs/wire.md and not from the
Rust code, on top of the reference's arithmetic and of meter-link's wire version 1.
"""
import argparse
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def arguments(description=__doc__, seed="ring", out=HERE / "vectors" / "ring-v1.json"):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="folder of primitives.py and protocols.py")
    parser.add_argument("--seed", default=seed)
    parser.add_argument("--out", default=out)
    return parser.parse_args()


if __name__ == "__main__":
    ARGUMENTS = arguments()
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(HERE / ".." / ".." / "meter-link" / "tests" / "wire_vectors"), ARGUMENTS.reference]

import format_v1 as w  # noqa: E402
import primitives as c  # noqa: E402
import protocols as p  # noqa: E402

CMT, DRAWN, DERIVED = 4, 0, 1
WORD, MODULUS = 2**64, 8
MASK, SHARE, DELTA_STREAM = 0, 1, 2
TOKEN, FIRST_KEY, SEAT, GROUP_KEY, START, DELTA = 36, 37, 38, 39, 40, 41


class Stream:
    """Deterministic bytes."""

    def __init__(self, seed):
        self.seed, self.n = b"wattsum ring vectors " + seed.encode(), 0

    def bytes(self, size=32):
        self.n += 1
        return hashlib.shake_256(self.seed + w.le(self.n, 4)).digest(size)

    def below(self, bound):
        return int.from_bytes(self.bytes(48), "little") % bound

    def drawn(self, channels, modulus):
        """What a party draws for its channels: words of the ring, or 16 bytes each for another modulus."""
        return [self.below(WORD) if modulus == WORD else self.bytes(16) for _ in range(channels)]


def words(values):
    return b"".join(w.le(v % WORD, 8) for v in values)


def scale(uniform, modulus):
    """16 uniform bytes as a residue: the first eight are the high half of a number below 2^128."""
    high, low = int.from_bytes(uniform[:8], "little"), int.from_bytes(uniform[8:], "little")
    return ((high << 64) + low) * modulus >> 128


def residues(drawn, modulus):
    return drawn if modulus == WORD else [scale(d, modulus) for d in drawn]


def expand(key, info):
    return w.hmac256(key, info + b"\1")


def generation_key(purpose, generation, pair):
    return expand(pair, b"wattsum v1 cmt " + purpose + w.le(generation, 4))


def ratcheted(key, steps):
    for _ in range(steps):
        key = w.ratchet(key)
    return key


class Party:
    def __init__(self, rng, id_, role):
        self.id, self.secret, self.seed = id_, rng.bytes(), rng.bytes()
        self.identity = w.identity_key(self.seed)
        self.link = c.x25519(self.secret, c.BASE_U)
        self.leaf = w.leaf(id_, role, self.identity, self.link)
        self.key = (id_, self.secret, self.link)


def pad(key, round_, stream, channels, modulus):
    """Channel n: the stream's 16-byte element n as a residue; modulo 2^64 its first 8 bytes."""
    nonce = w.le(round_, 8) + w.le(stream, 4)
    bytes_ = b"".join(c.chacha20_block(key, n, nonce) for n in range(channels // 4 + 1))
    return [scale(bytes_[16 * n:16 * n + 16], modulus) for n in range(channels)]


class Member:
    """A meter in a generation: what it and the concentrator draw for it."""

    def __init__(self, rng, party, channels, modulus):
        self.party, self.token, self.secret = party, rng.bytes(16), rng.bytes()
        self.link, self.drawn = c.x25519(self.secret, c.BASE_U), rng.drawn(channels, modulus)
        self.sender = int.from_bytes(self.token[:4], "little")
        assert self.sender


class Ring:
    def __init__(self, rng, mode, meters, absent, channels, generation, modulus=WORD):
        self.mode, self.channels, self.generation, self.modulus = mode, channels, generation, modulus
        self.group, self.epoch, self.first, self.last = rng.below(2**32), rng.below(1000), 1000, 1999
        self.params = dict(origin=1_700_000_000, period=900, channels=channels, max_reading=10**9, max_meters=100,
                           min_honest=5, max_colluding=0, max_missing=0, rounds_per_step=10)
        options = bytes([mode]) if modulus == WORD else bytes([mode | MODULUS]) + w.le(modulus, 8)
        self.session = w.session(CMT, self.group, w.group_bytes(self.params) + options)
        ids = sorted({1 + rng.below(2**32 - 1) for _ in range(meters)})
        self.utility, self.meters = Party(rng, 0, w.UTILITY), [Party(rng, id_, w.METER) for id_ in ids]
        leaves = [party.leaf for party in [self.utility, *self.meters]]
        self.roster = w.commitment(b"roster", len(leaves), w.merkle_root(leaves))
        self.answerers = w.commitment(b"answerer list", 0, w.merkle_root([]))
        self.beacon = rng.bytes()
        self.context = w.context(self.session, self.epoch, self.first, self.last, self.roster, self.answerers, self.beacon)
        self.absent, self.start = absent, self.first + 8
        self.members = [Member(rng, m, channels, modulus) for n, m in enumerate(self.meters) if n not in absent]
        seed = w.sha256(b"wattsum v1 cmt order", self.session, w.le(generation, 4), self.beacon)
        count = len(self.members)
        self.order = [p.shuffled(place, count, seed, inverse=True) for place in range(count)]
        self.ring = [self.members[rank] for rank in self.order]
        self.lead = self.ring[0]
        positions = [n for n in range(len(self.meters)) if n not in absent]
        self.set = w.sha256(b"wattsum v1 cmt set", self.roster, w.le(count, 4), *(w.le(n, 4) for n in positions))
        pads = lambda stream, of: [self.pad(self.with_lead(b"seal", m.party), self.start, stream) for m in of]
        others = [m for m in self.members if m is not self.lead]
        for member in others:
            member.first = self.plus(residues(member.drawn, modulus), *pads(MASK, [member]))
        self.lead.first = self.plus(residues(self.lead.drawn, modulus), *pads(SHARE, others))

    def pad(self, key, round_, stream):
        return pad(key, round_, stream, self.channels, self.modulus)

    def plus(self, *rows):
        return [sum(column) % self.modulus for column in zip(*rows)]

    # --- keys ---
    def pair(self, label, mine, theirs):
        return w.pair_key(label, self.context, mine.key, theirs.key)

    def with_lead(self, purpose, other):
        return generation_key(purpose, self.generation, self.pair(b"seal", self.lead.party, other))

    def token_key(self, member):
        mine = (member.sender, member.secret, member.link)
        pair = w.pair_key(b"frame", self.context, mine, self.utility.key)
        return expand(pair, b"wattsum v1 cmt token" + w.le(self.generation, 4) + member.token)

    def link_after(self, place, round_):
        """Key of the ring link from a place to the next, at a round's ratchet step."""
        mine, theirs = self.ring[place].party, self.ring[(place + 1) % len(self.ring)].party
        label = b"wattsum v1 cmt delta" + w.le(self.generation, 4) + self.set
        key = expand(self.pair(b"cmt link", mine, theirs), label)
        step = lambda r: (r - self.first) // self.params["rounds_per_step"]
        return ratcheted(key, step(round_) - step(self.start))

    def key(self, first, delta, before):
        key = (first - delta + before) % self.modulus
        assert self.modulus != WORD or key == p.cmt_key(first, delta, before)
        return key

    # --- frames ---
    def head(self, kind, flags, sender, round_):
        return w.header(CMT, kind, flags, self.group, sender, round_)

    def sealed(self, kind, sender, receiver, key, message):
        head = self.head(kind, 0, sender, self.start)
        return head + w.le(self.generation, 4) + w.seal(key, head, receiver, message)

    def forming(self):
        lead, frames = self.lead.party, {}
        set_ = w.set_bytes(len(self.meters), self.absent)
        for member in self.members:
            if member is self.lead:
                continue
            party, seal_key = member.party, self.with_lead(b"seal", member.party)
            frames[str(party.id)] = dict(
                token=self.sealed(TOKEN, lead.id, party.id, seal_key, member.token),
                first_key=self.sealed(FIRST_KEY, party.id, lead.id, seal_key, words(member.first) + member.link),
                seat=w.tagged(self.with_lead(b"tag", party), self.head(SEAT, 0, lead.id, self.start),
                              w.le(self.generation, 4) + set_))
        group_key = self.plus(*(m.first for m in self.members))
        listed = sorted(self.members, key=lambda m: m.token)
        message = words(group_key) + w.le(len(listed), 4) + b"".join(m.token + m.link for m in listed)
        return frames, group_key, self.sealed(GROUP_KEY, lead.id, 0, self.with_lead(b"seal", self.utility), message)

    def round(self, rng, round_):
        """A round of the ring; everything by place."""
        count, links = len(self.ring), [self.link_after(place, round_) for place in range(len(self.ring))]
        readings = [[rng.below(150_000) - 36_480 for _ in range(self.channels)] for _ in self.ring]
        deltas, drawn = [self.pad(key, round_, DELTA_STREAM) for key in links], []
        if self.modulus == WORD:
            assert all(d[0] == p.cmt_derived_delta(key, round_) for d, key in zip(deltas, links))
        if self.mode == DRAWN:
            drawn = [rng.drawn(self.channels, self.modulus) for _ in self.ring]
            deltas = [self.plus(residues(row, self.modulus), pads) for row, pads in zip(drawn, deltas)]
        contributions, sent = [], []
        for place, member in enumerate(self.ring):
            keys = [self.key(*parts) for parts in zip(member.first, deltas[place], deltas[place - 1])]
            values = [(m + k) % self.modulus for m, k in zip(readings[place], keys)]
            head = self.head(w.CONTRIBUTION, w.TRANSMISSION, member.sender, round_)
            contributions.append(w.tagged(self.token_key(member), head, words(values)))
            if self.mode == DRAWN:
                head = self.head(DELTA, 0, member.party.id, round_)
                receiver = self.ring[(place + 1) % count].party.id
                sent.append(head + w.seal(links[place], head, receiver, words(deltas[place])))
        start = w.tagged(self.with_lead(b"tag", self.utility), self.head(START, 0, 0, round_), w.le(self.generation, 4))
        sums = [sum(column) for column in zip(*readings)]
        return dict(round=round_, readings=readings, deltas=deltas, drawn=drawn, start=start, delta_frames=sent,
                    contributions=contributions, sum=sums)

    def json(self, rng):
        frames, group_key, group_key_frame = self.forming()
        record = w.record(b"\4" + w.le(self.group, 4) + w.le(self.epoch, 4) + w.le(self.generation, 4))
        party = lambda q: dict(id=q.id, secret=q.secret, seed=q.seed, identity=q.identity, link=q.link)
        member = lambda m: dict(id=m.party.id, token=m.token, token_secret=m.secret, token_link=m.link,
                                token_key=self.token_key(m), drawn=m.drawn, first=m.first)
        return dict(mode=self.mode, group=self.group, epoch=self.epoch, first_round=self.first, last_round=self.last,
                    params=self.params, session=self.session, roster_root=self.roster, beacon=self.beacon,
                    context=self.context, utility=party(self.utility), meters=[party(m) for m in self.meters],
                    generation=self.generation, from_round=self.start, members=[member(m) for m in self.members],
                    order=self.order, set_digest=self.set, record=record, forming=frames, group_key=group_key,
                    group_key_frame=group_key_frame, rounds=[self.round(rng, self.start + n) for n in (0, 1, 2, 25)],
                    **({} if self.modulus == WORD else dict(modulus=self.modulus)))


def jsonable(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {k: jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    return value


def main():
    w.selftest()
    rng = Stream(ARGUMENTS.seed)
    shapes = ((DRAWN, 5, [], 1, 1), (DRAWN, 9, [0, 7], 3, 4), (DERIVED, 8, [3], 5, 2))
    rings = [Ring(rng, mode, *shape).json(rng) for mode, *shape in shapes]
    with open(ARGUMENTS.out, "w") as file:
        json.dump(jsonable(dict(rings=rings)), file, indent=1, sort_keys=True)
        file.write("\n")
    print(ARGUMENTS.out, [len(ring["members"]) for ring in rings])


if __name__ == "__main__":
    main()
