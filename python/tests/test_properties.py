"""For any readings, drop-outs and quorums the sum is the sum; for any bytes there is an exception of ours."""

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from world import DcnetWorld, ShamirWorld

from wattsum import Error, FaultError, MalformedError, shamir

METERS, CHANNELS = 8, 2
BOUND = 10**9

READINGS = st.lists(st.integers(-BOUND, BOUND), min_size=METERS * CHANNELS, max_size=METERS * CHANNELS)
SILENT = st.sets(st.integers(0, METERS - 1), max_size=3)
QUORUM = st.sets(st.integers(1, 4), min_size=3, max_size=3).map(sorted)


def rounds() -> Iterator[tuple[ShamirWorld, DcnetWorld, int]]:
    """Fresh groups every 12 rounds: a meter that comes and goes 15 times is left out of the 16th."""
    while True:
        groups = ShamirWorld.form(METERS, CHANNELS), DcnetWorld.form(METERS, CHANNELS)
        yield from ((*groups, round) for round in range(12))


ROUNDS = rounds()


@settings(max_examples=60, deadline=None)
@given(READINGS, SILENT, QUORUM)
def test_any_round_gives_its_sum(values: list[int], silent: set[int], quorum: list[int]) -> None:
    readings = np.array(values).reshape(METERS, CHANNELS)
    which = np.array([row not in silent for row in range(METERS)])
    shamir_world, dcnet_world, round = next(ROUNDS)
    truth = tuple(sum(int(row[n]) for row in readings[which]) for n in range(CHANNELS))
    assert shamir_world.sum(round, readings, which, quorum).values == truth
    assert dcnet_world.sum(round, readings, which, quorum).values == truth


@settings(max_examples=100, deadline=None)
@given(st.data(), st.lists(st.integers(-(2**63 - 2**31), 2**63 - 2**31), max_size=20), st.integers(1, 12))
def test_any_quorum_gives_an_array_back(data: st.DataObject, values: list[int], parties: int) -> None:
    threshold = data.draw(st.integers(1, parties))
    shares = shamir.split(np.array(values, np.int64), parties, threshold)
    some = st.permutations(range(1, parties + 1)).flatmap(
        lambda all_: st.integers(threshold, parties).map(lambda n: all_[:n])
    )
    numbers = data.draw(some)
    assert shamir.combine(shares[[number - 1 for number in numbers]], numbers).tolist() == values


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_an_error_of_ours(message: bytes) -> None:
    world, round = FUZZED, 0
    for act in (
        COLLECTING.accept,
        lambda frame: world.holders[0].open(round, frame),
        lambda frame: world.holders[0].answer(round, frame),
        lambda frame: world.meters.open(round, frame),
        lambda frame: world.meters.close(round, frame),
        world.holders[0].replay,
    ):
        try:
            act(message)
        except Error:
            continue
        raise AssertionError(f"{act} took {message!r}")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, METERS - 1), st.integers(0, 8 * 48 - 1))
def test_any_flipped_bit_of_a_frame_is_seen(row: int, bit: int) -> None:
    frame = bytearray(FRAMES[row])
    frame[bit // 8] ^= 1 << bit % 8
    try:
        COLLECTING.accept(frame)
    except (FaultError, MalformedError):
        return
    raise AssertionError("a changed frame was taken")


FUZZED = DcnetWorld.form(METERS)
COLLECTING = FUZZED.open(0)
FRAMES = FUZZED.contribute(0, np.arange(METERS))
