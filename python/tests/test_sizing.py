"""Group sizes: the figures of the program `wattsum sizing`, and bounds that can be counted by hand."""

import csv
import json
import math
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data import ROOT, real
from households import made_up, made_up_table

from wattsum import MisuseError, sizing


def rounded(value: float) -> float:
    """To four digits as the program does, halves away from zero."""
    return math.copysign(math.floor(abs(value) * 10_000 + 0.5) / 10_000, value)


def rows(measured: list[sizing.Advantage]) -> list[tuple[Any, ...]]:
    """As the program prints them."""
    return [
        (
            one.size,
            one.event,
            one.span,
            *(rounded(value) for value in (one.advantage, one.low, one.high)),
            one.tests[0] if one.tests[0] == one.tests[1] else "/".join(one.tests),
            one.trials,
            one.resampled,
        )
        for one in measured
    ]


# wattsum sizing made_up.csv --sizes 2,5 --groups 40 --seed 7 --json, for `made_up()` written as below.
FIGURES: list[tuple[Any, ...]] = [
    (2, "presence", "interval", 0.7924, 0.7431, 0.8318, "yesterday/likelihood", 7744, False),
    (2, "presence", "hours", 0.8918, 0.8442, 0.9361, "yesterday/likelihood", 1026, False),
    (2, "presence", "day", 0.9463, 0.8243, 1.0, "own-likelihood", 242, False),
    (2, "absence", "interval", 0.6843, 0.6417, 0.7372, "yesterday", 7744, False),
    (2, "absence", "hours", 0.5029, 0.2341, 0.8046, "own-likelihood/likelihood", 1034, False),
    (2, "absence", "day", 0.9545, 0.8846, 1.0, "own-likelihood", 242, False),
    (2, "switch", "interval", 0.828, 0.7857, 0.8655, "own-likelihood/scaled-mean", 7744, False),
    (2, "switch", "hours", 0.808, 0.5573, 0.9536, "own-likelihood", 1005, False),
    (5, "presence", "interval", 0.4287, 0.4012, 0.4595, "yesterday", 15232, True),
    (5, "presence", "hours", 0.524, 0.4539, 0.5867, "yesterday", 2002, True),
    (5, "presence", "day", 0.9517, 0.9068, 0.9861, "own-weighted/likelihood", 476, True),
    (5, "absence", "interval", 0.3919, 0.3662, 0.4157, "yesterday", 15232, True),
    (5, "absence", "hours", 0.4411, 0.3622, 0.5095, "likelihood/yesterday", 2002, True),
    (5, "absence", "day", 0.9433, 0.8929, 0.9846, "own-weighted/own-day-mean", 476, True),
    (5, "switch", "interval", 0.7266, 0.6967, 0.7676, "own-mean/likelihood", 15232, True),
    (5, "switch", "hours", 0.7832, 0.7305, 0.8408, "own-mean", 2002, True),
]


def write_csv(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["interval_start", *(f"m{n}" for n in range(12))])
        for start, row in zip(made_up_table().starts, made_up(), strict=True):
            out.writerow([f"{start}Z", *row])


def program() -> Path:
    """The program `wattsum`, if it has been built here."""
    path = Path(os.environ.get("WATTSUM_PROGRAM", ROOT / "target/release/wattsum"))
    if not path.is_file():
        pytest.skip(f"{path} is not there (cargo build --release -p wattsum, or set WATTSUM_PROGRAM)")
    return path


def test_the_figures_are_those_of_the_program() -> None:
    measured = sizing.measure(made_up(), (5, 2), per_day=24, groups=40, seed=7)
    assert rows(measured) == FIGURES
    assert rows(sizing.measure(made_up_table(), (2, 5, 2), groups=40, seed=7, threads=2)) == FIGURES
    played = sizing.days(made_up_table())
    assert (played.households, played.days, played.per_day) == (12, 10, 24)
    assert sizing.measure(played, [2], groups=40, seed=7) == measured[:8]
    assert rows(sizing.measure(made_up(), [5], per_day=24, groups=40, seed=8)) != FIGURES[8:]


def test_the_program_says_so_now(tmp_path: Path) -> None:
    write_csv(tmp_path / "made_up.csv")
    command = "sizing made_up.csv --sizes 2,5 --groups 40 --seed 7 --json --report report.html".split()
    done = subprocess.run([program(), *command], cwd=tmp_path, capture_output=True, text=True, check=True)
    points = json.loads(done.stdout)["points"]
    keys = ("meters", "event", "span", "advantage", "low", "high", "test", "trials", "resampled")
    assert [tuple(point[key] for key in keys) for point in points] == FIGURES


