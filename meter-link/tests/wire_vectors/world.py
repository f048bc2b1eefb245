"""A group with all its secrets, for the wire vectors."""
import hashlib

import primitives as c
import format_v1 as w


class Stream:
    """Deterministic bytes."""

    def __init__(self, seed):
        self.seed, self.n = b"wattsum wire vectors " + seed.encode(), 0

    def bytes(self, size=32):
        self.n += 1
        return hashlib.shake_256(self.seed + w.le(self.n, 4)).digest(size)

    def below(self, bound):
        return int.from_bytes(self.bytes(48), "little") % bound

    def elements(self, count):
        """Field elements with the edges among them."""
        return [(0, w.FIELD64 - 1)[n % 2] if n in (1, 2) else self.below(w.FIELD64) for n in range(count)]

    def choose(self, count, total):
        """`count` numbers below `total`, ascending."""
        left = list(range(total))
        return sorted(left.pop(self.below(len(left))) for _ in range(count))


def malformed(name):
    return "malformed " + name


def fault(name, culprit=0):
    return f"fault {name} by {culprit}"


def edit(frame, at, data):
    return frame[:at] + bytes(data) + frame[at + len(data):]


def flip(frame, bit):
    return edit(frame, bit // 8, [frame[bit // 8] ^ 1 << bit % 8])


class Party:
    def __init__(self, rng, id_, role):
        self.id, self.role, self.seed, self.secret = id_, role, rng.bytes(), rng.bytes()
        self.identity, self.link = w.identity_key(self.seed), c.x25519(self.secret, c.BASE_U)
        self.leaf = w.leaf(id_, role, self.identity, self.link)
        self.key = (id_, self.secret, self.link)


class World:
    def __init__(self, rng, protocol, meters, answerers, threshold, channels, role, query_kind, own, **params):
        self.protocol, self.threshold, self.channels, self.query_kind = protocol, threshold, channels, query_kind
        self.group, self.epoch = rng.below(2**32), rng.below(1000)
        self.first, self.last = 1000, 1999
        self.params = dict(origin=1_700_000_000, period=900, channels=channels, max_reading=10**9, max_meters=200,
                           min_honest=3, max_colluding=0, max_missing=500, rounds_per_step=10) | params
        self.own = bytes(own)
        self.session = w.session(protocol, self.group, w.group_bytes(self.params) + self.own)
        ids = sorted({1 + rng.below(2**32 - 1) for _ in range(meters + answerers)})
        assert len(ids) == meters + answerers
        places = rng.choose(answerers, len(ids))
        places = places[1:] + places[:1]  # answerers' numbers do not follow their ids
        self.utility = Party(rng, 0, w.UTILITY)
        self.meters = [Party(rng, id_, w.METER) for n, id_ in enumerate(ids) if n not in places]
        self.answerers = [Party(rng, ids[n], role) for n in places]
        leaves = {"roster": [p.leaf for p in [self.utility, *self.meters]], "answerer list": [p.leaf for p in self.answerers]}
        self.leaves = leaves
        self.merkle = {label: w.merkle_root(list_) for label, list_ in leaves.items()}
        self.committed = {label: w.commitment(label.encode(), len(list_), self.merkle[label]) for label, list_ in leaves.items()}
        self.beacon, self.beacon_time = rng.bytes(), 1_800_000_000
        self.context = w.context(self.session, self.epoch, self.first, self.last, self.committed["roster"],
                                 self.committed["answerer list"], self.beacon)

    # --- keys ---
    def forming(self):
        return self.session + w.le(self.epoch, 4)

    def frame_key(self, party):
        return w.pair_key(b"frame", self.context, party.key, self.utility.key)

    # --- frames ---
    def head(self, kind, flags, sender, round_, **other):
        return w.header(other.get("protocol", self.protocol), kind, flags, other.get("group", self.group), sender, round_)

    def announcement(self, party, **other):
        payload = w.le(other.get("epoch", self.epoch), 4) + bytes([other.get("role", party.role)]) + other.get("link", party.link)
        head = self.head(w.LINK_KEY, 0, other.get("sender", party.id), other.get("round_", self.first))
        return w.signed(party.seed, self.forming(), head, payload)

    def root_payload(self, **other):
        get = lambda name, value: other.get(name, value)
        return (w.le(get("epoch", self.epoch), 4) + w.le(get("last", self.last), 4) + get("roster", self.committed["roster"])
                + get("answerers", self.committed["answerer list"]) + w.le(get("beacon_time", self.beacon_time), 8))

    def root_frame(self, **other):
        head = self.head(w.ROSTER_ROOT, 0, other.get("sender", 0), other.get("round_", self.first))
        return w.signed(self.utility.seed, self.forming(), head, self.root_payload(**other))

    def root_record(self, **other):
        payload = self.root_payload(**other)
        return w.record(b"\3" + payload[:4] + w.le(self.first, 4) + payload[4:])

    def signed(self, kind, flags, round_, payload, sender=0, **other):
        head = self.head(kind, flags, sender, round_, **other)
        return w.signed(other.get("seed", self.utility.seed), other.get("scope", self.context), head, payload)

    def json(self):
        party = lambda p: dict(id=p.id, role=p.role, seed=p.seed, identity=p.identity, secret=p.secret, link=p.link,
                               leaf=p.leaf, announcement=self.announcement(p), frame_key=p.id and self.frame_key(p))
        return dict(protocol=self.protocol, group=self.group, params=self.params, params_bytes=w.group_bytes(self.params),
                    own=self.own, session=self.session, epoch=self.epoch, first_round=self.first, last_round=self.last,
                    parties=[party(p) for p in [self.utility, *self.meters, *self.answerers]],
                    roster_merkle=self.merkle["roster"], roster_root=self.committed["roster"],
                    answerers_merkle=self.merkle["answerer list"], answerers_root=self.committed["answerer list"],
                    beacon=self.beacon, beacon_time=self.beacon_time, root_frame=self.root_frame(),
                    root_record=self.root_record(), context=self.context, query_kind=self.query_kind, threshold=self.query_kind and self.threshold)
