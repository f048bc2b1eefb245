#!/usr/bin/env python3
"""Writes tests/vectors/heal-v1.json: rings that heal, with one ring and with two, every frame of them.

    python3 cmt-ring/tests/ring_vectors/heal.py --reference ../shared/reference

From docs/healing.md, docs/protocol.md and meter-link/docs/wire.md alone; the rings as they are formed are
make_ring_vectors.py's. Everything is drawn from --seed.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE / ".."), str(HERE / ".." / ".." / ".." / "meter-link" / "tests" / "wire_vectors")]
if "--reference" in sys.argv[:-1]:
    sys.path.insert(0, sys.argv[sys.argv.index("--reference") + 1])

import make_ring_vectors as rings  # noqa: E402
import format_v1 as w  # noqa: E402

SECOND = 2
HEAL, HEALED = 44, 45


class Healing:
    """Who is left of a ring, as generation g from a round on. Everything is made of the ring as it was formed; `before` are
    the healings until then."""

    def __init__(self, rng, ring, g, start, cut, before=()):
        self.formed, self.g, self.start = ring, g, start
        self.places = [m for m in ring.ring if m not in cut]
        self.lead = self.places[0]
        assert self.lead is ring.lead
        self.positions = sorted(ring.meters.index(m.party) for m in self.places)
        meters = len(ring.meters)
        self.absent = [n for n in range(meters) if n not in self.positions]
        sets = [ring.absent, *(healing.absent for healing in before), self.absent]
        self.sets = bytes([len(sets)]) + b"".join(w.set_bytes(meters, absent) for absent in sets)
        count = [w.le(len(self.positions), 4)] + [w.le(n, 4) for n in self.positions]
        self.set = w.sha256(b"wattsum v1 cmt set", ring.roster, *count)
        self.bound = w.le(g, 4) + self.set
        self.cut = cut
        self.drawn = rng.drawn(ring.channels, ring.modulus)
        others = [m for m in self.places if m is not self.lead]
        pads = lambda stream: [ring.pad(self.fresh(m), start, stream) for m in others]
        self.first = dict(zip(map(id, others), pads(rings.MASK)))
        self.first[id(self.lead)] = ring.plus(rings.residues(self.drawn, ring.modulus), *pads(rings.SHARE))

    def steps(self, round_):
        step = lambda r: (r - self.formed.first) // self.formed.params["rounds_per_step"]
        return step(round_) - step(self.formed.start)

    def fresh(self, member):
        key = rings.ratcheted(self.formed.with_lead(b"heal", member.party), self.steps(self.start))
        return rings.expand(key, b"wattsum v1 cmt healed key" + self.bound)

    def link(self, place, apart, round_):
        """Key of the link from a place to the one so far behind it."""
        mine, theirs = self.places[place].party, self.places[(place + apart) % len(self.places)].party
        label = b"wattsum v1 cmt delta" if apart == 1 else b"wattsum v1 cmt second delta"
        formed = rings.expand(self.formed.pair(b"cmt link", mine, theirs),
                              label + w.le(self.formed.generation, 4) + self.formed.set)
        return self.of_link(rings.ratcheted(formed, self.steps(round_)))

    def of_link(self, formed):
        return rings.expand(formed, b"wattsum v1 cmt healed link" + self.bound)

    def token_key(self, member):
        return rings.expand(self.formed.token_key(member), b"wattsum v1 cmt healed token" + w.le(self.g, 4))

    def frames(self):
        ring, payload = self.formed, w.le(self.g, 4) + self.sets
        head = ring.head(HEAL, 0, self.lead.party.id, self.start)
        heal = {str(m.party.id): w.tagged(ring.with_lead(b"tag", m.party), head, payload)
                for m in self.places if m is not self.lead}
        head = ring.head(HEALED, 0, self.lead.party.id, self.start)
        group_key = ring.plus(*(self.first[id(m)] for m in self.places))
        names = sorted(m.sender for m in self.cut)
        message = rings.words(group_key) + w.le(len(names), 4) + b"".join(w.le(name, 4) for name in names)
        key = rings.expand(ring.with_lead(b"heal", ring.utility), b"wattsum v1 cmt healed seal" + w.le(self.g, 4))
        return heal, group_key, head + w.le(self.g, 4) + w.seal(key, head, 0, message)

    def round(self, rng, round_):
        return played(rng, self, self.formed, self.g, round_)

    def json(self, rng, rounds):
        heal, group_key, healed = self.frames()
        ring = self.formed
        record = w.record(b"\4" + w.le(ring.group, 4) + w.le(ring.epoch, 4) + w.le(self.g, 4))
        ranks = [ring.members.index(m) for m in self.places]
        return dict(generation=self.g, from_round=self.start, cut=[ring.meters.index(m.party) for m in self.cut],
                    left=self.positions, order=ranks, set_digest=self.set, drawn=self.drawn, record=record, heal=heal,
                    first=[self.first[id(m)] for m in self.places], group_key=group_key, healed=healed,
                    rounds=[self.round(rng, round_) for round_ in rounds])


class Formed(Healing):
    """The ring before any healing, in the same terms."""

    def __init__(self, ring):
        self.formed, self.places = ring, ring.ring
        self.sets = b"\1" + w.set_bytes(len(ring.meters), ring.absent)
        self.first = {id(m): m.first for m in ring.members}

    def of_link(self, formed):
        return formed

    def token_key(self, member):
        return self.formed.token_key(member)


def played(rng, who, ring, generation, round_):
    """A round; everything by place."""
    count, reach = len(who.places), (1, 2) if ring.mode & SECOND else (1,)
    readings = [[rng.below(150_000) - 36_480 for _ in range(ring.channels)] for _ in who.places]
    links = {apart: [who.link(place, apart, round_) for place in range(count)] for apart in reach}
    deltas = {apart: [ring.pad(key, round_, rings.DELTA_STREAM) for key in keys] for apart, keys in links.items()}
    drawn, contributions, sent = [], [], []
    if ring.mode == rings.DRAWN:
        drawn = [rng.drawn(ring.channels, ring.modulus) for _ in who.places]
        deltas[1] = [ring.plus(rings.residues(row, ring.modulus), pads) for row, pads in zip(drawn, deltas[1])]
    for place, member in enumerate(who.places):
        values = [m + k for m, k in zip(readings[place], who.first[id(member)])]
        for apart in reach:
            out_of, into = deltas[apart][place], deltas[apart][place - apart]
            values = [v - d + e for v, d, e in zip(values, out_of, into)]
        head = ring.head(w.CONTRIBUTION, w.TRANSMISSION, member.sender, round_)
        contributions.append(w.tagged(who.token_key(member), head, rings.words(v % ring.modulus for v in values)))
        if ring.mode == rings.DRAWN:
            head = ring.head(rings.DELTA, 0, member.party.id, round_)
            receiver = who.places[(place + 1) % count].party.id
            sent.append(head + w.seal(links[1][place], head, receiver, rings.words(deltas[1][place])))
    start = w.tagged(ring.with_lead(b"tag", ring.utility), ring.head(rings.START, 0, 0, round_), w.le(generation, 4))
    return dict(round=round_, readings=readings, drawn=drawn, start=start, delta_frames=sent,
                contributions=contributions, sum=[sum(column) for column in zip(*readings)])


def line(rng, shape, modulus, cuts):
    """A ring and its healings: rounds since the ring's first one, and places in the ring as it was formed."""
    ring = rings.Ring(rng, *shape, modulus=modulus)
    row = ring.json(rng)
    row["rounds"] = [played(rng, Formed(ring), ring, ring.generation, ring.start + n) for n in (0, 1)]
    row["bad"] = bad(ring) if ring.absent == [2] else None
    row["healings"], cut, before = [], [], []
    for n, (after, places, rounds) in enumerate(cuts):
        cut = cut + [ring.ring[place] for place in places]
        healing = Healing(rng, ring, ring.generation + 1 + n, ring.start + after, cut, before)
        before = before + [healing]
        row["healings"].append(healing.json(rng, [ring.start + r for r in rounds]))
        row["healings"][-1]["bad"] = bad_after(rng, healing, cut) if len(before) > 1 and not cuts[n + 1:] else None
    return row


