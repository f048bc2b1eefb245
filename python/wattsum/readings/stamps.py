"""Time stamps: ISO 8601 with an offset, or local time in a zone, across clock changes.

In autumn the clocks repeat an hour: its local times stand for two instants each, which only the order of a
meter's rows tells apart. In spring an hour is missing: its local times do not exist and are refused.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattsum.errors import MisuseError
from wattsum.readings.cells import Bad
from wattsum.readings.source import Source, excerpt, misuse

Zone = str | tzinfo | None

_EPOCH = datetime(1970, 1, 1)
_ISO = re.compile(
    r"(\d{4}(?P<dash>-?)\d\d(?P=dash)\d\d)"
    r"(?:[Tt ](\d\d(?::?\d\d(?::?\d\d(?:[.,]0+)?)?)?)\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?"
    r"(?:\[([A-Za-z0-9_+\-/]+)\])?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)?", re.ASCII)


class Stamp(NamedTuple):
    """An instant in seconds since 1970 in UTC; two where the clocks repeat the hour at `change`."""

    first: int
    second: int | None = None
    local: int = 0
    change: int = 0


def zone(tz: Zone) -> tzinfo | None:
    """A zone by its IANA name or as a fixed offset like +01:00."""
    if tz is None or isinstance(tz, tzinfo):
        return tz
    if not isinstance(tz, str):
        raise TypeError(f"tz: expected a name like Europe/Zurich or a tzinfo, got {type(tz).__name__}")
    offset = _OFFSET.fullmatch(tz)
    if offset:
        return timezone(_delta(offset))
    try:
        return ZoneInfo(tz)
    except (LookupError, ValueError, OSError):
        raise misuse(
            "tz", f"there is no time zone {excerpt(tz)}; examples: Europe/Zurich, UTC, +01:00"
        ) from None


def _delta(offset: re.Match[str]) -> timedelta:
    size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return -size if offset[1] == "-" else size


def read(text: str, tz: tzinfo | None) -> Stamp:
    """A time stamp; one without offset is local time in `tz`."""
    text = text.strip()
    parts = _ISO.fullmatch(text)
    malformed = (
        f"{excerpt(text)} is not a time stamp like 2018-10-29T00:00:00+01:00 (ISO 8601, whole seconds)"
    )
    if parts is None:
        raise Bad(malformed)
    day, time, offset, name = parts.group(1, 3, 4, 5)
    try:
        local = datetime.fromisoformat(f"{day}T{re.sub(r'[.,]0+$', '', time or '00')}")
    except ValueError:
        raise Bad(malformed) from None
    named = _annotated(name, text)
    if offset is None:
        return of_local(local, named or tz, text, whole_day=time is None)
    delta = timedelta() if offset in "Zz" else _delta(_OFFSET.fullmatch(offset) or _never(malformed))
    try:
        seconds = _seconds(local - delta)
        contradiction = named is not None and _offset(_utc(seconds).astimezone(named)) != delta
    except OverflowError:
        raise Bad(f"{excerpt(text)} is out of range") from None
    if contradiction:
        raise Bad(f"the offset and the zone of {excerpt(text)} contradict each other")
    return Stamp(seconds)


def _never(what: str) -> re.Match[str]:
    raise Bad(what)


def _annotated(name: str | None, text: str) -> tzinfo | None:
    try:
        return zone(name)
    except MisuseError:
        raise Bad(f"{excerpt(text)}: there is no such time zone") from None


def of_local(local: datetime, tz: tzinfo | None, text: str, *, whole_day: bool = False) -> Stamp:
    """What a local time means in a zone."""
    if tz is None:
        raise Bad(f"{excerpt(text)} has no offset: name the zone of local times, as in tz='Europe/Zurich'")
    try:
        before = _offset(local.replace(tzinfo=tz, fold=0))
        after = _offset(local.replace(tzinfo=tz, fold=1))
        first, second = _seconds(local - before), _seconds(local - after)
        if before == after:
            return Stamp(first)
        change = _change(min(first, second), max(first, second), tz)
    except OverflowError:
        raise Bad(f"{excerpt(text)} is out of range") from None
    if first > second:  # skipped
        if whole_day:  # a day, given without a time, begins after the missing hour
            return Stamp(change)
        raise Bad(f"{excerpt(text)} does not exist in {tz}: the clocks skipped that hour")
    return Stamp(first, second, _seconds(local), change)


def _change(low: int, high: int, tz: tzinfo) -> int:
    """The first second of the new offset, after `low` and up to `high`."""
    old = _offset(_utc(low).astimezone(tz))
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(_utc(middle).astimezone(tz)) == old:
            low = middle
        else:
            high = middle
    return high


def _utc(seconds: int) -> datetime:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=UTC)


def _seconds(naive: datetime) -> int:
    return (naive - _EPOCH) // timedelta(seconds=1)


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


class Stamps:
    """The stamps of a source: what each distinct text means, read once."""

    def __init__(self, tz: tzinfo | None) -> None:
        self.tz = tz
        self.stamps: list[Stamp] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        found = self._numbers.get(text)
        if found is None:
            self.stamps.append(read(text, self.tz))
            found = self._numbers[text] = len(self.stamps) - 1
        return found


class _Fold:
    """One meter's way through a repeated hour: the order of its rows tells the first from the second
    passage."""

    def __init__(self, record: int, local: int) -> None:
        self.record, self.last, self.rows, self.second = record, local, 1, False

    def next(self, stamp: Stamp) -> int | None:
        """The instant of the meter's next row in that hour; None for a time given twice."""
        if stamp.local <= self.last:
            # The clocks were put back between the rows. The same time twice in a row is a second passage only
            # in files of one row an hour; elsewhere it is the same interval given twice.
            if self.second or (stamp.local == self.last and self.rows > 1):
                return None
            self.second, self.rows = True, 0
        self.last, self.rows = stamp.local, self.rows + 1
        return stamp.second if self.second else stamp.first


