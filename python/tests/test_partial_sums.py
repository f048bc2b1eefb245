"""A round taken in by parts: sums that engines add in any order, collections of other processes, threads."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from answering import Shamir, checksum
from world import DcnetWorld, ShamirWorld, ids

from wattsum import FaultError, InconsistentError, MalformedError, MisuseError, dcnet, link, shamir

World = ShamirWorld | DcnetWorld
WORLDS: list[Callable[..., World]] = [ShamirWorld.form, DcnetWorld.form]
worlds = pytest.mark.parametrize("form", WORLDS, ids=["shamir", "dcnet"])


def close(world: World, round: int, collecting: shamir.Collecting | dcnet.Collecting) -> link.Sum:
    """A whole round's sum, of those who are in."""
    if isinstance(world, ShamirWorld):
        assert isinstance(collecting, shamir.Collecting)
        return world.answer(round, world.utility.close(collecting), (1, 2, 3))
    assert isinstance(collecting, dcnet.Collecting)
    return world.answer(round, world.close(round, collecting), (1, 2, 3))


@worlds
def test_parts_add_up_in_any_order(form: Callable[..., World]) -> None:
    world = form(meters=9, channels=2)
    collecting = world.open(0)
    empty = collecting.to_bytes()
    readings = np.random.default_rng(1).integers(-1000, 10_000, (9, 2))
    frames = world.contribute(0, readings)
    parts = []
    for rows in ([0, 4, 8], [1, 2], [3, 5, 6]):
        part = world.utility.reopen(empty)
        assert part.accept_many(frames[rows]) == []
        state = part.partial().to_bytes()
        parts.append(link.PartialSum.from_bytes(state))
        assert parts[-1].to_bytes() == state
    assert [part.count for part in parts] == [3, 2, 3]
    assert parts[0].members.tolist() == [row in (0, 4, 8) for row in range(9)]
    assert {part.round for part in parts} == {0}
    a, b, c = parts
    whole = a.merge(b).merge(c)
    assert whole == c.merge(a.merge(b)) == b.merge(a).merge(c)
    assert whole != a.merge(b)
    p = 2**64 - 2**32 + 1
    sums = [sum(int(part.values[word]) for part in parts) % p for word in range(len(whole.values))]
    assert whole.values.tolist() == sums
    assert whole.values.dtype == np.uint64
    collecting.add(whole)
    assert collecting.accept(bytes(frames[7])) == ids(9)[7]
    assert collecting.accept(bytes(frames[0])) == ids(9)[0]  # it is in the sum: the network repeats it
    assert collecting.missing() == []
    assert collecting.partial().count == 9
    assert close(world, 0, collecting).values == tuple(readings.sum(axis=0).tolist())


@worlds
def test_a_collection_of_another_process_is_merged(form: Callable[..., World]) -> None:
    world = form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    other = world.utility.reopen(collecting.to_bytes())
    assert other.frame == collecting.frame
    assert (other.round, other.present.tolist()) == (0, [True] * 6)
    collecting.accept_many(frames[:4])
    other.accept_many(frames[2:])  # two meters came to both
    stored = other.to_bytes()
    collecting.merge(stored)
    collecting.merge(stored)
    assert collecting.missing() == []
    assert close(world, 0, collecting) == link.Sum(0, [15], 6)


@worlds
def test_a_partial_that_counts_a_meter_twice_is_refused(form: Callable[..., World]) -> None:
    """A reading that is in twice would be a wrong bill; the masks would hide it from everybody."""
    world = form()
    collecting = world.open(0)
    frames, empty = world.contribute(0, np.arange(6)), collecting.to_bytes()
    other, third = world.utility.reopen(empty), world.utility.reopen(empty)
    collecting.accept_many(frames[:3])
    other.accept_many(frames[2:])
    third.accept_many(frames[3:5])
    part, before = other.partial(), collecting.to_bytes()
    with pytest.raises(MisuseError, match="in both partial sums"):
        collecting.add(part)
    with pytest.raises(MisuseError, match="in both partial sums"):
        part.merge(part)
    with pytest.raises(MisuseError, match="in both partial sums"):
        part.merge(collecting.partial())
    assert collecting.to_bytes() == before
    summed = world.utility.reopen(before)
    summed.add(third.partial())
    with pytest.raises(MisuseError, match="in both partial sums"):
        summed.merge(other.to_bytes())  # came itself there, is in a sum here
    collecting.accept_many(frames[3:])
    assert close(world, 0, collecting).values == (15,)


