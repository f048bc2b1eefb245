"""Secrets are not shown, copied, compared or pickled, and what is used up stays so."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from world import DcnetWorld, ShamirWorld, group, ids

from wattsum import (
    Error,
    FaultError,
    MalformedError,
    MisuseError,
    QuorumError,
    cmt,
    dcnet,
    elgamal,
    link,
    shamir,
)


def holders_of_secrets() -> list[Any]:
    a, b = ShamirWorld.form(), DcnetWorld.form()
    cohort = link.Cohort(a.params, range(1, 6), 95)
    party = cohort.meters[0]
    own = [cohort, party, party.identity, party.link, link.PairKey.from_bytes(bytes(32)), link.HighWater()]
    own += [link.RosterBuilder(link.Forming(a.params, 0, 0))]
    for world in (a, b):
        collecting = world.open(0)
        prepared = world.meters.contribute(world.marks, 0, 0, np.arange(6))
        own += [world.utility, world.meters, world.marks, collecting, prepared]
    collecting_a, collecting_b = a.utility.open(1, 1), b.utility.open(1, 1)
    b.meters.open(1, collecting_b.frame)
    collecting_a.accept_many(a.meters.contribute(a.marks, 1, 1, np.arange(6)).stored())
    collecting_b.accept_many(b.meters.contribute(b.marks, 1, 1, np.arange(6)).stored())
    closed = b.utility.close(collecting_b)
    assert isinstance(closed, dcnet.Closed)
    own += [a.utility.certify(collecting_a), closed, b.utility.certify(closed), dcnet.Presence(b.utility)]
    return [*own, a.aggregators[0], b.holders[0]]


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickles_and_no_copies(act: Callable[[Any], Any]) -> None:
    for own in holders_of_secrets():
        with pytest.raises(TypeError, match="cannot pickle"):
            act(own)


def test_no_comparison_and_no_attributes() -> None:
    assert link.PairKey.from_bytes(bytes(32)) != link.PairKey.from_bytes(bytes(32))
    assert link.LinkSecret.from_bytes(b"\1" * 32) != link.LinkSecret.from_bytes(b"\1" * 32)
    assert link.Identity.from_bytes(b"\1" * 32) != link.Identity.from_bytes(b"\1" * 32)
    for own in holders_of_secrets():
        with pytest.raises(AttributeError):
            own.anything = 1


def test_a_repr_shows_no_secret() -> None:
    secret = bytes(range(65, 97))
    for own in (
        link.LinkSecret.from_bytes(secret),
        link.Identity.from_bytes(secret),
        link.PairKey.from_bytes(secret),
    ):
        for text in (repr(own), str(own), f"{own}"):
            assert text == f"<wattsum.link.{type(own).__name__}>"
    for own in holders_of_secrets():
        assert len(repr(own)) < 80


def test_public_values_pickle_compare_and_print() -> None:
    total = link.Sum(3, [1, -2, 2**62], 7)
    printed = eval(repr(total), {"Sum": link.Sum})
    for again in (pickle.loads(pickle.dumps(total)), copy.deepcopy(total), printed):
        assert again == total
        assert hash(again) == hash(total)
    assert total != link.Sum(3, [1, -2, 2**62], 8)
    assert sum(total.values[2] for _ in range(4)) == 2**64  # Python ints do not overflow
    group = link.Group(1, channels=3, min_honest=5)
    assert eval(repr(group), {"Group": link.Group}) == group
    for threshold in (
        link.Threshold(7, 5, 2),
        link.Threshold.trusting_the_utility_not_to_equivocate(3, 2),
    ):
        assert eval(repr(threshold), {"Threshold": link.Threshold}) == threshold


@pytest.mark.parametrize(
    "error",
    [
        MisuseError("text"),
        FaultError("text", 7),
        QuorumError("text", 2, 3),
    ],
)
def test_exceptions_cross_processes(error: Error) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, str(again)) == (type(error), error.args, "text")


def test_what_is_used_up_stays_so() -> None:
    world = ShamirWorld.form()
    party = world.cohort.meters[0]
    with pytest.raises(MisuseError, match="this link secret is used up"):
        shamir.Meter(world.params, world.cohort.view, party.id, party.link)
    collecting = world.open(0)
    prepared = world.meters.contribute(world.marks, 0, 0, np.arange(6))
    collecting.accept_many(prepared.stored())
    with pytest.raises(MisuseError, match="this prepared step is used up"):
        prepared.stored()
    assert prepared.records.shape[0] == 6
    world.utility.close(collecting)
    for act in (lambda: collecting.accept(b""), collecting.missing, lambda: world.utility.close(collecting)):
        with pytest.raises(MisuseError, match="this collecting round is used up"):
            act()


def test_parties_are_all_taken_or_none() -> None:
    params = shamir.Params(group())
    cohort, stranger = link.Cohort(params, ids(4), 95), link.Cohort(params, ids(4), 95)
    used = link.Cohort(params, ids(4), 95)
    shamir.Meters(params, used.view, used.meters[2:3])
    own = cohort.meters
    for parties, text in (
        ([*own[:3], stranger.meters[3]], "not in the roster"),
        ([*own[:3], cohort.answerers[0]], "not in the roster"),
        ([*own, own[0]], "parties: a party stands twice"),
    ):
        with pytest.raises(MisuseError, match=text):
            shamir.Meters(params, cohort.view, parties)
    with pytest.raises(MisuseError, match="this link secret is used up"):
        shamir.Meters(params, used.view, used.meters)
    with pytest.raises(TypeError, match="parties: expected Party objects"):
        shamir.Meters(params, cohort.view, [1])  # type: ignore[list-item]
    assert shamir.Meters(params, cohort.view, own).ids == list(ids(4))
    assert shamir.Meters(params, used.view, [used.meters[0], used.meters[1]]).ids == list(ids(2))


def test_channels_that_no_device_has_use_no_secret_up() -> None:
    """A device has 1024 at most; a meter that reads beyond them could be made, and never contribute."""
    params: Any
    for module, params in (
        (shamir, shamir.Params(group(2))),
        (dcnet, dcnet.Params.complete(group(2))),
        (elgamal, elgamal.Params(group(2))),
    ):
        untyped: Any = module
        cohort = link.Cohort(params, ids(6), 95)
        first, *others = cohort.meters
        rest = (elgamal.deal()[0].group_key,) if module is elgamal else ()
        secret = first.identity if module is elgamal else first.link
        for channel in (1023, 2**16 - 1):
            with pytest.raises(MisuseError, match="first_channel: a device has 1024 channels at most"):
                untyped.Meter(params, cohort.view, first.id, secret, *rest, channel)
            with pytest.raises(MisuseError, match="first_channel: a device has 1024 channels at most"):
                untyped.Meters(params, cohort.view, cohort.meters, *rest, channel)
        untyped.Meter(params, cohort.view, first.id, secret, *rest, 1022)
        assert len(untyped.Meters(params, cohort.view, others, *rest, 1022)) == 5


def test_stored_secrets_of_another_length_are_malformed() -> None:
    for make, text in (
        (lambda: link.LinkSecret.from_bytes(bytes(31)), "secret: expected 32 bytes, got 31"),
        (lambda: link.Identity.from_bytes(bytes(33)), "seed: expected 32 bytes, got 33"),
        (lambda: link.PairKey.from_bytes(b""), "key: expected 32 bytes, got 0"),
        (lambda: cmt.Licence.from_bytes(bytes(79)), "bytes: expected 80 bytes, got 79"),
    ):
        with pytest.raises(MalformedError, match=text):
            make()


def of_any_buffer(secret: bytearray) -> None:
    """Hands a secret in wherever one may be, as what is not `bytes`."""
    params, other = shamir.Params(group()), dcnet.Params.complete(group())
    third = cmt.Params(link.Group(7, min_honest=5, max_meters=256))
    view = link.Cohort(params, ids(5), 95).view
    other_view, third_view = link.Cohort(other, ids(5), 95).view, link.Cohort(third, ids(5), 95).view
    own, short = link.Identity.generate(), memoryview(secret)[:32]
    pair = link.LinkSecret.from_bytes(short)
    public = link.LinkSecret.generate().public
    pair.pair_key("frame", bytes(32), 1, 2, public, short)
    link.Identity.from_bytes(short)
    link.PairKey.from_bytes(short)
    untyped: Any = (shamir, dcnet, cmt, elgamal)
    refused: list[Callable[[], object]] = [
        lambda: untyped[3].SecretShare.from_bytes(1, short),
        lambda: untyped[0].Meter.from_bytes(params, view, secret),
        lambda: untyped[0].Aggregator.from_bytes(params, view, 1, own, secret),
        lambda: untyped[1].Meter.from_bytes(other, other_view, secret),
        lambda: untyped[1].Holder.from_bytes(other, other_view, 1, secret),
        lambda: untyped[2].Meter.from_bytes(third, third_view, 101, None, secret),
        lambda: untyped[0].Meters.from_bytes(params, view, [secret]),
    ]
    for make in refused:
        with pytest.raises(MalformedError):
            make()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process read another's memory")
def test_copies_of_secrets_are_wiped() -> None:
    """In a process of its own, whose heap is searched from here."""
    secret = os.urandom(31) + b"\xff" + os.urandom(2**12)
    script = """
