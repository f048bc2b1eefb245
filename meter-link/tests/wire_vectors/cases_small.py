"""Wire vectors of signatures, tagged frames, sealed messages, sets, quorums and stored records."""
import format_v1 as w
from world import edit, fault, flip, malformed


def signatures(rng, world):
    good = []
    for kind in (w.LINK_KEY, w.ROSTER_ROOT, w.OPEN, w.CLOSE, w.CONTRIBUTION):
        forming = kind in (w.LINK_KEY, w.ROSTER_ROOT)
        scope, seed, body = world.forming() if forming else world.context, rng.bytes(), rng.bytes(rng.below(90))
        good.append(dict(kind=kind, seed=seed, identity=w.identity_key(seed), body=body,
                         session=world.session if forming else None, epoch=world.epoch, context=world.context,
                         signature=w.sign(seed, kind, scope, body)))
    base = good[2]
    order = 2**252 + 27742317777372353535851937790883648493
    high_s = base["signature"][:32] + w.le(int.from_bytes(base["signature"][32:], "little") + order, 32)
    small_order = [w.le(1, 32), w.le(0, 32), w.le(2**255 - 20, 32), w.le(1 << 255, 32),
                   bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                   bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    bad = [dict(base, case="s not reduced", signature=high_s), dict(base, case="other body", body=base["body"] + b"\0"),
           dict(base, case="other kind", kind=w.CLOSE), dict(base, case="other context", context=rng.bytes()),
           dict(base, case="key that is no point", identity=w.le(2, 32))]
    # With a key of order 1 … 8, R = kA and s = 0 can satisfy the equation for messages nobody signed.
    bad += [dict(base, case=f"key of small order {n}", identity=key, signature=w.le(1, 32) + bytes(32))
            for n, key in enumerate(small_order)]
    return dict(good=good, bad=bad)


def frames(rng, dcnet, shamir):
    """Tagged frames of field elements: contributions and repairs."""
    good, bad = [], []

    def frame(world, party, kind, flags, round_, words):
        values, key = rng.elements(words), world.frame_key(party)
        head = world.head(kind, flags, party.id, round_)
        good.append(dict(protocol=world.protocol, kind=kind, flags=flags, group=world.group, sender=party.id, round=round_,
                         key=key, values=values, frame=w.tagged(key, head, w.elements(values))))

    meter = dcnet.meters[5]
    frame(dcnet, meter, w.CONTRIBUTION, w.TRANSMISSION, 1004, 2 + 2)  # masked, one correction, two channels
    for pass_ in (1, 2, 3):
        frame(dcnet, meter, w.REPAIR, w.TRANSMISSION | pass_ - 1 << 1, 1004, 2)
    frame(shamir, shamir.meters[0], w.CONTRIBUTION, w.TRANSMISSION, 2**32 - 1, 5 * 4)
    key, values = rng.bytes(), rng.elements(1)  # the other direction
    head = dcnet.head(w.CONTRIBUTION, 1, 0, 7)
    good.append(dict(protocol=1, kind=w.CONTRIBUTION, flags=1, group=dcnet.group, sender=0, round=7, key=key, values=values,
                     frame=w.tagged(key, head, w.elements(values))))

    base = good[0]
    whole, key = base["frame"], base["key"]

    def add(case, frame_, error):
        bad.append(dict(case=case, protocol=1, kind=w.CONTRIBUTION, flags=1, group=dcnet.group, key=key, words=4,
                        frame=frame_, error=error))

    retag = lambda head, payload: w.tagged(key, head, payload)
    for at, name, numbers, error in (
            (0, "protocol", (0, 2, 3, 7, 255), malformed("WrongProtocol")), (1, "version", (0, 2, 255), malformed("UnknownVersion")),
            (2, "kind", (0, 1, 4, 6, 7, 16, 18, 255), malformed("WrongKind")),
            (3, "flags", [1 | 1 << b for b in range(1, 8)], malformed("UnknownFlags")),
            (4, "group", (whole[4] ^ 1,), fault("WrongGroup", meter.id))):
        for number in numbers:
            add(f"{name} {number}", retag(edit(whole[:16], at, [number]), whole[16:-16]), error)
    for n in range(32):
        add(f"payload of {n} bytes", retag(whole[:16], whole[16:16 + n]), malformed("Truncated"))
    add("trailing byte", retag(whole[:16], whole[16:-16] + b"\0"), malformed("TrailingBytes"))
    add("trailing byte after the tag", whole + b"\0", fault("BadTag", meter.id))
    for value in (w.FIELD64, w.FIELD64 + 1, 2**64 - 1):
        for n in range(4):
            add(f"element {n} is {value:#x}", retag(whole[:16], edit(whole[16:-16], 8 * n, w.le(value, 8))), malformed("NotCanonical"))
    sender = int.from_bytes(whole[8:12], "little") ^ 1
    add("sender changed", edit(whole, 8, w.le(sender, 4)), fault("BadTag", sender))
    add("round changed", edit(whole, 12, w.le(1005, 4)), fault("BadTag", meter.id))
    add("flags changed", edit(whole, 3, [0]), fault("BadTag", meter.id))
    add("key of another party", w.tagged(dcnet.frame_key(dcnet.meters[6]), whole[:16], whole[16:-16]), fault("BadTag", meter.id))
    add("tag of zeros", whole[:-16] + bytes(16), fault("BadTag", meter.id))
    nonce = w.le(1004, 8) + bytes([w.CONTRIBUTION, 1, 1, 0])
    add("direction reversed", whole[:-16] + w.aead(key, nonce, whole[:-16], b"")[1], fault("BadTag", meter.id))
    nonce = w.le(1004, 8) + bytes([w.CONTRIBUTION, 1, 0, 0])
    add("payload as plaintext", whole[:-16] + w.aead(key, nonce, whole[:16], whole[16:-16])[1], fault("BadTag", meter.id))
    edges = dict(cuts=[dict(start=0, below=32, error=malformed("Truncated")),
                       dict(start=32, below=len(whole), error=fault("BadTag", meter.id))],
                 flips=[dict(start=12, below=len(whole), step=1, error=fault("BadTag", meter.id))])
    return dict(good=good, bad=bad, **edges)


def sealed(rng, world):
    a, b = world.meters[2], world.meters[9]
    key, good = w.pair_key(b"seal", world.context, a.key, b.key), []
    for sender, receiver, round_, size in ((a, b, 1000, 8), (b, a, 1000, 8), (a, b, 1001, 0), (b, a, 2**32 - 1, 150)):
        head, message = world.head(w.DELTA, 0, sender.id, round_), rng.bytes(size)
        good.append(dict(key=key, header=head, receiver=receiver.id, message=message, sealed=w.seal(key, head, receiver.id, message)))
    base = good[0]
    error, bad = fault("BadSeal", a.id), []
    for bit in range(0, 24 * 8, 5):
        bad.append(dict(base, case=f"bit {bit} flipped", sealed=flip(base["sealed"], bit), error=error))
    for name, head in (("round", world.head(w.DELTA, 0, a.id, 1001)), ("kind", world.head(w.CONTRIBUTION, 0, a.id, 1000)),
                       ("flags", world.head(w.DELTA, 1, a.id, 1000)), ("group", edit(base["header"], 4, [base["header"][4] ^ 1]))):
        bad.append(dict(base, case="other " + name, header=head, error=error))
    bad.append(dict(base, case="direction reversed", receiver=a.id - 1, error=error))
    bad.append(dict(base, case="other key", key=rng.bytes(), error=error))
    assert a.id < b.id
    return dict(good=good, bad=bad, labels=[dict(world=0, a=a.id, b=b.id, key=key)])


def sets(rng):
    good = []
    for total, gone in ((1, 0), (7, 1), (8, 3), (9, 8), (32, 1), (33, 1), (40, 1), (40, 2), (240, 0), (240, 5), (240, 12), (240, 14),
                        (240, 200), (1000, 5), (1000, 50), (1000, 61), (1000, 62), (65_536, 3), (65_537, 3), (70_000, 1)):
        absent = rng.choose(gone, total)
        good.append(dict(total=total, absent=absent, bytes=w.set_bytes(total, absent)))
    some = [p for p in range(20) if p % 3]
    readable = [dict(total=20, absent=[p for p in range(20) if p not in some], bytes=w.bitmap(20, some)),
                dict(total=20, absent=[3, 4], bytes=w.all_but(20, [3, 4])), dict(total=20, absent=[], bytes=w.all_but(20, [])),
                dict(total=20, absent=[], bytes=w.bitmap(20, range(20))), dict(total=20, absent=list(range(20)), bytes=w.bitmap(20, [])),
                dict(total=20, absent=list(range(20)), bytes=w.all_but(20, range(20))),
                dict(total=65_536, absent=[65_535], bytes=w.all_but(65_536, [65_535]))]
    bad_set, short = malformed("BadSet"), malformed("Truncated")
    bad = [dict(total=20, bytes=b, error=e) for b, e in (
        (b"", short), (b"\3", bad_set), (b"\xff", bad_set), (b"\1\0\0", short), (b"\1\0\0\x10", bad_set), (b"\1\0\0\x80", bad_set),
        (b"\1\xff\xff\xff", bad_set), (b"\2", short), (b"\2\1", short), (b"\2\1\0", short), (b"\2\1\0\5", short),
        (b"\2\2\0\5\0", short), (b"\2\xff\xff\5\0", short), (b"\2\2\0\5\0\5\0", bad_set), (b"\2\2\0\5\0\4\0", bad_set),
        (b"\2\1\0\x14\0", bad_set), (b"\2\1\0\5\1", bad_set), (b"\2\2\0\5\0\x14\0", bad_set),
        (b"\0\0", malformed("TrailingBytes")), (b"\1\0\0\0\0", malformed("TrailingBytes")), (b"\2\0\0\0", malformed("TrailingBytes")))]
    bad += [dict(total=65_537, bytes=b, error=e) for b, e in (
        (b"\2\1\0\5\0", short), (b"\2\1\0\0\0\1\0\1\0", bad_set), (b"\2\xff\xff\xff\xff", short))]
    digests = [dict(commitment=root, ids=ids, digest=w.set_digest(root, ids)) for root, ids in
               ((rng.bytes(), []), (rng.bytes(), [7]), (rng.bytes(), sorted(rng.below(2**32) for _ in range(9))))]
    return dict(good=good, readable=readable, bad=bad, digests=digests)


def quorums():
    good = [dict(answerers=n, numbers=q, mask=w.mask(n, q)) for n, q in (
        (0, []), (4, []), (4, [1, 2, 3]), (4, [4]), (8, [8]), (9, [1, 9]), (16, [8, 9, 16]), (255, [1, 128, 255]))]
    bad_quorum = malformed("BadQuorum")
    bad = [dict(answerers=4, mask=bytes([1 << b]), error=bad_quorum) for b in range(4, 8)]
    bad += [dict(answerers=9, mask=bytes([1, 1 << b]), error=bad_quorum) for b in range(1, 8)]
    bad += [dict(answerers=255, mask=bytes(31) + b"\x80", error=bad_quorum), dict(answerers=9, mask=b"\1", error=malformed("Truncated")),
            dict(answerers=1, mask=b"", error=malformed("Truncated"))]
    return dict(good=good, bad=bad)


def records(rng, world):
    origin, period = world.params["origin"], world.params["period"]
    marks = [dict(first=first, count=count, origin=origin, period=period, round=round_,
                  record=w.record(b"\1" + w.le(first, 2) + w.le(count, 2) + w.le(origin + (round_ + 1) * period, 8)))
             for first, count, round_ in ((0, 1, 0), (0, 2, 1004), (3, 1, 2**32 - 1))]
    answered = [dict(round=1004, digest=digest, record=w.record(b"\2" + w.le(1004, 4) + digest)) for digest in (rng.bytes(),)]
    carries = [dict(rest=rest, record=b"\1" + (rest % 2**64).to_bytes(8, "little")) for rest in (0, 1, -1, 2**40, -2**63)]
    kinds = dict(mark=marks[0]["record"], answered=answered[0]["record"], root=world.root_record())
    bad = []
    for kind, record in kinds.items():
        bad += [dict(kind=kind, record=flip(record, bit)) for bit in range(0, 8 * len(record), 3)]
        bad += [dict(kind=kind, record=w.record(edit(record[:-4], 0, [version]))) for version in range(6) if version != record[0]]
        if kind != "root":  # that one has an array's type
            bad += [dict(kind=kind, record=record[:n]) for n in range(len(record))]
            bad += [dict(kind=kind, record=w.record(record[:-4] + b"\0"))]
    bad += [dict(kind="carry", record=bytes([version]) + bytes(8)) for version in (0, 2, 255)]
    return dict(marks=marks, answered=answered, carries=carries, bad=bad)
