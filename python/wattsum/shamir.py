"""Shamir sharing of readings: one frame a meter and round; aggregators of whom any t open a sum.

A round: `Utility.open` gives the Open, which every `Aggregator` takes; every `Meter` contributes one frame;
`Utility.close` gives the Close; the quorum's aggregators answer it; `Utility.record` gives the sum. A silent
meter costs nothing. `split` and `combine` are the classical sharing, over whole arrays.

Where aggregators may lie, `Utility.certify` asks more of them: each signs the set (`Aggregator.agree`), then
answers (`Aggregator.answer_certified`), and `Utility.record_certified` names whose answers do not fit. With
`Params(window=...)` there are bills: `Utility.bill` asks for each meter's sum over a window. Every role goes on
after a restart from its `to_bytes`, every round from its own.
"""

from typing import NamedTuple

from wattsum import link
from wattsum._native import ShamirAggregator as Aggregator
from wattsum._native import ShamirBilling as Billing
from wattsum._native import ShamirCertified as Certified
from wattsum._native import ShamirCertifiedBilling as CertifiedBilling
from wattsum._native import ShamirCheckedBills as CheckedBills
from wattsum._native import ShamirClosed as Closed
from wattsum._native import ShamirCollecting as Collecting
from wattsum._native import ShamirMeter as Meter
from wattsum._native import ShamirMeters as Meters
from wattsum._native import ShamirParams as Params
from wattsum._native import ShamirUtility as Utility
from wattsum._native import field_sums as sums
from wattsum._native import shamir_combine as combine
from wattsum._native import shamir_split as split
from wattsum._native import shamir_split_with as split_with

__all__ = [
    "Aggregator",
    "Billing",
    "Certified",
    "CertifiedBilling",
    "CheckedBills",
    "Closed",
    "Collecting",
    "Meter",
    "Meters",
    "Params",
    "Roles",
    "Utility",
    "combine",
    "roles",
    "split",
    "split_with",
    "sums",
]


class Roles(NamedTuple):
    """All parties of a group."""

    utility: Utility
    aggregators: list[Aggregator]
    meters: Meters
    marks: link.HighWaters


def roles(params: Params, cohort: link.Cohort) -> Roles:
    """All parties of a cohort as roles, for simulations; their secrets are used up."""
    if not isinstance(cohort, link.Cohort):
        raise TypeError(f"cohort: expected link.Cohort, got {type(cohort).__name__}")
    view, own = cohort.view, cohort.utility
    return Roles(
        Utility(params, view, own.identity, own.link),
        [Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers],
        Meters(params, view, cohort.meters),
        link.HighWaters(len(cohort.meters), params.group.channels),
    )
