"""Rings of meters whose readings a supplier can only add up; no party beside them.

Forming a ring: one member, which the draw makes the concentrator (`drawn`), opens a `Forming`, whose
Token frames the others answer (`Meter.join`); `Forming.close` gives the Seat frames for them
(`Meter.seat`) and the GroupKey frame for the supplier (`Supplier.register`). A round: `Supplier.open`
gives a `Collecting`; with derived delta every `Meter` contributes one frame, with drawn delta it goes
around the ring (`Meter.start`, `relay`, `close`); `Collecting.close` gives the sum. Whoever falls silent
in a round loses it for the ring (`Supplier.discard`), and is left out by the next generation or cut out
(`Book.heal`). In groups with terms members hold licences, and elect (`Election`) or follow
(`Meter.follow`) a claimant.

`Meters` is all meters of a ring in one object, and `Ring` a ring with its supplier, for simulations. The
functions over arrays, and for wide moduli over lists of ints, are the arithmetic without the roles.
"""

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from wattsum import link
from wattsum._native import CmtAgreement as Agreement
from wattsum._native import CmtBook as Book
from wattsum._native import CmtClaim as Claim
from wattsum._native import CmtCollecting as Collecting
from wattsum._native import CmtElection as Election
from wattsum._native import CmtFormed as Formed
from wattsum._native import CmtForming as Forming
from wattsum._native import CmtHandedOver as HandedOver
from wattsum._native import CmtHealing as Healing
from wattsum._native import CmtHeard as Heard
from wattsum._native import CmtLicence as Licence
from wattsum._native import CmtListed as Listed
from wattsum._native import CmtLost as Lost
from wattsum._native import CmtMeter as Meter
from wattsum._native import CmtMeters as Meters
from wattsum._native import CmtParams as Params
from wattsum._native import CmtPreparedRing as PreparedRing
from wattsum._native import CmtRoll as Roll
from wattsum._native import CmtSent as Sent
from wattsum._native import CmtSupplier as Supplier
from wattsum._native import CmtVerdict as Verdict
from wattsum._native import cmt_arrange as arrange
from wattsum._native import cmt_decrypt_sums as decrypt_sums
from wattsum._native import cmt_deltas as deltas
from wattsum._native import cmt_drawn as drawn
from wattsum._native import cmt_encrypt as encrypt
from wattsum._native import cmt_keystream as keystream
from wattsum._native import cmt_listed as listed
from wattsum._native import cmt_set_digest as set_digest
from wattsum._native import cmt_sums as sums
from wattsum._native import cmt_term as term
from wattsum._native import cmt_wide_deltas as wide_deltas
from wattsum._table import whole, wholes
from wattsum.errors import MisuseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattsum._native import _Integers, _Mask

Mode: TypeAlias = Literal["drawn", "derived"]
"""Where delta comes from."""

LEAST_RING = 5
"""Fewest members of any ring."""

__all__ = [
    "LEAST_RING",
    "Agreement",
    "Book",
    "Claim",
    "Collecting",
    "Election",
    "Formed",
    "Forming",
    "HandedOver",
    "Healing",
    "Heard",
    "Licence",
    "Listed",
    "Lost",
    "Meter",
    "Meters",
    "Mode",
    "Params",
    "PreparedRing",
    "Ring",
    "Roll",
    "Sent",
    "Supplier",
    "Verdict",
    "arrange",
    "cut",
    "decrypt_sums",
    "deltas",
    "drawn",
    "encrypt",
    "keystream",
    "listed",
    "set_digest",
    "sums",
    "term",
    "wide_deltas",
]


