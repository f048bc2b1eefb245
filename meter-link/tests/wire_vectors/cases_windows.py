"""Wire vectors of a shamir group with windows: every frame and record of some rounds and of the bills that follow."""
import functools

import protocols as p
import format_v1 as w
from cases_protocols import contribution, signed_close
from cases_round import open_payload

MISSED, BILLED_FIRST, BILLED_LAST = 1011, 1008, 1015  # by answerer 9, which catches up
WINDOW = dict(rounds=8, min_rounds=5)
FIRST_CHANNEL = 3  # of the devices' channels, which the session reads
#         round: (meters not present, meters without a frame, who is asked); more than t are asked for raw answers
ROUNDS = {1007: ([], [1], [1, 2, 3, 4, 5, 6]),
          1008: ([3, 12], [], [1, 2, 3, 5, 8, 9]),
          1009: ([3, 12], [], [4, 5, 6, 7, 8, 9]),
          1010: ([], [12], [1, 2, 3, 4, 5, 6]),
          1011: ([12], [8], [1, 3, 4, 5, 6, 7]),
          1012: ([12], [5], [2, 4, 5, 6, 7, 9]),
          1013: ([12], [], [1, 2, 3, 4, 5, 6, 7, 8]),
          1014: ([12], [0], [1, 2, 3, 4, 5, 6, 7, 8]),
          1015: ([12], [0, 2, 4, 6], [])}  # never closed
BILLED = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]  # 3 is in 5 of 7 rounds, 12 in none
BOUND_QUORUM, RAW_QUORUM = [1, 2, 3, 5, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8]


