"""Hostile and mistaken use of the ring's objects: refused by name, and nothing has changed."""

import copy
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rings import Town, group, ids

from wattsum import Error, FaultError, MalformedError, MisuseError, cmt, dcnet, link


def ring(meters: int = 7) -> cmt.Ring:
    params = cmt.Params(group(), "derived")
    own = cmt.Ring(params, link.Cohort(params, ids(meters), 95))
    own.form(0)
    return own


untyped: Any = cmt

bad_params: list[tuple[str, type[Exception], Callable[[], Any]]] = [
    ("group: a ring has five members or more", MisuseError, lambda: cmt.Params(link.Group(1))),
    ("mode: expected one of drawn, derived", MisuseError, lambda: untyped.Params(group(), "other")),
    ("mode: expected a str", TypeError, lambda: untyped.Params(group(), 1)),
    ("second_ring: ", MisuseError, lambda: cmt.Params(group(), second_ring=True)),
    ("agreement: ", MisuseError, lambda: cmt.Params(group(), agreement=True)),
    ("terms: ", MisuseError, lambda: cmt.Params(group(), terms=0)),
    ("terms: out of range", MisuseError, lambda: cmt.Params(group(), terms=2**40)),
    ("modulus: ", MisuseError, lambda: cmt.Params(group(), modulus=10**6)),
    ("modulus: expected 2 or more", MisuseError, lambda: cmt.Params(group(), modulus=1)),
    ("modulus: residues of 8 bytes end", MisuseError, lambda: cmt.Params(group(), modulus=2**64 + 1)),
    ("modulus: expected an int", TypeError, lambda: untyped.Params(group(), modulus=1.5)),
]


@pytest.mark.parametrize(("text", "error", "call"), bad_params, ids=[text for text, *_ in bad_params])
def test_bad_parameters(text: str, error: type[Exception], call: Callable[[], Any]) -> None:
    with pytest.raises(error) as refused:
        call()
    assert text in str(refused.value)


def test_parameters_are_what_was_asked_for() -> None:
    given: dict[str, Any] = {"second_ring": True, "terms": 9, "modulus": 10**15}
    params = cmt.Params(group(channels=3), "derived", **given, agreement=True)
    assert (params.mode, params.second_ring, params.terms) == ("derived", True, 9)
    assert (params.agreement, params.modulus, params.min_ring) == (True, 10**15, 5)
    assert (repr(params.group), params.contribution_len) == (repr(group(channels=3)), 56)
    assert len(params.session) == 32
    assert params != cmt.Params(group(channels=3), "derived", **given)
    plain = cmt.Params(group())
    assert (plain.mode, plain.terms, plain.modulus) == ("drawn", None, 2**64)
    assert plain == cmt.Params(group(), "drawn", modulus=2**64)
    sessions = {cmt.Params(group(), "derived", second_ring=second).session for second in (True, False)}
    assert len({*sessions, plain.session}) == 3


def test_nobody_answers_in_a_ring() -> None:
    params = cmt.Params(group())
    assert link.Cohort(params, ids(5), 95).answerers == []
    with pytest.raises(MisuseError, match="answerers: this protocol has none"):
        link.Cohort(params, ids(5), 95, answerers=[1])
    other = dcnet.Params.complete(link.Group(7, max_meters=256))
    cohort = link.Cohort(other, ids(5), 95)
    with pytest.raises(MisuseError, match="epoch is not one"):
        cmt.Meters(params, cohort.view, cohort.meters)
    assert dcnet.Meters(other, cohort.view, cohort.meters).ids == list(ids(5))  # nothing was used up


def test_refusals_use_no_secret_up() -> None:
    params = cmt.Params(group())
    cohort, stranger = link.Cohort(params, ids(5), 95), link.Cohort(params, ids(5), 95)
    own, first = cohort.utility, cohort.meters[0]
    for act, text in (
        (lambda: cmt.Supplier(params, cohort.view, own.identity, first.link), "role"),
        (lambda: cmt.Supplier(params, stranger.view, own.identity, own.link), "role"),
        (lambda: cmt.Supplier.from_bytes(params, cohort.view, first.identity, None, b""), "role"),
        (lambda: cmt.Meter(params, cohort.view, 1, first.link), "not in the roster"),
        (lambda: cmt.Meter(params, cohort.view, 104, first.link), "not in the roster"),
        (lambda: cmt.Meter(params, cohort.view, 101, first.link, 2**16), "first_channel: out of range"),
        (lambda: cmt.Meter(params, cohort.view, 101, first.link, 1024), "first_channel: a device has 1024"),
        (lambda: cmt.Meters(params, cohort.view, [first], 2**16 - 1), "first_channel: a device has 1024"),
        (lambda: cmt.Meters(params, cohort.view, [first, first]), "parties: a party stands twice"),
        (lambda: cmt.Meters(params, stranger.view, [first]), "not in the roster"),
    ):
        with pytest.raises(MisuseError, match=text):
            act()
    with pytest.raises(MalformedError):
        cmt.Supplier.from_bytes(params, cohort.view, own.identity, own.link, b"")
    with pytest.raises(MalformedError):
        cmt.Meter.from_bytes(params, cohort.view, 101, first.link, b"")
    cmt.Supplier(params, cohort.view, own.identity, own.link)
    meter = cmt.Meter(params, cohort.view, 101, first.link)
    for used in (
        lambda: cmt.Meter(params, cohort.view, 101, first.link),
        lambda: cmt.Supplier(params, cohort.view, own.identity, own.link),
    ):
        with pytest.raises(MisuseError, match="is used up"):
            used()
    assert meter.generation is None


