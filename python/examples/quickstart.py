"""Five meters, four aggregators, one sum."""

import numpy as np

from wattsum import link, shamir

params = shamir.Params(link.Group(group=1))
cohort = link.Cohort(params, meters=range(1, 6), last_round=95)  # everybody, in one process
view, own = cohort.view, cohort.utility
utility = shamir.Utility(params, view, own.identity, own.link)
aggregators = [shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers]
meters = shamir.Meters(params, view, cohort.meters)
marks = link.HighWaters(len(meters))

collecting = utility.open(now=40, round=40)  # the interval from 10:00 to 10:15
for aggregator in aggregators:
    aggregator.open(40, collecting.frame)
readings = np.array([230, -45, 1180, 0, 512])  # Wh; the second feeds in
prepared = meters.contribute(marks, now=40, round=40, readings=readings)
frames = prepared.stored()  # once prepared.records are in the devices' logs
collecting.accept_many(frames)
closed = utility.close(collecting)
for number in closed.missing():  # the three aggregators that are asked
    closed.accept(aggregators[number - 1].answer(40, closed.frame).stored())
print(utility.record(closed))