class Windows:
    """The group's secrets, and what its parties send and store."""

    def __init__(self, rng, world):
        self.rng, self.world, self.threshold, self.channels = rng, world, world.threshold, world.channels
        self.count, self.numbers = len(world.meters), range(1, len(world.answerers) + 1)
        self.rounds, self.previous = {}, None
        for round_ in ROUNDS:
            self.rounds[round_] = self.round(round_)
        self.digests = {r: row["digest"] for r, row in self.rounds.items() if r >= BILLED_FIRST and row["close"]}
        self.sets_digest = w.window_sets_digest(BILLED_FIRST, BILLED_LAST, self.digests)
        self.digest = w.window_digest(world.committed["roster"], BILLED_FIRST, BILLED_LAST, self.sets_digest,
                                      [world.meters[n].id for n in BILLED])
        self.query, self.raw_query = self.asked(BOUND_QUORUM), self.asked(RAW_QUORUM)
        self.logs = {number: w.Log(world.context, self.answerer(number).id) for number in self.numbers}
        self.told = {number: self.all_told(number) for number in self.numbers}
        self.bills = [p.add(*(self.rounds[r]["readings"][place] for r in self.digests if place in self.rounds[r]["readings"]))
                      for place in BILLED]

    # --- keys and pads ---
    def answerer(self, number):
        return self.world.answerers[number - 1]

    @functools.cache
    def pair_key(self, label, number, other):
        return w.pair_key(label, self.world.context, self.answerer(number).key, other.key)

    @functools.cache
    def share_key(self, number, place, step):
        if step == 0:
            return self.pair_key(b"shamir aggregator", number, self.world.meters[place])
        return w.ratchet(self.share_key(number, place, step - 1))

    def step(self, round_):
        return (round_ - self.world.first) // self.world.params["rounds_per_step"]

    @functools.cache
    def pads(self, number, place, round_):
        return p.pads(self.share_key(number, place, self.step(round_)), round_, "share", self.channels)

    @functools.cache
    def frame_key(self, number):
        return self.world.frame_key(self.answerer(number))

    def tallies(self, number):
        """Sums over the window of the pads with each billed meter, one after the other."""
        sums = (p.add(*(self.pads(number, place, r) for r in self.digests if place in self.rounds[r]["readings"]))
                for place in BILLED)
        return [value for row in sums for value in row]

    # --- what the utility and the meters send ---
    def round(self, round_):
        gone, silent, quorum = ROUNDS[round_]
        named = self.previous or (round_, bytes(32))
        open_ = self.world.signed(w.OPEN, 0, round_, open_payload(*named, w.set_bytes(self.count, gone)))
        absent = sorted({*gone, *silent})
        readings, frames = {}, []
        for place in (n for n in range(self.count) if n not in absent):
            readings[place] = [self.rng.below(2 * 10**9) - 10**9 for _ in range(self.channels)]
            pads = {number: self.pads(number, place, round_) for number in self.numbers}
            corrections = p.compressed_corrections(readings[place], pads, self.threshold, len(self.numbers))
            frames.append(contribution(self.world, self.world.meters[place], round_, [corrections[n] for n in sorted(corrections)]))
        row = dict(round=round_, gone=gone, absent=absent, quorum=quorum, open=open_, contributions=frames, readings=readings,
                   digest=w.set_digest(self.world.committed["roster"], [self.world.meters[n].id for n in readings]), close=None)
        if quorum:
            row["close"] = signed_close(self.world, 1, open_, round_, quorum, absent)
            self.previous = (round_, w.sha256(row["close"]))
            row["sums"] = [p.centred(v) for v in p.add(*readings.values())]
        return row

    def query_payload(self, quorum, first=BILLED_FIRST, sets_digest=None, billed=BILLED, set_=None):
        set_ = set_ or w.set_bytes(self.count, [n for n in range(self.count) if n not in billed])
        return w.le(first, 4) + (sets_digest or self.sets_digest) + w.mask(len(self.numbers), quorum) + set_

    def asked(self, quorum, last=BILLED_LAST, **other):
        return self.world.signed(w.WINDOW_QUERY, 0, last, self.query_payload(quorum, **other))

    # --- what answerers tell and store ---
    def bound(self, number, kind, round_, digest, quorum, pads):
        fellows = {n: self.pair_key(b"answerers", number, self.answerer(n)) for n in quorum if n != number}
        return p.bound_answer(number, quorum, self.threshold, pads, fellows, self.world.context, round_, kind, digest)

    def answer(self, kind, number, query_kind, round_, digest, quorum, values):
        key = w.query_key(self.frame_key(number), self.world.context, round_, query_kind, digest, quorum)
        mask = w.mask(len(self.numbers), quorum) if kind == w.ANSWER else b""
        return w.tagged(key, self.world.head(kind, 0, self.answerer(number).id, round_),
                        bytes([query_kind]) + digest + mask + w.elements(values))

    def statement(self, kind, number, round_, digest, **other):
        party = self.answerer(number)
        return self.world.signed(kind, 0, round_, digest, **(dict(sender=party.id, seed=party.seed) | other))

    def entry(self, number, form, query_kind, round_, digest, frame, values):
        return dict(form=form, kind=query_kind, round=round_, digest=digest, frame=frame, values=values,
                    record=self.logs[number].append(form, query_kind, round_, digest, frame or b""))

    def entries_of_query(self, number, query_kind, round_, digest, quorum, pads):
        """The entries of one query, which for raw answers are two."""
        tell = lambda form, frame, values=None: self.entry(number, form, query_kind, round_, digest, frame, values)
        if number not in quorum:
            return [tell(w.AGREED, None)]
        if len(quorum) == self.threshold:
            values = self.bound(number, query_kind, round_, digest, quorum, pads)
            return [tell(w.BOUND, self.answer(w.ANSWER, number, query_kind, round_, digest, quorum, values), values)]
        stating = w.WINDOW_STATEMENT if query_kind == w.SHAMIR_WINDOW else w.SET_STATEMENT
        values = p.add(*pads)
        return [tell(w.STATEMENT, self.statement(stating, number, round_, digest)),
                tell(w.RAW, self.answer(w.RAW_ANSWER, number, query_kind, round_, digest, [], values), values)]

    def all_told(self, number):
        told = []
        for round_, row in self.rounds.items():
            if row["close"]:
                pads = [self.pads(number, place, round_) for place in row["readings"]]
                told += self.entries_of_query(number, w.SHAMIR_ROUND, round_, row["digest"], row["quorum"], pads)
        for quorum in (BOUND_QUORUM, RAW_QUORUM):
            if number in quorum:
                told += self.entries_of_query(number, w.SHAMIR_WINDOW, BILLED_LAST, self.digest, quorum, [self.tallies(number)])
        return told

    def log_head(self, number, **other):
        log = self.logs[number]
        return self.statement(w.LOG_HEAD, number, BILLED_LAST, w.le(log.entries, 4) + log.head, **other)

    def check(self):
        """That both kinds of answers open to the sums and to the bills."""
        flat = [value for row in self.bills for value in row]
        for round_, row in self.rounds.items():
            if row["close"]:
                corrections = [self.corrections(place, round_) for place in row["readings"]]
                self.opens(w.SHAMIR_ROUND, round_, row["quorum"], corrections, p.add(*row["readings"].values()))
        tallies = [{n: [] for n in self.numbers[self.threshold - 1:]}]
        for place in BILLED:
            rows = [self.corrections(place, r) for r in self.digests if place in self.rounds[r]["readings"]]
            for n in tallies[0]:
                tallies[0][n] += p.add(*(row[n] for row in rows))
        for quorum in (BOUND_QUORUM, RAW_QUORUM):
            self.opens(w.SHAMIR_WINDOW, BILLED_LAST, quorum, tallies, flat)

    def corrections(self, place, round_):
        pads = {number: self.pads(number, place, round_) for number in self.numbers}
        return p.compressed_corrections(self.rounds[round_]["readings"][place], pads, self.threshold, len(self.numbers))

    def opens(self, query_kind, round_, quorum, corrections, expected):
        form = w.BOUND if len(quorum) == self.threshold else w.RAW
        values = {n: next(e["values"] for e in self.told[n] if (e["form"], e["kind"], e["round"]) == (form, query_kind, round_))
                  for n in quorum}
        if form == w.BOUND:
            total = p.add(*values.values(), p.weighted_corrections(quorum, corrections, len(expected)))
        else:
            some = quorum[2:2 + self.threshold]
            points = [(n, p.add(values[n], *(row[n] for row in corrections if n in row))) for n in some]
            total = p.interpolate(points)
        assert total == [v % w.FIELD64 for v in expected]