def cut(count: int, size: int = 24) -> list[range]:
    """Cuts `count` meters into rings of about `size`, as equal as can be and of 5 members or more: one silent
    member loses the round of its ring only. Each ring is a group of its own, and their sums are added."""
    for name, number in (("count", whole("count", count)), ("size", whole("size", size))):
        if not LEAST_RING <= number < 2**26:
            raise MisuseError(f"misuse: {name}: a ring has {LEAST_RING} members or more, and a group below 2^26")
    count, size = index(count), index(size)
    rings = min(max((count + size // 2) // size, 1), count // LEAST_RING)
    bounds = [count * ring // rings for ring in range(rings + 1)]
    return [range(first, last) for first, last in zip(bounds, bounds[1:], strict=False)]


def _round(round: int) -> int:
    number = whole("round", round)
    if not 0 <= number < 2**32:
        raise MisuseError("misuse: round: out of range")
    return number


class Ring:
    """A ring and its supplier in one process, for simulations: of a group without terms. The steps are the
    real ones, on bytes, but for the records, which are stored nowhere: nothing here outlives the process."""

    def __init__(self, params: Params, cohort: link.Cohort) -> None:
        """Uses the secrets of all parties of the cohort up."""
        if not isinstance(params, Params):
            raise TypeError(f"params: expected cmt.Params, got {type(params).__name__}")
        if not isinstance(cohort, link.Cohort):
            raise TypeError(f"cohort: expected link.Cohort, got {type(cohort).__name__}")
        self.view, own = cohort.view, cohort.utility
        self.supplier = Supplier(params, self.view, own.identity, own.link)
        self.meters = Meters(params, self.view, cohort.meters)
        self.marks = link.HighWaters(len(self.meters), params.group.channels)
        self.book: Book | None = None
        """The concentrator's, of the present ring."""
        self.members: "NDArray[np.bool_]" = np.zeros(len(self.meters), np.bool_)
        """Who is in the present ring, a bool a meter."""
        self._opened: Collecting | None = None

    def form(self, round: int, present: "_Mask | None" = None) -> int:
        """Forms the next generation, of all meters or of those that `present` marks, from a round on, and
        gives its number."""
        round, members = _round(round), self._marked(present)
        formed = self.meters.form(round, round, members).stored()
        generation = self.supplier.register(round, formed.concentrator, formed.group_key)
        self.book, self.members = formed.book, members
        return generation

    def heal(self, round: int, silent: Sequence[int]) -> int:
        """Cuts members, ids, out of the ring from a round on, after the last one, and gives the generation."""
        round = _round(round)
        if not isinstance(silent, (Sequence, np.ndarray)) or isinstance(silent, (str, bytes)):
            raise TypeError(f"silent: expected a sequence of ids, got {type(silent).__name__}")
        if isinstance(silent, np.ndarray) and silent.ndim != 1 or len(silent) > len(self.meters):
            raise MisuseError("misuse: silent: expected no more ids than there are meters")
        silent = wholes("silent", silent)
        if self.book is None:
            raise MisuseError("misuse: silent: there is no ring yet")
        healed = self.meters.heal(self.book, round, round, silent).stored()
        self.members = self.members & ~np.isin(self.meters.ids, np.array(silent))
        return self.supplier.heal(round, healed)

    def contribute(
        self, round: int, readings: "_Integers", present: "_Mask | None" = None, *, threads: int = 1
    ) -> tuple[Collecting, "NDArray[np.uint8]"]:
        """Opens a round of the present ring, and gives the frames of its members, or of those that `present`
        marks."""
        round = _round(round)
        which = None if present is None else self._marked(present)
        # A round that was opened for readings which were refused is still open.
        opened = self._opened
        if opened is None or opened.round != round:
            opened = self._opened = self.supplier.open(round, round)
        prepared = self.meters.contribute(
            self.marks, round, round, readings, which, start=opened.start, threads=threads
        )
        self._opened = None
        return opened, prepared.stored()

    def sum(
        self, round: int, readings: "_Integers", present: "_Mask | None" = None, *, threads: int = 1
    ) -> link.Sum:
        """The sum of a round: `readings` has a row for each meter. Who is not marked in `present` is known to
        be away before the round: if these are others than before, a new generation is formed first."""
        round, members = _round(round), self._marked(present)
        if self.book is None or not np.array_equal(members, self.members):
            self.form(round, members)
        collecting, frames = self.contribute(round, readings, members, threads=threads)
        for _, error in collecting.accept_many(frames):
            raise error
        return collecting.close()

    def _marked(self, present: "_Mask | None") -> "NDArray[np.bool_]":
        count = len(self.meters)
        if present is None:
            return np.ones(count, np.bool_)
        if not isinstance(present, np.ndarray):
            if not isinstance(present, Sequence) or isinstance(present, (str, bytes, range)):
                raise TypeError(f"present: expected an array of bool, got {type(present).__name__}")
            if len(present) != count:
                raise MisuseError(f"misuse: present: {len(present)} of {count} meters")
            if not all(isinstance(one, (bool, np.bool_)) for one in present):
                raise TypeError("present: expected an array of bool")
        elif present.dtype != np.bool_ or isinstance(present, np.ma.MaskedArray):
            raise TypeError(f"present: expected an array of bool, got {present.dtype}")
        if np.shape(present) != (count,):
            raise MisuseError(f"misuse: present: shape {list(np.shape(present))}, expected [{count}]")
        return np.array(present, np.bool_)
