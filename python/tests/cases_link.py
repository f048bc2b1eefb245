"""Cases of `wattsum.link`."""

from typing import Any

import numpy as np
from cases import OBJECTS, PUBLIC, SPENT, VALUES, Case, case
from forming import (
    ANSWERERS,
    BEACON,
    BEACON_TIME,
    FIRST,
    LAST,
    METERS,
    Shamir,
    gathered,
    identity,
    secret,
    stored_root,
)
from world import ShamirWorld, group, ids

from wattsum import link, shamir

VALUES |= {"wattsum.link.Sum"}
PUBLIC |= {
    f"wattsum.link.{name}" for name in ("EpochView", "Forming", "Group", "Roster", "StoredRoot", "Threshold")
}


def params() -> shamir.Params:
    return shamir.Params(group())


def forming() -> link.Forming:
    return link.Forming(params(), 5, FIRST)


def roster() -> link.Roster:
    return stored_root(params(), "aggregator")[0]


def root() -> link.StoredRoot:
    return stored_root(params(), "aggregator")[1].stored()


def key() -> link.PairKey:
    return link.PairKey.from_bytes(bytes(range(32)))


def cohort() -> link.Cohort:
    return link.Cohort(params(), ids(5), LAST)


def prepared() -> link.Prepared[bytes]:
    return Shamir.form().meter(METERS[0]).contribute(link.HighWater(), FIRST, FIRST, 3)


def prepared_many() -> link.PreparedMany:
    world = ShamirWorld.form(5)
    return world.meters.contribute(world.marks, 0, 0, np.arange(5))


def used_secret() -> link.LinkSecret:
    epoch, own = Shamir.form(), secret(METERS[0])
    shamir.Meter(epoch.params, epoch.view, METERS[0], own)
    return own


def used_builder() -> link.RosterBuilder:
    builder = gathered(forming(), "aggregator")
    builder.build()
    return builder


def used_prepared() -> link.Prepared[bytes]:
    own = prepared()
    own.stored()
    return own


def used_many() -> link.PreparedMany:
    own = prepared_many()
    own.stored()
    return own


OBJECTS |= {
    "wattsum.link.Cohort": cohort,
    "wattsum.link.EpochView": lambda: Shamir.form().view,
    "wattsum.link.Forming": forming,
    "wattsum.link.Group": group,
    "wattsum.link.HighWater": link.HighWater,
    "wattsum.link.HighWaters": lambda: link.HighWaters(5),
    "wattsum.link.Identity": lambda: identity(METERS[0]),
    "wattsum.link.LinkSecret": lambda: secret(METERS[0]),
    "wattsum.link.PairKey": key,
    "wattsum.link.Party": lambda: cohort().meters[0],
    "wattsum.link.Prepared": prepared,
    "wattsum.link.PreparedMany": prepared_many,
    "wattsum.link.Roster": roster,
    "wattsum.link.RosterBuilder": lambda: gathered(forming(), "aggregator"),
    "wattsum.link.StoredRoot": root,
    "wattsum.link.Sum": lambda: link.Sum(3, [1, -2, 2**62], 7),
    "wattsum.link.Threshold": lambda: link.Threshold(7, 5, 2),
}
SPENT |= {
    "wattsum.link.LinkSecret": used_secret,
    "wattsum.link.RosterBuilder": used_builder,
    "wattsum.link.Prepared": used_prepared,
    "wattsum.link.PreparedMany": used_many,
}


@case("wattsum.link.Group")
def _() -> Case:
    return Case(
        link.Group,
        dict(
            group=7,
            origin=0,
            period=900,
            channels=1,
            max_reading=10**9,
            max_meters=256,
            min_honest=3,
            max_colluding=0,
            max_missing_permille=100,
            rounds_per_step=96,
        ),
    )


@case("wattsum.link.Threshold")
def _() -> Case:
    return Case(link.Threshold, dict(answerers=4, threshold=3, colluding=1))


@case("wattsum.link.Threshold.trusting_the_utility_not_to_equivocate")
def _() -> Case:
    return Case(link.Threshold.trusting_the_utility_not_to_equivocate, dict(answerers=3, threshold=2))


@case("wattsum.link.Identity.generate")
def _() -> Case:
    return Case(link.Identity.generate)


@case("wattsum.link.Identity.from_bytes")
def _() -> Case:
    return Case(link.Identity.from_bytes, dict(seed=bytes(range(32))))


@case("wattsum.link.LinkSecret.generate")
def _() -> Case:
    return Case(link.LinkSecret.generate)


@case("wattsum.link.LinkSecret.from_bytes")
def _() -> Case:
    return Case(link.LinkSecret.from_bytes, dict(secret=bytes(range(32))))


