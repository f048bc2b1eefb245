"""Wire vectors of Opens, Closes and bound answers."""
import protocols as p
import format_v1 as w
from cases_roster import short_and_long, signed_edges, signed_header_cases
from world import edit, fault, malformed


def open_payload(previous_round, previous_hash, set_):
    return w.le(previous_round, 4) + previous_hash + set_


def opens(rng, worlds):
    good, bad = [], []

    def frame(n, round_, previous, absent, set_=None):
        world = worlds[n]
        named = previous or (round_, bytes(32))
        set_ = set_ or w.set_bytes(len(world.meters), absent)
        good.append(dict(world=n, now=round_, round=round_, previous=previous and list(previous), absent=absent,
                         frame=world.signed(w.OPEN, 0, round_, open_payload(*named, set_))))

    frame(0, 1000, None, [])
    frame(0, 1004, (1003, rng.bytes()), [2, 30])
    frame(0, 1999, (1000, rng.bytes()), rng.choose(11, 40))
    frame(1, 1500, (1499, rng.bytes()), [8])
    frame(2, 1000, None, [0])
    written = len(good)
    frame(0, 1001, (1000, rng.bytes()), [2, 30], w.bitmap(40, [m for m in range(40) if m not in (2, 30)]))
    frame(0, 1001, (1000, rng.bytes()), [], w.all_but(40, []))

    world, base = worlds[0], good[1]
    whole, payload = base["frame"], base["frame"][16:-64]

    def add(case, frame_, error, now=1004):
        bad.append(dict(case=case, world=0, now=now, frame=frame_, error=error))

    for case in signed_header_cases(world, whole, lambda head: w.signed(world.utility.seed, world.context, head, payload)):
        add(*case)
    for case in short_and_long(whole, lambda part: world.signed(w.OPEN, 0, 1004, part)):
        add(*case)
    add("trailing byte after the signature", whole + b"\0", fault("BadSignature"))
    meter = world.meters[0]
    add("sender is a meter", world.signed(w.OPEN, 0, 1004, payload, sender=meter.id), fault("UnknownSender", meter.id))
    for round_, now, error in ((999, 1000, "WrongEpoch"), (2000, 1999, "WrongEpoch"), (1004, 1001, "RoundFarFromNow"),
                               (1004, 1007, "RoundFarFromNow"), (1999, 1004, "RoundFarFromNow"), (2**32 - 1, 1004, "WrongEpoch")):
        add(f"round {round_} at {now}", world.signed(w.OPEN, 0, round_, payload), fault(error), now)
    for name, part in (("predecessor later than the round", open_payload(1005, rng.bytes(), b"\0")),
                       ("none, but a hash", open_payload(1004, rng.bytes(), b"\0"))):
        add(name, world.signed(w.OPEN, 0, 1004, part), malformed("BadField"))
    for name, set_ in (("unknown encoding", b"\3"), ("not ascending", b"\2\2\0\5\0\4\0"), ("twice", b"\2\2\0\5\0\5\0"),
                       ("beyond the roster", b"\2\1\0\x28\0")):
        add("set: " + name, world.signed(w.OPEN, 0, 1004, payload[:36] + set_), malformed("BadSet"))
    add("signed for another context", world.signed(w.OPEN, 0, 1004, payload, scope=worlds[1].context), fault("BadSignature"))
    add("signed by a meter", world.signed(w.OPEN, 0, 1004, payload, seed=meter.seed), fault("BadSignature"))
    as_close = whole[:-64] + w.sign(world.utility.seed, w.CLOSE, world.context, whole[:-64])
    add("signature of another kind", as_close, fault("BadSignature"))
    spare = worlds[1].signed(w.OPEN, 0, 1004, open_payload(1004, bytes(32), b"\1\xff\2"))
    bad.append(dict(case="set: spare bits", world=1, now=1004, frame=spare, error=malformed("BadSet")))
    edges = signed_edges(whole, 0)
    return dict(good=good, written=written, edge_of=1, bad=bad, **edges)


def close_flags(pass_, final):
    return pass_ - 1 << 1 | (w.FINAL if final else 0)


