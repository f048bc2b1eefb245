"""What ties the parties together: identities, link keys, rosters, epochs, high-water marks.

An epoch is formed in five steps: every party announces its link key (`announce`), the utility gathers them
(`RosterBuilder`) and signs the roster's root (`Roster.sign_root`), every party stores that root before the
beacon is out (`StoredRoot.accept`), and makes its view of the epoch when it is (`Roster.view`). `Cohort`
does all of it in one process, for simulations.

What a party stores is a log of records for each role, group and epoch, and one for a device's marks; after a
restart every record of it is replayed, not the last alone.
"""

from typing import Literal, TypeAlias

from wattsum._native import (
    Cohort,
    EpochView,
    Forming,
    Group,
    HighWater,
    HighWaters,
    Identity,
    LinkSecret,
    PairKey,
    Party,
    Prepared,
    PreparedMany,
    Roster,
    RosterBuilder,
    StoredRoot,
    Sum,
    Threshold,
    announce,
    epoch_context,
    set_digest,
)

Role: TypeAlias = Literal["utility", "meter", "holder", "aggregator", "trustee"]
"""What a party of a roster is."""
Label: TypeAlias = Literal["dcnet pair", "dcnet holder", "answer", "shamir", "cmt", "frame", "seal"]
"""What a pair key is for."""
Stream: TypeAlias = Literal["mask", "share", "delta", "zero"]
"""Which of a pair key's pads of a round."""

__all__ = [
    "Cohort",
    "EpochView",
    "Forming",
    "Group",
    "HighWater",
    "HighWaters",
    "Identity",
    "Label",
    "LinkSecret",
    "PairKey",
    "Party",
    "Prepared",
    "PreparedMany",
    "Role",
    "Roster",
    "RosterBuilder",
    "StoredRoot",
    "Stream",
    "Sum",
    "Threshold",
    "announce",
    "epoch_context",
    "set_digest",
]
