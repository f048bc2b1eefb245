"""What a loss of power leaves: records alone, or records and a state that may be some steps old."""

import pytest
from rings import Town, group

from wattsum import Error, FaultError, MalformedError, MisuseError, cmt, link


def formed(mode: cmt.Mode = "derived", **options: bool) -> Town:
    town = Town.found(cmt.Params(group(), mode, **options))
    town.form(0, 1)
    return town


@pytest.mark.parametrize("mode", ["drawn", "derived"])
def test_everybody_restarts_between_rounds(mode: cmt.Mode) -> None:
    town = formed(mode)
    order, state = cmt.arrange(town.view, 1), town.supplier.to_bytes()
    for round in range(4):
        readings = {id: id * (round + 1) for id in town.devices}
        if mode == "derived":
            collecting = town.derived(round, readings)
        else:
            collecting = town.drawn(round, readings, order)
        assert collecting.close().values == (sum(readings.values()),)
        for device in town.devices.values():
            device.restart()  # its state is of before all rounds
            assert device.meter.generation == 1
            assert device.meter.is_concentrator == (device.id == order[0])
        town.restart(state)
        assert town.supplier.generation == 1
        with pytest.raises(MisuseError, match="present state"):
            town.supplier.open(round, round)


def test_a_device_replays_every_record_or_says_two_things_under_one_key() -> None:
    town = formed()
    device = next(iter(town.devices.values()))
    first = device.spend(device.meter.contribute(device.mark, 0, 0, 100))
    device.restart()
    with pytest.raises(MisuseError, match="contributed already"):
        device.meter.contribute(device.mark, 0, 0, 130)
    device.marks.clear()
    device.restart()
    second = device.meter.contribute(device.mark, 0, 0, 130).stored()
    words = [int.from_bytes(frame[16:24], "little") for frame in (first, second)]
    assert (words[1] - words[0]) % 2**64 == 30  # what a log that is lost gives away


def test_no_generation_is_joined_twice() -> None:
    town = Town.found(cmt.Params(group()))
    lead = town.devices[cmt.drawn(town.view, 1)]
    forming = lead.keep(cmt.Forming.open(lead.meter, 0, 0, 1))
    (id, token), *_ = forming.tokens()
    device = town.devices[id]
    device.generations.append(device.meter.join(0, lead.id, token).record)  # and the power fails
    device.restart()
    assert device.meter.next_generation == 2
    with pytest.raises(FaultError) as refused:
        device.meter.join(0, lead.id, token)
    assert refused.value.culprit == lead.id
    lead.state = None
    lead.restart()
    with pytest.raises(MisuseError, match="generations count upwards"):
        cmt.Forming.open(lead.meter, 0, 0, 1)


def test_a_place_is_taken_from_the_state_before_it() -> None:
    town = Town.found(cmt.Params(group(), "derived"))
    lead = town.devices[cmt.drawn(town.view, 1)]
    closed = town.gather(0, 1, lead, list(town.devices))
    for id, seat in closed.seats:
        town.devices[id].restart()
        town.devices[id].meter.seat(seat)
    town.supplier.register(0, lead.id, closed.group_key)
    readings = dict.fromkeys(town.devices, 6)
    assert town.derived(0, readings).close().values == (42,)


def test_a_concentrator_heals_after_a_restart_with_its_book() -> None:
    town = formed()
    assert town.book is not None
    lead = town.devices[cmt.drawn(town.view, 1)]
    book = cmt.Book.from_bytes(town.params, town.view, town.book.to_bytes())
    lead.restart()
    silent = book.members()[0]
    healing = lead.keep(book.heal(lead.meter, 1, 1, 2, [silent.id]))
    after = book.to_bytes()
    for id, frame in healing.members:
        device = town.devices[id]
        before = device.state
        device.generations.append(device.meter.heal(1, frame).record)  # power fails before the state is stored
        device.restart(before)
        assert device.meter.generation == 1
        device.keep(device.meter.heal(1, frame))  # the same frame gives the same keys
    town.supplier.heal(1, healing.supplier)
    left = {id: 5 for id in town.devices if id != silent.id}
    assert town.derived(1, left).close().values == (30,)
    # The book of before the healing is of no ring any more; that of after is.
    old = cmt.Book.from_bytes(town.params, town.view, town.book.to_bytes())
    with pytest.raises(MisuseError, match="role"):
        old.heal(lead.meter, 2, 2, 3, [book.members()[0].id])
    assert cmt.Book.from_bytes(town.params, town.view, after).generation == 2


