"""Wire vectors of elgamal's key ceremony (docs/wire.md, 2.15): a generation, and its keys handed on to others."""
import dleq
import format_v1 as w
import primitives as c

RECEIVING, DEALING, COEFFICIENT, POSSESSION, COMPLAIN = range(5)
encoded = lambda scalar: c.encode(c.point_mul(scalar, c.BASE))
scalar_of = lambda digest: int.from_bytes(digest, "little") % c.Q


class Member:
    """A party of a ceremony, and what it draws from its seed."""

    def __init__(self, ceremony, rng, person, number=None, dealer=None, share=None):
        self.ceremony, self.person, self.number, self.dealer = ceremony, person, number, dealer
        self.seed = rng.bytes()
        body = b"wattsum v1 elgamal ceremony secret"
        self.device = w.sign(person.seed, w.COMMITMENTS, ceremony.id, body)
        self.receiving, self.dealing = self.draw(RECEIVING), self.draw(DEALING)
        self.polynomial = [self.draw(COEFFICIENT, index) for index in range(ceremony.threshold)]
        if share is not None:
            self.polynomial[0] = share

    def draw(self, use, index=0, more=b""):
        return scalar_of(dleq.sha512(b"wattsum v1 elgamal ceremony secret", self.seed, self.device, self.ceremony.id,
                                     w.le(self.person.id, 4), bytes([use, index]), more))

    def at(self, x):
        return sum(a * x**k for k, a in enumerate(self.polynomial)) % c.Q

    def frame(self, kind, payload):
        head = w.header(3, kind, 0, self.ceremony.group, self.person.id, 0)
        return w.signed(self.person.seed, self.ceremony.id, head, payload)

    def proof(self, key, secret):
        domain = b"wattsum v1 elgamal ceremony possession" + self.ceremony.id + w.le(self.person.id, 4) + bytes([key])
        public = encoded(secret)
        return dleq.possession(domain, secret, self.draw(POSSESSION, key, public))

    def announcement(self):
        payload = b""
        if self.number:
            payload += encoded(self.receiving) + self.proof(RECEIVING, self.receiving)
        if self.dealer:
            payload += encoded(self.dealing) + self.proof(DEALING, self.dealing)
            payload += b"".join(map(encoded, self.polynomial)) + self.proof(COEFFICIENT, self.polynomial[0])
        return self.frame(w.COMMITMENTS, payload)

    def shares(self, wrong_for=None):
        payload, head = self.ceremony.view, w.header(3, w.SEALED_SHARES, 0, self.ceremony.group, self.person.id, 0)
        for member in self.ceremony.members():
            common = c.encode(c.point_mul(self.dealing * member.receiving % c.Q, c.BASE))
            info = b"wattsum v1 elgamal ceremony seal" + self.ceremony.view + w.le(self.person.id, 4) + w.le(member.person.id, 4)
            key = c.hkdf(self.ceremony.id, common, info, 32)
            share = self.at(member.number) + (member.number == wrong_for)
            payload += w.seal(key, head, member.person.id, w.le(share % c.Q, 32))
        return self.frame(w.SEALED_SHARES, payload)

    def complaint(self, dealer, shares):
        given = encoded(dealer.dealing)
        made = c.encode(c.point_mul(self.receiving, c.decode(given)))
        domain = (b"wattsum v1 elgamal complaint" + self.ceremony.id + self.ceremony.view + w.le(dealer.person.id, 4)
                  + w.le(self.person.id, 4))
        proof = dleq.prove(domain, self.receiving, self.draw(COMPLAIN, 0, domain + given), [given], [made])
        return self.frame(w.COMPLAINT, shares + made + proof)