def bad(ring):
    """Frames that the member at place 3 and the supplier refuse before the first healing, and how."""
    lead, me, cut = ring.lead.party, ring.ring[3].party, ring.ring[5].party
    total, g, start = len(ring.meters), ring.generation + 1, ring.start + 2
    without = lambda *parties: sorted(ring.absent + [ring.meters.index(party) for party in parties])
    blame = lambda fault, who=lead: f"Fault {{ culprit: PartyId({who.id}), fault: {fault} }}"
    link = lambda fault: blame(f"Link({fault})")
    tag, far = ring.with_lead(b"tag", me), max(ring.generation, start - ring.first) + 65

    def heal(g=g, round_=start, formed=ring.absent, left=without(cut), key=tag, sender=lead, more=b"", between=(), n=None):
        head, sets = ring.head(HEAL, 0, sender.id, round_), [formed, *between, left]
        count = bytes([len(sets) if n is None else n])
        return w.tagged(key, head, w.le(g, 4) + count + b"".join(w.set_bytes(total, absent) for absent in sets) + more)

    most = [m.party for m in ring.ring if m.party not in (lead, me)]
    there = [n for n in without(cut, ring.ring[6].party) if n not in ring.absent]
    members = [
        ("the present generation", heal(g=g - 1), blame("WrongGeneration")),
        ("too far ahead", heal(g=far), blame("WrongGeneration")),
        ("from the ring's first round", heal(round_=ring.start), link("WrongRound")),
        ("beyond the epoch", heal(round_=ring.last + 1), link("WrongEpoch")),
        ("far from now", heal(round_=start + 3), link("RoundFarFromNow")),
        ("nobody is cut", heal(left=ring.absent), blame("WrongMembers")),
        ("others have formed the ring", heal(formed=[]), blame("WrongMembers")),
        ("somebody who was not there", heal(left=there), blame("WrongMembers")),
        ("too few", heal(left=without(*most[:len(most) - 2])), link("SetTooSmall")),
        ("without the receiver", heal(left=without(me)), link("NotInSet")),
        ("without the concentrator", heal(left=without(lead)), link("NotInSet")),
        ("from a member", heal(sender=cut), blame("Link(UnknownSender)", cut)),
        ("another generation's tag key", heal(key=rings.generation_key(b"tag", g, ring.pair(b"seal", lead, me))), link("BadTag")),
        ("something behind", heal(more=b"\0"), "Malformed(TrailingBytes)"),
        ("one bit", heal()[:-1] + bytes([heal()[-1] ^ 1]), link("BadTag")),
        ("no set", heal()[:20] + heal()[-16:], link("BadTag")),
        ("no sets", heal(n=0), "Malformed(BadField)"),
        ("one set", heal(n=1), "Malformed(BadField)"),
        ("a set is missing", heal(n=3), "Malformed(Truncated)"),
        ("a set more than it says", heal(between=[without(cut)]), blame("WrongMembers")),
        ("a set that the next one exceeds", heal(between=[without(cut, ring.ring[6].party)]), blame("WrongMembers")),
        ("two sets that are not one of the other", heal(between=[without(ring.ring[6].party)]), blame("WrongMembers")),
    ]

    heal_key = ring.with_lead(b"heal", ring.utility)

    def healed(names, g=g, round_=start, key=heal_key, sender=lead, words=None):
        head = ring.head(HEALED, 0, sender.id, round_)
        message = (words or bytes(8 * ring.channels)) + b"".join(w.le(n, 4) for n in names)
        return head + w.le(g, 4) + w.seal(rings.expand(key, b"wattsum v1 cmt healed seal" + w.le(g, 4)), head, 0, message)

    names = sorted(m.sender for m in ring.ring[1:])
    name, others = ring.ring[5].sender, names[:len(ring.ring) - 4]
    supplier = [
        ("the present generation", healed([1, name], g=g - 1), blame("WrongGeneration")),
        ("too far ahead", healed([1, name], g=far), blame("WrongGeneration")),
        ("from the ring's first round", healed([1, name], round_=ring.start), link("WrongRound")),
        ("beyond the epoch", healed([1, name], round_=ring.last + 1), link("WrongEpoch")),
        ("far from now", healed([1, name], round_=start + 3), link("RoundFarFromNow")),
        ("no name of the ring", healed([1, name ^ 1]), blame("WrongMembers")),
        ("too few are left", healed([len(others)] + others), link("SetTooSmall")),
        ("nobody is cut", healed([0]), "Malformed(BadField)"),
        ("more than there are", healed([total + 1] + [name] * (total + 1)), "Malformed(BadField)"),
        ("twice the same", healed([2, name, name]), "Malformed(BadField)"),
        ("descending", healed([2, names[1], names[0]]), "Malformed(BadField)"),
        ("a name is missing", healed([2, name]), "Malformed(Truncated)"),
        ("positions, without terms", healed([1, name, 1, 0]), "Malformed(TrailingBytes)"),
        ("from a member", healed([1, name], sender=cut), blame("Link(UnknownSender)", cut)),
        ("under the seal key", healed([1, name], key=ring.with_lead(b"seal", ring.utility)), link("BadSeal")),
    ]
    rows = lambda list_: [dict(what=what, frame=frame, error=error) for what, frame, error in list_]
    return dict(now=start, member=ring.order[3], to_member=rows(members), to_supplier=rows(supplier))


