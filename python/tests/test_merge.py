"""Sums of states by group, of all protocols, against Python's integers and against the roles."""

import pickle
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import DcnetWorld, ShamirWorld

from wattsum import MalformedError, MisuseError, elgamal, link, merge

P = 2**64 - 2**32 + 1
THRESHOLD = 3
"""Of `elgamal.deal()`."""

Array = Any
"""mypy knows what these functions take; what they refuse is the matter here."""


def states_of(numbers: Array) -> Array:
    return np.ascontiguousarray(numbers, "<u8").view(np.uint8).reshape(len(numbers), -1)


def numbers_of(states: Array) -> list[list[int]]:
    rows: list[list[int]] = np.ascontiguousarray(states).view("<u8").tolist()
    return rows


def expected(numbers: Array, groups: Array, count: int, modulus: int) -> list[list[int]]:
    sums = [[0] * numbers.shape[1] for _ in range(count)]
    for group, row in zip(groups.tolist(), numbers.tolist(), strict=True):
        sums[group] = [(a + b) % modulus for a, b in zip(sums[group], row, strict=True)]
    return sums


@pytest.mark.parametrize(("protocol", "modulus"), [("dcnet", P), ("shamir", P), ("cmt", 2**64)])
@pytest.mark.parametrize("channels", [1, 3, 64, 700])
@pytest.mark.parametrize(("rows", "count"), [(0, 2), (1, 1), (5, 9), (300, 4), (2000, 1500)])
@pytest.mark.parametrize("threads", [1, 3])
def test_words_are_summed_by_group(
    protocol: Any, modulus: int, channels: int, rows: int, count: int, threads: int
) -> None:
    generator = np.random.default_rng(rows + channels)
    if rows * channels > 2 * 10**5:
        rows //= 10
    numbers = generator.integers(0, modulus - 1, (rows, channels), np.uint64, endpoint=True)
    numbers[generator.random(numbers.shape) < 0.3] = modulus - 1
    groups = generator.integers(0, count, rows)
    states = states_of(numbers) if rows else np.empty((0, 8 * channels), np.uint8)
    sums = merge.sums(states, protocol, groups, count, threads=threads)
    assert sums.shape == (count, 8 * channels)
    assert numbers_of(sums) == expected(numbers, groups, count, modulus)
    alone = merge.sums(states, protocol, threads=threads)
    assert numbers_of(alone) == expected(numbers, np.zeros(rows, int), 1, modulus)


@given(st.data())
def test_any_order_and_any_cut_gives_the_same(data: st.DataObject) -> None:
    """What an engine does: parts are merged somewhere, and their sums again."""
    rows = data.draw(st.integers(1, 12))
    elements = st.lists(st.integers(0, P - 1), min_size=rows, max_size=rows)
    numbers = np.array(data.draw(elements), np.uint64)[:, None]
    groups = np.array(data.draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)))
    order = np.array(data.draw(st.permutations(range(rows))))
    cut = data.draw(st.integers(0, rows))
    states = states_of(numbers)
    parts = [merge.sums(states[part], "dcnet", groups[part], 3) for part in (order[:cut], order[cut:])]
    again = merge.sums(np.concatenate(parts), "dcnet", np.tile(np.arange(3), 2), 3)
    assert np.array_equal(again, merge.sums(states, "dcnet", groups, 3))


Encrypted = tuple[Array, Array, Any, Any]