class Ceremony:
    """`members`: parties by number; `old`: (key set hash, {number: (party, share)} of the dealers)."""

    def __init__(self, rng, world, number, members, old=None):
        self.group, self.threshold = world.group, world.threshold
        n, t, f = world.own[:3]
        seat = lambda person: w.le(person.id, 4) + person.identity
        self.bytes = (bytes([old is not None]) + world.session + w.le(world.group, 4) + w.le(number, 4) + bytes([n, t, f])
                      + b"".join(map(seat, members)))
        if old:
            self.bytes += old[0] + bytes([len(old[1])])
            self.bytes += b"".join(bytes([place]) + seat(person) for place, (person, _) in sorted(old[1].items()))
        self.id = w.sha256(b"wattsum v1 elgamal ceremony", self.bytes)
        dealing = {person.id: (place, share) for place, (person, share) in (old[1] if old else {}).items()}
        self.parties = []
        for place, person in enumerate(members, 1):
            dealer, share = dealing.pop(person.id, (None, None)) if old else (place, None)
            self.parties.append(Member(self, rng, person, place, dealer, share))
        for place, (person, share) in sorted(old[1].items()) if old else ():
            if person.id in dealing:
                self.parties.append(Member(self, rng, person, None, place, share))
        self.dealers = sorted((party for party in self.parties if party.dealer), key=lambda party: party.dealer)
        self.reshared = old is not None
        self.play()

    def members(self):
        return [party for party in self.parties if party.number]

    def weight(self, dealer):
        product = 1
        for other in self.dealers if self.reshared else ():
            if other is not dealer:
                product = product * other.dealer * pow(other.dealer - dealer.dealer, -1, c.Q) % c.Q
        return product

    def play(self):
        self.announcements = [party.announcement() for party in self.parties]
        seen = b"".join(map(w.sha256, self.announcements))
        self.view = w.sha256(b"wattsum v1 elgamal ceremony view", self.id, seen)
        self.echoes = [party.frame(w.ECHO, seen) for party in self.parties]
        self.shares = [dealer.shares() for dealer in self.dealers]
        at = lambda x: sum(self.weight(dealer) * dealer.at(x) for dealer in self.dealers) % c.Q
        self.secrets = [at(party.number) for party in self.members()]
        self.keys, self.group_key = [encoded(secret) for secret in self.secrets], encoded(at(0))
        count = bytes([len(self.keys), self.threshold])
        self.key_set = w.sha256(b"wattsum v1 elgamal key set", count, self.group_key, *self.keys)
        ended = self.view + self.key_set + b"".join(map(w.sha256, self.shares))
        self.confirmations = [party.frame(w.CONFIRMATION, ended) for party in self.members()]
        record = lambda form, value: w.record(bytes([20, form]) + self.id + value)
        self.records = [[record(0, party.seed), record(1, w.sha256(seen)), record(2, w.sha256(ended))] for party in self.parties]

    def json(self, number, members, **more):
        return dict(world=number, bytes=self.bytes, id=self.id, view=self.view, key_set=self.key_set, group_key=self.group_key,
                    members=[person.id for person in members],
                    parties=[dict(id=party.person.id, seed=party.person.seed, records=records)
                             for party, records in zip(self.parties, self.records)],
                    announcements=self.announcements, echoes=self.echoes, shares=self.shares,
                    confirmations=self.confirmations, secrets=[w.le(s, 32) for s in self.secrets], keys=self.keys, **more)


def elgamal_ceremonies(rng, world, number):
    first = Ceremony(rng, world, 1, world.answerers)
    # One of the dealers gives the third member a wrong share.
    wrong = first.dealers[1].shares(wrong_for=3)
    complaint = first.members()[2].complaint(first.dealers[1], wrong)
    rows = [first.json(number, world.answerers, ceremony=1, wrong=wrong, complaint=complaint)]
    # 1 and 4 stay, under other numbers; 3 deals and leaves; 2 is removed; two who metered so far come in.
    old = {n: (world.answerers[n - 1], first.secrets[n - 1]) for n in (1, 3, 4)}
    members = [world.meters[0], world.answerers[3], world.meters[1], world.answerers[0]]
    second = Ceremony(rng, world, 2, members, (first.key_set, old))
    assert second.group_key == first.group_key
    return rows + [second.json(number, members, ceremony=2, dealers=sorted(old))]
