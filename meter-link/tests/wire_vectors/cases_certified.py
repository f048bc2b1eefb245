"""Wire vectors, good and bad, of window queries, statements, raw answers and log heads."""
import cases_states as states
import cases_windows as c
import protocols as p
import format_v1 as w
from cases_roster import short_and_long, signed_edges, signed_header_cases
from world import edit, fault, flip, malformed

ROUND, LAST = 1013, c.BILLED_LAST


def window_queries(group):
    world, bad = group.world, []
    whole, payload = group.query, group.query[16:-64]

    def add(case, frame, error, **now):
        bad.append(dict(case=case, frame=frame, error=error) | now)

    send = lambda part, **other: world.signed(w.WINDOW_QUERY, 0, LAST, part, **other)
    for case in signed_header_cases(world, whole, lambda head: w.signed(world.utility.seed, world.context, head, payload)):
        add(*case)
    for case in short_and_long(whole, send):
        add(*case)
    meter = world.meters[0]
    add("trailing byte after the signature", whole + b"\0", fault("BadSignature"))
    add("sender is a meter", send(payload, sender=meter.id), fault("UnknownSender", meter.id))
    for round_ in (999, 2000, 2**32 - 1):
        add(f"round {round_}", world.signed(w.WINDOW_QUERY, 0, round_, payload), fault("WrongEpoch"), now=2**32 - 1)
    for now in (0, c.BILLED_FIRST, LAST - 1, LAST):
        add(f"asked at {now}", whole, fault("WindowOpen"), now=now)
    for bit in range(1, 8):
        add(f"quorum bit {8 + bit} of 9", send(edit(payload, 36, [7, 1 << bit])), malformed("BadQuorum"))
    add("nobody asked", send(edit(payload, 36, [0, 0])), malformed("BadQuorum"))
    for name, set_ in (("unknown encoding", b"\3"), ("not ascending", b"\2\2\0\5\0\4\0"), ("twice", b"\2\2\0\5\0\5\0"),
                       ("beyond the roster", b"\2\1\0\x0d\0"), ("spare bits", b"\1\xff\x20")):
        add("billed: " + name, send(payload[:38] + set_), malformed("BadSet"))
    for first in (LAST + 1, 2**32 - 1):
        add(f"begins with {first}", send(w.le(first, 4) + payload[4:]), malformed("BadField"))
    add("signed for another session", send(payload, scope=world.forming()), fault("BadSignature"))
    add("signed by a meter", send(payload, seed=meter.seed), fault("BadSignature"))
    as_close = whole[:-64] + w.sign(world.utility.seed, w.CLOSE, world.context, whole[:-64])
    add("signature of another kind", as_close, fault("BadSignature"))
    good = []
    for first, last, quorum, billed, set_ in (
            (c.BILLED_FIRST, LAST, c.BOUND_QUORUM, c.BILLED, None), (c.BILLED_FIRST, LAST, c.RAW_QUORUM, c.BILLED, None),
            (1000, 1007, [9], list(range(13)), None), (1999, 1999, [1, 8, 9], [0], None), (1000, 1999, [2], [], None)):
        digest = group.sets_digest if first == c.BILLED_FIRST else group.rng.bytes()
        good.append(dict(world=4, first=first, last=last, sets_digest=digest, quorum=quorum, billed=billed,
                         frame=group.asked(quorum, last, first=first, sets_digest=digest, billed=billed, set_=set_)))
    assert good[0]["frame"] == group.query
    other = dict(good[0], frame=group.asked(c.BOUND_QUORUM, set_=w.all_but(13, [3, 12])))  # read, though not the shortest
    assert other["frame"] != group.query
    return dict(good=good, readable=[other], bad=bad, **signed_edges(whole, 0))


