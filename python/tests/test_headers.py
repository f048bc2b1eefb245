"""What can be seen of any frame, one or many, whoever has sent it."""

import copy
import pickle

import numpy as np
import pytest
from forming import BEACON_TIME, FIRST, Dcnet, gathered, identity
from hypothesis import given
from hypothesis import strategies as st
from world import DcnetWorld, ShamirWorld, ids

from wattsum import MalformedError, MisuseError, link


def test_frames_of_a_round_say_what_they_are() -> None:
    world = DcnetWorld.form()
    collecting = world.open(3)
    assert link.Header.from_bytes(collecting.frame) == link.Header("dcnet", "open", 7, 0, 3)
    frames = world.contribute(3, np.arange(6), np.arange(6) < 5)
    header = link.Header.from_bytes(bytes(frames[4]))
    assert (header.protocol, header.kind, header.group, header.round) == ("dcnet", "contribution", 7, 3)
    assert (header.sender, header.flags) == (ids(6)[4], 1)
    collecting.accept_many(frames)
    repairing = world.utility.close(collecting)
    assert link.Header.from_bytes(repairing.frame) == link.Header("dcnet", "close", 7, 0, 3)
    repair = world.meters.close(3, repairing.frame, np.arange(6) < 5).stored()[0]
    assert link.Header.from_bytes(bytes(repair)).kind == "repair"


def test_frames_of_an_epoch_that_is_being_formed() -> None:
    epoch = Dcnet.form()
    forming = link.Forming(epoch.params, 6, FIRST + 1000)
    announcement = link.announce(forming, 11, "meter", identity(11), bytes(31) + b"\1")
    assert link.Header.from_bytes(announcement) == link.Header("dcnet", "link key", 7, 11, FIRST + 1000)
    root = gathered(forming, "holder").build().sign_root(identity(0), FIRST + 2000, BEACON_TIME)
    assert link.Header.from_bytes(root).kind == "roster root"


def test_every_kind_comes_back() -> None:
    assert len(link.KINDS) == 49
    assert len(set(link.KINDS.values())) == 49
    for kind, number in link.KINDS.items():
        for protocol, code in link.PROTOCOLS.items():
            header = link.Header(protocol, kind, 2**32 - 1, 2**32 - 2, 2**32 - 3, 9)
            frame = header.to_bytes()
            assert (len(frame), frame[0], frame[2], frame[3]) == (16, code, number, 9)
            assert link.Header.from_bytes(frame) == header
            assert link.Header.from_bytes(frame + b"payload and trailer") == header


def test_a_header_is_a_value() -> None:
    header = link.Header("shamir", "raw answer", 1, 2, 3)
    printed = eval(repr(header), {"Header": link.Header})
    for again in (pickle.loads(pickle.dumps(header)), copy.deepcopy(header), printed):
        assert again == header
        assert hash(again) == hash(header)
    assert header != link.Header("shamir", "raw answer", 1, 2, 4)
    with pytest.raises(AttributeError):
        header.round = 4  # type: ignore[misc]
    with pytest.raises(TypeError):
        link.KINDS["king"] = 7  # type: ignore[index]


def test_what_is_no_header_is_malformed() -> None:
    good = bytearray(link.Header("dcnet", "contribution", 7, 3, 9, 1).to_bytes())
    for length in range(16):
        with pytest.raises(MalformedError):
            link.Header.from_bytes(good[:length])
    for place, numbers in ((0, set(link.PROTOCOLS.values())), (1, {1}), (2, set(link.KINDS.values()))):
        for number in set(range(256)) - numbers:
            bad = good.copy()
            bad[place] = number
            with pytest.raises(MalformedError):
                link.Header.from_bytes(bad)


def test_arguments_that_are_no_fields_are_named() -> None:
    with pytest.raises(MisuseError, match="protocol: expected one of dcnet, shamir"):
        link.Header("dc", "open", 1, 0, 1)  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="kind: expected one of join"):
        link.Header("dcnet", "king", 1, 0, 1)  # type: ignore[arg-type]
    for name in ("group", "sender", "flags"):
        fields = {"group": 1, "sender": 0, "round": 1, "flags": 0}
        for wrong in (-1, 2**32 if name != "flags" else 256):
            with pytest.raises(MisuseError, match=f"{name}: out of range"):
                link.Header("dcnet", "open", **{**fields, name: wrong})
        with pytest.raises(TypeError, match=f"{name}: expected an int, got float"):
            link.Header("dcnet", "open", **{**fields, name: 1.0})  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="round"):
        link.Header("dcnet", "open", 1, 0, 2**32)
    with pytest.raises(TypeError, match="frame: expected bytes, got str"):
        link.Header.from_bytes("frame")  # type: ignore[arg-type]


def test_whole_batches_at_once() -> None:
    world = ShamirWorld.form(meters=50)
    world.open(2)
    frames = world.contribute(2, np.arange(50))
    found = link.headers(frames)
    assert found.shape == (50,)
    assert found.dtype.names == ("protocol", "known", "kind", "flags", "group", "sender", "round")
    assert found["known"].all()
    assert found["sender"].tolist() == list(ids(50))
    for name, value in (("protocol", 2), ("kind", link.KINDS["contribution"]), ("group", 7), ("round", 2)):
        assert (found[name] == value).all()
    assert link.headers(frames[:0]).shape == (0,)
    assert (link.headers(np.asfortranarray(frames)) == found).all()
    assert (link.headers(frames[::-1]) == found[::-1]).all()


def test_one_frame_that_is_none_spoils_no_other() -> None:
    world = ShamirWorld.form()
    collecting = world.open(2)
    good = list(world.contribute(2, np.arange(6)))
    whole = [row.tobytes() for row in good]
    mixed = [collecting.frame, b"", whole[3], whole[4][:15], b"\xff" * 99, whole[5]]
    found = link.headers(mixed)
    assert found["known"].tolist() == [True, False, True, False, False, True]
    assert found["sender"].tolist() == [0, 0, ids(6)[3], 0, 0, ids(6)[5]]
    assert found[1].tobytes() == bytes(16)
    table = np.stack([good[0], np.full_like(good[0], 255)])
    assert link.headers(table)["known"].tolist() == [True, False]
    assert not link.headers(np.zeros((4, 3), np.uint8))["known"].any()
    assert not link.headers(np.zeros((4, 0), np.uint8))["known"].any()


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_batch_says_what_each_frame_says(frames: list[bytes]) -> None:
    found = link.headers(frames)
    for frame, row in zip(frames, found, strict=True):
        try:
            header = link.Header.from_bytes(frame)
        except MalformedError:
            assert row.tobytes() == bytes(16)
        else:
            assert bool(row["known"])
            assert link.KINDS[header.kind] == row["kind"]
            own = (header.flags, header.group, header.sender, header.round)
            assert own == tuple(int(row[name]) for name in ("flags", "group", "sender", "round"))


def test_batches_of_other_things_are_refused() -> None:
    for wrong in (np.zeros(16, np.uint8), np.zeros((2, 2, 16), np.uint8)):
        with pytest.raises(MisuseError, match="frames: expected an array of two dimensions"):
            link.headers(wrong)
    with pytest.raises(TypeError, match="frames"):
        link.headers(np.zeros((2, 16)))  # type: ignore[arg-type]
    for other in (7, {b"a"}, {b"a": 1}, [7], ["frame"]):
        with pytest.raises(TypeError, match="frames: expected"):
            link.headers(other)  # type: ignore[arg-type]