@worlds
def test_a_partial_of_another_round_or_epoch_is_refused(form: Callable[..., World]) -> None:
    world, stranger = form(), form()
    first = world.open(0)
    first.accept_many(world.contribute(0, np.arange(6)))
    of_first, state = first.partial(), first.to_bytes()
    foreign = stranger.open(1)
    foreign.accept_many(stranger.contribute(1, np.arange(6)))
    collecting = world.open(1)
    for part in (of_first, foreign.partial()):
        with pytest.raises(MisuseError):
            collecting.add(part)
        with pytest.raises(MisuseError):
            part.merge(collecting.partial())
    for bytes_ in (state, foreign.to_bytes()):
        with pytest.raises(MisuseError):
            collecting.merge(bytes_)
    assert collecting.missing() == list(ids(6))
    with pytest.raises(MisuseError):
        world.utility.reopen(state)  # a later round was opened
    with pytest.raises(FaultError) as refused:
        world.utility.reopen(foreign.to_bytes())
    assert refused.value.culprit == 0


def test_a_collection_of_another_open_of_the_round_is_refused() -> None:
    """Two sets of one round that differ in a meter are that meter's reading: nothing may mix them."""
    own, other = Shamir(), Shamir()  # the same parties, made again
    collecting = own.collected(0)
    fewer = other.utility.open(0, 0, [True] * 4 + [False])
    with pytest.raises(MisuseError, match="present state"):
        fewer.merge(collecting.to_bytes())
    with pytest.raises(MisuseError, match="present state"):
        collecting.merge(fewer.to_bytes())
    assert len(fewer.missing()) == 4
    assert collecting.missing() == []


@worlds
def test_a_partial_that_claims_a_meter_that_is_not_waited_for_names_it(form: Callable[..., World]) -> None:
    world = form()
    present = np.arange(6) != 5
    collecting = world.utility.open(0, 0, present)
    assert collecting.present.tolist() == present.tolist()
    if isinstance(world, DcnetWorld):
        world.meters.open(0, collecting.frame)
        for holder in world.holders:
            holder.open(0, collecting.frame)
    else:
        for aggregator in world.aggregators:
            aggregator.open(0, collecting.frame)
    empty = collecting.partial()
    frames = world.contribute(0, np.arange(6), present)
    lie = claiming(empty, position=5)
    assert (lie.count, lie.members.tolist()) == (1, [False] * 5 + [True])
    with pytest.raises(FaultError) as refused:
        collecting.add(lie)
    assert refused.value.culprit == ids(6)[5]
    collecting.accept_many(frames)
    assert collecting.missing() == []
    assert close(world, 0, collecting) == link.Sum(0, [10], 5)


def claiming(part: link.PartialSum, position: int) -> link.PartialSum:
    """An empty partial sum that says that a meter is in."""
    state = bytearray(part.to_bytes())
    at = 1 + 32 + 1 + 4 + 4
    assert state[at : at + 2] == b"\1\0"  # a bit a position
    state[at + 1] = 1 << position
    state[-4:] = checksum(state[:-4])
    return link.PartialSum.from_bytes(state)


@worlds
def test_a_partial_that_only_claims_its_sum_shows_in_the_rounds(form: Callable[..., World]) -> None:
    """Nothing proves a partial sum: who hands one on is the utility's own. A wrong one is no sum."""
    world = form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    honest = world.utility.reopen(collecting.to_bytes())
    honest.accept_many(frames[:3])
    lie = forged(honest.partial(), add=2**40)
    assert lie.count == 3
    collecting.add(lie)
    collecting.accept_many(frames[3:])
    with pytest.raises(InconsistentError):
        close(world, 0, collecting)
    readings = np.arange(6)
    if isinstance(world, ShamirWorld):
        assert world.sum(1, readings).values == (15,)


def forged(part: link.PartialSum, add: int) -> link.PartialSum:
    """The same with another first value: whoever can write the bytes can make the checksum too."""
    state = bytearray(part.to_bytes())
    words = len(part.values)
    start = len(state) - 4 - 8 * words
    value = int.from_bytes(state[start : start + 8], "little")
    assert value == int(part.values[0])
    state[start : start + 8] = ((value + add) % (2**64 - 2**32 + 1)).to_bytes(8, "little")
    state[-4:] = checksum(state[:-4])
    return link.PartialSum.from_bytes(state)


def test_states_that_are_damaged_are_malformed() -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    state, part = collecting.to_bytes(), collecting.partial().to_bytes()
    before = collecting.to_bytes()
    for length in range(0, len(part), 3):
        with pytest.raises(MalformedError):
            link.PartialSum.from_bytes(part[:length])
    for place in range(0, len(part), 7):
        bad = bytearray(part)
        bad[place] ^= 1
        with pytest.raises(MalformedError):
            link.PartialSum.from_bytes(bad)
    for length in (0, 1, 4, 5, 100, len(state) - 1):
        with pytest.raises(MalformedError):
            collecting.merge(state[:length])
    for place in (0, len(state) - 10, len(state) - 1):
        bad = bytearray(state)
        bad[place] ^= 1
        with pytest.raises(MalformedError):
            collecting.merge(bad)
    assert collecting.to_bytes() == before
    with pytest.raises(MalformedError):
        link.PartialSum.from_bytes(part, most_meters=5)
    assert link.PartialSum.from_bytes(part, most_meters=6).count == 6
    with pytest.raises(MisuseError, match="most_meters"):
        link.PartialSum.from_bytes(part, most_meters=-1)