def refused_bills(group):
    """(case, number, query, error) of an answerer that has the window's sets; those marked `after` once it has told."""
    t_more, t_less = [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5]
    utility = lambda name: f"fault {name} by 0"
    other_sets = dict(group.digests)
    other_sets[1010] = group.rng.bytes()
    fewer = {r: d for r, d in group.digests.items() if r != 1014}
    sets = lambda digests, first=BILLED_FIRST, last=BILLED_LAST: w.window_sets_digest(first, last, digests)
    early = {1007: group.rounds[1007]["digest"]}
    rows = [
        ("more than t asked for bound answers", "bound", group.asked(t_more), utility("NotInQuorum")),
        ("fewer than t asked for bound answers", "bound", group.asked(t_less), utility("NotInQuorum")),
        ("fewer than t asked for raw answers", "raw", group.asked(t_less), utility("NotInQuorum")),
        ("others asked for bound answers", "bound", group.asked([2, 3, 4, 5, 6, 7]), utility("NotInQuorum")),
        ("others asked for raw answers", "raw", group.asked([2, 3, 4, 5, 6, 7, 8]), utility("NotInQuorum")),
        ("begins late", "bound", group.asked(BOUND_QUORUM, first=1009), utility("NotExpected")),
        ("begins early", "bound", group.asked(BOUND_QUORUM, first=1000), utility("NotExpected")),
        ("ends early", "bound", group.asked(BOUND_QUORUM, last=1014), utility("NotExpected")),
        ("without one of the sets", "bound", group.asked(BOUND_QUORUM, sets_digest=sets(fewer)), utility("WrongSet")),
        ("another set of one round", "raw", group.asked(RAW_QUORUM, sets_digest=sets(other_sets)), utility("WrongSet")),
        ("a meter in 5 of 7 rounds", "bound", group.asked(BOUND_QUORUM, billed=[*BILLED, 3]), utility("NotBillable")),
        ("a meter in no round", "raw", group.asked(RAW_QUORUM, billed=[*BILLED, 12]), utility("NotBillable")),
        ("7 meters", "bound", group.asked(BOUND_QUORUM, billed=BILLED[:7]), utility("NotBillable")),
        ("nobody", "bound", group.asked(BOUND_QUORUM, billed=[]), utility("NotBillable")),
        ("a window of one round", "bound", group.asked(BOUND_QUORUM, 1007, first=1000, billed=range(2, 13),
                                                       sets_digest=sets(early, 1000, 1007)), utility("NotBillable"))]
    after = [("other bills", form, group.asked(quorum, billed=BILLED[1:]), utility("Contradiction"))
             for form, quorum in (("bound", BOUND_QUORUM), ("raw", RAW_QUORUM))]
    name = lambda rows: [dict(case=case, form=form, query=query, error=error) for case, form, query, error in rows]
    late = group.rounds[BILLED_LAST]
    close = signed_close(group.world, 1, late["open"], BILLED_LAST, BOUND_QUORUM, late["absent"])
    return dict(before=name(rows), after=name(after), late=dict(case="a set for a window that was billed", open=late["open"],
                                                               close=close, error=utility("RoundClosed")))


def windows(group):
    group.check()
    rounds = [{k: v for k, v in row.items() if k != "readings"} | dict(readings=list(row["readings"].values()))
              for row in group.rounds.values()]
    answerers = [dict(number=number, told=group.told[number], log_head=group.log_head(number), head=group.logs[number].head)
                 for number in group.numbers]
    return dict(world=4, **WINDOW, first_channel=FIRST_CHANNEL, first=BILLED_FIRST, last=BILLED_LAST, billed=BILLED, missed=dict(number=9, round=MISSED),
                sets_digest=group.sets_digest, digest=group.digest, query=group.query, raw_query=group.raw_query, history=rounds,
                answerers=answerers, bills=[[p.centred(v) for v in row] for row in group.bills], refused=refused_bills(group))
