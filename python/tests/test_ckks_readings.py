"""Three weeks of real readings: exact sums by trustees, means and variances that a server computes."""

import numpy as np
from ckks_world import EVALUATOR, KEY, PUBLIC
from data import real

from wattsum import ckks, link, readings

LARGEST = 16_000
"""Wh in a quarter hour, which no meter exceeds."""


def test_three_of_five_trustees_open_exact_sums_and_sums_of_squares() -> None:
    table = readings.load(real("ch2018_dev_wh_15min.csv")).values.T
    assert table.shape == (240, 2016)
    assert np.abs(table).max() <= LARGEST
    group = link.Group(group=1, max_reading=LARGEST, max_meters=240, max_missing_permille=200)
    threshold = link.Threshold.trusting_the_utility_not_to_equivocate(5, 3)
    params = ckks.Params(group, threshold, ring=ckks.Ring("depth2")).with_squares()
    cohort = link.Cohort(params, meters=range(1, 7), last_round=95)
    public, secrets = ckks.hold(params, cohort.view, cohort.answerers)
    both = np.concatenate([table, table**2], axis=1)  # a ciphertext a meter
    evaluator = ckks.Evaluator(public)
    sent = public.encrypt_rows(both, max_reading=LARGEST**2, scale_bits=80, threads=2)
    total = evaluator.sum(sent, threads=2)
    quorum = (1, 4, 5)
    shares = [secrets[n - 1].decryption_share(ckks.Ledger(), total, quorum).stored() for n in quorum]
    got = ckks.combine_exact(total, shares, 4032)
    assert (got == both.sum(axis=0)).all()
    variance = ckks.variance(240, got[:2016], got[2016:])
    np.testing.assert_allclose(variance, table.var(axis=0), rtol=1e-12)


def test_means_and_variances_of_floats_are_near() -> None:
    table = readings.load(real("ch2018_dev_wh_15min.csv")).values.T / 1000  # kWh
    largest = float(np.ceil(np.abs(table).max()))
    fine = PUBLIC.encrypt_many(table, max_reading=largest, scale_bits=40, threads=2)
    mean = KEY.decrypt_private(EVALUATOR.mean(fine), 2016)
    np.testing.assert_allclose(mean, table.mean(axis=0), rtol=1e-6)
    # The sum of squares, at 2^(2·36 − 40), fits into the 49 bits of level 0.
    loads = PUBLIC.encrypt_many(table, max_reading=largest, scale_bits=36, threads=2)
    squares = EVALUATOR.sum(EVALUATOR.rescale(EVALUATOR.square(load)) for load in loads)
    sums = KEY.decrypt_private(EVALUATOR.sum(fine), 2016)
    got = ckks.variance(240, sums, KEY.decrypt_private(squares, 2016))
    np.testing.assert_allclose(got, table.var(axis=0), rtol=1e-6)