def statements(group, worlds):
    """Of both kinds. `asked` are those whom the utility wants to hear."""
    world, good, bad = group.world, [], []
    for kind, round_, digest in ((w.SET_STATEMENT, ROUND, group.rounds[ROUND]["digest"]), (w.WINDOW_STATEMENT, LAST, group.digest)):
        base = dict(world=4, kind=kind, round=round_, digest=digest, asked=c.RAW_QUORUM)
        frames = [group.statement(kind, number, round_, digest) for number in c.RAW_QUORUM]
        good += [dict(base, number=number, frame=frame) for number, frame in zip(c.RAW_QUORUM, frames)]
        party, whole = group.answerer(1), frames[0]

        def add(case, frame, error):
            bad.append(dict(case=case, kind=kind, frame=frame, error=error))

        other_kind = w.SET_STATEMENT + w.WINDOW_STATEMENT - kind
        for case in signed_header_cases(world, whole, lambda head: w.signed(party.seed, world.context, head, digest)):
            add(*case)
        add("the other statement", group.statement(other_kind, 1, round_, digest), malformed("WrongKind"))
        for case in short_and_long(whole, lambda part: group.statement(kind, 1, round_, part)):
            add(*case)
        add("trailing byte after the signature", whole + b"\0", fault("BadSignature", party.id))
        for name, sender in (("the utility", 0), ("a meter", world.meters[0].id)):
            add("sender is " + name, group.statement(kind, 1, round_, digest, sender=sender), fault("UnknownSender", sender))
        for name, other in (("by another answerer", dict(seed=group.answerer(2).seed)), ("for another session", dict(scope=world.forming())),
                            ("for another context", dict(scope=worlds[1].context))):
            add("signed " + name, group.statement(kind, 1, round_, digest, **other), fault("BadSignature", party.id))
        as_other = whole[:-64] + w.sign(party.seed, other_kind, world.context, whole[:-64])
        add("signature of the other statement", as_other, fault("BadSignature", party.id))
        silent = group.answerer(9)
        add("of one who was not asked", group.statement(kind, 9, round_, digest), fault("NotInQuorum", silent.id))
        add("of another round", group.statement(kind, 1, round_ - 1, digest), fault("WrongRound", party.id))
        add("of another round and set", group.statement(kind, 1, round_ - 1, flip(digest, 7)), fault("WrongRound", party.id))
        add("of another set", group.statement(kind, 1, round_, flip(digest, 7)), fault("WrongSet", party.id))
    return dict(good=good, bad=bad, certificates=certificates(group), **signed_edges(good[0]["frame"], group.answerer(1).id))


def certificates(group):
    """Lists of statements, and who states the round's set or why nobody's raw answer follows."""
    digest = group.rounds[ROUND]["digest"]
    say = lambda number, digest_=digest, round_=ROUND: group.statement(w.SET_STATEMENT, number, round_, digest_)
    id_ = lambda number: group.answerer(number).id
    rows = [("t", [1, 2, 3, 5, 8, 9], None), ("all", list(range(1, 10)), None), ("in any order", [9, 1, 8, 2, 5, 3], None),
            ("one too few", [1, 2, 3, 4, 5], "Quorum { have: 5, need: 6 }"), ("none", [], "Quorum { have: 0, need: 6 }"),
            ("one twice", [1, 2, 3, 4, 5, 5, 6], fault("RepeatedStatement", id_(5)))]
    rows = [dict(case=case, numbers=numbers, statements=list(map(say, numbers)), error=error) for case, numbers, error in rows]
    six = [say(number) for number in (1, 2, 3, 4, 5, 6)]
    for case, last, error in (("one of another set", say(7, group.rng.bytes()), fault("WrongSet", id_(7))),
                              ("one of another round", say(7, round_=ROUND + 1), fault("WrongRound", id_(7))),
                              ("one with a wrong signature", flip(say(7), 8 * 50), fault("BadSignature", id_(7))),
                              ("one of a window", group.statement(w.WINDOW_STATEMENT, 7, ROUND, digest), malformed("WrongKind"))):
        rows.append(dict(case=case, numbers=[], statements=[*six, last], error=error))
    return dict(world=4, round=ROUND, digest=digest, rows=rows)


