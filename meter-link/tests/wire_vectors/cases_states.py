"""Wire vectors of states that are stored: an answerer's, a utility's, a meter's, partial sums, open rounds."""
import cases_windows as c
import protocols as p
import format_v1 as w
from world import malformed

ANSWERER, UTILITY, METER, PARTIAL_SUM, OPEN_ROUND = range(8, 13)
ELEMENTS = 8  # of a contribution: two channels, aggregators 6 … 9
AT = 1 + 32 + 4 + 4 + 32 * (1 + 8 + 13)  # where an answerer's public part begins


def bad_record(edits):
    """Changes of the first good one, as `edited` makes them, that give no record."""
    return [edited(*row, error=malformed("BadRecord")) for row in edits]


def edited(case, at=None, data=b"", less=0, more=b"", error=None):
    """The first good one without its check, with `data` at `at`, bytes less and more at its end, and a check made anew."""
    return dict(case=case, at=at, data=bytes(data), less=less, more=more, error=error)


def edges(size, step, short=4):
    """Every cut, and every step-th bit flipped."""
    return dict(cuts=[dict(start=0, below=short, error=malformed("Truncated" if short else "BadRecord"))] * bool(short)
                + [dict(start=short, below=size, error=malformed("BadRecord"))],
                flips=[dict(start=0, below=size, step=step, error=malformed("BadRecord"))])


def changes(group, rounds):
    """Counts of changes after the sets of these rounds; all in the first span."""
    counts, last = [0] * group.count, None
    for row in rounds:
        members = set(row["readings"])
        counts = [n + (last is not None and (place in last) != (place in members)) for place, n in enumerate(counts)]
        last = members
    if last is None:
        return w.le(0, 4) + b"\0" + bytes(counts)
    absent = [n for n in range(group.count) if n not in last]
    return w.le(0, 4) + b"\1" + w.le(rounds[-1]["round"], 4) + w.set_bytes(group.count, absent) + bytes(counts)


def closed(group):
    return [row for row in group.rounds.values() if row["close"]]


def books(group, rounds, width, row_of):
    """Of the windows that the rounds are in, with the sum of row_of(place, round) for each meter."""
    out, tallies = b"", b""
    windows = [(first, first + 7, [r for r in rounds if first <= r["round"] <= first + 7]) for first in (1000, c.BILLED_FIRST)]
    windows = [window for window in windows if window[2]]
    for first, last, inside in windows:
        out += w.le(first, 4) + w.le(last, 4) + w.le(len(inside), 4)
        for row in inside:
            out += w.le(row["round"], 4) + row["digest"] + w.set_bytes(group.count, row["absent"])
        for place in range(group.count):
            tallies += w.elements(p.add([0] * width, *(row_of(place, r["round"]) for r in inside if place in r["readings"])))
    return bytes([len(windows)]) + out + tallies


def answerer(group, number, rounds):
    """After the rounds and before the bills."""
    told = [e for e in group.told[number] if e["round"] in [r["round"] for r in rounds] and e["kind"] == w.SHAMIR_ROUND]
    step = group.step(rounds[-1]["round"]) if rounds else 0
    keys = [group.frame_key(number)]
    keys += [group.pair_key(b"answerers", number, group.answerer(n)) for n in group.numbers if n != number]
    keys += [group.share_key(number, place, step) for place in range(group.count)]
    log = w.Log(group.world.context, group.answerer(number).id)
    for entry in told:
        log.append(entry["form"], entry["kind"], entry["round"], entry["digest"], entry["frame"] or b"")
    fixed = b"".join(bytes([w.SHAMIR_ROUND]) + w.le(r["round"], 4) + r["digest"] for r in rounds)
    return w.record(bytes([ANSWERER]) + group.world.context + w.le(group.answerer(number).id, 4) + w.le(step, 4) + b"".join(keys)
                    + w.le(log.entries, 4) + log.head + w.le(len(rounds), 4) + fixed + changes(group, rounds)
                    + b"\1" + books(group, rounds, group.channels, lambda *cell: group.pads(number, *cell)))


