"""Wire vectors of link keys, roster roots and inclusion proofs."""
import format_v1 as w
from world import edit, fault, flip, malformed

P25519 = 2**255 - 19
LOW_ORDER = (0, 1, P25519 - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
             39382357235489614581723060781553021112529911719440698176882885853963445705823)


def signed_header_cases(world, frame, resign, flags=0):
    """(case, frame, error) for every header field of a signed frame; `resign(head)` signs the payload under it."""
    sender = int.from_bytes(frame[8:12], "little")
    for at, name, values, error in (
            (0, "protocol unknown", (0, 7, 255), malformed("WrongProtocol")),
            (0, "protocol of another session", (3 - world.protocol,), malformed("WrongProtocol")),
            (1, "version", (0, 2, 255), malformed("UnknownVersion")),
            (2, "kind unknown", [k for k in (0, 1, 2, 3, 7, 20, 31, 64, 255) if k != frame[2]], malformed("WrongKind")),
            (2, "kind of another step", ([k for k in (4, 5, 6, 16, 17, 18, 19) if k != frame[2]]), malformed("WrongKind")),
            (3, "flags", [1 << b for b in range(8) if not flags >> b & 1], malformed("UnknownFlags")),
            (4, "group", (frame[4] ^ 1,), fault("WrongGroup", sender))):
        for value in values:
            yield f"{name} {value}", resign(edit(frame[:16], at, [value])), error


def short_and_long(frame, resign):
    """The payload cut at every length and with a byte more, correctly signed."""
    payload = frame[16:-64]
    for n in range(len(payload)):
        yield f"payload of {n} bytes", resign(payload[:n]), malformed("Truncated")
    yield "trailing byte", resign(payload + b"\0"), malformed("TrailingBytes")


def signed_edges(frame, culprit):
    """Cuts (lengths) and flips (bytes; every step-th bit of them) of a good frame that need no frame of their own."""
    size = len(frame)
    return dict(cuts=[dict(start=0, below=80, error=malformed("Truncated")),
                      dict(start=80, below=size, error=fault("BadSignature", culprit))],
                flips=[dict(start=16, below=size, step=7, error=fault("BadSignature", culprit))])


def link_keys(rng, worlds):
    world, bad = worlds[0], []
    party, other = world.meters[3], world.meters[4]
    good = world.announcement(party)

    def add(case, frame, error):
        bad.append(dict(case=case, world=0, id=party.id, role=party.role, identity=party.identity, frame=frame, error=error))

    resign = lambda head: w.signed(party.seed, world.forming(), head, good[16:-64])
    for case in signed_header_cases(world, good, resign):
        add(*case)
    for case in short_and_long(good, lambda payload: w.signed(party.seed, world.forming(), good[:16], payload)):
        add(*case)
    add("trailing byte after the signature", good + b"\0", fault("BadSignature", party.id))
    add("sender is another party", world.announcement(party, sender=other.id), fault("UnknownSender", other.id))
    add("header's round is not the first", world.announcement(party, round_=world.first + 1), fault("WrongEpoch", party.id))
    add("epoch of the payload", world.announcement(party, epoch=world.epoch + 1), fault("WrongEpoch", party.id))
    for role in (0, 2, 3, 4):
        add(f"role {role}", world.announcement(party, role=role), malformed("BadField"))
    for role in (5, 255):
        add(f"role {role}", world.announcement(party, role=role), malformed("UnknownRole"))
    for name, value in (("p", P25519), ("p + 18", 2**255 - 1), ("own key with bit 255", int.from_bytes(party.link, "little") | 1 << 255)):
        add(f"link key {name}", world.announcement(party, link=w.le(value, 32)), malformed("BadField"))
    for value in LOW_ORDER:
        add(f"link key of low order {value:#x}", world.announcement(party, link=w.le(value, 32)), fault("LowOrderKey", party.id))
    for name, scope in (("context", world.context), ("another session", worlds[1].forming()),
                        ("another epoch", world.session + w.le(world.epoch + 1, 4)), ("session alone", world.session)):
        add("signed over " + name, w.signed(party.seed, scope, good[:16], good[16:-64]), fault("BadSignature", party.id))
    add("signed by another identity", w.signed(other.seed, world.forming(), good[:16], good[16:-64]), fault("BadSignature", party.id))
    as_root = good[:-64] + w.sign(party.seed, w.ROSTER_ROOT, world.forming(), good[:-64])
    add("signature of another kind", as_root, fault("BadSignature", party.id))
    return dict(good=[dict(world=0, id=party.id, role=party.role, identity=party.identity, frame=good, link=party.link)],
                bad=bad, **signed_edges(good, party.id))


