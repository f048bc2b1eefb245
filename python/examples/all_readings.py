"""A whole file of readings through a protocol, every interval's sum compared with plain addition.

    python all_readings.py READINGS [--protocol dcnet|shamir|elgamal|cmt ...] [--days 1] [--sums SUMS]

READINGS is any file that `wattsum.readings.load` takes; SUMS a CSV of interval_start,sum_wh to compare
with as well. Printed is for each protocol how many rounds came out equal, and the seconds of CPU that a
million readings took at the meters (contribute), at the utility (accept) and until the sum was known
(close, with all answers). All parties are objects of this process; the forming of the group is not in
these times.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wattsum import Error, cmt, dcnet, elgamal, link, shamir
from wattsum.readings import Readings, Row, load

Frames = NDArray[np.uint8]


@dataclass
class Watch:
    """CPU seconds of each part, of all threads: what else the machine does is not in them."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - begun


class World(Protocol):
    """A group with all its parties."""

    def round(self, round: int, row: Row, watch: Watch) -> link.Sum: ...


def group_of(table: Readings, number: int = 1, min_honest: int = 3) -> link.Group:
    """Round n is the n-th interval of the table. No household has a megawatt-hour in an interval."""
    return link.Group(
        group=number,
        origin=int(table.starts[0].astype(np.int64)),
        period=table.period,
        max_reading=1_000_000,
        max_meters=max(256, len(table.meters)),
        max_missing_permille=400,
        min_honest=min_honest,
    )


def taken(refused: list[tuple[int, Error]]) -> None:
    if refused:
        raise refused[0][1]


class Dcnet:
    def __init__(self, table: Readings, threads: int) -> None:
        group = group_of(table)
        params = dcnet.Params.complete(group) if group.max_meters == 256 else dcnet.Params.secure(group)
        cohort = link.Cohort(params, range(1, len(table.meters) + 1), last_round=len(table) - 1)
        view, own = cohort.view, cohort.utility
        self.utility = dcnet.Utility(params, view, own.identity, own.link)
        self.holders = [dcnet.Holder(params, view, party.id, party.link) for party in cohort.answerers]
        self.meters = dcnet.Meters(params, view, cohort.meters)
        self.marks = link.HighWaters(len(self.meters))

    def round(self, round: int, row: Row, watch: Watch) -> link.Sum:
        collecting = self.utility.open(now=round, round=round)
        for holder in self.holders:
            holder.open(round, collecting.frame)
        with watch.part("contribute"):
            self.meters.open(round, collecting.frame, row.present)
            frames = self.meters.contribute(self.marks, round, round, row.values, row.present).stored()
        with watch.part("accept"):
            taken(collecting.accept_many(frames))
        with watch.part("close"):
            closed = self.utility.close(collecting)
            while isinstance(closed, dcnet.Repairing):
                taken(closed.accept_many(self.meters.close(round, closed.frame, row.present).stored()))
                closed = self.utility.close_again(closed)
            for number in closed.missing():
                closed.accept(self.holders[number - 1].answer(round, closed.frame).stored())
            return self.utility.record(closed)


class Shamir:
    def __init__(self, table: Readings, threads: int) -> None:
        params = shamir.Params(group_of(table))
        cohort = link.Cohort(params, range(1, len(table.meters) + 1), last_round=len(table) - 1)
        view, own = cohort.view, cohort.utility
        self.utility = shamir.Utility(params, view, own.identity, own.link)
        parties = cohort.answerers
        self.aggregators = [
            shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in parties
        ]
        self.meters = shamir.Meters(params, view, cohort.meters)
        self.marks = link.HighWaters(len(self.meters))

    def round(self, round: int, row: Row, watch: Watch) -> link.Sum:
        collecting = self.utility.open(now=round, round=round)
        for aggregator in self.aggregators:
            aggregator.open(round, collecting.frame)
        with watch.part("contribute"):
            frames = self.meters.contribute(self.marks, round, round, row.values, row.present).stored()
        with watch.part("accept"):
            taken(collecting.accept_many(frames))
        with watch.part("close"):
            closed = self.utility.close(collecting)
            for number in closed.missing():
                closed.accept(self.aggregators[number - 1].answer(round, closed.frame).stored())
            return self.utility.record(closed)