def instants(
    source: Source, column: str, stamps: list[Stamp], which: NDArray[np.intp], meter: NDArray[np.intp] | None
) -> NDArray[np.int64]:
    """The instant of each record: record i has stamp `which[i]` and is of meter `meter[i]`."""
    times = np.array([stamp.first for stamp in stamps], dtype=np.int64)[which]
    repeated = np.array([stamp.second is not None for stamp in stamps], dtype=np.bool_)
    if not repeated.any():
        return times
    meters = np.zeros(len(which), dtype=np.intp) if meter is None else meter
    folds: dict[tuple[int, int], _Fold] = {}
    for record in np.flatnonzero(repeated[which]).tolist():
        stamp = stamps[which[record]]
        key = (int(meters[record]), stamp.change)
        fold = folds.get(key)
        if fold is None:
            folds[key] = _Fold(record, stamp.local)
            continue
        instant = fold.next(stamp)
        if instant is None:
            source.refuse(
                "the interval is there twice already; the clocks repeat this hour once", record, column
            )
        times[record] = instant
    twice = {change for (_, change), fold in folds.items() if fold.second}
    undecided = [fold.record for (_, change), fold in folds.items() if change in twice and not fold.second]
    if undecided:
        source.refuse(
            "the clocks repeat this hour and other meters have it twice; this meter has it once, first or "
            "second cannot be told: give the time stamps with their offset",
            min(undecided),
            column,
        )
    for number in {number for (number, _), fold in folds.items() if fold.second}:
        records = np.flatnonzero(meters == number)
        back = np.flatnonzero(np.diff(times[records]) < 0)
        if len(back):
            source.refuse(
                "the interval lies before the one in the row above, and the clocks repeat an hour in these "
                "local times: order the rows by time, or give the time stamps with their offset",
                int(records[back[0] + 1]),
                column,
            )
    return times
