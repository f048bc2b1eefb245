"""Answers that t answerers have signed for first: any number gives one, and the wrong ones are named."""

import pytest
from answering import ANSWERERS, TOTAL, Dcnet, Group, Shamir, identity, secret, stated

from wattsum import FaultError, InconsistentError, MalformedError, MisuseError, QuorumError, dcnet, link

both = pytest.mark.parametrize("form", [Shamir, Dcnet])


@both
def test_all_answer_and_nobody_lies(form: type[Group]) -> None:
    own = form()
    certified = own.certified(3)
    assert certified.missing() == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(QuorumError) as early:
        certified.certificate()
    assert (early.value.have, early.value.need) == (0, 5)
    certificate = stated(own, certified, 3, range(1, 8))
    assert len(certificate) == 7
    assert link.Header.from_bytes(certificate[0]).kind == "set statement"
    for count, number in enumerate(range(7, 0, -1)):
        if count < 5:
            with pytest.raises(QuorumError) as refused:
                own.record(certified)
            assert (refused.value.have, refused.value.need) == (count, 5)
        answer = own.answerers[number - 1].answer_certified(certificate).stored()
        assert link.Header.from_bytes(answer).kind == "raw answer"
        assert certified.accept(answer) == ANSWERERS[number - 1]
        assert certified.accept(answer) == ANSWERERS[number - 1]  # the same again changes nothing
        if count >= 4:
            checked = own.record(certified)
            assert checked.sum == link.Sum(3, [TOTAL], 5)
            shows = [("unchecked", 0), ("detects", 0), ("names", 1)]
            assert (checked.check, checked.names) == shows[count - 4]
            assert (checked.wrong, checked.faults()) == ((), [])
    assert certified.missing() == []


@both
def test_fewer_are_asked(form: type[Group]) -> None:
    own = form()
    asked = [1, 3, 4, 6, 7]
    certified = own.certified(3, asked)
    assert certified.missing() == asked
    certificate = stated(own, certified, 3, asked)
    with pytest.raises(FaultError) as refused:
        own.answerers[1].agree(3, certified.frame)
    assert refused.value.culprit == 0
    for number in asked:
        certified.accept(own.answerers[number - 1].answer_certified(certificate).stored())
    assert own.record(certified).sum.values == (TOTAL,)


@both
def test_an_answer_wants_the_statements_of_t_and_its_own(form: type[Group]) -> None:
    own = form()
    certified = own.certified(3)
    with pytest.raises(MisuseError):
        own.answerers[0].answer_certified([])  # nothing is signed
    certificate = stated(own, certified, 3, range(1, 7))
    with pytest.raises(QuorumError):
        own.answerers[0].answer_certified(certificate[:4])
    with pytest.raises(MisuseError):
        own.answerers[0].answer_certified(certificate[1:])
    with pytest.raises((QuorumError, FaultError)):
        own.answerers[0].answer_certified([certificate[0]] * 5)  # one statement is no five
    torn = [*certificate[:4], certificate[4][:-1]]
    with pytest.raises((MalformedError, FaultError)):
        own.answerers[0].answer_certified(torn)
    with pytest.raises(MisuseError, match="statements: more than 255"):
        own.answerers[0].answer_certified([b""] * 256)
    with pytest.raises(TypeError, match="statements: expected"):
        own.answerers[0].answer_certified(7)  # type: ignore[arg-type]
    assert own.answerers[0].answer_certified(certificate).stored()


@both
def test_an_answerer_agrees_to_one_set_a_round(form: type[Group]) -> None:
    """The same statement once more is the same bytes, and no new entry of the log."""
    own = form()
    certified = own.certified(3)
    first = own.answerers[0].agree(3, certified.frame)
    again = own.answerers[0].agree(3, certified.frame)
    assert (first.record, first.stored()) == (again.record, again.stored())


@both
@pytest.mark.parametrize(
    "asked", [[], [1, 2, 3, 4], [1, 2, 3, 4, 8], [0, 1, 2, 3, 4], [1, 1, 2, 3, 4, 5], [-1] * 5]
)
def test_those_who_cannot_be_asked(form: type[Group], asked: list[int]) -> None:
    own = form()
    if isinstance(own, Dcnet):
        closed = own.closed(0)
        with pytest.raises(MisuseError, match="asked: "):
            own.utility.certify(closed, asked)
        assert own.utility.certify(closed).missing() == [1, 2, 3, 4, 5, 6, 7]
        return
    collecting = own.collected(0)
    with pytest.raises(MisuseError, match="asked: "):
        own.utility.certify(collecting, asked)
    assert own.utility.certify(collecting).missing() == [1, 2, 3, 4, 5, 6, 7]


