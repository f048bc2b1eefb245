"""Rings and their supplier: sums, rounds that are lost, who is left out and who is cut out."""

import csv
import hashlib

import numpy as np
import pytest
from data import real
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rings import Town, group, ids

from wattsum import FaultError, InconsistentError, MisuseError, QuorumError, cmt, link

MODES: list[tuple[cmt.Mode, dict[str, bool]]] = [
    ("drawn", {}),
    ("derived", {}),
    ("derived", {"second_ring": True}),
]


def ring(meters: int = 7, channels: int = 1) -> cmt.Ring:
    params = cmt.Params(group(channels), "derived")
    return cmt.Ring(params, link.Cohort(params, ids(meters), 95))


@pytest.mark.parametrize(("mode", "options"), MODES)
def test_a_day_of_rounds_is_the_plain_sums(mode: cmt.Mode, options: dict[str, bool]) -> None:
    params = cmt.Params(group(channels=2, rounds_per_step=10), mode, **options)
    own = cmt.Ring(params, link.Cohort(params, ids(11), 95))
    rng = np.random.default_rng(2)
    for round in range(96):
        readings = rng.integers(-(10**6), 10**6, (11, 2))
        present = rng.permutation(11) >= round % 4  # who is away is known before the round
        total = own.sum(round, readings, present)
        assert total.values == tuple(readings[present].sum(axis=0).tolist())
        assert (total.round, total.meters) == (round, int(present.sum()))
    assert own.supplier.generation is not None


def test_a_day_of_real_readings_in_rings_of_two_dozen() -> None:
    """Every sum against the data set's own; a meter without a value is left out of its ring beforehand."""
    with real("ch2018_dev_wh_15min.csv").open(encoding="utf-8") as file:
        rows = [row[1:] for row in csv.reader(file)][1:9]
    present = np.array([[cell != "" for cell in row] for row in rows])
    readings = np.array([[int(cell or 0) for cell in row] for row in rows])
    count = readings.shape[1]
    parts = cmt.cut(count)
    rings = [ring(len(part)) for part in parts]
    for round, (row, here) in enumerate(zip(readings, present, strict=True)):
        total = meters = 0
        for part, own in zip(parts, rings, strict=True):
            if here[part].any():
                sum_ = own.sum(round, row[part], here[part])
                total, meters = total + sum_.values[0], meters + sum_.meters
        assert (total, meters) == (int(row[here].sum()), int(here.sum()))


def test_step_by_step_with_derived_delta() -> None:
    town = Town.found(cmt.Params(group(), "derived"))
    formed = town.form(3, 1)
    lead = town.devices[formed.concentrator].meter
    assert lead.is_concentrator
    assert [device.meter.generation for device in town.devices.values()] == [1] * 7
    assert lead.next_generation == 2
    assert (lead.until, lead.circling, lead.licence, lead.followed) == (None, None, None, None)
    assert (town.supplier.generation, town.supplier.concentrator) == (1, lead.id)
    readings = {id: 10 * id for id in town.devices}
    collecting = town.derived(3, readings)
    assert (collecting.round, collecting.generation, collecting.start) == (3, 1, None)
    assert collecting.missing() == []
    assert collecting.close() == link.Sum(3, [sum(readings.values())], 7)
    with pytest.raises(MisuseError, match="collecting round is used up"):
        collecting.close()


def test_step_by_step_with_drawn_delta() -> None:
    town = Town.found(cmt.Params(group(), "drawn"))
    formed = town.form(3, 1)
    order = cmt.arrange(town.view, 1)
    assert order[0] == formed.concentrator == cmt.drawn(town.view, 1)
    seats = dict(formed.seats)
    assert set(seats) == set(order[1:])
    for round in (3, 4):
        readings = {id: id - 7 * round for id in order}
        assert town.drawn(round, readings, order).close().values == (sum(readings.values()),)


def test_a_second_ring_has_four_neighbours() -> None:
    town = Town.found(cmt.Params(group(), "derived", second_ring=True))
    lead = town.devices[cmt.drawn(town.view, 1)]
    forming = lead.keep(cmt.Forming.open(lead.meter, 0, 0, 1))
    for id, token in forming.tokens():
        device = town.devices[id]
        forming.accept(device.keep(device.meter.join(0, lead.id, token)))
    order = cmt.arrange(town.view, 1)
    for id, seat in forming.close().seats:
        place = order.index(id)
        around = [order[(place + step) % 7] for step in (-1, 1, -2, 2)]
        assert town.devices[id].meter.neighbours(seat) == around


