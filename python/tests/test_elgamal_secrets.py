"""Secrets of threshold-elgamal are not shown, copied or pickled, and long work lets others on."""

import copy
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from elgamal_world import QUORUM, TABLE, Epoch, World, group
from forming import ANSWERERS, METERS, identity

from wattsum import Error, MisuseError, elgamal, link


def holders_of_secrets() -> list[Any]:
    world, epoch = World.form(), Epoch.form()
    collecting = world.open(0)
    prepared = world.meters.contribute(world.marks, 0, 0, np.arange(6))
    meter = epoch.meter(METERS[0])
    members = [(party, identity(party).public) for party in ANSWERERS]
    ceremony = elgamal.Ceremony.generate(epoch.params, 1, members)
    joining = [elgamal.Joining.begin(ceremony, party, identity(party)).stored() for party in ANSWERERS]
    for step in joining:
        for other in joining:
            step.accept(other.frame)
    echoing = [step.close().stored() for step in joining]
    for second in echoing:
        for sent in echoing:
            second.accept(sent.frame)
    sharing = [second.close() for second in echoing]
    return [
        *(world.utility, world.trustees[0], world.meters, collecting, prepared, epoch.share(1)),
        *(meter, meter.prepare(100), joining[0], echoing[0], sharing[0]),
    ]


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickles_and_no_copies(act: Callable[[Any], Any]) -> None:
    for own in holders_of_secrets():
        with pytest.raises(TypeError, match="cannot pickle"):
            act(own)


def test_no_comparison_no_attributes_and_nothing_shown() -> None:
    epoch = Epoch.form()
    assert epoch.share(1) != epoch.share(1)
    secret = epoch.secrets[0]
    for text in (repr(epoch.share(1)), str(epoch.share(1)), f"{epoch.share(1)}"):
        assert text == "<wattsum.elgamal.SecretShare 1>"
    for own in holders_of_secrets():
        assert len(repr(own)) < 80
        assert secret.hex()[:8] not in repr(own)
        with pytest.raises(AttributeError):
            own.anything = 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_can_use_public_keys_and_nothing_that_is_secret() -> None:
    world, share = World.form(), elgamal.deal()[1][0]
    zeros = elgamal.sums(np.zeros((0, 1, 64), np.uint8))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            elgamal.encrypt(world.keys.group_key, np.arange(3))
            refused = 0
            for act in (
                lambda: world.contribute(0, np.arange(6)),
                lambda: world.utility.open(0, 0),
                lambda: world.trustees[0].open(0, b""),
                lambda: share.decrypt(zeros),
            ):
                try:
                    act()
                except MisuseError as error:
                    refused += "another process" in str(error)
            code = 7 if refused == 4 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert world.sum(0, np.arange(6)).values == (15,)


KEYS, SHARES = elgamal.deal()
MANY = elgamal.encrypt(KEYS.group_key, np.arange(20_000))
LIST = World.form(64)
SENT = LIST.contribute(0, np.arange(64))


@pytest.mark.parametrize(
    "step",
    [
        lambda: elgamal.encrypt(KEYS.group_key, np.arange(10_000)),
        lambda: elgamal.sums(MANY, threads=2),
        lambda: SHARES[0].decrypt(MANY[:2000]),
        lambda: elgamal.DlogTable.build(20),
        lambda: LIST.utility.open(0, 0).accept_many(np.concatenate([SENT] * 20)),
    ],
)
def test_long_work_releases_the_interpreter(step: Callable[[], object]) -> None:
    done = threading.Event()

    def work() -> None:
        step()
        done.set()

    # So rarely does the interpreter switch by itself that a call which keeps it would be seen.
    switch, turns = sys.getswitchinterval(), 0
    sys.setswitchinterval(30)
    try:
        thread = threading.Thread(target=work)
        start = time.perf_counter()
        thread.start()
        while not done.is_set():
            turns += 1
            time.sleep(0)
        elapsed = time.perf_counter() - start
    finally:
        sys.setswitchinterval(switch)
    thread.join()
    assert turns > 100, f"{turns} turns in {elapsed:.3f} s"


