"""What remains visible of a household: in its readings, in its masked frames, in sums of groups.

    python visible.py readings.csv [--sizes 2,5,10,20,50,100] [--households 60] [--seed 1] [--figures FOLDER]

All readings go through `wattsum.shamir` in this process, so that masked frames are what a utility receives
and the sums what it recovers. Printed are the means of the three measures over households that are drawn, and
how much more a group's sum shows with the household than without it. docs/analysis.md says what that means
and what it does not. Meters with silent intervals are left out.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattsum import link, plots, readings, shamir

HEAD = "seen      meters  entropy/bit  clusters  by chance     R2"


def masked(values: NDArray[np.int64]) -> tuple[NDArray[np.uint8], list[link.Sum]]:
    """The frames of every meter in every interval, and the sums."""
    rounds, meters = values.shape
    largest = max(1, int(np.abs(values).max()))
    group = link.Group(group=1, max_meters=meters, max_reading=largest, min_honest=3)
    params = shamir.Params(group)
    cohort = link.Cohort(params, range(1, meters + 1), last_round=rounds - 1)
    view, own = cohort.view, cohort.utility
    utility = shamir.Utility(params, view, own.identity, own.link)
    aggregators = [
        shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers
    ]
    everybody = shamir.Meters(params, view, cohort.meters)
    marks = link.HighWaters(meters)
    frames = np.empty((rounds, meters, params.contribution_len), np.uint8)
    sums = []
    for round in range(rounds):
        collecting = utility.open(now=round, round=round)
        for aggregator in aggregators:
            aggregator.open(round, collecting.frame)
        frames[round] = everybody.contribute(marks, round, round, values[round]).stored()
        if refused := collecting.accept_many(frames[round]):
            raise refused[0][1]
        closed = utility.close(collecting)
        for number in closed.missing():
            closed.accept(aggregators[number - 1].answer(round, closed.frame).stored())
        sums.append(utility.record(closed))
    return frames, sums


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("readings", help="wide or long CSV, or parquet")
    arguments.add_argument("--sizes", default="2,5,10,20,50,100", help="meters in a group")
    arguments.add_argument("--households", type=int, default=60, help="that are looked at")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--figures", type=Path, help="folder for day.png and visible.png")
    arguments.add_argument("--zone", help="of the labels of day.png, as Europe/Zurich")
    given = arguments.parse_args()

    table = readings.load(given.readings)
    whole = table.present.all(axis=0)
    values = np.ascontiguousarray(table.values[:, whole])
    frames, sums = masked(values)
    assert [sum_.values[0] for sum_ in sums] == values.sum(axis=1).tolist()
    seen = plots.masked_values(frames.reshape(-1, frames.shape[-1])).reshape(values.shape)
    found = plots.compare(
        values,
        [int(size) for size in given.sizes.split(",")],
        masked=seen,
        households=given.households,
        seed=given.seed,
    )

    print(HEAD)
    for one in found:
        print(
            f"{one.seen:<8}  {one.size:6}  {one.relative_entropy.mean:11.2f}  {one.similarity.mean:8.3f}"
            f"  {one.chance.mean:9.3f}  {one.r2.mean:5.3f}"
        )
    by_name = {(one.seen, one.size): one for one in found}
    print("\nmore with the household than without it")
    for size in sorted({one.size for one in found if one.seen == "sum"}):
        with_it, without = by_name["sum", size], by_name["others", size]
        clusters = with_it.similarity.mean - without.similarity.mean
        print(f"{'':8}  {size:6}  {'':11}  {clusters:8.3f}  {'':9}  {with_it.r2.mean - without.r2.mean:5.3f}")

    if given.figures is not None:
        given.figures.mkdir(parents=True, exist_ok=True)
        day = 86_400 // table.period
        # The household whose readings vary as much as the middle one's.
        column = int(values.std(axis=0).argsort()[len(values.T) // 2])
        meter = int(np.flatnonzero(whole)[column])
        figure = plots.overview(table, meter, frames[:day, column], sums[:day], zone=given.zone)
        figure.savefig(given.figures / "day.png", dpi=150)
        plots.visible(found).savefig(given.figures / "visible.png", dpi=150)


if __name__ == "__main__":
    main()