def raw_answers(group, dcnet):
    """Raw answers to rounds and to a window; `width` elements each."""
    world, good, bad = group.world, [], []
    for round_, query_kind, width in ((ROUND, w.SHAMIR_ROUND, 2), (LAST, w.SHAMIR_WINDOW, 2 * len(c.BILLED))):
        for number in c.RAW_QUORUM:
            told = next(e for e in group.told[number] if (e["form"], e["round"], e["kind"]) == (w.RAW, round_, query_kind))
            good.append(dict(world=4, kind=query_kind, round=round_, digest=told["digest"], asked=c.RAW_QUORUM, number=number,
                             values=told["values"], frame=told["frame"]))
        assert len(good[-1]["values"]) == width
    good += raw_of_holders(dcnet)
    party, digest, whole = group.answerer(1), good[0]["digest"], good[0]["frame"]
    head, payload, frame_key = whole[:16], whole[16:-16], group.frame_key(1)

    def add(case, frame, error):
        bad.append(dict(case=case, frame=frame, error=error))

    def answer(payload_, head_=head, digest_=digest, quorum=(), round_=ROUND, kind=w.SHAMIR_ROUND, key=frame_key):
        return w.tagged(w.query_key(key, world.context, round_, kind, digest_, quorum), head_, payload_)

    assert answer(payload) == whole
    for at, name, numbers, error in (
            (0, "protocol", (0, 1, 255), malformed("WrongProtocol")), (1, "version", (0, 2), malformed("UnknownVersion")),
            (2, "kind", (0, 4, 5, 6, 8, 255), malformed("WrongKind")), (3, "flags", [1 << b for b in range(8)], malformed("UnknownFlags")),
            (4, "group", (whole[4] ^ 1,), fault("WrongGroup", party.id))):
        for number in numbers:
            add(f"{name} {number}", answer(payload, edit(head, at, [number])), error)
    for n in range(len(payload)):
        add(f"payload of {n} bytes", answer(payload[:n]), malformed("Truncated"))
    add("trailing byte", answer(payload + b"\0"), malformed("TrailingBytes"))
    add("trailing byte after the tag", whole + b"\0", fault("BadTag", party.id))
    for kind in (0, 1, 3, 4, 5):
        add(f"query kind {kind}", answer(bytes([kind]) + payload[1:], kind=kind), malformed("WrongAnswerKind"))
    other = group.rng.bytes()
    add("another set", answer(edit(payload, 1, other), digest_=other), fault("WrongSet", party.id))
    for value in (w.FIELD64, 2**64 - 1):
        for at in (33, 41):
            add(f"element {value:#x} at {at}", answer(edit(payload, at, w.le(value, 8))), malformed("NotCanonical"))
    add("tag under the frame key itself", w.tagged(frame_key, head, payload), fault("BadTag", party.id))
    for quorum in (c.BOUND_QUORUM, c.RAW_QUORUM):
        add(f"tag for the quorum {quorum}", answer(payload, quorum=quorum), fault("BadTag", party.id))
    add("tag for a window", answer(payload, kind=w.SHAMIR_WINDOW), fault("BadTag", party.id))
    # As a bound answer's, with its kind changed and its mask left out.
    bound = group.answer(w.ANSWER, 1, w.SHAMIR_ROUND, ROUND, digest, c.BOUND_QUORUM, good[0]["values"])
    add("tag of a bound answer", whole[:-16] + bound[-16:], fault("BadTag", party.id))
    add("round", answer(payload, world.head(w.RAW_ANSWER, 0, party.id, ROUND + 1), round_=ROUND + 1), fault("WrongRound", party.id))
    silent, meter = group.answerer(9), world.meters[0]
    add("of one who was not asked", answer(payload, world.head(w.RAW_ANSWER, 0, silent.id, ROUND), key=group.frame_key(9)),
        fault("NotInQuorum", silent.id))
    add("sender is a meter", answer(payload, world.head(w.RAW_ANSWER, 0, meter.id, ROUND), key=world.frame_key(meter)),
        fault("UnknownSender", meter.id))
    add("sender is the utility", answer(payload, world.head(w.RAW_ANSWER, 0, 0, ROUND)), fault("UnknownSender", 0))
    add("second and different", answer(edit(payload, 33, w.le(5, 8))), fault("Contradiction", party.id))
    tag_error, size = fault("BadTag", party.id), len(whole)
    return dict(good=good, bad=bad,
                cuts=[dict(start=0, below=32 + 33, error=malformed("Truncated")), dict(start=65, below=size, error=tag_error)],
                flips=[dict(start=12, below=16, step=1, error=tag_error), dict(start=16, below=17, step=1, error=malformed("WrongAnswerKind")),
                       dict(start=17, below=size, step=1, error=tag_error)])


