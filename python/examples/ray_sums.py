"""A day of masked readings added up on Ray: 96 sums over 1,000 meters, equal to the truth."""

import numpy as np
import pyarrow as pa
import ray

from wattsum import cmt
from wattsum.merge import merge

rng = np.random.default_rng(1)
readings = rng.integers(-500, 5000, (96, 1000))  # Wh, a row a round
keys = rng.integers(
    0, 2**64, (96, 1000), np.uint64
)  # what each meter's link to the supplier gives for the round
ciphertexts = cmt.encrypt(readings.ravel(), keys.ravel()).astype("<u8")
states = pa.Array.from_buffers(pa.binary(8), ciphertexts.size, [None, pa.py_buffer(ciphertexts)])
table = pa.table({"round": np.repeat(np.arange(96), 1000), "state": states})

batches = table.take(rng.permutation(len(table))).to_batches(max_chunksize=10_000)
ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1")
step = ray.remote(merge)
parts = [step.remote(batch, ["round"], "state", "cmt") for batch in batches]
total = pa.concat_tables(ray.get(parts))
sums = merge(total, ["round"], "state", "cmt", "members").sort_by("round")
ray.shutdown()

added = np.frombuffer(b"".join(sums["state"].to_pylist()), "<u8")
opened = cmt.decrypt_sums(added, keys.sum(axis=1, dtype=np.uint64))
assert sums["members"].to_pylist() == [1000] * 96
print(f"{len(opened)} sums, equal to the truth: {np.array_equal(opened, readings.sum(axis=1))}")
