"""Wire vectors of elgamal's keys: own keys of all participants, and statements of the group key."""
import dleq
import format_v1 as w
import primitives as c


def possession(world, party, secret):
    """Schnorr's proof: that of equality over no further points."""
    domain = b"wattsum v1 elgamal own key" + world.context + w.le(party.id, 4)
    public = c.encode(c.point_mul(secret, c.BASE))
    nonce = int.from_bytes(dleq.sha512(b"wattsum v1 elgamal own key nonce", w.le(secret, 32), domain), "little") % c.Q
    zero = bytes(32)  # the identity, of an empty sum
    points = [zero, zero, c.encode(c.point_mul(nonce, c.BASE)), zero]
    challenge = dleq.hash_to_scalar(domain, dleq.framed(public) + b"".join(map(dleq.framed, points)) + b"Challenge")
    return public, w.le(challenge, 32) + w.le((nonce - challenge * secret) % c.Q, 32)


def elgamal_keys(rng, world, number):
    secrets = [1 + rng.below(c.Q - 1) for _ in world.answerers]
    own_keys, members = [], []
    for party, secret in zip(world.answerers, secrets):
        public, proof = possession(world, party, secret)
        members.append(public)
        own_keys.append(world.signed(w.OWN_KEY, 0, world.first, public + proof, sender=party.id, seed=party.seed))
    group_key = c.encode(c.point_mul(sum(secrets) % c.Q, c.BASE))
    count = bytes([len(members)])
    key_set = w.sha256(b"wattsum v1 elgamal joint key set", count, group_key, *members)
    statements = [world.signed(w.KEY_STATEMENT, 0, world.first, group_key + key_set, sender=party.id, seed=party.seed)
                  for party in world.answerers]
    stored = b"\2" + count + world.context
    for party, public, frame in zip(world.answerers, members, own_keys):
        stored += w.le(party.id, 4) + frame[16:112]
    return [dict(world=number, secrets=[w.le(s, 32) for s in secrets], own_keys=own_keys, group_key=group_key,
                 key_set=key_set, statements=statements, stored=stored)]