def test_rounds_and_readings_are_refused_by_name() -> None:
    ring_, readings = ring(), np.arange(7)
    own: Any = ring_  # its types would refuse some of these
    send, marks = own.meters.contribute, own.marks
    for call, error, text in (
        (lambda: send(marks, 0, 0, readings * 1.5), TypeError, "readings: a float is no"),
        (lambda: send(marks, 0, 0, readings[:6]), MisuseError, "readings: shape"),
        (lambda: send(marks, 0, 0, [1] * 7), TypeError, "readings: expected a numpy array"),
        (lambda: send(marks, 0, 0, readings + 10**10), MisuseError, "reading"),
        (lambda: send(marks, 0, 0, readings, [True]), MisuseError, "which: shape"),
        (lambda: send(link.HighWaters(6), 0, 0, readings), MisuseError, "marks: expected one"),
        (lambda: send(marks, 0, 0, readings, start=b""), MisuseError, "start: derived"),
        (lambda: send(marks, 0, 0, readings, threads=1000), MisuseError, "threads: "),
        (lambda: send(marks, 0, 2**40, readings), MisuseError, "round: "),
        (lambda: send(marks, 0, 50, readings), MisuseError, "round"),
        (lambda: send(marks, "0", 0, readings), TypeError, "now: expected an int"),
        (lambda: own.meters.form(0, 0, [True]), MisuseError, "which: shape"),
        (lambda: own.meters.form(0, 0, np.zeros(7, np.bool_)), MisuseError, "five members"),
        (lambda: own.meters.form(0, 0, None, 2**32), MisuseError, "generation: out of range"),
        (lambda: own.meters.form(0, 0, None, 1), MisuseError, "generations count upwards"),
        (lambda: own.meters.form(0, 0, None, 900), MisuseError, "generations count upwards"),
        (lambda: own.meters.heal(own.book, 1, 1, [1]), MisuseError, "members: "),
        (lambda: own.meters.heal(own.book, 1, 1, [101, 101]), MisuseError, "members: an id stands twice"),
        (lambda: own.meters.heal(own.book, 1, 1, []), MisuseError, "members: names nobody"),
        (lambda: own.meters[7], IndexError, "row: out of range"),
        (lambda: own.meters[-8], IndexError, "row: out of range"),
        (lambda: own.meters["0"], TypeError, "row: expected an int"),
        (lambda: own.supplier.register(0, 1, b""), MisuseError, "not in the roster"),
        (lambda: own.supplier.register(0, 101, "text"), TypeError, "frame: expected bytes"),
        (lambda: own.supplier.open(0, 200), MisuseError, "epoch"),
    ):
        with pytest.raises(error) as refused:
            call()  # type: ignore[no-untyped-call]
        assert text in str(refused.value), refused.value
    assert ring_.sum(0, readings).values == (21,)
    assert own.meters[-1].id == own.meters.ids[6] == own.meters[6].id


def test_meters_that_went_on_by_themselves_are_no_ring() -> None:
    params = cmt.Params(group(), "drawn")
    cohort = link.Cohort(params, ids(5), 95)
    meters = cmt.Meters(params, cohort.view, cohort.meters)
    with pytest.raises(MisuseError, match="meters: no ring was formed here"):
        _ = meters.order
    with pytest.raises(MisuseError, match="start: expected the supplier's Start"):
        meters.contribute(link.HighWaters(5), 0, 0, np.arange(5))
    formed = meters.form(0, 0).stored()
    assert meters.order[0] == formed.concentrator


