"""Six meters, one of them silent, and four trustees of whom any three open the sum."""

import numpy as np

from wattsum import elgamal, link

group = link.Group(group=1, max_reading=1_000_000, max_meters=1000, max_missing_permille=200)
params = elgamal.Params(group)
cohort = link.Cohort(params, meters=range(1, 7), last_round=95)  # everybody, in one process
view, own, seats = cohort.view, cohort.utility, cohort.answerers
keys, shares = elgamal.hold(params, seats)  # the trustees make the group's key; nobody holds its secret
mine = list(zip(seats, shares, strict=True))
stated = [keys.statement(view, party.id, party.identity, share) for party, share in mine]
key = elgamal.GroupKey.certified(params, view, stated)  # what meters take, whoever brings it
trustees = [elgamal.Trustee(params, view, p.id, p.identity, p.link, share, keys) for p, share in mine]
utility = elgamal.Utility(params, view, own.identity, own.link, keys)
meters = elgamal.Meters(params, view, cohort.meters, key)
marks = link.HighWaters(len(meters))
table = elgamal.DlogTable.build(16)  # once, for all groups

collecting = utility.open(now=40, round=40)  # the interval from 10:00 to 10:15
for trustee in trustees:
    trustee.open(40, collecting.frame)
readings = np.array([230, -45, 1180, 0, 512, 7])  # Wh; the second feeds in, the last is silent
sent = meters.contribute(marks, 40, 40, readings, which=np.arange(6) < 5)
collecting.accept_many(sent.stored())  # once sent.records are in the devices' logs
closed = utility.close(collecting, utility.quorum(reachable=[1, 3, 4]))
for number in closed.missing():  # each checks all contributions itself, and signs the one list
    prepared = trustees[number - 1].agree(40, closed.frame, closed.contributions)
    closed.accept_statement(prepared.stored())
for number in closed.missing():  # and sees that all three have signed the same
    closed.accept(trustees[number - 1].answer(closed.statements).stored())
print(utility.record(closed, table))
