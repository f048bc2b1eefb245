"""Keys without a dealer: the ceremony's steps on bytes, restarts from its log, and who is to blame."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from elgamal_world import TABLE, Epoch, group
from forming import ANSWERERS, identity

from wattsum import FaultError, InconsistentError, MalformedError, MisuseError, QuorumError, elgamal, link

PARAMS = elgamal.Params(group())
MEMBERS = [(party, identity(party).public) for party in ANSWERERS]
IDS = list(ANSWERERS)

Step = elgamal.Joining | elgamal.Echoing | elgamal.Sharing | elgamal.Confirming


def begun(ceremony: elgamal.Ceremony, ids: Sequence[int] = ANSWERERS) -> list[elgamal.Joining]:
    return [elgamal.Joining.begin(ceremony, party, identity(party)).stored() for party in ids]


def deliver(steps: Sequence[Step]) -> None:
    frames = [step.frame for step in steps]
    for step in steps:
        for frame in frames:
            if frame is not None:
                step.accept(frame)
        assert step.missing() == []


def echoing(joining: Sequence[elgamal.Joining]) -> list[elgamal.Echoing]:
    deliver(joining)
    return [step.close().stored() for step in joining]


def sharing(echoes: Sequence[elgamal.Echoing]) -> list[elgamal.Sharing]:
    deliver(echoes)
    return [step.close() for step in echoes]


def finished(sharing: Sequence[elgamal.Sharing]) -> list[elgamal.Outcome]:
    deliver(sharing)
    confirming = [step.close().stored() for step in sharing]
    deliver(confirming)
    return [step.finish() for step in confirming]


def opens(keys: elgamal.KeySet, shares: Sequence[elgamal.SecretShare]) -> bool:
    ciphertext = elgamal.encrypt(keys.group_key, np.array(1234))
    points = elgamal.combine({share.number: share.decrypt(ciphertext) for share in shares}, ciphertext)
    return bool(TABLE.solve_many(points, (0, 5000))[1])


def shares_of(outcomes: Sequence[elgamal.Outcome]) -> list[elgamal.SecretShare]:
    return [outcome.share for outcome in outcomes if outcome.share is not None]


def test_all_end_with_the_same_keys_and_any_three_open() -> None:
    ceremony = elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    assert ceremony.parties == IDS
    assert (ceremony.threshold, len(ceremony.id)) == (PARAMS.threshold, 32)
    joining = begun(ceremony)
    announcements = [step.frame for step in joining]
    echoes = echoing(joining)
    onlooker = elgamal.Agreed(ceremony, announcements, [step.frame for step in echoes])
    outcomes = finished(sharing(echoes))
    keys = outcomes[0].keys
    assert all(outcome.keys == keys for outcome in outcomes)
    assert onlooker.keys() == keys
    shares = shares_of(outcomes)
    assert [share.number for share in shares] == [1, 2, 3, 4]
    assert [keys.member(share.number) for share in shares] == [share.public for share in shares]
    assert opens(keys, shares[1:])
    assert not opens(keys, shares[2:])
    assert outcomes[1].identity.public == identity(IDS[1]).public
    stated = [
        keys.statement(Epoch.form().view, party, outcome.identity, share)
        for party, outcome, share in zip(IDS, outcomes, shares, strict=True)
    ]
    assert (
        elgamal.GroupKey.certified(
            PARAMS, Epoch.form().view, np.stack([np.frombuffer(frame, np.uint8) for frame in stated])
        )
        == keys.group_key
    )


def test_another_ceremony_has_another_id() -> None:
    one = elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    assert one == elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    others = [
        elgamal.Ceremony.generate(PARAMS, 2, MEMBERS),
        elgamal.Ceremony.generate(PARAMS, 1, MEMBERS[::-1]),
        elgamal.Ceremony.generate(elgamal.Params(group(channels=2)), 1, MEMBERS),
    ]
    assert len({ceremony.id for ceremony in (one, *others)}) == 4
    frame = begun(others[0])[1].frame
    with pytest.raises(FaultError):
        begun(one)[0].accept(frame)


def test_a_participant_goes_on_from_its_log_with_the_same_frames() -> None:
    ceremony = elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    me, others = IDS[0], begun(ceremony, IDS[1:])
    prepared = elgamal.Joining.begin(ceremony, me, identity(me))
    log = [prepared.record]
    first = prepared.stored()
    for step in others:
        first.accept(step.frame)
    closing = first.close()
    log.append(closing.record)
    echo = closing.stored().frame

    def resumed(records: Sequence[bytes]) -> elgamal.Joining:
        return elgamal.Joining.resume(ceremony, me, identity(me), records)

    again = resumed(log)
    assert again.missing() == IDS[1:]
    for step in others:
        again.accept(step.frame)
    assert again.announcement(IDS[1]) == others[0].frame
    assert again.announcement(99) is None
    assert again.close().stored().frame == echo
    other = begun(ceremony, [IDS[1]])[0]  # the utility shows another announcement after the restart
    deceived = resumed(log)
    for frame in (other.frame, others[1].frame, others[2].frame):
        deceived.accept(frame)
    with pytest.raises(InconsistentError):
        deceived.close()
    for bad in ([], log[1:], [log[0][:-1]], [log[0], log[1][:-1] + b"\0"], [b""]):
        with pytest.raises(MalformedError, match="stored record"):
            resumed(bad)


def test_a_step_that_is_refused_stays() -> None:
    joining = begun(elgamal.Ceremony.generate(PARAMS, 1, MEMBERS))
    with pytest.raises(QuorumError) as waiting:
        joining[0].close()
    assert (waiting.value.have, waiting.value.need) == (1, 4)
    assert joining[0].missing() == IDS[1:]
    echoes = echoing(joining)
    for used in (
        joining[0].close,
        joining[0].missing,
        lambda: joining[0].frame,
        lambda: joining[0].accept(b""),
    ):
        with pytest.raises(MisuseError, match="ceremony step is used up"):
            used()
    with pytest.raises(QuorumError):
        echoes[0].close()
    with pytest.raises(MalformedError):
        echoes[0].accept(b"no frame")
    assert len(finished(sharing(echoes))) == 4


def test_who_shows_two_announcements_is_named() -> None:
    ceremony = elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    joining = begun(ceremony)
    two_faced = begun(ceremony, IDS[3:])[0]
    for step in joining[:3]:
        for other in (*joining[:2], joining[2]):
            step.accept(other.frame)
    joining[0].accept(joining[3].frame)
    for step in joining[1:3]:
        step.accept(two_faced.frame)
    with pytest.raises(FaultError, match="two different messages") as second:
        joining[0].accept(two_faced.frame)
    assert second.value.culprit == IDS[3]
    one, another = joining[0].close().stored(), joining[1].close().stored()
    one.accept(another.frame)
    [dispute] = one.disputes()
    assert (dispute.about, dispute.kind, dispute.claimant) == (IDS[3], "announcement", IDS[1])
    assert dispute.unanswered().culprit == IDS[1]
    verdict = ceremony.contradiction(one.announcement(IDS[3]) or b"", another.announcement(IDS[3]) or b"")
    assert isinstance(verdict, FaultError)
    assert verdict.culprit == IDS[3]
    with pytest.raises(InconsistentError):
        ceremony.contradiction(joining[3].frame, joining[3].frame)


def test_a_changed_share_is_found() -> None:
    """Its dealer has not signed it, so that it does not count; what was dealt does."""
    shares = sharing(echoing(begun(elgamal.Ceremony.generate(PARAMS, 1, MEMBERS))))
    frame = bytearray(shares[1].frame or b"")
    frame[70] ^= 1
    with pytest.raises(FaultError, match="signature"):
        shares[0].accept(frame)
    assert shares[0].missing() == IDS[1:]
    assert (shares[0].complaints(), shares[0].shares(IDS[1])) == ([], None)
    with pytest.raises((MalformedError, FaultError)):
        shares[0].judge(b"no complaint")
    assert len(finished(shares)) == 4


def test_a_committee_hands_its_key_on_and_old_shares_do_not_combine() -> None:
    outcomes = finished(sharing(echoing(begun(elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)))))
    old = outcomes[0].keys
    stored = [share.to_bytes() for share in shares_of(outcomes)]

    def kept(number: int) -> elgamal.SecretShare:
        return elgamal.SecretShare.from_bytes(number, stored[number - 1])

    def held(ceremony: elgamal.Ceremony, dealers: dict[int, int]) -> list[elgamal.Outcome]:
        """`dealers`: ids with their old numbers."""
        joining = [
            elgamal.Joining.begin(
                ceremony, party, identity(party), kept(dealers[party]) if party in dealers else None
            ).stored()
            for party in ceremony.parties
        ]
        return finished(sharing(echoing(joining)))

    refreshed = held(
        elgamal.Ceremony.refresh(PARAMS, 2, MEMBERS, old), dict(zip(IDS, range(1, 5), strict=True))
    )
    new = refreshed[0].keys
    assert new.group_key.encoding == old.group_key.encoding
    assert new.group_key != old.group_key
    fresh = shares_of(refreshed)
    assert opens(new, fresh[:3])
    assert not opens(new, [kept(1), *fresh[1:3]])

    newcomers = [21, 22, 23, 24]
    members = [(party, identity(party).public) for party in newcomers]
    dealers = {IDS[0]: 1, IDS[1]: 2, IDS[3]: 4}
    listed = [(number, party, identity(party).public) for party, number in dealers.items()]
    ceremony = elgamal.Ceremony.reshare(PARAMS, 3, members, old, listed)
    assert ceremony.parties == [*newcomers, *dealers]
    moved = held(ceremony, dealers)
    assert moved[0].keys.group_key.encoding == old.group_key.encoding
    assert [outcome.share is None for outcome in moved] == [False] * 4 + [True] * 3
    assert opens(moved[0].keys, shares_of(moved)[1:])
    for share, party in ((kept(2), IDS[0]), (None, IDS[0]), (kept(1), 21)):
        with pytest.raises(MisuseError, match="secret share"):
            elgamal.Joining.begin(ceremony, party, identity(party), share)
    with pytest.raises(QuorumError):
        elgamal.Ceremony.reshare(PARAMS, 3, members, old, listed[:2])
    with pytest.raises(MisuseError):
        elgamal.Ceremony.reshare(PARAMS, 3, members, old, listed[::-1])


def test_hold_plays_all_parts_and_gives_the_identities_back() -> None:
    cohort = link.Cohort(PARAMS, range(1, 6), 95)
    keys, shares = elgamal.hold(PARAMS, cohort.answerers)
    assert opens(keys, shares[:3])
    again, _ = elgamal.hold(PARAMS, cohort.answerers, number=2)
    assert again != keys
    with pytest.raises(MisuseError):
        elgamal.hold(PARAMS, cohort.answerers[:3])
    for party, share in zip(cohort.answerers, shares, strict=True):
        assert keys.statement(cohort.view, party.id, party.identity, share)


def test_own_keys_of_all_make_a_joint_one() -> None:
    everyone = link.Threshold.trusting_the_utility_not_to_equivocate(4, 4)
    epoch = Epoch.form(elgamal.Params(group(), everyone))
    own = [
        elgamal.SecretShare.generate(number, epoch.view, identity(party))
        for number, party in enumerate(ANSWERERS, start=1)
    ]
    announced = [
        share.announce(epoch.view, party, identity(party))
        for share, party in zip(own, ANSWERERS, strict=True)
    ]
    keys = elgamal.KeySet.joint(epoch.params, epoch.view, announced[::-1])
    assert keys == elgamal.KeySet.from_bytes(everyone, keys.to_bytes())
    with pytest.raises(QuorumError) as missing:
        elgamal.KeySet.joint(epoch.params, epoch.view, announced[:3])
    assert (missing.value.have, missing.value.need) == (3, 4)
    forged = announced[0][:20] + bytes([announced[0][20] ^ 1]) + announced[0][21:]
    with pytest.raises(FaultError) as refused:
        elgamal.KeySet.joint(epoch.params, epoch.view, [forged, *announced[1:]])
    assert refused.value.culprit == ANSWERERS[0]
    joint = Epoch(epoch.params, epoch.view, keys, [share.to_bytes() for share in own])
    trustees, utility = joint.trustees(), joint.utility()
    collecting = utility.open(100, 100)
    for frame in joint.frames(100, reading=0):
        collecting.accept(frame)
    for trustee in trustees:
        trustee.open(100, collecting.frame)
    closed = utility.close(collecting)
    for trustee in trustees:
        closed.accept_statement(trustee.agree(100, closed.frame, closed.contributions).stored())
    for trustee in trustees:
        closed.accept(trustee.answer(closed.statements).stored())
    assert utility.record(closed, TABLE).values == (65,)


WRONG: Any = IDS
NO_ID: Any = [("1", bytes(32))] * 4


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: elgamal.Ceremony.generate(PARAMS, 1, MEMBERS[:3]), MisuseError, "do not go together"),
        (
            lambda: elgamal.Ceremony.generate(PARAMS, 1, [*MEMBERS[:3], MEMBERS[0]]),
            MisuseError,
            "zero or too",
        ),
        (lambda: elgamal.Ceremony.generate(PARAMS, -1, MEMBERS), MisuseError, "number: out of range"),
        (lambda: elgamal.Ceremony.generate(PARAMS, 1, WRONG), TypeError, "members: expected pairs"),
        (
            lambda: elgamal.Ceremony.generate(PARAMS, 1, [(1, b"")] * 4),
            MisuseError,
            "members: expected 32 bytes",
        ),
        (lambda: elgamal.Ceremony.generate(PARAMS, 1, NO_ID), TypeError, "members: expected an int"),
        (lambda: elgamal.hold(PARAMS, WRONG), TypeError, "parties: expected Party objects"),
    ],
)
def test_plans_are_checked(make: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_who_is_not_listed_keeps_its_identity() -> None:
    ceremony = elgamal.Ceremony.generate(PARAMS, 1, MEMBERS)
    own = identity(IDS[0])
    for party in (IDS[1], 99):
        with pytest.raises(MisuseError, match="not in the roster"):
            elgamal.Joining.begin(ceremony, party, own)
    assert elgamal.Joining.begin(ceremony, IDS[0], own).stored()