@case("wattsum.link.LinkSecret.pair_key")
def _() -> Case:
    peer = secret(METERS[1]).public
    return Case(
        secret(METERS[0]).pair_key,
        dict(
            label="dcnet pair",
            context=bytes(32),
            me=METERS[0],
            peer=METERS[1],
            peer_public=peer,
            psk=bytes(32),
        ),
    )


@case("wattsum.link.PairKey.from_bytes")
def _() -> Case:
    return Case(link.PairKey.from_bytes, dict(key=bytes(range(32))))


@case("wattsum.link.PairKey.ratchet")
def _() -> Case:
    return Case(key().ratchet)


@case("wattsum.link.PairKey.pad")
def _() -> Case:
    return Case(key().pad, dict(round=3, stream="mask", channels=2))


@case("wattsum.link.Forming")
def _() -> Case:
    return Case(link.Forming, dict(params=params(), epoch=5, first_round=FIRST))


@case("wattsum.link.announce")
def _() -> Case:
    own = dict(identity=identity(METERS[0]), link_public=secret(METERS[0]).public)
    return Case(link.announce, dict(forming=forming(), id=METERS[0], role="meter", **own))


@case("wattsum.link.RosterBuilder")
def _() -> Case:
    return Case(link.RosterBuilder, dict(forming=forming()))


@case("wattsum.link.RosterBuilder.add")
def _() -> Case:
    shape = forming()
    announcement = link.announce(shape, METERS[0], "meter", identity(METERS[0]), secret(METERS[0]).public)
    return Case(
        link.RosterBuilder(shape).add,
        dict(id=METERS[0], role="meter", identity=identity(METERS[0]).public, announcement=announcement),
    )


@case("wattsum.link.RosterBuilder.build")
def _() -> Case:
    return Case(gathered(forming(), "aggregator").build)


@case("wattsum.link.Roster.position")
def _() -> Case:
    return Case(roster().position, dict(id=METERS[2]))


@case("wattsum.link.Roster.sign_root")
def _() -> Case:
    return Case(roster().sign_root, dict(identity=identity(0), last_round=LAST, beacon_time=BEACON_TIME))


@case("wattsum.link.Roster.view")
def _() -> Case:
    return Case(roster().view, dict(params=params(), root=root(), beacon=BEACON, now=BEACON_TIME))


@case("wattsum.link.StoredRoot.accept")
def _() -> Case:
    frame = roster().sign_root(identity(0), LAST, BEACON_TIME)
    return Case(
        link.StoredRoot.accept,
        dict(frame=frame, forming=forming(), utility=identity(0).public, now=BEACON_TIME - 1, pinned=None),
    )


@case("wattsum.link.StoredRoot.from_bytes")
def _() -> Case:
    return Case(link.StoredRoot.from_bytes, dict(record=stored_root(params(), "aggregator")[1].record))


@case("wattsum.link.Cohort")
def _() -> Case:
    return Case(
        link.Cohort,
        dict(
            params=params(),
            meters=list(METERS),
            last_round=LAST,
            first_round=0,
            epoch=1,
            answerers=list(ANSWERERS),
        ),
    )


@case("wattsum.link.HighWater")
def _() -> Case:
    return Case(link.HighWater, dict(channels=1))


@case("wattsum.link.HighWater.replay")
def _() -> Case:
    return Case(link.HighWater().replay, dict(record=prepared().record))


@case("wattsum.link.HighWaters")
def _() -> Case:
    return Case(link.HighWaters, dict(count=5, channels=1))


@case("wattsum.link.HighWaters.replay")
def _() -> Case:
    return Case(link.HighWaters(5).replay, dict(positions=[0, 1, 2, 3, 4], records=prepared_many().records))


@case("wattsum.link.Prepared.stored")
def _() -> Case:
    return Case(prepared().stored)


@case("wattsum.link.PreparedMany.stored")
def _() -> Case:
    return Case(prepared_many().stored)


@case("wattsum.link.Sum")
def _() -> Case:
    return Case(link.Sum, dict(round=3, values=[1, -2, 2**62], meters=7))


@case("wattsum.link.set_digest")
def _() -> Case:
    return Case(link.set_digest, dict(roster_root=bytes(32), ids=[1, 2, 7]))


@case("wattsum.link.epoch_context")
def _() -> Case:
    own: dict[str, Any] = dict(session=bytes(32), epoch=5, first_round=FIRST, last_round=LAST)
    return Case(
        link.epoch_context, dict(**own, roster_root=bytes(32), answerers_root=bytes(32), beacon=BEACON)
    )
