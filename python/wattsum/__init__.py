"""Sums of smart-meter readings that reveal no household.

`wattsum.shamir` and `wattsum.dcnet` are two protocols with one shape: each party is an object, what passes
between them is bytes. `wattsum.link` is what they share: identities, keys, rosters, epochs.
"""

from wattsum import dcnet, link, shamir
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
    "dcnet",
    "link",
    "shamir",
]
