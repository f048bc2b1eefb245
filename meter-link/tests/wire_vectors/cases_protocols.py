"""Wire vectors of what the protocol crates send: whole frames from the keys of a world. Their tests/wire.rs read them."""
import primitives as c
import dleq
import protocols as p
import format_v1 as w
from cases_round import close_flags, open_payload


def stepped(world, label, mine, theirs, round_):
    key = w.pair_key(label, world.context, mine.key, theirs.key)
    for _ in range((round_ - world.first) // world.params["rounds_per_step"]):
        key = w.ratchet(key)
    return key


def signed_open(world, round_, absent):
    return world.signed(w.OPEN, 0, round_, open_payload(round_, bytes(32), w.set_bytes(len(world.meters), absent)))


def signed_close(world, pass_, previous, round_, quorum, absent):
    payload = w.sha256(previous) + w.mask(len(world.answerers), quorum) + w.set_bytes(len(world.meters), absent)
    return world.signed(w.CLOSE, close_flags(pass_, bool(quorum)), round_, payload)


def answerer_pads(world, label, meter, round_):
    return {number: p.pads(stepped(world, label, meter, other, round_), round_, "share", world.channels)
            for number, other in enumerate(world.answerers, 1)}


def contribution(world, meter, round_, vectors):
    head = world.head(w.CONTRIBUTION, w.TRANSMISSION, meter.id, round_)
    return w.tagged(world.frame_key(meter), head, b"".join(map(w.elements, vectors)))


def dcnet(rng, world):
    """A contribution, and the repairs of two passes, on the complete graph."""
    rows = []
    for place, round_ in ((5, 1004), (17, 1025), (39, 1999)):
        meter, reading, absent = world.meters[place], [rng.below(2000) - 700, -10**9], [2, 30]
        pads = {m.id: p.pads(stepped(world, b"dcnet pair", meter, m, round_), round_, "mask", world.channels)
                for n, m in enumerate(world.meters) if n not in absent + [place]}
        masked, corrections = p.contribution(meter.id, reading, pads, answerer_pads(world, b"dcnet holder", meter, round_),
                                             world.threshold)
        gone, passes, previous = list(absent), [], signed_open(world, round_, absent)
        open_ = previous
        for pass_, newly in ((1, [7, 12]), (2, [20])):
            gone = sorted(gone + newly)
            previous = signed_close(world, pass_, previous, round_, [], gone)
            sums = p.repair(meter.id, {world.meters[n].id: pads[world.meters[n].id] for n in gone if n not in absent})
            head = world.head(w.REPAIR, w.TRANSMISSION | pass_ - 1 << 1, meter.id, round_)
            passes.append(dict(close=previous, repair=w.tagged(world.frame_key(meter), head, w.elements(sums))))
        rows.append(dict(world=0, position=place, round=round_, reading=reading, open=open_, passes=passes,
                         contribution=contribution(world, meter, round_, [masked, *(corrections[n] for n in sorted(corrections))])))
    return rows


def shamir(rng, world):
    rows = []
    for place, round_ in ((0, 1000), (4, 1038)):
        meter, reading = world.meters[place], [rng.below(2 * 10**9) - 10**9 for _ in range(world.channels)]
        corrections = p.compressed_corrections(reading, answerer_pads(world, b"shamir aggregator", meter, round_),
                                               world.threshold, len(world.answerers))
        rows.append(dict(world=1, position=place, round=round_, reading=reading,
                         contribution=contribution(world, meter, round_, [corrections[n] for n in sorted(corrections)])))
    return rows


def elgamal(rng, world):
    """A round from its Open to the decryption shares, keys from a dealer."""
    n, t, round_, absent, quorum = len(world.answerers), world.threshold, 1004, [2], [1, 2, 4]
    polynomial = [1 + rng.below(c.Q - 1) for _ in range(t)]
    at = lambda x: sum(a * x**d for d, a in enumerate(polynomial)) % c.Q
    public = lambda scalar: c.encode(c.point_mul(scalar, c.BASE))
    secrets, members, group_key = [at(x) for x in range(1, n + 1)], [public(at(x)) for x in range(1, n + 1)], public(at(0))
    key_set = w.sha256(b"wattsum v1 elgamal key set", bytes([n, t]), group_key, *members)
    open_ = signed_open(world, round_, absent)
    close = signed_close(world, 1, open_, round_, quorum, absent)
    frames, listed, sums, columns = [], b"", [0] * world.channels, [[] for _ in range(world.channels)]
    summed = [m for place, m in enumerate(world.meters) if place not in absent]
    for meter in summed:
        payload, listed = b"", listed + w.le(meter.id, 4)
        for channel in range(world.channels):
            reading, (r, k_r, k_m) = rng.below(2000) - 500, (1 + rng.below(c.Q - 1) for _ in range(3))
            pair = p.elgamal_encrypt(reading, r, group_key)
            proof = p.knowledge_proof(reading, r, k_r, k_m, group_key, pair, world.context, key_set, round_, meter.id, channel)
            payload, listed = payload + b"".join(pair) + proof, listed + b"".join(pair)
            columns[channel].append(pair)
            sums[channel] += reading
        frames.append(world.signed(w.CONTRIBUTION, w.TRANSMISSION, round_, payload, sender=meter.id, seed=meter.seed))
    digest = w.sha256(b"wattsum v1 set", world.committed["roster"], w.le(len(summed), 4), listed)
    trustees = []
    for number in quorum:
        party = world.answerers[number - 1]
        shares = b"".join(p.elgamal_share(secrets[number - 1], p.elgamal_sum(column)) for column in columns)
        head = world.head(w.DECRYPTION_SHARE, 0, party.id, round_)
        statement = world.signed(w.SET_STATEMENT, 0, round_, digest, sender=party.id, seed=party.seed)
        share, log = w.tagged(world.frame_key(party), head, digest + shares), w.Log(world.context, party.id)
        # What a trustee sends: kind 54, with the proof that the share is one.
        place = b"".join((b"wattsum v1 elgamal share", world.context, key_set, w.le(round_, 8), digest, bytes([number])))
        given = [p.elgamal_sum(column)[0] for column in columns]
        secret = secrets[number - 1]
        nonce = dleq.sha512(b"wattsum v1 elgamal share nonce", w.le(secret, 32), place, *given)
        made = [shares[at:at + 32] for at in range(0, len(shares), 32)]
        proof = dleq.prove(place, secret, int.from_bytes(nonce, "little") % c.Q, given, made)
        head = world.head(w.PROVEN_SHARE, 0, party.id, round_)
        proven = w.tagged(world.frame_key(party), head, digest + shares + proof)
        told = w.Log(world.context, party.id)
        told.append(w.STATEMENT, w.ELGAMAL_ROUND, round_, digest, statement)
        entry = told.append(w.RAW, w.ELGAMAL_ROUND, round_, digest, proven)
        entries = [log.append(form, w.ELGAMAL_ROUND, round_, digest, told) for form, told in ((w.STATEMENT, statement), (w.RAW, share))]
        trustees.append(dict(number=number, statement=statement, share=share, entries=entries, proven=proven, proven_entry=entry))
    return [dict(world=3, round=round_, group_key=group_key, members=members, secrets=[w.le(s, 32) for s in secrets],
                 key_set=key_set, absent=absent, quorum=quorum, open=open_, close=close, contributions=frames, digest=digest,
                 trustees=trustees, sum=sums)]
