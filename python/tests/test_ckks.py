"""Encrypted arrays: what comes out is what numpy computes, within what each ciphertext says of itself."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from ckks_world import EVALUATOR, KEY, KEYS, PUBLIC, RING, RNG
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattsum import MalformedError, MisuseError, ckks, link

INT = 1 << 20


def close(got: NDArray[np.float64], truth: NDArray[np.float64], error: float) -> None:
    assert got.shape == truth.shape
    assert np.abs(got - truth).max() <= error, (np.abs(got - truth).max(), error)


@pytest.mark.parametrize("preset", ["small", "sum", "variance", "depth2", "shared"])
def test_each_ring_encrypts_and_sums(preset: ckks.Preset) -> None:
    ring = ckks.Ring(preset)
    assert len(ring.primes) == ring.top_level + 1
    assert ring.degree == 2 * ring.slots
    key = ckks.SecretKey.generate(ring)
    whole = RNG.integers(-500, 500, (5, ring.degree))
    for own in (key, key.public_key):
        exact = ckks.Evaluator(key.public_key).sum(own.encrypt_many(whole))
        assert (key.decrypt_exact(exact) == whole.sum(axis=0)).all()
        assert (key.decrypt_exact(exact, 3) == whole.sum(axis=0)[:3]).all()
        for packing, room in (("reals", ring.slots), ("pairs", ring.degree)):
            values = RNG.uniform(-5, 5, (5, room))
            total = ckks.Evaluator(key.public_key).sum(
                own.encrypt_many(values, packing=packing, max_reading=5)  # type: ignore[arg-type]
            )
            assert (total.packing, total.level) == (packing, ring.top_level)
            assert total.bound >= 25
            close(key.decrypt_private(total), values.sum(axis=0), total.error)


def test_dtype_says_the_packing() -> None:
    assert PUBLIC.encrypt(np.arange(5)).packing == "integers"
    assert PUBLIC.encrypt(np.arange(5.0)).packing == "reals"
    assert PUBLIC.encrypt(np.arange(5, dtype=np.float32)).packing == "reals"
    same = PUBLIC.encrypt(np.arange(5), packing="reals")
    close(KEY.decrypt_private(same, 5), np.arange(5.0), same.error)
    assert KEY.decrypt_exact(PUBLIC.encrypt(np.arange(5, dtype=np.uint8)), 5).tolist() == [0, 1, 2, 3, 4]
    assert KEY.decrypt_exact(PUBLIC.encrypt(np.arange(0)), 2).tolist() == [0, 0]


def test_seeded_ciphertexts_have_half_the_bytes() -> None:
    values = RNG.uniform(0, 5, RING.slots)
    seeded, pair = KEY.encrypt(values), PUBLIC.encrypt(values)
    assert (seeded.form, pair.form) == ("seeded", "pair")
    assert seeded.size == len(bytes(seeded)) == len(seeded.to_bytes())
    assert seeded.size * 2 < pair.size + 200
    assert seeded.key_id == pair.key_id == PUBLIC.key_id == KEY.key_id
    total = EVALUATOR.add(seeded, pair)
    assert total.form == "pair"
    close(KEY.decrypt_private(total), 2 * values, total.error)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(-INT, INT), min_size=3, max_size=3), min_size=1, max_size=9))
def test_whole_numbers_are_exact(rows: list[list[int]]) -> None:
    values = np.array(rows)
    for own in (KEY, PUBLIC):
        table = own.encrypt_rows(values, max_reading=INT)
        total = EVALUATOR.sum(table)
        assert KEY.decrypt_exact(total, 3).tolist() == values.sum(axis=0).tolist()
        less = -3 * total - total
        assert KEY.decrypt_exact(less, 3).tolist() == (-4 * values.sum(axis=0)).tolist()


def test_sums_of_any_source_are_one() -> None:
    values = RNG.integers(0, 1000, (70, 20))
    rows = PUBLIC.encrypt_rows(values, threads=3)
    objects = [ckks.Ciphertext.from_bytes(RING, row) for row in rows]
    sums = [
        EVALUATOR.sum(rows),
        EVALUATOR.sum(rows, threads=3),
        EVALUATOR.sum(objects, threads=2),
        EVALUATOR.sum(iter(objects)),
        EVALUATOR.sum(bytes(row) for row in rows),
        EVALUATOR.sum([*rows[:30], *objects[30:]], threads=7),
    ]
    parts = [ckks.Total(RING) for _ in range(3)]
    for part, first in zip(parts, (0, 10, 69), strict=True):
        last = {0: 10, 10: 69, 69: 70}[first]
        part.accept_many(objects[first:last])
        assert part.count == last - first
    parts[0].merge(parts[1])
    parts[0].merge(parts[2])
    assert parts[0].count == 70
    sums.append(parts[0].finish())
    by_hand = objects[0]
    for other in objects[1:]:
        by_hand += other
    sums += [by_hand, sum(objects[1:], objects[0])]
    assert sum(objects) == by_hand
    assert len({own.to_bytes() for own in sums}) == 1
    assert len(set(sums)) == 1
    assert (KEY.decrypt_exact(sums[0], 20) == values.sum(axis=0)).all()


def test_rows_name_what_is_refused() -> None:
    values = np.zeros((9, 4))
    values[7, 2] = 1001
    with pytest.raises(MisuseError, match="value 2 is no number within") as refused:
        PUBLIC.encrypt_many(values, threads=2)
    assert refused.value.__notes__ == ["row 7"]
    rows = PUBLIC.encrypt_rows(np.zeros((9, 4)))
    total = ckks.Total(RING)
    total.accept(rows[0])
    spoilt = [bytes(row) for row in rows]
    spoilt[5] = spoilt[5][:-1]
    with pytest.raises(MalformedError, match="bytes where .* are needed") as malformed:
        total.accept_many(spoilt, threads=2)
    assert malformed.value.__notes__ == ["item 5"]
    assert total.count == 1
    total.accept_many(rows)
    assert total.count == 10


def test_a_mean_is_a_sum_at_another_scale() -> None:
    values = RNG.uniform(-3, 3, (12, RING.slots))
    mean = EVALUATOR.mean(PUBLIC.encrypt_many(values))
    close(KEY.decrypt_private(mean), values.mean(axis=0), mean.error)
    with pytest.raises(MisuseError, match="packing"):
        EVALUATOR.mean(PUBLIC.encrypt_many(np.ones((2, 3), int)))


def test_factors_are_public_numbers() -> None:
    values = RNG.uniform(-3, 3, RING.slots)
    factors = RNG.uniform(-2, 2, RING.slots)
    own = PUBLIC.encrypt(values, max_reading=3)
    for scaled, truth in (
        (EVALUATOR.times(own, 7), 7 * values),
        (EVALUATOR.times(own, np.int64(-7)), -7 * values),
        (EVALUATOR.times(own, 0.125), 0.125 * values),
        (EVALUATOR.times(own, factors), factors * values),
        (EVALUATOR.rescale(EVALUATOR.times(own, factors, scale_bits=40)), factors * values),
        (EVALUATOR.times(own, 0.3, scale_bits=20), 0.3 * values),
        (EVALUATOR.add_plain(own, factors), factors + values),
        (EVALUATOR.negate(own), -values),
        (own * 5 - 2 * own, 3 * values),
    ):
        close(KEY.decrypt_private(scaled), truth, scaled.error)
        assert scaled.error < 0.02
    assert EVALUATOR.times(own, 0.125).exact_scale == own.exact_scale
    assert EVALUATOR.times(own, factors).exact_scale == own.exact_scale
    assert EVALUATOR.times(own, factors).level == 0
    assert own.level == 1
    whole = PUBLIC.encrypt(np.arange(9))
    shifted = EVALUATOR.add_plain(EVALUATOR.times(whole, -2), np.arange(9) + 5)
    assert KEY.decrypt_exact(shifted, 9).tolist() == (5 - np.arange(9)).tolist()


def test_products_rotations_and_slot_sums() -> None:
    values, others = RNG.uniform(-2, 2, (2, RING.slots))
    own, other = PUBLIC.encrypt(values, max_reading=2), KEY.encrypt(others, max_reading=2)
    cases = [
        (EVALUATOR.rescale(EVALUATOR.square(own)), values**2),
        (EVALUATOR.rescale(EVALUATOR.multiply(own, other)), values * others),
        (EVALUATOR.rotate(own, 1), np.roll(values, -1)),
        (EVALUATOR.rotate(own, -5), np.roll(values, 5)),
        (EVALUATOR.rotate(EVALUATOR.drop_to(own, 0), 1), np.roll(values, -1)),
    ]
    for got, truth in cases:
        close(KEY.decrypt_private(got), truth, got.error)
        assert got.error < 1e-3
    for count in (1, 2, 96, 1024, RING.slots):
        first = np.where(np.arange(RING.slots) < count, values, 0.0)
        total = EVALUATOR.slot_sum(
            EVALUATOR.drop_to(PUBLIC.encrypt(first, max_reading=2, scale_bits=34), 0), count
        )
        close(KEY.decrypt_private(total, 1), first.sum(keepdims=True), total.error)
    pairs = PUBLIC.encrypt(values, packing="pairs", max_reading=2)
    turned = KEY.decrypt_private(EVALUATOR.conjugate(pairs), RING.slots)
    close(turned[::2], values[::2], 1e-4)
    close(turned[1::2], -values[1::2], 1e-4)


def test_two_levels_of_products() -> None:
    ring = ckks.Ring("depth2")
    key = ckks.SecretKey.generate(ring)
    evaluator = ckks.Evaluator(key.public_key, key.switching_keys(relinearisation=True))
    values = RNG.uniform(-1, 1, ring.slots)
    own = key.encrypt(values, max_reading=1)
    square = evaluator.rescale(evaluator.square(own))
    fourth = evaluator.rescale(evaluator.square(square))
    assert (square.level, fourth.level) == (1, 0)
    close(key.decrypt_private(fourth), values**4, fourth.error)
    with pytest.raises(MisuseError, match="at level 0, where level 1 is needed"):
        evaluator.rescale(fourth)
    with pytest.raises(MisuseError, match="level 2 against level 1"):
        evaluator.multiply(own, square)
    with pytest.raises(MisuseError, match="level 2 against level 0"):
        evaluator.add(own, fourth)
    with pytest.raises(MisuseError, match=r"scale 2\^45 against scale 2\^90·q2\^-1"):
        evaluator.add(evaluator.drop_to(own, 1), square)


def test_variances() -> None:
    """Of encrypted readings and their squares, made by meters or by the server."""
    table = RNG.integers(0, 400, (40, 96))
    both = PUBLIC.encrypt_many(np.concatenate([table, table**2], axis=1), max_reading=160_000)
    sums = KEY.decrypt_exact(EVALUATOR.sum(both), 192)
    assert (sums[:96] == table.sum(axis=0)).all()
    exact = ckks.variance(40, sums[:96], sums[96:])
    np.testing.assert_allclose(exact, table.var(axis=0), rtol=1e-14)
    np.testing.assert_allclose(
        ckks.standard_deviation(40, sums[:96], sums[96:], ddof=1), table.std(axis=0, ddof=1), rtol=1e-14
    )
    loads = table / 100
    own = PUBLIC.encrypt_many(loads, max_reading=4, scale_bits=36)
    squares = EVALUATOR.sum([EVALUATOR.rescale(EVALUATOR.square(each)) for each in own])
    total = EVALUATOR.sum(own)
    got = ckks.variance(40, KEY.decrypt_private(total, 96), KEY.decrypt_private(squares, 96))
    np.testing.assert_allclose(got, loads.var(axis=0), rtol=1e-6)


def test_a_shared_decryption_is_flooded() -> None:
    ring = ckks.Ring("shared")
    key = ckks.SecretKey.generate(ring)
    values = RNG.uniform(-5, 5, ring.slots)
    own = key.encrypt(values, max_reading=5, scale_bits=84)
    flood = ckks.Flood()
    first, second = key.decrypt_shared(own), key.decrypt_shared(own, flood=flood)
    assert 0 < np.abs(first - second).max() <= 2 * flood.error(own)
    assert (key.decrypt_private(own) == key.decrypt_private(own)).all()
    close(first, values, flood.error(own))
    assert flood.error(own) < 1e-4
    small = ckks.Flood(20, 10)
    assert small.error(own) < flood.error(own)
    close(key.decrypt_shared(own, 7, flood=small), values[:7], small.error(own))
    narrow = PUBLIC.encrypt(np.ones(5))
    with pytest.raises(MisuseError, match=r"the message can have \d+ bits, level 1 has"):
        KEY.decrypt_shared(EVALUATOR.times(narrow, 2**33), flood=ckks.Flood(60, 2**32 - 1))


def test_stored_bytes_come_back() -> None:
    own = PUBLIC.encrypt(np.arange(9.0))
    again = ckks.Ciphertext.from_bytes(RING, own.to_bytes())
    assert again == own
    assert hash(again) == hash(own)
    key = ckks.SecretKey.from_bytes(RING, KEY.to_bytes())
    assert key.public_key == PUBLIC
    assert hash(key.public_key) == hash(PUBLIC)
    close(key.decrypt_private(again, 9), np.arange(9.0), own.error)
    public = ckks.PublicKey.from_bytes(RING, PUBLIC.to_bytes())
    keys = ckks.SwitchingKeys.from_bytes(RING, KEYS.to_bytes())
    assert (keys.key_id, keys.relinearisation, keys.parties) == (public.key_id, True, 1)
    assert [keys.rotates(steps) for steps in (0, 1, -5, 3)] == [True, True, True, False]
    square = ckks.Evaluator(public, keys).square(public.encrypt(np.arange(9.0), max_reading=9))
    close(KEY.decrypt_private(square, 9), np.arange(9.0) ** 2, square.error)
    for value in (own, PUBLIC, KEYS, RING, ckks.Flood(30, 7)):
        copied = pickle.loads(pickle.dumps(value))
        assert type(copied) is type(value)
        if not isinstance(value, ckks.SwitchingKeys):
            assert copied == value


def test_another_key_or_ring_is_named() -> None:
    stranger = ckks.SecretKey.generate(RING)
    own = PUBLIC.encrypt(np.arange(5))
    other = stranger.encrypt(np.arange(5))
    foreign: list[Callable[[], object]] = [
        lambda: own + other,
        lambda: EVALUATOR.add(own, other),
        lambda: EVALUATOR.sum([own, other]),
        lambda: EVALUATOR.negate(other),
        lambda: KEY.decrypt_exact(other),
        lambda: KEY.decrypt_private(other),
        lambda: KEY.decrypt_shared(other),
        lambda: ckks.Evaluator(PUBLIC, stranger.switching_keys(relinearisation=True)),
    ]
    for act in foreign:
        with pytest.raises(MisuseError, match="made under another key"):
            act()
    small = ckks.SecretKey.generate(ckks.Ring("sum"))
    third = small.encrypt(np.arange(5))
    mixed: list[Callable[[], object]] = [
        lambda: own + third,
        lambda: EVALUATOR.sum([third]),
        lambda: KEY.decrypt_exact(third),
    ]
    for act in mixed:
        with pytest.raises(MisuseError, match="preset"):
            act()
    received: list[Callable[[], object]] = [
        lambda: ckks.Ciphertext.from_bytes(RING, third.to_bytes()),
        lambda: ckks.PublicKey.from_bytes(RING, small.public_key.to_bytes()),
        lambda: ckks.SecretKey.from_bytes(RING, small.to_bytes()),
    ]
    for act in received:
        with pytest.raises(MalformedError, match="preset"):
            act()
    with pytest.raises(MisuseError, match="packing"):
        EVALUATOR.add(own, PUBLIC.encrypt(np.arange(5.0), scale_bits=45))
    bare = ckks.Evaluator(PUBLIC)
    reals = PUBLIC.encrypt(np.arange(5.0), max_reading=5)
    for act in (
        lambda: bare.square(reals),
        lambda: bare.rotate(reals, 1),
        lambda: EVALUATOR.rotate(reals, 3),
    ):
        with pytest.raises(MisuseError, match="no key to switch with"):
            act()
    with pytest.raises(MisuseError, match="no key to switch with"):
        ckks.SecretKey.generate(ckks.Ring("shared")).switching_keys(relinearisation=True)
    with pytest.raises(MisuseError, match="packing"):
        EVALUATOR.square(own)
    with pytest.raises(MisuseError, match="packing"):
        KEY.decrypt_exact(reals)


def test_what_cannot_be_right_is_refused() -> None:
    """Errors too large to be rounded away, and sums beyond the primes, each with bits and level."""
    ring = ckks.Ring("sum")
    key = ckks.SecretKey.generate(ring)
    own = key.public_key.encrypt(np.ones(4, int), scale_bits=12, max_reading=1)
    total = key.public_key.encrypt(np.ones(4, int), scale_bits=16, max_reading=1) * 64
    with pytest.raises(MisuseError, match=r"the error can have \d+ bits where 15 can be rounded away"):
        key.decrypt_exact(total)
    with pytest.raises(MisuseError, match=r"the message can have \d+ bits, level 0 has \d+"):
        own * 2**40
    with pytest.raises(MisuseError, match=r"value 1 is no number within 2\^9"):
        key.encrypt(np.array([1.0, np.nan]))
    with pytest.raises(MisuseError, match=r"value 0 is no number within 2\^3"):
        key.encrypt(np.array([10.0]), max_reading=9)
    with pytest.raises(MisuseError, match="4097 values where 4096 are possible"):
        key.encrypt(np.zeros(4097, int))
    with pytest.raises(MisuseError, match="2049 values where 2048 are possible"):
        key.encrypt(np.zeros(2049))


def test_a_day_of_many_meters_sums_exactly() -> None:
    table = RNG.integers(0, 30_000, (240, 96))
    rows = PUBLIC.encrypt_rows(table, max_reading=30_000, threads=2)
    assert (KEY.decrypt_exact(EVALUATOR.sum(rows, threads=2), 96) == link.total(table)).all()
