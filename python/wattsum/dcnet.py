"""Masks between meters that cancel in the sum; holders of whom any t open it.

A round: `Utility.open` gives the Open, which every `Meter` and `Holder` takes; every meter contributes one
frame; `Utility.close` gives a `Repairing` round if meters are missing: the others take its Close and repair,
and `Utility.close_again` goes on. A `Closed` round's set is final: the quorum's holders answer its Close, and
`Utility.record` gives the sum.
"""

from wattsum._native import DcnetClosed as Closed
from wattsum._native import DcnetCollecting as Collecting
from wattsum._native import DcnetHolder as Holder
from wattsum._native import DcnetMeter as Meter
from wattsum._native import DcnetMeters as Meters
from wattsum._native import DcnetParams as Params
from wattsum._native import DcnetRepairing as Repairing
from wattsum._native import DcnetUtility as Utility
from wattsum._native import dcnet_graph_seed as graph_seed
from wattsum._native import dcnet_neighbours as neighbours
from wattsum._native import dcnet_shuffled as shuffled

__all__ = [
    "Closed",
    "Collecting",
    "Holder",
    "Meter",
    "Meters",
    "Params",
    "Repairing",
    "Utility",
    "graph_seed",
    "neighbours",
    "shuffled",
]
