"""Groups with terms: licences, elections, claims, concentrators that change, members who sign their set."""

from collections.abc import Sequence

import pytest
from rings import Town, group

from wattsum import FaultError, MisuseError, QuorumError, cmt


def founded(meters: int = 7, mode: cmt.Mode = "derived", mean: int = 4, agreement: bool = False) -> Town:
    """A town whose meters have their licences."""
    town = Town.found(cmt.Params(group(), mode, terms=mean, agreement=agreement), meters)
    for id in town.devices:
        license(town, id, 0)
    return town


def license(town: Town, id: int, now: int) -> cmt.Licence:
    device = town.devices[id]
    prepared = town.supplier.licence(now, device.meter.ask(device.identity, now))
    town.records.append(prepared.record)
    return device.meter.licensed(now, prepared.stored())


def elect(town: Town, now: int, generation: int) -> tuple[int, list[int]]:
    """Everybody hears everybody: who is drawn, and of whom."""
    there = list(town.devices)
    elections = {
        id: cmt.Election(town.devices[id].meter, town.devices[id].identity, now, now, generation, tries=1)
        for id in there
    }
    roll = cmt.Roll(town.view)
    for id, election in elections.items():
        assert (election.generation, election.first_round) == (generation, now)
        for other in there:
            if other != id:
                heard = election.hear(now, roll, elections[other].hello)
                assert heard.kind == "new"
                assert election.hear(now, roll, elections[other].hello).kind == "known"
    [drawn] = {election.drawn() for election in elections.values()}
    for id, election in elections.items():
        verdict = election.deadline()
        assert verdict.kind == ("claim" if id == drawn else "await")
        assert verdict.id == (None if id == drawn else drawn)
    return drawn, elections[drawn].members()


def claim(town: Town, now: int, generation: int, drawn: int, members: Sequence[int]) -> bytes:
    """The claim of who was drawn, which all follow."""
    lead = town.devices[drawn]
    frame = lead.keep(lead.meter.claim(lead.identity, now, now, generation, members))
    for id in members:
        claimed = town.devices[id].meter.follow(now, frame)
        assert (claimed.id, claimed.generation, claimed.count) == (drawn, generation, len(members))
        assert town.devices[id].meter.followed == claimed
    assert town.supplier.claimed(now, frame) == claimed
    return frame


def test_concentrators_change_when_terms_end() -> None:
    town = founded(mean=3)
    drawn, members = elect(town, 0, 1)
    assert members == list(town.devices)
    claim(town, 0, 1, drawn, members)
    town.form(0, 1, members)
    round, leads = 0, [drawn]
    for generation in range(2, 7):
        until = town.supplier.until
        assert until is not None
        assert until - round == cmt.term(town.params, town.view, generation - 1)
        while round < until:
            readings = {id: id + round for id in members}
            assert town.derived(round, readings).close().values == (sum(readings.values()),)
            round += 1
        with pytest.raises(MisuseError, match="term is over"):
            town.supplier.open(round, round)
        device = town.devices[members[0]]
        with pytest.raises(MisuseError, match="term is over"):
            device.meter.contribute(device.mark, round, round, 1)
        lead, drawn = town.devices[drawn], cmt.drawn(town.view, generation, members)
        assert town.book is not None
        if drawn == lead.id:
            with pytest.raises(MisuseError, match="role"):
                lead.meter.hand_over(town.book, round, round, generation, members)
        else:
            to, frame = lead.meter.hand_over(town.book, round, round, generation, members)
            handed = town.devices[to].meter.handed_over(round, frame)
            assert (to, handed.generation, handed.first_round) == (drawn, generation, round)
            assert handed.members == members
            other = next(id for id in members if id not in (to, lead.id))
            with pytest.raises(FaultError) as refused:
                town.devices[other].meter.handed_over(round, frame)
            assert refused.value.culprit == lead.id
        claim(town, round, generation, drawn, members)
        town.form(round, generation, members)
        leads.append(drawn)
    assert len(set(leads)) > 1


