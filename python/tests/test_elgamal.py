"""Rounds of threshold-elgamal from Python, on bytes."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from data import PYTHON
from elgamal_world import QUORUM, TABLE, Epoch, World, group, opened
from forming import ANSWERERS, METERS, identity
from world import ids

from wattsum import FaultError, InconsistentError, MalformedError, MisuseError, QuorumError, elgamal, link


def test_the_example_prints_its_sum() -> None:
    script = PYTHON / "examples/elgamal_round.py"
    command: list[str | Path] = [sys.executable, "-X", "dev", "-W", "error", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Sum(round=40, values=[1877], meters=5)\n"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40


def test_single_meters_encrypt_to_the_key_that_trustees_state() -> None:
    epoch = Epoch.form()
    trustees, utility = epoch.trustees(), epoch.utility()
    stated = [
        epoch.keys.statement(epoch.view, party, identity(party), epoch.share(number))
        for number, party in enumerate(ANSWERERS, start=1)
    ]
    key = elgamal.GroupKey.certified(epoch.params, epoch.view, [b"no statement", *stated[1:], stated[1]])
    assert key == epoch.keys.group_key
    assert elgamal.GroupKey.check_statement(epoch.view, stated[0]) == ANSWERERS[0]
    with pytest.raises(QuorumError) as refused:
        elgamal.GroupKey.certified(epoch.params, epoch.view, [stated[0], stated[1], stated[1]])
    assert (refused.value.have, refused.value.need) == (2, 3)

    collecting = opened(utility, trustees, 100)
    readings = dict(zip(METERS, [230, -45, 1180, 0, 12], strict=True))
    for party, reading in readings.items():
        meter = elgamal.Meter(epoch.params, epoch.view, party, identity(party), key)
        frame = meter.contribute(link.HighWater(), 100, 100, reading).stored()
        assert len(frame) == epoch.params.contribution_len == 240
        assert collecting.accept(frame) == meter.id == collecting.accept(frame)
    closed = utility.close(collecting)
    for number in closed.missing():
        agreed = trustees[number - 1].agree(100, closed.frame, closed.contributions, closed.hints)
        closed.accept_statement(agreed.stored())
    with pytest.raises(QuorumError) as waiting:
        utility.record(closed, TABLE)
    assert (waiting.value.have, waiting.value.need) == (0, 3)
    for number in closed.missing():
        closed.accept(trustees[number - 1].answer(closed.statements).stored())
    assert utility.record(closed, TABLE) == link.Sum(100, [sum(readings.values())], 5)
    for forecast in (1300, [1400]):
        assert utility.record(closed, TABLE, forecast=forecast, width=200).values == (1377,)
    with pytest.raises(InconsistentError):
        utility.record(closed, TABLE, forecast=1000, width=10)


def test_batches_sum_channels_without_the_silent() -> None:
    world = World.form(meters=9, channels=3)
    rng = np.random.default_rng(2)
    for round in range(4):
        readings = rng.integers(-1000, 10_000, (9, 3))
        which = rng.permutation(9) >= round % 3
        total = world.sum(round, readings, which, quorum=(1, 3, 4))
        assert total == link.Sum(round, readings[which].sum(axis=0).tolist(), int(which.sum()))


def test_a_silent_meter_costs_nothing_and_too_many_cost_the_round() -> None:
    world = World.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6), np.arange(6) != 4))
    assert collecting.missing() == [list(ids(6))[4]]
    assert world.answer(0, world.utility.close(collecting), QUORUM) == link.Sum(0, [11], 5)
    collecting = world.open(1)
    collecting.accept_many(world.contribute(1, np.arange(6), np.arange(6) < 2))
    with pytest.raises(QuorumError) as refused:
        world.utility.close(collecting)
    assert (refused.value.have, refused.value.need) == (2, 4)
    with pytest.raises(MisuseError, match="used up"):
        collecting.missing()
    assert world.sum(2, np.arange(6)).values == (15,)


def test_another_quorum_is_asked_where_a_trustee_is_unreachable() -> None:
    world = World.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    closed = world.utility.close(collecting, QUORUM)
    world.agree(0, closed, (1, 3))
    with pytest.raises(QuorumError):
        world.trustees[0].answer(closed.statements)
    world.utility.ask(closed, world.utility.quorum(reachable=[1, 3, 4]))
    assert len(closed.statements) == 2  # of those who are in both quorums
    world.agree(0, closed, (4,))
    for number in (1, 3, 4):
        closed.accept(world.trustees[number - 1].answer(closed.statements).stored())
    assert world.utility.record(closed, TABLE).values == (15,)
    with pytest.raises(QuorumError):
        world.utility.quorum(reachable=[1, 4])


def test_a_lying_trustee_is_named() -> None:
    """Its proof is of another share; the sum is opened without it."""
    params = elgamal.Params(group()).trust_all_meters()
    epoch, other = Epoch.form(params), Epoch.form(params)
    assert epoch.view.context == other.view.context
    utility, trustees = epoch.utility(), epoch.trustees()
    trustees[1] = other.trustee(2)
    collecting = opened(utility, trustees, 100)
    for frame in epoch.frames(100):
        collecting.accept(frame)
    closed = utility.close(collecting)
    for number in closed.missing():
        agreed = trustees[number - 1].agree(100, closed.frame, closed.contributions)
        closed.accept_statement(agreed.stored())
    lie = trustees[1].answer(closed.statements).stored()
    with pytest.raises(FaultError, match="proof of a decryption share") as refused:
        closed.accept(lie)
    assert refused.value.culprit == ANSWERERS[1]
    utility.ask(closed, [1, 3, 4])
    agreed = trustees[3].agree(100, closed.frame, closed.contributions)
    closed.accept_statement(agreed.stored())
    for number in closed.missing():
        closed.accept(trustees[number - 1].answer(closed.statements).stored())
    assert utility.record(closed, TABLE).values == (5000 + sum(METERS),)


def test_bad_frames_spoil_no_other_and_name_their_meter() -> None:
    world = World.form()
    collecting = world.open(0)
    frames = world.contribute(0, np.arange(6))
    world.open(1)
    late = world.contribute(1, np.arange(6))
    bad = frames.copy()
    bad[1, 100] ^= 1  # what is signed
    bad[2] = late[2]
    bad[3, 0] ^= 0xFF
    bad[4] = bad[0]
    for threads in (1, 2, 64):
        refused = collecting.accept_many(bad, threads=threads)
        assert [row for row, _ in refused] == [1, 2, 3]
    (_, signature), (_, round), (_, header) = refused
    assert isinstance(signature, FaultError) and isinstance(round, FaultError)
    assert (signature.culprit, round.culprit) == (104, 107)
    assert isinstance(header, (MalformedError, FaultError))
    assert collecting.missing() == [104, 107, 110, 113]
    assert collecting.accept_many(frames) == []
    assert collecting.missing() == []


def test_a_trustee_signs_one_whole_list_a_round() -> None:
    """A list that lacks a meter's frame, or another list, is the utility's fault."""
    epoch = Epoch.form()
    honest, cheating, trustee = epoch.utility(), epoch.utility(), epoch.trustee(1)
    first, second = honest.open(100, 100), cheating.open(100, 100)
    trustee.open(100, first.frame)
    frames = epoch.frames(100)
    for frame in frames:
        first.accept(frame)
    for frame in frames[1:]:
        second.accept(frame)
    closed, smaller = honest.close(first), cheating.close(second)
    for wrong in (frames[1:], frames[::-1], [*frames[:4], frames[0]], [frames[0], *frames]):
        with pytest.raises(FaultError, match="not those of the closed set") as refused:
            trustee.agree(100, closed.frame, wrong)
        assert refused.value.culprit == 0
    forged = [bytes(frame) for frame in frames]
    forged[2] = forged[2][:-1] + bytes([forged[2][-1] ^ 1])
    with pytest.raises(FaultError) as unsigned:
        trustee.agree(100, closed.frame, forged)
    assert unsigned.value.culprit == 0
    statement = trustee.agree(100, closed.frame, frames).stored()
    assert trustee.agree(100, closed.frame, closed.contributions).stored() == statement
    with pytest.raises(FaultError) as contradiction:
        trustee.agree(100, smaller.frame, smaller.contributions)
    assert contradiction.value.culprit == 0


def test_a_trustee_opens_nothing_before_t_have_signed_the_same() -> None:
    world = World.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    closed = world.utility.close(collecting)
    with pytest.raises(MisuseError, match="present state"):
        world.trustees[0].answer([])
    world.agree(0, closed, QUORUM)
    statements = closed.statements
    trustee = world.trustees[0]
    for some in (statements[:2], statements[[0, 1, 1]]):
        with pytest.raises((QuorumError, FaultError)):
            trustee.answer(some)
    none: list[bytes] = []
    for others in (none, statements[1:]):  # without its own, which it hands out once its record is stored
        with pytest.raises(MisuseError):
            trustee.answer(others)
    assert trustee.answer([bytes(row) for row in statements]).stored() == trustee.answer(statements).stored()


def test_proofs_of_range_keep_every_reading_within_its_bound() -> None:
    params = elgamal.Params(group(max_reading=1000)).with_range(16)
    assert (params.range_bits, params.contribution_len) == (16, 240 + 448)
    assert elgamal.Params(group()).range_bits is None
    world = World.form(meters=4, params=params)
    assert world.sum(0, np.array([1000, -1000, 3, 0])).values == (3,)
    with pytest.raises(MisuseError, match="max_reading"):
        world.contribute(1, np.array([1001, 0, 0, 0]))
    frames = world.contribute(2, np.array([1, 2, 3, 4]))
    frames[1, 400] ^= 1
    [(row, error)] = world.open(2).accept_many(frames)
    assert (row, type(error)) == (1, FaultError)


def test_prepared_pairs_serve_once() -> None:
    epoch = Epoch.form(elgamal.Params(group(channels=2)))
    meter, mark = epoch.meter(METERS[0]), link.HighWater(2)
    verifier = elgamal.Verifier(epoch.params, epoch.view, epoch.keys.group_key)
    pairs = [meter.prepare(100, channel) for channel in (0, 1)]
    frame = meter.contribute_with(mark, 100, 100, [7, -8], pairs).stored()
    assert verifier.verify(100, frame) == METERS[0]
    assert len(frame) == epoch.params.contribution_len
    with pytest.raises(MisuseError, match="prepared pair is used up"):
        meter.contribute_with(mark, 101, 101, [7, -8], pairs)
    wrong = [meter.prepare(101, 0), meter.prepare(102, 1)]
    for pairs_ in (wrong, wrong[:0]):
        with pytest.raises(MisuseError):
            meter.contribute_with(mark, 101, 101, [7, -8], pairs_)
    with pytest.raises(TypeError, match="pairs: expected Pair objects"):
        meter.contribute_with(mark, 101, 101, [7, -8], [1, 2])  # type: ignore[list-item]
    with pytest.raises(MisuseError):
        meter.prepare(100, 2)
    assert meter.contribute(mark, 101, 101, [7, -8]).stored()


def test_a_table_that_would_search_for_hours_is_refused() -> None:
    """A group's sums reach 2^43 here: 2^35 giant steps of the smallest table."""
    world = World.form(params=elgamal.Params(group(max_reading=2**40)))
    collecting, small = world.open(0), elgamal.DlogTable.build(8)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    closed = world.utility.close(collecting, [1, 2, 3])
    world.agree(0, closed, [1, 2, 3])
    for number in (1, 2, 3):
        closed.accept(world.trustees[number - 1].answer(closed.statements).stored())
    with pytest.raises(MisuseError, match=r"table: beyond the limit of a table of 8 bits, .* 2\^35"):
        world.utility.record(closed, small)
    with pytest.raises(MisuseError, match=r"width: beyond the limit of a table of 8 bits, .* 2\^35"):
        world.utility.record(closed, small, forecast=0, width=2**34 + 1)
    assert world.utility.record(closed, small, forecast=0, width=100).values == (15,)
    assert world.utility.record(closed, elgamal.DlogTable.build(17)).values == (15,)