@pytest.fixture(scope="module")
def ciphertexts() -> Encrypted:
    """Readings and their ciphertexts, of two channels, and who decrypts."""
    table = elgamal.DlogTable.build(16)
    keys, shares = elgamal.deal()
    readings = np.random.default_rng(2).integers(-1000, 1000, (60, 2))
    return readings, elgamal.encrypt(keys.group_key, readings).reshape(60, 128), shares, table


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, 7, 200])
def test_ciphertexts_are_summed_by_group(ciphertexts: Encrypted, count: int, threads: int) -> None:
    readings, states, shares, table = ciphertexts
    groups = np.random.default_rng(count).integers(0, count, len(states))
    sums = merge.sums(states, "elgamal", groups, count, threads=threads)
    assert sums.shape == (count, 128)
    filled = np.unique(groups)
    assert not sums[np.setdiff1d(np.arange(count), filled)].any()
    points = sums[filled].reshape(len(filled), 2, 64)
    decrypted = elgamal.combine({share.number: share.decrypt(points) for share in shares[:THRESHOLD]}, points)
    totals = [[int(v) for v in readings[groups == group].sum(axis=0)] for group in filled]
    assert table.solve(decrypted, (-60_000, 60_000)).tolist() == totals
    # The sum over nobody may be added like any other.
    assert np.array_equal(merge.sums(sums, "elgamal"), merge.sums(states, "elgamal"))


def test_more_ciphertexts_than_are_added_up_at_once(ciphertexts: Encrypted) -> None:
    _, states, _, _ = ciphertexts
    many = np.tile(states, (50, 1))
    fifty = merge.sums(np.tile(merge.sums(states, "elgamal"), (50, 1)), "elgamal")
    for threads in (1, 2):
        assert np.array_equal(merge.sums(many, "elgamal", threads=threads), fifty)


@pytest.mark.parametrize("row", [0, 3, 7, 12, 40, 59])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_row_of_a_bad_state_is_named(ciphertexts: Encrypted, row: int, threads: int) -> None:
    numbers = np.full((60, 2), P - 1, np.uint64)
    numbers[row, 1] = P
    numbers[59, 1] = P
    groups = np.arange(60) % 4
    for of in (groups, None):
        with pytest.raises(MalformedError, match=f"states: row {row}: a field element that is not reduced"):
            merge.sums(states_of(numbers), "shamir", of, 4, threads=threads)
    assert merge.sums(states_of(numbers), "cmt", groups, 4, threads=threads).any()
    for bad, text in ((np.uint8(255), "not a point"), (np.uint8(0), "identity")):
        states = ciphertexts[1].copy()
        states[row, 64:96] = bad
        states[59, 64:96] = bad
        for of in (groups, None):
            with pytest.raises(MalformedError, match=f"states: row {row}: .*{text}"):
                merge.sums(states, "elgamal", of, 4, threads=threads)


@pytest.mark.parametrize("group", [-1, 4, 2**40, -(2**63), 2**63 - 1])
@pytest.mark.parametrize("protocol", ["dcnet", "shamir", "cmt", "elgamal"])
def test_a_group_that_does_not_exist_is_refused_with_its_row(group: int, protocol: Any) -> None:
    groups = np.array([0, 3, group, 1, group])
    with pytest.raises(MisuseError, match=f"groups: row 2: no group {group}, of 4"):
        merge.sums(np.zeros((5, 64), np.uint8), protocol, groups, 4)


def test_arguments_fit_together() -> None:
    states = np.zeros((3, 64), np.uint8)
    for protocol in ("dcnet", "shamir", "cmt", "elgamal"):
        for width in (0, 7, 63, 65) if protocol != "elgamal" else (0, 8, 63, 65, 96):
            with pytest.raises(MisuseError, match="states: expected a multiple of"):
                merge.sums(np.zeros((3, width), np.uint8), protocol)
    for groups in (np.zeros(2, int), np.zeros((3, 1), int), np.array(0)):
        with pytest.raises(MisuseError, match="groups: shape"):
            merge.sums(states, "dcnet", groups)
    with pytest.raises(TypeError, match="groups: a float"):
        merge.sums(states, "dcnet", np.zeros(3))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="states: expected an array of uint8"):
        merge.sums(states.astype(np.int64), "dcnet")
    with pytest.raises(MisuseError, match="states: expected an array of two dimensions"):
        merge.sums(states[0], "dcnet")
    with pytest.raises(MisuseError, match="count: "):
        merge.sums(states, "dcnet", None, -1)
    with pytest.raises(MisuseError, match="groups: row 0: no group 0, of 0"):
        merge.sums(states, "dcnet", None, 0)
    assert merge.sums(states[:0], "dcnet", None, 0).shape == (0, 64)
    with pytest.raises(MisuseError, match="protocol: partial sums are merged by `partials`"):
        merge.sums(states, "partial")
    for unknown in ("", "Dcnet", "paillier"):
        with pytest.raises(MisuseError, match="protocol: expected"):
            merge.sums(states, unknown)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="protocol: expected a str"):
        merge.sums(states, 3)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[ShamirWorld, DcnetWorld])
