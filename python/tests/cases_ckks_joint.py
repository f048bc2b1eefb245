"""Cases of `wattsum.ckks` with trustees: two of three."""

from functools import cache

import numpy as np
from cases import OBJECTS, PUBLIC, SPENT, Case, case

from wattsum import ckks, link

AREA = "wattsum.ckks."
GROUP = link.Group(group=1, max_reading=1000, max_meters=100, max_missing_permille=200)
TWO_OF_THREE = link.Threshold.trusting_the_utility_not_to_equivocate(3, 2)
PARAMS = ckks.Params(GROUP, TWO_OF_THREE)
RING = PARAMS.ring


def cohort() -> link.Cohort:
    return link.Cohort(PARAMS, meters=range(1, 6), last_round=95)


@cache
def held() -> tuple[ckks.PublicKey, list[ckks.JointSecret]]:
    made = cohort()
    return ckks.hold(PARAMS, made.view, made.answerers)


def joining() -> tuple[link.Cohort, list[ckks.Joining]]:
    made = cohort()
    seats = made.answerers
    steps = [ckks.Joining.begin(PARAMS, made.view, p.id, p.identity, p.link).stored() for p in seats]
    return made, steps


def joined() -> tuple[link.Cohort, list[ckks.Joining]]:
    made, steps = joining()
    for step in steps:
        for other in steps:
            if other is not step:
                step.accept(other.frame)
    return made, steps


def revealing() -> tuple[link.Cohort, list[ckks.Revealing]]:
    made, steps = joined()
    return made, [step.close(seat.identity) for step, seat in zip(steps, made.answerers, strict=True)]


def revealed() -> tuple[link.Cohort, list[ckks.Revealing]]:
    made, steps = revealing()
    for step in steps:
        for other in steps:
            if other is not step:
                step.accept(other.frame)
    return made, steps


def sharing() -> tuple[link.Cohort, list[ckks.Sharing]]:
    made, steps = revealed()
    return made, [step.close() for step in steps]


def shared() -> ckks.Sharing:
    made, steps = sharing()
    first = made.answerers[0].id
    for step in steps[1:]:
        for receiver, frame in step.frames:
            if receiver == first:
                steps[0].accept(frame)
    return steps[0]


def total() -> ckks.Ciphertext:
    public, _ = held()
    return ckks.Evaluator(public).sum(public.encrypt_rows(np.ones((2, 5), int), scale_bits=80))


@cache
def answered() -> tuple[ckks.Ciphertext, list[bytes], bytes]:
    """A sum, the shares that open it, and a record."""
    own = total()
    made = [held()[1][n - 1].decryption_share(ckks.Ledger(), own, (1, 2)) for n in (1, 2)]
    return own, [each.stored() for each in made], made[0].record


def spent_joining() -> ckks.Joining:
    made, steps = joined()
    steps[0].close(made.answerers[0].identity)
    return steps[0]


def spent_revealing() -> ckks.Revealing:
    _, steps = revealed()
    steps[0].close()
    return steps[0]


def spent_sharing() -> ckks.Sharing:
    own = shared()
    own.close()
    return own


OBJECTS |= {
    f"{AREA}Params": lambda: ckks.Params(GROUP, TWO_OF_THREE),
    f"{AREA}Joining": lambda: joining()[1][0],
    f"{AREA}Revealing": lambda: revealing()[1][0],
    f"{AREA}Sharing": lambda: sharing()[1][0],
    f"{AREA}JointSecret": lambda: ckks.JointSecret.from_bytes(RING, held()[1][0].to_bytes()),
    f"{AREA}Ledger": ckks.Ledger,
}
SPENT |= {
    f"{AREA}Joining": spent_joining,
    f"{AREA}Revealing": spent_revealing,
    f"{AREA}Sharing": spent_sharing,
}
PUBLIC |= {f"{AREA}Params"}


@case(f"{AREA}Params")
def _() -> Case:
    return Case(ckks.Params, dict(group=GROUP, threshold=TWO_OF_THREE, ring=RING, values="reals"))


@case(f"{AREA}Params.with_squares")
def _() -> Case:
    return Case(PARAMS.with_squares)


