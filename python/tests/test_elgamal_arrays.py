"""Arithmetic over arrays of ciphertexts: the reference, plain sums, roles, and wrong arguments."""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from data import vectors
from elgamal_world import TABLE, World
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattsum import InconsistentError, MalformedError, MisuseError, elgamal, link

KEYS, SHARES = elgamal.deal()
KEY = KEYS.group_key
BOUND = 10**9


def decrypted(ciphertexts: NDArray[np.uint8], numbers: list[int], bound: int) -> NDArray[np.int64]:
    shares = {number: SHARES[number - 1].decrypt(ciphertexts) for number in numbers}
    return TABLE.solve(elgamal.combine(shares, ciphertexts), (-bound, bound))


def bytes_of(*texts: str) -> NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex("".join(texts)), np.uint8)


def test_reference_vectors() -> None:
    for row in vectors("elgamal"):
        secrets = {int(number): bytes.fromhex(share) for number, share in row["secret_shares"].items()}
        shares = [elgamal.SecretShare.from_bytes(number, secret) for number, secret in secrets.items()]
        members = b"".join(share.public for share in shares)
        n, t = len(shares), row["threshold"]
        threshold = link.Threshold.trusting_the_utility_not_to_equivocate(n, t)
        keys = elgamal.KeySet.from_bytes(threshold, bytes([1, n, t]) + members)
        key = elgamal.GroupKey(bytes.fromhex(row["group_key"]), bytes.fromhex(row["key_set"]))
        assert (key.encoding, key.key_set.hex()) == (keys.group_key.encoding, row["key_set"])
        assert key == elgamal.GroupKey.from_bytes(key.to_bytes())

        readings = np.array(row["readings"])
        blindings = bytes_of(*row["blinds"]).reshape(-1, 32)
        ciphertexts = elgamal.encrypt_with(key, readings, blindings)
        assert [[bytes(c[:32]).hex(), bytes(c[32:]).hex()] for c in ciphertexts] == row["ciphertexts"]
        total = elgamal.sums(ciphertexts)
        assert (total == bytes_of(*row["sum_ciphertext"])).all()
        opening = {int(number): bytes_of(share) for number, share in row["decryption_shares"].items()}
        for number, expected in opening.items():
            assert (shares[number - 1].decrypt(total) == expected).all()
        assert TABLE.solve(elgamal.combine(opening, total), (-1000, 1000)) == row["sum"] == readings.sum()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-BOUND, BOUND), st.integers(-BOUND, BOUND)), min_size=1, max_size=9),
    st.permutations([1, 2, 3, 4]),
    st.integers(3, 4),
)
def test_what_is_encrypted_adds_up(values: list[tuple[int, int]], order: list[int], count: int) -> None:
    readings = np.array(values)
    ciphertexts = elgamal.encrypt(KEY, readings)
    assert ciphertexts.shape == (*readings.shape, 64)
    by_meter, by_channel = elgamal.sums(ciphertexts), elgamal.sums(ciphertexts, -1)
    # A table for a search beyond ±10^9 is large; the difference to the truth is small.
    numbers = order[:count]
    for sums, truth in ((by_meter, readings.sum(axis=0)), (by_channel, readings.sum(axis=1))):
        shares = {number: SHARES[number - 1].decrypt(sums) for number in numbers}
        points = elgamal.combine(shares, sums)
        assert (TABLE.solve_around(points, truth + 3, 10) == truth).all()
    assert (elgamal.sums(by_channel) == elgamal.sums(by_meter)).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2), st.integers(0, 511))
