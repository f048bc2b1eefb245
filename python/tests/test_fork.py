"""What a fork makes of roles and secrets: the child is refused, and the parent goes on."""

import contextlib
import json
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import cases
import numpy as np
import pytest
import surface
from world import DcnetWorld, ShamirWorld

from wattsum import MisuseError, link, shamir

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    # From Python 3.12 on a fork of a process with threads is warned of; that is what is tried here.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
cases.load()
PATIENCE = 120


def in_child(act: Any) -> Any:
    """What `act` gives in a forked process, by JSON; a child that hangs is a failure."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                text = json.dumps(act())
            except BaseException as error:
                text = json.dumps(repr(error))
            os.write(write, text.encode())
        finally:
            os._exit(0)
    os.close(write)
    with contextlib.ExitStack() as stack:
        stack.callback(os.waitpid, child, 0)
        killer = threading.Timer(PATIENCE, os.kill, (child, 9))
        killer.start()
        stack.callback(killer.cancel)
        with os.fdopen(read, "rb") as pipe:
            answer = pipe.read()
    assert answer, "the child died or hung"
    return json.loads(answer)


def outcome(act: Any) -> str:
    try:
        act()
    except MisuseError as error:
        return "refused" if "another process" in str(error) else f"{error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def made() -> dict[str, cases.Case]:
    """Every method of what holds a secret or a role, bound to an object in the middle of its work."""
    return {
        own.name: cases.CASES[own.name]()
        for module in surface.modules()
        for own in surface.offered(module)
        if own.kind == "method" and own.name in cases.CASES
        if own.name.rpartition(".")[0] not in cases.VALUES | cases.PUBLIC
    }


def test_a_child_is_refused_and_its_parent_goes_on() -> None:
    bound = made()
    assert len(bound) > 30
    found = in_child(
        lambda: {name: outcome(lambda: case.call(**case.arguments)) for name, case in bound.items()}
    )
    assert {name: text for name, text in found.items() if text != "refused"} == {}
    for name, case in bound.items():
        assert outcome(partial(lambda case: case.call(**case.arguments), case)) == "done", name


def test_a_child_takes_no_secrets_of_its_parent() -> None:
    """Whatever a constructor or a function is given, too."""
    secret = {"wattsum.link.Identity", "wattsum.link.LinkSecret", "wattsum.link.Party", "wattsum.link.Cohort"}
    before = {name: make() for name, make in cases.CASES.items()}
    given = {
        name: case
        for name, case in before.items()
        if any(_name(value) in secret for argument in case.arguments.values() for value in _items(argument))
    }
    assert len(given) > 6
    found = in_child(
        lambda: {name: outcome(lambda: case.call(**case.arguments)) for name, case in given.items()}
    )
    assert {name: text for name, text in found.items() if text != "refused"} == {}
    for name, case in given.items():
        assert outcome(partial(lambda case: case.call(**case.arguments), case)) == "done", name


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__name__}"


def _items(argument: object) -> Iterator[object]:
    yield from argument if isinstance(argument, list) else [argument]


def test_public_values_pass() -> None:
    values = {name: cases.OBJECTS[name]() for name in sorted(cases.VALUES)}
    shown = {name: repr(value) for name, value in values.items()}
    assert in_child(lambda: {name: repr(value) for name, value in values.items()}) == shown


def test_a_child_makes_rounds_of_its_own() -> None:
    world = ShamirWorld.form(5)
    collecting = world.open(0)
    collecting.accept_many(world.contribute(0, np.arange(5)))
    own = in_child(
        lambda: [list(form(5).sum(0, np.arange(5)).values) for form in (ShamirWorld.form, DcnetWorld.form)]
    )
    assert own == [[10], [10]]
    assert world.answer(0, world.utility.close(collecting), [1, 2, 3]).values == (10,)


def test_two_children_never_share_a_secret() -> None:
    """The randomness of a child is not its parent's."""
    here = link.Identity.generate().public.hex()
    there = [in_child(lambda: link.Identity.generate().public.hex()) for _ in range(3)]
    shares = [in_child(lambda: shamir.split(np.zeros(4, np.int64), 3, 2).tolist()) for _ in range(2)]
    assert len({here, *there}) == 4
    assert shares[0] != shares[1]


@pytest.mark.parametrize("kind", ["meters", "collecting"])
def test_a_fork_while_another_thread_is_at_work(kind: str) -> None:
    """The lock that the thread holds is held for ever in the child, which must not wait for it."""
    world = ShamirWorld.form(200)
    readings = np.arange(200)
    collecting = world.open(0)
    frames = np.repeat(world.contribute(0, readings), 200, axis=0)
    stop = threading.Event()
    rounds = iter(range(1, 900))

    def work() -> None:
        while not stop.is_set():
            if kind == "meters":
                round = next(rounds, 0)
                if round == 0:
                    return
                world.meters.contribute(world.marks, round, round, readings)
            else:
                collecting.accept_many(frames)

    thread = threading.Thread(target=work)
    thread.start()
    acts = {
        "meters": lambda: world.meters.contribute(world.marks, 999, 999, readings),
        "collecting": collecting.missing,
    }
    try:
        for _ in range(15):
            time.sleep(0.01)
            assert in_child(lambda: outcome(acts[kind])) == "refused"
    finally:
        stop.set()
        thread.join()
    assert collecting.missing() == ([] if kind == "collecting" else world.meters.ids)


def _use(role: Any, queue: Any) -> None:
    queue.put(outcome(role))


class Contribute:
    """A call that a process can be given."""

    def __init__(self, world: ShamirWorld) -> None:
        self.world = world

    def __call__(self) -> None:
        self.world.contribute(0, np.arange(5))


def test_multiprocessing_by_fork() -> None:
    world = ShamirWorld.form(5)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_use, args=(Contribute(world), queue))
    process.start()
    assert queue.get(timeout=PATIENCE) == "refused"
    process.join()
    queue.close()
    assert process.exitcode == 0
    assert world.sum(0, np.arange(5)).values == (10,)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_by_another_interpreter(method: str) -> None:
    """What holds a secret does not get there, what is public does."""
    world = ShamirWorld.form(5)
    context: Any = multiprocessing.get_context(method)
    with pytest.raises(TypeError, match="cannot pickle"):
        context.Process(target=_use, args=(world.meters, None)).start()
    for own in (world.utility, world.marks, world.cohort.meters):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(own)
    with context.Pool(1) as pool:
        assert pool.map(repr, [link.Sum(0, [3], 5)]) == ["Sum(round=0, values=[3], meters=5)"]
    assert world.sum(0, np.arange(5)).values == (10,)
