"""Seven meters in a ring, their supplier, and no other party: sums, one meter away for a while."""

import numpy as np

from wattsum import cmt, link

# All members send at once; "drawn" would pass a number around the ring instead. Wh, quarter-hours.
params = cmt.Params(link.Group(group=9, min_honest=5), "derived")
cohort = link.Cohort(params, meters=range(1, 8), last_round=95)  # everybody, in one process
ring = cmt.Ring(params, cohort)

rng = np.random.default_rng(1)
for round in range(40, 44):
    readings = rng.integers(-200, 2000, 7)
    present = np.ones(7, np.bool_)
    present[2] = round != 42  # known before the round: a new generation does without it
    total = ring.sum(round, readings, present)
    assert total.values == (readings[present].sum(),)
    print(f"round {round}: {total.values[0]} Wh of {total.meters}, generation {ring.supplier.generation}")

# Whoever falls silent within a round loses it for its ring, and is cut out: nobody else has to do anything.
# (A silent concentrator is another matter: others claim its place, in groups with terms.)
silent = np.arange(7) == (4 if ring.supplier.concentrator == 6 else 5)
collecting, frames = ring.contribute(44, readings, ~silent)
collecting.accept_many(frames)
lost = ring.supplier.discard(collecting).stored()  # signed; it names a token
assert ring.book is not None  # the concentrator's: nobody else knows whose token it is
members = [listed.id for listed in ring.book.silent(44, lost)]
ring.heal(45, members)
total = ring.sum(45, readings, ~silent)
print(f"round 44 is lost: meter {members[0]} was silent; round 45: {total.values[0]} Wh")
