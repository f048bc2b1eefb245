#!/usr/bin/env python3
"""Writes tests/vectors/claims-v1.json: how a group with terms finds its concentrator: Hellos, claims, a hand over; good and bad.

    python3 cmt-ring/tests/ring_vectors/claims.py --reference ../shared/reference

From docs/election.md and meter-link/docs/wire.md alone, in plain Python. Everything is drawn from --seed.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import licences as desks  # noqa: E402
import make_ring_vectors as rings  # noqa: E402
import format_v1 as w  # noqa: E402
import protocols as p  # noqa: E402
from licences import FIRST, LAST, MEAN, NOW, fault, flip, malformed  # noqa: E402

HELLO, CLAIM, HAND_OVER, CLAIM_RECORD, LEAST = 34, 35, 42, 28, 5
METERS = desks.METERS = 40  # enough for all three encodings of a set
ASKED = NOW - 3


class Town(desks.Desk):
    def order(self, generation, count):
        """Ranks by place."""
        seed = w.sha256(b"wattsum v1 cmt order", self.session, w.le(generation, 4), self.beacon)
        return [p.shuffled(place, count, seed, inverse=True) for place in range(count)]

    def lead(self, generation, members):
        return members[self.order(generation, len(members))[0]]

    def draw(self, generation, position):
        return self.order(generation, METERS).index(position)

    def drawn_term(self, generation, mean):
        seed = w.sha256(b"wattsum v1 cmt term", self.session, w.le(generation, 4), self.beacon)
        return 1 + int.from_bytes(seed[:8], "little") % (2 * mean - 1)

    def digest(self, members):
        return w.sha256(b"wattsum v1 cmt set", self.roster, w.le(len(members), 4), *(w.le(n, 4) for n in members))

    def signed_claim(self, by, generation, from_, set_, signer=None, context=None, tail=b"", **head):
        meter = self.meters[by]
        payload = w.le(generation, 4) + set_ + tail
        seed = self.meters[by if signer is None else signer].seed
        return w.signed(seed, context or self.context, self.head(CLAIM, meter.id, from_, **head), payload)

    def hello(self, n, generation, from_, since, number, licence, signer=None, context=None, tail=b"", **head):
        payload = w.le(generation, 4) + w.le(since, 4) + w.le(number, 4) + licence[-64:] + tail
        seed = self.meters[n if signer is None else signer].seed
        return w.signed(seed, context or self.context, self.head(HELLO, self.meters[n].id, from_, **head), payload)

    def hand_over(self, present, lead, to, generation, from_, members, set_=None, digest=None, tail=b"", key_of=None, **head):
        """From the concentrator of generation `present`; `key_of` names another key than the right one."""
        pair = w.pair_key(b"seal", self.context, self.meters[lead].key, self.meters[to].key)
        tag = rings.generation_key(b"tag", present, pair)
        digest = self.digest(members) if digest is None else digest
        key = key_of or rings.expand(tag, b"wattsum v1 cmt hand over" + w.le(generation, 4) + digest)
        set_ = w.set_bytes(METERS, [n for n in range(METERS) if n not in members]) if set_ is None else set_
        return w.tagged(key, self.head(HAND_OVER, self.meters[lead].id, from_, **head), w.le(generation, 4) + set_ + tail)


def without(*absent):
    return [n for n in range(METERS) if n not in absent]


def good_claims(town):
    """Claims in all encodings, and which of them goes before which."""
    sets = [[], [3], [39], list(range(0, 40, 3)), list(range(8, 40)), list(range(35)), [0, 1]]
    rows = []
    for generation in (1, 2, 64):
        for absent in sets:
            members = without(*absent)
            by = town.lead(generation, members)
            rows.append((generation, by, absent, NOW + generation % 3))
    claims = [dict(generation=g, from_round=from_, until=from_ + town.term(g), claimant=by, absent=absent,
                   count=METERS - len(absent), set=town.digest(without(*absent)), draw=town.draw(g, by),
                   frame=town.signed_claim(by, g, from_, w.set_bytes(METERS, absent)),
                   record=w.record(bytes([CLAIM_RECORD]) + w.le(town.group, 4) + w.le(town.epoch, 4) + w.le(g, 4)))
              for g, by, absent, from_ in rows]
    kind = lambda row: row["frame"][20]
    assert {kind(row) for row in claims} == {0, 1, 2}
    beats = lambda a, b: (a["generation"] == b["generation"] and a["claimant"] != b["claimant"]
                          and (-a["count"], a["draw"]) < (-b["count"], b["draw"]))
    pairs = [(i, j) for i in range(len(claims)) for j in range(len(claims)) if i != j]
    before = lambda a, b: a["generation"] < b["generation"] or beats(a, b)
    return dict(rows=claims, beats=[pair for pair in pairs if beats(*(claims[n] for n in pair))],
                precedes=[pair for pair in pairs if before(*(claims[n] for n in pair))])


def other_encodings(town):
    """A reader takes any encoding of a set, and the claim is the same."""
    absent = [3]
    by = town.lead(1, without(*absent))
    good = town.signed_claim(by, 1, NOW, w.set_bytes(METERS, absent))
    long = town.signed_claim(by, 1, NOW, w.bitmap(METERS, without(*absent)))
    everybody = town.lead(1, without())
    whole = [town.signed_claim(everybody, 1, NOW, set_) for set_ in (b"\0", w.bitmap(METERS, without()), w.all_but(METERS, []))]
    return [dict(claimant=by, frames=[good, long]), dict(claimant=everybody, frames=whole)]


def bad_claims(town):
    by = town.lead(1, without())
    other = next(n for n in without() if n != by)
    id_ = town.meters[by].id
    claim = lambda set_=b"\0", generation=1, from_=NOW, **more: town.signed_claim(by, generation, from_, set_, **more)
    good = claim()
    unsigned = lambda payload: w.signed(town.meters[by].seed, town.context, town.head(CLAIM, id_, NOW), payload)
    few = next(s for s in ([by] + [n for n in without() if n != by][k:k + 3] for k in range(36)))
    lacking = without(by)
    row = lambda what, frame, error, claimant=by: dict(what=what, claimant=claimant, frame=frame, error=error)
    return [
        row("nothing", b"", malformed("Truncated")),
        row("header and no signature", good[:16], malformed("Truncated")),
        row("a Hello", town.hello(by, 1, NOW, ASKED, 1, town.licence(by, ASKED, 1)), malformed("WrongKind")),
        row("another version", w.signed(town.meters[by].seed, town.context, flip(town.head(CLAIM, id_, NOW), 1), w.le(1, 4) + b"\0"),
            malformed("UnknownVersion")),
        row("a flag", claim(flags=1), malformed("UnknownFlags")),
        row("another group", claim(group=town.group ^ 1), fault(id_, "Link(WrongGroup)")),
        row("another's entry", good, "Misuse(Link(UnknownParty))", claimant=other),
        row("signed by another", claim(signer=other), fault(id_, "Link(BadSignature)")),
        row("another epoch's", claim(context=town.other_context), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the set", flip(good, 20), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the round", flip(good, 12), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the signature", flip(good, len(good) - 3), fault(id_, "Link(BadSignature)")),
        row("no generation", unsigned(b"\1\0"), malformed("Truncated")),
        row("no set", unsigned(w.le(1, 4)), malformed("Truncated")),
        row("a byte too many", claim(tail=b"\0"), malformed("TrailingBytes")),
        row("an unknown encoding", claim(set_=b"\3"), malformed("BadSet")),
        row("exceptions twice", claim(set_=w.all_but(METERS, [7, 7])), malformed("BadSet")),
        row("exceptions descend", claim(set_=w.all_but(METERS, [9, 7])), malformed("BadSet")),
        row("beyond the roster", claim(set_=w.all_but(METERS, [METERS])), malformed("BadSet")),
        row("a bitmap that is too short", claim(set_=b"\1" + b"\xff" * 4), malformed("Truncated")),
        row("before the epoch", claim(from_=FIRST - 1), fault(id_, "Link(WrongEpoch)")),
        row("after the epoch", claim(from_=LAST + 1), fault(id_, "Link(WrongEpoch)")),
        row("generation 0", claim(generation=0), fault(id_, "WrongGeneration")),
        row("four members", claim(set_=w.bitmap(METERS, sorted(few))), fault(id_, "Link(SetTooSmall)")),
        row("nobody", claim(set_=w.bitmap(METERS, [])), fault(id_, "Link(SetTooSmall)")),
        row("without the claimant", claim(set_=w.bitmap(METERS, lacking)), fault(id_, "Link(NotInSet)")),
        row("another one is drawn", town.signed_claim(other, 1, NOW, b"\0"), fault(town.meters[other].id, "NotConcentrator"), other),
        row("another one is drawn in that generation",
            claim(generation=next(g for g in range(2, 9) if town.lead(g, without()) != by)), fault(id_, "NotConcentrator")),
    ]


def hellos(town):
    """Heard in round NOW in the election of generation 5 from NOW on, by meter 0, whose roll asks of meter 7 a licence of NOW − 1."""
    n, id_ = 9, town.meters[9].id
    licence = town.licence(n, ASKED, 1)
    hello = lambda generation=5, from_=NOW, since=ASKED, number=1, licence_=licence, **more: town.hello(
        n, generation, from_, since, number, licence_, **more)
    good = [dict(meter=m, generation=g, from_round=r, since=since, number=number, licence=town.licence(m, since, number), says=says,
                 frame=town.hello(m, g, r, since, number, town.licence(m, since, number)))
            for m, g, r, since, number, says in [
                (9, 5, NOW, ASKED, 1, "New"), (9, 5, NOW, ASKED, 1, "Known"), (8, 5, NOW, NOW, 3, "New"),
                (7, 5, NOW, NOW - 1, 2, "New"), (6, 0, NOW, ASKED, 1, "Discovery"), (6, 6, NOW, ASKED, 1, "Elsewhere"),
                (6, 5, NOW + 1, ASKED, 1, "Elsewhere")]]
    frame = lambda payload: w.signed(town.meters[n].seed, town.context, town.head(HELLO, id_, NOW), payload)
    row = lambda what, frame_, error, meter=n: dict(what=what, meter=meter, frame=frame_, error=error)
    bad = [
        row("nothing", b"", malformed("Truncated")),
        row("a claim", town.signed_claim(town.lead(5, without()), 5, NOW, b"\0"), malformed("WrongKind")),
        row("a flag", hello(flags=1), malformed("UnknownFlags")),
        row("another group", hello(group=town.group ^ 1), fault(id_, "Link(WrongGroup)")),
        row("another's entry", hello(), "Misuse(Link(UnknownParty))", meter=8),
        row("three rounds ahead", hello(from_=NOW + 3), fault(id_, "Link(RoundFarFromNow)")),
        row("before the epoch", hello(from_=FIRST - 1), fault(id_, "Link(WrongEpoch)")),
        row("signed by another", hello(signer=8), fault(id_, "Link(BadSignature)")),
        row("another epoch's", hello(context=town.other_context), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the generation", flip(hello(), 16), fault(id_, "Link(BadSignature)")),
        row("a licence that is cut off", frame(w.le(5, 4) + w.le(ASKED, 4) + w.le(1, 4) + licence[-64:-1]), malformed("Truncated")),
        row("a byte too many", hello(tail=b"\0"), malformed("TrailingBytes")),
        row("another's licence", hello(licence_=town.licence(8, ASKED, 1)), fault(id_, "BadLicence")),
        row("another number than the licence's", hello(number=2), fault(id_, "BadLicence")),
        row("another round than the licence's", hello(since=ASKED + 1), fault(id_, "BadLicence")),
        row("number 0", hello(number=0, licence_=town.licence(n, ASKED, 0)), fault(id_, "BadLicence")),
        row("a licence of before the epoch", hello(since=FIRST - 1, licence_=town.licence(n, FIRST - 1, 1)), fault(id_, "BadLicence")),
        row("a licence that the meter signed", hello(licence_=town.licence(n, ASKED, 1, signer=town.meters[n])), fault(id_, "BadLicence")),
        row("a void licence", town.hello(7, 5, NOW, NOW - 2, 1, town.licence(7, NOW - 2, 1)), fault(town.meters[7].id, "BadLicence"), 7),
        row("a past generation", hello(generation=4), fault(id_, "WrongGeneration")),
        row("a generation too far ahead", hello(generation=100), fault(id_, "WrongGeneration")),
        row("an earlier round", hello(from_=NOW - 1), fault(id_, "Link(WrongRound)")),
    ]
    return dict(now=NOW, generation=5, void=dict(meter=7, since=NOW - 1), good=good, bad=bad)


def hand_overs(town):
    """A ring of all, generation 3 from NOW on, whose term is over at `until`; generation 3 + k to another one."""
    present, members = 3, without()
    lead = town.lead(present, members)
    until = NOW + town.term(present)
    absent = next(n for n in members if n != lead)
    next_members = without(absent)
    generation = next(g for g in range(present + 1, 60) if town.lead(g, next_members) != lead)
    to = town.lead(generation, next_members)
    id_ = town.meters[lead].id
    hand = lambda g=generation, from_=until, members_=next_members, **more: town.hand_over(present, lead, to, g, from_, members_, **more)
    good = hand()
    other = next(g for g in range(generation + 1, 60) if town.lead(g, next_members) != to)
    few = sorted([to] + [n for n in members if n not in (to, absent)][:3])
    plain = rings.generation_key(b"tag", present, w.pair_key(b"seal", town.context, town.meters[lead].key, town.meters[to].key))
    lacking = without(to)
    stranger = next(n for n in members if n not in (lead, to))
    row = lambda what, frame, error: dict(what=what, frame=frame, error=error)
    bad = [
        row("nothing", b"", malformed("Truncated")),
        row("a claim", town.signed_claim(to, generation, until, w.set_bytes(METERS, [absent])), malformed("WrongKind")),
        row("a flag", hand(flags=1), malformed("UnknownFlags")),
        row("another group", hand(group=town.group ^ 1), fault(id_, "Link(WrongGroup)")),
        row("not the concentrator", town.hand_over(present, stranger, to, generation, until, next_members),
            fault(town.meters[stranger].id, "Link(UnknownSender)")),
        row("no generation", good[:16] + good[-16:], malformed("Truncated")),
        row("no set", good[:20] + good[-16:], malformed("Truncated")),
        row("an unknown encoding", hand(set_=b"\3"), malformed("BadSet")),
        row("a byte too many", hand(tail=b"\0"), malformed("TrailingBytes")),
        row("a flipped bit of the set", flip(good, len(good) - 18), fault(id_, "Link(BadTag)")),
        row("a flipped bit of the generation", flip(good, 16), fault(id_, "Link(BadTag)")),
        row("a flipped bit of the tag", flip(good, len(good) - 1), fault(id_, "Link(BadTag)")),
        row("another round", flip(good, 12), fault(id_, "Link(BadTag)")),
        row("under the tag key itself", hand(key_of=plain), fault(id_, "Link(BadTag)")),
        row("under the key for another set", hand(digest=town.digest(members)), fault(id_, "Link(BadTag)")),
        row("three rounds ahead", hand(from_=until + 3), fault(id_, "Link(RoundFarFromNow)")),
        row("the present generation", hand(g=present), fault(id_, "WrongGeneration")),
        row("a generation too far ahead", hand(g=200), fault(id_, "WrongGeneration")),
        row("four members", hand(members_=few), fault(id_, "Link(SetTooSmall)")),
        row("without the receiver", hand(members_=lacking), fault(id_, "Link(NotInSet)")),
        row("another one is drawn", hand(g=other), fault(id_, "NotConcentrator")),
        row("before the term's end", hand(from_=until - 1), fault(id_, "TooEarly")),
    ]
    return dict(present=present, from_round=NOW, until=until, concentrator=lead, to=to, generation=generation, absent=[absent],
                frame=good, bad=bad)


def main():
    arguments = rings.arguments(__doc__, "claims", pathlib.Path(__file__).parent / ".." / "vectors" / "claims-v1.json")
    w.selftest()
    town = Town(rings.Stream(arguments.seed))
    party = lambda q: dict(id=q.id, secret=q.secret, seed=q.seed, identity=q.identity, link=q.link)
    terms = [dict(mean=mean, terms=[town.drawn_term(g, mean) for g in range(1, 21)]) for mean in (1, 2, 4, 96, 2**31)]
    out = dict(mode=rings.DERIVED, mean_term=MEAN, group=town.group, epoch=town.epoch, first_round=FIRST, last_round=LAST,
               params=town.params, session=town.session, roster_root=town.roster, beacon=town.beacon, context=town.context,
               utility=party(town.utility), meters=[party(m) for m in town.meters], now=NOW, asked=ASKED,
               licences=[town.licence(n, ASKED, 1) for n in range(METERS)], terms=terms, claims=good_claims(town),
               encodings=other_encodings(town), bad_claims=bad_claims(town), hellos=hellos(town), hand_overs=hand_overs(town))
    with open(arguments.out, "w") as file:
        json.dump(rings.jsonable(out), file, indent=1, sort_keys=True)
        file.write("\n")
    print(arguments.out)


if __name__ == "__main__":
    main()