def holder(world, number):
    """Of dcnet, before its first round: no windows."""
    me = world.answerers[number - 1]
    keys = [world.frame_key(me)]
    keys += [w.pair_key(b"answerers", world.context, me.key, other.key) for other in world.answerers if other is not me]
    keys += [w.pair_key(b"dcnet holder", world.context, me.key, meter.key) for meter in world.meters]
    log = w.Log(world.context, me.id)
    return w.record(bytes([ANSWERER]) + world.context + w.le(me.id, 4) + w.le(0, 4) + b"".join(keys) + w.le(0, 4) + log.head + w.le(0, 4)
                    + w.le(0, 4) + b"\0" + bytes(len(world.meters)) + b"\0")


def answerers(group, dcnet):
    rounds = closed(group)
    good = [dict(number=1, rounds=len(rounds), state=answerer(group, 1, rounds)), dict(number=9, rounds=len(rounds), state=answerer(group, 9, rounds)),
            dict(number=3, rounds=1, state=answerer(group, 3, rounds[:1])), dict(number=7, rounds=0, state=answerer(group, 7, []))]
    body = good[0]["state"][:-4]
    fixed, counts = AT + 4 + 32 + 4, AT + 4 + 32 + 4 + 37 * len(rounds)
    set_len = len(w.set_bytes(group.count, [0, 12]))
    windows = counts + 4 + 1 + 4 + set_len + group.count
    book, first_round = windows + 2, windows + 2 + 12
    bad = [(f"version {n}", 0, [n]) for n in (0, 7, 9, 11)]
    bad += [("another epoch", 1, [body[1] ^ 1]), ("another answerer", 33, w.le(group.answerer(2).id, 4)),
            ("more behind it", None, b"", 0, b"\0"), ("less", None, b"", 1), ("an element less", None, b"", 8),
            ("more digests than there are", fixed - 4, w.le(len(rounds) + 1, 4)), ("2^32 digests", fixed - 4, b"\xff" * 4),
            ("a query kind of 0", fixed, [0]), ("a query kind of 6", fixed, [6]), ("another span", counts, [1]),
            ("neither seen nor not", counts + 4, [2]), ("a set that is none", counts + 9, [3]), ("without windows", windows, [0]),
            ("windows 2", windows, [2]), ("three windows", windows + 1, [3]), ("a window that begins late", book, w.le(1001, 4)),
            ("a window that ends late", book + 4, w.le(1008, 4)), ("a window without rounds", book + 8, w.le(0, 4)),
            ("a round of another window", first_round, w.le(1008, 4)), ("an element of p", len(body) - 8, w.le(w.FIELD64, 8))]
    second = first_round + 4 + 32 + len(w.set_bytes(group.count, rounds[0]["absent"]))
    twice = body[book:second] + body[len(body) - 32 * group.count:]
    bad += [("one window twice", None, b"", len(body) - second, twice), ("one round twice", second + 12 + 39, w.le(1008, 4))]
    assert body[second:second + 4] == w.le(c.BILLED_FIRST, 4) and body[second + 12 + 39:second + 12 + 43] == w.le(1009, 4)
    assert body[windows] == 1 and body[book:book + 4] == w.le(1000, 4)
    return dict(good=good, bad=bad_record(bad), holder=dict(world=0, number=2, state=holder(dcnet, 2)), **edges(len(body) + 4, 37, 0))


def utility(group, own, last=c.BILLED_LAST):
    previous = group.previous
    progress = w.record(bytes([6, 3]) + w.le(last, 4) + w.le(previous[0], 4) + previous[1])
    keys = [group.world.frame_key(party) for party in [*group.world.meters, *group.world.answerers]]
    return w.record(bytes([UTILITY]) + group.world.context + progress + b"".join(keys) + changes(group, closed(group)) + own)


