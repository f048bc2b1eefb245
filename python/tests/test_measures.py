"""The three measures, on series whose answer is known."""

import math
from itertools import combinations
from typing import Any, cast

import numpy as np
import pytest
from data import real
from households import three_frames
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattsum import MisuseError
from wattsum.plots import (
    Regression,
    cluster_classification,
    compare,
    kmeans,
    masked_values,
    regression,
    relative_entropy,
)

RNG = np.random.default_rng(8)
DAY = np.array([90, 80, 85, 400, 95, 2000, 2100, 410, 390, 88, 1950, 92])
NOISE = RNG.integers(0, 2**64 - 2**32, 5000, dtype=np.uint64)
LOAD = np.round(RNG.lognormal(5, 1, 5000)).astype(np.int64)


def test_relative_entropy_by_hand() -> None:
    # P = 1/2, 1/2; Q = 1/4, 3/4: 1/2 log2(2) + 1/2 log2(2/3)
    entropy = 0.5 + 0.5 * math.log2(2 / 3)
    assert relative_entropy([0, 0, 1, 1], [0, 1, 1, 1], bins=2, pseudocount=0) == pytest.approx(entropy)
    assert relative_entropy([0, 0, 9, 9], [0, 9, 9, 9], bins=2, pseudocount=0) == pytest.approx(entropy)
    # It is no distance: 1/4 log2(1/2) + 3/4 log2(3/2) the other way round
    other = -0.25 + 0.75 * math.log2(1.5)
    assert relative_entropy([0, 1, 1, 1], [0, 0, 1, 1], bins=2, pseudocount=0) == pytest.approx(other)
    # Half a reading more in each bin: P = 2.5/5, 2.5/5; Q = 1.5/5, 3.5/5
    more = 0.5 * math.log2(2.5 / 1.5) + 0.5 * math.log2(2.5 / 3.5)
    assert relative_entropy([0, 0, 1, 1], [0, 1, 1, 1], bins=2) == pytest.approx(more)
    # Four bins of width 1 from 0 to 4; the last one has its upper end.
    quarters = relative_entropy([0, 1, 2, 3.9, 4, 4], [0, 0.5, 1, 2, 3, 4], bins=4, pseudocount=0)
    assert quarters == pytest.approx(1 / 6 * math.log2(1 / 2) + 1 / 2 * math.log2(3 / 2))


def test_relative_entropy_of_what_is_never_visible() -> None:
    assert relative_entropy(DAY, np.full(12, 90), pseudocount=0) == math.inf
    assert 0 < relative_entropy(DAY, np.full(12, 90)) < math.inf
    # What is visible but never was counts for nothing.
    assert relative_entropy(np.full(12, 90), DAY, bins=2, pseudocount=0) == pytest.approx(math.log2(12 / 9))


def test_relative_entropy_does_not_see_when() -> None:
    for scale in ("common", "own"):
        assert relative_entropy(DAY, DAY, scale=scale) == 0
        assert relative_entropy(DAY, np.roll(DAY, 3), scale=scale) == 0
        assert relative_entropy(np.full(5, 7), np.full(5, 7), scale=scale) == 0
    assert relative_entropy(DAY, DAY + 5000) > 1
    assert relative_entropy(DAY, 3 * DAY + 5000, scale="own") == 0
    p, q = (np.histogram(values.astype(float), 20)[0] / len(values) for values in (LOAD, NOISE))
    by_numpy = float((p[p > 0] * np.log2(p[p > 0] / q[p > 0])).sum())
    assert relative_entropy(LOAD, NOISE, scale="own", pseudocount=0) == pytest.approx(by_numpy)


def test_clusters_by_hand() -> None:
    found = cluster_classification([0, 0, 0, 10, 10, 20], [1, 1, 8, 9, 1, 30], clusters=3)
    # In the levels 0, 1, 2: 0 0 0 1 1 2 and 0 0 1 1 0 2. Of three above the lowest two are right.
    assert (found.similarity, found.clusters) == pytest.approx((2 / 3, 3))
    # In random order: 2 · 2/6 of level 1 and 1 · 1/6 of level 2, of 3.
    assert found.chance == pytest.approx((2 * 2 / 6 + 1 / 6) / 3)
    # The lowest level does not count, however often it is right.
    quiet = cluster_classification([0] * 97 + [5, 5, 5], [0] * 97 + [0, 0, 5], clusters=2)
    assert quiet.similarity == pytest.approx(1 / 3)