def test_real_readings_have_the_figures_of_the_docs() -> None:
    with real("ch2018_dev_wh_15min.csv").open(encoding="utf-8") as file:
        readings = np.loadtxt(file, np.int64, delimiter=",", skiprows=1, usecols=range(1, 241))
    measured = sizing.measure(readings, [10], per_day=96)
    # docs/sizing.md of dcnet-core, section 3, the row of 10 meters
    docs = (
        "0.132 <0.148 | 0.137 <0.160 | 0.405 <0.444 | 0.136 <0.154 | "
        "0.148 <0.175 | 0.406 <0.441 | 0.212 <0.221 | 0.250 <0.271"
    )
    assert [f"{rounded(one.advantage):.3f} <{rounded(one.high):.3f}" for one in measured] == docs.split(" | ")


def test_what_is_not_there_gives_no_advantage_and_what_is_sure_gives_all() -> None:
    same = np.repeat(made_up()[:, :1], 12, axis=1)
    for one in sizing.measure(same, [2], per_day=24, groups=20, switch=0):
        if one.event == "switch":
            assert (one.advantage, one.low, one.high) == (0.0, 0.0, 0.0)
    constant = np.full((24 * 10, 12), 100)
    for one in sizing.measure(constant, [2], per_day=24, groups=20):
        assert one.advantage == 1.0


def test_households_with_gaps_are_left_out() -> None:
    table = made_up_table()
    whole = sizing.measure(table.values[:, 2:], [3], per_day=24, groups=10)
    table.present[5, 0] = table.present[100, 1] = False
    table.values[~table.present] = 10**12
    assert sizing.measure(table, [3], groups=10) == whole
    table.present[7, 2:9] = False
    with pytest.raises(MisuseError, match="readings: 3 households are too few: it takes 4"):
        sizing.measure(table, [3])


@pytest.mark.parametrize("column", [0, 60])
def test_intervals_that_are_missing_are_named(column: int) -> None:
    table = made_up_table()
    table.starts[column + 1 :] += np.timedelta64(1, "h")
    with pytest.raises(MisuseError, match="readings: the interval after 2026-01-0.* is of another length"):
        sizing.days(table)


