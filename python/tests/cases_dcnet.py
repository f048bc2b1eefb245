"""Cases of `wattsum.dcnet`."""

import numpy as np
from cases import OBJECTS, PUBLIC, SPENT, Case, case
from forming import ANSWERERS, FIRST, METERS, Dcnet, identity, secret
from world import DcnetWorld, group

from wattsum import dcnet, link

PUBLIC |= {"wattsum.dcnet.Params"}
NOW = 3
READINGS = np.arange(6)
SOME = READINGS != 4


def opened() -> tuple[DcnetWorld, dcnet.Collecting]:
    world = DcnetWorld.form(6)
    return world, world.open(NOW)


def full() -> tuple[DcnetWorld, dcnet.Collecting]:
    world, collecting = opened()
    collecting.accept_many(world.contribute(NOW, READINGS))
    return world, collecting


def repairing() -> tuple[DcnetWorld, dcnet.Repairing]:
    world, collecting = opened()
    collecting.accept_many(world.contribute(NOW, READINGS, SOME))
    closing = world.utility.close(collecting)
    assert isinstance(closing, dcnet.Repairing)
    return world, closing


def repaired() -> tuple[DcnetWorld, dcnet.Repairing]:
    world, closing = repairing()
    closing.accept_many(world.meters.close(NOW, closing.frame, SOME).stored())
    return world, closing


def closed() -> tuple[DcnetWorld, dcnet.Closed]:
    world, collecting = full()
    final = world.utility.close(collecting, [1, 2, 3])
    assert isinstance(final, dcnet.Closed)
    return world, final


def answered() -> tuple[DcnetWorld, dcnet.Closed]:
    world, final = closed()
    for number in final.missing():
        final.accept(world.holders[number - 1].answer(NOW, final.frame).stored())
    return world, final


def used_collecting() -> dcnet.Collecting:
    world, collecting = full()
    world.utility.close(collecting)
    return collecting


def used_repairing() -> dcnet.Repairing:
    world, closing = repaired()
    world.utility.close_again(closing)
    return closing


def meter_and_open() -> tuple[Dcnet, dcnet.Meter, bytes]:
    epoch = Dcnet.form()
    return epoch, epoch.meter(METERS[0]), epoch.utility().open(FIRST, FIRST).frame


OBJECTS |= {
    "wattsum.dcnet.Closed": lambda: closed()[1],
    "wattsum.dcnet.Collecting": lambda: opened()[1],
    "wattsum.dcnet.Holder": lambda: Dcnet.form().holder(ANSWERERS[0]),
    "wattsum.dcnet.Meter": lambda: Dcnet.form().meter(METERS[0]),
    "wattsum.dcnet.Meters": lambda: DcnetWorld.form(5).meters,
    "wattsum.dcnet.Params": lambda: dcnet.Params.complete(group()),
    "wattsum.dcnet.Repairing": lambda: repairing()[1],
    "wattsum.dcnet.Utility": lambda: Dcnet.form().utility(),
}
SPENT |= {
    "wattsum.dcnet.Collecting": used_collecting,
    "wattsum.dcnet.Repairing": used_repairing,
}


@case("wattsum.dcnet.Params.complete")
def _() -> Case:
    return Case(dcnet.Params.complete, dict(group=group(), threshold=link.Threshold(), holders="named"))


@case("wattsum.dcnet.Params.secure")
def _() -> Case:
    own = dict(
        group=group(), threshold=link.Threshold(), colluding=0.1, absent=0.1, security=30, holders="named"
    )
    return Case(dcnet.Params.secure, own, floats=("colluding", "absent"))


@case("wattsum.dcnet.Params.drawn")
def _() -> Case:
    own = dict(
        group=group(), degree=64, min_neighbours=16, threshold=link.Threshold(), relying_on_the_holders=True
    )
    more = dict(colluding=0.1, absent=0.1, security=30, holders="named")
    # Not looked at where the holders are relied on.
    return Case(dcnet.Params.drawn, own | more, anything=("colluding", "absent"))


@case("wattsum.dcnet.Meter")
def _() -> Case:
    epoch = Dcnet.form()
    own = dict(params=epoch.params, view=epoch.view, id=METERS[0], link=secret(METERS[0]), first_channel=0)
    return Case(dcnet.Meter, own)


@case("wattsum.dcnet.Meter.open")
def _() -> Case:
    _, meter, frame = meter_and_open()
    return Case(meter.open, dict(now=FIRST, frame=frame))


@case("wattsum.dcnet.Meter.contribute")
def _() -> Case:
    _, meter, frame = meter_and_open()
    meter.open(FIRST, frame)
    return Case(meter.contribute, dict(mark=link.HighWater(), now=FIRST, round=FIRST, reading=3))


def closing_meter() -> tuple[Dcnet, dcnet.Meter, bytes]:
    epoch = Dcnet.form()
    utility, meters = epoch.utility(), [epoch.meter(party) for party in METERS]
    collecting = utility.open(FIRST, FIRST)
    for meter in meters:
        meter.open(FIRST, collecting.frame)
    for meter in meters[:-1]:
        collecting.accept(meter.contribute(link.HighWater(), FIRST, FIRST, 3).stored())
    return epoch, meters[0], utility.close(collecting).frame


@case("wattsum.dcnet.Meter.close")
def _() -> Case:
    _, meter, frame = closing_meter()
    return Case(meter.close, dict(now=FIRST, frame=frame))


@case("wattsum.dcnet.Meter.replay")
def _() -> Case:
    epoch, meter, frame = closing_meter()
    return Case(epoch.meter(METERS[0]).replay, dict(record=meter.close(FIRST, frame).record))