def test_a_second_contribution_is_the_meters_fault() -> None:
    """What a meter sends is never a mistake of the caller's."""
    world = World.form()
    first = world.contribute(0, np.arange(6))
    world.marks = link.HighWaters(6)  # as a meter that cheats
    second = world.contribute(0, np.arange(6) + 1)
    verifier = elgamal.Verifier(world.params, world.cohort.view, world.keys.group_key)
    frames = np.concatenate([first[:2], second[1:2], first[1:], ~first[:1]])
    total, refused = verifier.partial(0, frames)
    assert (total, [row for row, _ in refused]) == (verifier.partial(0, first)[0], [2, 8])
    fault, malformed = refused[0][1], refused[1][1]
    assert isinstance(fault, FaultError)
    assert fault.culprit == world.meters.ids[1]
    assert isinstance(malformed, MalformedError)


def test_partial_sums_count_a_meter_and_a_round_once() -> None:
    world = World.form(channels=2)
    readings = np.arange(12).reshape(6, 2)
    collecting = world.open(0)
    frames = world.contribute(0, readings)
    collecting.accept_many(frames)
    closed = world.utility.close(collecting)
    verifier = elgamal.Verifier(world.params, world.cohort.view, world.keys.group_key)
    left, bad = verifier.partial(0, frames[:2])
    right, refused = verifier.partial(0, frames[[2, 3, 3, 4, 5]])
    assert bad == refused == []  # the same frame again changes nothing
    assert left.members.tolist() == [True, True, False, False, False, False]
    assert (left.count, left.round, left.channels.shape) == (2, 0, (2, 64))
    whole = left.merge(right)
    assert whole == right.merge(left) == closed.partial()
    again = elgamal.PartialSum.from_bytes(whole.to_bytes(), 6)
    assert again == whole == pickle.loads(pickle.dumps(whole))
    assert (elgamal.sums(np.stack([left.channels, right.channels])) == whole.channels).all()
    with pytest.raises(MisuseError):
        whole.merge(left)
    with pytest.raises(MalformedError):
        elgamal.PartialSum.from_bytes(whole.to_bytes(), 5)
    with pytest.raises(MalformedError):
        elgamal.PartialSum.from_bytes(whole.to_bytes()[:-1], 6)

    world.open(1)
    later = world.contribute(1, readings)
    meter = world.meters.ids[3]
    sum_ = verifier.meter_sum(meter, [0, 1], np.stack([frames[3], later[3]]))
    parts = [verifier.meter_sum(meter, [round], rows[3:4]) for round, rows in ((0, frames), (1, later))]
    assert parts[1].merge(parts[0]) == sum_ == elgamal.MeterSum.from_bytes(sum_.to_bytes())
    assert pickle.loads(pickle.dumps(sum_)) == sum_
    assert (sum_.meter, sum_.rounds) == (meter, [0, 1])
    with pytest.raises(MisuseError):
        sum_.merge(parts[0])
    with pytest.raises(FaultError) as wrong:
        verifier.meter_sum(meter, [0, 0], np.stack([frames[3], later[3]]))
    assert wrong.value.__notes__ == ["row 1"]