import sys
from test_secrets import of_any_buffer
secret = bytearray(2**12 + 32)
sys.stdin.buffer.readinto(secret)  # each byte is another, until it stands in its own place
for keep in (False, True):
    for place in range(len(secret)):
        secret[place] ^= 0x55
    of_any_buffer(secret)
    if not keep:
        for place in range(len(secret)):
            secret[place] ^= 0x55
    print("done", flush=True)
    sys.stdin.buffer.read(1)
"""
    command = [sys.executable, "-P", "-c", script]
    environ = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(bytes(byte ^ 0x55 for byte in secret))
        found = []
        for _ in range(2):
            process.stdin.flush()
            assert process.stdout.readline() == b"done\n"
            found.append(sum(part in heap(process.pid) for part in (secret[16:32], secret[-2048:-2016])))
            process.stdin.write(b".")
        process.stdin.flush()
    assert found == [0, 2]  # and what is not wiped would be seen


def heap(process: int) -> bytes:
    """What a process has written, but for its stacks."""
    parts = []
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            place, may, *rest = line.split()
            if may.startswith("rw") and rest[3:] in ([], ["[heap]"]):
                start, end = (int(half, 16) for half in place.split("-"))
                memory.seek(start)
                parts.append(memory.read(end - start))
    return b"".join(parts)


def test_a_round_with_too_few_meters_is_over() -> None:
    world = ShamirWorld.form()
    collecting = world.open(0)
    which = np.arange(6) < 2
    collecting.accept_many(world.contribute(0, np.arange(6), which))
    with pytest.raises(QuorumError) as refused:
        world.utility.close(collecting)
    assert (refused.value.have, refused.value.need) == (2, 4)
    with pytest.raises(MisuseError, match="used up"):
        collecting.missing()
    assert world.sum(1, np.arange(6)).values == (15,)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_cannot_use_what_its_parent_made() -> None:
    world = ShamirWorld.form()
    child = os.fork()
    if child == 0:
        try:
            world.contribute(0, np.arange(6))
        except MisuseError as error:
            os._exit(7 if "another process" in str(error) else 1)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert world.sum(0, np.arange(6)).values == (15,)
