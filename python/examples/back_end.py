"""A metering back end: a day of readings from a wide CSV, summed without seeing one of them.

    python back_end.py readings.csv [--protocol shamir|dcnet] [--intervals 96] [--min-meters 3]

The file has a line a quarter of an hour: interval_start, then whole Wh of each meter, empty where a meter was
silent. Printed is interval_start,sum_wh,meters; an interval with too few meters has an empty sum. Meters and
answerers are objects of this process here, so the file can be read at all; what passes between them and the
utility is what would pass over a network. They end with the process, so it stores no record; a party that can
restart appends each to its log before it sends, and replays all of them, not the last alone, when it starts.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattsum import Error, FaultError, QuorumError, dcnet, link, shamir

PERIOD = 900


class Interval(NamedTuple):
    start: str
    readings: NDArray[np.int64]
    present: NDArray[np.bool_]


def read(path: str, intervals: int) -> list[Interval]:
    """The first intervals of a file."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header[:1] != ["interval_start"] or len(header) < 2:
            raise SystemExit(f"{path}: line 1: expected interval_start and a column for each meter")
        day: list[Interval] = []
        for line, row in enumerate(rows, start=2):
            if len(day) == intervals:
                break
            if len(row) != len(header):
                raise SystemExit(f"{path}: line {line}: {len(row)} fields, expected {len(header)}")
            values = np.zeros(len(header) - 1, dtype=np.int64)
            for column, cell in enumerate(row[1:]):
                try:
                    values[column] = int(cell or 0)
                except (ValueError, OverflowError):
                    place = f"{path}: line {line}, {header[column + 1]}"
                    raise SystemExit(f"{place}: no whole Wh: {cell!r}") from None
            day.append(Interval(row[0], values, np.array([cell != "" for cell in row[1:]])))
    if not day:
        raise SystemExit(f"{path}: no intervals")
    return day


def group_of(day: list[Interval], min_meters: int) -> link.Group:
    """Round n is the n-th interval of the file."""
    return link.Group(
        group=1,
        origin=int(datetime.fromisoformat(day[0].start).timestamp()),
        period=PERIOD,
        max_meters=max(256, len(day[0].readings)),
        min_honest=min_meters,
        max_missing_permille=900,
    )


def by_shamir(day: list[Interval], min_meters: int) -> Iterator[link.Sum | Error]:
    """A silent meter costs nothing: each sends to four aggregators, of whom any three open the sum."""
    params = shamir.Params(group_of(day, min_meters))
    cohort = link.Cohort(params, range(1, len(day[0].readings) + 1), last_round=len(day) - 1)
    view, own = cohort.view, cohort.utility
    utility = shamir.Utility(params, view, own.identity, own.link)
    aggregators = [shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers]
    meters = shamir.Meters(params, view, cohort.meters)
    marks = link.HighWaters(len(meters))

    for round, interval in enumerate(day):
        try:
            collecting = utility.open(now=round, round=round)
            for aggregator in aggregators:
                aggregator.open(round, collecting.frame)
            sent = meters.contribute(marks, round, round, interval.readings, interval.present)
            report(collecting.accept_many(sent.stored()))  # sent.records would be in the logs by now
            closed = utility.close(collecting)
            for number in closed.missing():
                closed.accept(aggregators[number - 1].answer(round, closed.frame).stored())
            yield utility.record(closed)
        except (FaultError, QuorumError) as error:
            yield error


def by_dcnet(day: list[Interval], min_meters: int) -> Iterator[link.Sum | Error]:
    """Meters mask each other; where some are silent, the others take their masks with them off again."""
    group = group_of(day, min_meters)
    if group.max_meters == 256:
        params = dcnet.Params.complete(group)
    else:
        params = dcnet.Params.secure(group)
    cohort = link.Cohort(params, range(1, len(day[0].readings) + 1), last_round=len(day) - 1)
    view, own = cohort.view, cohort.utility
    utility = dcnet.Utility(params, view, own.identity, own.link)
    holders = [dcnet.Holder(params, view, party.id, party.link) for party in cohort.answerers]
    meters = dcnet.Meters(params, view, cohort.meters)
    marks = link.HighWaters(len(meters))

    for round, interval in enumerate(day):
        try:
            collecting = utility.open(now=round, round=round)
            for holder in holders:
                holder.open(round, collecting.frame)
            meters.open(round, collecting.frame, interval.present)
            sent = meters.contribute(marks, round, round, interval.readings, interval.present)
            report(collecting.accept_many(sent.stored()))
            closed = utility.close(collecting)
            while isinstance(closed, dcnet.Repairing):
                repairs = meters.close(round, closed.frame, interval.present)
                report(closed.accept_many(repairs.stored()))
                closed = utility.close_again(closed)
            for number in closed.missing():
                closed.accept(holders[number - 1].answer(round, closed.frame).stored())
            yield utility.record(closed)
        except (FaultError, QuorumError) as error:
            yield error


def report(refused: list[tuple[int, Error]]) -> None:
    """One bad frame is no reason to lose the round."""
    for row, error in refused:
        print(f"frame {row}: {error}", file=sys.stderr)


PROTOCOLS: dict[str, Callable[[list[Interval], int], Iterator[link.Sum | Error]]] = {
    "shamir": by_shamir,
    "dcnet": by_dcnet,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Sums a day of readings without seeing one of them.")
    parser.add_argument("file")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="shamir")
    parser.add_argument("--intervals", type=int, default=96)
    parser.add_argument("--min-meters", type=int, default=3)
    arguments = parser.parse_args()
    day = read(arguments.file, arguments.intervals)
    refused = 0
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["interval_start", "sum_wh", "meters"])
    for interval, result in zip(day, PROTOCOLS[arguments.protocol](day, arguments.min_meters), strict=True):
        if isinstance(result, link.Sum):
            out.writerow([interval.start, result.values[0], result.meters])
        else:
            refused += 1
            print(f"{interval.start}: {result}", file=sys.stderr)
            out.writerow([interval.start, "", int(interval.present.sum())])
    return 3 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
