"""Restarts of threshold-elgamal's roles: records before messages, states, and rounds that were open."""

import pytest
from elgamal_world import TABLE, Epoch, group, opened
from forming import ANSWERERS, METERS, identity, secret

from wattsum import FaultError, MalformedError, MisuseError, elgamal, link

TOTAL = 5000 + sum(METERS)


def collected(utility: elgamal.Utility, round: int, frames: list[bytes]) -> elgamal.Collecting:
    collecting = utility.open(round, round)
    for frame in frames:
        collecting.accept(frame)
    return collecting


def test_a_trustee_signs_one_list_a_round_also_after_a_restart() -> None:
    """Two sums that differ in one meter are that meter's reading."""
    epoch = Epoch.form()
    honest, cheating, trustee = epoch.utility(), epoch.utility(), epoch.trustee(1)
    frames = epoch.frames(100)
    first, second = collected(honest, 100, frames), collected(cheating, 100, frames[1:])
    open_ = first.frame
    closed, smaller = honest.close(first), cheating.close(second)
    trustee.open(100, open_)
    prepared = trustee.agree(100, closed.frame, closed.contributions)
    record, statement = prepared.record, prepared.stored()
    restarted = epoch.trustee(1)
    restarted.replay(record)
    restarted.open(100, open_)
    with pytest.raises(FaultError) as refused:
        restarted.agree(100, smaller.frame, smaller.contributions)
    assert refused.value.culprit == 0
    assert restarted.agree(100, closed.frame, closed.contributions).stored() == statement
    forgetful = epoch.trustee(1)
    forgetful.open(100, open_)
    assert forgetful.agree(100, smaller.frame, smaller.contributions).stored() != statement
    for length in range(len(record)):
        with pytest.raises(MalformedError, match="stored record"):
            forgetful.replay(record[:length])


def test_a_round_that_was_open_is_opened_again_from_what_was_stored() -> None:
    epoch = Epoch.form()
    utility, trustees = epoch.utility(), epoch.trustees()
    collecting = opened(utility, trustees, 100)
    frames = epoch.frames(100)
    for frame in frames[:3]:
        collecting.accept(frame)
    state, progress = collecting.to_bytes(), utility.progress()
    assert len(progress) == 46

    restarted = epoch.utility()
    restarted.resume(progress)
    again = restarted.reopen(state)
    assert (again.frame, again.round) == (collecting.frame, 100)
    assert again.missing() == [METERS[3], METERS[4]]
    for frame in frames:
        again.accept(frame)
    closed = restarted.close(again)
    for number in closed.missing():
        agreed = trustees[number - 1].agree(100, closed.frame, closed.contributions)
        closed.accept_statement(agreed.stored())
    for number in closed.missing():
        closed.accept(trustees[number - 1].answer(closed.statements).stored())
    assert restarted.record(closed, TABLE).values == (TOTAL,)
    for wrong in (state[:-1], state + b"\0", b"\0" + state[1:], b""):
        with pytest.raises(MalformedError, match="stored record"):
            epoch.utility().reopen(wrong)


def test_states_hold_all_but_open_rounds() -> None:
    epoch = Epoch.form()
    utility, trustees = epoch.utility(), epoch.trustees()
    states = [trustee.to_bytes() for trustee in trustees]
    own = utility.to_bytes()
    utility = elgamal.Utility.from_bytes(epoch.params, epoch.view, identity(0), epoch.keys, own)
    trustees = [
        elgamal.Trustee.from_bytes(
            epoch.params, epoch.view, identity(party), epoch.share(number), epoch.keys, states[number - 1]
        )
        for number, party in enumerate(ANSWERERS, start=1)
    ]
    assert [trustee.number for trustee in trustees] == [1, 2, 3, 4]
    collecting = opened(utility, trustees, 100)
    for frame in epoch.frames(100):
        collecting.accept(frame)
    closed = utility.close(collecting)
    for number in closed.missing():
        agreed = trustees[number - 1].agree(100, closed.frame, closed.contributions)
        closed.accept_statement(agreed.stored())
    for number in closed.missing():
        closed.accept(trustees[number - 1].answer(closed.statements).stored())
    assert utility.record(closed, TABLE).values == (TOTAL,)

    for wrong in (states[1], states[0][:-1], states[0] + b"\0", b""):
        with pytest.raises(MalformedError, match="stored record"):
            elgamal.Trustee.from_bytes(
                epoch.params, epoch.view, identity(ANSWERERS[0]), epoch.share(1), epoch.keys, wrong
            )
    for wrong in (states[0], own[:-1], b""):
        with pytest.raises(MalformedError, match="stored record"):
            elgamal.Utility.from_bytes(epoch.params, epoch.view, identity(0), epoch.keys, wrong)


def test_a_device_contributes_once_also_after_a_restart() -> None:
    epoch = Epoch.form()
    prepared = epoch.meter(METERS[0]).contribute(link.HighWater(), 100, 100, 1)
    restarted = link.HighWater()
    restarted.replay(prepared.record)
    with pytest.raises(MisuseError, match="contributed already"):
        epoch.meter(METERS[0]).contribute(restarted, 100, 100, 2)
    assert epoch.meter(METERS[0]).contribute(restarted, 101, 101, 2).stored()


def test_a_mistake_uses_no_secret_up() -> None:
    epoch, others = Epoch.form(), Epoch.form(elgamal.Params(group(max_missing_permille=399)))
    party = ANSWERERS[0]
    own, kept, share = identity(party), secret(party), epoch.share(1)
    utility, key = identity(0), epoch.keys.group_key

    def trustee(
        params: elgamal.Params = epoch.params,
        id: int = party,
        identity: link.Identity = own,
        link_: link.LinkSecret = kept,
        share: elgamal.SecretShare = share,
        keys: elgamal.KeySet = epoch.keys,
    ) -> elgamal.Trustee:
        return elgamal.Trustee(params, epoch.view, id, identity, link_, share, keys)

    threshold = link.Threshold(7, 5, 2)
    for wrong, text in (
        (lambda: trustee(params=others.params), "not one of these parameters"),
        (lambda: trustee(id=ANSWERERS[1]), "not in the roster"),
        (lambda: trustee(id=METERS[0]), "not in the roster"),
        (lambda: trustee(identity=identity(ANSWERERS[1])), "not in the roster"),
        (lambda: trustee(link_=secret(ANSWERERS[1])), "not in the roster"),
        (lambda: trustee(share=epoch.share(2)), "secret share does not belong"),
        (lambda: trustee(share=others.share(1)), "secret share does not belong"),
        (lambda: trustee(keys=others.keys), "secret share does not belong"),
        (lambda: trustee(keys=elgamal.deal(threshold)[0]), "another number of trustees"),
        (
            lambda: elgamal.Utility(epoch.params, epoch.view, utility, secret(0), elgamal.deal(threshold)[0]),
            "another number of trustees",
        ),
        (lambda: elgamal.Utility(epoch.params, epoch.view, own, secret(0), epoch.keys), "another role"),
        (lambda: elgamal.Meter(epoch.params, epoch.view, METERS[0], own, key), "not in the roster"),
        (lambda: elgamal.Meter(others.params, epoch.view, METERS[0], own, key), "not one of these"),
    ):
        with pytest.raises(MisuseError, match=text):
            wrong()
    assert trustee().number == 1
    for used in (
        lambda: trustee(),
        lambda: share.to_bytes(),
        lambda: share.announce(epoch.view, party, identity(0)),
    ):
        with pytest.raises(MisuseError, match="used up"):
            used()
    assert elgamal.Utility(epoch.params, epoch.view, utility, secret(0), epoch.keys)
