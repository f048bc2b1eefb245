"""Readings from registers, against integers without bounds."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattsum import Error, MalformedError, MisuseError, readings
from wattsum.readings import Kept, Register, consumed, from_register


def register_of(largest: int, scaler: int) -> Register:
    return Register(largest=largest, scaler=scaler)


def truth(
    rows: list[int | None], largest: int, scaler: int, plausible: int | None, absent: bool
) -> list[int | None] | None:
    """One meter's readings; None if a value is refused."""
    found: list[int | None] = []
    last, rest, covered = None, 0, 0
    for number, value in enumerate(rows):
        covered += 1
        reading = None
        if value is not None:
            if value > largest:
                return None
            if last is not None:
                fine = (value - last) % (largest + 1) * 10 ** (scaler + 4) + rest
                reading, left = divmod(fine, 10**4)
                bound = 2**63 - 1 if plausible is None else min(plausible * covered, 2**63 - 1)
                if reading > bound:
                    if not absent:
                        return None
                    reading, left = None, 0
                rest = left
            last, covered = value, 0
        if number:
            found.append(reading)
    return found


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_columns_are_what_big_integers_say(data: st.DataObject) -> None:
    largest = data.draw(st.one_of(st.integers(1, 1000), st.integers(1, 2**64 - 1), st.just(2**64 - 1)))
    scaler = data.draw(st.integers(-4, 3))
    small = st.integers(0, min(largest, 50_000))
    value = st.one_of(small, small.map(lambda below: largest - below), st.integers(0, largest))
    value = st.one_of(value, value, value, st.integers(0, 2**64 - 1), st.none())
    shape = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 3)))
    rows = [[data.draw(value) for _ in range(shape[1])] for _ in range(shape[0])]
    plausible = data.draw(st.one_of(st.none(), st.integers(0, 100_000), st.integers(0, 2**64 - 2)))
    absent = data.draw(st.booleans())
    values = np.array([[cell or 0 for cell in row] for row in rows], dtype=np.uint64)
    present = np.array([[cell is not None for cell in row] for row in rows])
    expected = [
        truth([row[column] for row in rows], largest, scaler, plausible, absent) for column in range(shape[1])
    ]
    arguments = (values, register_of(largest, scaler), present)
    how: Any = "absent" if absent else "refuse"
    if any(column is None for column in expected):
        with pytest.raises(MisuseError, match=r"values: row \d+, column \d+: "):
            consumed(*arguments, plausible=plausible, implausible=how)
        return
    found, shown = consumed(*arguments, plausible=plausible, implausible=how)
    cells = [
        [v if s else None for v, s in zip(a, b, strict=True)]
        for a, b in zip(found.T.tolist(), shown.T.tolist(), strict=True)
    ]
    assert cells == expected
    assert not found[~shown].any()


def test_a_gap_is_in_the_interval_that_ends_it() -> None:
    values = np.array([10, 12, 0, 0, 19, 20], dtype=np.uint64)
    present = np.array([True, True, False, False, True, True])
    found, shown = consumed(values, Register(bits=32), present)
    assert found.tolist() == [2, 0, 0, 7, 1]
    assert shown.tolist() == [True, False, False, True, True]
    # Seven in three intervals are plausible where three in one are, and four in one are not.
    consumed(values, Register(bits=32), present, plausible=3)
    with pytest.raises(MisuseError, match="values: row 4, column 0: more than the interval can have brought"):
        consumed(values, Register(bits=32), present, plausible=2)


def test_roll_over_and_exchange() -> None:
    values = np.array([[65_530, 9], [4, 10], [2, 11]], dtype=np.uint64)
    found, _ = consumed(values[:2], Register(bits=16))
    assert found.tolist() == [[10, 1]]
    with pytest.raises(MisuseError, match="values: row 2, column 0: more than"):
        consumed(values, Register(bits=16), plausible=1000)
    found, shown = consumed(values, Register(bits=16), plausible=1000, implausible="absent")
    assert (found.tolist(), shown.tolist()) == ([[10, 1], [0, 1]], [[True, True], [False, True]])
    with pytest.raises(MisuseError, match="values: row 0, column 0: the register cannot show this value"):
        consumed(values, Register(digits=4), implausible="absent")


def test_tenths_are_kept_for_the_next_interval() -> None:
    values = np.array([5, 12, 18, 31, 40], dtype=np.uint64)
    assert consumed(values, Register(digits=6, scaler=-1))[0].tolist() == [0, 1, 1, 1]
    assert consumed(values, Register(digits=6, scaler=2))[0].tolist() == [700, 600, 1300, 900]


def test_a_step_at_a_time() -> None:
    register = Register(digits=6, scaler=-1)
    assert Register(bits=8).consumed(250, 4) == 10
    with pytest.raises(MisuseError, match="drop digits"):
        register.consumed(5, 12)
    kept = Kept(999_995)
    total = 0
    for now in (2, 8, 21, 30):
        reading, kept = register.consumed_since(kept, now, plausible=5)
        kept = Kept.from_bytes(kept.to_bytes())
        total += reading
    assert (total, kept.value, kept.rest) == (3, 30, 5)
    with pytest.raises(MisuseError, match="more than the interval"):
        register.consumed_since(kept, 1000, plausible=5)
    for bad in (b"", bytes(11), kept.to_bytes() + b"\0"):
        with pytest.raises(MalformedError):
            Kept.from_bytes(bad)
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(kept)
    assert "30" not in repr(kept)


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("bits", {"bits": 0}),
        ("bits", {"bits": 65}),
        ("bits", {"bits": 300}),
        ("bits", {"bits": -1}),
        ("digits", {"digits": 0}),
        ("digits", {"digits": 20}),
        ("largest", {"largest": 0}),
        ("largest", {"largest": 2**64}),
        ("scaler", {"bits": 8, "scaler": 4}),
        ("scaler", {"bits": 8, "scaler": -5}),
        ("bits", {}),
        ("bits", {"bits": 8, "digits": 3}),
    ],
)
def test_registers_that_do_not_exist(argument: str, options: dict[str, int]) -> None:
    with pytest.raises(MisuseError, match=f"misuse: {argument}: "):
        Register(**options)