@case(f"{AREA}Params.with_flood")
def _() -> Case:
    return Case(PARAMS.with_flood, dict(flood=ckks.Flood(50, 100)))


@case(f"{AREA}PublicKey.certified")
def _() -> Case:
    made, steps = sharing()
    stated = [step.statement(seat.identity) for step, seat in zip(steps, made.answerers, strict=True)]
    key = steps[0].public_key.to_bytes()
    return Case(ckks.PublicKey.certified, dict(params=PARAMS, view=made.view, key=key, statements=stated))


@case(f"{AREA}Joining.begin")
def _() -> Case:
    made = cohort()
    seat = made.answerers[0]
    arguments = dict(params=PARAMS, view=made.view, id=seat.id, identity=seat.identity, link=seat.link)
    return Case(ckks.Joining.begin, arguments)


@case(f"{AREA}Joining.resume")
def _() -> Case:
    made = cohort()
    seat = made.answerers[0]
    record = ckks.Joining.begin(PARAMS, made.view, seat.id, seat.identity, seat.link).record
    arguments = dict(params=PARAMS, view=made.view, id=seat.id, identity=seat.identity, link=seat.link)
    return Case(ckks.Joining.resume, arguments | dict(record=record))


@case(f"{AREA}Joining.accept")
def _() -> Case:
    _, steps = joining()
    return Case(steps[0].accept, dict(frame=steps[1].frame))


@case(f"{AREA}Joining.missing")
def _() -> Case:
    return Case(joining()[1][0].missing)


@case(f"{AREA}Joining.close")
def _() -> Case:
    made, steps = joined()
    return Case(steps[0].close, dict(identity=made.answerers[0].identity))


@case(f"{AREA}Revealing.accept")
def _() -> Case:
    _, steps = revealing()
    return Case(steps[0].accept, dict(frame=steps[1].frame))


@case(f"{AREA}Revealing.missing")
def _() -> Case:
    return Case(revealing()[1][0].missing)


@case(f"{AREA}Revealing.close")
def _() -> Case:
    return Case(revealed()[1][0].close)


@case(f"{AREA}Sharing.accept")
def _() -> Case:
    made, steps = sharing()
    first = made.answerers[0].id
    return Case(steps[0].accept, dict(frame=dict(steps[1].frames)[first]))


@case(f"{AREA}Sharing.missing")
def _() -> Case:
    return Case(sharing()[1][0].missing)


@case(f"{AREA}Sharing.statement")
def _() -> Case:
    made, steps = sharing()
    return Case(steps[0].statement, dict(identity=made.answerers[0].identity))


@case(f"{AREA}Sharing.close")
def _() -> Case:
    return Case(shared().close)


@case(f"{AREA}JointSecret.from_bytes")
def _() -> Case:
    return Case(ckks.JointSecret.from_bytes, dict(ring=RING, secret=held()[1][0].to_bytes()))


@case(f"{AREA}JointSecret.to_bytes")
def _() -> Case:
    return Case(OBJECTS[f"{AREA}JointSecret"]().to_bytes)


@case(f"{AREA}JointSecret.decryption_share")
def _() -> Case:
    arguments = dict(ledger=ckks.Ledger(), ciphertext=total(), quorum=[1, 2], flood=ckks.Flood(30, 100))
    return Case(OBJECTS[f"{AREA}JointSecret"]().decryption_share, arguments)


@case(f"{AREA}Ledger")
def _() -> Case:
    return Case(ckks.Ledger)


@case(f"{AREA}Ledger.replay")
def _() -> Case:
    return Case(ckks.Ledger().replay, dict(record=answered()[2]))


@case(f"{AREA}combine")
def _() -> Case:
    own, shares, _ = answered()
    return Case(ckks.combine, dict(ciphertext=own, shares=shares, count=5, flood=ckks.Flood()))


@case(f"{AREA}combine_exact")
def _() -> Case:
    own, shares, _ = answered()
    return Case(ckks.combine_exact, dict(ciphertext=own, shares=shares, count=5, flood=ckks.Flood()))


@case(f"{AREA}hold")
def _() -> Case:
    made = cohort()
    return Case(ckks.hold, dict(params=PARAMS, view=made.view, parties=made.answerers))
