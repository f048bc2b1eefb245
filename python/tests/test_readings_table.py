"""What can be done with readings that were read, and with the clocks of local time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattsum import MalformedError, MisuseError, readings
from wattsum.readings import Readings

START = np.datetime64("2026-01-01T00:00", "s")


def table(values: Any, present: Any = None) -> Readings:
    array = np.array(values, dtype=np.int64)
    shown = np.ones(array.shape, bool) if present is None else np.array(present)
    names = tuple("abcdef"[: array.shape[1]])
    return Readings(array, shown, names, START + 900 * np.arange(len(array)), 900)


def test_sums_are_exact_whatever_the_size() -> None:
    assert table([[1, -2], [3, 4]]).sums().dtype == np.int64  # type: ignore[union-attr]
    assert list(table([[1, -2], [3, 4]], [[True, False], [True, True]]).sums()) == [1, 7]
    most, least = 2**63 - 1, -(2**63) + 1
    sums = table([[most] * 3, [least] * 3, [most, least, 5]]).sums()
    assert sums == [3 * most, 3 * least, 5]
    assert list(table([[most, least, -1]]).sums()) == [-1]
    assert len(table([[1]]).between(START, START).sums()) == 0


def test_rows_parts_and_groups() -> None:
    all_of = table([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    row = all_of.row(1)
    assert (str(row.start), row.values.tolist()) == ("2026-01-01T00:15:00", [4, 5, 6])
    assert [row.values[0] for row in all_of] == [1, 4, 7]
    for start, end in (
        (START + 900, START + 1800),
        ("2026-01-01T00:15Z", "2026-01-01T01:30+01:00"),
        (
            datetime(2026, 1, 1, 0, 15, tzinfo=UTC),
            datetime(2026, 1, 1, 1, 30, tzinfo=ZoneInfo("Europe/Zurich")),
        ),
    ):
        assert all_of.between(start, end).values.tolist() == [[4, 5, 6]]
    with pytest.raises(MisuseError, match="end: .*has no offset"):
        all_of.between(START, datetime(2026, 1, 1))
    assert all_of.between(START + 1800, START).values.shape == (0, 3)
    assert all_of.of(["c", "a"]).values.tolist() == [[3, 1], [6, 4], [9, 7]]
    with pytest.raises(MisuseError, match="meters: there is no meter 'z'"):
        all_of.of(["z"])
    by_name = all_of.groups({"a": "flat", "b": "house", "c": "flat"})
    assert {group: part.meters for group, part in by_name.items()} == {"flat": ("a", "c"), "house": ("b",)}
    assert by_name["flat"].sums().tolist() == [4, 10, 16]  # type: ignore[union-attr]
    assert all_of.groups([2, 1, 2]).keys() == {1, 2}
    with pytest.raises(MisuseError, match="by: there is no group for meter b"):
        all_of.groups({"a": 1})
    with pytest.raises(MisuseError, match="by: 2 groups for 3 meters"):
        all_of.groups([1, 2])


def test_readings_keep_their_shape_and_cannot_be_written() -> None:
    part = table([[1, 2]], [[True, False]])
    assert part.values.tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="read-only"):
        part.values[0, 0] = 3
    assert (
        repr(part) == "Readings(1 intervals of 900 s from 2026-01-01T00:00:00Z by 2 meters in Wh, 1 absent)"
    )
    good = {
        "values": part.values,
        "present": part.present,
        "meters": ("a", "b"),
        "starts": part.starts,
        "period": 900,
    }
    for name, value, error in (
        ("values", np.array([[1.0, 2.0]]), TypeError),
        ("values", np.array([[1, 2]], np.int32), TypeError),
        ("present", np.array([[1, 0]]), TypeError),
        ("values", np.array([[1]]), MisuseError),
        ("meters", ("a", "a"), MisuseError),
    ):
        with pytest.raises(error, match=name):
            Readings(**{**good, name: value})  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="starts: not 900 s apart"):
        Readings(np.zeros((2, 1), np.int64), np.ones((2, 1), bool), ("a",), np.array([START, START]), 900)


@pytest.mark.parametrize("name", ["values", "present", "starts"])
def test_masked_arrays_are_refused(name: str) -> None:
    """What a mask hides would count."""
    part = table([[1, 2], [3, 4]])
    good: dict[str, Any] = {"values": part.values, "present": part.present, "starts": part.starts}
    for masked in (np.ma.masked_array(good[name], False), np.ma.masked_array(good[name], True)):
        with pytest.raises(TypeError, match=f"^{name}: a masked array"):
            Readings(**{**good, name: masked}, meters=("a", "b"), period=900)
    for rows in (list(good[name]), [np.ma.masked_array(row, True) for row in good[name]]):
        if name != "starts":
            with pytest.raises(TypeError, match=f"^{name}: expected a numpy array, got list"):
                Readings(**{**good, name: rows}, meters=("a", "b"), period=900)


@pytest.fixture
def autumn(tmp_path: Path) -> Callable[..., Readings]:
    """Long files of the night when Zürich's clocks go back, one row for each (meter, time, Wh)."""

    def load(rows: Sequence[tuple[str, str, int]], day: str = "2018-10-28", **options: Any) -> Readings:
        path = tmp_path / "f.csv"
        text = "".join(f"{meter},{day}T{time},{wh}\n" for meter, time, wh in rows)
        path.write_text(f"meter,interval_start,wh\n{text}")
        return readings.load(path, **{"tz": "Europe/Zurich", **options})

    return load


