"""Wrong arguments: the exception of its class, with the argument named, and nothing spent."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from world import DcnetWorld, ShamirWorld, group, ids

from wattsum import FaultError, MalformedError, MisuseError, dcnet, link, shamir


@pytest.fixture
def world() -> ShamirWorld:
    return ShamirWorld.form(meters=4, channels=2)


def contribute(world: ShamirWorld, readings: Any, which: Any = None) -> Any:
    return world.meters.contribute(world.marks, 0, 0, readings, which)


GOOD = np.array([[1, 2], [3, 4], [5, 6], [7, 8]])


@pytest.mark.parametrize(
    ("readings", "text"),
    [
        (GOOD.astype(float), "readings: a float is no reading"),
        (GOOD.astype(complex), "readings: a float is no reading"),
        (GOOD.astype(bool), "readings: expected an array of int64"),
        (GOOD.astype(str), "readings: expected an array of int64"),
        (GOOD.astype(object), "readings: expected an array of int64"),
        (GOOD.astype("datetime64[s]"), "readings: expected an array of int64"),
        (np.ma.masked_array(GOOD, GOOD == 3), "readings: a masked array"),
        (GOOD.tolist(), "readings: expected a numpy array, got list"),
        (None, "readings: expected a numpy array, got NoneType"),
    ],
)
def test_arrays_of_another_type_are_refused(world: ShamirWorld, readings: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        contribute(world, readings)
    assert contribute(world, GOOD).stored().shape == (4, world.params.contribution_len)


@pytest.mark.parametrize(
    "readings", [GOOD[:3], GOOD[:, :1], GOOD.T, GOOD[:, 0], GOOD[None], GOOD[:0], np.array(3)]
)
def test_arrays_of_another_shape_are_refused(world: ShamirWorld, readings: Any) -> None:
    with pytest.raises((MisuseError, TypeError), match="readings: "):
        contribute(world, readings)
    assert contribute(world, GOOD).stored().shape == (4, world.params.contribution_len)


@pytest.mark.parametrize("value", [10**9 + 1, -(10**9) - 1, 2**63 - 1, -(2**63)])
def test_readings_beyond_the_bound_spend_nothing(world: ShamirWorld, value: int) -> None:
    readings = GOOD.copy()
    readings[2, 1] = value
    with pytest.raises(MisuseError, match="max_reading") as refused:
        contribute(world, readings)
    assert refused.value.__notes__ == ["row 2, meter 107"]
    assert contribute(world, GOOD).stored().shape == (4, world.params.contribution_len)
    with pytest.raises(MisuseError, match="readings: .*max_reading"):
        contribute(world, np.full((4, 2), 2**64 - 1, np.uint64))


@pytest.mark.parametrize(
    "readings",
    [
        np.asfortranarray(GOOD),
        np.repeat(GOOD, 2, axis=0)[::2],
        np.flip(np.flip(GOOD)),
        GOOD.astype(">i8"),
        GOOD.astype(np.int8),
        GOOD.astype(np.uint16),
        GOOD.astype(np.uint64),
    ],
)
def test_any_layout_and_width_of_whole_numbers_is_taken(readings: Any) -> None:
    world = ShamirWorld.form(meters=4, channels=2)
    readings.flags.writeable = False
    assert world.sum(0, readings).values == (16, 20)


def test_a_mask_has_a_bool_for_each_meter(world: ShamirWorld) -> None:
    for which in ([True], np.ones((4, 1), bool), [True] * 5):
        with pytest.raises(MisuseError, match="which: shape"):
            contribute(world, GOOD, which)
    with pytest.raises(TypeError, match="which: expected an array of bool"):
        contribute(world, GOOD, [0, 1, 1, 0])
    with pytest.raises(MisuseError, match="present: shape"):
        world.utility.open(0, 0, [True] * 3)
    assert len(contribute(world, GOOD, [True, False, True, False]).stored()) == 2


def single() -> tuple[shamir.Meter, link.HighWater]:
    world = ShamirWorld.form(meters=4)
    cohort = link.Cohort(world.params, ids(4), 95)
    party = cohort.meters[0]
    return shamir.Meter(world.params, cohort.view, party.id, party.link), link.HighWater()


@pytest.mark.parametrize(
    "reading", [1.5, np.float64(2), "3", None, True, [1.0], [True], {1: 2}, {1}, object()]
)
def test_a_single_reading_is_whole(reading: Any) -> None:
    meter, mark = single()
    with pytest.raises(TypeError, match="reading: "):
        meter.contribute(mark, 0, 0, reading)
    assert meter.contribute(mark, 0, 0, 3).stored()


@pytest.mark.parametrize(
    "reading", [3, [3], (3,), np.int16(3), np.array([3]), np.array([[3]], np.uint8), np.array(3)]
)
def test_a_single_reading_has_many_forms(reading: Any) -> None:
    meter, mark = single()
    assert len(meter.contribute(mark, 0, 0, reading).stored()) == 48


@pytest.mark.parametrize("reading", [[1, 2], [], np.arange(2), 2**63, 2**200, -(2**63) - 1, [2**64]])
def test_a_single_reading_fits(reading: Any) -> None:
    meter, mark = single()
    with pytest.raises(MisuseError):
        meter.contribute(mark, 0, 0, reading)
    assert meter.contribute(mark, 0, 0, 3).stored()


@pytest.mark.parametrize(
    ("now", "round", "error", "text"),
    [
        (0, 2**32, MisuseError, "round: .*2\\^32"),
        (-1, 0, MisuseError, "now: out of range"),
        (0, -1, MisuseError, "round: out of range"),
        (0, 2**200, MisuseError, "round: out of range"),
        (0, 3, MisuseError, "more than two away"),
        (95, 96, MisuseError, "not in the epoch"),
        (0.0, 0, TypeError, "now: expected an int, got float"),
        (0, "0", TypeError, "round: expected an int, got str"),
        (0, False, TypeError, "round: expected an int, got bool"),
    ],
)
def test_rounds_are_checked(now: Any, round: Any, error: type[Exception], text: str) -> None:
    meter, mark = single()
    with pytest.raises(error, match=text):
        meter.contribute(mark, now, round, 3)
    assert meter.contribute(mark, 0, 0, 3).stored()


def test_frames_are_bytes_of_the_right_length() -> None:
    world = DcnetWorld.form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    for wrong in ("text", 3, None, [1, 2], frames[0].astype(np.int64), frames[0].astype(float)):
        with pytest.raises(TypeError, match="frame: expected bytes"):
            collecting.accept(wrong)  # type: ignore[arg-type]
    for length in range(48):
        with pytest.raises((MalformedError, FaultError)) as refused:
            collecting.accept(bytes(frames[0])[:length])
        assert (length < 20) <= isinstance(refused.value, MalformedError)
    with pytest.raises((MalformedError, FaultError)):
        collecting.accept(bytes(frames[0]) + b"\0")
    with pytest.raises(MisuseError, match="frames: expected an array of two dimensions"):
        collecting.accept_many(frames[0])
    with pytest.raises(TypeError, match="frames: expected an array of uint8"):
        collecting.accept_many(frames.view(np.int8))
    assert collecting.accept_many(frames[:0]) == []
    assert [row for row, _ in collecting.accept_many(frames[:, :0])] == list(range(6))
    assert len(collecting.missing()) == 6
    for frame in (bytes(frames[0]), bytearray(frames[1]), memoryview(frames[2]), frames[3]):
        collecting.accept(frame)
    assert collecting.missing() == [113, 116]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: link.Group(1, channels=0), "zero or too large"),
        (lambda: link.Group(1, channels=1025), "too large"),
        (lambda: link.Group(1, channels=-1), "channels: out of range"),
        (lambda: link.Group(1, period=0), "zero or too large"),
        (lambda: link.Group(1, min_honest=1), "minimum of meters is too small"),
        (lambda: link.Group(1, max_meters=2**32 - 1, max_reading=2**40), "below p/2"),
        (lambda: link.Threshold(4, 5, 1), "do not go together"),
        (lambda: link.Threshold(4, 2, 1), "do not go together"),
        (lambda: link.HighWater(0), "channels: expected 1 ... 1024"),
        (lambda: link.HighWaters(-1), "count: out of range"),
        (lambda: dcnet.Params.complete(link.Group(1)), "zero or too large"),
        (lambda: link.Cohort(shamir.Params(group()), [], 95), "without meters"),
        (lambda: link.Cohort(shamir.Params(group()), [2**32 - 1], 95), "meters: no ids are left"),
        (lambda: dcnet.neighbours(0, 2**31, 2**31, bytes(32)), "degree: too many neighbours"),
        (lambda: dcnet.neighbours(0, 3, 2, bytes(31)), "seed: expected 32 bytes, got 31"),
        (lambda: link.set_digest(bytes(32), [1, 2, 1]), "ids: an id stands twice"),
        (lambda: link.Sum(-1, [1], 1), "round: out of range"),
        (lambda: link.Sum(1, [1], 2**40), "meters: out of range"),
        (lambda: link.Bill(-1, 1, [1]), "meter: out of range"),
        (lambda: link.Bill(1, 2**32, [1]), "rounds: out of range"),
    ],
)
def test_parameters_are_checked(make: Callable[[], object], text: str) -> None:
    with pytest.raises(MisuseError, match=text):
        make()


def test_a_size_beyond_memory_is_no_crash() -> None:
    for count, channels in ((2**62, 1), (2**62, 1024), (10**6, 1024), (2**17, 1024), (2**27, 1)):
        with pytest.raises(MisuseError, match="count: more than 1 GiB"):
            link.HighWaters(count, channels)
    params = shamir.Params(group())
    with pytest.raises(MisuseError, match="meters: more than 2\\^22"):
        link.Cohort(params, range(1, 2**32), 3)
    cohort = link.Cohort(params, ids(4), 3)
    for make in (
        lambda: link.Cohort(params, ids(4), 3, answerers=range(2**40)),
        lambda: link.set_digest(bytes(32), range(2**27)),
        lambda: link.Sum(0, range(2**40), 1),
        lambda: shamir.Meters(params, cohort.view, range(2**40)),  # type: ignore[arg-type]
    ):
        with pytest.raises(MisuseError, match="too long"):
            make()
    with pytest.raises(MemoryError):
        shamir.split(np.broadcast_to(np.int64(1), (2**30, 2**20)), 255, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")
@pytest.mark.parametrize("channels", [16, 1024])
def test_marks_that_do_not_fit_into_memory_are_no_abort(channels: int) -> None:
    """Within the cap, in a process that may grow by 64 MB."""
    script = f"""