class Elgamal:
    def __init__(self, table: Readings, threads: int) -> None:
        params = elgamal.Params(group_of(table))
        cohort = link.Cohort(params, range(1, len(table.meters) + 1), last_round=len(table) - 1)
        view, own = cohort.view, cohort.utility
        keys, shares = elgamal.hold(params, cohort.answerers)
        self.threads = threads
        self.utility = elgamal.Utility(params, view, own.identity, own.link, keys)
        self.trustees = [
            elgamal.Trustee(params, view, party.id, party.identity, party.link, share, keys)
            for party, share in zip(cohort.answerers, shares, strict=True)
        ]
        self.meters = elgamal.Meters(params, view, cohort.meters, keys.group_key)
        self.marks = link.HighWaters(len(self.meters))
        self.table = elgamal.DlogTable.build(18)

    def round(self, round: int, row: Row, watch: Watch) -> link.Sum:
        collecting = self.utility.open(now=round, round=round)
        for trustee in self.trustees:
            trustee.open(round, collecting.frame)
        with watch.part("contribute"):
            sent = self.meters.contribute(
                self.marks, round, round, row.values, row.present, threads=self.threads
            ).stored()
        with watch.part("accept"):
            taken(collecting.accept_many(sent, threads=self.threads))
        with watch.part("close"):
            closed = self.utility.close(collecting)
            for number in closed.missing():
                agreed = self.trustees[number - 1].agree(
                    round, closed.frame, closed.contributions, closed.hints
                )
                closed.accept_statement(agreed.stored())
            for number in closed.missing():
                closed.accept(self.trustees[number - 1].answer(closed.statements).stored())
            return self.utility.record(closed, self.table)


class Cmt:
    """Rings of about two dozen, each a group of its own; who is away is known before the round."""

    def __init__(self, table: Readings, threads: int) -> None:
        self.threads = threads
        self.parts = cmt.cut(len(table.meters))
        self.rings = []
        for number, part in enumerate(self.parts, start=1):
            params = cmt.Params(group_of(table, number, cmt.LEAST_RING), "derived")
            self.rings.append(
                cmt.Ring(params, link.Cohort(params, range(1, len(part) + 1), last_round=len(table) - 1))
            )

    def round(self, round: int, row: Row, watch: Watch) -> link.Sum:
        total = meters = 0
        for part, ring in zip(self.parts, self.rings, strict=True):
            values, present = row.values[part], row.present[part]
            if not np.array_equal(ring.members, present):
                ring.form(round, present)
            with watch.part("contribute"):
                collecting, frames = ring.contribute(round, values, present, threads=self.threads)
            with watch.part("accept"):
                taken(collecting.accept_many(frames))
            with watch.part("close"):
                found = collecting.close()
            total, meters = total + found.values[0], meters + found.meters
        return link.Sum(round, [total], meters)


WORLDS: dict[str, Callable[[Readings, int], World]] = {
    "dcnet": Dcnet,
    "shamir": Shamir,
    "elgamal": Elgamal,
    "cmt": Cmt,
}


def known(path: str, table: Readings) -> list[int]:
    """The sums of a file, for these intervals: a table of one column."""
    sums = load(path)
    return [int(total) for total in sums.between(table.starts[0], table.starts[-1] + 1).values[:, 0]]


def run(name: str, table: Readings, truth: list[int], threads: int) -> bool:
    begun = time.perf_counter()
    world = WORLDS[name](table, threads)
    formed, watch, equal = time.perf_counter(), Watch(), 0
    for round, (row, total) in enumerate(zip(table, truth, strict=True)):
        found = world.round(round, row, watch)
        equal += (found.values, found.meters) == ((total,), int(row.present.sum()))
    done = time.perf_counter()
    million = int(table.present.sum()) / 1e6
    parts = ", ".join(f"{part} {seconds / million:.2f}" for part, seconds in watch.seconds.items())
    print(
        f"{name}: {equal} of {len(table)} rounds equal; {done - formed:.1f} s, "
        f"formed in {formed - begun:.1f} s; CPU seconds per million readings: {parts}",
        flush=True,
    )
    return equal == len(table)


def main() -> int:
    parser = argparse.ArgumentParser(description="Every interval of a file through each protocol.")
    parser.add_argument("file")
    parser.add_argument("--protocol", nargs="+", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--days", type=int, help="the first days only")
    parser.add_argument("--sums", help="a file of interval_start,sum_wh")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    table = load(arguments.file)
    if arguments.days:
        table = table.between(table.starts[0], table.starts[0] + np.timedelta64(arguments.days, "D"))
    print(table)
    truth = [int(total) for total in table.sums()]
    right = arguments.sums is None or known(arguments.sums, table) == truth
    if not right:
        print(f"{arguments.sums} and the sums of {arguments.file} differ", file=sys.stderr)
    for name in arguments.protocol:
        right &= run(name, table, truth, arguments.threads)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
