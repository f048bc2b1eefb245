"""Forty meters encrypt a day; a server computes on it and cannot read it; the holder of the key reads."""

import numpy as np

from wattsum import ckks

ring = ckks.Ring("variance")  # room for one product
key = ckks.SecretKey.generate(ring)  # the holder of results, who is not the server
public = key.public_key  # what meters are given
keys = key.switching_keys(relinearisation=True, slot_sum=96)  # what the server is given
rng = np.random.default_rng(1)

# Whole numbers are exact: Wh, a column a quarter hour; each row is encrypted by its meter.
readings = rng.integers(0, 2000, (40, 96))
sent = public.encrypt_rows(readings, max_reading=2000, round=1)
server = ckks.Evaluator(public, keys)
total = server.sum(sent, threads=2)  # as they come in: rows of an array, or any iterable of bytes
assert (key.decrypt_exact(total, 96) == readings.sum(axis=0)).all()

# Floats are as near as their ciphertext says: kWh, with squares that the server computes.
loads = [public.encrypt(row, max_reading=2, scale_bits=36, round=2) for row in readings / 1000]
mean = server.mean(loads)
squares = server.sum(server.rescale(server.square(load)) for load in loads)
sums = key.decrypt_private(server.sum(loads), 96)
deviation = ckks.standard_deviation(40, sums, key.decrypt_private(squares, 96))
day = server.slot_sum(server.drop_to(mean, 0), 96)  # one number: the mean meter's day

truth = readings / 1000
for name, got, expected in (
    ("mean of an interval", key.decrypt_private(mean, 96), truth.mean(axis=0)),
    ("standard deviation", deviation, truth.std(axis=0)),
    ("mean of a day", key.decrypt_private(day, 1), truth.sum(axis=1).mean()),
):
    print(f"{name}: wrong by less than 1e-5: {bool(np.abs(got - expected).max() < 1e-5)}")
print(
    f"a day of a meter: {sent.shape[1]:,} bytes, seeded {key.encrypt(readings[0], max_reading=2000).size:,}"
)