def bad_after(rng, healing, cut):
    """A frame that returns who was cut, and one that passes the present set over: refused by all who are left."""
    ring, g, start = healing.formed, healing.g + 1, healing.start + 1
    back, other = cut[-1], healing.places[2]

    def frames(*sets):
        whole = [ring.absent, *sets]
        payload = w.le(g, 4) + bytes([len(whole)]) + b"".join(w.set_bytes(len(ring.meters), absent) for absent in whole)
        head = ring.head(HEAL, 0, ring.lead.party.id, start)
        return {str(m.party.id): w.tagged(ring.with_lead(b"tag", m.party), head, payload)
                for m in healing.places if m not in (ring.lead, other)}

    at = lambda member: ring.meters.index(member.party)
    returned = [n for n in healing.absent if n != at(back)]
    fewer = sorted(returned + [at(other)])
    error = f"Fault {{ culprit: PartyId({ring.lead.party.id}), fault: WrongMembers }}"
    rows = [("who was cut is back", frames(healing.absent, returned)), ("back, and another is cut", frames(healing.absent, fewer)),
            ("the present set is not there", frames(fewer))]
    return [dict(what=what, now=start, frames=made, error=error) for what, made in rows]


def main():
    arguments = rings.arguments(__doc__, "heal", HERE / ".." / "vectors" / "heal-v1.json")
    w.selftest()
    rng = rings.Stream(arguments.seed)
    both = rings.DERIVED | SECOND
    lines = [
        line(rng, (rings.DRAWN, 8, [], 1, 1), rings.WORD, [(2, [3], (2, 3)), (12, [4], (12, 22)), (23, [7], (23,))]),
        line(rng, (rings.DERIVED, 9, [2], 3, 4), rings.WORD, [(2, [1, 2], (2, 30)), (31, [5], (31, 33))]),
        line(rng, (both, 10, [0], 2, 7), rings.WORD, [(2, [4], (2, 3)), (13, [5, 2], (14, 15)), (24, [8], (24,))]),
        line(rng, (both, 7, [], 1, 2), 10**15 + 37, [(3, [6], (3, 40))]),
    ]
    with open(arguments.out, "w") as file:
        json.dump(rings.jsonable(dict(rings=lines)), file, indent=1, sort_keys=True)
        file.write("\n")
    print(arguments.out, [len(row["healings"]) for row in lines])


if __name__ == "__main__":
    main()
