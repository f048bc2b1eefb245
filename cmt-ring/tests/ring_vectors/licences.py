#!/usr/bin/env python3
"""Writes tests/vectors/licences-v1.json: what meters and supplier of a group with terms send and store, good and bad.

    python3 cmt-ring/tests/ring_vectors/licences.py --reference ../shared/reference

From docs/licences.md, docs/protocol.md and meter-link/docs/wire.md alone, in plain Python. Everything is drawn from --seed.
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
import primitives as c  # noqa: E402
import protocols as p  # noqa: E402

REQUEST, LICENCE, CLAIM, GROUP_KEY, LOST = 32, 33, 35, 39, 43
LICENCE_RECORD, STATE, ROUND_RECORD = 21, 22, 27
OPENED, LOST_ONE, RING, TERM, EXPELLED, LEFT_OUT = 1, 2, 4, 8, 1, 2
METERS, MEAN, FIRST, LAST, ASKED, NOW = 8, 20, 1000, 1999, 1006, 1008


def fault(id_, name):
    return f"Fault {{ culprit: PartyId({id_}), fault: {name} }}"


def malformed(name):
    return f"Malformed({name})"


def flip(frame, at):
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:]


class Desk:
    """A group with terms and derived δ, and its supplier."""

    def __init__(self, rng):
        self.rng, self.group, self.epoch = rng, rng.below(2**32), rng.below(1000)
        self.params = dict(origin=1_700_000_000, period=900, channels=2, max_reading=10**9, max_meters=100,
                           min_honest=5, max_colluding=0, max_missing=0, rounds_per_step=10)
        self.session = w.session(rings.CMT, self.group, w.group_bytes(self.params) + bytes([rings.DERIVED | 4]) + w.le(MEAN, 4))
        ids = sorted({1 + rng.below(2**32 - 1) for _ in range(METERS)})
        self.utility = rings.Party(rng, 0, w.UTILITY)
        self.meters = [rings.Party(rng, id_, w.METER) for id_ in ids]
        leaves = [party.leaf for party in [self.utility, *self.meters]]
        self.roster = w.commitment(b"roster", len(leaves), w.merkle_root(leaves))
        answerers = w.commitment(b"answerer list", 0, w.merkle_root([]))
        self.beacon = rng.bytes()
        of = lambda epoch: w.context(self.session, epoch, FIRST, LAST, self.roster, answerers, self.beacon)
        self.context, self.other_context = of(self.epoch), of(self.epoch + 1)

    # --- frames ---
    def head(self, kind, sender, round_, flags=0, group=None):
        return w.header(rings.CMT, kind, flags, self.group if group is None else group, sender, round_)

    def request(self, n, round_, number, position=None, tail=b"", context=None, **head):
        meter = self.meters[n]
        payload = w.le(n if position is None else position, 4) + w.le(number, 4) + tail
        return w.signed(meter.seed, context or self.context, self.head(REQUEST, meter.id, round_, **head), payload)

    def licence(self, n, since, number, signer=None, sender=0, context=None, id_=None, tail=b""):
        payload = w.le(self.meters[n].id if id_ is None else id_, 4) + w.le(n, 4) + w.le(number, 4) + tail
        seed = (signer or self.utility).seed
        return w.signed(seed, context or self.context, self.head(LICENCE, sender, since), payload)

    def lost(self, round_, generation, names, count=None, tail=b"", sender=0, signer=None, context=None):
        payload = w.le(generation, 4) + w.le(len(names) if count is None else count, 4) + b"".join(w.le(n, 4) for n in names)
        seed = (signer or self.utility).seed
        return w.signed(seed, context or self.context, self.head(LOST, sender, round_), payload + tail)

    def claim(self, generation, from_, absent):
        """The frame, and who signs it: the member that the draw puts at place 0."""
        members = [n for n in range(METERS) if n not in absent]
        seed = w.sha256(b"wattsum v1 cmt order", self.session, w.le(generation, 4), self.beacon)
        lead = self.meters[members[p.shuffled(0, len(members), seed, inverse=True)]]
        payload = w.le(generation, 4) + w.set_bytes(METERS, absent)
        return w.signed(lead.seed, self.context, self.head(CLAIM, lead.id, from_), payload), lead

    def term(self, generation):
        seed = w.sha256(b"wattsum v1 cmt term", self.session, w.le(generation, 4), self.beacon)
        return 1 + int.from_bytes(seed[:8], "little") % (2 * MEAN - 1)

    # --- keys ---
    def seal_pair(self, meter):
        return w.pair_key(b"seal", self.context, meter.key, self.utility.key)

    def ring(self, generation, from_, lead, count):
        """The GroupKey of a ring, and what its members send with."""
        members = sorted((rings.Member(self.rng, lead, 2, 2**64) for _ in range(count)), key=lambda m: m.token)
        group_key = [sum(column) % 2**64 for column in zip(*(m.drawn for m in members))]
        message = rings.words(group_key) + w.le(count, 4) + b"".join(m.token + m.link for m in members)
        head = self.head(GROUP_KEY, lead.id, from_)
        key = rings.generation_key(b"seal", generation, self.seal_pair(lead))
        return members, group_key, head + w.le(generation, 4) + w.seal(key, head, 0, message)

    def token_key(self, generation, member):
        pair = w.pair_key(b"frame", self.context, (member.sender, member.secret, member.link), self.utility.key)
        return rings.expand(pair, b"wattsum v1 cmt token" + w.le(generation, 4) + member.token)

    def contribution(self, generation, member, round_, reading):
        head = self.head(w.CONTRIBUTION, member.sender, round_, w.TRANSMISSION)
        values = [(m + k) % 2**64 for m, k in zip(reading, member.drawn)]
        return w.tagged(self.token_key(generation, member), head, rings.words(values))

    # --- what is stored ---
    def licence_record(self, n, number, since):
        return w.record(bytes([LICENCE_RECORD]) + w.le(n, 4) + w.le(number, 4) + w.le(since, 4))

    def round_record(self, generation, flags, last):
        return w.record(bytes([ROUND_RECORD]) + w.le(generation, 4) + bytes([flags]) + w.le(last, 4))

    def state(self, generation, flags, last, meters, retired, ring, context=None, tail=b""):
        """meters: (flags, number, since, left out from); ring: fields in their order, or nothing."""
        body = bytes([STATE]) + (context or self.context) + w.le(generation, 4) + bytes([flags]) + w.le(last, 4)
        body += b"".join(bytes([f]) + w.le(number, 4) + w.le(since, 4) + w.le(out, 4) for f, number, since, out in meters)
        body += w.le(len(retired), 4) + b"".join(w.le(name, 4) for name in retired)
        return w.record(body + b"".join(ring) + tail)

    def ring_fields(self, generation, from_, until, lead, frame, group_key, members):
        start, heal = (rings.generation_key(name, generation, self.seal_pair(lead)) for name in (b"tag", b"heal"))
        head = b"".join(w.le(v, 4) for v in (generation, generation, from_, until, lead.id)) + w.sha256(frame) + start + heal
        holders = [w.le(m.sender, 4) + self.token_key(generation, m) for m in members]
        return [head, rings.words(group_key), w.le(len(members), 4), *holders, w.le(0, 4)]


def story(desk):
    """Licences for all but the last meter; a ring without meter 2, which asks again; a round, and a lost one."""
    licences = []
    for n in range(METERS - 1):
        licences.append(dict(meter=n, now=ASKED, number=1, request=desk.request(n, ASKED, 1),
                             licence=desk.licence(n, ASKED, 1), record=desk.licence_record(n, 1, ASKED)))
    early = [1, 2, METERS - 1]
    first = next(g for g in range(1, 60) if desk.term(g) > 4)
    claim, lead = desk.claim(first, NOW, early)
    before, _, old_frame = desk.ring(first, NOW, lead, METERS - len(early))
    generation = next(g for g in range(first + 1, 60) if desk.term(g) > 5)
    start = NOW + desk.term(first)
    absent = [2, METERS - 1]
    next_claim, next_lead = desk.claim(generation, start, absent)
    members, group_key, frame = desk.ring(generation, start, next_lead, METERS - len(absent))
    until = start + desk.term(generation)
    # Meter 1 was left out of the first ring, and is in the second with its second licence.
    renewals = [dict(meter=1, now=NOW + 1, number=2, request=desk.request(1, NOW + 1, 2), licence=desk.licence(1, NOW + 1, 2),
                     record=desk.licence_record(1, 2, NOW + 1))]
    # Left out by a ring that has not begun: its licence holds from that ring's first round on.
    late = dict(meter=2, now=start - 1, number=2, request=desk.request(2, start - 1, 2), licence=desk.licence(2, start, 2),
                record=desk.licence_record(2, 2, start))
    readings = [[desk.rng.below(10**6) - 1000 for _ in range(2)] for _ in members]
    sent = [desk.contribution(generation, m, start, reading) for m, reading in zip(members, readings)]
    again = [desk.contribution(generation, m, start + 1, reading) for m, reading in zip(members, readings)]
    silent = [1, 4]
    names = sorted(members[n].sender for n in silent)
    meters = [(0, 1, ASKED, 0)] * METERS
    meters[1] = (LEFT_OUT, 2, NOW + 1, NOW)
    meters[2] = (LEFT_OUT, 2, start, start)
    meters[3] = (EXPELLED, 1, ASKED, 0)
    meters[METERS - 1] = (LEFT_OUT, 0, 0, start)
    flags = OPENED | LOST_ONE | RING | TERM
    fields = desk.ring_fields(generation, start, until, next_lead, frame, group_key, members)
    retired = [m.sender for m in before]
    state = lambda **changed: desk.state(**{**dict(generation=generation, flags=flags, last=start + 1, meters=meters,
                                                   retired=retired, ring=fields), **changed})
    empty = desk.state(0, 0, 0, [(0, 0, 0, 0)] * METERS, [], [])
    swapped = [*fields[:3], fields[4], fields[3], *fields[5:]]
    bad_states = [("truncated", state()[:-1]), ("flipped", flip(state(), 40)), ("another context", state(context=desk.other_context)),
                  ("the ring of another generation", state(generation=generation + 1)), ("an unknown flag", state(flags=flags | 16)),
                  ("no term", state(flags=flags & ~TERM)), ("something left", state(tail=b"\0")),
                  ("members out of order", state(ring=swapped)), ("too many names", state(retired=list(range(METERS + 1)))),
                  ("an unknown flag of a meter", state(meters=[(4, 1, ASKED, 0), *meters[1:]])), ("a record", desk.round_record(1, 1, NOW))]
    return dict(licences=licences, first=dict(claim=claim, group_key=old_frame, now=NOW, concentrator=lead.id), renewals=renewals,
                second=dict(claim=next_claim, group_key=frame, now=start, concentrator=next_lead.id, generation=generation,
                            until=until), registered=start - 2, late=late, expelled=3,
                round=dict(round=start, record=desk.round_record(generation, OPENED, start), contributions=sent,
                           sum=[sum(column) for column in zip(*readings)]),
                lost=dict(round=start + 1, contributions=[f for n, f in enumerate(again) if n not in silent], names=names,
                          frame=desk.lost(start + 1, generation, names), record=desk.round_record(generation, OPENED | LOST_ONE, start + 1)),
                state=state(), empty=empty, bad_states=[dict(what=what, state=bytes_) for what, bytes_ in bad_states])


def bad_requests(desk):
    """A supplier that knows nothing, in round NOW."""
    id_ = desk.meters[3].id
    good = desk.request(3, NOW, 1)
    frame = lambda payload: w.signed(desk.meters[3].seed, desk.context, desk.head(REQUEST, id_, NOW), payload)
    stranger = rings.Party(desk.rng, 7, w.METER)
    unknown = w.signed(stranger.seed, desk.context, desk.head(REQUEST, 7, NOW), w.le(3, 4) + w.le(1, 4))
    row = lambda what, frame_, error: dict(what=what, frame=frame_, error=error)
    return dict(now=NOW, good=good, rows=[
        row("nothing", b"", malformed("Truncated")),
        row("header and no signature", good[:16], malformed("Truncated")),
        row("another kind", desk.licence(3, NOW, 1), malformed("WrongKind")),
        row("a flag", desk.request(3, NOW, 1, flags=1), malformed("UnknownFlags")),
        row("another group", desk.request(3, NOW, 1, group=desk.group ^ 1), fault(id_, "Link(WrongGroup)")),
        row("not in the roster", unknown, fault(7, "Link(UnknownSender)")),
        row("three rounds old", desk.request(3, NOW - 3, 1), fault(id_, "Link(RoundFarFromNow)")),
        row("before the epoch", desk.request(3, FIRST - 1, 1), fault(id_, "Link(WrongEpoch)")),
        row("another epoch's", desk.request(3, NOW, 1, context=desk.other_context), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the signature", flip(good, 40), fault(id_, "Link(BadSignature)")),
        row("a flipped bit of the number", flip(good, 20), fault(id_, "Link(BadSignature)")),
        row("no number", frame(w.le(3, 4)), malformed("Truncated")),
        row("a byte too many", desk.request(3, NOW, 1, tail=b"\0"), malformed("TrailingBytes")),
        row("another position", desk.request(3, NOW, 1, position=4), malformed("BadField")),
        row("number 0", desk.request(3, NOW, 0), malformed("BadField")),
    ])


def bad_licences(desk):
    """Meter 3 in round NOW, which has asked for number 2."""
    good = desk.licence(3, NOW - 4, 2)
    frame = lambda payload: w.signed(desk.utility.seed, desk.context, desk.head(LICENCE, 0, NOW), payload)
    id_ = desk.meters[3].id
    row = lambda what, frame_, error: dict(what=what, frame=frame_, error=error)
    kept = w.le(NOW - 4, 4) + w.le(id_, 4) + w.le(3, 4) + w.le(2, 4) + good[-64:]
    shown = [("another number", NOW - 4, 3, good[-64:]), ("another round", NOW - 3, 2, good[-64:]),
             ("number 0", NOW, 0, desk.licence(3, NOW, 0)[-64:]), ("outside the epoch", FIRST - 1, 2, desk.licence(3, FIRST - 1, 2)[-64:]),
             ("another meter's", NOW - 4, 2, desk.licence(4, NOW - 4, 2)[-64:]),
             ("another epoch's", NOW - 4, 2, desk.licence(3, NOW - 4, 2, context=desk.other_context)[-64:]),
             ("a meter's signature", NOW - 4, 2, desk.licence(3, NOW - 4, 2, signer=desk.meters[3])[-64:]),
             ("a flipped bit", NOW - 4, 2, flip(good[-64:], 3))]
    return dict(now=NOW, number=2, meter=3, good=good, kept=kept, rows=[
        row("a request", desk.request(3, NOW, 2), malformed("WrongKind")),
        row("from a meter", desk.licence(3, NOW, 2, signer=desk.meters[3], sender=id_), fault(id_, "Link(UnknownSender)")),
        row("signed by a meter", desk.licence(3, NOW, 2, signer=desk.meters[3]), fault(0, "Link(BadSignature)")),
        row("another epoch's", desk.licence(3, NOW, 2, context=desk.other_context), fault(0, "Link(BadSignature)")),
        row("before the epoch", desk.licence(3, FIRST - 1, 2), fault(0, "Link(WrongEpoch)")),
        row("of three rounds later", desk.licence(3, NOW + 3, 2), fault(0, "Link(RoundFarFromNow)")),
        row("a flipped bit", flip(good, 20), fault(0, "Link(BadSignature)")),
        row("no number", frame(w.le(id_, 4) + w.le(3, 4)), malformed("Truncated")),
        row("a byte too many", desk.licence(3, NOW, 2, tail=b"\0"), malformed("TrailingBytes")),
        row("another meter's", desk.licence(4, NOW, 2), fault(0, "BadLicence")),
        row("another meter's id", desk.licence(3, NOW, 2, id_=desk.meters[4].id), fault(0, "BadLicence")),
        row("a lower number", desk.licence(3, NOW, 1), fault(0, "BadLicence")),
    ], shown=[dict(what=what, since=since, number=number, signature=signature, error=fault(id_, "BadLicence"))
              for what, since, number, signature in shown])


def bad_notices(desk):
    row = lambda what, frame_, error: dict(what=what, frame=frame_, error=error)
    good = desk.lost(NOW, 4, [5, 9, 2**32 - 1])
    short = w.signed(desk.utility.seed, desk.context, desk.head(LOST, 0, NOW), w.le(4, 4))
    return dict(now=NOW, good=good, generation=4, names=[5, 9, 2**32 - 1], rows=[
        row("a licence", desk.licence(3, NOW, 1), malformed("WrongKind")),
        row("from a meter", desk.lost(NOW, 4, [5], sender=desk.meters[0].id, signer=desk.meters[0]),
            fault(desk.meters[0].id, "Link(UnknownSender)")),
        row("signed by a meter", desk.lost(NOW, 4, [5], signer=desk.meters[0]), fault(0, "Link(BadSignature)")),
        row("another epoch's", desk.lost(NOW, 4, [5], context=desk.other_context), fault(0, "Link(BadSignature)")),
        row("after the epoch", desk.lost(LAST + 1, 4, [5]), fault(0, "Link(WrongEpoch)")),
        row("three rounds old", desk.lost(NOW - 3, 4, [5]), fault(0, "Link(RoundFarFromNow)")),
        row("a flipped bit", flip(good, 30), fault(0, "Link(BadSignature)")),
        row("no count", short, malformed("Truncated")),
        row("fewer names than it says", desk.lost(NOW, 4, [5, 9], count=3), malformed("Truncated")),
        row("more names than it says", desk.lost(NOW, 4, [5, 9], count=1), malformed("TrailingBytes")),
        row("a byte too many", desk.lost(NOW, 4, [5, 9], tail=b"\0"), malformed("TrailingBytes")),
        row("descending names", desk.lost(NOW, 4, [9, 5]), malformed("BadField")),
        row("a name twice", desk.lost(NOW, 4, [9, 9]), malformed("BadField")),
        row("more names than meters", desk.lost(NOW, 4, list(range(1, METERS + 2))), malformed("BadField")),
        row("a count that no frame has", desk.lost(NOW, 4, [], count=2**32 - 1), malformed("BadField")),
    ])


def main():
    arguments = rings.arguments(__doc__, "licences", HERE / ".." / "vectors" / "licences-v1.json")
    w.selftest()
    rng = rings.Stream(arguments.seed)
    desk = Desk(rng)
    party = lambda q: dict(id=q.id, secret=q.secret, seed=q.seed, identity=q.identity, link=q.link)
    out = dict(mode=rings.DERIVED, mean_term=MEAN, group=desk.group, epoch=desk.epoch, first_round=FIRST, last_round=LAST,
               params=desk.params, session=desk.session, roster_root=desk.roster, beacon=desk.beacon, context=desk.context,
               utility=party(desk.utility), meters=[party(m) for m in desk.meters], terms=[desk.term(g) for g in range(1, 9)],
               story=story(desk), requests=bad_requests(desk), received=bad_licences(desk), notices=bad_notices(desk))
    with open(arguments.out, "w") as file:
        json.dump(rings.jsonable(out), file, indent=1, sort_keys=True)
        file.write("\n")
    print(arguments.out)


if __name__ == "__main__":
    main()
