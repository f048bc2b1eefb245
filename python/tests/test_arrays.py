"""Arrays of every layout: what is read where it lies, what is copied, and what is refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattsum import MisuseError, dcnet, link, merge, shamir

P = 2**64 - 2**32 + 1
VALUES = np.arange(24, dtype=np.int64).reshape(4, 6) - 7

Array = Any
"""mypy knows what these functions take; what they refuse is the matter here."""


def exact(values: Array, axis: int = 0) -> list[int]:
    """Sums by Python's integers."""
    return [int(value) for value in values.astype(object).sum(axis=axis)]


@pytest.mark.parametrize(
    "layout",
    [
        lambda a: a,
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: np.repeat(a, 3, axis=1)[:, ::3],
        lambda a: np.flip(a, 0).copy()[::-1],
        lambda a: np.flip(a, 1).copy()[:, ::-1],
        lambda a: a.astype(">i8"),
        lambda a: a.astype("<i2"),
        lambda a: a.astype(np.int8),
        lambda a: np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(np.int64).reshape(a.shape),
        lambda a: np.broadcast_to(a[None], (1, *a.shape))[0],
        lambda a: np.pad(a, 2)[2:-2, 2:-2],
    ],
    ids=[
        "C",
        "Fortran",
        "every other row",
        "every third column",
        "negative row stride",
        "negative column stride",
        "byte-swapped",
        "int16",
        "int8",
        "unaligned",
        "read-only view",
        "window",
    ],
)
def test_every_layout_has_the_same_sums(layout: Callable[[Array], Array]) -> None:
    values = layout(VALUES)
    assert np.array_equal(values, VALUES)
    for axis in (0, 1):
        assert link.total(values, axis).tolist() == exact(VALUES, axis)  # type: ignore[union-attr]
    elements = layout(VALUES + 7).astype(values.dtype.str.replace("i", "u"))
    assert shamir.sums(elements).tolist() == exact(VALUES + 7)
    shares = shamir.split(values, 3, 2)
    assert np.array_equal(shamir.combine(shares[1:], [2, 3]), VALUES)


def test_read_only_arrays_are_read() -> None:
    values = VALUES.copy()
    values.flags.writeable = False
    assert link.total(values).tolist() == exact(VALUES)  # type: ignore[union-attr]
    keys = np.zeros((3, 2, 32), np.uint8)
    keys.flags.writeable = False
    assert dcnet.masks(keys, np.ones((3, 2), np.int8), 1).shape == (3, 1)


def test_memory_maps_are_read(tmp_path: Path) -> None:
    path = tmp_path / "readings"
    VALUES.tofile(path)
    mapped = np.memmap(path, np.int64, "r", shape=VALUES.shape)
    assert link.total(mapped).tolist() == exact(VALUES)  # type: ignore[union-attr]
    states = np.memmap(path, np.uint8, "r", shape=(4, 48))
    assert merge.sums(states, "cmt").view("<i8").ravel().tolist() == exact(VALUES)


def test_matrices_are_arrays_of_two_dimensions() -> None:
    class Own(np.ndarray[Any, Any]):
        pass

    assert type(link.total(VALUES.view(Own))) is np.ndarray
    assert link.total(VALUES.T.view(Own)).tolist() == exact(VALUES, 1)  # type: ignore[union-attr]