def test_any_flipped_bit_changes_or_spoils_a_ciphertext(row: int, bit: int) -> None:
    changed = FRAMES.copy()
    changed[row, bit // 8] ^= np.uint8(1 << bit % 8)
    try:
        total = elgamal.sums(changed)
    except MalformedError as error:
        assert f"ciphertexts: no ciphertext at [{row}]" in str(error)
    else:
        assert (total != elgamal.sums(FRAMES)).any()


FRAMES = elgamal.encrypt(KEY, np.array([1, 2, 3]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 19), st.integers(0, 8 * 240 - 1))
def test_any_flipped_bit_of_a_contribution_is_seen(row: int, bit: int) -> None:
    frames = SENT.copy()
    frames[row, bit // 8] ^= np.uint8(1 << bit % 8)
    _, refused = VERIFIER.partial(0, frames)
    assert [place for place, _ in refused] == [row]


WORLD = World.form(20)
SENT = WORLD.contribute(0, np.arange(20))
VERIFIER = elgamal.Verifier(WORLD.params, WORLD.cohort.view, WORLD.keys.group_key)


def test_batches_do_what_roles_do() -> None:
    """The sum of what meters sent is the sum that trustees open; the ciphertext stands behind the header."""
    ciphertexts = SENT[:, 16:80]
    partial, refused = VERIFIER.partial(0, SENT, threads=2)
    assert refused == []
    assert (elgamal.sums(ciphertexts) == partial.channels[0]).all()
    collecting = WORLD.open(0)
    assert collecting.accept_many(SENT) == []
    assert WORLD.answer(0, WORLD.utility.close(collecting), [1, 2, 3]).values == (190,)


def test_threads_give_what_one_gives() -> None:
    readings = np.arange(5000)
    ciphertexts = elgamal.encrypt(KEY, readings, threads=3)
    total = elgamal.sums(ciphertexts)
    for threads in (2, 3, 7):
        assert (elgamal.sums(ciphertexts, threads=threads) == total).all()
    few = ciphertexts[:60].reshape(3, 4, 5, 64)
    for axis in (0, 1, 2, -1, -3):
        alone = elgamal.sums(few, axis)
        assert (elgamal.sums(few, axis, threads=4) == alone).all()
        truth = readings[:60].reshape(3, 4, 5).sum(axis=axis)
        assert (decrypted(alone, [1, 2, 4], 10_000) == truth).all()
    assert decrypted(total, [2, 3, 4], BOUND) == readings.sum()
    one, many = SHARES[0].decrypt(few), SHARES[0].decrypt(few, threads=5)
    assert (one == many).all()
    shares = {share.number: share.decrypt(few) for share in SHARES[:3]}
    points = elgamal.combine(shares, few)
    assert (elgamal.combine(shares, few, threads=2) == points).all()
    assert (TABLE.solve(points, (0, 100), threads=2) == readings[:60].reshape(3, 4, 5)).all()
    guesses = readings[:60].reshape(3, 4, 5) - 1
    assert (TABLE.solve_around(points, guesses, 1, threads=2) == guesses + 1).all()


def test_a_sum_of_none_adds_nothing() -> None:
    none = elgamal.sums(FRAMES[:0])
    assert not none.any()
    assert decrypted(none, [1, 2, 3], 5) == 0
    assert (elgamal.sums(np.stack([none, FRAMES[0]])) == elgamal.sums(FRAMES[:1])).all()
    assert elgamal.sums(np.zeros((2, 0, 64), np.uint8), 1).shape == (2, 64)
    assert elgamal.sums(np.zeros((0, 2, 64), np.uint8)).shape == (2, 64)
    assert elgamal.encrypt(KEY, np.arange(0)).shape == (0, 64)
    assert TABLE.solve(np.zeros((0, 32), np.uint8), (0, 1)).shape == (0,)


def test_a_logarithm_lies_in_its_range_or_is_none() -> None:
    points = elgamal.combine({n: SHARES[n - 1].decrypt(FRAMES) for n in (1, 2, 3)}, FRAMES)
    assert TABLE.solve(points, (1, 3)).tolist() == [1, 2, 3]
    with pytest.raises(InconsistentError) as refused:
        TABLE.solve(points, (0, 2))
    assert refused.value.__notes__ == ["[2]"]
    values, found = TABLE.solve_many(points, (2, 9))
    assert (values.tolist(), found.tolist()) == ([0, 2, 3], [False, True, True])
    with pytest.raises(InconsistentError):
        TABLE.solve_around(points, np.array([1, 2, 5]), 1)
    too_few = elgamal.combine({n: SHARES[n - 1].decrypt(FRAMES) for n in (1, 2)}, FRAMES)
    assert not TABLE.solve_many(too_few, (0, 10_000))[1].any()


def test_a_table_is_kept_in_a_file_and_damage_is_found() -> None:
    table = elgamal.DlogTable.build(8)
    data = table.to_bytes()
    again = elgamal.DlogTable.from_bytes(data)
    assert (again.bits, again.to_bytes()) == (8, data)
    point = elgamal.combine({n: SHARES[n - 1].decrypt(FRAMES[1]) for n in (1, 2, 3)}, FRAMES[1])
    assert again.solve(point, (0, 5)) == 2
    for wrong in (
        b"",
        data[:-1],
        data + b"\0",
        b"\1" + data[1:],
        data[:99] + bytes([data[99] ^ 1]) + data[100:],
    ):
        with pytest.raises(MalformedError):
            elgamal.DlogTable.from_bytes(wrong)


def test_public_keys_pickle_and_compare() -> None:
    again = pickle.loads(pickle.dumps(KEY))
    assert again == KEY
    assert hash(again) == hash(KEY)
    assert elgamal.deal()[0].group_key != KEY
    same = elgamal.KeySet.from_bytes(KEYS.threshold, KEYS.to_bytes())
    assert same == KEYS == elgamal.KeySet(KEYS.threshold, [share.public for share in SHARES])
    assert [KEYS.member(share.number) for share in SHARES] == [share.public for share in SHARES]
    assert KEYS.member(0) is None
    assert KEYS.member(5) is None


READINGS: Any = np.array([1, 2])
SIGNED: Any = FRAMES.view(np.int8)
WRONG: Any = [1, 2]
BASE = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: elgamal.encrypt(KEY, READINGS.astype(float)), TypeError, "readings: a float is no reading"),
        (lambda: elgamal.encrypt(KEY, WRONG), TypeError, "readings: expected a numpy array, got list"),
        (lambda: elgamal.encrypt(KEY, READINGS, max_reading=1), MisuseError, "readings: .*max_reading"),
        (lambda: elgamal.encrypt(KEY, READINGS * 2**40), MisuseError, "readings: .*max_reading"),
        (lambda: elgamal.encrypt(KEY, READINGS, max_reading=-1), MisuseError, "max_reading: out of range"),
        (lambda: elgamal.encrypt(KEY, READINGS, threads=0), MisuseError, "threads: expected 1"),
        (lambda: elgamal.encrypt(KEY, READINGS, threads=10**9), MisuseError, "threads: expected 1"),
        (lambda: elgamal.encrypt(WRONG, READINGS), TypeError, "key"),
        (
            lambda: elgamal.encrypt_with(KEY, READINGS, np.ones((3, 32), np.uint8)),
            MisuseError,
            "blindings: expected one for each reading",
        ),
        (
            lambda: elgamal.encrypt_with(KEY, READINGS, np.zeros((2, 32), np.uint8)),
            MalformedError,
            r"blindings: no blinding at \[0\]",
        ),
        (lambda: elgamal.sums(FRAMES[:, :63]), MisuseError, "ciphertexts: expected a last axis of 64 bytes"),
        (lambda: elgamal.sums(SIGNED), TypeError, "ciphertexts: expected an array of uint8"),
        (lambda: elgamal.sums(FRAMES, 1), MisuseError, "axis: out of range"),
        (lambda: elgamal.sums(FRAMES, -2), MisuseError, "axis: out of range"),
        (lambda: elgamal.sums(FRAMES[0]), MisuseError, "axis: out of range"),
        (lambda: elgamal.sums(FRAMES, WRONG), TypeError, "axis: expected an int"),
        (lambda: elgamal.sums(~FRAMES), MalformedError, r"ciphertexts: no ciphertext at \[0\]"),
        (lambda: SHARES[0].decrypt(~FRAMES), MalformedError, r"ciphertexts: no ciphertext at \[0\]"),
        (lambda: elgamal.combine({}, FRAMES), MisuseError, "shares: none"),
        (lambda: elgamal.combine(WRONG, FRAMES), TypeError, "shares: expected a mapping"),
        (lambda: elgamal.combine({0: FRAMES[:, :32]}, FRAMES), MisuseError, "shares: numbers are 1 ... 255"),
        (lambda: elgamal.combine({256: FRAMES[:, :32]}, FRAMES), MisuseError, "shares: out of range"),
        (lambda: elgamal.combine({1: FRAMES[:2, :32]}, FRAMES), MisuseError, "shares: shape"),
        (lambda: elgamal.combine({1: FRAMES}, FRAMES), MisuseError, "shares: expected a last axis of 32"),
        (lambda: elgamal.combine({1: ~FRAMES[:, :32]}, FRAMES), MalformedError, r"shares: no point at \[0\]"),
        (lambda: TABLE.solve(FRAMES, (0, 1)), MisuseError, "points: expected a last axis of 32 bytes"),
        (lambda: TABLE.solve(~FRAMES[:, :32], (0, 1)), MalformedError, r"points: no point at \[0\]"),
        (lambda: TABLE.solve(FRAMES[:, :32], (1, 0)), MisuseError, "range: .*empty"),
        (lambda: TABLE.solve(FRAMES[:0, :32], (1, 0)), MisuseError, "range: .*empty"),
        (lambda: TABLE.solve(FRAMES[:, :32], (-(2**62), 2**62)), MisuseError, "range: .*limit"),
        (lambda: TABLE.solve(FRAMES[:, :32], (-(2**63), 2**63 - 1)), MisuseError, "range: .*limit"),
        (lambda: TABLE.solve(FRAMES[:, :32], (0, 1, 2)), MisuseError, "range: expected its least"),
        (lambda: TABLE.solve(FRAMES[:, :32], (0, 2**63)), MisuseError, "range: out of range"),
        (lambda: TABLE.solve_around(FRAMES[:, :32], READINGS, 1), MisuseError, "guesses: shape"),
        (lambda: TABLE.solve_around(FRAMES[:, :32], np.arange(3), -1), MisuseError, "width: out of range"),
        (lambda: TABLE.solve(FRAMES[:, :32], (0, 2**39 + 1)), MisuseError, r"range: .* range of 2\^39"),
        (lambda: TABLE.solve(FRAMES[:0, :32], (0, 2**39 + 1)), MisuseError, r"range: .* range of 2\^39"),
        (lambda: TABLE.solve_many(FRAMES[:, :32], (-1, 2**39)), MisuseError, r"range: .* range of 2\^39"),
        (
            lambda: TABLE.solve_around(FRAMES[:, :32], np.arange(3), 2**38 + 1),
            MisuseError,
            r"width: .* range of 2\^39",
        ),
        (lambda: TABLE.solve_around(FRAMES[:, :32], np.arange(3), 2**64 - 1), MisuseError, "width: .* limit"),
        (lambda: elgamal.DlogTable.build(7), MisuseError, "bits: expected 8"),
        (lambda: elgamal.DlogTable.build(27), MisuseError, "bits: expected 8"),
        (lambda: elgamal.DlogTable.build(2**32 + 8), MisuseError, "bits: out of range"),
        (lambda: elgamal.SecretShare.from_bytes(0, bytes([1] * 32)), MalformedError, "keys"),
        (lambda: elgamal.SecretShare.from_bytes(1, bytes(32)), MalformedError, "keys"),
        (
            lambda: elgamal.SecretShare.from_bytes(1, bytes(31)),
            MalformedError,
            "share: expected 32 bytes, got 31",
        ),
        (lambda: elgamal.GroupKey(bytes(32), bytes(32)), MalformedError, "keys"),
        (lambda: elgamal.GroupKey(bytes(31), bytes(32)), MalformedError, "encoding: expected 32 bytes"),
        (lambda: elgamal.GroupKey(BASE, bytes(33)), MalformedError, "key_set: expected 32 bytes"),
        (lambda: elgamal.GroupKey.from_bytes(bytes(63)), MalformedError, "key: expected 64 bytes"),
        (lambda: elgamal.KeySet(KEYS.threshold, [BASE, b""]), MalformedError, "members: expected 32 bytes"),
        (lambda: elgamal.GroupKey(b"\xff" * 32, bytes(32)), MalformedError, "keys"),
        (lambda: elgamal.KeySet(KEYS.threshold, [BASE] * 3), MisuseError, "number of trustees"),
        (lambda: elgamal.KeySet(KEYS.threshold, [BASE] * 4), MalformedError, "keys"),
    ],
)
def test_wrong_arguments_are_named(act: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        act()


def test_any_layout_is_taken() -> None:
    wide = np.zeros((3, 130), np.uint8)
    wide[:, ::2][:, :64] = FRAMES
    for same in (wide[:, ::2][:, :64], np.asfortranarray(FRAMES), FRAMES.reshape(3, 1, 64)):
        same.flags.writeable = False
        assert (elgamal.sums(same).reshape(64) == elgamal.sums(FRAMES)).all()
    for readings in (READINGS.astype(">i4"), READINGS.astype(np.uint64), READINGS[::-1], np.array(2)):
        assert elgamal.encrypt(KEY, readings).shape == (*readings.shape, 64)
    with pytest.raises(MemoryError):
        elgamal.encrypt(KEY, np.broadcast_to(np.int64(1), (2**30, 2**20)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for one process")
@pytest.mark.parametrize("act", ["solve(points, (0, 2**35))", "solve_around(points, np.arange(2000), 2**34)"])
def test_a_search_can_be_interrupted(act: str) -> None:
    """Hours of work in one call, in a process of its own; R of a ciphertext is nobody's small multiple."""
    script = f"""
import signal
import numpy as np
from wattsum import elgamal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell may have its jobs ignore
points = elgamal.encrypt(elgamal.deal()[0].group_key, np.arange(2000))[:, :32].copy()
table = elgamal.DlogTable.build(8)
print("begun", flush=True)
table.{act}
"""
    command = [sys.executable, "-P", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        try:
            assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
        finally:
            process.kill()