def raw_of_holders(world):
    """The same for dcnet: what holders would tell of a set that three of four have signed."""
    good, round_, absent, asked = [], 1038, [2, 5], [1, 3, 4]
    members = [m for n, m in enumerate(world.meters) if n not in absent]
    digest = w.set_digest(world.committed["roster"], [m.id for m in members])
    for number in asked:
        me, pads = world.answerers[number - 1], []
        for meter in members:
            key = w.pair_key(b"dcnet holder", world.context, me.key, meter.key)
            for _ in range((round_ - world.first) // world.params["rounds_per_step"]):
                key = w.ratchet(key)
            pads.append(p.pads(key, round_, "share", world.channels))
        values = p.add(*pads)
        key = w.query_key(world.frame_key(me), world.context, round_, w.DCNET_ROUND, digest, [])
        frame = w.tagged(key, world.head(w.RAW_ANSWER, 0, me.id, round_), bytes([w.DCNET_ROUND]) + digest + w.elements(values))
        good.append(dict(world=0, kind=w.DCNET_ROUND, round=round_, digest=digest, asked=asked, number=number, values=values, frame=frame))
    return good


def logs(group):
    """Signed heads, and records: damaged ones, and lists that are no log."""
    world, party = group.world, group.answerer(1)
    whole, records = group.log_head(1), [entry["record"] for entry in group.told[1]]
    payload, bad = whole[16:-64], []

    def add(case, frame, error):
        bad.append(dict(case=case, frame=frame, error=error))

    for case in signed_header_cases(world, whole, lambda head: w.signed(party.seed, world.context, head, payload)):
        add(*case)
    for case in short_and_long(whole, lambda part: group.statement(w.LOG_HEAD, 1, LAST, part)):
        add(*case)
    add("trailing byte after the signature", whole + b"\0", fault("BadSignature", party.id))
    for name, sender in (("the utility", 0), ("a meter", world.meters[0].id)):
        add("sender is " + name, group.log_head(1, sender=sender), fault("UnknownSender", sender))
    add("sender is another answerer", group.log_head(1, sender=group.answerer(2).id), fault("BadSignature", group.answerer(2).id))
    for round_ in (999, 2000):
        add(f"round {round_}", group.statement(w.LOG_HEAD, 1, round_, payload), fault("WrongEpoch", party.id))
    add("signed by another answerer", group.log_head(1, seed=group.answerer(2).seed), fault("BadSignature", party.id))
    add("signed for another session", group.log_head(1, scope=world.forming()), fault("BadSignature", party.id))
    as_statement = whole[:-64] + w.sign(party.seed, w.WINDOW_STATEMENT, world.context, whole[:-64])
    add("signature of another kind", as_statement, fault("BadSignature", party.id))
    first = records[0]
    damaged = [(f"version {version}", 0, [version]) for version in range(13) if version != 7]
    damaged += [(f"form {form}", 1, [form]) for form in (4, 255)] + [(f"query kind {kind}", 2, [kind]) for kind in (0, 6, 255)]
    damaged += [("a byte more", None, b"", 0, b"\0"), ("a byte less", None, b"", 1), ("nothing", None, b"", len(first) - 4)]
    forged = w.Log(world.context, party.id).append(w.RAW, w.SHAMIR_ROUND, 1007, group.rng.bytes(), b"another frame")
    elsewhere = w.Log(world.context, group.answerer(2).id).append(w.BOUND, w.SHAMIR_ROUND, 1007, group.rounds[1007]["digest"], b"x")
    two, told = w.Log(world.context, party.id), group.told[1][0]
    two = [two.append(w.BOUND, told["kind"], told["round"], digest, told["frame"]) for digest in (told["digest"], group.rng.bytes())]
    skipping = w.Log(world.context, party.id)
    skipping.entries = 1
    skipped = skipping.append(w.AGREED, w.SHAMIR_ROUND, 1007, told["digest"])
    lists = [("a number left out", [skipped]), ("the first left out", records[1:]), ("one left out", records[:2] + records[3:]), ("two exchanged", [records[1], records[0]]),
             ("an earlier one again", [*records[:3], first]), ("the first made anew", [forged, *records[1:]]), ("another answerer's", [elsewhere]),
             ("another sequence", [w.record(edit(first[:-4], 3, [1]))]), ("another head", [w.record(edit(first[:-4], 75, [first[75] ^ 1]))])]
    return dict(edge_of=dict(world=4, number=1, frame=whole), bad=bad, damaged=dict(bad=states.bad_record(damaged), **states.edges(len(first), 1, 0)),
                broken=[dict(case=case, records=rows) for case, rows in lists],
                contradiction=dict(case="two sets of one round", records=two, error=fault("Contradiction", party.id)),
                repeated=[first, first, *records[1:], records[-1]], **signed_edges(whole, party.id))