@both
@pytest.mark.parametrize(("asked", "liars", "check"), [(7, 1, "names"), (6, 0, "detects"), (7, 0, "names")])
def test_a_lying_answerer_is_named_and_does_no_harm(
    form: type[Group], asked: int, liars: int, check: str
) -> None:
    """It knows its keys, so its frame is right; only that its answer does not fit the others' shows it."""
    own = form()
    numbers = range(1, asked + 1)
    certified = own.certified(3, numbers)
    for number in range(1, liars + 1):
        own.corrupt(number)
    certificate = stated(own, certified, 3, numbers)
    for number in numbers:
        certified.accept(own.answerers[number - 1].answer_certified(certificate).stored())
    checked = own.record(certified)
    assert checked.sum == link.Sum(3, [TOTAL], 5)
    assert checked.check == check
    assert checked.wrong == ANSWERERS[:liars]
    faults = checked.faults()
    assert [fault.culprit for fault in faults] == list(ANSWERERS[:liars])
    assert all(isinstance(fault, FaultError) for fault in faults)


@both
@pytest.mark.parametrize(("asked", "liars"), [(6, 1), (7, 2)])
def test_more_liars_than_can_be_named_give_no_sum(form: type[Group], asked: int, liars: int) -> None:
    own = form()
    numbers = range(1, asked + 1)
    certified = own.certified(3, numbers)
    for number in range(1, liars + 1):
        own.corrupt(number)
    certificate = stated(own, certified, 3, numbers)
    for number in numbers:
        certified.accept(own.answerers[number - 1].answer_certified(certificate).stored())
    with pytest.raises(InconsistentError):
        own.record(certified)


@both
def test_with_no_answer_to_spare_a_lie_is_believed_or_absurd(form: type[Group]) -> None:
    """Of t answers any fit together. What no meters can have sent still shows."""
    own = form()
    certified = own.certified(3, range(1, 6))
    own.corrupt(1)
    certificate = stated(own, certified, 3, range(1, 6))
    for number in range(1, 6):
        certified.accept(own.answerers[number - 1].answer_certified(certificate).stored())
    with pytest.raises(InconsistentError):  # but for one in some 10^9 lies
        own.record(certified)


@both
def test_what_answerers_send_is_checked(form: type[Group]) -> None:
    own = form()
    certified = own.certified(3, range(1, 7))
    certificate = stated(own, certified, 3, range(1, 7))
    answer = bytearray(own.answerers[1].answer_certified(certificate).stored())
    answer[-20] ^= 1
    with pytest.raises(FaultError) as tampered:
        certified.accept(answer)
    assert tampered.value.culprit == ANSWERERS[1]
    answer[-20] ^= 1
    statement = bytearray(certificate[0])
    statement[-1] ^= 1
    with pytest.raises(FaultError) as forged:
        certified.accept_statement(statement)
    assert forged.value.culprit == ANSWERERS[0]
    for cut in (0, 15, 16, 40, len(answer) - 1):
        with pytest.raises((MalformedError, FaultError)):
            certified.accept(answer[:cut])
        with pytest.raises((MalformedError, FaultError)):
            certified.accept_statement(certificate[0][:cut])
    with pytest.raises(MalformedError):
        certified.accept(certificate[0])
    with pytest.raises(MalformedError):
        certified.accept_statement(answer)
    assert certified.missing() == [1, 2, 3, 4, 5, 6]
    # Two different answers of one answerer: the second is refused, and named.
    certified.accept(answer)
    liar = own.liar(2)
    liar.agree(3, certified.frame).stored()
    with pytest.raises(FaultError) as second:
        certified.accept(liar.answer_certified(certificate).stored())
    assert second.value.culprit == ANSWERERS[1]
    own.answerers[6].follow(3, certified.frame)  # it was not asked


def test_a_bound_quorum_and_certified_holders_give_the_same() -> None:
    own = Dcnet()
    closed = own.closed(3)
    for number in closed.missing():
        closed.accept(own.answerers[number - 1].answer(3, closed.frame).stored())
    bound = own.utility.record(closed)
    certified = own.utility.certify(closed)
    certificate = stated(own, certified, 3, range(1, 8))
    for number in (7, 6, 5, 4, 3):
        certified.accept(own.answerers[number - 1].answer_certified(certificate).stored())
    assert own.record(certified).sum == bound == link.Sum(3, [TOTAL], 5)
    # The next round is closed: what is left to record of this one is too late.
    own.closed(4)
    with pytest.raises(MisuseError, match="present state"):
        own.record(certified)


