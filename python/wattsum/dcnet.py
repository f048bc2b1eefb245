"""Masks between meters that cancel in the sum; holders of whom any t open it.

A round: `Utility.open` gives the Open, which every `Meter` and `Holder` takes; every meter contributes one
frame; `Utility.close` gives a `Repairing` round if meters are missing: the others take its Close and repair,
and `Utility.close_again` goes on. A `Closed` round's set is final: the quorum's holders answer its Close, and
`Utility.record` gives the sum.

Where holders may lie, `Utility.certify` asks more of them: each signs the set (`Holder.agree`), then answers
(`Holder.answer_certified`), and `Utility.record_certified` names whose answers do not fit. `Presence` keeps the
list of meters to open for. Every role goes on after a restart from its `to_bytes`, every round from its own.
"""

from typing import NamedTuple

from wattsum import link
from wattsum._native import DcnetCertified as Certified
from wattsum._native import DcnetClosed as Closed
from wattsum._native import DcnetCollecting as Collecting
from wattsum._native import DcnetHolder as Holder
from wattsum._native import DcnetMeter as Meter
from wattsum._native import DcnetMeters as Meters
from wattsum._native import DcnetParams as Params
from wattsum._native import DcnetPresence as Presence
from wattsum._native import DcnetRepairing as Repairing
from wattsum._native import DcnetUtility as Utility
from wattsum._native import dcnet_committee as committee
from wattsum._native import dcnet_graph_seed as graph_seed
from wattsum._native import dcnet_masks as masks
from wattsum._native import dcnet_neighbours as neighbours
from wattsum._native import dcnet_shuffled as shuffled
from wattsum._native import field_sums as sums

__all__ = [
    "Certified",
    "Closed",
    "Collecting",
    "Holder",
    "Meter",
    "Meters",
    "Params",
    "Presence",
    "Repairing",
    "Roles",
    "Utility",
    "committee",
    "graph_seed",
    "masks",
    "neighbours",
    "roles",
    "shuffled",
    "sums",
]


class Roles(NamedTuple):
    """All parties of a group."""

    utility: Utility
    holders: list[Holder]
    meters: Meters
    marks: link.HighWaters


def roles(params: Params, cohort: link.Cohort) -> Roles:
    """All parties of a cohort as roles, for simulations; their secrets are used up."""
    if not isinstance(cohort, link.Cohort):
        raise TypeError(f"cohort: expected link.Cohort, got {type(cohort).__name__}")
    view, own = cohort.view, cohort.utility
    return Roles(
        Utility(params, view, own.identity, own.link),
        [Holder(params, view, party.id, party.link, party.identity) for party in cohort.answerers],
        Meters(params, view, cohort.meters),
        link.HighWaters(len(cohort.meters), params.group.channels),
    )
