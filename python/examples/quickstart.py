"""Five meters, four aggregators, one sum."""

import numpy as np
from wattsum import link, shamir

params = shamir.Params(link.Group(group=1))
cohort = link.Cohort(params, meters=range(1, 6), last_round=95)  # everybody, in one process
utility, aggregators, meters, marks = shamir.roles(params, cohort)
collecting = utility.open(now=40, round=40)  # the interval from 10:00 to 10:15
for aggregator in aggregators:
    aggregator.open(40, collecting.frame)
prepared = meters.contribute(marks, 40, 40, np.array([230, -45, 1180, 0, 512]))  # Wh; one feeds in
collecting.accept_many(prepared.stored())  # once prepared.records are in the devices' logs
closed = utility.close(collecting)
for number in closed.missing():  # the three aggregators that are asked
    closed.accept(aggregators[number - 1].answer(40, closed.frame).stored())
print(utility.record(closed))