import resource
from wattsum import link
pages = int(open("/proc/self/statm").read().split()[0])
size = pages * resource.getpagesize() + 2**26
resource.setrlimit(resource.RLIMIT_AS, (size, size))
try:
    link.HighWaters({2**29 // (8 * channels)}, {channels})
except MemoryError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the result does not fit into memory\n", "")


class Endless(Sequence[int]):
    """Its length is a lie."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, place: Any) -> Any:
        return place


def test_endless_iterables_are_refused() -> None:
    with pytest.raises(MisuseError, match="ids: more items than its length says"):
        link.set_digest(bytes(32), Endless())

    def endless() -> Any:
        while True:
            yield 1

    with pytest.raises(TypeError, match="ids: expected a sequence"):
        link.set_digest(bytes(32), endless())


@pytest.mark.parametrize("quorum", [[1, 2], [1, 2, 2], [2, 1, 3], [1, 2, 5], [0, 1, 2], [1, 2, 3, 4], []])
def test_a_wrong_quorum_does_not_use_the_round_up(quorum: list[int]) -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    with pytest.raises(MisuseError, match="quorum: "):
        world.utility.close(collecting, quorum)
    assert world.answer(0, world.utility.close(collecting), [1, 2, 3]).values == (15,)


def test_marks_belong_to_as_many_devices_and_channels() -> None:
    world = ShamirWorld.form(meters=4, channels=2)
    for marks in (link.HighWaters(3, 2), link.HighWaters(5, 2)):
        with pytest.raises(MisuseError, match="marks: expected one for each meter"):
            world.meters.contribute(marks, 0, 0, GOOD)
    with pytest.raises(MisuseError, match="no such channel"):
        world.meters.contribute(link.HighWaters(4, 1), 0, 0, GOOD)
    with pytest.raises(MisuseError, match="records: expected a row for each position"):
        world.marks.replay([0, 1], contribute(world, GOOD).records)
    with pytest.raises(MisuseError, match="positions: out of range"):
        world.marks.replay([4], contribute(ShamirWorld.form(4, 2), GOOD).records[:1])
    with pytest.raises(MalformedError, match="stored record"):
        world.marks.replay([0], np.zeros((1, 9), np.uint8))


def test_what_has_an_index_is_a_whole_number() -> None:
    class Index:
        def __init__(self, value: int) -> None:
            self.value = value

        def __index__(self) -> int:
            return self.value

    group = link.Group(Index(7), max_reading=Index(2**40), origin=Index(2**63))
    assert (group.group, group.max_reading, group.origin) == (7, 2**40, 2**63)
    with pytest.raises(MisuseError, match="group: out of range"):
        link.Group(Index(2**200))