def parts(request: pytest.FixtureRequest) -> tuple[list[bytes], list[bytes], bytes]:
    """Partial sums of two rounds, each of three parts that have four meters, and all of the first."""
    world = request.param.form(meters=12)
    rounds = []
    for round_ in (0, 1):
        collecting = world.open(round_)
        state = collecting.to_bytes()
        frames = world.contribute(round_, np.arange(12))
        own = []
        for part in range(3):
            alone = world.utility.reopen(state)
            assert alone.accept_many(frames[4 * part : 4 * part + 4]) == []
            own.append(alone.partial().to_bytes())
        assert collecting.accept_many(frames) == []
        rounds.append((own, collecting.partial().to_bytes()))
    return rounds[0][0], rounds[1][0], rounds[0][1]


def test_partial_sums_are_merged_by_group(parts: tuple[list[bytes], list[bytes], bytes]) -> None:
    first, second, whole = parts
    assert merge.partials(first) == [whole]
    assert merge.partials(first[::-1]) == [whole]
    mixed = [second[0], first[0], second[1], first[2], first[1]]
    merged = merge.partials(mixed, np.array([1, 0, 1, 0, 0]), 2)
    assert merged[0] == whole
    assert merge.counts(merged).tolist() == [12, 8]
    assert merge.counts(mixed).tolist() == [4] * 5
    assert merge.counts([]).tolist() == []
    assert link.PartialSum.from_bytes(merged[1]).count == 8
    assert merge.partials([], np.zeros(0, int), 0) == []


def test_a_meter_that_is_in_twice_is_refused(parts: tuple[list[bytes], list[bytes], bytes]) -> None:
    first, second, whole = parts
    with pytest.raises(MisuseError, match="states: row 3: a meter is in both"):
        merge.partials([*first, first[1]])
    with pytest.raises(MisuseError, match="states: row 1: a meter is in both"):
        merge.partials([first[1], whole])
    with pytest.raises(MisuseError, match="states: row 2: "):
        merge.partials([first[0], first[1], second[2]])
    with pytest.raises(MisuseError, match="groups: no state belongs to group 1"):
        merge.partials(first, np.array([0, 0, 2]), 3)
    with pytest.raises(MisuseError, match="groups: row 1: no group 2, of 2"):
        merge.partials(first, np.array([0, 2, 1]), 2)
    with pytest.raises(MisuseError, match="groups: shape"):
        merge.partials(first, np.array([0, 0]), 1)


def test_damaged_partial_sums_are_malformed(parts: tuple[list[bytes], list[bytes], bytes]) -> None:
    first, _, _ = parts
    state = first[1]
    for length in range(len(state)):
        with pytest.raises(MalformedError, match="states: row 1: "):
            merge.partials([first[0], state[:length]])
    for place in range(len(state)):
        damaged = bytearray(state)
        damaged[place] ^= 1
        with pytest.raises(MalformedError, match="states: row 0: "):
            merge.counts([bytes(damaged)])
    with pytest.raises(TypeError, match="states: expected bytes"):
        merge.partials([1, 2])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="states: expected a sequence"):
        merge.partials(iter(first))  # type: ignore[arg-type]


def test_states_travel_as_bytes() -> None:
    """What Spark, Dask and Ray send to their workers."""
    assert pickle.loads(pickle.dumps(merge.sums)) is merge.sums
    assert get_args(merge.Protocol) == ("dcnet", "shamir", "elgamal", "cmt", "partial")