def lying() -> Array:
    """A subclass whose astype gives something else."""

    class Lying(np.ndarray[Any, Any]):
        def astype(self, *_: Any, **__: Any) -> Any:
            return "no array"

    return np.asfortranarray(VALUES).view(Lying)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (VALUES.astype(float), "values: a float is no reading"),
        (VALUES.astype(np.float16), "values: a float is no reading"),
        (VALUES.astype(np.complex64), "values: a float is no reading"),
        (VALUES.astype(object), "values: expected an array of int64, got object"),
        (VALUES.astype(bool), "values: expected an array of int64, got bool"),
        (VALUES.astype("datetime64[s]"), "values: expected an array of int64"),
        (VALUES.astype("timedelta64[s]"), "values: expected an array of int64"),
        (VALUES.astype(str), "values: expected an array of int64"),
        (np.zeros(3, [("wh", np.int64)]), "values: expected an array of int64, got"),
        (np.zeros(3, [("mask", np.int64)]).view(np.recarray), "values: "),
        (np.ma.masked_array(VALUES, VALUES == 3), "values: a masked array"),
        (VALUES.tolist(), "values: expected a numpy array, got list"),
        (VALUES.tobytes(), "values: expected a numpy array, got bytes"),
        (None, "values: expected a numpy array, got NoneType"),
        (lying(), "values: expected a numpy array, got Lying"),
    ],
)
def test_what_is_no_array_of_whole_numbers_is_a_type_error(values: Array, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        link.total(values)


def test_elements_are_unsigned() -> None:
    for call in (shamir.sums, dcnet.sums):
        with pytest.raises(TypeError, match="elements: expected an array of uint64"):
            call(VALUES)  # type: ignore[arg-type]
        with pytest.raises(MisuseError, match="elements: a value of p or more"):
            call(np.array([[1, 2], [3, P]], np.uint64))
    for place in range(0, 3000, 7):
        elements = np.zeros(3000, np.uint64)
        elements[place] = P
        for shape in ((3000,), (3000, 1), (1500, 2), (30, 100), (3, 1000), (1, 3000)):
            with pytest.raises(MisuseError, match="elements: a value of p or more"):
                shamir.sums(elements.reshape(shape))
        elements[place] = P - 1
        assert int(shamir.sums(elements)) == P - 1


@pytest.mark.parametrize("shape", [(), (2, 3, 4)])
def test_readings_have_one_or_two_dimensions(shape: tuple[int, ...]) -> None:
    with pytest.raises(MisuseError, match="values: expected one or two dimensions"):
        link.total(np.zeros(shape, np.int64))


def test_an_array_without_dimensions_has_no_axis() -> None:
    with pytest.raises(MisuseError, match="axis: no axis 0 in elements of 0 dimensions"):
        shamir.sums(np.array(3, np.uint64))


@pytest.mark.parametrize("axis", [2, -3, 2**40, -(2**40), 2**70])
def test_axes_are_those_of_the_array(axis: int) -> None:
    with pytest.raises(MisuseError, match="axis: "):
        link.total(VALUES, axis)
    with pytest.raises(TypeError, match="axis: expected an int"):
        link.total(VALUES, 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (0, 0), (0, 1), (1, 0), (0, 2**50)])
def test_nothing_sums_to_zero(shape: tuple[int, ...]) -> None:
    values = np.empty(shape, np.int64)
    if shape == (0, 2**50):
        with pytest.raises(MemoryError):
            link.total(values)
        return
    assert np.array_equal(link.total(values), values.sum(axis=0))
    assert np.array_equal(shamir.sums(values.astype(np.uint64)), values.sum(axis=0))
    assert shamir.split(values, 3, 2).shape == (3, *shape)
    assert shamir.combine(np.empty((2, *shape), np.uint64)).shape == shape


HUGE = np.broadcast_to(np.int64(1), (2**20, 2**20))
"""2^40 numbers in 8 bytes."""


@pytest.mark.parametrize(
    "call",
    [
        lambda: link.total(HUGE),
        lambda: link.total(HUGE, 1),
        lambda: shamir.sums(np.broadcast_to(np.uint64(1), HUGE.shape)),
        lambda: shamir.split(HUGE, 5, 3),
        lambda: shamir.combine(np.broadcast_to(np.uint64(1), (3, 2**40))),
        lambda: merge.sums(np.broadcast_to(np.uint8(0), (2**37, 8)), "dcnet"),
        lambda: merge.sums(np.zeros((1, 8), np.uint8), "dcnet", None, 2**60),
        lambda: merge.sums(np.zeros((1, 8), np.uint8), "cmt", np.zeros(1, int), 2**62),
        lambda: merge.sums(np.zeros((1, 64), np.uint8), "elgamal", np.zeros(1, int), 2**63),
        lambda: dcnet.masks(np.broadcast_to(np.uint8(0), (2**32, 8, 32)), np.zeros((2**32, 8), np.int8), 1),
        lambda: dcnet.masks(np.empty((2**50, 0, 32), np.uint8), np.empty((2**50, 0), np.int8), 1),
        lambda: link.total(np.empty((2**50, 0), np.int64), 1),
    ],
)
def test_views_of_2_to_40_elements_are_refused_before_they_are_copied(call: Callable[[], object]) -> None:
    with pytest.raises(MemoryError):
        call()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")