def utilities(group):
    """Of two protocols' own parts, and of shamir-agg's before and after it has asked for bills."""
    own = books(group, closed(group), ELEMENTS, lambda place, round_: words(group, round_, [place])[0])
    billed = b"\1" + w.le(c.BILLED_FIRST, 4) + group.digest
    good = [dict(own=own, state=utility(group, own)) for own in (b"", b"\7 of a protocol's own", own + b"\0")]
    opened = c.BILLED_LAST + 1  # no round of the window is open any more
    billed = dict(opened=opened, state=utility(group, own + billed, opened))
    body = good[0]["state"][:-4]
    counts = 33 + 46 + 32 * 22
    bad = [(f"version {n}", 0, [n]) for n in (0, 6, 8, 10)]
    bad += [("another epoch", 1, [body[1] ^ 1]), ("progress that is damaged", 35, [body[35] ^ 1]), ("another span", counts, [1]),
            ("less", None, b"", 1), ("keys alone", None, b"", len(body) - counts)]
    return dict(good=good, billed=billed, bad=bad_record(bad), **edges(len(body) + 4, 37, 0))


def meter(group, place, rounds):
    """After contributions to the rounds."""
    party, step = group.world.meters[place], group.step(rounds[-1]) if rounds else 0
    keys = [group.world.frame_key(party)] + [group.share_key(number, place, step) for number in group.numbers]
    spent = b"\1" + w.le(rounds[-1], 4) if rounds else bytes(5)
    return w.record(bytes([METER]) + group.world.context + w.le(party.id, 4) + w.le(c.FIRST_CHANNEL, 2) + w.le(group.channels, 2)
                    + w.le(step, 4) + spent + b"".join(keys))


def meters(group):
    """Of shamir-agg, read by its tests."""
    good = [dict(position=place, rounds=rounds, state=meter(group, place, rounds)) for place, rounds in ((6, [1011]), (12, []))]
    body = good[0]["state"][:-4]
    bad = [(f"version {n}", 0, [n]) for n in (0, 9, 11)]
    bad += [("another epoch", 1, [body[1] ^ 1]), ("three channels", 39, w.le(3, 2)), ("neither spent nor not", 45, [2]),
            ("a key less", None, b"", 32), ("a byte more", None, b"", 0, b"\0")]
    assert body[39:41] == w.le(2, 2) and body[45] == 1
    return dict(good=good, bad=bad_record(bad), **edges(len(body) + 4, 5, 0))


def words(group, round_, places):
    """The elements of each meter's contribution."""
    rows = [group.corrections(place, round_) for place in places]
    return [[value for number in sorted(row) for value in row[number]] for row in rows]


def partial(group, round_, places, elements=None):
    summed = p.add([0] * ELEMENTS, *words(group, round_, places)) if elements is None else elements
    absent = [n for n in range(group.count) if n not in places]
    return w.record(bytes([PARTIAL_SUM]) + group.world.context + bytes([w.CONTRIBUTION]) + w.le(round_, 4) + w.le(group.count, 4)
                    + w.set_bytes(group.count, absent) + w.le(len(summed), 4) + w.elements(summed))


def collection(group, round_, places, added=None):
    absent = [n for n in range(group.count) if n not in places]
    rows = b"".join(map(w.elements, words(group, round_, places)))
    scope = group.world.context + bytes([w.CONTRIBUTION, w.TRANSMISSION]) + w.le(round_, 4)
    return w.record(scope + w.set_bytes(group.count, absent) + rows + (b"\1" + added if added else b"\0"))