def test_a_claim_before_the_term_ends_is_too_early_unless_a_round_was_lost() -> None:
    town = founded(mean=40)
    drawn, members = elect(town, 0, 1)
    claim(town, 0, 1, drawn, members)
    town.form(0, 1, members)
    silent = next(id for id in members if id != drawn)
    others = [id for id in members if id != silent]
    lead = town.devices[cmt.drawn(town.view, 2, others)]
    with pytest.raises(MisuseError, match="present state"):
        lead.meter.claim(lead.identity, 1, 1, 2, others)
    collecting = town.derived(0, dict.fromkeys(members, 1), others)
    prepared = town.supplier.discard(collecting)
    town.records.append(prepared.record)
    lost = prepared.stored()
    with pytest.raises(MisuseError, match="collecting round is used up"):
        collecting.missing()
    for id in others:
        town.devices[id].meter.lost(1, lost)
    claim(town, 1, 2, lead.id, others)
    assert town.supplier.is_licensed(silent)
    town.form(1, 2, others)
    assert not town.supplier.is_licensed(silent)  # the generation that left it out has made its licence void
    assert town.derived(1, dict.fromkeys(others, 3)).close().values == (18,)
    # It asks again, and is taken with the next generation.
    assert license(town, silent, 1).number == 2
    assert town.supplier.is_licensed(silent)


def test_a_healed_ring_keeps_its_term() -> None:
    town = founded(meters=8, mean=40)
    drawn, members = elect(town, 0, 1)
    claim(town, 0, 1, drawn, members)
    formed = town.form(0, 1, members)
    lead, until = town.devices[drawn], town.supplier.until
    silent = next(id for id in members if id != drawn)
    others = [id for id in members if id != silent]
    lost = town.supplier.discard(town.derived(0, dict.fromkeys(members, 1), others)).stored()
    with pytest.raises(MisuseError, match="present state"):
        formed.book.heal(lead.meter, 1, 1, 2, [silent])
    for id in others:
        town.devices[id].meter.broken() if id % 2 else town.devices[id].meter.lost(1, lost)
    [listed] = formed.book.silent(1, lost)
    healing = lead.keep(formed.book.heal(lead.meter, 1, 1, 2, [listed.id]))
    for id, frame in healing.members:
        town.devices[id].keep(town.devices[id].meter.heal(1, frame))
    assert town.supplier.heal(1, healing.supplier) == 2
    assert town.derived(1, dict.fromkeys(others, 2)).close().values == (14,)
    assert (town.supplier.until, lead.meter.until) == (until, until)
    assert not town.supplier.is_licensed(silent)


def test_who_is_expelled_gets_no_licence_and_no_ring() -> None:
    town = founded()
    drawn, members = elect(town, 0, 1)
    expelled = next(id for id in members if id != drawn)
    town.supplier.expel(expelled)
    lead = town.devices[drawn]
    frame = lead.meter.claim(lead.identity, 0, 0, 1, members).stored()
    with pytest.raises(FaultError, match="licence") as refused:
        town.supplier.claimed(0, frame)
    assert refused.value.culprit == expelled
    device = town.devices[expelled]
    with pytest.raises(FaultError):
        town.supplier.licence(0, device.meter.ask(device.identity, 0))
    town.supplier.readmit(expelled)
    assert town.supplier.claimed(0, frame).count == 7
    with pytest.raises(MisuseError, match="meter: "):
        town.supplier.expel(1)


def test_a_claimant_without_a_ring_is_given_up() -> None:
    town = founded()
    drawn, members = elect(town, 0, 1)
    frame = claim(town, 0, 1, drawn, members)
    assert town.supplier.forsake(0) is not None
    assert town.supplier.forsake(0) is None
    device = town.devices[next(id for id in members if id != drawn)]
    device.meter.forsake()
    assert (device.meter.followed, device.meter.next_generation) == (None, 2)
    with pytest.raises(FaultError) as refused:
        device.meter.follow(0, frame)
    assert refused.value.culprit == drawn


def test_the_better_claim_is_followed() -> None:
    town = founded(meters=9)
    everybody = list(town.devices)
    fewer = everybody[:-1]
    first, second = cmt.drawn(town.view, 1, fewer), cmt.drawn(town.view, 1, everybody)
    if first == second:
        fewer = everybody[1:]
        first = cmt.drawn(town.view, 1, fewer)
    small, large = (
        town.devices[lead].meter.claim(town.devices[lead].identity, 0, 0, 1, members).stored()
        for lead, members in ((first, fewer), (second, everybody))
    )
    follower = town.devices[next(id for id in fewer if id not in (first, second))].meter
    weak = follower.follow(0, small)
    if first != second:
        strong = follower.follow(0, large)
        assert strong.beats(weak)
        assert strong.precedes(weak)
        assert not weak.precedes(strong)
        with pytest.raises(FaultError):
            follower.follow(0, small)
        assert town.supplier.claimed(0, small) == weak
        assert town.supplier.claimed(0, large) == strong


