"""A key of the ring `variance`, and what evaluates under it."""

import numpy as np

from wattsum import ckks

RNG = np.random.default_rng(10)
RING = ckks.Ring("variance")
KEY = ckks.SecretKey.generate(RING)
PUBLIC = KEY.public_key
KEYS = KEY.switching_keys(relinearisation=True, rotations=[1, -5], slot_sum=RING.slots, conjugation=True)
EVALUATOR = ckks.Evaluator(PUBLIC, KEYS)
