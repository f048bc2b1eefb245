"""Cases of callables that no other test calls."""

import numpy as np
from cases import OBJECTS, PUBLIC, Case, case
from elgamal_world import World
from households import made_up
from world import DcnetWorld, ShamirWorld, group

from wattsum import dcnet, elgamal, link, readings, shamir, sizing


@case("wattsum.shamir.roles")
def _() -> Case:
    params = shamir.Params(group())
    return Case(shamir.roles, dict(params=params, cohort=link.Cohort(params, range(1, 6), 95)))


@case("wattsum.dcnet.roles")
def _() -> Case:
    params = dcnet.Params.complete(group())
    return Case(dcnet.roles, dict(params=params, cohort=link.Cohort(params, range(1, 6), 95)))


@case("wattsum.shamir.Utility.left_out")
def _() -> Case:
    world = ShamirWorld.form(5)
    world.sum(3, np.arange(5))
    return Case(world.utility.left_out, dict(round=3))


@case("wattsum.shamir.Aggregator.left_out")
def _() -> Case:
    world = ShamirWorld.form(5)
    world.sum(3, np.arange(5))
    return Case(world.aggregators[0].left_out, dict(round=3))


@case("wattsum.elgamal.Utility.left_out")
def _() -> Case:
    world = World.form()
    world.sum(3, np.arange(6))
    return Case(world.utility.left_out, dict(round=3))


@case("wattsum.elgamal.Trustee.log_head")
def _() -> Case:
    world = World.form()
    world.sum(3, np.arange(6))
    return Case(world.trustees[0].log_head, dict(round=3))


@case("wattsum.dcnet.Meter.report")
def _() -> Case:
    params = dcnet.Params.complete(group())
    cohort = link.Cohort(params, range(1, 6), 95)
    party = cohort.meters[0]
    return Case(dcnet.Meter(params, cohort.view, party.id, party.link).report, dict(now=3))


@case("wattsum.dcnet.Holder.catch_up")
def _() -> Case:
    world = DcnetWorld.form(6)
    collecting = world.open(3)
    opened = collecting.frame
    collecting.accept_many(world.contribute(3, np.arange(6)))
    closed = world.close(3, collecting)
    return Case(world.holders[3].catch_up, dict(now=4, open=opened, close=closed.frame))


def ceremony() -> elgamal.Ceremony:
    members = [(n, bytes([n]) * 32) for n in range(1, 5)]
    return elgamal.Ceremony.generate(elgamal.Params(group()), 1, members)


OBJECTS["wattsum.elgamal.Ceremony"] = ceremony
PUBLIC.add("wattsum.elgamal.Ceremony")


@case("wattsum.elgamal.Ceremony.to_bytes")
def _() -> Case:
    return Case(ceremony().to_bytes)


@case("wattsum.readings.Kept")
def _() -> Case:
    return Case(readings.Kept, dict(value=17))


@case("wattsum.sizing.Days")
def _() -> Case:
    return Case(sizing.Days, dict(readings=made_up(), per_day=24))