def test_frames_that_are_none_change_nothing() -> None:
    town = Town.found(cmt.Params(group(), "derived"))
    town.form(0, 1)
    device = next(device for device in town.devices.values() if not device.meter.is_concentrator)
    collecting = town.open(0)
    frame = device.spend(device.meter.contribute(device.mark, 0, 0, 5))
    rng = np.random.default_rng(7)
    frames = [frame[:length] for length in range(len(frame))]
    frames += [rng.bytes(40) for _ in range(50)] + [frame + b"\0", b"", bytes(40)]
    for place in range(len(frame)):
        damaged = bytearray(frame)
        damaged[place] ^= 1 << int(rng.integers(8))
        frames.append(bytes(damaged))
    takers: list[Callable[[bytes], Any]] = [
        collecting.accept,
        lambda bad: town.supplier.register(0, device.id, bad),
        lambda bad: town.supplier.heal(0, bad),
        lambda bad: device.meter.join(0, device.id, bad),
        device.meter.seat,
        device.meter.neighbours,
        device.meter.healed_neighbours,
        lambda bad: device.meter.heal(0, bad),
        lambda bad: cmt.Lost.verify(town.view, 0, bad),
        lambda bad: cmt.Claim.verify(town.params, town.view, bad),
    ]
    state = device.meter.to_bytes()
    for take in takers:
        for bad in frames:
            with pytest.raises((FaultError, MalformedError, MisuseError)) as refused:
                take(bad)
            if take is collecting.accept:
                assert not isinstance(refused.value, MisuseError)
    assert device.meter.to_bytes() == state
    assert collecting.accept(memoryview(frame)) == collecting.accept(bytearray(frame))


def holders_of_secrets() -> list[Any]:
    own = ring()
    town = Town.found(cmt.Params(group(), terms=5))
    device = next(iter(town.devices.values()))
    frame = town.supplier.licence(0, device.meter.ask(device.identity, 0)).stored()
    device.meter.licensed(0, frame)
    election = cmt.Election(device.meter, device.identity, 0, 0, 1)
    collecting, _ = own.contribute(0, np.arange(7))
    prepared = own.meters.form(1, 1)
    plain = Town.found(cmt.Params(group()))
    lead = plain.devices[cmt.drawn(plain.view, 1)]
    forming = cmt.Forming.open(lead.meter, 0, 0, 1).stored()
    return [
        own.supplier,
        own.meters,
        own.meters[0],
        own.book,
        collecting,
        prepared,
        prepared.stored(),
        election,
        cmt.Roll(own.view),
        forming,
    ]


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickles_and_no_copies(act: Callable[[Any], Any]) -> None:
    for own in holders_of_secrets():
        with pytest.raises(TypeError, match="cannot pickle"):
            act(own)


def test_a_repr_is_short_and_nothing_can_be_added() -> None:
    for own in holders_of_secrets():
        assert repr(own).startswith("<wattsum.cmt.")
        assert len(repr(own)) < 80
        with pytest.raises(AttributeError):
            own.anything = 1
    params = cmt.Params(group())
    view = link.Cohort(params, ids(5), 95).view
    first, *_ = cmt.listed(view)
    assert (first.position, first.id, len(first.link)) == (0, 101, 32)
    assert first == cmt.listed(view)[0]
    assert len({*cmt.listed(view), *cmt.listed(view)}) == 5


def test_what_is_used_up_stays_so() -> None:
    own = ring()
    collecting, _ = own.contribute(0, np.arange(7))
    own.supplier.discard(collecting)
    for act in (collecting.missing, collecting.close, lambda: own.supplier.discard(collecting)):
        with pytest.raises(MisuseError, match="collecting round is used up"):
            act()
    prepared = own.meters.form(1, 1)
    assert prepared.records.shape == (7, 17)
    formed = prepared.stored()
    assert prepared.ids == sorted(own.meters.ids, key=lambda id: (id != formed.concentrator, id))
    with pytest.raises(MisuseError, match="prepared step is used up"):
        prepared.stored()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_cannot_use_what_its_parent_made() -> None:
    own = ring()
    child = os.fork()
    if child == 0:
        refused = 0
        for act in (lambda: own.contribute(0, np.arange(7)), own.meters[0].to_bytes, own.supplier.to_bytes):
            try:
                act()
            except MisuseError as error:
                refused += "another process" in str(error)
        os._exit(40 + refused)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 43
    assert own.sum(0, np.arange(7)).values == (21,)


def test_many_threads_use_one_ring() -> None:
    """Each step has the objects alone; a frame is accepted once, and no meter sends twice."""
    own = ring(40)
    collecting = own.supplier.open(0, 0)
    frames: list[bytes] = []
    errors: list[Error] = []
    marks = [link.HighWater() for _ in range(40)]

    def send(row: int) -> None:
        for _ in range(3):
            try:
                frames.append(own.meters[row].contribute(marks[row], 0, 0, row).stored())
                collecting.accept(frames[-1])
            except MisuseError as error:
                errors.append(error)

    threads = [threading.Thread(target=send, args=(row % 40,)) for row in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(frames), len(errors)) == (40, 200)
    assert collecting.close().values == (sum(range(40)),)


def test_the_example_fits_a_readme() -> None:
    text = (Path(__file__).parents[1] / "examples/cmt_round.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    exec(compile(text, "cmt_round.py", "exec"), {"__name__": "__main__"})
