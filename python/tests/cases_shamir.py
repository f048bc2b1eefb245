"""Cases of `wattsum.shamir`."""

from typing import Any

import numpy as np
from cases import OBJECTS, PUBLIC, SPENT, Case, case
from forming import FIRST, METERS, Shamir, identity, secret
from world import ShamirWorld, group

from wattsum import link, shamir

PUBLIC |= {"wattsum.shamir.Params"}
NOW = 3
GROUP = link.Group(7, max_meters=256, min_honest=4, max_missing_permille=400)
READINGS = np.arange(5)


def opened() -> tuple[ShamirWorld, shamir.Collecting]:
    world = ShamirWorld.form(5)
    return world, world.open(NOW)


def full() -> tuple[ShamirWorld, shamir.Collecting]:
    world, collecting = opened()
    collecting.accept_many(world.contribute(NOW, READINGS))
    return world, collecting


def closed() -> tuple[ShamirWorld, shamir.Closed]:
    world, collecting = full()
    return world, world.utility.close(collecting, [1, 2, 3])


def answered() -> tuple[ShamirWorld, shamir.Closed]:
    world, final = closed()
    for number in final.missing():
        final.accept(world.aggregators[number - 1].answer(NOW, final.frame).stored())
    return world, final


def used_collecting() -> shamir.Collecting:
    world, collecting = full()
    world.utility.close(collecting)
    return collecting


OBJECTS |= {
    "wattsum.shamir.Aggregator": lambda: Shamir.form().aggregators()[0],
    "wattsum.shamir.Closed": lambda: closed()[1],
    "wattsum.shamir.Collecting": lambda: opened()[1],
    "wattsum.shamir.Meter": lambda: Shamir.form().meter(METERS[0]),
    "wattsum.shamir.Meters": lambda: ShamirWorld.form(5).meters,
    "wattsum.shamir.Params": lambda: shamir.Params(group()),
    "wattsum.shamir.Utility": lambda: Shamir.form().utility(),
}
SPENT |= {"wattsum.shamir.Collecting": used_collecting}


@case("wattsum.shamir.Params")
def _() -> Case:
    return Case(shamir.Params, dict(group=GROUP, threshold=link.Threshold(7, 5, 2), window=96, min_rounds=96))


@case("wattsum.shamir.Meter")
def _() -> Case:
    epoch = Shamir.form()
    own = dict(params=epoch.params, view=epoch.view, id=METERS[0], link=secret(METERS[0]), first_channel=0)
    return Case(shamir.Meter, own)


@case("wattsum.shamir.Meter.contribute")
def _() -> Case:
    own = dict(mark=link.HighWater(), now=FIRST, round=FIRST, reading=3)
    return Case(Shamir.form().meter(METERS[0]).contribute, own)


@case("wattsum.shamir.Meters")
def _() -> Case:
    params = shamir.Params(group())
    cohort = link.Cohort(params, METERS, 95)
    return Case(shamir.Meters, dict(params=params, view=cohort.view, parties=cohort.meters, first_channel=0))


@case("wattsum.shamir.Meters.contribute")
def _() -> Case:
    world = ShamirWorld.form(5)
    own = dict(marks=world.marks, now=NOW, round=NOW, readings=READINGS, which=np.ones(5, bool))
    return Case(world.meters.contribute, own)


@case("wattsum.shamir.Aggregator")
def _() -> Case:
    epoch = Shamir.form()
    own: dict[str, Any] = dict(id=3, identity=identity(3), link=secret(3))
    return Case(shamir.Aggregator, dict(params=epoch.params, view=epoch.view, **own))


@case("wattsum.shamir.Aggregator.open")
def _() -> Case:
    world = ShamirWorld.form(5)
    return Case(world.aggregators[0].open, dict(now=NOW, frame=world.utility.open(NOW, NOW).frame))


@case("wattsum.shamir.Aggregator.answer")
def _() -> Case:
    world, final = closed()
    return Case(world.aggregators[0].answer, dict(now=NOW, close=final.frame))


@case("wattsum.shamir.Aggregator.replay")
def _() -> Case:
    world, final = closed()
    return Case(
        world.aggregators[0].replay, dict(record=world.aggregators[0].answer(NOW, final.frame).record)
    )


@case("wattsum.shamir.Utility")
def _() -> Case:
    epoch = Shamir.form()
    return Case(
        shamir.Utility, dict(params=epoch.params, view=epoch.view, identity=identity(0), link=secret(0))
    )


@case("wattsum.shamir.Utility.open")
def _() -> Case:
    return Case(ShamirWorld.form(5).utility.open, dict(now=NOW, round=NOW, present=np.ones(5, bool)))


@case("wattsum.shamir.Utility.close")
def _() -> Case:
    world, collecting = full()
    return Case(world.utility.close, dict(collecting=collecting, quorum=[1, 2, 3]))


@case("wattsum.shamir.Utility.ask")
def _() -> Case:
    world, final = closed()
    return Case(world.utility.ask, dict(closed=final, quorum=[1, 2, 4]))


@case("wattsum.shamir.Utility.quorum")
def _() -> Case:
    return Case(ShamirWorld.form(5).utility.quorum, dict(reachable=[1, 2, 4]))


@case("wattsum.shamir.Utility.record")
def _() -> Case:
    world, final = answered()
    return Case(world.utility.record, dict(closed=final))


@case("wattsum.shamir.Utility.progress")
def _() -> Case:
    return Case(ShamirWorld.form(5).utility.progress)


@case("wattsum.shamir.Utility.resume")
def _() -> Case:
    epoch = Shamir.form()
    before = epoch.utility()
    before.open(FIRST, FIRST)
    return Case(epoch.utility().resume, dict(record=before.progress()))


@case("wattsum.shamir.Collecting.accept")
def _() -> Case:
    world, collecting = opened()
    return Case(collecting.accept, dict(frame=bytes(world.contribute(NOW, READINGS)[2])))


@case("wattsum.shamir.Collecting.accept_many")
def _() -> Case:
    world, collecting = opened()
    return Case(collecting.accept_many, dict(frames=world.contribute(NOW, READINGS), threads=1))


@case("wattsum.shamir.Collecting.missing")
def _() -> Case:
    return Case(opened()[1].missing)


@case("wattsum.shamir.Closed.accept")
def _() -> Case:
    world, final = closed()
    return Case(final.accept, dict(frame=world.aggregators[0].answer(NOW, final.frame).stored()))


@case("wattsum.shamir.Closed.missing")
def _() -> Case:
    return Case(closed()[1].missing)


@case("wattsum.shamir.split")
def _() -> Case:
    return Case(shamir.split, dict(secrets=READINGS, parties=5, threshold=3, threads=1))


@case("wattsum.shamir.split_with")
def _() -> Case:
    return Case(
        shamir.split_with,
        dict(secrets=READINGS, coefficients=np.ones((2, 5), np.uint64), parties=5, threads=1),
    )


@case("wattsum.shamir.combine")
def _() -> Case:
    return Case(
        shamir.combine, dict(shares=shamir.split(READINGS, 3, 3), numbers=[1, 2, 3], signed=True, threads=1)
    )