def roster_roots(rng, worlds):
    world, bad = worlds[0], []
    good, record, before = world.root_frame(), world.root_record(), world.beacon_time - 1

    def add(case, frame, error, now=before, pinned=None):
        bad.append(dict(case=case, world=0, now=now, pinned=pinned, frame=frame, error=error))

    resign = lambda head: w.signed(world.utility.seed, world.forming(), head, good[16:-64])
    for case in signed_header_cases(world, good, resign):
        add(*case)
    for case in short_and_long(good, lambda payload: w.signed(world.utility.seed, world.forming(), good[:16], payload)):
        add(*case)
    add("trailing byte after the signature", good + b"\0", fault("BadSignature"))
    add("sender is a meter", world.root_frame(sender=world.meters[0].id), fault("ReservedId", world.meters[0].id))
    add("header's round is not the first", world.root_frame(round_=world.first + 1), fault("WrongEpoch"))
    add("epoch of the payload", world.root_frame(epoch=world.epoch + 1), fault("WrongEpoch"))
    add("ends before it begins", world.root_frame(last=world.first - 1), malformed("BadField"))
    for late in (0, 1, 10**6):
        add(f"{late} s after its beacon", good, fault("RosterAfterBeacon"), now=world.beacon_time + late)
    second = dict(roster=rng.bytes())
    add("second root before the beacon", world.root_frame(**second), fault("Contradiction"), pinned=record)
    add("second root after the beacon", world.root_frame(**second), fault("Contradiction"), world.beacon_time + 1, record)
    for name, change in (("last round", dict(last=world.last - 1)), ("answerers", dict(answerers=rng.bytes())),
                         ("beacon time", dict(beacon_time=world.beacon_time + 1))):
        add("second root, other " + name, world.root_frame(**change), fault("Contradiction"), pinned=record)
    meter = world.meters[0]
    add("signed by a meter", w.signed(meter.seed, world.forming(), good[:16], good[16:-64]), fault("BadSignature"))
    add("signed over the context", w.signed(world.utility.seed, world.context, good[:16], good[16:-64]), fault("BadSignature"))
    goods = [dict(world=0, now=before, pinned=None, frame=good, record=record),
             dict(world=0, now=world.beacon_time + 9, pinned=record, frame=good, record=record)]
    goods += [dict(world=n, now=0, pinned=None, frame=v.root_frame(), record=v.root_record()) for n, v in enumerate(worlds)]
    return dict(good=goods, bad=bad, **signed_edges(good, 0))


def proofs(rng, worlds):
    good, bad = [], []
    error = fault("BadProof")
    for n, world in enumerate(worlds):
        for label, leaves in world.leaves.items():
            for index in range(len(leaves)):
                if len(leaves) < 12 or index in (0, 1, 31, 32, 39, 40):
                    good.append(dict(world=n, list=label, index=index, path=w.merkle_path(leaves, index)))
    world, label = worlds[0], "roster"
    leaves = world.leaves[label]
    base = dict(world=0, list=label, leaf=leaves[7], index=7, count=len(leaves), merkle_root=world.merkle[label],
                path=w.merkle_path(leaves, 7))

    def add(case, **change):
        bad.append(dict(base, case=case, error=error, **change))

    for index in (0, 6, 8, 40, 41, 2**32 - 1):
        add(f"index {index}", index=index)
    for count in (0, 7, 8, 40, 42, 64, 2**32 - 1):
        add(f"count {count}", count=count)
    add("another leaf", leaf=leaves[8])
    for bit in range(0, 69 * 8, 23):
        add(f"leaf with bit {bit} flipped", leaf=flip(leaves[7], bit))
    path = base["path"]
    for n in range(len(path)):
        add(f"sibling {n} flipped", path=path[:n] + [flip(path[n], 77)] + path[n + 1:])
        add(f"path of {n}", path=path[:n])
    add("path with one more", path=path + [rng.bytes()])
    add("siblings in the other order", path=path[::-1])
    add("another Merkle root", merkle_root=rng.bytes())
    add("the other list", list="answerer list")
    # The same path is right for leaf 0 of 3 and of 4 leaves: only the count in the commitment tells them apart.
    four = leaves[:4]
    top = w.merkle_root(four)
    bad.append(dict(case="leaf 0 of 4 shown as of 3", world=None, list=label, leaf=four[0], index=0, count=3, merkle_root=top,
                    path=w.merkle_path(four, 0), commitment=w.commitment(b"roster", 4, top), error=error))
    return dict(good=good, bad=bad)