def test_a_holder_without_identity_signs_nothing() -> None:
    own = Dcnet()
    party = ANSWERERS[0]
    silent = dcnet.Holder(own.params, own.view, party, secret(party))
    certified = own.certified(3)
    silent.open(*own.opened)
    with pytest.raises(MisuseError):
        silent.log_head(3)
    with pytest.raises(MisuseError):
        silent.agree(3, certified.frame)
    with pytest.raises(MisuseError, match="not in the roster"):
        dcnet.Holder(own.params, own.view, party, secret(party), identity(ANSWERERS[1]))
    kept = identity(party)
    with pytest.raises(MisuseError, match="not in the roster"):
        dcnet.Holder(own.params, own.view, party, secret(ANSWERERS[1]), kept)
    assert dcnet.Holder(own.params, own.view, party, secret(party), kept).log_head(3)
    with pytest.raises(MisuseError, match="this identity is used up"):
        dcnet.Holder(own.params, own.view, party, secret(party), kept)


@both
def test_a_certified_round_is_this_utilitys(form: type[Group]) -> None:
    own, other = form(), form()
    certified = own.certified(3)
    with pytest.raises(MisuseError, match="certified: a round of another utility"):
        other.record(certified)


@both
def test_an_exported_log_is_followed_to_its_signed_end(form: type[Group]) -> None:
    own = form()
    answerer, party = own.answerers[0], ANSWERERS[0]
    records = []
    for round in (3, 4, 5):
        certified = own.certified(round)
        records.append(answerer.agree(round, certified.frame).record)
    assert answerer.entries == 3
    head = link.LogHead.verify(answerer.log_head(5), own.view)
    assert (head.answerer, head.round, head.entries, len(head.head)) == (party, 5, 3, 32)
    audit = link.Audit(own.view, party)
    entries = [audit.follow(record) for record in records]
    assert [(entry.sequence, entry.round, entry.form) for entry in entries] == [
        (0, 3, "statement"), (1, 4, "statement"), (2, 5, "statement")
    ]  # fmt: skip
    assert {entry.kind for entry in entries} == {"shamir round" if form is Shamir else "dcnet round"}
    everybody = link.set_digest(own.view.roster.roster_root, own.view.roster.meters)
    assert {entry.digest for entry in entries} == {everybody}
    assert link.LogEntry.from_bytes(records[1]) == entries[1]
    audit.follow(records[2])  # the last one again is no new entry
    assert len(audit) == 3
    audit.end(head)

    shortened = link.Audit(own.view, party)
    for record in records[:2]:
        shortened.follow(record)
    with pytest.raises(InconsistentError):
        shortened.end(head)
    with pytest.raises(InconsistentError):
        link.Audit(own.view, party).follow(records[1])
    with pytest.raises(InconsistentError):
        link.Audit(own.view, ANSWERERS[1]).follow(records[0])
    with pytest.raises(MisuseError, match="answerer: not an answerer of this epoch"):
        link.Audit(own.view, 12345)
    torn = bytearray(records[0])
    torn[9] ^= 1
    for bad in (torn, records[0][:-1], b""):
        with pytest.raises(MalformedError, match="stored record"):
            shortened.follow(bad)
        with pytest.raises(MalformedError, match="stored record"):
            link.LogEntry.from_bytes(bad)
    signed = bytearray(answerer.log_head(5))
    signed[20] ^= 1
    with pytest.raises(FaultError) as forged:
        link.LogHead.verify(signed, own.view)
    assert forged.value.culprit == party


def test_an_answerer_that_rolls_its_log_back_is_caught_by_its_own_signatures() -> None:
    """It forgets a round, agrees to another set in it, and signs the end of that log as well."""
    own = Shamir()
    party = ANSWERERS[0]
    forgetful = own.answerer(party)
    first, second = own.certified(3), own.certified(4)
    own.answerers[0].agree(4, second.frame)
    honest = link.LogHead.verify(own.answerers[0].log_head(4), own.view)
    forgetful.open(3, opened(own, 3))
    forgetful.agree(3, first.frame)
    rolled_back = link.LogHead.verify(forgetful.log_head(4), own.view)
    assert (honest.entries, rolled_back.entries) == (1, 1)
    honest.agrees_with(honest)
    with pytest.raises(FaultError) as caught:
        honest.agrees_with(rolled_back)
    assert caught.value.culprit == party


def opened(own: Group, round: int) -> bytes:
    """The Open of a round of this epoch, as the utility that opens it for everybody signs it."""
    again = type(own)()
    return again.utility.open(round, round).frame