def test_who_is_silent_in_a_round_loses_it_and_is_left_out_of_the_next() -> None:
    town = Town.found(cmt.Params(group(), "derived"))
    town.form(0, 1)
    readings = {id: id for id in town.devices}
    # The concentrator is drawn, and has no token in its own book.
    place = next(n for n, device in enumerate(town.devices.values()) if not device.meter.is_concentrator)
    silent = list(town.devices)[place]
    collecting = town.derived(0, readings, [id for id in town.devices if id != silent])
    [name] = collecting.missing()
    assert town.book is not None
    assert town.book.named(name) == cmt.listed(town.view)[place]
    assert town.book.named(name ^ 1) is None
    with pytest.raises(QuorumError) as lost:
        collecting.close()
    assert (lost.value.have, lost.value.need) == (6, 7)
    with pytest.raises(MisuseError):
        town.derived(0, readings)  # a round is opened once
    others = [id for id in town.devices if id != silent]
    town.form(1, 2, others)
    assert town.derived(1, readings, others).close() == link.Sum(1, [sum(others)], 6)
    # The late ciphertext of the member that was left out belongs to no round any more.
    device = town.devices[silent]
    late = device.spend(device.meter.contribute(device.mark, 2, 2, 5))
    collecting = town.open(2)
    with pytest.raises(FaultError, match="another generation"):
        collecting.accept(late)


@pytest.mark.parametrize(("mode", "options"), MODES)
def test_a_ring_is_healed_without_a_silent_member(mode: cmt.Mode, options: dict[str, bool]) -> None:
    params = cmt.Params(group(), mode, **options)
    own = cmt.Ring(params, link.Cohort(params, ids(9), 95))
    readings = np.arange(9) * 11
    assert own.sum(0, readings).values == (int(readings.sum()),)
    order = own.meters.order
    away = np.zeros(9, np.bool_)
    for round, silent in ((1, order[3]), (2, order[8]), (3, order[4])):
        away[own.meters.ids.index(silent)] = True
        collecting, frames = own.contribute(round, readings, own.members & ~away)
        assert collecting.accept_many(frames) == []
        frame = own.supplier.discard(collecting).stored()
        assert own.book is not None
        named = [listed.id for listed in own.book.silent(round, frame)]
        assert named == [silent]
        lost = cmt.Lost.verify(own.view, round, frame)
        assert (lost.round, lost.generation) == (round, own.supplier.generation)
        own.heal(round + 1, named)
        assert own.meters.order == [id for id in order if not away[own.meters.ids.index(id)]]
        assert own.book.generation == own.supplier.generation == round + 1
        if round == 3:
            total = own.sum(4, readings, ~away)
            assert total == link.Sum(4, [int(readings[~away].sum())], 6)


def test_healing_step_by_step() -> None:
    town = Town.found(cmt.Params(group(), "derived"), meters=8)
    formed = town.form(0, 1)
    lead = town.devices[formed.concentrator]
    readings = {id: id for id in town.devices}
    assert town.derived(0, readings).close().values == (sum(readings),)
    silent = cmt.arrange(town.view, 1)[4]
    prepared = formed.book.heal(lead.meter, 1, 1, 2, [silent])
    healing = lead.keep(prepared)
    left = [id for id in town.devices if id != silent]
    assert [id for id, _ in healing.members] == [id for id in left if id != lead.id]
    for id, frame in healing.members:
        device = town.devices[id]
        assert silent not in device.meter.healed_neighbours(frame)
        assert device.keep(device.meter.heal(1, frame)) is None
    assert town.supplier.heal(1, healing.supplier) == 2
    assert town.supplier.heal(1, healing.supplier) == 2  # the same frame again changes nothing
    assert town.derived(1, readings, left).close() == link.Sum(1, [sum(left)], 7)
    with pytest.raises(MisuseError, match="not in the roster"):
        formed.book.heal(lead.meter, 2, 2, 3, [silent])
    with pytest.raises(MisuseError, match="five members"):
        formed.book.heal(lead.meter, 2, 2, 3, [id for id in left if id != lead.id][:4])


def test_a_key_that_does_not_fit_makes_no_sum() -> None:
    """A member whose stored first key is another one: its tag is right, and no sum is so large."""
    town = Town.found(cmt.Params(group(), "derived"))
    town.form(0, 1)
    device = next(device for device in town.devices.values() if not device.meter.is_concentrator)
    state = bytearray(device.meter.to_bytes()[:-4])
    state[-2] ^= 0x40  # its first key, of eight bytes, is the last of the state
    check = hashlib.sha256(b"wattsum v1 record" + state).digest()[:4]
    device.meter = cmt.Meter.from_bytes(town.params, town.view, device.id, None, state + check)
    collecting = town.derived(0, dict.fromkeys(town.devices, 1))
    with pytest.raises(InconsistentError):
        collecting.close()
    prepared = town.supplier.lost(0)  # nobody is named
    assert cmt.Lost.verify(town.view, 0, prepared.stored()).names == []