def test_threads_share_a_round() -> None:
    world = World.form(meters=32)
    for round in range(2):
        collecting = world.open(round)
        sent = world.meters.contribute(world.marks, round, round, np.arange(32), threads=1 + round)
        frames = sent.stored()
        assert sent.records.shape[0] == 32
        with ThreadPoolExecutor(8) as pool:
            senders = list(pool.map(collecting.accept, [bytes(frame) for frame in frames]))
        assert senders == world.meters.ids
        assert world.answer(round, world.utility.close(collecting), QUORUM).values == (496,)


def test_a_fleet_spends_each_interval_once_and_names_the_row_that_refuses() -> None:
    world = World.form(meters=5)
    view, params = world.cohort.view, world.params
    with pytest.raises(MisuseError, match="max_reading") as large:
        world.contribute(0, np.array([1, 2, 10**9, 4, 5]))
    assert large.value.__notes__ == ["row 2, meter 107"]
    assert world.contribute(0, np.arange(5), np.arange(5) == 4).shape == (1, 240)
    for round, threads in ((0, 1), (1, 3)):
        with pytest.raises(MisuseError, match="contributed already") as spent:
            world.meters.contribute(world.marks, round, round, np.arange(5), threads=threads)
        assert spent.value.__notes__ == [f"row {4 - 4 * round}, meter {113 - 12 * round}"]
        world.meters.contribute(world.marks, round + 1, round + 1, np.arange(5))
    for wrong, error in (
        (link.HighWaters(4), "marks: expected one"),
        (link.HighWaters(6), "marks: expected one"),
    ):
        with pytest.raises(MisuseError, match=error):
            world.meters.contribute(wrong, 5, 5, np.arange(5))
    with pytest.raises(MisuseError, match="readings: shape"):
        world.contribute(5, np.arange(4))
    stranger = link.Cohort(params, [101, 104, 107, 110, 113], 95)
    with pytest.raises(MisuseError, match="not in the roster"):
        elgamal.Meters(params, view, stranger.meters, world.keys.group_key)
    with pytest.raises(MisuseError, match="parties: a party stands twice"):
        elgamal.Meters(params, stranger.view, [stranger.meters[0]] * 2, world.keys.group_key)
    with pytest.raises(TypeError, match="parties: expected Party objects"):
        elgamal.Meters(params, view, [1], world.keys.group_key)  # type: ignore[list-item]
    assert len(elgamal.Meters(params, stranger.view, stranger.meters[1:], world.keys.group_key)) == 4


def test_any_bytes_are_refused_with_an_error_of_ours() -> None:
    world, epoch = World.form(), Epoch.form()
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(6)))
    state, trustee = collecting.to_bytes(), world.trustees[0]
    closed = world.utility.close(collecting)
    view, keys = epoch.view, epoch.keys
    rng = np.random.default_rng(9)
    acts: list[Callable[[bytes], object]] = [
        world.utility.reopen,
        world.utility.resume,
        closed.accept,
        closed.accept_statement,
        lambda data: trustee.open(0, data),
        lambda data: trustee.agree(0, data, closed.contributions),
        lambda data: trustee.agree(0, closed.frame, [data] * 6),
        lambda data: trustee.follow(0, data, closed.contributions),
        lambda data: trustee.catch_up(0, data, data, [data]),
        lambda data: trustee.agree_bill(0, data),
        lambda data: trustee.answer([data]),
        trustee.replay,
        lambda data: elgamal.GroupKey.check_statement(view, data),
        lambda data: elgamal.GroupKey.certified(epoch.params, view, [data]),
        lambda data: elgamal.KeySet.joint(epoch.params, view, [data]),
        lambda data: elgamal.KeySet.from_bytes(keys.threshold, data),
        elgamal.PartialSum.from_bytes,
        elgamal.MeterSum.from_bytes,
        elgamal.DlogTable.from_bytes,
        elgamal.GroupKey.from_bytes,
    ]
    genuine = [closed.frame, state, closed.partial().to_bytes(), keys.to_bytes(), TABLE.to_bytes()[:300]]
    for data in [b"", b"\0", *(rng.bytes(int(n)) for n in rng.integers(1, 400, 30)), *genuine]:
        changed = bytearray(data)
        if changed:
            changed[len(changed) // 2] ^= 1
        for act in acts:
            with pytest.raises((Error, ValueError)):
                act(bytes(changed))
    world.agree(0, closed, QUORUM)
    for number in QUORUM:
        closed.accept(world.trustees[number - 1].answer(closed.statements).stored())
    assert world.utility.record(closed, TABLE).values == (15,)
    assert group().max_reading == 1_000_000