def test_registers_are_values() -> None:
    assert Register(bits=64) == Register(largest=2**64 - 1) != Register(bits=64, scaler=1)
    assert Register(digits=3).largest == 999
    assert len({Register(digits=3), Register(largest=999)}) == 1
    assert repr(Register(digits=3, scaler=-1)) == "Register(largest=999, scaler=-1)"
    for wrong in (1.0, "8", None, True):
        with pytest.raises((TypeError, Error)):
            Register(bits=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "error", "change"),
    [
        ("values", TypeError, {"values": np.zeros((2, 2))}),
        ("values", TypeError, {"values": [[1, 2], [3, 4]]}),
        ("values", TypeError, {"values": np.ma.masked_array(np.zeros((2, 2), np.uint64))}),
        ("values", TypeError, {"values": np.zeros((2, 2), bool)}),
        ("values", MisuseError, {"values": np.array([[0, 0], [0, -1]])}),
        ("values", MisuseError, {"values": np.zeros((2, 2, 1), np.uint64)}),
        ("values", MisuseError, {"values": np.array(3)}),
        ("present", TypeError, {"present": np.ones((2, 2), np.uint8)}),
        ("present", TypeError, {"present": np.ma.masked_array(np.ones((2, 2), bool), [[False, True]] * 2)}),
        ("present", TypeError, {"present": [[True, True], [True, False]]}),
        ("present", MisuseError, {"present": np.ones(2, bool)}),
        ("register", TypeError, {"register": 8}),
        ("plausible", TypeError, {"plausible": 1.5}),
        ("plausible", MisuseError, {"plausible": -1}),
        ("plausible", MisuseError, {"plausible": 2**64}),
        ("implausible", MisuseError, {"implausible": "ignore"}),
    ],
)
def test_wrong_arguments_are_named(argument: str, error: type[Exception], change: dict[str, Any]) -> None:
    good: dict[str, Any] = {"values": np.zeros((2, 2), np.uint64), "register": Register(bits=8)}
    consumed(**good)
    with pytest.raises(error, match=f"{argument}: "):
        consumed(**{**good, **change})


def test_any_layout_and_no_rows() -> None:
    values = np.array([[1, 2], [3, 5]], dtype=np.uint64)
    for same in (
        np.asfortranarray(values),
        values.astype(">u8"),
        values.astype(np.int16),
        np.repeat(values, 2, 1)[:, ::2],
    ):
        same.flags.writeable = False
        assert consumed(same, Register(bits=8))[0].tolist() == [[2, 3]]
    for shape in ((0,), (1,), (0, 3), (1, 3), (3, 0)):
        found, shown = consumed(np.zeros(shape, np.uint64), Register(bits=8))
        assert found.shape == shown.shape == (max(shape[0] - 1, 0), *shape[1:])


def test_files_of_register_values(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "interval_start,a,b\n2026-01-01T00:00Z,995,18446744073709551615\n2026-01-01T00:15Z,,5\n"
        "2026-01-01T00:30Z,3,7\n2026-01-01T01:00Z,5,9\n"
    )
    with pytest.raises(MalformedError, match='row 2, column "b": .*cannot show'):
        readings.load(path, register=Register(digits=3))
    table = readings.load(path, register=Register(digits=3), meters=["a"])
    assert table.values[:, 0].tolist() == [0, 8, 0, 2]
    assert table.present[:, 0].tolist() == [False, True, False, True]
    assert (len(table), table.starts[0], table.period) == (4, np.datetime64("2026-01-01T00:00", "s"), 900)
    table = readings.load(path, register=Register(bits=64, scaler=1), meters=["b"])
    assert table.values[:, 0].tolist() == [60, 20, 0, 20]
    with pytest.raises(MalformedError, match='row 4, column "a": meter a: more than the interval'):
        readings.load(path, register=Register(digits=3), meters=["a"], plausible=3)
    long = tmp_path / "long.csv"
    long.write_text(
        "meter,interval_start,wh\nb,2026-01-01T00:00Z,7\na,2026-01-01T00:00Z,5\na,2026-01-01T01:00Z,4\n"
    )
    with pytest.raises(MalformedError, match='row 4, column "wh": meter a: more than the interval'):
        readings.load(long, register=Register(digits=3), plausible=3)
    path.write_text("interval_start,a\n2026-01-01T00:00Z,1\n")
    with pytest.raises(MalformedError, match="need a second row"):
        readings.load(path, register=Register(digits=3))
    path.write_text("interval_start,a\n2026-01-01T00:00Z,-1\n2026-01-01T01:00Z,1\n")
    with pytest.raises(MalformedError, match='row 2, column "a"'):
        readings.load(path, register=Register(digits=3))


def test_readings_of_arrays() -> None:
    values = np.array([[1, 2], [3, 5]], dtype=np.uint64)
    table = from_register(
        values, None, Register(bits=8), meters=("a", "b"), start="2026-01-01T00:15+01:00", period=900
    )
    assert (table.values.tolist(), table.starts[0]) == ([[2, 3]], np.datetime64("2025-12-31T23:15", "s"))
    with pytest.raises(MisuseError, match="values: shape"):
        from_register(values[0], None, Register(bits=8), meters=("a",), start=table.starts[0], period=900)