def test_a_supplier_that_restarts_loses_the_round_that_was_open() -> None:
    town = formed()
    state = town.supplier.to_bytes()
    collecting = town.derived(0, dict.fromkeys(town.devices, 1))
    town.restart(state)
    prepared = town.supplier.lost(0)
    town.records.append(prepared.record)
    assert cmt.Lost.verify(town.view, 0, prepared.stored()).names == []
    del collecting
    assert town.derived(1, dict.fromkeys(town.devices, 1)).close().values == (7,)
    # A record of a later generation shows that the state is old.
    town.form(2, 2)
    town.records.append(town.supplier.progress())
    town.restart(state)
    assert town.supplier.generation is None
    with pytest.raises(MisuseError, match="no ring"):
        town.supplier.open(3, 3)


def test_a_supplier_without_its_link_secret_goes_on_with_its_ring() -> None:
    town = formed()
    state = town.supplier.to_bytes()
    identity, _ = town.secrets()
    town.supplier = cmt.Supplier.from_bytes(town.params, town.view, identity, None, state)
    assert town.derived(0, dict.fromkeys(town.devices, 2)).close().values == (14,)
    with pytest.raises(MisuseError, match="present state"):
        town.form(1, 2)


def test_wiped_link_secrets() -> None:
    town = formed()
    device = town.devices[cmt.drawn(town.view, 2)]
    device.meter.wipe_link()
    with pytest.raises(MisuseError, match="link secret is used up"):
        cmt.Forming.open(device.meter, 1, 1, 2)
    town.supplier.wipe_link()
    assert town.derived(0, dict.fromkeys(town.devices, 2)).close().values == (14,)


def test_damaged_states_and_records() -> None:
    town = formed()
    device = next(iter(town.devices.values()))
    state, record = device.meter.to_bytes(), device.generations[0]
    assert town.book is not None
    book, own, progress = town.book.to_bytes(), town.supplier.to_bytes(), town.supplier.progress()
    identity, secret = town.secrets()

    def read_meter(state: bytes) -> None:
        cmt.Meter.from_bytes(town.params, town.view, device.id, None, state)

    def read_book(state: bytes) -> None:
        cmt.Book.from_bytes(town.params, town.view, state)

    def read_supplier(state: bytes) -> None:
        cmt.Supplier.from_bytes(town.params, town.view, identity, secret, state)

    for read, whole in (
        (read_meter, state),
        (read_book, book),
        (read_supplier, own),
        (device.meter.replay, record),
        (town.supplier.replay, progress),
    ):
        lengths = [*range(0, len(whole), max(1, len(whole) // 40))]
        damaged = [whole[:length] for length in lengths] + [whole + b"\0", bytes(len(whole))]
        damaged += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in lengths]
        for bytes_ in damaged:
            with pytest.raises(MalformedError, match="stored record"):
                read(bytes_)
        read(whole)  # nothing was used up
    other = formed()
    with pytest.raises(Error):
        cmt.Meter.from_bytes(other.params, other.view, device.id, None, state)
    with pytest.raises(MisuseError, match="link secret is used up"):
        cmt.Supplier.from_bytes(town.params, town.view, town.secrets()[0], secret, own)


def test_a_book_of_another_epoch_heals_nothing() -> None:
    town, other = formed(), formed()
    assert other.book is not None
    lead = town.devices[cmt.drawn(town.view, 1)]
    with pytest.raises(MisuseError, match="epoch is not one"):
        other.book.heal(lead.meter, 1, 1, 2, [other.book.members()[0].id])


def test_licences_are_kept_by_state_and_log() -> None:
    town = Town.found(cmt.Params(group(), "derived", terms=10))
    device = next(iter(town.devices.values()))
    before = town.supplier.to_bytes()
    prepared = town.supplier.licence(0, device.meter.ask(device.identity, 0))
    town.records.append(prepared.record)
    licence = device.meter.licensed(0, prepared.stored())
    device.state = device.meter.to_bytes()
    device.restart()
    assert device.meter.licence == licence
    town.restart(before)
    assert town.supplier.is_licensed(device.id)
    # A meter that lost its licence asks for the first, and gets the last one again.
    device.state = None
    device.restart()
    assert device.meter.licence is None
    again = town.supplier.licence(0, device.meter.ask(device.identity, 0)).stored()
    assert device.meter.licensed(0, again) == licence
    device.restart()
    device.meter.restore_licence(cmt.Licence.from_bytes(licence.to_bytes()))
    assert device.meter.licence == licence
    assert isinstance(link.HighWater(), link.HighWater)