@case("wattsum.dcnet.Meters")
def _() -> Case:
    params = dcnet.Params.complete(group())
    cohort = link.Cohort(params, METERS, 95)
    return Case(dcnet.Meters, dict(params=params, view=cohort.view, parties=cohort.meters, first_channel=0))


@case("wattsum.dcnet.Meters.open")
def _() -> Case:
    world = DcnetWorld.form(6)
    return Case(world.meters.open, dict(now=NOW, frame=world.utility.open(NOW, NOW).frame, which=SOME))


@case("wattsum.dcnet.Meters.contribute")
def _() -> Case:
    world, _ = opened()
    own = dict(marks=world.marks, now=NOW, round=NOW, readings=READINGS, which=np.ones(6, bool))
    return Case(world.meters.contribute, own)


@case("wattsum.dcnet.Meters.close")
def _() -> Case:
    world, closing = repairing()
    return Case(world.meters.close, dict(now=NOW, frame=closing.frame, which=SOME))


@case("wattsum.dcnet.Holder")
def _() -> Case:
    epoch = Dcnet.form()
    return Case(
        dcnet.Holder, dict(params=epoch.params, view=epoch.view, id=3, link=secret(3), identity=identity(3))
    )


@case("wattsum.dcnet.Holder.open")
def _() -> Case:
    world = DcnetWorld.form(6)
    return Case(world.holders[0].open, dict(now=NOW, frame=world.utility.open(NOW, NOW).frame))


@case("wattsum.dcnet.Holder.answer")
def _() -> Case:
    world, final = closed()
    return Case(world.holders[0].answer, dict(now=NOW, close=final.frame))


@case("wattsum.dcnet.Holder.replay")
def _() -> Case:
    world, final = closed()
    return Case(world.holders[0].replay, dict(record=world.holders[0].answer(NOW, final.frame).record))


@case("wattsum.dcnet.Utility")
def _() -> Case:
    epoch = Dcnet.form()
    return Case(
        dcnet.Utility, dict(params=epoch.params, view=epoch.view, identity=identity(0), link=secret(0))
    )


@case("wattsum.dcnet.Utility.open")
def _() -> Case:
    return Case(DcnetWorld.form(6).utility.open, dict(now=NOW, round=NOW, present=np.ones(6, bool)))


@case("wattsum.dcnet.Utility.close")
def _() -> Case:
    world, collecting = full()
    return Case(world.utility.close, dict(collecting=collecting, quorum=[1, 2, 3]))


@case("wattsum.dcnet.Utility.close_again")
def _() -> Case:
    world, closing = repaired()
    return Case(world.utility.close_again, dict(repairing=closing, quorum=[1, 2, 3]))


@case("wattsum.dcnet.Utility.ask")
def _() -> Case:
    world, final = closed()
    return Case(world.utility.ask, dict(closed=final, quorum=[1, 2, 4]))


@case("wattsum.dcnet.Utility.quorum")
def _() -> Case:
    return Case(DcnetWorld.form(6).utility.quorum, dict(reachable=[1, 2, 4]))


@case("wattsum.dcnet.Utility.record")
def _() -> Case:
    world, final = answered()
    return Case(world.utility.record, dict(closed=final))


@case("wattsum.dcnet.Utility.progress")
def _() -> Case:
    return Case(DcnetWorld.form(6).utility.progress)


@case("wattsum.dcnet.Utility.resume")
def _() -> Case:
    epoch = Dcnet.form()
    before = epoch.utility()
    before.open(FIRST, FIRST)
    return Case(epoch.utility().resume, dict(record=before.progress()))


@case("wattsum.dcnet.Collecting.accept")
def _() -> Case:
    world, collecting = opened()
    return Case(collecting.accept, dict(frame=bytes(world.contribute(NOW, READINGS)[2])))


@case("wattsum.dcnet.Collecting.accept_many")
def _() -> Case:
    world, collecting = opened()
    return Case(collecting.accept_many, dict(frames=world.contribute(NOW, READINGS), threads=1))


@case("wattsum.dcnet.Collecting.missing")
def _() -> Case:
    return Case(opened()[1].missing)


@case("wattsum.dcnet.Repairing.accept")
def _() -> Case:
    world, closing = repairing()
    return Case(closing.accept, dict(frame=bytes(world.meters.close(NOW, closing.frame, SOME).stored()[1])))


@case("wattsum.dcnet.Repairing.accept_many")
def _() -> Case:
    world, closing = repairing()
    return Case(closing.accept_many, dict(frames=world.meters.close(NOW, closing.frame, SOME).stored()))


@case("wattsum.dcnet.Repairing.missing")
def _() -> Case:
    return Case(repairing()[1].missing)


@case("wattsum.dcnet.Closed.accept")
def _() -> Case:
    world, final = closed()
    return Case(final.accept, dict(frame=world.holders[0].answer(NOW, final.frame).stored()))


@case("wattsum.dcnet.Closed.missing")
def _() -> Case:
    return Case(closed()[1].missing)


@case("wattsum.dcnet.graph_seed")
def _() -> Case:
    return Case(dcnet.graph_seed, dict(context=bytes(32)))


@case("wattsum.dcnet.neighbours")
def _() -> Case:
    return Case(dcnet.neighbours, dict(position=1, count=20, degree=6, seed=bytes(32)))


@case("wattsum.dcnet.shuffled")
def _() -> Case:
    return Case(dcnet.shuffled, dict(index=1, count=20, seed=bytes(32)))