def partial_sums(group):
    round_ = 1010
    here = list(group.rounds[round_]["readings"])
    some, others = here[:5], here[5:]
    good = [dict(round=round_, members=places, sum=p.add([0] * ELEMENTS, *words(group, round_, places)), bytes=partial(group, round_, places))
            for places in (some, others, here, [])]
    body, at = good[0]["bytes"][:-4], 1 + 32 + 1 + 4 + 4
    size = at + len(w.set_bytes(group.count, [n for n in range(group.count) if n not in some]))
    rows = [("no kind", 33, [0], "WrongKind"), ("more meters than there may be", 38, w.le(14, 4), "BadRecord"),
            ("2^32 meters", 38, b"\xff" * 4, "BadRecord"), ("a set that is none", at, [3], "BadSet"), ("a spare bit", at + 2, [0x20], "BadSet"),
            ("fewer elements than told", size, w.le(9, 4), "Truncated"), ("2^32 elements", size, b"\xff" * 4, "Truncated"),
            ("more elements than told", size, w.le(7, 4), "TrailingBytes"), ("an element of p", len(body) - 8, w.le(w.FIELD64, 8), "NotCanonical")]
    bad = bad_record([(f"version {n}", 0, [n]) for n in (0, 10, 12)])
    bad += [edited(case, where, data, error=malformed(error)) for case, where, data, error in rows]
    bad += [edited("more behind it", more=b"\0", error=malformed("TrailingBytes"))]
    bad += [edited(f"{n} bytes less", less=n, error=malformed("Truncated" if n < len(body) else "BadRecord")) for n in range(1, len(body))]
    return dict(good=good, bad=bad, **edges(len(body) + 4, 1))


def open_rounds(group):
    """The round that is never closed: alone, and with some frames of it checked elsewhere."""
    row = group.rounds[c.BILLED_LAST]
    here = list(row["readings"])
    some, others = here[:5], here[5:]
    state = lambda *parts: bytes([OPEN_ROUND]) + w.le(len(row["open"]), 4) + row["open"] + collection(group, c.BILLED_LAST, *parts)
    good = [dict(here=places, added=added, state=state(places, partial(group, c.BILLED_LAST, added) if added else None))
            for places, added in ((here, []), (some, others), ([], []))]
    whole = good[0]["state"]
    at = 5 + len(row["open"])
    size = len(whole) - 4
    behind = lambda added: whole[:at] + w.record(whole[at:size - 1] + added)
    plain = [("no Open", 1, w.le(0, 4), malformed("Truncated")), ("an Open of 2^32 bytes", 1, b"\xff" * 4, malformed("Truncated")),
             ("another signature", at - 1, [whole[at - 1] ^ 1], "fault BadSignature by 0"),
             ("another epoch", at, [whole[at] ^ 1], "Misuse(OutOfOrder)"), ("another kind", at + 32, [4], "Misuse(OutOfOrder)"),
             ("other flags", at + 33, [0], "Misuse(OutOfOrder)"), ("another round", at + 34, w.le(1013, 4), "Misuse(OutOfOrder)"),
             ("a set that is none", at + 38, [3], malformed("BadSet")),
             ("an element of p", size - 9, w.le(w.FIELD64, 8), malformed("NotCanonical")),
             ("neither added nor not", size - 1, [2], malformed("BadRecord")), ("added, and nothing there", size - 1, [1], malformed("Truncated"))]
    bad = bad_record([(f"version {n}", 0, [n]) for n in (0, 11, 13)])
    bad += [edited(case, where, data, error=error) for case, where, data, error in plain]
    bad += [edited("more behind it", more=b"\0", error=malformed("TrailingBytes")), edited("an element less", less=9, more=b"\0", error=malformed("Truncated"))]
    full = [("one meter here and added", behind(b"\1" + partial(group, c.BILLED_LAST, some[:1])), "Misuse(CountedTwice)"),
            ("added of another round", behind(b"\1" + partial(group, 1014, [1])), "Misuse(OutOfOrder)"),
            ("a meter that is not waited for", state(some, partial(group, c.BILLED_LAST, [12], elements=[1] * ELEMENTS)),
             f"fault NotExpected by {group.world.meters[12].id}")]
    flips = dict(flips=[dict(start=at, below=len(whole), step=3, error=malformed("BadRecord"))])
    cuts = [(0, at, "Truncated"), (at, at + 4, "Truncated"), (at + 4, len(whole), "BadRecord")]
    return dict(good=good, bad=bad, full=[dict(case=case, state=part, error=error) for case, part, error in full], checked=at,
                cuts=[dict(start=start, below=below, error=malformed(error)) for start, below, error in cuts], **flips)


def states(group, dcnet):
    return dict(world=4, answerers=answerers(group, dcnet), utilities=utilities(group), meters=meters(group), partial_sums=partial_sums(group),
                open_rounds=open_rounds(group))