def test_clusters_of_series_that_are_known() -> None:
    same = cluster_classification(DAY, DAY)
    assert same.similarity == 1
    assert same.chance < 0.5
    # Levels keep their order under any scale, and lose it upside down.
    assert cluster_classification(DAY, 3 * DAY - 1000).similarity == 1
    assert cluster_classification(DAY, -DAY, clusters=2).similarity < 1
    assert cluster_classification(DAY, np.full(12, 3)) == cluster_classification(DAY, np.zeros(12))
    constant = cluster_classification(DAY, np.full(12, 3))
    assert (constant.similarity, constant.chance, constant.clusters) == (0, 0, 1)
    noise = cluster_classification(LOAD, NOISE)
    assert noise.similarity == pytest.approx(noise.chance, abs=0.03)
    # Twenty intervals late: no better than chance where nothing is periodic.
    late = cluster_classification(LOAD, np.roll(LOAD, 20))
    assert late.similarity == pytest.approx(late.chance, abs=0.03)


def test_as_many_clusters_as_there_are_values() -> None:
    two = (DAY > 1000).astype(np.int64)
    found = cluster_classification(DAY, two, clusters=5)
    assert (found.clusters, found.similarity) == (2, 1)
    assert cluster_classification(two, DAY).clusters == 2
    assert cluster_classification([1, 2, 3], [3, 2, 1], clusters=100).clusters == 3


def test_the_number_of_clusters_is_the_one_that_fits() -> None:
    for count in (3, 5, 9):
        levels = np.concatenate([1000 * level + RNG.integers(0, 50, 40) for level in range(count)])
        assert cluster_classification(levels, levels).clusters == count


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=14),
    st.integers(1, 4),
    st.sampled_from([1.0, 1e15, 1e-9]),
)
def test_clusters_are_the_best_there_are(values: list[int], count: int, unit: float) -> None:
    numbers = np.array(values) * unit
    distinct = np.unique(numbers)
    count = min(count, len(distinct))
    labels = kmeans.labels(numbers, count)
    assert sorted(set(labels.tolist())) == list(range(count))

    def squares(labels: NDArray[Any]) -> float:
        parts = [numbers[labels == label] / unit for label in range(count)]
        return sum(float(((part - part.mean()) ** 2).sum()) for part in parts)

    cuts = combinations(distinct[1:], count - 1)
    best = min(squares(np.searchsorted(np.array(cut), numbers, side="right")) for cut in cuts)
    assert squares(labels) == pytest.approx(best, abs=1e-9)


def silhouette(values: list[int], labels: NDArray[Any]) -> float:
    """By the definition, pair by pair."""

    def apart(n: int, label: int) -> float:
        others = [abs(values[n] - values[m]) for m in range(len(values)) if labels[m] == label and m != n]
        return sum(others) / len(others) if others else 0

    def of(n: int) -> float:
        if (labels == labels[n]).sum() == 1:
            return 0
        own, next_ = apart(n, labels[n]), min(apart(n, label) for label in set(labels) - {labels[n]})
        return (next_ - own) / max(own, next_)

    return sum(of(n) for n in range(len(values))) / len(values)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=5, max_size=20).filter(lambda values: len(set(values)) >= 3))
def test_the_number_of_clusters_has_the_best_silhouette(values: list[int]) -> None:
    numbers = np.array(values, float)
    possible = range(3, min(10, len(set(values))) + 1)
    scores = {count: silhouette(values, kmeans.labels(numbers, count)) for count in possible}
    assert scores[kmeans.best_count(numbers, range(3, 11))] == pytest.approx(max(scores.values()), abs=1e-9)


def line(found: Regression) -> tuple[float, ...]:
    return found.r2, found.correlation, found.shift, found.slope, found.intercept


def test_regression_by_hand() -> None:
    # x = 0 1 2, y = 1 3 2: means 1 and 2, Sxy = 1, Sxx = Syy = 2; r = 1/2.
    found = regression([1, 3, 2], [0, 1, 2], shifts=0)
    assert line(found) == pytest.approx((0.25, 0.5, 0, 0.5, 1.5))


