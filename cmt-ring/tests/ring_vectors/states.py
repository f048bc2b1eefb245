#!/usr/bin/env python3
"""Writes tests/vectors/states-v1.json: stored states of meters and of the concentrator's book, through the life of rings that
heal, and of a meter that follows a claim.

    python3 cmt-ring/tests/ring_vectors/states.py --reference ../shared/reference

From meter-link/docs/wire.md, section 8, alone; the rings are heal.py's. Everything is drawn from --seed.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import claims as towns  # noqa: E402
import heal  # noqa: E402
import make_ring_vectors as rings  # noqa: E402
import format_v1 as w  # noqa: E402

METER, BOOK = 23, 29
LICENCE, CLAIM, JOINING, PLACE = 1, 2, 4, 8
SENT, HEALED, LEADS, TWO_RINGS = 2, 4, 8, 16


def head(ring, position, id_, channels, latest, flags):
    return (bytes([METER]) + ring.context + w.le(id_, 4) + w.le(position, 4) + w.le(0, 2) + w.le(channels, 2)
            + w.le(latest, 4) + w.le(0, 4) + w.le(0, 4) + bytes([flags]))


def meter(ring, member, latest, joining=b"", place=b""):
    flags = (JOINING if joining else 0) | (PLACE if place else 0)
    party = member.party
    return w.record(head(ring, ring.meters.index(party), party.id, ring.channels, latest, flags) + joining + place)


def keys_with_lead(ring, member, steps):
    party = member.party
    return ring.with_lead(b"tag", party) + rings.ratcheted(ring.with_lead(b"heal", party), steps)


def joining(ring, member):
    lead = ring.lead.party
    return (w.le(ring.generation, 4) + w.le(ring.start, 4) + b"\0" + w.le(ring.meters.index(lead), 4) + w.le(lead.id, 4)
            + lead.link + keys_with_lead(ring, member, 0) + w.le(member.sender, 4) + ring.token_key(member) + member.link
            + rings.words(member.first))


def link(ring, mine, theirs, apart, steps):
    """As the two have it, or would have it, in the generation that was formed."""
    label = b"wattsum v1 cmt delta" if abs(apart) == 1 else b"wattsum v1 cmt second delta"
    key = rings.expand(ring.pair(b"cmt link", mine.party, theirs.party), label + w.le(ring.generation, 4) + ring.set)
    return w.le(theirs.party.id, 4) + rings.ratcheted(key, steps)


def place(ring, who, member, generation, start, steps, sent):
    """`who` has the places; a Healing or a Formed."""
    healed, leads = generation != ring.generation, member is ring.lead
    two = bool(ring.mode & heal.SECOND)
    flags = (SENT if sent else 0) | (HEALED if healed else 0) | (LEADS if leads else 0) | (TWO_RINGS if two else 0)
    at, count = who.places.index(member), len(who.places)
    out = bytes([flags]) + b"".join(w.le(n, 4) for n in (generation, start, 0, sent or 0, count, steps, member.sender,
                                                         ring.generation, ring.start))
    out += ring.set + ring.token_key(member)
    if leads:
        out += ring.with_lead(b"tag", ring.utility)
    else:
        out += w.le(ring.lead.party.id, 4) + keys_with_lead(ring, member, steps)
    if healed:
        out += who.set + who.token_key(member)
    for apart in (-1, 1, -2, 2) if two else (-1, 1):
        out += link(ring, member, who.places[(at + apart) % count], apart, steps)
    return out + rings.words(who.first[id(member)])


def book(ring, who, generation, steps):
    inside = {ring.meters.index(m.party): m for m in ring.members}
    left = {ring.meters.index(m.party) for m in who.places}
    out = bytes([BOOK]) + ring.context + b"".join(w.le(n, 4) for n in (ring.generation, generation, steps, ring.lead.sender))
    out += ring.with_lead(b"heal", ring.utility) + who.sets + w.le(len(inside) - 1, 4)
    for position, member in sorted(inside.items()):
        if member is not ring.lead:
            keys = keys_with_lead(ring, member, steps) if position in left else bytes(64)
            out += w.le(position, 4) + w.le(member.party.id, 4) + member.party.link + w.le(member.sender, 4) + keys
    return w.record(out)


def line(rng, shape, modulus, cuts):
    """heal.py's, with the states after forming, each healing, and each round; by place."""
    ring = rings.Ring(rng, *shape, modulus=modulus)
    row, formed = ring.json(rng), heal.Formed(ring)
    steps = lambda r: (r - ring.first) // 10 - (ring.start - ring.first) // 10
    states = lambda who, g, start, at, sent: [meter(ring, m, g, place=place(ring, who, m, g, start, at, sent)) for m in who.places]
    row["joining"] = {str(m.party.id): meter(ring, m, ring.generation, joining=joining(ring, m))
                      for m in ring.members if m is not ring.lead}
    row["states"] = states(formed, ring.generation, ring.start, 0, None)
    row["book"] = book(ring, formed, ring.generation, 0)
    sent, row["rounds"] = None, []
    for sent in (ring.start, ring.start + 1):
        row["rounds"].append(heal.played(rng, formed, ring, ring.generation, sent))
        row["rounds"][-1]["states"] = states(formed, ring.generation, ring.start, steps(sent), sent)
    row["healings"], cut, before = [], [], []
    for n, (after, places, rounds) in enumerate(cuts):
        cut = cut + [ring.ring[n] for n in places]
        g, start = ring.generation + 1 + n, ring.start + after
        healing = heal.Healing(rng, ring, g, start, cut, before)
        before = before + [healing]
        part = healing.json(rng, [])
        part["states"] = states(healing, g, start, steps(start), sent)
        part["book"] = book(ring, healing, g, steps(start))
        for sent in (ring.start + r for r in rounds):
            part["rounds"].append(healing.round(rng, sent))
            part["rounds"][-1]["states"] = states(healing, g, start, steps(sent), sent)
        row["healings"].append(part)
    return row