def test_ciphertexts_of_another_ring_are_refused() -> None:
    own, other = ring(7), ring(7)
    own.form(0)
    other.form(0)
    (collecting, _), (_, frames) = own.contribute(0, np.arange(7)), other.contribute(0, np.arange(7))
    refused = collecting.accept_many(frames)
    assert [row for row, _ in refused] == list(range(7))
    assert all(isinstance(error, FaultError) for _, error in refused)
    assert len(collecting.missing()) == 7


def test_frames_in_one_array_are_those_one_by_one() -> None:
    own = ring(40)
    own.form(0)
    collecting, frames = own.contribute(0, np.arange(40))
    frames[3, -20] ^= 1
    [(row, error)] = collecting.accept_many(frames)
    assert row == 3
    assert isinstance(error, FaultError)
    assert collecting.missing() == [error.culprit]
    frames[3, -20] ^= 1
    assert collecting.accept(bytes(frames[3])) == error.culprit
    assert collecting.accept_many(frames) == []  # the same frames again change nothing
    assert collecting.close().values == (int(np.arange(40).sum()),)


def test_a_device_contributes_once_a_round() -> None:
    own = ring(7)
    own.form(0)
    own.contribute(0, np.arange(7))
    with pytest.raises(MisuseError, match="contributed already") as refused:
        own.meters.contribute(own.marks, 0, 0, np.arange(7) + 1)
    assert refused.value.__notes__ == ["row 0, meter 101"]
    # The meter says so itself where the mark was lost, and in whatever generation.
    with pytest.raises(MisuseError, match="contributed already"):
        own.meters.contribute(link.HighWaters(7), 0, 0, np.arange(7) + 1)
    own.form(0)
    with pytest.raises(MisuseError, match="contributed already"):
        own.meters.contribute(own.marks, 0, 0, np.arange(7))


@pytest.mark.parametrize("threads", [1, 2, 7, 256])
def test_threads_make_the_same_sums(threads: int) -> None:
    own = ring(300, channels=3)
    readings = np.random.default_rng(3).integers(-(10**9), 10**9, (300, 3))
    assert own.sum(0, readings, threads=threads).values == tuple(readings.sum(axis=0).tolist())


@pytest.mark.parametrize("channels", [1, 2, 16, 17, 1024])
def test_any_number_of_channels(channels: int) -> None:
    for mode in ("drawn", "derived"):
        params = cmt.Params(group(channels), mode)
        own = cmt.Ring(params, link.Cohort(params, ids(5), 95))
        readings = np.arange(5 * channels).reshape(5, channels) - 7
        assert own.sum(0, readings).values == tuple(readings.sum(axis=0).tolist())
        state = own.meters[2].to_bytes()
        assert cmt.Meter.from_bytes(params, own.view, own.meters.ids[2], None, state).generation == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), meters=st.integers(5, 12), drawn=st.booleans())
def test_any_ring_sums_what_its_members_send(data: st.DataObject, meters: int, drawn: bool) -> None:
    least = 2 * 1000 * 10**9 + 2  # for the largest sum of the group
    modulus = data.draw(st.one_of(st.integers(least, 2**42), st.integers(least, 2**64), st.just(2**64)))
    params = cmt.Params(group(), "drawn" if drawn else "derived", modulus=modulus)
    own = cmt.Ring(params, link.Cohort(params, ids(meters), 95))
    for round in range(3):
        readings = data.draw(st.lists(st.integers(-(10**9), 10**9), min_size=meters, max_size=meters))
        most = data.draw(st.integers(0, meters - 5))
        away = data.draw(st.sets(st.integers(0, meters - 1), max_size=most))
        present = [place not in away for place in range(meters)]
        total = own.sum(round, np.array(readings), present)
        assert total.values == (sum(value for value, here in zip(readings, present, strict=True) if here),)
        assert total.meters == meters - len(away)


def test_rings_are_cut_evenly() -> None:
    for count in range(5, 400):
        rings = cmt.cut(count)
        assert [place for part in rings for place in part] == list(range(count))
        sizes = [len(part) for part in rings]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= 5
        assert max(sizes) <= 47
    assert len(cmt.cut(800)) == 33
    with pytest.raises(MisuseError, match="count: "):
        cmt.cut(4)
    with pytest.raises(MisuseError, match="size: "):
        cmt.cut(100, 4)