def closes(rng, worlds):
    good, bad = [], []

    def frame(n, pass_, quorum, absent, final):
        world, previous = worlds[n], rng.bytes()
        payload = previous + w.mask(len(world.answerers), quorum) + w.set_bytes(len(world.meters), absent)
        good.append(dict(world=n, now=1006, round=1004, previous=previous, quorum=quorum, absent=absent, final=final,
                         **{"pass": pass_}, frame=world.signed(w.CLOSE, close_flags(pass_, final), 1004, payload)))

    frame(0, 1, [], [2, 5, 30], False)
    frame(0, 2, [1, 2, 4], [2, 5, 30], True)
    frame(0, 3, [2, 3, 4], [], True)
    frame(1, 1, [1, 2, 3, 7, 8, 9], [4], True)
    frame(2, 1, [], [0], True)
    frame(2, 3, [], [], False)
    world, base = worlds[0], good[1]
    whole, payload = base["frame"], base["frame"][16:-64]
    flags = close_flags(2, True)

    def add(case, frame_, error, n=0, now=1004):
        bad.append(dict(case=case, world=n, now=now, frame=frame_, error=error))

    resign = lambda head: w.signed(world.utility.seed, world.context, head, payload)
    for case in signed_header_cases(world, whole, resign, flags=2 | 4 | 8):
        add(*case)
    for case in short_and_long(whole, lambda part: world.signed(w.CLOSE, flags, 1004, part)):
        add(*case)
    meter = world.meters[0]
    add("trailing byte after the signature", whole + b"\0", fault("BadSignature"))
    add("sender is a meter", world.signed(w.CLOSE, flags, 1004, payload, sender=meter.id), fault("UnknownSender", meter.id))
    add("pass 4", world.signed(w.CLOSE, close_flags(4, True), 1004, payload), malformed("UnknownFlags"))
    add("quorum, but not final", world.signed(w.CLOSE, close_flags(2, False), 1004, payload), malformed("BadQuorum"))
    add("final without a quorum", world.signed(w.CLOSE, flags, 1004, edit(payload, 32, [0])), malformed("BadQuorum"))
    for bit in range(4, 8):
        add(f"quorum bit {bit}", world.signed(w.CLOSE, flags, 1004, edit(payload, 32, [7 | 1 << bit])), malformed("BadQuorum"))
    for bit in range(1, 8):
        part = rng.bytes() + bytes([7, 1 << bit]) + b"\0"
        add(f"quorum bit {8 + bit} of 9", worlds[1].signed(w.CLOSE, close_flags(1, True), 1004, part), malformed("BadQuorum"), 1)
    for round_, now, error in ((999, 1000, "WrongEpoch"), (1004, 1001, "RoundFarFromNow"), (1004, 1007, "RoundFarFromNow")):
        add(f"round {round_} at {now}", world.signed(w.CLOSE, flags, round_, payload), fault(error), now=now)
    for name, set_ in (("unknown encoding", b"\4"), ("not ascending", b"\2\2\0\5\0\4\0"), ("beyond the roster", b"\2\1\0\x28\0")):
        add("set: " + name, world.signed(w.CLOSE, flags, 1004, payload[:33] + set_), malformed("BadSet"))
    add("final bit set by another", edit(good[0]["frame"], 3, [w.FINAL]), fault("BadSignature"))
    add("signed for another context", world.signed(w.CLOSE, flags, 1004, payload, scope=worlds[1].context), fault("BadSignature"))
    add("signed by a meter", world.signed(w.CLOSE, flags, 1004, payload, seed=meter.seed), fault("BadSignature"))
    return dict(good=good, edge_of=1, bad=bad, **signed_edges(whole, 0))


