"""The ring's arithmetic over arrays and lists of ints, against Python's own."""

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rings import group

from wattsum import MalformedError, MisuseError, cmt, link

WORD = 2**64
moduli = st.one_of(st.just(WORD), st.integers(2, WORD - 1))
wide_moduli = st.one_of(moduli, st.integers(2, 2**700), st.integers(65, 4096).map(lambda bits: 2**bits))


def links(count: int, seed: int = 0) -> NDArray[np.uint8]:
    rows = [hashlib.sha256(bytes([seed]) + place.to_bytes(4, "little")).digest() for place in range(count)]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(count, 32)


def centred(value: int, modulus: int) -> int:
    value %= modulus
    return value - modulus if value > (modulus - 1) // 2 else value


def residues(data: st.DataObject, modulus: int, count: int) -> list[int]:
    return data.draw(st.lists(st.integers(0, modulus - 1), min_size=count, max_size=count))


@given(data=st.data(), modulus=moduli, count=st.integers(0, 20))
def test_arrays_are_added_as_ints_are(data: st.DataObject, modulus: int, count: int) -> None:
    keys = residues(data, modulus, count)
    half = min((modulus - 1) // 2, 2**63 - 1)
    readings = data.draw(st.lists(st.integers(-half, half), min_size=count, max_size=count))
    own = np.array(keys, np.uint64)
    ciphertexts = cmt.encrypt(np.array(readings, np.int64), own, modulus=modulus)
    assert ciphertexts.tolist() == [(m + k) % modulus for m, k in zip(readings, keys, strict=True)]
    total = cmt.sums(ciphertexts, modulus=modulus)
    assert total == sum(ciphertexts.tolist()) % modulus
    opened = cmt.decrypt_sums(ciphertexts, own, modulus=modulus)
    assert opened.tolist() == readings
    [sum_] = cmt.decrypt_sums([int(total)], [int(cmt.sums(own, modulus=modulus))], modulus=modulus)
    assert sum_ == centred(sum(readings), modulus)


@given(data=st.data(), modulus=wide_moduli, count=st.integers(0, 8))
def test_lists_are_added_as_ints_are(data: st.DataObject, modulus: int, count: int) -> None:
    keys, half = residues(data, modulus, count), (modulus - 1) // 2
    readings = data.draw(st.lists(st.integers(-half, half), min_size=count, max_size=count))
    ciphertexts = cmt.encrypt(readings, keys, modulus=modulus)
    assert ciphertexts == [(m + k) % modulus for m, k in zip(readings, keys, strict=True)]
    assert cmt.decrypt_sums(ciphertexts, keys, modulus=modulus) == readings
    assert cmt.sums(ciphertexts, modulus=modulus) == sum(ciphertexts) % modulus


@given(modulus=moduli, round=st.integers(0, 2**32 - 1), channels=st.integers(1, 9), members=st.integers(1, 7))
def test_a_keystream_cancels_around_the_ring(
    modulus: int, round: int, channels: int, members: int
) -> None:
    own = links(members)
    deltas = cmt.deltas(own, round, channels, modulus=modulus)
    assert deltas.shape == (members, channels)
    assert cmt.wide_deltas(own, round, channels, modulus=modulus) == deltas.tolist()
    first = deltas[::-1].copy()
    stream = cmt.keystream(first, own, round, modulus=modulus)
    expected = [
        [(int(k) - int(d) + int(b)) % modulus for k, d, b in zip(*rows, strict=True)]
        for rows in zip(first, deltas, np.roll(deltas, 1, axis=0), strict=True)
    ]
    assert stream.tolist() == expected
    assert (cmt.sums(stream, modulus=modulus) == cmt.sums(first, modulus=modulus)).all()
    alone = cmt.keystream([int(k) for k in first[:, 0]], own, round, modulus=modulus)
    assert alone == stream[:, 0].tolist()


def test_sums_along_any_axis() -> None:
    values = np.random.default_rng(5).integers(0, 2**64, (3, 4, 5), np.uint64)
    for axis in (-3, -2, -1, 0, 1, 2):
        assert (cmt.sums(values, axis) == values.sum(axis=axis, dtype=np.uint64)).all()
    assert cmt.sums(np.zeros((0, 3), np.uint64)).tolist() == [0, 0, 0]
    assert cmt.sums(np.zeros((3, 0), np.uint64)).shape == (0,)
    assert cmt.sums([]) == 0
    assert (cmt.sums(np.asfortranarray(values)) == cmt.sums(values)).all()
    assert (cmt.sums(values[::2, ::-1]) == values[::2, ::-1].sum(axis=0, dtype=np.uint64)).all()
    with pytest.raises(MisuseError, match="axis: "):
        cmt.sums(values, 3)
    with pytest.raises(MisuseError, match="axis: "):
        cmt.sums([1, 2], 1)


@pytest.mark.parametrize("threads", [1, 3])
def test_many_links_on_threads(threads: int) -> None:
    many = links(3000)
    assert (cmt.deltas(many, 5, 3, threads=threads)[2990:] == cmt.deltas(many[2990:], 5, 3)).all()
    none = np.zeros(3000, np.uint64)
    assert (cmt.keystream(none, many, 5, threads=threads) == cmt.keystream(none, many, 5)).all()


def test_states_of_frames_are_the_merge_of_their_words() -> None:
    """A frame's payload, from its 16th byte to its tag of 16, is the state that other engines may add up."""
    params = cmt.Params(group(channels=2), "derived")
    ring = cmt.Ring(params, link.Cohort(params, range(1, 8), 95))
    ring.form(0)
    readings = np.arange(14).reshape(7, 2) - 3
    collecting, frames = ring.contribute(0, readings)
    words = frames[:, 16:-16].copy().view("<u8")
    collecting.accept_many(frames)
    assert words.shape == (7, 2)
    assert collecting.close().values == tuple(readings.sum(axis=0).tolist())
    constants = cmt.sums(words) - readings.sum(axis=0).astype(np.uint64)
    assert cmt.decrypt_sums(cmt.sums(words), constants).tolist() == readings.sum(axis=0).tolist()


untyped: Any = cmt

bad_calls: list[tuple[str, type[Exception], Any]] = [
    ("readings: a float is no reading", TypeError, lambda a: untyped.encrypt(np.ones(3), a)),
    ("readings: a float is no reading", TypeError, lambda a: untyped.encrypt([1.0], [1])),
    ("readings: expected ints", TypeError, lambda a: untyped.encrypt(["1"], [1])),
    ("readings: expected ints", TypeError, lambda a: untyped.encrypt([True], [1])),
    ("readings: expected a sequence", TypeError, lambda a: untyped.encrypt(None, a)),
    (
        "keys: expected an array of uint64",
        TypeError,
        lambda a: untyped.encrypt(np.ones(3, np.int64), a.astype(np.int64)),
    ),
    (
        "keys: expected an array of uint64",
        TypeError,
        lambda a: untyped.encrypt(np.ones(3, np.int64), [1, 2, 3]),
    ),
    ("keys: shape", MisuseError, lambda a: untyped.encrypt(np.ones((3, 1), np.int64), a)),
    ("keys: 2 numbers, expected 1", MisuseError, lambda a: untyped.encrypt([1], [1, 2])),
    (
        "readings: a value beyond half",
        MisuseError,
        lambda a: untyped.encrypt(np.array([6, 1, 1]), a, modulus=11),
    ),
    ("readings: a value beyond half", MisuseError, lambda a: untyped.encrypt([6], [1], modulus=11)),
    ("readings: a value beyond half", MisuseError, lambda a: untyped.encrypt([-(2**300)], [1])),
    (
        "keys: a number that is not below",
        MalformedError,
        lambda a: untyped.encrypt(np.array([1, 1, 1]), a, modulus=3),
    ),
    ("keys: a number that is not below", MalformedError, lambda a: untyped.encrypt([1], [-1])),
    ("keys: a number that is not below", MalformedError, lambda a: untyped.encrypt([1], [2**64])),
    ("keys: a number of more than", MisuseError, lambda a: untyped.encrypt([1], [1 << 2**17])),
    ("ciphertexts: a number that is not below", MalformedError, lambda a: untyped.sums(a, modulus=3)),
    ("ciphertexts: expected a sequence", TypeError, lambda a: untyped.sums(iter([1]))),
    ("sums: a number that is not below", MalformedError, lambda a: untyped.decrypt_sums(a, a, modulus=3)),
    ("constants: shape", MisuseError, lambda a: untyped.decrypt_sums(a, a[:2])),
    ("constants: 0 numbers, expected 1", MisuseError, lambda a: untyped.decrypt_sums([1], [])),
    ("modulus: expected 2 or more", MisuseError, lambda a: untyped.sums(a, modulus=1)),
    ("modulus: expected 2 or more", MisuseError, lambda a: untyped.sums([1], modulus=-5)),
    ("modulus: expected 2 or more", MisuseError, lambda a: untyped.sums([1], modulus=1 << 2**16)),
    ("modulus: a number of more than", MisuseError, lambda a: untyped.sums([1], modulus=1 << 2**20)),
    ("modulus: a float", TypeError, lambda a: untyped.sums([1], modulus=2.0)),
    ("modulus: residues of 8 bytes end", MisuseError, lambda a: untyped.sums(a, modulus=2**64 + 1)),
    ("modulus: out of range", MisuseError, lambda a: untyped.sums(a, modulus=2**200)),
    (
        "links: expected rows of 32 bytes",
        MisuseError,
        lambda a: untyped.deltas(np.zeros((3, 31), np.uint8), 0),
    ),
    ("links: expected an array of two", MisuseError, lambda a: untyped.deltas(np.zeros(32, np.uint8), 0)),
    ("links: expected a row for each member", MisuseError, lambda a: untyped.keystream(a, links(2), 0)),
    ("links: expected a row for each member", MisuseError, lambda a: untyped.keystream([1], links(2), 0)),
    (
        "first_keys: expected a number, or a row",
        MisuseError,
        lambda a: untyped.keystream(a.reshape(3, 1, 1), links(3), 0),
    ),
    (
        "first_keys: expected 1 ... 1024",
        MisuseError,
        lambda a: untyped.keystream(np.zeros((3, 1025), np.uint64), links(3), 0),
    ),
    ("channels: expected 1 ... 1024", MisuseError, lambda a: untyped.deltas(links(3), 0, 0)),
    ("channels: out of range", MisuseError, lambda a: untyped.deltas(links(3), 0, -1)),
    ("round: ", MisuseError, lambda a: untyped.deltas(links(3), 2**40)),
    ("threads: expected 1 ... 256", MisuseError, lambda a: untyped.deltas(links(3), 0, threads=0)),
    (
        "links: too long for numbers of this modulus",
        MisuseError,
        lambda a: untyped.wide_deltas(links(40), 0, 1024, modulus=1 << 65535),
    ),
    (
        "keys: too long",
        MisuseError,
        lambda a: untyped.encrypt(range(40_000), range(40_000), modulus=1 << 65535),
    ),
    (
        "readings: too long",
        MisuseError,
        lambda a: untyped.encrypt([1 << 65000] * 40_000, [1], modulus=1 << 65535),
    ),
    ("readings: too long", MisuseError, lambda a: untyped.encrypt(range(2**60), [1])),
]


@pytest.mark.parametrize(("text", "error", "call"), bad_calls)
def test_bad_numbers_are_refused_by_name(text: str, error: type[Exception], call: Any) -> None:
    with pytest.raises(error) as refused:
        call(np.array([3, 2, 1], np.uint64))
    assert text in str(refused.value)
