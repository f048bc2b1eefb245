"""Random states with their true sums by numpy alone, and the CPU time of a whole tree of processes."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

P = 2**64 - 2**32 + 1
"""Elements of dcnet's and shamir's states are below it."""


class Frame:
    """Rows of states of `words` elements over `groups` × 96 rounds, each meter once, in random order."""

    def __init__(self, rows: int, groups: int, words: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.keys = groups * 96
        key = rng.permutation(np.arange(rows) % self.keys)
        self.group, self.round, self.meter = key // 96, key % 96, rng.permutation(rows)
        self.values = rng.integers(0, P, (rows, words), np.uint64)
        self.values[rng.random((rows, words)) < 0.01] = P - 1
        self.sums, self.members = (
            true_sums(key, self.values, self.keys),
            np.bincount(key, minlength=self.keys),
        )

    def table(self, rows: NDArray[np.int64] | None = None, plus: int = 0) -> pa.Table:
        """All rows, or the given ones with another state."""
        at = np.arange(len(self.group)) if rows is None else rows
        states = ((self.values[at] + np.uint64(plus)) % np.uint64(P)).astype("<u8").tobytes()
        width = 8 * self.values.shape[1]
        states = pa.Array.from_buffers(pa.binary(width), len(at), [None, pa.py_buffer(states)])
        columns = {"group": self.group[at], "round": self.round[at], "meter": self.meter[at]}
        return pa.table({**columns, "state": states.cast(pa.binary())})

    def wrong(self, result: pa.Table, members: NDArray[np.int64] | None = None) -> int:
        """How many keys of the result differ from the truth."""
        key = result["group"].to_numpy() * 96 + result["round"].to_numpy()
        assert len(key) == self.keys
        assert len(np.unique(key)) == self.keys
        sums = np.frombuffer(b"".join(result["state"].to_pylist()), "<u8").reshape(self.keys, -1)
        right = (sums == self.sums[key]).all(axis=1)
        return int((~right | (result["members"].to_numpy() != self.members[key])).sum())


def true_sums(key: NDArray[np.int64], values: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """Sums modulo P by key: high and low halves apart, put together as Python ints."""
    high, low = np.zeros((2, count, values.shape[1]), np.uint64)
    np.add.at(high, key, values >> np.uint64(32))
    np.add.at(low, key, values & np.uint64(0xFFFF_FFFF))
    sums: NDArray[np.uint64] = (((high.astype(object) << 32) + low.astype(object)) % P).astype(np.uint64)
    return sums


def write(folder: Path, table: pa.Table, files: int) -> Path:
    """The table as some parquet files, as an import leaves them."""
    folder.mkdir()
    for part in range(files):
        rows = slice(part * table.num_rows // files, (part + 1) * table.num_rows // files)
        pq.write_table(table.slice(rows.start, rows.stop - rows.start), folder / f"{part}.parquet")
    return folder


def stat(pid: int) -> tuple[int, list[int]]:
    """A process's parent; and its CPU ticks, with those of children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[1]), [int(field) for field in fields[11:15]]


def family(root: int) -> dict[int, list[int]]:
    """The CPU ticks of a process and of all below it."""
    found, parents = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)], found[int(entry.name)] = stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
    inside = {root}
    while more := {pid for pid, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return {pid: found[pid] for pid in inside}


def cpu_seconds() -> float:
    """CPU time that this process and all below it have used: the driver, its JVM, the Python workers."""
    ticks = sum(sum(ticks) for ticks in family(os.getpid()).values())
    return ticks / os.sysconf("SC_CLK_TCK")
