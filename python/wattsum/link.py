"""What ties the parties together: identities, link keys, rosters, epochs, high-water marks.

An epoch is formed in five steps: every party announces its link key (`announce`), the utility gathers them
(`RosterBuilder`) and signs the roster's root (`Roster.sign_root`), every party stores that root before the
beacon is out (`StoredRoot.accept`), and makes its view of the epoch when it is (`Roster.view`). `Cohort`
does all of it in one process, for simulations.

What a party stores is a log of records for each role, group and epoch, and one for a device's marks; after a
restart every record of it is replayed, not the last alone.

`Header` and `headers` tell what frames are; `PartialSum` is what workers add up of a round; `Audit` goes over an
answerer's exported log.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from wattsum._native import KINDS as _KINDS
from wattsum._native import PROTOCOLS as _PROTOCOLS
from wattsum._native import (
    Audit,
    Bill,
    CheckedSum,
    Cohort,
    EpochView,
    Forming,
    Group,
    Header,
    HighWater,
    HighWaters,
    Identity,
    LinkSecret,
    LogEntry,
    LogHead,
    PairKey,
    PartialSum,
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
    headers,
    set_digest,
)
from wattsum._native import link_total as total


Role: TypeAlias = Literal["utility", "meter", "holder", "aggregator", "trustee"]
"""What a party of a roster is."""
Label: TypeAlias = Literal["dcnet pair", "dcnet holder", "answer", "shamir", "cmt", "frame", "seal"]
"""What a pair key is for."""
Protocol: TypeAlias = Literal["dcnet", "shamir", "elgamal", "cmt", "ckks", "billing"]
"""What a frame belongs to; of the last two there is nothing here yet."""
Kind: TypeAlias = Literal[
    "join", "entered", "exit", "repair", "contribution", "answer", "raw answer", "link key",
    "roster root", "open", "close", "set statement", "window query", "log head",
    "window statement", "licence request", "licence", "hello", "claim", "token", "first key",
    "seat", "group key", "start", "delta", "hand over", "lost", "heal", "healed", "set echo",
    "commitments", "echo", "sealed shares", "complaint", "confirmation", "decryption share",
    "proven share", "window share", "key statement", "own key", "ciphertext commitment", "commitment list",
    "list statement", "opened sum", "polynomial share", "key commitment", "key part", "secret polynomial",
    "public key statement",
]
"""What a frame is."""
Stream: TypeAlias = Literal["mask", "share", "delta", "zero"]
"""Which of a pair key's pads of a round."""

KINDS: Final[Mapping[Kind, int]] = MappingProxyType(_KINDS)
"""The numbers of the kinds of frames."""
PROTOCOLS: Final[Mapping[Protocol, int]] = MappingProxyType(_PROTOCOLS)
"""The numbers of the protocols."""

__all__ = [
    "Audit",
    "Bill",
    "CheckedSum",
    "Cohort",
    "EpochView",
    "Forming",
    "Group",
    "Header",
    "HighWater",
    "HighWaters",
    "Identity",
    "KINDS",
    "Kind",
    "Label",
    "LinkSecret",
    "LogEntry",
    "LogHead",
    "PROTOCOLS",
    "PairKey",
    "PartialSum",
    "Party",
    "Prepared",
    "PreparedMany",
    "Protocol",
    "Role",
    "Roster",
    "RosterBuilder",
    "StoredRoot",
    "Stream",
    "Sum",
    "Threshold",
    "announce",
    "epoch_context",
    "headers",
    "set_digest",
    "total",
]
