"""Sums of smart-meter readings that reveal no household.

`wattsum.shamir`, `wattsum.dcnet`, `wattsum.elgamal` and `wattsum.cmt` are four protocols with one shape: each party is
an object, what passes between them is bytes. `wattsum.ckks` computes on encrypted arrays. `wattsum.link` is what they
share: identities, keys, rosters, epochs. `wattsum.readings` loads, `wattsum.merge` and `wattsum.spark` add up at scale,
`wattsum.sizing` and `wattsum.plots` show what a group hides.
"""

from wattsum import ckks, cmt, dcnet, elgamal, link, merge, readings, shamir, sizing
from wattsum._native import __version__
from wattsum.errors import (
    Error,
    FaultError,
    InconsistentError,
    MalformedError,
    MisuseError,
    QuorumError,
)

__all__ = [
    "Error",
    "FaultError",
    "InconsistentError",
    "MalformedError",
    "MisuseError",
    "QuorumError",
    "__version__",
    "ckks",
    "cmt",
    "dcnet",
    "elgamal",
    "link",
    "merge",
    "readings",
    "shamir",
    "sizing",
]