GOOD: dict[str, Any] = {"readings": made_up(), "sizes": [2], "per_day": 24, "groups": 2, "resamples": 3}


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"readings": made_up().astype(float)}, TypeError, "readings: a float is no reading"),
        (
            {"readings": made_up().tolist()},
            TypeError,
            "readings: expected wattsum.readings.Readings or a numpy",
        ),
        ({"readings": np.ma.masked_array(made_up())}, TypeError, "readings: a masked array"),
        ({"readings": made_up()[0]}, MisuseError, "readings: 1 dimensions, expected 2"),
        ({"readings": made_up()[:, :3]}, MisuseError, "readings: 3 households are too few: it takes 4"),
        ({"readings": made_up(7)}, MisuseError, "readings: 7 whole days are too few: it takes 8"),
        ({"readings": made_up()[:0]}, MisuseError, "readings: 0 whole days"),
        (
            {"readings": np.full((240, 12), 2**64 - 1, np.uint64)},
            MisuseError,
            "readings: a value beyond int64",
        ),
        ({"sizes": [1]}, MisuseError, "sizes: is not from 2 to 100000"),
        ({"sizes": [100_001]}, MisuseError, "sizes: is not from 2 to 100000"),
        ({"sizes": [10**40]}, MisuseError, "sizes: "),
        ({"sizes": [2.0]}, TypeError, "sizes: expected an int"),
        ({"sizes": 2}, TypeError, "sizes: expected"),
        ({"per_day": None}, MisuseError, "per_day: an array does not say"),
        ({"per_day": 3}, MisuseError, "per_day: is not from 4"),
        ({"per_day": 24.0}, TypeError, "per_day: expected an int"),
        ({"switch": 1.5}, TypeError, "switch: a float is no reading"),
        ({"switch": 2**63}, MisuseError, "switch: "),
        ({"groups": 0}, MisuseError, "groups: is not from 1 to 100000"),
        ({"moments": 10_001}, MisuseError, "moments: is not from 1 to 10000"),
        ({"resamples": 0}, MisuseError, "resamples: is not from 1 to 1000000"),
        ({"confidence": 1.0}, MisuseError, "confidence: 1 is not between 0 and 1"),
        ({"confidence": float("nan")}, MisuseError, "confidence: is not finite"),
        ({"confidence": "0.9"}, TypeError, "confidence: expected a number"),
        ({"seed": -1}, MisuseError, "seed: out of range"),
        ({"seed": 2**64}, MisuseError, "seed: out of range"),
        ({"threads": 0}, MisuseError, "threads: is not from 1"),
        ({"threads": 1.0}, TypeError, "threads: expected an int"),
    ],
)
def test_wrong_arguments_are_named(changed: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sizing.measure(**(GOOD | changed))


def test_a_game_that_does_not_fit_into_memory_is_refused_before_it_is_played() -> None:
    with pytest.raises(MemoryError):
        sizing.measure(made_up(), [8], per_day=24, groups=100_000, moments=10_000)


def test_fields_that_do_not_fit_together_are_refused() -> None:
    table = made_up_table()
    table.meters = table.meters[1:]
    with pytest.raises(MisuseError, match="readings: its fields do not fit together"):
        sizing.measure(table, [2])
    table = made_up_table()
    with pytest.raises(MisuseError, match="per_day: the readings have 24 intervals a day"):
        sizing.days(table, per_day=96)
    table.unit = "kvarh"
    with pytest.raises(MisuseError, match="switch: how much an appliance adds, in kvarh"):
        sizing.measure(table, [2])
    assert len(sizing.measure(table, [2], switch=2000, groups=2)) == 8
    table.period = 7000
    with pytest.raises(MisuseError, match="readings: "):
        sizing.measure(table, [2], switch=2000)


def test_other_threads_run_meanwhile() -> None:
    done = threading.Event()

    def play() -> None:
        sizing.measure(made_up(), [5], per_day=24)
        done.set()

    player = threading.Thread(target=play)
    player.start()
    turns = 0
    while not done.wait(0.001):
        turns += 1
    player.join()
    assert turns > 10


def point(size: int, high: float) -> sizing.Advantage:
    return sizing.Advantage("switch", "day", size, ("step", "step"), (None, None), 0, 0, high, 1, False)


def test_a_recommendation_holds_from_there_on() -> None:
    measured = [point(2, 0.9), point(10, 0.04), point(20, 0.06), point(50, 0.05), point(100, 0.01)]
    assert sizing.recommend(measured, 0.05) == 50
    assert sizing.recommend(measured, 0.95) == 2
    assert sizing.recommend(measured, 0.001) is None
    assert sizing.recommend([]) is None
    for limit in (0, 1, -0.1, float("nan")):
        with pytest.raises(MisuseError, match="limit: "):
            sizing.recommend(measured, limit)


def test_small_groups_know_everybody() -> None:
    # A complete graph: one more neighbour than can collude, a third of 90.
    found = sizing.parameters(90)
    assert found == sizing.Neighbourhood(0, 89, 30, 1, 31, 31)
    assert sizing.assess(90, 0, 31) == sizing.Assessment(math.inf, math.inf)
    assert sizing.assess(90, 0, 30).security == 0.0


def test_what_is_recommended_is_assessed_as_good_and_less_is_not() -> None:
    found = sizing.parameters(10_000, 0.25, 0.1, 50)
    worth = sizing.assess(10_000, found.degree, found.min_neighbours, 0.25, 0.1)
    assert worth.security >= 50
    assert worth.liveness > 0
    assert sizing.assess(10_000, found.degree - 20, found.min_neighbours - 20, 0.25, 0.1).security < 50


def test_a_committee_is_the_smallest() -> None:
    found = sizing.committee(0.05, 40)
    f = found.colluding
    assert f is not None
    assert (found.answerers, found.threshold) == (3 * f + 1, 2 * f + 1)
    assert sizing.committee_fails(found.answerers, f, 0.05) <= 2**-40
    assert sizing.committee_fails(found.answerers - 3, f - 1, 0.05) > 2**-40
    # More than 1 of 4 with probability 1/2 each: 1 - 1/16 - 4/16.
    assert sizing.committee_fails(4, 1, 0.5) == pytest.approx(11 / 16)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: sizing.parameters(0), MisuseError, "meters: is not from 1 to"),
        (lambda: sizing.parameters(2**40), MisuseError, "meters: is not from 1 to"),
        (lambda: sizing.parameters(10.0), TypeError, "meters: expected an int"),  # type: ignore[arg-type]
        (lambda: sizing.parameters(1000, 0.5), MisuseError, "colluding: 0.5 is not a share"),
        (lambda: sizing.parameters(1000, -0.1), MisuseError, "colluding: -0.1 is not a share"),
        (lambda: sizing.parameters(1000, math.nan), MisuseError, "colluding: is not finite"),
        (lambda: sizing.parameters(1000, True), TypeError, "colluding: expected a number"),
        (lambda: sizing.parameters(1000, 0.4, 0.6), MisuseError, "absent: together with colluding"),
        (lambda: sizing.parameters(1000, 0.1, math.inf), MisuseError, "absent: is not finite"),
        (lambda: sizing.parameters(1000, security=129), MisuseError, "security: is not from 1 to 128"),
        (lambda: sizing.parameters(10**6, 0.45, 0.4), MisuseError, "meters: for 1000000 meters neither"),
        (lambda: sizing.assess(1000, 41, 20), MisuseError, "degree: is not even"),
        (lambda: sizing.assess(1000, 40, -1), MisuseError, "min_neighbours: out of range"),
        (lambda: sizing.committee(0.2), MisuseError, "colluding: 0.2 is not a share from 0 to 0.15"),
        (lambda: sizing.committee(0.1, 0), MisuseError, "security: is not from 1"),
        (lambda: sizing.committee(0.15, 128), MisuseError, "colluding: 255 answerers are not enough"),
        (lambda: sizing.committee_fails(4, 5, 0.1), MisuseError, "most: is not from 0 to 4"),
        (lambda: sizing.committee_fails(256, 5, 0.1), MisuseError, "answerers: is not from 1 to 255"),
    ],
)
def test_wrong_bounds_are_named(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
