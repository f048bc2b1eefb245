"""Readings from files and frames: the same table from each, or an error that names the place."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data import real
from hypothesis import given, settings
from hypothesis import strategies as st

from wattsum import MalformedError, MisuseError, readings
from wattsum.readings import Readings

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pq = pytest.importorskip("pyarrow.parquet")


def utc(text: str) -> np.datetime64:
    return np.datetime64(text, "s")


def file(tmp_path: Path, text: str, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., Readings]:
    return lambda text, **options: readings.load(file(tmp_path, text), **options)


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    def message(text: str, **options: Any) -> str:
        path = file(tmp_path, text)
        with pytest.raises(MalformedError) as error:
            readings.load(path, **options)
        return str(error.value).replace(str(path), "f.csv")

    return message


def cells(table: Readings) -> list[list[int | None]]:
    return [
        [
            value if there else None
            for value, there in zip(row.values.tolist(), row.present.tolist(), strict=True)
        ]
        for row in table
    ]


def test_real_readings_are_the_same_from_every_source() -> None:
    wide, parquet = real("ch2018_dev_wh_15min.csv"), real("ch2018_dev_wh_15min.parquet")
    table = readings.load(wide)
    assert (len(table), len(table.meters), table.period, table.unit) == (2016, 240, 900, "Wh")
    assert table.starts[0] == utc("2018-10-28T23:00")
    assert table.present.all()
    truth = np.loadtxt(real("ch2018_dev_sums.csv"), delimiter=",", skiprows=1, usecols=1, dtype=np.int64)
    assert np.array_equal(table.sums(), truth)
    assert int(table.values.sum()) == 204_753_213  # as its README says
    pandas = pd.read_csv(wide)
    stamped = pandas.assign(interval_start=pd.to_datetime(pandas["interval_start"]))
    for source in (
        parquet,
        pq.read_table(parquet),
        pandas,
        stamped,
        stamped.set_index("interval_start"),
        pl.read_csv(wide),
        pl.read_parquet(parquet),
        table.to_arrow("wide"),
        table.to_arrow("long"),
        table.to_arrow().to_batches()[0],
    ):
        assert readings.load(source) == table
    long = readings.load(real("ch2018_dev_sample_long.csv"))
    assert long == table.of(long.meters).between("2018-10-29T00:00+01:00", "2018-10-30T00:00+01:00")
    assert readings.load(pl.read_csv(real("ch2018_dev_sample_long.csv"))) == long


def test_a_file_as_spreadsheets_write_it(parse: Callable[..., Readings]) -> None:
    plain = parse("interval_start,a,b\n2026-01-01T00Z,1,\n2026-01-01T01Z,-3,4\n")
    assert plain.meters == ("a", "b")
    assert cells(plain) == [[1, None], [-3, 4]]
    for text in (
        "\ufeffinterval_start,a,b\r\n2026-01-01T00Z,1,\r\n2026-01-01T01Z,-3,4",
        '"interval_start","a","b"\n"2026-01-01T00Z","1",""\n"2026-01-01T01Z","-3","4"\n',
        " interval_start , a, b \n2026-01-01T00Z, 1, \n\n2026-01-01T01Z,-3 ,4\n\n\n",
        "interval_start,a,b\r2026-01-01T00Z,+1,\r2026-01-01T01Z,-3,004",
        "interval_start,a,b\n2026-01-01T01Z,-3,4\n2026-01-01T00Z,1,\n",
    ):
        assert parse(text) == plain
    assert parse("a,interval_start,b\n1,2026-01-01T00Z,\n-3,2026-01-01T01Z,4\n", shape="wide") == plain


def test_the_long_form_in_any_order(parse: Callable[..., Readings]) -> None:
    table = parse(
        "meter,interval_start,wh\nb,2026-01-01T01Z,4\na,2026-01-01T00Z,1\n"
        "b,2026-01-01T00Z,\na,2026-01-01T01Z,3\n"
        "c,2026-01-01T02:00+01,7\n"
    )
    assert table.meters == ("b", "a", "c")
    assert cells(table) == [[None, 1, None], [4, 3, 7]]
    assert cells(parse("interval_start, wh ,meter\r\n2026-01-01T00Z, 1 , a \r\n")) == [[1]]
    more = "id,t,kwh,quality\na,2026-01-01T00Z,0.25,ok\n"
    assert cells(parse(more, shape="long", meter="id", start="t", value="kwh", scaler=3)) == [[250]]


def test_intervals_without_a_row_are_absent(parse: Callable[..., Readings]) -> None:
    rows = "2026-01-01T00:00Z,1\n2026-01-01T00:15Z,2\n2026-01-01T01:00Z,3\n"
    table = parse(f"interval_start,a\n{rows}")
    assert cells(table) == [[1], [2], [None], [None], [3]]
    assert table.period == 900
    assert np.array_equal(np.diff(table.starts).astype(int), [900] * 4)
    assert len(parse(f"interval_start,a\n{rows}", period=300)) == 13
    assert parse("interval_start,a\n2026-01-01T00:00Z,1\n").period == 0


def test_meters_that_are_asked_for(parse: Callable[..., Readings], refused: Callable[..., str]) -> None:
    wide = "interval_start,a,note,b\n2026-01-01T00Z,1,cold,2\n"
    long = "meter,interval_start,wh\na,2026-01-01T00Z,1\nb,2026-01-01T00Z,2\nc,2026-01-01T07:07Z,3\n"
    for text in (wide, long):
        assert cells(parse(text, meters=["b", "a"])) == [[2, 1]]
    frame = pd.DataFrame({"interval_start": ["2026-01-01T00Z"], "a": [1], "note": ["cold"], "b": [2]})
    assert cells(readings.load(frame, meters=["b", "a"])) == [[2, 1]]
    assert refused(wide, meters=["a", "z"]) == 'f.csv: row 1: column "z": there is no column of this meter'
    assert refused(long, meters=["a", "z"]) == "f.csv: there is no reading of meter z"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234", 1234),
        ("0.1", 100),
        ("-0.001", -1),
        ("12", 12000),
        (".5", 500),
        ("1.", 1000),
        ("1e-3", 1),
        ("2E1", 20000),
    ]
    + [("1.2340000", 1234), ("0.000", 0), ("-0", 0), ("1234567890123.456", 1234567890123456)],
)
def test_decimals_come_out_exactly(parse: Callable[..., Readings], text: str, value: int) -> None:
    assert cells(parse(f"interval_start,a\n2026-01-01T00Z,{text}\n", scaler=3)) == [[value]]
    table = pa.table({"interval_start": ["2026-01-01T00Z"], "a": [text]})
    assert cells(readings.load(table, scaler=3)) == [[value]]


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15), st.integers(-6, 6))
def test_a_float_stands_for_its_decimal(whole: int, scaler: int) -> None:
    text = f"{whole}e{-scaler}"
    start = ["2026-01-01T00Z"]
    number = pa.table({"interval_start": start, "a": [float(text)]})
    assert readings.load(number, scaler=scaler).values[0, 0] == whole
    assert (
        readings.load(pa.table({"interval_start": start, "a": [text]}), scaler=scaler).values[0, 0] == whole
    )


def test_floats_are_refused_unless_a_scaler_says_what_they_are(refused: Callable[..., str]) -> None:
    start = {"interval_start": ["2026-01-01T00Z", "2026-01-01T01Z"]}
    gap = pd.DataFrame({**start, "a": [1.0, None], "b": [3, 4]})
    with pytest.raises(
        TypeError, match='pandas DataFrame: column "a": double: floats are refused, since sums'
    ):
        readings.load(gap)
    assert cells(readings.load(gap, scaler=0)) == [[1, 3], [None, 4]]
    for value in (1.5, 0.1 + 0.2, 1e16, float("inf")):
        with pytest.raises(MalformedError, match='row 1, column "a": .* is no whole number'):
            readings.load(pd.DataFrame({**start, "a": [1.0, value]}), scaler=0)
    with pytest.raises(MalformedError, match="no whole number"):
        readings.load(pd.DataFrame({**start, "a": [0.1 + 0.2, 1.0]}), scaler=3)
    single = pa.table({**start, "a": pa.array([1.234, 0.1], pa.float32())})
    assert cells(readings.load(single, scaler=3)) == [[1234], [100]]
    text = "interval_start,a\n2026-01-01T00Z,1\n2026-01-01T01Z,12.0\n"
    assert refused(text).startswith(
        'f.csv: row 3, column "a": "12.0" is not a whole number: floats are refused'
    )
    message = refused(text.replace("12.0", "0.0001"), scaler=3)
    assert message == 'f.csv: row 3, column "a": "0.0001" times 10^3 is not whole: nothing is rounded'


def test_arrow_types() -> None:
    def load(column: Any, **options: Any) -> list[list[int | None]]:
        starts = pa.array([0, 900, 1800], pa.timestamp("s", "UTC"))
        return cells(readings.load(pa.table({"interval_start": starts, "a": column}), **options))

    for kind in (pa.int8(), pa.uint16(), pa.int64(), pa.uint64(), pa.decimal128(19, 0)):
        assert load(pa.array([1, None, 3], pa.int64()).cast(kind)) == [[1], [None], [3]]
    assert load(pa.array([1, None, 3]).cast(pa.decimal256(50, 2)), scaler=0) == [[1], [None], [3]]
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        assert load(pa.array(["1", None, " 3"]).cast(kind)) == [[1], [None], [3]]
    assert load(pa.nulls(3)) == [[None]] * 3
    assert load(pa.chunked_array([[1], [2, 3]])) == [[1], [2], [3]]
    assert load(pa.array([10, -20, 30]), scaler=-1) == [[1], [-2], [3]]
    for bad, options in (
        (pa.array([1, 2, 2**63], pa.uint64()), {}),
        (pa.array([1, 2, -(2**63)]), {}),
        (pa.array([1, 2, 2**62]), {"scaler": 1}),
        (pa.array([10, 20, 35]), {"scaler": -1}),
        (pa.array(["1", "2", "9223372036854775808"]), {}),
        (pa.array(["1", "2", "x"]), {}),
        (pa.array([1.0, 2.0, -1e300]), {"scaler": 3}),
    ):
        with pytest.raises(MalformedError, match='pyarrow Table: row 2, column "a"'):
            load(bad, **options)
    for wrong in (
        pa.array([True, False, True]),
        pa.array([b"1"] * 3),
        pa.array([0, 1, 2], pa.timestamp("s")),
    ):
        with pytest.raises(TypeError, match='column "a": expected whole numbers'):
            load(wrong)
    half = pa.array(np.array([1, 2, 3], np.float16))
    with pytest.raises(TypeError, match='column "a": halffloat: floats are refused'):
        load(half)
    # As a half float 2049 is 2048.
    with pytest.raises(TypeError, match='column "a": halffloat: .* three digits'):
        load(half, scaler=0)


def test_time_stamps_of_frames() -> None:
    naive = pd.DataFrame(
        {"interval_start": pd.date_range("2018-10-28 02:00", periods=2, freq="h"), "a": [1, 2]}
    )
    with pytest.raises(
        MalformedError, match="row 0, column \"interval_start\": .* has no offset: .* tz='Europe/Zurich'"
    ):
        readings.load(naive)
    assert readings.load(naive, tz="UTC").starts[0] == utc("2018-10-28T02:00")
    local = naive["interval_start"].dt.tz_localize("Europe/Zurich", ambiguous=False)
    assert readings.load(naive.assign(interval_start=local)).starts[0] == utc("2018-10-28T01:00")
    for unit in ("s", "ms", "us", "ns"):
        stamps = pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp(unit, "Europe/Zurich"))
        assert readings.load(pa.table({"interval_start": stamps, "a": [1]})).starts[0] == utc("2026-01-01")
    day = pa.table({"interval_start": pa.array([20454], pa.date32()), "a": [1]})
    assert readings.load(day, tz="+01:00").starts[0] == utc("2025-12-31T23:00")
    for column, text in (
        (pa.array([1_000_001], pa.timestamp("us", "UTC")), "not of whole seconds"),
        (pa.array([None], pa.timestamp("s", "UTC")), "is missing"),
        (pa.array([None], pa.string()), "is not a time stamp"),
        (pa.array([2**62], pa.timestamp("s")), "out of range"),
    ):
        with pytest.raises(MalformedError, match=f'row 0, column "interval_start": .*{text}'):
            readings.load(pa.table({"interval_start": column, "a": [1]}))
    with pytest.raises(TypeError, match='column "interval_start": expected time stamps, got int64'):
        readings.load(pa.table({"interval_start": [0], "a": [1]}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.csv: the file is empty"),
        ("\n\n", "f.csv: the file is empty"),
        ("interval_start,a\n", "f.csv: there is no row after the header"),
        ("meter,interval_start,wh\n\n", "f.csv: there is no row after the header"),
        (
            "time,a\n",
            "f.csv: row 1: the header is neither `interval_start,METER,METER,…` nor `meter,",
        ),
        (
            "interval_start;a\n",
            "f.csv: row 1: fields are not separated by commas; export the file with commas",
        ),
        ("interval_start\n2026-01-01T00Z\n", "f.csv: row 1: there is no meter beside interval_start"),
        (
            "interval_start,a,b, a\n",
            'f.csv: row 1: column "a": there are two columns of this name, the 2. and the 4.',
        ),
        ("interval_start,a,,b\n", 'f.csv: row 1: column "3": the meter has no name'),
        (
            "interval_start,a\n2026-01-01T00Z,1\n,2\n",
            'row 3, column "interval_start": "" is not a time stamp',
        ),
        (
            "interval_start,a\n2026-01-01T00:00,1\n",
            'row 2, column "interval_start": "2026-01-01T00:00" has no offset',
        ),
        ("interval_start,a\n\n2026-01-01T00Z,x\n", 'row 3, column "a": "x" is no number; leave the cell'),
        ('interval_start,a\n2026-01-01T00Z,"1,5"\n', 'row 2, column "a": "1,5" has a decimal comma'),
        (
            "interval_start,a\n2026-01-01T00Z,9223372036854775808\n",
            'row 2, column "a": "9223372036854775808" is beyond',
        ),
        (f"interval_start,a\n2026-01-01T00Z,{'9' * 5000}\n", 'row 2, column "a": "9'),
        (
            "interval_start,a,b\n2026-01-01T00Z,1\n",
            'row 2, column "b": the field is missing: the row has 2 fields',
        ),
        (
            "interval_start,a\n2026-01-01T00Z,1,2\n",
            "f.csv: row 2: the row has 3 fields where the header has 2",
        ),
        ('interval_start,a\n2026-01-01T00Z,"1\n2026-01-01T01Z,2\n', "f.csv: row 3: unexpected end of data"),
        ("meter,interval_start,wh\n ,2026-01-01T00Z,2\n", 'row 2, column "meter": the meter has no name'),
        (
            "meter,interval_start,wh\na,yesterday,2\n",
            'row 2, column "interval_start": "yesterday" is not a time stamp',
        ),
        (
            "meter,interval_start,wh\na,2026-01-01T00Z,1\nb,2026-01-01T00Z,2.5\n",
            'row 3, column "wh": "2.5" is not a whole',
        ),
        ("meter,interval_start,wh,unit\n", "f.csv: row 1: the header is neither"),
        (
            "interval_start,a,b\n2026-01-01T00Z,1,2\n2026-01-01T01Z,3,4\n2025-12-31T23:00-01:00,1,9\n",
            'row 4, column "b": meter b has 2 of this interval already, in row 2, and here 9',
        ),
        (
            "meter,interval_start,wh\na,2026-01-01T00Z,1\nb,2026-01-01T00Z,2\na,2026-01-01T01:00+01:00,5\n",
            'row 4, column "wh": meter a has 1 of this interval already, in row 2, and here 5',
        ),
        (
            "interval_start,a\n2026-01-01T00:00Z,1\n2026-01-01T00:15Z,1\n2026-01-01T00:37Z,1\n",
            'row 4, column "interval_start": the interval begins 2220 s after the first one, which is no',
        ),
        (
            "interval_start,a\n0026-01-01T00:00Z,1\n2026-01-01T00:15Z,1\n2026-01-01T00:16Z,1\n",
            'row 3, column "interval_start": there are ',
        ),
    ],
)
def test_what_cannot_be_read_is_named(refused: Callable[..., str], text: str, message: str) -> None:
    found = refused(text)
    assert message in found
    assert found.startswith("f.csv: ")
    assert len(found) < 400


def test_other_encodings_and_other_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("interval_start,a\n".encode("utf-16"))
    with pytest.raises(MalformedError, match="UTF-16"):
        readings.load(path)
    path.write_bytes("interval_start,a\n2026-01-01T00Z,1\nZürich,2\n".encode("latin-1"))
    with pytest.raises(MalformedError, match=r"f\.csv: row 3: the text is not UTF-8"):
        readings.load(path)
    with pytest.raises(MalformedError, match=r"f\.parquet: not a parquet file"):
        readings.load(file(tmp_path, "interval_start,a\n", "f.parquet"))
    with pytest.raises(FileNotFoundError):
        readings.load(tmp_path / "none.csv")
    with pytest.raises(MisuseError, match=r"source: .*f\.xlsx: expected a file \.csv or \.parquet"):
        readings.load(tmp_path / "f.xlsx")
    for nothing in (pd.DataFrame(), pd.DataFrame({"interval_start": [], "a": []})):
        with pytest.raises(MalformedError, match="pandas DataFrame: "):
            readings.load(nothing)
    wrong: Any
    double = pd.DataFrame([["2026-01-01T00Z", 1, 2]], columns=["interval_start", "a", "a"])
    mixed = pd.DataFrame({"interval_start": ["2026-01-01T00Z"] * 2, "a": [1, "x"]})
    for bad in (
        double,
        mixed,
        pa.table(double.iloc[:, :2]).rename_columns(["interval_start", "interval_start"]),
    ):
        with pytest.raises((TypeError, MalformedError), match="pandas DataFrame: |pyarrow Table: "):
            readings.load(bad)
    for wrong in (None, 3, [1, 2], {"interval_start": []}, np.zeros((2, 2), np.int64)):
        with pytest.raises(TypeError, match="source: expected a path, a data frame or an Arrow table"):
            readings.load(wrong)


def test_duplicates_are_counted_and_fill_gaps(parse: Callable[..., Readings]) -> None:
    wide = parse(
        "interval_start,a,b\n2026-01-01T00Z,1,\n2026-01-01T01Z,3,4\n2026-01-01T00Z,1,2\n2026-01-01T00Z,1,2\n"
    )
    assert cells(wide) == [[1, 2], [3, 4]]
    assert wide.duplicates == 3
    long = parse("meter,interval_start,wh\nb,2026-01-01T00Z,1\nb,2026-01-01T00Z,\nb,2026-01-01T00Z,1\n")
    assert (cells(long), long.duplicates) == ([[1]], 1)


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("shape", {"shape": "tall"}),
        ("tz", {"tz": "Europe/Zuerich"}),
        ("tz", {"tz": "+1"}),
        ("tz", {"tz": ""}),
        ("scaler", {"scaler": 10}),
        ("period", {"period": 0}),
        ("meters", {"meters": []}),
        ("meters", {"meters": ["a", "a"]}),
        ("scaler", {"scaler": 0, "register": readings.Register(bits=32)}),
    ],
)
def test_wrong_arguments_are_named(
    parse: Callable[..., Readings], argument: str, options: dict[str, Any]
) -> None:
    with pytest.raises(MisuseError, match=f"misuse: {argument}: "):
        parse("interval_start,a\n2026-01-01T00Z,1\n", **options)


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("tz", {"tz": 1}),
        ("scaler", {"scaler": 1.0}),
        ("scaler", {"scaler": True}),
        ("period", {"period": "900"}),
        ("meters", {"meters": "abc"}),
        ("register", {"register": 32}),
    ],
)
def test_arguments_of_wrong_types_are_named(
    parse: Callable[..., Readings], argument: str, options: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=f"{argument}: expected "):
        parse("interval_start,a\n2026-01-01T00Z,1\n", **options)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_table_comes_back_from_any_form(data: st.DataObject) -> None:
    intervals, meters = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    flat = data.draw(
        st.lists(
            st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
            min_size=intervals * meters,
            max_size=intervals * meters,
        )
    )
    # What a long table leaves out must leave every row and meter something.
    for row in range(intervals):
        flat[row * meters] = row
    flat[:meters] = [value or 7 for value in flat[:meters]]
    values = np.array([value or 0 for value in flat]).reshape(intervals, meters)
    present = np.array([value is not None for value in flat]).reshape(intervals, meters)
    starts = utc("2024-03-31T00:00") + 1800 * np.arange(intervals)
    names = tuple(f"m{number}" for number in range(meters))
    table = Readings(values, present, names, starts, 1800)
    period = 1800
    assert readings.load(table.to_arrow(), period=period).values.tolist() == values.tolist()
    assert readings.load(table.to_arrow(), period=period) == table
    shuffled = table.to_arrow("long").take(data.draw(st.permutations(range(int(present.sum())))))
    assert readings.load(shuffled, period=period, meters=names) == table
    assert list(table.sums()) == [
        sum(value or 0 for value in flat[row * meters :][:meters]) for row in range(intervals)
    ]


def test_csv_needs_numpy_alone(tmp_path: Path) -> None:
    path = file(tmp_path, "interval_start,a\n2026-01-01T00Z,1\n")
    code = f"""
import sys
for name in ("pyarrow", "pandas", "polars"):
    sys.modules[name] = None
from wattsum import readings
table = readings.load({str(path)!r})
assert table.values.tolist() == [[1]]
for act in (lambda: readings.load("f.parquet"), lambda: readings.load([]), table.to_arrow):
    try:
        act()
    except ImportError as error:
        assert "pip install wattsum[readings]" in str(error)
    else:
        raise AssertionError
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    loaded = (
        "import sys, wattsum.readings; sys.exit(bool({'pyarrow', 'pandas', 'polars'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-P", "-c", loaded], timeout=120, check=False).returncode == 0