def test_an_election_waits_repeats_and_does_without_the_silent() -> None:
    town = founded()
    drawn = cmt.drawn(town.view, 1)
    me, *others = sorted(town.devices.values(), key=lambda device: device.id == drawn)
    election = cmt.Election(me.meter, me.identity, 0, 0, 1, tries=2)
    roll = cmt.Roll(town.view)
    assert election.deadline().kind == "repeat"
    verdict = election.deadline()
    assert (verdict.kind, verdict.have, verdict.need) == ("too few", 1, 5)
    with pytest.raises(QuorumError):
        election.drawn()
    for other in others:
        election.hear(0, roll, other.meter.hello(other.identity, 0, 0, 1))
    for kind in ("await", "await"):  # as many deadlines as tries
        verdict = election.deadline()
        assert (verdict.kind, verdict.id) == (kind, drawn)
    verdict = election.deadline()
    assert drawn not in election.members()
    assert verdict.kind == ("claim" if election.drawn() == me.id else "await")
    election.leave_out(others[0].id)
    election.leave_out(me.id)  # oneself is not left out
    assert election.members() == sorted(device.id for device in (me, *others[1:-1]))
    asked = others[0].meter.discover(others[0].identity, 0)
    assert election.hear(0, roll, asked).kind == "discovery"
    later = others[0].meter.hello(others[0].identity, 1, 1, 2)
    heard = election.hear(1, roll, later)
    assert (heard.kind, heard.generation, heard.first_round) == ("elsewhere", 2, 1)
    # A licence from before its holder was cut out is void.
    roll.cut(others[1].id, 1)
    licence = others[1].meter.licence
    assert licence is not None
    assert not roll.holds(others[1].id, licence)
    with pytest.raises(FaultError, match="licence") as refused:
        election.hear(0, roll, others[1].meter.hello(others[1].identity, 0, 0, 1))
    assert refused.value.culprit == others[1].id


def test_a_roll_learns_from_claims_who_was_left_out() -> None:
    town = founded()
    *members, out = town.devices
    lead = town.devices[cmt.drawn(town.view, 1, members)]
    roll, licence = cmt.Roll(town.view), town.devices[out].meter.licence
    assert licence is not None
    assert roll.holds(out, licence)
    frame = lead.meter.claim(lead.identity, 1, 1, 1, members).stored()
    assert roll.formed(town.params, town.view, frame) == lead.meter.followed
    assert not roll.holds(out, licence)


def test_members_take_their_places_when_all_have_signed_one_set() -> None:
    town = founded(agreement=True)
    drawn, members = elect(town, 0, 1)
    frame = claim(town, 0, 1, drawn, members)
    formed = town.gather(0, 1, town.devices[drawn], members)
    echoes = {id: town.devices[id].meter.echo(town.devices[id].identity) for id in members if id != drawn}
    for id, seat in formed.seats:
        meter = town.devices[id].meter
        with pytest.raises(MisuseError, match="not agreed"):
            meter.seat(seat)
        agreement = meter.agreement(frame)
        awaited = [other for other in echoes if other != id]
        assert agreement.awaited() == awaited
        with pytest.raises(QuorumError) as few:
            meter.agree(agreement)
        assert (few.value.have, few.value.need) == (0, 5)
        for other in reversed(awaited):  # in any order, and more than once
            assert agreement.hear(echoes[other]) == other
            assert agreement.hear(echoes[other]) == other
        with pytest.raises(FaultError) as own:
            agreement.hear(echoes[id])
        assert own.value.culprit == id
        torn = bytearray(echoes[awaited[0]])
        torn[-1] ^= 1
        with pytest.raises(FaultError) as forged:
            agreement.hear(torn)
        assert forged.value.culprit == awaited[0]
        assert agreement.awaited() == []
        meter.agree(agreement)
        meter.seat(seat)
    town.supplier.register(0, drawn, formed.group_key)
    assert town.derived(0, dict.fromkeys(members, 4)).close().values == (28,)


def test_steps_of_terms_are_for_groups_with_terms() -> None:
    town = Town.found(cmt.Params(group(), "derived"))
    device = next(iter(town.devices.values()))
    meter, identity = device.meter, device.identity
    for step in (
        lambda: meter.ask(identity, 0),
        lambda: meter.hello(identity, 0, 0, 1),
        lambda: meter.discover(identity, 0),
        lambda: meter.claim(identity, 0, 0, 1, list(town.devices)),
        lambda: meter.broken(),
        lambda: town.supplier.claimed(0, bytes(100)),
    ):
        with pytest.raises(MisuseError, match="no terms"):
            step()
    assert cmt.term(town.params, town.view, 1) is None
    assert (meter.licence, meter.followed, meter.until) == (None, None, None)
    meter.forsake()