def test_a_roster_of_any_length_costs_no_memory() -> None:
    """A set may be written in few bytes: what it says of itself is bounded before anything is reserved."""
    world = ShamirWorld.form()
    collecting = world.open(0)
    part = bytearray(collecting.partial().to_bytes())
    at = 1 + 32 + 1 + 4
    assert int.from_bytes(part[at : at + 4], "little") == 6
    part[at : at + 4] = (2**32 - 1).to_bytes(4, "little")
    part[-4:] = checksum(part[:-4])
    for most in (2**26, 2**32 - 1):
        with pytest.raises(MalformedError):
            link.PartialSum.from_bytes(part, most_meters=most)


def test_a_partial_sum_is_a_value() -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    part = collecting.partial()
    assert pickle.loads(pickle.dumps(part)) == part
    assert repr(part) == "<wattsum.link.PartialSum: round 0, 6 meters>"
    with pytest.raises(TypeError):
        hash(part)


def crowd(meters: int) -> tuple[shamir.Utility, link.Cohort, shamir.Params]:
    params = shamir.Params(link.Group(7, max_meters=meters, max_missing_permille=400))
    cohort = link.Cohort(params, ids(meters), 95)
    utility = shamir.Utility(params, cohort.view, cohort.utility.identity, cohort.utility.link)
    return utility, cohort, params


def test_threads_take_and_refuse_what_one_does() -> None:
    """Frames that are bad, twice, contradictory, or of a meter that is in already: row by row the same."""
    count = 600
    utility, cohort, params = crowd(count)
    state = utility.open(0, 0).to_bytes()
    meters = shamir.Meters(params, cohort.view, cohort.meters)
    good = meters.contribute(link.HighWaters(count), 0, 0, np.arange(count)).stored()
    rng = np.random.default_rng(5)
    frames = good[rng.integers(0, count, 5 * 4096)]
    bad = rng.choice(len(frames), 300, replace=False)
    frames[bad, rng.integers(0, frames.shape[1], 300)] ^= 1
    outcomes = []
    for threads in (1, 2, 3, 5, 256):
        collecting, part = utility.reopen(state), utility.reopen(state)
        collecting.accept_many(good[:100])
        part.accept_many(good[100:200])
        collecting.add(part.partial())
        refused = [(row, repr(error)) for row, error in collecting.accept_many(frames, threads=threads)]
        outcomes.append((refused, collecting.to_bytes()))
    assert [row for row, _ in outcomes[0][0]] == sorted(bad.tolist())
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("order", ["first", "last", "before"])
def test_a_contradiction_is_found_on_any_thread(order: str) -> None:
    """Two frames of a meter that differ: the first counts, on one thread or several."""
    count = 600
    utility, cohort, params = crowd(count)
    state = utility.open(0, 0).to_bytes()
    party = cohort.meters[17]
    twin = shamir.Meter(params, cohort.view, party.id, party.link.twin())
    other = np.frombuffer(twin.contribute(link.HighWater(), 0, 0, 5).stored(), np.uint8)[None]
    meters = shamir.Meters(params, cohort.view, cohort.meters)
    good = np.tile(meters.contribute(link.HighWaters(count), 0, 0, np.arange(count)).stored(), (20, 1))
    parts = {"first": [other, good], "last": [good, other], "before": [good]}
    frames, skip = np.concatenate(parts[order]), order == "first"
    wrong = [len(good)] if order == "last" else [row + skip for row in range(17, len(good), count)]
    outcomes = []
    for threads in (1, 2):
        collecting = utility.reopen(state)
        if order == "before":
            collecting.accept(bytes(other[0]))
        refused = collecting.accept_many(frames, threads=threads)
        assert [row for row, _ in refused] == wrong
        for _, error in refused:
            assert isinstance(error, FaultError)
            assert error.culprit == party.id
        outcomes.append(collecting.to_bytes())
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("threads", [0, -1, 257, 2**70])
def test_a_number_of_threads_that_cannot_be_is_refused(threads: int) -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    with pytest.raises(MisuseError, match="threads: "):
        collecting.accept_many(frames, threads=threads)
    with pytest.raises(TypeError, match="threads: expected an int, got float"):
        collecting.accept_many(frames, threads=1.0)  # type: ignore[arg-type]
    assert len(collecting.missing()) == 6


@worlds
def test_rounds_of_another_utility_are_refused_and_stay_whole(form: Callable[..., World]) -> None:
    world, other = form(), form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    with pytest.raises(MisuseError, match="collecting: a round of another utility"):
        other.utility.close(collecting)  # type: ignore[arg-type]
    assert close(world, 0, collecting).values == (15,)