def test_regression_of_series_that_are_known() -> None:
    assert line(regression(DAY, DAY)) == pytest.approx((1, 1, 0, 1, 0))
    assert line(regression(DAY, 7 - 2 * DAY)) == pytest.approx((1, -1, 0, -0.5, 3.5))
    for shift in (-4, 3):
        late = regression(LOAD, np.roll(LOAD, shift))
        assert line(late) == pytest.approx((1, 1, shift, 1, 0), abs=1e-9)
        assert regression(LOAD, np.roll(LOAD, shift), shifts=2).r2 < 0.01
    assert line(regression(DAY, np.full(12, 5))) == pytest.approx((0, 0, 0, 0, DAY.mean()))
    # The largest of 21 squared correlations of 5000 independent numbers, each about 1/5000.
    assert regression(LOAD, NOISE).r2 < 0.005
    assert regression([1e150, -1e150, 0], [1e-300, 0, 0], shifts=0).r2 == pytest.approx(0.75)


def test_sums_beyond_64_bits_are_taken() -> None:
    sums = [2**70 + int(value) * 2**60 for value in DAY]
    assert regression(DAY, sums).r2 == pytest.approx(1)
    assert relative_entropy(DAY, sums, scale="own") == 0
    assert cluster_classification(DAY, sums).similarity == 1


FLOAT: Any = 1.0
MEASURES: list[Any] = [relative_entropy, cluster_classification, regression]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        (DAY[:11], MisuseError, "visible: 11 intervals, original has 12"),
        ([], MisuseError, "visible: 0 intervals, expected 3"),
        (DAY[None], MisuseError, "visible: 2 dimensions, expected 1"),
        (np.where(DAY > 1000, np.nan, DAY), MisuseError, "visible: a value is not finite"),
        (np.where(DAY > 1000, np.inf, DAY), MisuseError, "visible: a value is not finite"),
        ([10**400] * 12, MisuseError, "visible: a value is too large"),
        (DAY > 100, TypeError, "visible: expected numbers, got an array of bool"),
        (DAY.astype(str), TypeError, "visible: expected numbers, got an array of"),
        (DAY.astype(complex), TypeError, "visible: expected numbers, got an array of complex"),
        (np.ma.masked_array(DAY, DAY > 100), TypeError, "visible: a masked array"),
        (["1"] * 12, TypeError, "visible: expected numbers"),
        ([True] * 12, TypeError, "visible: expected numbers"),
        ("123456789012", TypeError, "visible: expected a numpy array or a list"),
        (None, TypeError, "visible: expected a numpy array or a list"),
    ],
)
def test_what_is_no_series_is_named(measure: Any, values: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        measure(DAY, values)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_first_series_has_its_own_name(measure: Any) -> None:
    with pytest.raises(TypeError, match="original: expected a numpy array or a list"):
        measure(None, DAY)
    with pytest.raises(MisuseError, match="original: a value is not finite"):
        measure(np.full(12, np.nan), DAY)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: regression(np.full(12, 1), DAY), MisuseError, "original: is constant"),
        (lambda: cluster_classification(np.full(12, 1), DAY), MisuseError, "original: is constant"),
        (lambda: regression(DAY, DAY, shifts=10), MisuseError, "shifts: is not from 0 to 9"),
        (lambda: regression(DAY, DAY, shifts=-1), MisuseError, "shifts: is not from 0"),
        (lambda: regression(DAY, DAY, shifts=FLOAT), TypeError, "shifts: expected an int"),
        (lambda: cluster_classification(DAY, DAY, clusters=1), MisuseError, "clusters: is not from 2"),
        (lambda: cluster_classification(DAY, DAY, clusters=101), MisuseError, "clusters: is not from 2"),
        (lambda: relative_entropy(DAY, DAY, bins=1), MisuseError, "bins: is not from 2"),
        (lambda: relative_entropy(DAY, DAY, bins=10**9), MisuseError, "bins: is not from 2"),
        (lambda: relative_entropy(DAY, DAY, pseudocount=-1), MisuseError, "pseudocount: "),
        (lambda: relative_entropy(DAY, DAY, pseudocount=math.nan), MisuseError, "pseudocount: "),
        (lambda: relative_entropy(DAY, DAY, scale=cast(Any, "log")), MisuseError, "scale: "),
    ],
)
def test_wrong_arguments_are_named(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def small() -> NDArray[np.int64]:
    return np.asarray(RNG.integers(0, 3000, (96, 12)), np.int64)


def test_households_are_compared_with_groups() -> None:
    readings = small()
    readings[:, 5] = 77
    masked = RNG.integers(0, 2**63, readings.shape, dtype=np.uint64)
    found = {(one.seen, one.size): one for one in compare(readings, (3, 2, 10), masked=masked, households=20)}
    assert list(found) == [
        ("readings", 1),
        ("frames", 1),
        *((seen, size) for size in (2, 3, 10) for seen in ("sum", "others")),
    ]
    plain = found["readings", 1]
    assert (plain.relative_entropy.mean, plain.similarity.mean, plain.r2.mean) == pytest.approx((0, 1, 1))
    # Of independent readings a sum of n explains 1/n, and others nothing.
    assert found["sum", 2].r2.mean == pytest.approx(1 / 2, abs=0.07)
    assert found["sum", 10].r2.mean == pytest.approx(1 / 10, abs=0.07)
    for noise in (found["others", 2], found["others", 10], found["frames", 1]):
        # The largest of 21 tries on 96 intervals.
        assert noise.r2.mean < 0.09
        assert noise.similarity.mean == pytest.approx(noise.chance.mean, abs=0.1)
    for one in found.values():
        assert one.households == 20
        assert one.r2.low <= one.r2.mean <= one.r2.high or one.seen == "readings"
    again = compare(readings, (3, 2, 10), masked=masked, households=20)
    assert again == list(found.values())
    assert compare(readings, (3, 2, 10), masked=masked, households=20, seed=2) != again


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"readings": small().astype(float)}, TypeError, "readings: a float is no reading"),
        ({"readings": small()[:2]}, MisuseError, "readings: 2 intervals"),
        ({"readings": np.full((96, 12), 5)}, MisuseError, "readings: no meter .* whose readings vary"),
        ({"readings": small()[:, :0]}, MisuseError, "readings: no meter"),
        ({"sizes": [12]}, MisuseError, "sizes: are not from 2 to 11"),
        ({"sizes": [1]}, MisuseError, "sizes: are not from 2"),
        ({"sizes": [2.5]}, TypeError, "sizes: expected an int"),
        ({"households": 0}, MisuseError, "households: is not from 1"),
        ({"seed": 1.5}, TypeError, "seed: expected an int"),
        ({"seed": -1}, MisuseError, "seed: "),
        ({"masked": small()}, TypeError, "masked: expected an array of uint64"),
        ({"masked": small().astype(np.uint64)[:5]}, MisuseError, "masked: shape"),
        ({"bins": 0}, MisuseError, "bins: "),
    ],
)
def test_what_cannot_be_compared_is_named(changed: dict[str, Any], error: type[Exception], text: str) -> None:
    good: dict[str, Any] = {"readings": small(), "sizes": [2]}
    with pytest.raises(error, match=text):
        compare(**(good | changed))


