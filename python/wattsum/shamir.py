"""Shamir sharing of readings: one frame a meter and round; aggregators of whom any t open a sum.

A round: `Utility.open` gives the Open, which every `Aggregator` takes; every `Meter` contributes one frame;
`Utility.close` gives the Close; the quorum's aggregators answer it; `Utility.record` gives the sum. A silent
meter costs nothing. `split` and `combine` are the classical sharing, over whole arrays.
"""

from wattsum._native import ShamirAggregator as Aggregator
from wattsum._native import ShamirClosed as Closed
from wattsum._native import ShamirCollecting as Collecting
from wattsum._native import ShamirMeter as Meter
from wattsum._native import ShamirMeters as Meters
from wattsum._native import ShamirParams as Params
from wattsum._native import ShamirUtility as Utility
from wattsum._native import shamir_combine as combine
from wattsum._native import shamir_split as split
from wattsum._native import shamir_split_with as split_with

__all__ = [
    "Aggregator",
    "Closed",
    "Collecting",
    "Meter",
    "Meters",
    "Params",
    "Utility",
    "combine",
    "split",
    "split_with",
]
