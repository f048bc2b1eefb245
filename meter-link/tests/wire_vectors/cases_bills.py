"""Wire vectors of an elgamal group with windows: the rounds of one, the query, and what trustees sign, give and store."""
import dleq
import primitives as c
import protocols as p
import format_v1 as w
from cases_protocols import signed_close
from cases_round import open_payload

WINDOW = dict(rounds=7, min_rounds=4)
FIRST, LAST = 1000, 1006
#         round: meters without a contribution; 1003 is never closed
ROUNDS = {1000: [], 1001: [4], 1002: [], 1004: [8], 1005: [0], 1006: []}
BILLED, QUORUM = [0, 1, 2, 3, 4, 5, 6, 8, 9], [1, 3, 4]  # 7 is not: the cells of its own hide nobody else's
TRUSTEE = 26


def own():
    return bytes([4, 3, 1, 1]) + w.le(WINDOW["rounds"], 4) + w.le(WINDOW["min_rounds"], 4)


def total(points):
    result = None
    for point in points:
        result = point if result is None else c.point_add(result, point)
    return result


def changes(count, rounds):
    """Counts of changes after sets without these meters; all in the first span."""
    counts, last = [0] * count, None
    for absent in rounds.values():
        counts = [n + (last is not None and (place in last) != (place in absent)) for place, n in enumerate(counts)]
        last = absent
    return w.le(0, 4) + b"\1" + w.le(LAST, 4) + w.set_bytes(count, last) + bytes(counts)


def elgamal_bills(rng, world, number_of_world):
    n, t, count, channels = len(world.answerers), world.threshold, len(world.meters), world.channels
    polynomial = [1 + rng.below(c.Q - 1) for _ in range(t)]
    at = lambda x: sum(a * x**d for d, a in enumerate(polynomial)) % c.Q
    public = lambda scalar: c.encode(c.point_mul(scalar, c.BASE))
    secrets, members, group_key = [at(x) for x in range(1, n + 1)], [public(at(x)) for x in range(1, n + 1)], public(at(0))
    key_set = w.sha256(b"wattsum v1 elgamal key set", bytes([n, t]), group_key, *members)
    # Readings and points of each meter: R only is kept, a channel after the other.
    bills, sums = [[0] * channels for _ in range(count)], [[[] for _ in range(channels)] for _ in range(count)]
    previous, history, digests = None, [], {}
    for round_, absent in ROUNDS.items():
        open_ = world.signed(w.OPEN, 0, round_, open_payload(*(previous or (round_, bytes(32))), w.set_bytes(count, [])))
        frames, listed = [], b""
        for place in (place for place in range(count) if place not in absent):
            meter, payload = world.meters[place], b""
            listed += w.le(meter.id, 4)
            for channel in range(channels):
                reading, (r, k_r, k_m) = rng.below(2000) - 900, (1 + rng.below(c.Q - 1) for _ in range(3))
                pair = p.elgamal_encrypt(reading, r, group_key)
                proof = p.knowledge_proof(reading, r, k_r, k_m, group_key, pair, world.context, key_set, round_, meter.id, channel)
                payload, listed = payload + b"".join(pair) + proof, listed + b"".join(pair)
                bills[place][channel] += reading
                sums[place][channel].append(c.decode(pair[0]))
            frames.append(world.signed(w.CONTRIBUTION, w.TRANSMISSION, round_, payload, sender=meter.id, seed=meter.seed))
        close = signed_close(world, 1, open_, round_, QUORUM, absent)
        previous = (round_, w.sha256(close))
        digests[round_] = w.sha256(b"wattsum v1 set", world.committed["roster"], w.le(len(frames), 4), listed)
        history.append(dict(round=round_, absent=absent, open=open_, close=close, contributions=frames, digest=digests[round_]))
    sets_digest = w.window_sets_digest(FIRST, LAST, digests)
    digest = w.window_digest(world.committed["roster"], FIRST, LAST, sets_digest, [world.meters[place].id for place in BILLED])
    set_ = w.set_bytes(count, [place for place in range(count) if place not in BILLED])
    payload = w.le(FIRST, 4) + sets_digest + w.mask(n, QUORUM) + set_
    query = world.signed(w.WINDOW_QUERY, 0, LAST, payload)
    points = [[total(column) for column in row] for row in sums]
    given = [c.encode(point) for place in BILLED for point in points[place]]
    trustees = []
    for number in QUORUM:
        party, secret = world.answerers[number - 1], secrets[number - 1]
        log = w.Log(world.context, party.id)
        entries = [log.append(w.AGREED, w.ELGAMAL_ROUND, round_, digests[round_]) for round_ in digests]
        # After the rounds and before the bills.
        fixed = b"".join(bytes([w.ELGAMAL_ROUND]) + w.le(round_, 4) + digests[round_] for round_ in digests)
        book = w.le(FIRST, 4) + w.le(LAST, 4) + w.le(len(digests), 4)
        for round_, absent in ROUNDS.items():
            book += w.le(round_, 4) + digests[round_] + w.set_bytes(count, absent)
        state = w.record(bytes([TRUSTEE]) + world.context + key_set + w.le(party.id, 4) + world.frame_key(party) + w.le(log.entries, 4) + log.head
                         + w.le(len(digests), 4) + fixed + changes(count, ROUNDS)
                         + b"\1" + book + b"".join(c.encode(point) for row in points for point in row))
        statement = world.signed(w.WINDOW_STATEMENT, 0, LAST, digest, sender=party.id, seed=party.seed)
        made = [c.encode(c.point_mul(secret, c.decode(point))) for point in given]
        place = b"".join((b"wattsum v1 elgamal window share", world.context, key_set, w.le(LAST, 8), digest, bytes([number])))
        nonce = dleq.sha512(b"wattsum v1 elgamal share nonce", w.le(secret, 32), place, *given)
        proof = dleq.prove(place, secret, int.from_bytes(nonce, "little") % c.Q, given, made)
        share = w.tagged(world.frame_key(party), world.head(w.WINDOW_SHARE, 0, party.id, LAST), digest + b"".join(made) + proof)
        entries += [log.append(form, w.ELGAMAL_WINDOW, LAST, digest, told) for form, told in ((w.STATEMENT, statement), (w.RAW, share))]
        trustees.append(dict(number=number, entries=entries, state=state, statement=statement, share=share))
    return [dict(world=number_of_world, **WINDOW, first=FIRST, last=LAST, group_key=group_key, members=members,
                 secrets=[w.le(s, 32) for s in secrets], quorum=QUORUM, history=history, billed=BILLED, sets_digest=sets_digest,
                 digest=digest, query=query, trustees=trustees, bills=[bills[place] for place in BILLED])]