def test_masked_values_are_where_the_reading_would_be() -> None:
    assert masked_values(three_frames()).tolist() == [1, 2**63, 258]
    assert masked_values(three_frames(4)[::2], 1).tolist() == [2, 4]
    with pytest.raises(MisuseError, match="channel: the frames have no such channel"):
        masked_values(three_frames(), 2)
    with pytest.raises(MisuseError, match="channel: "):
        masked_values(three_frames(), -1)
    for wrong in (three_frames(3), three_frames(kind=18)):
        with pytest.raises(MisuseError, match="frames: row 0 is no contribution of dcnet, shamir or cmt"):
            masked_values(wrong)
    with pytest.raises(TypeError, match="frames: expected an array of uint8"):
        masked_values(three_frames().view(np.int8))
    with pytest.raises(MisuseError, match="frames: 1 dimensions, expected 2"):
        masked_values(three_frames()[0])


def test_on_real_readings_sums_show_less_of_a_household_the_more_are_in_them() -> None:
    with real("ch2018_dev_wh_15min.csv").open(encoding="utf-8") as file:
        readings = np.loadtxt(file, np.int64, delimiter=",", skiprows=1, usecols=range(1, 241), max_rows=672)
    found = {(one.seen, one.size): one for one in compare(readings, (2, 10, 100), households=12)}
    r2 = [found["sum", size].r2.mean for size in (2, 10, 100)]
    assert r2[0] > 2 * r2[1] > 2 * r2[2]
    # In a large group nearly all that is left is everybody's rhythm.
    assert r2[2] - found["others", 100].r2.mean < 0.1