def bound(world, number, round_, quorum, absent):
    """(digest, values) of an answer, from the keys of the world."""
    label, me = (b"dcnet holder", b"shamir aggregator")[world.query_kind - 1], world.answerers[number - 1]
    members = [m for n, m in enumerate(world.meters) if n not in absent]
    digest = w.set_digest(world.committed["roster"], [m.id for m in members])
    pads = []
    for meter in members:
        key = w.pair_key(label, world.context, me.key, meter.key)
        for _ in range((round_ - world.first) // world.params["rounds_per_step"]):
            key = w.ratchet(key)
        pads.append(p.pads(key, round_, "share", world.channels))
    fellows = {n: w.pair_key(b"answerers", world.context, me.key, world.answerers[n - 1].key) for n in quorum if n != number}
    return digest, p.bound_answer(number, quorum, len(quorum), pads, fellows, world.context, round_, world.query_kind, digest)


def answers(rng, worlds):
    good, bad = [], []
    for n, round_, quorum, absent in ((0, 1004, [1, 2, 4], [2, 30]), (0, 1004, [2, 3, 4], [2, 30]), (0, 1025, [1, 2, 3], []),
                                      (1, 1010, [1, 2, 3, 7, 8, 9], [4])):
        world = worlds[n]
        open_ = world.signed(w.OPEN, 0, round_, open_payload(round_, bytes(32), w.set_bytes(len(world.meters), absent[:1])))
        mask, set_ = w.mask(len(world.answerers), quorum), w.set_bytes(len(world.meters), absent)
        close = world.signed(w.CLOSE, close_flags(1, True), round_, w.sha256(open_) + mask + set_)
        for number in quorum:
            party = world.answerers[number - 1]
            digest, values = bound(world, number, round_, quorum, absent)
            key = w.query_key(world.frame_key(party), world.context, round_, world.query_kind, digest, quorum)
            payload = bytes([world.query_kind]) + digest + mask + w.elements(values)
            good.append(dict(world=n, round=round_, quorum=quorum, absent=absent, number=number, digest=digest, values=values,
                             open=open_, close=close, record=w.record(b"\2" + w.le(round_, 4) + digest),
                             frame=w.tagged(key, world.head(w.ANSWER, 0, party.id, round_), payload)))
            log = w.Log(world.context, party.id)
            good[-1]["entry"] = log.append(w.BOUND, world.query_kind, round_, digest, good[-1]["frame"])
    world, base = worlds[0], good[0]
    whole, digest, party, quorum = base["frame"], base["digest"], world.answerers[0], base["quorum"]
    head, payload, frame_key = whole[:16], whole[16:-16], world.frame_key(party)

    def add(case, frame_, error):
        bad.append(dict(case=case, world=0, round=1004, digest=digest, quorum=quorum, frame=frame_, error=error))

    def answer(payload_, head_=head, digest_=digest, quorum_=quorum, round_=1004, kind=1, key=frame_key):
        return w.tagged(w.query_key(key, world.context, round_, kind, digest_, quorum_), head_, payload_)

    assert answer(payload) == whole
    for at, name, numbers, error in (
            (0, "protocol", (0, 2, 255), malformed("WrongProtocol")), (1, "version", (0, 2), malformed("UnknownVersion")),
            (2, "kind", (0, 4, 5, 7, 255), malformed("WrongKind")), (3, "flags", [1 << b for b in range(8)], malformed("UnknownFlags")),
            (4, "group", (whole[4] ^ 1,), fault("WrongGroup", party.id))):
        for number in numbers:
            add(f"{name} {number}", answer(payload, edit(head, at, [number])), error)
    for n in range(len(payload)):
        add(f"payload of {n} bytes", answer(payload[:n]), malformed("Truncated"))
    add("trailing byte", answer(payload + b"\0"), malformed("TrailingBytes"))
    add("trailing byte after the tag", whole + b"\0", fault("BadTag", party.id))
    for kind in (0, 2, 3, 4):
        add(f"query kind {kind}", answer(bytes([kind]) + payload[1:], kind=kind), malformed("WrongAnswerKind"))
    for bit in range(4, 8):
        add(f"quorum bit {bit}", answer(edit(payload, 33, [payload[33] | 1 << bit])), malformed("BadQuorum"))
    other = rng.bytes()
    add("another set", answer(edit(payload, 1, other), digest_=other), fault("WrongSet", party.id))
    for quorum_ in ([1, 2, 3], [1, 2, 3, 4], []):
        add(f"quorum {quorum_}", answer(edit(payload, 33, w.mask(4, quorum_)), quorum_=quorum_), fault("WrongSet", party.id))
    for value in (w.FIELD64, 2**64 - 1):
        add(f"element {value:#x}", answer(edit(payload, 34, w.le(value, 8))), malformed("NotCanonical"))
    add("tag under the frame key itself", w.tagged(frame_key, head, payload), fault("BadTag", party.id))
    add("tag for another quorum", answer(payload, quorum_=[1, 2, 3]), fault("BadTag", party.id))
    add("round", answer(payload, world.head(w.ANSWER, 0, party.id, 1005), round_=1005), fault("WrongRound", party.id))
    left_out, meter = world.answerers[2], world.meters[0]
    add("sender outside the quorum", answer(payload, world.head(w.ANSWER, 0, left_out.id, 1004), key=world.frame_key(left_out)),
        fault("NotInQuorum", left_out.id))
    add("sender is a meter", answer(payload, world.head(w.ANSWER, 0, meter.id, 1004), key=world.frame_key(meter)),
        fault("UnknownSender", meter.id))
    add("sender is the utility", answer(payload, world.head(w.ANSWER, 0, 0, 1004)), fault("UnknownSender", 0))
    add("second and different", answer(edit(payload, 34, w.le(5, 8))), fault("Contradiction", party.id))
    tag_error = fault("BadTag", party.id)
    return dict(good=good, bad=bad,
                cuts=[dict(start=0, below=32 + 34, error=malformed("Truncated")), dict(start=66, below=len(whole), error=tag_error)],
                flips=[dict(start=12, below=16, step=1, error=tag_error), dict(start=16, below=17, step=1, error=malformed("WrongAnswerKind")),
                       dict(start=17, below=49, step=1, error=tag_error), dict(start=50, below=len(whole), step=1, error=tag_error)])
