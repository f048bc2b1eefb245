"""Five trustees make a key that none of them has; any three open a sum, and nothing else."""

import numpy as np

from wattsum import ckks, link

group = link.Group(group=1, max_reading=10_000, max_meters=1000)
params = ckks.Params(group, link.Threshold.trusting_the_utility_not_to_equivocate(5, 3))
cohort = link.Cohort(params, meters=range(1, 7), last_round=95)  # everybody, in one process
public, secrets = ckks.hold(params, cohort.view, cohort.answerers)  # the ceremony
ledgers = [ckks.Ledger() for _ in secrets]  # each trustee's: a polynomial is answered once, ever

readings = np.random.default_rng(1).integers(-500, 5000, (6, 96))  # Wh; some feed in
sent = public.encrypt_rows(readings, max_reading=10_000, scale_bits=params.scale_bits, round=1)
total = ckks.Evaluator(public).sum(sent)  # each trustee computes this itself
quorum = (1, 3, 4)
shares = [
    # Once its record is in the trustee's log.
    secrets[number - 1].decryption_share(ledgers[number - 1], total, quorum).stored()
    for number in quorum
]
print((ckks.combine_exact(total, shares, 96) == readings.sum(axis=0)).all())