@pytest.fixture
def wide(tmp_path: Path) -> Callable[..., Readings]:
    def load(times: Sequence[str], day: str = "2018-10-28", **options: Any) -> Readings:
        path = tmp_path / "f.csv"
        rows = "".join(f"{day}T{time},{number}\n" for number, time in enumerate(times))
        path.write_text(f"interval_start,a\n{rows}")
        return readings.load(path, **{"tz": "Europe/Zurich", **options})

    return load


def test_local_times_across_the_clock_changes(wide: Callable[..., Readings]) -> None:
    back = wide(["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"])
    assert back.values[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert (back.period, back.starts[0]) == (1800, np.datetime64("2018-10-27T23:30", "s"))
    for times, row in (
        (["02:00", "02:30", "02:00", "02:30", "02:00"], 6),
        (["02:00", "02:15", "02:15"], 4),
    ):
        with pytest.raises(MalformedError, match=f"row {row}, .*the interval is there twice already"):
            wide(times)
    with pytest.raises(MalformedError, match="row 3, .*order the rows by time"):
        wide(["03:00", "02:00", "02:00"])
    # Once is the first passage, wherever the row stands.
    assert wide(["03:00", "02:00"]).starts[0] == np.datetime64("2018-10-28T00:00", "s")
    forth = wide(["01:45", "03:00"], "2018-03-25")
    assert forth.period == 900
    with pytest.raises(MalformedError, match="row 3, .*does not exist in Europe/Zurich: the clocks skipped"):
        wide(["01:45", "02:00"], "2018-03-25")
    assert wide(["00:00", "01:00"], tz="-03:30").starts[0] == np.datetime64("2018-10-28T03:30", "s")


def test_the_repeated_hour_meets_across_meters(autumn: Callable[..., Readings]) -> None:
    by_meter = autumn(
        [("a", "02:00", 1), ("a", "02:30", 2), ("a", "02:00", 3), ("a", "02:30", 4)]
        + [("b", "02:30", 20), ("b", "02:00", 30), ("b", "02:30", 40)]
    )
    by_time = autumn(
        [("a", "02:00", 1), ("a", "02:30", 2), ("b", "02:30", 20), ("a", "02:00", 3), ("b", "02:00", 30)]
        + [("a", "02:30", 4), ("b", "02:30", 40)]
    )
    assert by_meter == by_time
    assert by_meter.values.tolist() == [[1, 0], [2, 20], [3, 30], [4, 40]]
    assert by_meter.present.tolist() == [[True, False], [True, True], [True, True], [True, True]]


def test_what_cannot_be_told_is_refused(autumn: Callable[..., Readings]) -> None:
    with pytest.raises(
        MalformedError, match="row 4, .*the clocks repeat this hour and other meters have it twice"
    ):
        autumn([("a", "02:00", 1), ("a", "02:00", 2), ("b", "02:00", 3)])
    with pytest.raises(MalformedError, match="row 4, .*twice already"):
        autumn([("a", "02:00", 1), ("a", "02:00", 2), ("a", "02:00", 3)])
    # Where no meter has the hour twice, all mean the same one.
    assert len(autumn([("a", "02:00", 1), ("a", "02:30", 2), ("b", "02:00", 3)])) == 2
    # Backwards, the first row of the hour would be taken for the first passage.
    with pytest.raises(MalformedError, match="row 3, .*order the rows by time"):
        autumn([("a", "03:00", 1), ("a", "02:00", 2), ("a", "02:00", 3)])


@pytest.mark.parametrize(
    ("text", "tz", "instant"),
    [
        ("2018-10-29T00:00:00+01:00", None, "2018-10-28T23:00"),
        ("2018-10-29T00:00+01", None, "2018-10-28T23:00"),
        (" 2018-10-29 00:00:00+0100 ", "Asia/Tokyo", "2018-10-28T23:00"),
        ("20181029T000000+0100", None, "2018-10-28T23:00"),
        ("2018-10-28T23:00Z", None, "2018-10-28T23:00"),
        ("2018-10-28T23:00:00.000z", None, "2018-10-28T23:00"),
        ("2018-10-29T00:00:00+01:00[Europe/Zurich]", None, "2018-10-28T23:00"),
        ("2018-10-29T00:00[Europe/Zurich]", "UTC", "2018-10-28T23:00"),
        ("2018-10-29T00:00", "Europe/Zurich", "2018-10-28T23:00"),
        ("2018-07-29 00:00:00", "Europe/Zurich", "2018-07-28T22:00"),
        ("2018-10-29", "Europe/Zurich", "2018-10-28T23:00"),
        ("2018-10-29T00:00", "-03:30", "2018-10-29T03:30"),
        ("2018-10-29T00:00+23:59", None, "2018-10-28T00:01"),
        ("2018-10-29T00:00", "-23:59", "2018-10-29T23:59"),
        ("0001-01-01T01:00+01:00", None, "0001-01-01T00:00"),
        ("9999-12-31T23:59Z", None, "9999-12-31T23:59"),
        ("2018-10-29T00:00", ZoneInfo("Europe/Zurich"), "2018-10-28T23:00"),
        # Beirut skips the hour at midnight: the day begins at one.
        ("2018-03-25", "Asia/Beirut", "2018-03-24T22:00"),
    ],
)
def test_time_stamps(tmp_path: Path, text: str, tz: Any, instant: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"interval_start,a\n{text},1\n")
    assert readings.load(path, tz=tz).starts[0] == np.datetime64(instant, "s")


@pytest.mark.parametrize(
    "text",
    ["", "0", "1540764000", "2018-10-29T", "2018-13-01T00:00Z", "2018-10-29T24:30Z", "2018-10-29T00:00:00.5Z"]
    + ["29.10.2018 00:00", "2018-W44-1", "2018-10-29x00:00Z", "2018-10-29T00:00+25:00x", "٢٠١٨-10-29T00Z"]
    + ["2018-10-29T00:00:00+05:00[Europe/Zurich]", "2018-10-29T00:00[Nowhere/City]", "0001-01-01T00:00"]
    + ["2018-10-29T00:00+24:00", "2018-10-29T00:00-25", "2018-10-29T00:00+9959", "2018-10-29T00:00[+25]"]
    + ["0001-01-01T00:00+01:00", "9999-12-31T23:00-05:00"]
    + ["0001-01-01T00:00Z[America/New_York]", "9999-12-31T23:59Z[Asia/Tokyo]"],
)
def test_other_time_stamps_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"interval_start,a\n{text},1\n", encoding="utf-8")
    with pytest.raises(MalformedError, match='row 2, column "interval_start"'):
        readings.load(path, tz="Europe/Zurich")


@pytest.mark.parametrize("tz", ["+25:00", "-24:00", "+99", "+2400", "+01:75"])
def test_no_zone_is_a_day_off(tmp_path: Path, tz: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text("interval_start,a\n2018-10-29T00:00,1\n")
    with pytest.raises(MisuseError, match="tz: there is no time zone"):
        readings.load(path, tz=tz)


def test_moments_that_are_none() -> None:
    for moment in ("0001-01-01T00:00+01:00", "2026-01-01T00:00+24:00"):
        with pytest.raises(MisuseError, match="start: "):
            table([[1]]).between(moment, START)