def following(town):
    """A meter that has its licence and follows a claim to generation 2 without meter 3; one with the licence alone."""
    since, absent, g = towns.ASKED, [3], 2
    members = towns.without(*absent)
    by, n = town.lead(g, members), 11
    licence = town.licence(n, since, 1)
    frame = town.signed_claim(by, g, towns.NOW, w.set_bytes(towns.METERS, absent))
    claim = b"".join(w.le(f, 4) for f in (g, towns.NOW, town.meters[by].id, by, len(members))) + town.digest(members)
    part = w.le(since, 4) + w.le(1, 4) + licence[-64:]
    top = lambda flags: head(town, n, town.meters[n].id, town.params["channels"], 0, flags)
    return dict(meter=n, licence=licence, claimant=by, claim=frame, licensed=w.record(top(LICENCE) + part),
                following=w.record(top(LICENCE | CLAIM) + part + claim))


def main():
    arguments = rings.arguments(__doc__, "states", pathlib.Path(__file__).parent / ".." / "vectors" / "states-v1.json")
    w.selftest()
    rng = rings.Stream(arguments.seed)
    both = rings.DERIVED | heal.SECOND
    lines = [
        line(rng, (rings.DRAWN, 7, [1], 2, 3), rings.WORD, [(2, [3], (2, 12))]),
        line(rng, (both, 9, [], 1, 1), 10**15 + 37, [(2, [4], (2, 3)), (23, [5, 2], (33,))]),
    ]
    town = towns.Town(rng)
    party = lambda q: dict(id=q.id, secret=q.secret, seed=q.seed, identity=q.identity, link=q.link)
    scene = dict(mode=rings.DERIVED, mean_term=towns.MEAN, group=town.group, epoch=town.epoch, first_round=towns.FIRST,
                 last_round=towns.LAST, params=town.params, session=town.session, roster_root=town.roster, beacon=town.beacon,
                 context=town.context, utility=party(town.utility), meters=[party(m) for m in town.meters], now=towns.NOW)
    out = dict(rings=lines, town=dict(scene, **following(town)))
    with open(arguments.out, "w") as file:
        json.dump(rings.jsonable(out), file, indent=1, sort_keys=True)
        file.write("\n")
    print(arguments.out, [len(row["healings"]) for row in lines])


if __name__ == "__main__":
    main()