def test_c_order_is_not_copied() -> None:
    """In a process that may grow by a sixteenth of its arrays: a copy in another order does not fit."""
    script = """
import resource
import numpy as np
from wattsum import dcnet, link, merge, shamir
rows = 2**25
values = np.ones((rows, 1), np.int64)
elements = values.view(np.uint64)
keys = values.view(np.uint8).reshape(-1, 32 * 16, 32)
signs = np.ones(keys.shape[:2], np.int8)
states = values.view(np.uint8)
pages = int(open("/proc/self/statm").read().split()[0])
size = pages * resource.getpagesize() + values.nbytes // 16
resource.setrlimit(resource.RLIMIT_AS, (size, size))
def copied(call):
    try:
        call()
    except MemoryError:
        return True
    return False
calls = [
    lambda: link.total(values),
    lambda: link.total(values.reshape(-1, 2**20)),
    lambda: link.total(elements),
    lambda: shamir.sums(elements.reshape(2**15, -1)),
    lambda: shamir.combine(elements.reshape(2**5, -1)),
    lambda: dcnet.masks(keys, signs, 3),
    lambda: merge.sums(states, "dcnet"),
    lambda: merge.sums(states, "cmt"),
    lambda: link.total(values[::-1]),
    lambda: shamir.sums(elements.reshape(2**15, -1).T),
    lambda: merge.sums(states[::2], "dcnet"),
    lambda: dcnet.masks(keys[::-1], signs, 3),
]
print([copied(call) for call in calls])
"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == f"{[False] * 8 + [True] * 4}\n"


@given(st.data())
def test_totals_are_exact(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from([np.int64, np.uint64]))
    info = np.iinfo(dtype)
    edges = st.sampled_from([int(info.min), int(info.max), 0, 1, 2**32, 2**32 - 1])
    shape = data.draw(st.tuples(st.integers(0, 9), st.integers(0, 9)))
    size = shape[0] * shape[1]
    numbers = st.one_of(edges, st.integers(int(info.min), int(info.max)))
    drawn = data.draw(st.lists(numbers, min_size=size, max_size=size))
    values: Array = np.array(drawn, dtype).reshape(shape)
    for axis in (0, 1, -1):
        sums = link.total(values, axis)
        expected = exact(values, axis)
        assert [int(value) for value in sums] == expected  # type: ignore[union-attr]
        fits = all(-(2**63) <= value < 2**63 for value in expected)
        assert isinstance(sums, np.ndarray) == fits
    alone = link.total(values.ravel())
    assert type(alone) is int
    assert alone == sum(int(value) for value in values.ravel())


@pytest.mark.parametrize("columns", [1, 2, 7, 63, 64, 65, 500, 511, 512, 513, 1400])
@pytest.mark.parametrize("rows", [1, 3, 4, 5, 70, 4200])
def test_columns_of_every_width(columns: int, rows: int) -> None:
    """Narrow rows are folded, wide ones tiled: the seams are where mistakes would be."""
    generator = np.random.default_rng(rows * columns)
    elements = generator.integers(0, P, (rows, columns), np.uint64)
    elements[generator.random(elements.shape) < 0.2] = P - 1
    high, low = (elements >> np.uint64(32)).sum(axis=0), (elements & np.uint64(2**32 - 1)).sum(axis=0)
    expected = [((int(h) << 32) + int(low_)) for h, low_ in zip(high, low, strict=True)]
    assert shamir.sums(elements).tolist() == [value % P for value in expected]
    assert dcnet.sums(elements.T, 1).tolist() == [value % P for value in expected]
    states = elements.astype("<u8").view(np.uint8).reshape(rows, -1)
    assert merge.sums(states, "shamir").view("<u8").ravel().tolist() == [value % P for value in expected]
    signed = elements.view(np.int64)
    negative = (signed < 0).sum(axis=0)
    totals = [value - (int(n) << 64) for value, n in zip(expected, negative, strict=True)]
    assert [int(value) for value in link.total(signed)] == totals  # type: ignore[union-attr]


def test_sums_along_any_axis() -> None:
    elements = np.random.default_rng(3).integers(0, P, (3, 4, 5, 70), np.uint64)
    for axis in range(-4, 4):
        expected = elements.astype(object).sum(axis=axis) % P
        assert np.array_equal(shamir.sums(elements, axis).astype(object), expected)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_threads_change_nothing(threads: int) -> None:
    values = np.random.default_rng(5).integers(-(2**40), 2**40, (1000, 7))
    shares = shamir.split(values, 5, 3, threads=threads)
    assert np.array_equal(shamir.combine(shares[[4, 0, 2]], [5, 1, 3], threads=threads), values)
    given_ = np.random.default_rng(6).integers(0, P, (2, 1000, 7), np.uint64)
    given_shares = shamir.split_with(values, given_, 5, threads=threads)
    assert np.array_equal(given_shares, shamir.split_with(values, given_, 5))
    for place in (0, 3500, 6999):
        wrong = given_.copy()
        wrong[1].flat[place] = P
        with pytest.raises(MisuseError, match="coefficients: a value of p or more"):
            shamir.split_with(values, wrong, 5, threads=threads)


@pytest.mark.parametrize("threads", [0, -1, 257, 2**40])
def test_a_number_of_threads_that_cannot_be_is_refused(threads: int) -> None:
    for call in (
        lambda: shamir.split(VALUES, 3, 2, threads=threads),
        lambda: shamir.combine(np.zeros((2, 3), np.uint64), threads=threads),
        lambda: merge.sums(np.zeros((2, 8), np.uint8), "dcnet", threads=threads),
        lambda: dcnet.masks(np.zeros((2, 32), np.uint8), np.zeros(2, np.int8), 1, threads=threads),
    ):
        with pytest.raises(MisuseError, match="threads: "):
            call()


def test_masks_are_the_pads_of_their_keys() -> None:
    """Against one key at a time."""
    generator = np.random.default_rng(8)
    keys = generator.integers(0, 256, (5, 3, 32), np.uint8)
    signs = np.array([[1, -1, 0]] * 5, np.int8)
    for channels in (1, 4, 5):
        masks = dcnet.masks(keys, signs, 12, channels)
        assert masks.shape == (5, channels)
        for own, mask in zip(keys, masks, strict=True):
            first, second = (dcnet.masks(key[None], np.ones(1, np.int8), 12, channels) for key in own[:2])
            expected = (first.astype(object) - second.astype(object)) % P
            assert mask.tolist() == expected.tolist()


def test_masks_cancel() -> None:
    """Each key at both of its ends, with opposite signs."""
    generator = np.random.default_rng(9)
    meters, degree = 40, 6
    pairs = [(a, (a + step) % meters) for a in range(meters) for step in range(1, degree // 2 + 1)]
    ends: list[list[tuple[Array, int]]] = [[] for _ in range(meters)]
    for a, b in pairs:
        key = generator.integers(0, 256, 32, np.uint8)
        ends[a].append((key, 1))
        ends[b].append((key, -1))
    keys = np.array([[key for key, _ in end] for end in ends])
    signs = np.array([[sign for _, sign in end] for end in ends], np.int8)
    masks = dcnet.masks(keys, signs, 77, 3, threads=2)
    assert not (masks == 0).any()
    assert dcnet.sums(masks).tolist() == [0, 0, 0]
    readings = generator.integers(-1000, 1000, (meters, 3))
    masked = (masks.astype(object) + readings) % P
    sums = dcnet.sums(masked.astype(np.uint64))
    assert [value - P if value > P // 2 else value for value in map(int, sums)] == exact(readings)


@pytest.mark.parametrize(
    ("keys", "signs", "text"),
    [
        (np.zeros((2, 31), np.uint8), np.ones(2, np.int8), "keys: expected the last axis"),
        (np.zeros(32, np.uint8), np.ones((), np.int8), "keys: expected the last axis"),
        (np.zeros((2, 32), np.uint8), np.ones(3, np.int8), "signs: shape"),
        (np.zeros((2, 3, 32), np.uint8), np.ones((3, 2), np.int8), "signs: shape"),
        (np.zeros((2, 32), np.uint8), np.full(2, 2, np.int8), "signs: expected 1, -1 or 0"),
    ],
)
def test_keys_and_signs_belong_together(keys: Array, signs: Array, text: str) -> None:
    with pytest.raises(MisuseError, match=text):
        dcnet.masks(keys, signs, 1)
    with pytest.raises(TypeError, match="signs: expected an array of int8"):
        dcnet.masks(np.zeros((2, 32), np.uint8), np.ones(2, np.uint8), 1)
    with pytest.raises(TypeError, match="keys: expected an array of uint8"):
        dcnet.masks(np.zeros((2, 32), np.int64), np.ones(2, np.int8), 1)


@pytest.mark.parametrize(("round", "channels"), [(2**32, 1), (-1, 1), (0, 0), (0, 1025), (0, 2**70)])
def test_rounds_and_channels_of_masks_are_bounded(round: int, channels: int) -> None:
    with pytest.raises(MisuseError, match="round: |channels: "):
        dcnet.masks(np.zeros((2, 32), np.uint8), np.ones(2, np.int8), round, channels)
